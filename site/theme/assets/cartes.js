/* How a story stands in a list made by a script: the same row as in the lists made beforehand
   (`templates/_row.html`). Search and facets share it as `Vigie.stories`; needs vigie.js, loaded before.

   Data files shorten what they say of a story: its address (`cut_addresses`), its tier, level and state
   (`mark`), its day; all of that is written by publishing/facets.py. */
(function () {
  "use strict";

  const { element, language, root, say } = window.Vigie;
  const DAY = 86400000; // milliseconds

  // In the order of `records.Tier` and `records.Level`; `address` as in addresses of lists, `look` a class.
  const TIERS = [
    { address: "soin", look: "soin", name: { fr: "Soin", en: "Care" } },
    { address: "secteur", look: "secteur", name: { fr: "Secteur", en: "Sector" } },
    { address: "socle", look: "socle", name: { fr: "Socle", en: "Common base" } },
    { address: "general", look: "general", name: { fr: "Général", en: "General" } },
  ];
  const LEVELS = [
    { address: "critique", look: "critical", name: { fr: "Priorité critique", en: "Critical priority" } },
    { address: "elevee", look: "high", name: { fr: "Priorité élevée", en: "High priority" } },
    { address: "moderee", look: "moderate", name: { fr: "Priorité modérée", en: "Moderate priority" } },
    { address: "faible", look: "low", name: { fr: "Priorité faible", en: "Low priority" } },
    { address: "information", look: "information", name: { fr: "Pour information", en: "For information" } },
  ];

  /* What one character says: a tier and a level (none: undefined), whether exploited, whether withdrawn. */
  function unmark(character) {
    const code = character.charCodeAt(0);
    const value = code - 35 - (code > 92 ? 1 : 0);
    return {
      tier: TIERS[Math.floor(value / 18) - 1],
      level: LEVELS[(Math.floor(value / 3) % 6) - 1],
      exploited: value % 3 === 1,
      withdrawn: value % 3 === 2,
    };
  }

  /* The path of a story below its language's root. */
  function storyPath(rest, day, source, starts) {
    if (rest.includes("/")) return rest;
    return "avis/" + new Date(day * DAY).getUTCFullYear() + "/" + source + "--" + starts[source] + rest + "/";
  }

  /* Where a page of the reader's language is, also in a copy opened from disk. */
  function href(path) {
    const place = (language === "en" ? "en/" : "") + path;
    return root + encodeURI(place) + (location.protocol === "file:" ? "index.html" : "");
  }

  function integer(number) {
    return String(number).replace(/\B(?=(\d{3})+$)/g, say({ fr: "\u202f", en: "," }));
  }

  function dayCell(day) {
    const iso = new Date(day * DAY).toISOString().slice(0, 10);
    const parts = iso.split("-");
    const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const english = Number(parts[2]) + " " + months[parts[1] - 1] + " " + parts[0];
    return element("time", { datetime: iso }, say({ fr: parts.reverse().join("/"), en: english }));
  }

  function badges(marked) {
    const made = [];
    if (marked.level) made.push(element("span", { class: "flag level-" + marked.level.look }, say(marked.level.name)));
    if (marked.tier) made.push(element("span", { class: "tier tier-" + marked.tier.look }, say(marked.tier.name)));
    if (marked.exploited) {
      made.push(element("span", { class: "flag flag-exploited" }, say({ fr: "Exploitée", en: "Exploited" })));
    }
    if (marked.withdrawn) {
      made.push(element("span", { class: "flag flag-withdrawn" }, say({ fr: "Retirée", en: "Withdrawn" })));
    }
    return made.flatMap(function (badge) { return [badge, " "]; });
  }

  /* A row: `title` is text or nodes, `meta` words below it, `mark` and `day` absent for hand-written pages. */
  function row(story) {
    const lang = story.lang && story.lang !== language ? story.lang : null;
    const link = element("a", { href: href(story.path), lang }, ...[].concat(story.title));
    return element("tr", {},
      element("td", {}, link, element("span", { class: "meta" }, story.meta.filter(Boolean).join(" · "))),
      element("td", {}, ...(story.mark ? badges(unmark(story.mark)) : [])),
      element("td", { class: "when" }, story.day === undefined ? "" : dayCell(story.day)));
  }

  /* An empty table of stories with its caption; its body is `table.tBodies[0]`. */
  function table(caption) {
    const headings = [
      { fr: "Alerte", en: "Alert" },
      { fr: "Priorité et pertinence", en: "Priority and relevance" },
      { fr: "Date", en: "Date" },
    ].map(function (heading) { return element("th", { scope: "col" }, say(heading)); });
    return element("table", { class: "stories" },
      element("caption", { class: "unseen" }, caption),
      element("thead", {}, element("tr", {}, ...headings)),
      element("tbody", {}));
  }

  /* « CERT-FR et 2 autres sources » */
  function speakers(names) {
    const others = names.length - 1;
    if (others < 1) return names[0];
    return names[0] + say({
      fr: " et " + others + "\u00a0autre" + (others > 1 ? "s sources" : " source"),
      en: " and " + others + "\u00a0other source" + (others > 1 ? "s" : ""),
    });
  }

  window.Vigie.stories = { TIERS, LEVELS, unmark, storyPath, integer, row, table, speakers };
})();
