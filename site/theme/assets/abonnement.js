/* Which feed brings what a reader chooses? Reads the page's own list of all feeds, and never promises one
   that is not there: a choice of several things gets the feeds that come nearest, and is told so. */
(function () {
  "use strict";

  const { element, say } = window.Vigie;
  const form = document.querySelector("[data-subscribe]");
  const result = document.querySelector("[data-subscribe-result]");
  const NARROWEST_FIRST = ["etiquette", "editeur", "famille", "source", "priorite", "niveau", "contenu"];

  const feeds = new Map(); // stem -> { stem, label, whole }; the label says when it is in French only

  function readFeeds() {
    document.querySelectorAll("[data-question]").forEach(function (list) {
      const select = form.elements[list.dataset.question];
      list.querySelectorAll("[data-stem]").forEach(function (link) {
        const stem = link.dataset.stem;
        const whole = link.parentElement.querySelector("[data-whole]") !== null;
        const label = link.textContent + (link.hreflang ? say({ fr: "", en: " (in French)" }) : "");
        feeds.set(stem, { stem, label, whole });
        select.append(element("option", { value: stem }, label));
      });
    });
  }

  /* The feeds of what was chosen, the narrowest first; of everything where nothing was. */
  function chosenFeeds() {
    const stems = NARROWEST_FIRST.map(function (name) {
      return form.elements[name] ? form.elements[name].value : "";
    }).filter(Boolean);
    const all = form.elements.contenu.options[1].value;
    return (stems.length ? stems : [all]).map(function (stem) { return feeds.get(stem); });
  }

  function address(feed) {
    const whole = form.elements.whole.checked && feed.whole ? form.dataset.whole : "";
    return form.dataset.subscribe + feed.stem + whole + form.elements.format.value;
  }

  /* Copy an address, and say so; where the browser refuses, it stays selected for the reader to copy. */
  function copy(field, word) {
    function said() {
      word.textContent = say({ fr: "Copiée", en: "Copied" });
    }
    field.select();
    if (navigator.clipboard) navigator.clipboard.writeText(field.value).then(said, function () {});
    else if (document.execCommand("copy")) said();
  }

  function row(feed, number) {
    const id = "adresse-" + number;
    const field = element("input", { id, type: "text", readonly: true, size: 60, value: address(feed) });
    const word = element("span", {}, say({ fr: "Copier", en: "Copy" }));
    const rest = say({ fr: " l’adresse : ", en: " the address: " }) + feed.label;
    const button = element("button", { type: "button" }, word, element("span", { class: "unseen" }, rest));
    button.addEventListener("click", function () { copy(field, word); });
    return element("p", {}, element("label", { for: id }, feed.label), " ", field, " ", button);
  }

  function warnings(chosen) {
    const said = [];
    if (chosen.length > 1) {
      said.push(say({
        fr: "Aucun flux ne réunit ces choix. Voici les plus proches, du plus étroit au plus large : votre lecteur peut y trier par catégorie, car chaque alerte porte sa priorité, sa pertinence et ses éditeurs.",
        en: "No feed combines these choices. Here are the nearest, from the narrowest to the widest: your reader can filter them by category, as each alert carries its priority, relevance and vendors.",
      }));
    }
    if (form.elements.whole.checked && !chosen.every(function (feed) { return feed.whole; })) {
      said.push(say({
        fr: "Le texte complet n’existe que pour toutes les alertes, les niveaux de pertinence et les bulletins, en français ; les autres flux donnent le résumé.",
        en: "Full text exists only for all alerts, the levels of relevance and the bulletins, in French; the other feeds give the summary.",
      }));
    }
    return said.map(function (text) { return element("p", { class: "update" }, text); });
  }

  function show() {
    const chosen = chosenFeeds();
    result.replaceChildren.apply(result, warnings(chosen).concat(chosen.map(row)));
  }

  if (!form || !result) return;
  readFeeds();
  form.hidden = false;
  form.addEventListener("change", show);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  show();
})();
