// Which stories concern an inventory, how surely and why: the twin of checking/matching.py and of `read_index` in
// checking/product_index.py. tests/checking/matching.json holds what both must answer.
(function () {
  "use strict";

  const SURE_NAMES = ["cpe", "purl", "same", "alias"];
  const CLEARED = ["fixed", "not affected"];
  const EXPLOITED = 1;
  const RANSOMWARE = 2;
  const WITHDRAWN = 4;

  // The index that index.json and the files of its years make.
  function readIndex(index, years) {
    const statements = [];
    for (const year of years) {
      const stories = year.stories.path.map((path, row) => story(year.stories, row, index.levels));
      const said = year.statements;
      said.story.forEach((place, row) => {
        const [vendor, product] = year.names[said.name[row]];
        statements.push({
          story: stories[place],
          vendor: year.vendors[vendor],
          product,
          ranges: said.ranges[row] < 0 ? [] : year.ranges[said.ranges[row]],
          status: index.statuses[said.status[row]],
          cpe: year.cpes[row] || "",
          purl: year.purls[row] || "",
        });
      });
    }
    return { statements, aliases: index.aliases, words: index.words };
  }

  function story(columns, row, levels) {
    const marks = columns.marks[row];
    return {
      path: columns.path[row],
      title: columns.title[row],
      language: columns.language[row],
      titleEn: columns.title_en[row] || columns.title[row],
      languageEn: columns.language_en[row] || columns.language[row],
      level: columns.level[row],
      rank: levels.indexOf(columns.level[row]),
      decision: columns.decision[row],
      urgency: columns.urgency[row],
      day: columns.published_on[row],
      exploited: Boolean(marks & EXPLOITED),
      ransomware: Boolean(marks & RANSOMWARE),
      withdrawn: Boolean(marks & WITHDRAWN),
    };
  }

  // { assets, story, certainty, whyName, whyVersion }: most urgent first. `told(done, all)` hears how far it is.
  function match(assets, index, told = () => {}) {
    const alike = new Map();
    for (const one of assets) {
      const key = [one.vendor, one.product, one.version, one.cpe, one.purl].join("\n");
      if (alike.has(key)) alike.get(key).push(one);
      else alike.set(key, [one]);
    }
    const lookup = new self.Parc.Lookup(index);
    const found = [];
    let done = 0;
    for (const group of alike.values()) {
      for (const one of matches(group, lookup)) found.push(one);
      done += 1;
      if (done % 500 === 0) told(done, alike.size);
    }
    return found.sort(byUrgency);
  }

  function byUrgency(one, other) {
    const a = one.story;
    const b = other.story;
    return a.rank - b.rank || b.urgency - a.urgency || order(b.day, a.day)
      || order(one.certainty, other.certainty) || order(a.path, b.path) || one.assets[0].line - other.assets[0].line;
  }

  const order = (a, b) => (a < b ? -1 : Number(a > b)); // "certain" is before "possible"

  function matches(group, lookup) {
    const found = new Map();
    const cleared = new Set();
    for (const candidate of lookup.candidates(group[0])) {
      const version = group[0].version || candidate.version;
      const known = new Map(); // many stories name the same versions
      for (const statement of candidate.statements) {
        const { path } = statement.story;
        const ranges = JSON.stringify(statement.ranges);
        if (!known.has(ranges)) known.set(ranges, whyVersion(version, candidate.number, statement.ranges));
        const why = known.get(ranges);
        if (CLEARED.includes(statement.status)) {
          if (why === "inside" && SURE_NAMES.includes(candidate.why)) cleared.add(path);
        } else if (why) {
          const made = matched(group, statement, candidate.why, why);
          const before = found.get(path);
          if (!before || (made.certainty === "certain" && before.certainty !== "certain")) found.set(path, made);
        }
      }
    }
    return [...found].filter(([path]) => !cleared.has(path)).map(([, made]) => made);
  }

  function matched(group, statement, whyName, why) {
    const whyVersion = statement.status !== "affected" && why === "inside" ? "unconfirmed" : why;
    const sure = SURE_NAMES.includes(whyName) && whyVersion === "inside";
    return { assets: group, story: statement.story, certainty: sure ? "certain" : "possible", whyName, whyVersion };
  }

  function whyVersion(version, number, ranges) {
    const { within } = self.Parc;
    const answers = ranges.map(([low, high, lowIn, highIn]) => within(version, low, high, Boolean(lowIn), Boolean(highIn)));
    if (answers.includes("yes")) return "inside";
    if (answers.includes("unknown")) return version ? "unclear" : "no version";
    if (answers.length) return "";
    const branch = number + ".x"; // the story says "Enterprise Linux 9", the asset is an 8.6
    return number && version && within(version, branch, branch, true, true) === "no" ? "" : "no range";
  }

  self.Parc = Object.assign(self.Parc || {}, { match, readIndex });
})();
