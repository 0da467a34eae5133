// What is looked for: the published lists as tables that bytes can be looked up in. The twin of checking/watched.py.
(function () {
  "use strict";

  const FILES = {
    "domains.txt": "domain-name",
    "urls.txt": "url",
    "ipv4.txt": "ipv4-addr",
    "ipv6.txt": "ipv6-addr",
    "emails.txt": "email-addr",
    "sha256.txt": "sha256",
    "sha1.txt": "sha1",
    "md5.txt": "md5",
  };
  const SEED = 0x811c9dc5; // FNV-1a, 32 bits, from the last sign of a value to the first
  const PRIME = 0x01000193;
  const TOKEN_END = /[a-z0-9._@-]+$/; // the part of a mailbox that the scan takes for one token

  // `texts` maps names of lists to their lines. Returns the tables, with `counts` of values by name of list.
  function readLists(texts) {
    const hunted = {
      counts: {},
      names: new Map(), // domain -> item
      hosts: new Map(), // host of URLs -> Map of path -> item
      addresses: new Map(),
      mailboxes: new Map(), // end of a mailbox -> items
      digests: new Map(),
      networks4: new Map(), // length of prefix -> Map of prefix -> item
      networkStarts: new Uint8Array(65536), // by value of two octets, 1 where a network holds addresses that begin so
      networks6: new Map(), // the same, as BigInt; an address is a network of 128 bits
      firstGroups: new Uint8Array(65536), // by value, 1 where an IPv6 value begins so
    };
    Object.keys(FILES).forEach((file) => {
      if (texts[file] === undefined) return;
      const values = Array.from(new Set(texts[file].split("\n").map((line) => line.trim()).filter(Boolean)));
      values.forEach((value) => add(hunted, FILES[file], value));
      hunted.counts[file] = values.length;
    });
    return Object.assign(hunted, hashTable(hunted));
  }

  function add(hunted, type, value) {
    const item = { type, value };
    if (type === "domain-name") hunted.names.set(value, item);
    else if (type === "url") addPage(hunted, item);
    else if (type === "ipv4-addr") addIpv4(hunted, item);
    else if (type === "ipv6-addr") addIpv6(hunted, item);
    else if (type === "email-addr") addMailbox(hunted, item);
    else hunted.digests.set(value, item);
  }

  function addMailbox(hunted, item) {
    const end = TOKEN_END.exec(item.value.toLowerCase());
    if (end) hunted.mailboxes.set(end[0], (hunted.mailboxes.get(end[0]) || []).concat(item));
  }

  function addPage(hunted, item) {
    const parts = /^[a-z]+:\/\/(\[[^\]]*\]|[^/?#:]*)(?::(\d+))?(.*)$/s.exec(item.value);
    if (!parts) return;
    const host = parts[1].replace(/^\[|\]$/g, "");
    const port = parts[2] && parts[2] !== "80" && parts[2] !== "443" ? ":" + parts[2] : "";
    if (!hunted.hosts.has(host)) hunted.hosts.set(host, new Map());
    hunted.hosts.get(host).set(port + plainPath(parts[3] || "/"), item);
  }

  // As the scan rewrites logs (chasse-scan.js).
  function plainPath(path) {
    return path.replace(/%2f/gi, "/").replace(/%3a/gi, ":").replace(/%2e/gi, ".").replace(/%40/g, "@");
  }

  function addIpv4(hunted, item) {
    const [address, length] = item.value.split("/");
    if (length === undefined) {
      hunted.addresses.set(address, item);
      return;
    }
    item.type = "ipv4-net";
    const bits = Number(length);
    if (!hunted.networks4.has(bits)) hunted.networks4.set(bits, new Map());
    hunted.networks4.get(bits).set(prefix4(ipv4(address), bits), item);
    mark(hunted.networkStarts, prefix4(ipv4(address), 16), bits);
  }

  function addIpv6(hunted, item) {
    const [address, length] = item.value.split("/");
    const value = ipv6(address);
    if (value === null) return;
    if (length !== undefined) item.type = "ipv6-net";
    const bits = length === undefined ? 128 : Number(length);
    if (!hunted.networks6.has(bits)) hunted.networks6.set(bits, new Map());
    hunted.networks6.get(bits).set(value >> BigInt(128 - bits), item);
    mark(hunted.firstGroups, Number(value >> 112n), bits);
  }

  // Mark the beginnings of 16 bits that a network of `bits` has, from its first on.
  function mark(starts, first, bits) {
    starts.fill(1, first, first + 2 ** Math.max(0, 16 - bits));
  }

  // Four octets as one number; null for anything else.
  function ipv4(text) {
    const octets = text.split(".");
    if (octets.length !== 4 || !octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && octet < 256)) return null;
    return octets.reduce((value, octet) => value * 256 + Number(octet), 0);
  }

  function prefix4(value, bits) {
    return Math.floor(value / 2 ** (32 - bits));
  }

  // An IPv6 address in any spelling (RFC 4291 § 2.2) as BigInt; null for anything else.
  function ipv6(text) {
    const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
    const low = dotted ? ipv4(dotted[2]) : 0;
    if (low === null) return null;
    const written = dotted ? dotted[1] + (low >>> 16).toString(16) + ":" + (low & 65535).toString(16) : text;
    const halves = written.split("::");
    if (halves.length > 2) return null;
    const [front, back] = halves.map((half) => (half === "" ? [] : half.split(":")));
    const missing = 8 - front.length - (back ? back.length : 0);
    if (back ? missing < 1 : missing !== 0) return null;
    const groups = back ? front.concat(Array(missing).fill("0"), back) : front;
    if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
    return groups.reduce((value, group) => (value << 16n) | BigInt("0x" + group), 0n);
  }

  // An open-addressing table of the hashes of all values; 0 marks an empty place.
  function hashTable({ names, hosts, addresses, mailboxes, digests }) {
    const keys = [names, hosts, addresses, mailboxes, digests].flatMap((map) => Array.from(map.keys()));
    let size = 1024;
    while (size < keys.length * 4) size *= 2;
    const table = new Int32Array(size);
    keys.forEach((key) => {
      const hash = hashOf(key);
      let place = (hash ^ (hash >>> 15)) & (size - 1);
      while (table[place] !== 0 && table[place] !== hash) place = (place + 1) & (size - 1);
      table[place] = hash;
    });
    return { table };
  }

  function hashOf(key) {
    let hash = SEED | 0;
    for (let place = key.length - 1; place >= 0; place--) hash = Math.imul(hash ^ key.charCodeAt(place), PRIME);
    return hash || 1;
  }

  self.Chasse = Object.assign(self.Chasse || {}, { FILES, SEED, PRIME, readLists, ipv4, prefix4, ipv6 });
})();
