/* Which pages hold the words a reader types? Runs on `recherche/` (templates/recherche.html).

   Reads the small files of donnees/recherche/ that the query needs (publishing/search_index.py says how they
   are written; a query is cut into words as publishing/search_words.py cuts texts). All words must be
   found, or else as many as can be; the last may be unfinished. Numbers of CVEs and notices come first,
   then products and titles, then the rest; among equals our own pages, then the newest. Needs cartes.js. */
(function () {
  "use strict";

  const { element, fold, language, load, say, stories } = window.Vigie;
  const FOLDER = "donnees/recherche/";
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const SHOWN = 20; // results at a time
  const PAUSE = 150; // milliseconds without a key before the search begins
  const LONGEST = 30; // characters of a word, as in search_words.py
  const EXACT = 4; // points for a whole word
  const NUMBER = 97; // points for a whole number: before everything else

  const form = document.querySelector("[data-search]");
  if (!form) return;
  const box = form.querySelector("[data-search-box]");
  const filters = form.querySelector("[data-search-filters]");
  const status = document.querySelector("[data-search-status]");
  const results = document.querySelector("[data-search-results]");
  const files = new Map(); // path -> promise of its content
  let turn = 0; // of the latest search; older ones are dropped
  let timer = 0;

  function read(name) {
    if (!files.has(name)) {
      const reading = load(FOLDER + name + ".json");
      files.set(name, reading);
      reading.catch(function () { files.delete(name); });
    }
    return files.get(name);
  }

  /* The query */

  /* For each word of a query its ways of being found: lists of tokens that must all be there. */
  function parse(query, ignored) {
    const text = fold(query)
      .replace(/[‐‑‒–—−]/g, "-")
      .replace(/cve[\s:_-]*((?:19|20)\d\d)[\s_-]+(\d{2,19})/g, "cve-$1-$2");
    const chunks = Array.from(text.matchAll(/[\p{L}\p{N}]+(?:[-.][\p{L}\p{N}]+)*/gu));
    return chunks
      .map(function (found) {
        return ways(found[0], found.index + found[0].length === text.length, ignored);
      })
      .filter(function (found) { return found.length; });
  }

  function ways(chunk, open, ignored) {
    if (/^(?:19|20)\d\d-\d{4,19}$/.test(chunk)) chunk = "cve-" + chunk;
    if (/^cve-\d{4}-\d{2,19}$/.test(chunk)) return [[{ text: chunk, open }]];
    if (/^v?\d+(?:\.[\p{L}\p{N}]+)+(?:-.*)?$/u.test(chunk)) return []; // a version
    const found = [];
    if (/^[a-z]{2,12}(?:-[a-z]{1,12}){0,2}-(?:(?:19|20)\d\d|\d\d)(?:-[a-z0-9]+)+$/.test(chunk)) {
      found.push([{ text: chunk, open }]);
    }
    const parts = chunk.split(/[-.]/);
    const kept = parts
      .map(function (part, at) { return { text: part.slice(0, LONGEST), open: open && at === parts.length - 1 }; })
      .filter(function (part) { return part.text.length > 1 && !ignored.has(part.text); });
    if (kept.length) found.push(kept);
    if (parts.length > 1) found.push([{ text: parts.join("").slice(0, LONGEST), open }]);
    return found;
  }

  /* The file a token stands in, empty where there is none. */
  function fileOf(token, index) {
    if (!token.includes("-")) {
      const name = /^[a-z0-9]{2}/.test(token) ? token.slice(0, 2) : "autres";
      return index.words.split(" ").includes(name) ? "mots/" + name : "";
    }
    const parts = token.split("-");
    for (const series of index.numbers.split(" ").filter(Boolean)) {
      const [name, starts] = series.split(":");
      if (!starts && (token + "-").startsWith(name + "-")) return "numeros/" + name;
      if (starts && name === parts[0] + "-" + parts[1] && starts.split(",").includes(parts[2].slice(0, 2))) {
        return "numeros/" + name + "-" + parts[2].slice(0, 2);
      }
    }
    return "";
  }

  /* The index: page numbers with points */

  function pagesOf(text) {
    const found = [];
    let value = 0;
    let shift = 0;
    for (const character of text) {
      const digit = DIGITS.indexOf(character);
      value += (digit & 31) << shift;
      shift += 5;
      if (digit < 32) {
        found.push(found.length ? found[found.length - 1] + value + 1 : value);
        value = shift = 0;
      }
    }
    return found;
  }

  function better(points, page, score) {
    if (!(points.get(page) >= score)) points.set(page, score);
  }

  async function pointsOfToken(token, index) {
    const points = new Map();
    const name = fileOf(token.text, index);
    const text = name ? await read(name) : "";
    let word = "";
    for (const entry of text ? text.split(";") : []) {
      const [head, ...lists] = entry.split(" ");
      word = word.slice(0, parseInt(head[0], 36)) + head.slice(1);
      const whole = word === token.text;
      if (!whole && !(token.open && word.startsWith(token.text))) continue;
      const extra = whole ? (word.includes("-") ? NUMBER : EXACT) : 0;
      lists.forEach(function (list, at) {
        pagesOf(list).forEach(function (page) { better(points, page, 3 - at + extra); });
      });
    }
    return points;
  }

  /* Pages that have all tokens of a way, with the points of the weakest. */
  async function pointsOfWay(tokens, index) {
    const [first, ...others] = await Promise.all(tokens.map(function (token) { return pointsOfToken(token, index); }));
    const points = new Map();
    first.forEach(function (score, page) {
      const scores = others.map(function (one) { return one.get(page); });
      if (!scores.includes(undefined)) points.set(page, Math.min(score, ...scores));
    });
    return points;
  }

  async function pointsOfWord(found, index) {
    const points = new Map();
    const all = await Promise.all(found.map(function (tokens) { return pointsOfWay(tokens, index); }));
    all.forEach(function (one) { one.forEach(function (score, page) { better(points, page, score); }); });
    return points;
  }

  /* The numbers of the pages found, best first, and whether each has all words. */
  async function find(words, index) {
    const totals = new Map();
    const all = await Promise.all(words.map(function (found) { return pointsOfWord(found, index); }));
    all.forEach(function (points) {
      points.forEach(function (score, page) {
        const total = totals.get(page) || { words: 0, score: 0 };
        totals.set(page, { words: total.words + 1, score: total.score + score });
      });
    });
    const most = Array.from(totals.values()).reduce(function (best, total) { return Math.max(best, total.words); }, 0);
    const pages = Array.from(totals.keys())
      .filter(function (page) { return totals.get(page).words === most; })
      .sort(function (one, other) {
        return totals.get(other).score - totals.get(one).score
          || (one >= index.first) - (other >= index.first)
          || other - one;
      });
    return { pages, complete: most === words.length };
  }

  /* Filters */

  function chosen() {
    return {
      priorite: form.elements.priorite.value,
      niveau: form.elements.niveau.value,
      exploitee: form.elements.exploitee.checked,
    };
  }

  async function filtered(pages, index) {
    const { priorite, niveau, exploitee } = chosen();
    if (!priorite && !niveau && !exploitee) return pages;
    const marks = await read("marques");
    return pages.filter(function (page) {
      if (page < index.first) return false;
      const marked = stories.unmark(marks[page - index.first]);
      return (!priorite || (marked.level && marked.level.address === priorite))
        && (!niveau || (marked.tier && marked.tier.address === niveau))
        && (!exploitee || marked.exploited);
    });
  }

  /* What is shown */

  /* A title with the words found in it marked. */
  function highlighted(title, words) {
    const tokens = words.flat(2);
    function wanted(text) {
      const folded = fold(text).replace(/[-.‑]/g, "");
      return tokens.some(function (token) {
        const plain = token.text.replace(/-/g, "");
        return folded === plain || (token.open && folded.startsWith(plain));
      });
    }
    return pieces(title, /[\p{L}\p{N}\p{M}]+(?:[-.‑][\p{L}\p{N}\p{M}]+)*/gu).map(function (chunk) {
      if (!chunk.found) return chunk.text;
      const parts = pieces(chunk.text, /[\p{L}\p{N}\p{M}]+/gu).map(function (part) {
        return part.found && wanted(part.text) ? element("mark", {}, part.text) : part.text;
      });
      const whole = parts.every(function (part) { return typeof part === "string"; }) && wanted(chunk.text);
      return whole ? element("mark", {}, chunk.text) : parts;
    }).flat();
  }

  /* A text cut into what a pattern finds and what lies between. */
  function pieces(text, pattern) {
    const cut = [];
    let end = 0;
    for (const found of text.matchAll(pattern)) {
      if (found.index > end) cut.push({ text: text.slice(end, found.index), found: false });
      cut.push({ text: found[0], found: true });
      end = found.index + found[0].length;
    }
    if (end < text.length) cut.push({ text: text.slice(end), found: false });
    return cut;
  }

  async function rowOf(page, words, index) {
    const block = await read("pages/" + Math.floor(page / index.block));
    const row = block.rows[page % index.block];
    if (page < index.first) {
      const title = language === "en" && row[2] ? row[2] : row[0];
      const meta = [say({ fr: "Page de ce site", en: "Page of this site" })];
      return stories.row({ title: highlighted(title, words), path: row[1], meta });
    }
    const [source, french, english, ...others] = block.said_by[row[4]];
    return stories.row({
      title: highlighted(language === "en" && row[5] ? row[5] : row[0], words),
      lang: language === "en" ? english : french,
      path: stories.storyPath(row[1], row[2], source, block.starts),
      day: row[2],
      mark: row[3],
      meta: [stories.speakers([index.sources[source] || source, ...others])],
    });
  }

  function counted(number, complete) {
    if (!number) return say({ fr: "Aucune page trouvée.", en: "No page found." });
    const pages = stories.integer(number) + "\u00a0" + say({
      fr: number > 1 ? "pages trouvées" : "page trouvée",
      en: number > 1 ? "pages found" : "page found",
    });
    if (complete) return pages + ".";
    return pages + say({
      fr: "\u00a0: aucune ne contient tous les mots, celles-ci en contiennent le plus.",
      en: ": none has all the words, these have the most.",
    });
  }

  /* Show the results from `shown` on; the button goes on, and the focus with it. */
  async function show(pages, words, index, now) {
    const table = stories.table(say({ fr: "Résultats de la recherche", en: "Search results" }));
    const more = element("button", { type: "button" }, say({ fr: "Plus de résultats", en: "More results" }));
    let shown = 0;

    async function next() {
      const rows = await Promise.all(pages.slice(shown, shown + SHOWN).map(function (page) {
        return rowOf(page, words, index);
      }));
      if (now !== turn) return null;
      table.tBodies[0].append(...rows);
      shown += rows.length;
      more.hidden = shown >= pages.length;
      return rows[0];
    }

    more.addEventListener("click", function () {
      next().then(function (row) { if (row) row.querySelector("a").focus(); }, failed);
    });
    if (await next()) results.replaceChildren(table, more);
  }

  function failed() {
    results.replaceChildren();
    status.textContent = say({
      fr: "Les données de la recherche n’ont pas pu être lues. Vérifier la connexion, puis relancer la recherche.",
      en: "The search data could not be read. Check the connection, then search again.",
    });
  }

  async function search() {
    const now = (turn += 1);
    remember();
    if (!box.value.trim()) return clear("");
    try {
      const index = await read("index");
      const words = parse(box.value, new Set(index.ignored.split(" ")));
      if (now !== turn) return undefined;
      if (!words.length) return clear(say({ fr: "Préciser la recherche.", en: "Please be more specific." }));
      const { pages, complete } = await find(words, index);
      const kept = await filtered(pages, index);
      if (now !== turn) return undefined;
      if (!kept.length) return clear(counted(0, complete));
      await show(kept, words, index, now);
      if (now === turn) status.textContent = counted(kept.length, complete);
    } catch (error) {
      if (now === turn) failed();
    }
    return undefined;
  }

  function clear(words) {
    results.replaceChildren();
    status.textContent = words;
  }

  /* The address keeps the query, so that it can be sent and gone back to. */

  function remember() {
    const kept = new URLSearchParams();
    if (box.value.trim()) kept.set("q", box.value.trim());
    const { priorite, niveau, exploitee } = chosen();
    if (priorite) kept.set("priorite", priorite);
    if (niveau) kept.set("niveau", niveau);
    if (exploitee) kept.set("exploitee", "1");
    history.replaceState(null, "", location.pathname + (String(kept) && "?" + kept));
  }

  function recall() {
    const kept = new URLSearchParams(location.search);
    box.value = kept.get("q") || "";
    for (const name of ["priorite", "niveau"]) {
      const options = Array.from(form.elements[name].options, function (option) { return option.value; });
      form.elements[name].value = options.includes(kept.get(name)) ? kept.get(name) : "";
    }
    form.elements.exploitee.checked = kept.get("exploitee") === "1";
  }

  function offer(select, choices) {
    select.append(...choices.map(function (choice) {
      return element("option", { value: choice.address }, say(choice.name));
    }));
  }

  offer(form.elements.priorite, stories.LEVELS);
  offer(form.elements.niveau, stories.TIERS);
  recall();
  filters.hidden = false;
  box.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE);
  });
  filters.addEventListener("change", search);
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
  if (box.value) search();
})();
