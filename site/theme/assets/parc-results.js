// How the answer of Mon parc is shown, exported and put into a private link; needs vigie.js and cartes.js.
(function () {
  "use strict";

  const { element, fold, language, root, say } = window.Vigie;
  const { LEVELS, integer } = window.Vigie.stories;
  const STEP = 200; // rows shown at a time
  const MOST_LINES = 5; // lines of the inventory named in a cell
  const LONGEST_LINK = 8000; // characters of a private link

  const CERTAINTIES = {
    certain: { fr: "Certaine", en: "Certain" },
    possible: { fr: "Possible", en: "Possible" },
  };
  const WHY_NAME = {
    cpe: { fr: "identifiant CPE identique", en: "same CPE identifier" },
    purl: { fr: "identifiant de paquet identique", en: "same package identifier" },
    same: { fr: "même produit", en: "same product" },
    alias: { fr: "même produit sous un autre nom", en: "same product under another name" },
    near: { fr: "nom proche, à vérifier", en: "a name close to it, to be checked" },
    edition: { fr: "édition ou modèle à vérifier", en: "edition or model to be checked" },
    contained: { fr: "nom contenu dans un autre", en: "name within a longer one" },
    ambiguous: { fr: "plusieurs éditeurs ont un produit de ce nom", en: "several vendors have a product of that name" },
  };
  const WHY_VERSION = {
    inside: { fr: "version touchée", en: "affected version" },
    "no version": { fr: "version absente de l’inventaire", en: "no version in the inventory" },
    "no range": { fr: "versions touchées non précisées", en: "affected versions not stated" },
    unclear: { fr: "version à vérifier", en: "version to be checked" },
    unconfirmed: { fr: "produit cité, sans être dit touché", en: "product named, not said to be affected" },
  };

  const titleOf = (story) => (language === "en" ? story.titleEn : story.title);
  const why = (one) => say(WHY_NAME[one.whyName]) + ", " + say(WHY_VERSION[one.whyVersion]);

  function href(path) {
    const place = (language === "en" ? "en/" : "") + path;
    return root + encodeURI(place) + (location.protocol === "file:" ? "index.html" : "");
  }

  function levelOf(story) {
    return LEVELS.find((one) => one.address === fold(story.level));
  }

  // A table of matches in `place`; returns a function that shows more and says whether rows are left.
  function show(place, matches, caption) {
    const table = emptyTable(caption);
    place.replaceChildren(table);
    let shown = 0;
    return function more() {
      table.tBodies[0].append(...matches.slice(shown, shown + STEP).map(row));
      shown += STEP;
      return shown < matches.length;
    };
  }

  function emptyTable(caption) {
    const headings = [
      { fr: "Alerte", en: "Alert" },
      { fr: "Dans le parc", en: "In the inventory" },
      { fr: "Correspondance", en: "Match" },
    ].map((heading) => element("th", { scope: "col" }, say(heading)));
    return element("table", { class: "plain" },
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...headings)),
      element("tbody", {}));
  }

  function row(one) {
    const { story } = one;
    const lang = language === "en" ? story.languageEn : story.language;
    return element("tr", {},
      element("td", {},
        element("a", { href: href(story.path), lang: lang === language ? null : lang }, titleOf(story)),
        element("span", { class: "meta" }, element("time", { datetime: story.day }, dayOf(story.day)), " ", ...flags(story))),
      element("td", {}, assetText(one.assets[0]), element("span", { class: "meta" }, linesText(one.assets))),
      element("td", {},
        element("strong", {}, say(CERTAINTIES[one.certainty])), element("span", { class: "meta" }, why(one))));
  }

  function flags(story) {
    const level = levelOf(story);
    const made = [];
    if (level) made.push(element("span", { class: "flag level-" + level.look }, say(level.name)), " ");
    if (story.exploited) {
      made.push(element("span", { class: "flag flag-exploited" }, say({ fr: "Exploitée", en: "Exploited" })));
    }
    return made;
  }

  function dayOf(day) {
    return say({ fr: day.split("-").reverse().join("/"), en: day });
  }

  function assetText(asset) {
    const named = asset.product || asset.cpe || asset.purl;
    const vendor = fold(named).startsWith(fold(asset.vendor)) ? "" : asset.vendor;
    return [vendor, named, asset.version].filter(Boolean).join(" ");
  }

  function linesText(assets) {
    const named = assets.slice(0, MOST_LINES)
      .map((one) => (one.name ? one.name + " (" + one.line + ")" : String(one.line))).join(", ");
    const rest = assets.length > MOST_LINES ? "…" : "";
    const word = assets.length > 1
      ? say({ fr: integer(assets.length) + "\u00a0lignes\u00a0: ", en: integer(assets.length) + " lines: " })
      : say({ fr: "ligne ", en: "line " });
    return word + named + rest;
  }

  // A CSV for a spreadsheet: in French with semicolons; a cell that would be a formula begins with an apostrophe.
  function csv(matches) {
    const separator = say({ fr: ";", en: "," });
    const headings = say({
      fr: ["Priorité", "Exploitée", "Correspondance", "Raison", "Éditeur", "Produit", "Version", "Nombre", "Lignes", "Date", "Alerte", "Adresse"],
      en: ["Priority", "Exploited", "Match", "Reason", "Vendor", "Product", "Version", "Count", "Lines", "Date", "Alert", "Address"],
    });
    const lines = matches.map((one) => [
      one.story.level, one.story.exploited ? say({ fr: "oui", en: "yes" }) : "", say(CERTAINTIES[one.certainty]), why(one),
      one.assets[0].vendor, one.assets[0].product, one.assets[0].version, String(one.assets.length),
      one.assets.slice(0, 100).map((asset) => asset.line).join(" "), one.story.day, titleOf(one.story), href(one.story.path),
    ]);
    return "\ufeff" + [headings, ...lines].map((line) => line.map(cell).join(separator)).join("\r\n") + "\r\n";
  }

  function cell(text) {
    const harmless = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
    return '"' + harmless.replace(/"/g, '""') + '"';
  }

  // A private link: what stands after # is never sent. Null where the products are too many for one.
  function linkTo(assets) {
    const pairs = new Set(assets.filter((one) => one.product).map(
      (one) => [one.vendor, one.product].map((name) => encodeURIComponent(name.replace(/~/g, " "))).join("~"),
    ));
    const address = location.href.split("#")[0] + "#p=" + [...pairs].sort().join(";");
    return address.length > LONGEST_LINK ? null : address;
  }

  // The assets that a private link names; none where it is no such link or is damaged.
  function linked(fragment) {
    if (!fragment.startsWith("#p=") || fragment.length > LONGEST_LINK) return [];
    return fragment.slice(3).split(";").map(function (pair, place) {
      const [vendor, product = ""] = pair.split("~").map(decoded);
      return { line: place + 1, name: "", vendor, product, version: "", cpe: "", purl: "" };
    }).filter((one) => one.product);
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch (error) {
      if (error instanceof URIError) return "";
      throw error;
    }
  }

  self.Parc = Object.assign(self.Parc || {}, { show, csv, linkTo, linked });
})();
