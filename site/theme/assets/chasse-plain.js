// What hides indicators in logs, undone: defanging, JSON and percent escapes of separators, the labels of the Windows DNS
// debug log, (4)evil(7)example(0), and typographic punctuation. The twin of `plain` in checking/log_reading.py.
(function () {
  "use strict";

  const SHORT = 5; // bytes of any writing but a name of the Windows DNS debug log
  const LONG = 400; // bytes of such a name: 255 of it, and its lengths
  const WRITING = new RegExp(
    "^(?:\\[(?<squared>\\.|:|://|@|dot|at)\\]|\\((?<round>\\.|@|dot|at)\\)|\\{(?<curly>\\.)\\}" +
      "|%(?<percent>2f|3a|2e|40)|\\\\(?<slash>/)|\\\\(?<space>[nrt]))",
    "i"
  );
  const DNS_NAME = /^\(\d{1,2}\)(?:[\w-]+\(\d{1,2}\))+/;
  const WORD = /[a-z0-9]/i;
  const MEANT = { dot: ".", at: "@", "2f": "/", "3a": ":", "2e": ".", 40: "@" };
  const [BACKSLASH, PERCENT] = [0x5c, 0x25];
  const PUNCTUATION = [0xc2, 0xe2, 0xef]; // first bytes of « ’ “ and the like in UTF-8
  const CLOSING = new Map([[0x5b, 0x5d], [0x28, 0x29], [0x7b, 0x7d]]);

  const MAY_HIDE = new Uint8Array(256); // 1 for the signs that a writing begins with
  [BACKSLASH, PERCENT, ...CLOSING.keys(), ...PUNCTUATION].forEach((sign) => { MAY_HIDE[sign] = 1; });

  // The writing that begins at a sign of `MAY_HIDE`: { length, meant } in bytes and as text, or null.
  function writingAt(bytes, place) {
    if (bytes[place] >= 0x80) return punctuation(bytes, place);
    if (!promises(bytes, place)) return null;
    if (bytes[place + 1] >= 0x30 && bytes[place + 1] <= 0x39 && bytes[place] !== PERCENT) return dnsName(bytes, place);
    const found = WRITING.exec(signs(bytes, place, SHORT));
    if (found === null) return null;
    const { squared, round, curly, percent, slash, space } = found.groups;
    if (space !== undefined) {
      const escapes = bytes[place - 1] !== BACKSLASH && space === space.toLowerCase();
      return escapes ? { length: 2, meant: " " } : null;
    }
    const written = (squared || round || curly || percent || slash).toLowerCase();
    return { length: found[0].length, meant: MEANT[written] || written };
  }

  function punctuation(bytes, place) {
    const [first, second, third] = bytes.subarray(place, place + 3);
    if (first === 0xc2 && second >= 0x80 && second <= 0xbf) return { length: 2, meant: " " };
    const general = first === 0xe2 && (second === 0x80 || second === 0x81) && third >= 0x80 && third <= 0xbf;
    return general || (first === 0xef && second === 0xbb && third === 0xbf) ? { length: 3, meant: " " } : null;
  }

  function dnsName(bytes, place) {
    if (place > 0 && WORD.test(signs(bytes, place - 1, 1))) return null; // the flags of BIND: +E(0)K
    const found = DNS_NAME.exec(signs(bytes, place, LONG));
    return found === null ? null : { length: found[0].length, meant: found[0].replace(/\(\d+\)$/, " ").replace(/\(\d+\)/g, ".") };
  }

  // Bytes as text, one sign for each.
  function signs(bytes, place, length) {
    return String.fromCharCode.apply(null, bytes.subarray(place, place + length));
  }

  // A quick look that spares most signs the long one.
  function promises(bytes, place) {
    const sign = bytes[place];
    if (sign === BACKSLASH) return [0x2f, 0x6e, 0x72, 0x74].includes(bytes[place + 1]);
    if (sign === PERCENT) return [0x32, 0x33, 0x34].includes(bytes[place + 1]);
    const closing = CLOSING.get(sign);
    return bytes[place + 2] === closing || bytes[place + 3] === closing || bytes[place + 4] === closing;
  }

  // The bytes with all writings undone; lines stay lines.
  function plain(bytes) {
    const made = new Uint8Array(bytes.length);
    let size = 0;
    for (let place = 0; place < bytes.length; place++) {
      const writing = MAY_HIDE[bytes[place]] === 1 ? writingAt(bytes, place) : null;
      if (writing === null) {
        made[size++] = bytes[place];
        continue;
      }
      for (let sign = 0; sign < writing.meant.length; sign++) made[size++] = writing.meant.charCodeAt(sign);
      place += writing.length - 1;
    }
    return made.subarray(0, size);
  }

  self.Chasse = Object.assign(self.Chasse || {}, { MAY_HIDE, writingAt, plain });
})();
