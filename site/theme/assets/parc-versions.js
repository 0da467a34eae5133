// Whether a version lies within a range: the twin, function by function, of checking/versions.py, whose
// docstrings give the rules. tests/checking/versions.json holds what both must answer.
(function () {
  "use strict";

  const LONGEST = 200; // characters of a version that is read
  const EARLY = new Map([
    ["~", 0], ["dev", 1], ["snapshot", 1], ["alpha", 2], ["beta", 3], ["ea", 4], ["pre", 4], ["preview", 4],
    ["rc", 5],
  ]);
  const NEUTRAL = new Set(["esr", "final", "ga", "lts", "ltsr", "release", "v", "version"]);
  const WRITTEN = [ // spellings of one word, the longest first
    [/service ?pack/g, "sp"],
    [/fix ?pack/g, "fp"],
    [/cumulative update/g, "cu"],
    [/maintenance release/g, "mr"],
    [/update package|update|upd/g, "u"],
    [/hotfix/g, "hf"],
    [/correctif|patch/g, "p"],
    [/revision/g, "rev"],
    [/milestone/g, "pre"],
    [/([0-9])a(?=[0-9])/g, "$1alpha"],
    [/([0-9])b(?=[0-9])/g, "$1beta"],
    [/\bcr(?=[0-9])/g, "rc"],
    [/(?:x86[_-]64|x64|x86|amd64|arm64|aarch64|(?:32|64)[ -]?bits?)(?![0-9a-z])/g, " "],
  ];
  const MOST_KNOWN = 65536;
  const known = new Map(); // version -> what `read` made of it
  const EPOCH = /^([0-9]+):(?=[0-9])/;
  const BRANCH = /[.\s-](?:px|[x*])$/;
  const LEADING = /^[^0-9a-z]*[rv](?=[0-9])/;
  const PART = /([^0-9a-z]*)([0-9]+|[a-z]+)/g;
  const APART = /[-_+\s]/;

  // -1, 0 or 1 as one version is before, the same as or after the other; null: not comparable.
  function compare(one, other) {
    const [epoch, left] = read(one);
    const [epochOther, right] = read(other);
    if (!left.length || !right.length) return null;
    if (epoch && epochOther && epoch !== epochOther) return compareNumbers([epoch], [epochOther]);
    if (isYear(left) !== isYear(right)) return null;
    return compareSegments(left, right);
  }

  // "yes", "no" or "unknown".
  function within(version, low, high, lowIncluded, highIncluded) {
    if (!low && !high) return "yes";
    const isAbove = low ? above(version, low, lowIncluded) : "yes";
    const isBelow = high ? below(version, high, highIncluded) : "yes";
    if (isAbove === "no" || isBelow === "no") return "no";
    return isAbove === "unknown" || isBelow === "unknown" ? "unknown" : "yes";
  }

  function above(version, low, included) {
    const order = compare(version, low);
    if (order === null || (order !== 0 && finer(low, version))) return "unknown";
    if (isBranch(low) && !included && finer(version, low)) return "no";
    return order > 0 || (order === 0 && included) ? "yes" : "no";
  }

  function below(version, high, included) {
    const order = compare(version, high);
    if (order === null || (order !== 0 && finer(high, version))) return "unknown";
    if (isBranch(high)) {
      return order < 0 || (included && (order === 0 || finer(version, high))) ? "yes" : "no";
    }
    if (order === 0 && isBranch(version)) return "unknown";
    if (order > 0 && included && finer(version, high)) return "unknown"; // "up to 7.4": is 7.4.3 meant?
    return order < 0 || (order === 0 && included) ? "yes" : "no";
  }

  function isBranch(version) {
    return BRANCH.test(version.trim().toLowerCase());
  }

  // Whether a version begins with all of the other and goes on with numbers: 7.4.3 after 7.4.
  function finer(one, other) {
    const long = read(one)[1];
    const short = read(other)[1];
    if (!short.length || long.length < short.length) return false;
    for (let place = 0; place < short.length - 1; place += 1) {
      if (!sameSegment(long[place], short[place])) return false;
    }
    const [word, numbers] = long[short.length - 1];
    const [wordShort, numbersShort] = short[short.length - 1];
    if (word !== wordShort || !numbersShort.every((number, place) => numbers[place] === number)) return false;
    if (numbers.length > numbersShort.length) return true;
    return long.length > short.length && long[short.length][0] === "";
  }

  function sameSegment(one, other) {
    return one[0] === other[0] && one[1].length === other[1].length
      && one[1].every((number, place) => other[1][place] === number);
  }

  // The epoch, empty where there is none, and the segments [word, numbers], none where it is no version.
  function read(version) {
    let found = known.get(version);
    if (!found) {
      if (known.size > MOST_KNOWN) known.clear();
      found = readAnew(version);
      known.set(version, found);
    }
    return found;
  }

  function readAnew(version) {
    let text = version.trim().toLowerCase();
    if (!text || text.length > LONGEST) return ["", []];
    const found = EPOCH.exec(text);
    const epoch = found ? found[1] : "";
    if (found) text = text.slice(found[0].length);
    text = text.replace(BRANCH, "").replace(LEADING, "");
    for (const [pattern, word] of WRITTEN) text = text.replace(pattern, word);
    return [epoch, segmentsOf(text)];
  }

  function segmentsOf(text) {
    const segments = [["", []]];
    for (const [, apart, part] of text.matchAll(PART)) {
      const last = segments[segments.length - 1];
      const first = segments.length === 1 && !last[1].length;
      if (apart.includes("~") && !EARLY.has(part)) segments.push(["~", []]);
      if (part[0] > "9") {
        if (!NEUTRAL.has(part)) segments.push([part === "build" ? "" : part, []]);
      } else if (!first && segments[segments.length - 1][1].length && APART.test(apart)) {
        segments.push(["", [part.replace(/^0+/, "")]]);
      } else {
        segments[segments.length - 1][1].push(part.replace(/^0+/, ""));
      }
    }
    return segments.filter(([word, numbers]) => word || numbers.length);
  }

  // Whether a version is counted by time: 2019, 20240115, or 22H2.
  function isYear(segments) {
    const [word, numbers] = segments[0];
    if (word) return false;
    const [next, nextNumbers] = segments[1] || ["", []];
    const half = numbers.length === 1 && next === "h" && /^[12]$/.test(nextNumbers.join("."));
    const year = numbers[0].slice(0, 4);
    return half || ((numbers[0].length === 4 || numbers[0].length === 8) && year >= "1990" && year <= "2099");
  }

  function compareSegments(left, right) {
    for (let place = 0; place < Math.max(left.length, right.length); place += 1) {
      if (place >= left.length) return EARLY.has(right[place][0]) ? 1 : -1;
      if (place >= right.length) return EARLY.has(left[place][0]) ? -1 : 1;
      if (left[place][0] !== right[place][0]) return compareWords(left[place], right[place]);
      const order = compareNumbers(left[place][1], right[place][1]);
      if (order !== 0) return order;
    }
    return 0;
  }

  function compareWords(one, other) {
    const rank = EARLY.get(one[0]);
    const rankOther = EARLY.get(other[0]);
    if (rank !== undefined && rankOther !== undefined) return Math.sign(rank - rankOther);
    if (rank !== undefined || rankOther !== undefined) return rank !== undefined ? -1 : 1;
    const letters = one[0] && other[0] && one[0].length <= 2 && other[0].length <= 2;
    if (letters && !one[1].length && !other[1].length) return one[0] < other[0] ? -1 : 1;
    return null;
  }

  function compareNumbers(numbers, others) {
    for (let place = 0; place < Math.max(numbers.length, others.length); place += 1) {
      const number = place < numbers.length ? numbers[place] : "";
      const other = place < others.length ? others[place] : "";
      if (number.length !== other.length) return number.length < other.length ? -1 : 1;
      if (number !== other) return number < other ? -1 : 1;
    }
    return 0;
  }

  self.Parc = Object.assign(self.Parc || {}, { compare, within });
})();
