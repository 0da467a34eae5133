/* Which alerts are left when a reader narrows the list? Runs on `alertes/`, needs cartes.js.

   The page holds an empty `<div data-facets></div>`, which is filled with a form, a count and a table of
   stories, and beside it `<div data-facets-static>…</div>` with all that readers without script see, which is
   hidden once the first year has been read. Where that fails, it stays and a sentence says why.

   Data: donnees/listes/index.json and a file a year (publishing/facets.py says what stands in them), the
   newest year first, older ones when asked for. The address keeps the choice:
   `?priorite=critique&priorite=elevee&niveau=soin&exploitee=1&famille=…&editeur=fortinet&source=…&depuis=2026-01`. */
(function () {
  "use strict";

  const { element, language, load, say, stories } = window.Vigie;
  const FOLDER = "donnees/listes/";
  const SHOWN = 50; // rows at a time
  const CHECKED = ["priorite", "niveau", "exploitee"];
  const SELECTED = ["famille", "editeur", "source"];

  const place = document.querySelector("[data-facets]");
  if (!place) return;
  const status = element("p", { role: "status", "aria-live": "polite" });
  const results = element("div", {});
  const rows = []; // of the years read, newest first
  let index = null;
  let years = 0; // how many of index.years are read
  let shown = SHOWN;
  let form = null;

  /* Data */

  async function readYear() {
    const year = index.years[years][0];
    const [columns, english] = await Promise.all([
      load(FOLDER + year + ".json"),
      language === "en" ? load(FOLDER + year + ".en.json") : {},
    ]);
    rows.push(...rowsOf(columns, english));
    years += 1;
  }

  function rowsOf(columns, english) {
    let day = 0;
    return columns.titles.map(function (title, at) {
      day = at ? day - columns.days[at] : columns.days[0];
      const [source, lang, langEnglish, ...others] = columns.said_by[columns.voices[at]];
      const marked = stories.unmark(columns.marks[at]);
      const vendors = columns.vendors[at].map(function (vendor) { return columns.vendor_names[vendor]; });
      const families = columns.families[at].map(function (family) { return columns.family_names[family]; });
      return {
        title: english[at] || (typeof title === "string" ? title : columns.openings[title[0]] + title[1]),
        lang: language === "en" ? langEnglish : lang,
        path: stories.storyPath(columns.addresses[at], day, source, columns.starts),
        day,
        mark: columns.marks[at],
        meta: [
          stories.speakers([nameOf("sources", source), ...others]),
          columns.cves[at] && stories.integer(columns.cves[at]) + "\u00a0CVE",
          vendors.slice(0, 2).join(", "),
        ],
        values: {
          priorite: marked.level ? [marked.level.address] : [],
          niveau: marked.tier ? [marked.tier.address] : [],
          exploitee: marked.exploited ? ["1"] : [],
          famille: families.map(function (family) { return addressOf("families", family); }),
          editeur: vendors.map(function (vendor) { return addressOf("vendors", vendor); }),
          source: [source, ...others],
        },
      };
    });
  }

  /* Names of the index: [name, what stands for it in addresses, count, French, English], by name. */
  const named = {};

  function entryOf(facet, name) {
    if (!named[facet]) named[facet] = new Map(index[facet].map(function (entry) { return [entry[0], entry]; }));
    return named[facet].get(name) || [name, name, 0, name, name];
  }

  function addressOf(facet, name) {
    return entryOf(facet, name)[1];
  }

  function nameOf(facet, name) {
    return entryOf(facet, name)[language === "en" ? 4 : 3];
  }

  /* The form */

  function checkboxes(name, legend, choices) {
    return element("fieldset", {},
      element("legend", {}, say(legend)),
      ...choices.map(function (choice) {
        return element("label", {},
          element("input", { type: "checkbox", name, value: choice.address }), " ",
          say(choice.name), " ", element("span", { class: "count", "data-count": name + " " + choice.address }));
      }));
  }

  function selection(name, label, every) {
    return element("label", {}, say(label), " ",
      element("select", { name }, element("option", { value: "" }, say(every))));
  }

  function madeForm() {
    const exploited = { address: "1", name: { fr: "Exploitée", en: "Exploited" } };
    const all = { fr: "toutes", en: "all" };
    return element("form", { class: "facets", role: "search", "aria-label": say({ fr: "Filtrer les alertes", en: "Filter the alerts" }) },
      checkboxes("priorite", { fr: "Priorité", en: "Priority" }, stories.LEVELS),
      checkboxes("niveau", { fr: "Pertinence", en: "Relevance" }, stories.TIERS),
      checkboxes("exploitee", { fr: "Exploitation", en: "Exploitation" }, [exploited]),
      element("fieldset", {},
        element("legend", {}, say({ fr: "Produit, source et période", en: "Product, source and period" })),
        selection("famille", { fr: "Famille", en: "Family" }, all), " ",
        selection("editeur", { fr: "Éditeur", en: "Vendor" }, { fr: "tous", en: "all" }), " ",
        selection("source", { fr: "Source", en: "Source" }, all), " ",
        selection("depuis", { fr: "Depuis", en: "Since" }, { fr: "le début", en: "the beginning" })),
      element("button", { type: "reset" }, say({ fr: "Tout effacer", en: "Clear all" })));
  }

  function choice() {
    const entries = new FormData(form);
    const made = { depuis: entries.get("depuis") };
    CHECKED.concat(SELECTED).forEach(function (name) { made[name] = entries.getAll(name).filter(Boolean); });
    return made;
  }

  /* Months of the newest year, then the Januaries of all others. */
  function offerPeriods(wanted) {
    const select = form.elements.depuis;
    const [newest, ...older] = index.years.map(function (year) { return String(year[0]).padStart(4, "0"); });
    const last = rows.length ? new Date(rows[0].day * 86400000).getUTCMonth() + 1 : 1;
    const months = Array.from({ length: last }, function (_, at) { return newest + "-" + String(last - at).padStart(2, "0"); });
    const offered = months.concat(older.map(function (year) { return year + "-01"; }));
    if (/^\d{4}-(0[1-9]|1[0-2])$/.test(wanted || "") && !offered.includes(wanted)) offered.push(wanted);
    offered.sort().reverse();
    select.append(...offered.map(function (value) {
      const when = new Date(value + "-01T00:00:00Z");
      const words = when.toLocaleDateString(language, { month: "long", year: "numeric", timeZone: "UTC" });
      return element("option", { value }, words);
    }));
  }

  function offerNames(name, facet) {
    form.elements[name].append(...index[facet]
      .map(function (entry) { return { value: entry[1], words: entry[language === "en" ? 4 : 3] }; })
      .sort(function (one, other) { return one.words.localeCompare(other.words, language); })
      .map(function (entry) { return element("option", { value: entry.value, "data-name": entry.words }, entry.words); }));
  }

  /* Narrowing */

  /* The facets a row is kept out by. */
  function refusals(row, chosen, first) {
    const refusing = CHECKED.concat(SELECTED).filter(function (name) {
      return chosen[name].length && !row.values[name].some(function (value) { return chosen[name].includes(value); });
    });
    return row.day < first ? refusing.concat("depuis") : refusing;
  }

  /* The rows that are left, and for each choice how many it would leave beside those of other facets. */
  function narrowed(chosen) {
    const first = chosen.depuis ? Date.parse(chosen.depuis + "-01") / 86400000 : -Infinity;
    const counts = new Map();
    const kept = rows.filter(function (row) {
      const refusing = refusals(row, chosen, first);
      CHECKED.concat(SELECTED).forEach(function (name) {
        if (refusing.length > 1 || (refusing.length && refusing[0] !== name)) return;
        row.values[name].forEach(function (value) {
          counts.set(name + " " + value, (counts.get(name + " " + value) || 0) + 1);
        });
      });
      return !refusing.length;
    });
    return { kept, counts };
  }

  function showCounts(counts) {
    form.querySelectorAll("[data-count]").forEach(function (place) {
      place.textContent = stories.integer(counts.get(place.getAttribute("data-count")) || 0);
    });
    SELECTED.forEach(function (name) {
      Array.from(form.elements[name].options).slice(1).forEach(function (option) {
        const number = counts.get(name + " " + option.value) || 0;
        option.textContent = option.getAttribute("data-name") + " (" + stories.integer(number) + ")";
        option.hidden = !number && !option.selected;
      });
    });
  }

  /* Showing */

  function button(words, act) {
    const made = element("button", { type: "button" }, words);
    made.addEventListener("click", act);
    return made;
  }

  function draw() {
    const chosen = choice();
    const { kept, counts } = narrowed(chosen);
    showCounts(counts);
    const table = stories.table(say({ fr: "Alertes choisies", en: "Chosen alerts" }));
    table.tBodies[0].append(...kept.slice(0, shown).map(stories.row));
    results.replaceChildren(...(kept.length ? [table] : []));
    if (kept.length > shown) results.append(button(say({ fr: "Afficher plus d’alertes", en: "Show more alerts" }), showMore), " ");
    if (years < index.years.length && !chosen.depuis) {
      const year = index.years[years][0];
      results.append(button(say({ fr: "Ajouter l’année ", en: "Add the year " }) + year, addYear));
    }
    status.textContent = counted(kept.length);
    remember(chosen);
  }

  function counted(number) {
    const oldest = index.years[years - 1][0];
    const read = say({ fr: ", depuis le début de ", en: ", since the beginning of " }) + oldest + ".";
    if (!number) return say({ fr: "Aucune alerte", en: "No alert" }) + read;
    const noun = say({ fr: number > 1 ? "alertes" : "alerte", en: number > 1 ? "alerts" : "alert" });
    return stories.integer(number) + "\u00a0" + noun + read;
  }

  function showMore() {
    const before = shown;
    shown += SHOWN;
    draw();
    focusRow(before);
  }

  function addYear() {
    readYear().then(function () {
      draw();
      status.tabIndex = -1;
      status.focus();
    }).catch(failed);
  }

  function focusRow(at) {
    const row = results.querySelectorAll("tbody tr")[at];
    if (row) row.querySelector("a").focus();
  }

  async function change() {
    shown = SHOWN;
    try {
      await readBackTo(form.elements.depuis.value);
      draw();
    } catch (error) {
      failed();
    }
  }

  async function readBackTo(month) {
    while (month && years < index.years.length && index.years[years - 1][0] > Number(month.slice(0, 4))) {
      await readYear();
    }
  }

  function failed() {
    status.textContent = say({
      fr: "Les listes n’ont pas pu être lues. Vérifier la connexion, puis recharger la page.",
      en: "The lists could not be read. Check the connection, then reload the page.",
    });
  }

  /* The address */

  function remember(chosen) {
    const kept = new URLSearchParams();
    CHECKED.concat(SELECTED).forEach(function (name) {
      chosen[name].forEach(function (value) { kept.append(name, value); });
    });
    if (chosen.depuis) kept.set("depuis", chosen.depuis);
    history.replaceState(null, "", location.pathname + (String(kept) && "?" + kept) + location.hash);
  }

  function recall(kept) {
    CHECKED.forEach(function (name) {
      form.querySelectorAll("input[name=" + name + "]").forEach(function (box) {
        box.checked = kept.getAll(name).includes(box.value);
      });
    });
    SELECTED.concat("depuis").forEach(function (name) {
      const options = Array.from(form.elements[name].options, function (option) { return option.value; });
      form.elements[name].value = options.includes(kept.get(name)) ? kept.get(name) : "";
    });
  }

  async function start() {
    const kept = new URLSearchParams(location.search);
    place.append(status);
    index = await load(FOLDER + "index.json");
    if (!index.years.length) return;
    await readYear();
    form = madeForm();
    offerNames("famille", "families");
    offerNames("editeur", "vendors");
    offerNames("source", "sources");
    offerPeriods(kept.get("depuis"));
    recall(kept);
    await readBackTo(form.elements.depuis.value);
    draw();
    place.prepend(form);
    place.append(results);
    document.querySelectorAll("[data-facets-static]").forEach(function (part) { part.hidden = true; });
    form.addEventListener("change", change);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("reset", function () { setTimeout(change); });
  }

  start().catch(failed);
})();
