// Does a listed value stand in these bytes? Cuts a piece of a log into tokens and looks each and its parent domains up
// by hash; only what the table holds is looked at as text. The twin of checking/log_matches.py.
(function () {
  "use strict";

  const { SEED, PRIME, MAY_HIDE, ipv4, prefix4, ipv6, writingAt } = self.Chasse;
  const [DIGIT, HEX, LETTER, DOT, DASH, AT, HIGH] = [1, 2, 4, 8, 16, 32, 64];
  const [NEWLINE, COLON] = [10, 58];
  const WINDOW = 8192; // bytes after a host, and half as many before it, in which its page is looked for
  const DIGEST_LENGTHS = [32, 40, 64];
  const SHORTEST_DIGEST = 32;

  const KINDS = new Uint8Array(256); // of the signs of a token; 0 for what is between tokens
  const LOWER = new Uint8Array(256);
  const HEX_VALUES = new Uint8Array(256);
  for (let sign = 0; sign < 256; sign++) {
    const text = String.fromCharCode(sign);
    HEX_VALUES[sign] = parseInt(text, 16) || 0;
    LOWER[sign] = sign < 128 ? text.toLowerCase().charCodeAt(0) : sign;
    if (sign >= 128) KINDS[sign] = HIGH;
    else if (/\d/.test(text)) KINDS[sign] = DIGIT;
    else if (/[a-f]/i.test(text)) KINDS[sign] = HEX;
    else if (/[g-z_]/i.test(text)) KINDS[sign] = LETTER;
  }
  KINDS[0x2e] = DOT;
  KINDS[0x2d] = DASH;
  KINDS[0x40] = AT;

  const decoder = new TextDecoder();

  // What stands in a piece of a log, which ends with a sign that is of no token: { hits, lines }, each hit being
  // { item, place, line } in order, lines counted from 0. Returns null where a writing must be undone first; once that
  // `isPlain`, nothing is.
  function scan(piece, hunted, isPlain) {
    const groups = hunted.networks6.size > 0 ? hunted.firstGroups : null;
    const scene = { bytes: piece, hunted, hits: [], line: 0 };
    let start = 0;
    let kinds = 0;
    for (let place = 0; place < piece.length; place++) {
      const sign = piece[place];
      const kind = KINDS[sign];
      if (kind !== 0) {
        kinds |= kind;
        continue;
      }
      if (kinds & HIGH && !isPlain && hides(piece, start, place)) return null;
      if (kinds & DOT || place - start >= SHORTEST_DIGEST) look(scene, start, place, kinds);
      if (sign === NEWLINE) scene.line++;
      else if (sign === COLON) {
        if (groups !== null) lookForGroups(scene, start, place);
      } else if (MAY_HIDE[sign] === 1 && !isPlain && writingAt(piece, place) !== null) return null;
      start = place + 1;
      kinds = 0;
    }
    return { hits: scene.hits, lines: scene.line };
  }

  // Whether a token holds typographic punctuation, which is of no token.
  function hides(bytes, start, end) {
    for (let place = start; place < end; place++) {
      if (MAY_HIDE[bytes[place]] === 1 && writingAt(bytes, place) !== null) return true;
    }
    return false;
  }

  // Look up a token and what stands in it after each dot and @; then the addresses that it may hold.
  function look(scene, tokenStart, tokenEnd, kinds) {
    const { bytes, hunted } = scene;
    let start = tokenStart;
    let end = tokenEnd;
    while (start < end && bytes[start] === 0x2e) start++;
    while (end > start && (KINDS[bytes[end - 1]] & (DOT | DASH)) !== 0) end--;
    let hash = SEED | 0;
    let dots = 0;
    for (let place = end - 1; place >= start; place--) {
      const sign = LOWER[bytes[place]];
      if (sign === 0x2e || sign === 0x40) {
        if (holds(hunted.table, hash)) confirm(scene, place + 1, start, end);
        dots++;
      }
      hash = Math.imul(hash ^ sign, PRIME);
    }
    if (holds(hunted.table, hash)) confirm(scene, start, start, end);
    if (end - start > SHORTEST_DIGEST && kinds & (DOT | DASH | AT)) lookForDigests(scene, start, end);
    if (kinds & HIGH) lookForLetters(scene, start, end);
    else if (dots >= 3 && kinds & DIGIT) lookForAddresses(scene, start, end, kinds, dots);
  }

  function holds(table, hash) {
    const mask = table.length - 1;
    const wanted = hash || 1;
    let place = (wanted ^ (wanted >>> 15)) & mask;
    while (table[place] !== 0) {
      if (table[place] === wanted) return true;
      place = (place + 1) & mask;
    }
    return false;
  }

  // The table knows hashes only: is the value between `place` and `end`, in a token that begins at `start`, listed?
  function confirm(scene, place, start, end) {
    const { bytes, hunted } = scene;
    const key = decoder.decode(bytes.subarray(place, end)).toLowerCase();
    const whole = place === start;
    tell(scene, hunted.names.get(key), place);
    if (whole) tell(scene, hunted.digests.get(key), place);
    if (whole || bytes[place - 1] === 0x40) {
      tell(scene, hunted.addresses.get(key), place);
      if (hunted.hosts.has(key)) lookForPages(scene, hunted.hosts.get(key), place, end);
    }
    (hunted.mailboxes.get(key) || []).forEach((item) => {
      const before = Math.max(0, end - item.value.length);
      const written = decoder.decode(bytes.subarray(before, end)).toLowerCase();
      const part = before > 0 && /[\w.%+-]/.test(String.fromCharCode(bytes[before - 1]));
      if (written === item.value.toLowerCase() && !part) tell(scene, item, before);
    });
  }

  function tell(scene, item, place) {
    if (item !== undefined) scene.hits.push({ item, place, line: scene.line });
  }

  // Addresses beside hyphens, with a port after a dot (tcpdump), and of listed networks.
  function lookForAddresses(scene, start, end, kinds, dots) {
    if (kinds === (DIGIT | DOT)) {
      if (dots === 3 && scene.hunted.networkStarts[firstOctets(scene.bytes, start)] === 0) return;
      lookForAddress(scene, decoder.decode(scene.bytes.subarray(start, end)), start, true);
    } else if (kinds & (DASH | AT)) {
      const token = decoder.decode(scene.bytes.subarray(start, end));
      token.split(/[-@]/).forEach((part) => lookForAddress(scene, part, start, false));
    }
  }

  // The first two octets of a token of digits and dots as a number below 65 536, or of what is none.
  function firstOctets(bytes, start) {
    const octets = [0, 0];
    let place = start;
    for (let octet = 0; octet < 2; octet++) {
      for (; bytes[place] !== 0x2e; place++) octets[octet] = octets[octet] * 10 + bytes[place] - 0x30;
      place++;
    }
    return (octets[0] * 256 + octets[1]) & 0xffff;
  }

  // `known` says that the address itself has been looked up.
  function lookForAddress(scene, text, place, known) {
    const found = /^(\d{1,3}(?:\.\d{1,3}){3})(\.\d{1,5})?$/.exec(text);
    const value = found ? ipv4(found[1]) : null;
    if (value === null) return;
    if (!known || found[2]) tell(scene, scene.hunted.addresses.get(found[1]), place);
    if (value % 0x1000000 === 0) return; // x.0.0.0 is a version number, not a host
    scene.hunted.networks4.forEach((networks, bits) => tell(scene, networks.get(prefix4(value, bits)), place));
  }

  // Hashes beside dots and hyphens, as in the name of a file.
  function lookForDigests(scene, start, end) {
    for (let first = start, place = start; place <= end; place++) {
      if (place < end && (KINDS[scene.bytes[place]] & (DOT | DASH | AT)) === 0) continue;
      if (DIGEST_LENGTHS.includes(place - first) && place - first < end - start) {
        tell(scene, scene.hunted.digests.get(decoder.decode(scene.bytes.subarray(first, place)).toLowerCase()), first);
      }
      first = place + 1;
    }
  }

  // A token with signs beyond ASCII: words between punctuation, and names in letters of any script.
  function lookForLetters(scene, start, end) {
    const words = decoder.decode(scene.bytes.subarray(start, end)).toLowerCase();
    words.split(/[^\p{L}\p{N}\p{M}_.@-]+/u).forEach((word) => {
      word.split(/[-@]/).forEach((part) => lookForAddress(scene, part, start, false));
      const name = ascii(word.replace(/^\.+|[.-]+$/g, ""));
      if (!name.includes(".")) return;
      for (let place = 0; place >= 0; place = name.indexOf(".", place) + 1 || -1) {
        tell(scene, scene.hunted.names.get(name.slice(place)), start);
      }
    });
  }

  function ascii(word) {
    if (/^[\x20-\x7e]*$/.test(word)) return word;
    try {
      return new URL("http://" + word).hostname;
    } catch (error) {
      return ""; // no name at all
    }
  }

  // An IPv6 address whose first group ends a token that a colon follows.
  function lookForGroups(scene, tokenStart, end) {
    const { bytes, hunted } = scene;
    let start = end;
    let group = 0;
    for (; start > tokenStart && end - start < 5 && KINDS[bytes[start - 1]] & (DIGIT | HEX); start--) {
      group += HEX_VALUES[bytes[start - 1]] * 16 ** (end - start);
    }
    if (start === end || end - start > 4 || hunted.firstGroups[group] === 0) return;
    if (start > tokenStart && (KINDS[bytes[start - 1]] & (DOT | DASH | AT)) === 0) return;
    const before = /(\w*):$/.exec(decoder.decode(bytes.subarray(Math.max(0, start - 16), start)));
    if (before && /^[0-9a-f]{0,4}$/i.test(before[1])) return; // the middle of another address
    const after = decoder.decode(bytes.subarray(start, start + 48));
    const written = /^[0-9a-f:.]{2,45}/i.exec(after)[0];
    if (/^[a-z0-9]/i.test(after.slice(written.length))) return;
    const candidates = [written, written.replace(/[.:]+$/, ""), written.slice(0, Math.max(0, written.lastIndexOf(".")))];
    const value = candidates.map(ipv6).find((address) => address !== null);
    if (value === undefined) return;
    hunted.networks6.forEach((networks, bits) => tell(scene, networks.get(value >> BigInt(128 - bits)), start));
  }

  // The listed URLs of a host: those that what follows it begins with, or a path elsewhere on the line, as proxies
  // write that log them apart; the root page for the host alone.
  function lookForPages(scene, paths, start, end) {
    const { bytes } = scene;
    tell(scene, paths.get("/"), start);
    const lineStart = bytes.lastIndexOf(NEWLINE, start) + 1;
    const lineEnd = bytes.indexOf(NEWLINE, end);
    const last = Math.min(lineEnd < 0 ? bytes.length : lineEnd, end + WINDOW);
    const before = decoder.decode(bytes.subarray(Math.max(lineStart, start - WINDOW / 2), end));
    const after = decoder.decode(bytes.subarray(end, last));
    const usual = /^:(?:80|443)(?!\d)/.exec(after);
    const line = before + after;
    const places = new Set([before.length + (usual ? usual[0].length : 0)]);
    const apart = /(?:^|[\s"'=,;|])\//g;
    for (let found = apart.exec(line); found; found = apart.exec(line)) places.add(found.index + found[0].length - 1);
    const lengths = new Set(Array.from(paths.keys(), (path) => path.length));
    lengths.delete(1);
    places.forEach((place) => {
      lengths.forEach((length) => {
        if (endsPath(line, place + length)) tell(scene, paths.get(line.slice(place, place + length)), start);
      });
    });
  }

  // Whether a path that ends here is whole, or ends at a border inside a longer one.
  function endsPath(line, end) {
    if (end >= line.length || line[end - 1] === "/") return true;
    if (line[end] === ".") return !/[\w\u0080-\uffff]/.test(line[end + 1] || "");
    return !/[\w\u0080-\uffff%~+-]/.test(line[end]);
  }

  self.Chasse = Object.assign(self.Chasse || {}, { scan });
})();
