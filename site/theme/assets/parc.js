// Mon parc: reads an inventory in this browser and says which stories concern it. Nothing is sent; nothing is kept
// unless asked. The reading and matching are in the parc-*.js beside this file, which it loads.
(function () {
  "use strict";

  const { element, load, root, say } = window.Vigie;
  const SCRIPTS = ["cartes", "parc-versions", "parc-lookup", "parc-matching", "parc-bills", "parc-inventory", "parc-results"];
  const FOLDER = "donnees/produits/";
  const KEPT = "vigie-parc"; // where localStorage keeps an inventory
  const MOST_FAULTS = 100; // told one by one
  const UNREADABLE = {
    large: { fr: "Ce fichier dépasse 200\u00a0Mo\u00a0: le partager en plusieurs.", en: "This file is larger than 200 MB: split it." },
    workbook: { fr: "Ce fichier est un classeur ou une archive\u00a0: enregistrer la feuille en CSV.", en: "This file is a workbook or an archive: save the sheet as CSV." },
    empty: { fr: "Aucun produit n’a été trouvé\u00a0: il faut au moins une colonne avec le nom des produits.", en: "No product was found: at least one column must hold product names." },
    json: { fr: "Ce fichier JSON ne peut pas être lu\u00a0: il est incomplet ou abîmé.", en: "This JSON file cannot be read: it is incomplete or damaged." },
    otherjson: { fr: "Ce fichier JSON n’est ni CycloneDX ni SPDX 2\u00a0: enregistrer l’inventaire en CSV.", en: "This JSON file is neither CycloneDX nor SPDX 2: save the inventory as CSV." },
    xml: { fr: "Ce fichier XML ne peut pas être lu\u00a0: il est incomplet ou abîmé.", en: "This XML file cannot be read: it is incomplete or damaged." },
    otherxml: { fr: "Ce fichier XML n’est pas du CycloneDX\u00a0: enregistrer l’inventaire en CSV.", en: "This XML file is not CycloneDX: save the inventory as CSV." },
    doctype: { fr: "Ce fichier XML contient un DOCTYPE, refusé par prudence\u00a0: l’enlever.", en: "This XML file has a DOCTYPE, refused for safety: remove it." },
  };
  const FAULTS = {
    long: { fr: "ligne trop longue", en: "line too long" },
    quote: { fr: "guillemet ouvert et jamais fermé", en: "a quote is opened and never closed" },
    component: { fr: "composant sans nom ni identifiant", en: "component without name or identifier" },
  };
  const ROLE_NAMES = {
    product: { fr: "Produit", en: "Product" },
    vendor: { fr: "Éditeur ou fabricant", en: "Vendor" },
    version: { fr: "Version", en: "Version" },
    name: { fr: "Nom dans le parc", en: "Own name" },
    cpe: { fr: "Identifiant CPE", en: "CPE" },
    purl: { fr: "Identifiant de paquet (purl)", en: "Package URL" },
  };

  const part = (name) => document.querySelector("[data-parc-" + name + "]");
  const number = (value) => window.Vigie.stories.integer(value);
  const state = { bytes: null, inventory: null, matches: [], more: null, worker: null };

  document.querySelector("[data-parc]").hidden = false;
  const ready = SCRIPTS.reduce((before, name) => before.then(() => script(name)), Promise.resolve());
  ready.then(begin, () => tell(say({ fr: "Un fichier de cette page manque\u00a0: la recharger.", en: "A file of this page is missing: reload it." })));

  function script(name) {
    return new Promise(function (resolve, reject) {
      const made = element("script", { src: root + "assets/" + name + ".js" });
      made.onload = resolve;
      made.onerror = reject;
      document.head.append(made);
    });
  }

  function begin() {
    const field = document.getElementById("parc-fichier");
    field.addEventListener("change", () => field.files.length && readFile(field.files[0]));
    part("paste").addEventListener("click", function () {
      readBytes(new TextEncoder().encode(document.getElementById("parc-texte").value));
    });
    acceptDrops(part("drop"));
    part("certain").addEventListener("change", showMatches);
    part("more").addEventListener("click", showMore);
    part("export").addEventListener("click", saveCsv);
    part("keep").addEventListener("change", keep);
    part("forget").addEventListener("click", forget);
    part("link").addEventListener("click", makeLink);
    window.addEventListener("hashchange", followLink);
    if (!followLink()) recall();
  }

  function acceptDrops(zone) {
    zone.addEventListener("dragover", (event) => event.preventDefault());
    zone.addEventListener("drop", function (event) {
      event.preventDefault();
      if (event.dataTransfer.files.length) readFile(event.dataTransfer.files[0]);
    });
  }

  function tell(words) {
    part("status").textContent = words;
  }

  // Reading

  function readFile(file) {
    tell(say({ fr: "Lecture de ", en: "Reading " }) + file.name + "…");
    file.arrayBuffer().then(
      (buffer) => readBytes(new Uint8Array(buffer)),
      () => tell(say({ fr: "Ce fichier ne peut pas être ouvert\u00a0: vérifier qu’il existe encore.", en: "This file cannot be opened: check that it still exists." })),
    );
  }

  function readBytes(bytes, columns) {
    withIndex(function (index) {
      state.bytes = bytes;
      try {
        takeInventory(self.Parc.readInventory(bytes, index.columns, columns));
      } catch (error) {
        if (!(error instanceof self.Parc.Unreadable)) throw error;
        tell(say(UNREADABLE[error.message]));
      }
    });
  }

  function takeInventory(inventory) {
    state.inventory = inventory;
    showFaults(inventory.faults);
    showColumns(inventory);
    part("own").hidden = false;
    compare(inventory.assets, false);
  }

  function showFaults(faults) {
    const place = part("faults");
    place.hidden = faults.length === 0;
    place.querySelector("summary").textContent = faults.length > 1
      ? number(faults.length) + say({ fr: "\u00a0lignes n’ont pas pu être lues\u00a0; les autres sont utilisées", en: " lines could not be read; the others are used" })
      : say({ fr: "Une ligne n’a pas pu être lue\u00a0; les autres sont utilisées", en: "One line could not be read; the others are used" });
    place.querySelector("ul").replaceChildren(...faults.slice(0, MOST_FAULTS).map((fault) => element(
      "li", {}, say({ fr: "Ligne ", en: "Line " }) + fault.line + say({ fr: "\u00a0: ", en: ": " }) + say(FAULTS[fault.why]),
    )));
  }

  function showColumns(inventory) {
    const place = part("columns");
    const focused = [...place.querySelectorAll("select")].indexOf(document.activeElement);
    place.hidden = inventory.form !== "csv";
    place.querySelector("div").replaceChildren(...Object.keys(ROLE_NAMES).map((role) => columnChoice(role, inventory)));
    if (focused >= 0) place.querySelectorAll("select")[focused].focus();
  }

  function columnChoice(role, inventory) {
    const none = say({ fr: "aucune", en: "none" });
    const options = inventory.heading.map(function (heading, at) {
      const words = (at + 1) + say({ fr: "\u00a0: ", en: ": " }) + (heading.trim().slice(0, 40) || "…");
      return element("option", { value: at, selected: inventory.columns[role] === at }, words);
    });
    const field = element("select", {}, element("option", { value: "" }, none), ...options);
    field.addEventListener("change", function () {
      const columns = { ...inventory.columns };
      if (field.value === "") delete columns[role];
      else columns[role] = Number(field.value);
      readBytes(state.bytes, columns);
    });
    return element("label", {}, say(ROLE_NAMES[role]) + " ", field);
  }

  // Matching

  let published = null; // a promise of the index and of its years

  function withIndex(use) {
    if (!published) {
      published = load(FOLDER + "index.json").then(function (index) {
        return Promise.all(index.years.map((year) => load(FOLDER + year.file))).then((years) => ({ index, years }));
      });
    }
    published.then(({ index, years }) => use(index, years), function () {
      published = null;
      part("working").hidden = true;
      tell(say({ fr: "L’index des produits n’a pas pu être chargé\u00a0: réessayer.", en: "The product index could not be loaded: try again." }));
    });
  }

  // Match assets; `byDay` for what a private link shows: the newest first. An answer not yet given is given up.
  function compare(assets, byDay) {
    if (state.worker) state.worker.terminate();
    part("working").hidden = false;
    part("progress").removeAttribute("value");
    tell(counted(assets.length, { fr: "élément", en: "item" }) + say({ fr: "\u00a0: comparaison en cours…", en: ": comparing…" }));
    withIndex((index, years) => matchesOf(assets, index, years).then(function (matches) {
      part("working").hidden = true;
      state.matches = byDay ? newestFirst(matches) : matches;
      tellCount(assets.length, byDay);
      part("answer").hidden = false;
      showMatches();
    }, function () {
      part("working").hidden = true;
      tell(say({ fr: "La comparaison a échoué\u00a0: recharger la page et réessayer.", en: "The comparison failed: reload the page and try again." }));
    }));
  }

  function newestFirst(matches) {
    return [...matches].sort((one, other) => (one.story.day < other.story.day ? 1 : Number(one.story.day > other.story.day) * -1));
  }

  // In a worker; a copy opened from disk has none, and matches here.
  function matchesOf(assets, index, years) {
    if (location.protocol === "file:") {
      return Promise.resolve(self.Parc.match(assets, self.Parc.readIndex(index, years)));
    }
    return new Promise(function (resolve, reject) {
      const worker = new Worker(root + "assets/parc-worker.js");
      state.worker = worker;
      worker.onmessage = function ({ data }) {
        if (!data.matches) {
          Object.assign(part("progress"), { max: data.all, value: data.done });
          return;
        }
        worker.terminate();
        resolve(data.matches);
      };
      worker.onerror = () => reject(new Error("parc-worker.js"));
      worker.postMessage({ assets, index, years });
    });
  }

  function tellCount(assets, byDay) {
    const stories = new Set(state.matches.map((one) => one.story.path)).size;
    const certain = new Set(state.matches.filter((one) => one.certainty === "certain").map((one) => one.story.path)).size;
    const items = counted(assets, { fr: "élément", en: "item" });
    if (!stories) {
      tell(say({ fr: "Aucune alerte publiée ne concerne " + items + ".", en: "No published alert concerns " + items + "." }));
    } else if (byDay) {
      const products = counted(assets, { fr: "produit", en: "product" });
      tell(counted(stories, { fr: "alerte", en: "alert" }) + say({
        fr: " sur " + products + ", les plus récentes d’abord.",
        en: " on " + products + ", the newest first.",
      }));
    } else {
      tell(counted(stories, { fr: "alerte", en: "alert" }) + say({
        fr: " pour " + items + ", dont " + number(certain) + " de façon certaine.",
        en: " for " + items + ", " + number(certain) + " of them for certain.",
      }));
    }
  }

  function counted(value, noun) {
    return number(value) + "\u00a0" + say(noun) + (value > 1 ? "s" : "");
  }

  function chosenMatches() {
    return part("certain").checked ? state.matches.filter((one) => one.certainty === "certain") : state.matches;
  }

  function showMatches() {
    const matches = chosenMatches();
    const caption = number(matches.length) + say({
      fr: "\u00a0correspondance" + (matches.length > 1 ? "s" : ""),
      en: "\u00a0match" + (matches.length === 1 ? "" : "es"),
    });
    state.more = self.Parc.show(part("results"), matches, caption);
    showMore();
  }

  function showMore() {
    part("more").hidden = !state.more();
  }

  function saveCsv() {
    const address = URL.createObjectURL(new Blob([self.Parc.csv(chosenMatches())], { type: "text/csv" }));
    element("a", { href: address, download: say({ fr: "mon-parc.csv", en: "my-assets.csv" }) }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  // Coming back

  function makeLink() {
    const known = new Set(state.matches.flatMap((one) => one.assets));
    const address = self.Parc.linkTo([...known]);
    part("address").hidden = address === null;
    document.getElementById("parc-lien").value = address || "";
    if (address === null) {
      tell(say({ fr: "Trop de produits pour un seul lien\u00a0: donner un inventaire plus court.", en: "Too many products for one link: give a shorter inventory." }));
    } else {
      document.getElementById("parc-lien").select();
    }
  }

  function followLink() {
    const assets = self.Parc.linked(location.hash);
    if (assets.length) compare(assets, true);
    return assets.length > 0;
  }

  function keep() {
    if (!part("keep").checked) {
      forget();
      return;
    }
    try {
      localStorage.setItem(KEPT, JSON.stringify(state.inventory.assets));
      part("forget").hidden = false;
      tell(say({ fr: "Inventaire gardé dans ce navigateur.", en: "Inventory kept in this browser." }));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      part("keep").checked = false;
      tell(say({ fr: "Ce navigateur refuse de garder l’inventaire\u00a0: il est trop grand, ou le stockage est interdit.", en: "This browser refuses to keep the inventory: it is too large, or storage is forbidden." }));
    }
  }

  function forget() {
    localStorage.removeItem(KEPT);
    part("keep").checked = false;
    part("forget").hidden = true;
    tell(say({ fr: "Inventaire oublié.", en: "Inventory forgotten." }));
  }

  function recall() {
    const assets = kept();
    if (!assets) return;
    part("keep").checked = true;
    part("forget").hidden = false;
    takeInventory({ form: "kept", assets, faults: [], columns: {}, heading: [] });
  }

  const isAsset = (one) => Object.keys(ROLE_NAMES).every((role) => typeof one[role] === "string");

  function kept() {
    try {
      const found = JSON.parse(localStorage.getItem(KEPT));
      return Array.isArray(found) && found.length && found.every(isAsset) ? found : null;
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof DOMException) return null; // not ours, or forbidden
      throw error;
    }
  }
})();
