// Which names of the product index an asset may go by, and why: the twin, function by function, of
// checking/names.py and checking/lookup.py, whose docstrings give the rules. The word lists come with the index.
(function () {
  "use strict";

  const CLASSES = ["neutral", "qualifiers", "branches", "generic", "legal"];
  const LONGEST = 500; // characters of a name that is read
  const MOST_VENDOR_WORDS = 5;
  const ARCHITECTURE = /(?:x86[_-]64|x64|x86|amd64|arm64|aarch64|s390x|ppc64le|(?:32|64)[ -]?bits?)(?![0-9a-z])/g;
  const PACK = /service pack (?=[0-9])/g;
  const WORD = /[0-9a-z]+(?:\.[0-9a-z]+)*/g;
  const MODEL = /[0-9].*[0-9].*[a-z]|[a-z].*[0-9].*[0-9]|[0-9].*[a-z].*[0-9]/;
  const DOTTED = /\b([a-z])\.(?=[a-z]\b)/gi; // S.A.S.

  function fold(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
      .replace(/œ/g, "oe").replace(/æ/g, "ae").replace(/[’‘]/g, "'");
  }

  function wordsOf(text) {
    const plain = fold(text.slice(0, LONGEST)).replace(ARCHITECTURE, " ").replace(PACK, "sp");
    return plain.match(WORD) || [];
  }

  const coreOf = (words) => words.join("").replace(/\./g, "");
  const holds = (some, all) => some.every((one) => all.includes(one));

  // What an index knows, by what finds it.
  class Lookup {
    constructor(index) {
      CLASSES.forEach((kind) => { this[kind] = new Set(index.words[kind]); });
      const statements = index.statements.filter((one) => !one.story.withdrawn);
      this.readVendors(statements, index.aliases);
      this.named = new Map(); // core -> names, each with its statements
      this.longer = new Map(); // first word -> cores of two words that mean something, as lists of words
      for (const said of grouped(statements, (one) => one.vendor + "\n" + one.product).values()) {
        this.addName(said);
      }
      this.otherNames = this.readOtherNames(index.aliases);
      this.byCpe = grouped(statements, (one) => cpeKey(one.cpe)[0]);
      this.byPurl = grouped(statements, (one) => purlKey(one.purl)[0]);
    }

    addName(statements) {
      const name = this.readName(statements[0].vendor, statements[0].product);
      push(this.named, name.core, { name, statements });
      if (name.words.filter((word) => this.isDistinctive(word)).length > 1) {
        push(this.longer, name.words[0], name.words);
      }
    }

    // { statements, why, version, number }, the surest reason first.
    candidates(asset) {
      const found = [];
      const [cpe, cpeVersion] = cpeKey(asset.cpe);
      const [purl, purlVersion] = purlKey(asset.purl);
      if (cpe && this.byCpe.has(cpe)) found.push(candidate(this.byCpe.get(cpe), "cpe", cpeVersion));
      if (purl && this.byPurl.has(purl)) found.push(candidate(this.byPurl.get(purl), "purl", purlVersion));
      let name = this.readName(asset.vendor, asset.product);
      if (asset.version.includes(".")) { // it may stand in the name as well
        const version = wordsOf(asset.version);
        name = { ...name, qualifiers: name.qualifiers.filter((word) => !version.includes(word)) };
      }
      if (!name.core) return found;
      const known = [...this.byName(name, asset, ""), ...this.byOtherName(name, asset)];
      return found.concat(known.length ? known : this.contained(name, asset));
    }

    byName(name, asset, why) {
      const named = this.named.get(name.core) || [];
      const ambiguous = !name.vendor.length && this.makers(named) > 1;
      const found = named.map((one) => this.compared(name, one, asset)).filter((one) => one !== null);
      for (const one of found) {
        if (ambiguous) one.why = "ambiguous";
        else if (one.why === "same") one.why = why || "same";
      }
      return found;
    }

    // How many vendors share a core.
    makers(named) {
      const distinct = [];
      for (const { name } of named) {
        const known = distinct.some((other) => this.related(name.vendor, other));
        if (name.vendor.length && !known) distinct.push(name.vendor);
      }
      return distinct.length;
    }

    compared(name, { name: other, statements }, asset) {
      if (!this.vendorsFit(name, other)) return null;
      const more = name.qualifiers.filter((word) => !other.qualifiers.includes(word));
      const less = other.qualifiers.filter((word) => !name.qualifiers.includes(word));
      if (more.length && less.length) return null;
      const numbers = (more.length ? more : less).filter((word) => /^[0-9]/.test(word));
      const number = numbers.length === 1 ? numbers[0] : "";
      if (more.length === 1 && !asset.version && number) return candidate(statements, "same", number);
      const same = !less.length && more.every((word) => this.isNarrower(word));
      return candidate(statements, same ? "same" : "edition", "", less.length ? number : "");
    }

    vendorsFit(name, other) {
      if (name.vendor.length && other.vendor.length) return this.related(name.vendor, other.vendor);
      return !name.words.every((word) => this.generic.has(word));
    }

    byOtherName(name, asset) {
      const found = [];
      for (const { by, target, sure } of this.otherNames.get(name.core) || []) {
        if (!holds(by.qualifiers, name.qualifiers) || !this.vendorsFit(name, by)) continue;
        const kept = name.qualifiers.filter((word) => !by.qualifiers.includes(word));
        const qualifiers = [...new Set([...kept, ...target.qualifiers])];
        const vendor = name.vendor.length ? name.vendor : target.vendor;
        for (const one of this.byName({ ...target, vendor, qualifiers }, asset, "alias")) {
          found.push(sure ? one : { ...one, why: "near" });
        }
      }
      return found;
    }

    // The longest name of two words or more that mean something and stand within a longer one.
    contained(name, asset) {
      let best = [];
      name.words.forEach((word, place) => {
        for (const words of this.longer.get(word) || []) {
          const stands = words.every((one, step) => name.words[place + step] === one);
          if (stands && words.length > best.length) best = words;
        }
      });
      if (!best.length) return [];
      const shorter = { ...name, words: best, core: coreOf(best) };
      return this.byName(shorter, asset, "").map((one) => ({ ...one, why: "contained" }));
    }

    readVendors(statements, aliases) {
      this.same = new Map(); // vendor -> the one name of those that go by several
      this.vendors = new Set(statements.map((one) => this.vendorWords(one.vendor).join(" ")));
      for (const [vendor, product, other, sure] of aliases) {
        if (!sure) continue;
        this.vendors.add(this.vendorWords(vendor).join(" "));
        if (product) continue;
        this.vendors.add(this.vendorWords(other).join(" "));
        this.same.set(this.vendorWords(other).join(" "), this.vendorWords(vendor));
      }
      this.vendors.delete("");
    }

    readOtherNames(aliases) {
      const found = new Map();
      const sure = new Map();
      for (const [vendor, product, other, isSure] of aliases) {
        if (isSure && product) push(sure, vendor + "\n" + product, [vendor, product, other]);
        else if (product) {
          const by = this.readName(vendor, other);
          push(found, by.core, { by, target: this.readName(vendor, product), sure: false });
        }
      }
      for (const rows of sure.values()) {
        const names = [rows[0][1], ...rows.map((row) => row[2])].map((name) => this.readName(rows[0][0], name));
        for (const by of names) {
          for (const target of names) if (by !== target) push(found, by.core, { by, target, sure: true });
        }
      }
      return found;
    }

    vendorWords(vendor) {
      const words = wordsOf(vendor.replace(DOTTED, "$1"));
      while (words.length > 1 && this.legal.has(words[words.length - 1])) words.pop();
      return words;
    }

    readName(vendor, product) {
      let maker = this.vendorWords(vendor);
      let words = wordsOf(product);
      let leading = this.leadingVendor(words, maker);
      while (leading.length) {
        words = words.slice(leading.length);
        if (!maker.length) maker = leading;
        leading = this.leadingVendor(words, maker);
      }
      const telling = words.filter((word) => !this.neutral.has(word));
      if (telling.length) words = telling;
      const core = words.filter((word, place) => place === 0 || !this.isQualifier(word));
      const qualifiers = [...new Set(words.slice(1).filter((word) => this.isQualifier(word)))];
      return { vendor: maker, words: core, core: coreOf(core), qualifiers };
    }

    leadingVendor(words, maker) {
      for (let length = Math.min(MOST_VENDOR_WORDS, words.length - 1); length > 0; length -= 1) {
        const start = words.slice(0, length);
        const text = start.join(" ");
        const known = this.vendors.has(text) && (!maker.length || this.related(start, maker));
        if (text === maker.join(" ") || known) return start;
      }
      return [];
    }

    related(one, other) {
      const sameOne = this.same.get(one.join(" ")) || one;
      const sameOther = this.same.get(other.join(" ")) || other;
      return [[one, other], [sameOne, sameOther]].some(
        ([a, b]) => a.length && b.length && (holds(a, b) || holds(b, a)),
      );
    }

    isQualifier(word) {
      return this.qualifiers.has(word) || /[0-9]/.test(word);
    }

    isNarrower(word) {
      return this.qualifiers.has(word) ? !this.branches.has(word) : MODEL.test(word);
    }

    isDistinctive(word) {
      return word.length > 2 && !this.generic.has(word) && !this.isQualifier(word);
    }
  }

  function candidate(statements, why, version = "", number = "") {
    return { statements, why, version, number };
  }

  function push(lists, key, value) {
    if (lists.has(key)) lists.get(key).push(value);
    else lists.set(key, [value]);
  }

  function grouped(values, keyOf) {
    const groups = new Map();
    for (const value of values) {
      const key = keyOf(value);
      if (key) push(groups, key, value);
    }
    return groups;
  }

  // [vendor:product, version] of a CPE name; empty where it says none.
  function cpeKey(cpe) {
    const text = cpe.trim().toLowerCase();
    const start = ["cpe:2.3:", "cpe:/"].find((one) => text.startsWith(one));
    if (!start) return ["", ""];
    const parts = text.replace(/\\:/g, "%3a").replace(/\\/g, "").slice(start.length).split(":");
    if (parts.length < 3) return ["", ""];
    const [version, update] = [parts[3], parts[4]].map((part) => (part && part !== "*" && part !== "-" ? unquoted(part) : ""));
    return [unquoted(parts[1] + ":" + parts[2]), version ? (version + " " + update).trim() : ""];
  }

  // [type/namespace/name, version] of a package URL; empty where it is none.
  function purlKey(purl) {
    const whole = purl.trim().split("?")[0].split("#")[0];
    const at = whole.lastIndexOf("@");
    const told = at >= 0 && !whole.slice(at).includes("/"); // else an npm scope, no version
    const path = told ? whole.slice(0, at) : whole;
    if (!path.toLowerCase().startsWith("pkg:") || !path.includes("/")) return ["", ""];
    return [unquoted(path.slice(4).replace(/^\/+|\/+$/g, "").toLowerCase()), told ? unquoted(whole.slice(at + 1)) : ""];
  }

  function unquoted(text) {
    try {
      return decodeURIComponent(text);
    } catch (error) {
      if (error instanceof URIError) return text; // a lone %
      throw error;
    }
  }

  self.Parc = Object.assign(self.Parc || {}, { Lookup, fold });
})();
