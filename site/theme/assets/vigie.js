/* What every page's scripts share: where the site is, its language, folded text, data files, elements.
   Loaded first, with `defer`, from the site's `assets/` folder. Keeps the reader's choice of light or
   dark in this browser, and nothing else. */
(function () {
  "use strict";

  const own = document.currentScript.src;
  const root = new URL("..", own).href;
  const language = document.documentElement.lang === "en" ? "en" : "fr";
  const arrived = new Map(); // path -> resolve, for data read from a copy on disk

  /* Lower case, no accents: « Rançongiciel » and "rancongiciel" are the same word. */
  function fold(text) {
    return text
      .normalize("NFD")
      .replace(/[\u0300-\u036f]/g, "")
      .replace(/œ/gi, "oe")
      .replace(/æ/gi, "ae")
      .replace(/[’‘]/g, "'")
      .toLowerCase();
  }

  /* Read a JSON file of the site. A copy opened from disk may not fetch: there each data file has a
     twin that is a script and hands its content to `receive`. */
  function load(path) {
    if (location.protocol !== "file:") {
      return fetch(new URL(path, root)).then(function (answer) {
        if (!answer.ok) throw new Error(path + ": " + answer.status);
        return answer.json();
      });
    }
    return new Promise(function (resolve, reject) {
      arrived.set(path, resolve);
      const script = document.createElement("script");
      script.src = new URL(path + ".js", root).href;
      script.onerror = function () { reject(new Error(path)); };
      document.head.append(script);
    });
  }

  function receive(path, content) {
    const resolve = arrived.get(path);
    arrived.delete(path);
    if (resolve) resolve(content);
  }

  function say(phrases) {
    return phrases[language];
  }

  /* Make an element; text is always text. `false` and `null` leave an attribute out. */
  function element(tag, attributes) {
    const made = document.createElement(tag);
    Object.entries(attributes || {}).forEach(function (pair) {
      if (pair[1] === true) made.setAttribute(pair[0], "");
      else if (pair[1] !== false && pair[1] !== null && pair[1] !== undefined) made.setAttribute(pair[0], pair[1]);
    });
    made.append.apply(made, Array.prototype.slice.call(arguments, 2));
    return made;
  }

  window.Vigie = { root, language, fold, load, receive, say, element };

  /* Light or dark: what the reader chose, else what his system says. */

  const button = document.querySelector("[data-scheme-switch]");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      const dark = document.documentElement.getAttribute("data-scheme") === "dark";
      window.VigieScheme.choose(dark ? "light" : "dark");
      name();
    });
    name();
  }

  function name() {
    const dark = document.documentElement.getAttribute("data-scheme") === "dark";
    const label = dark
      ? say({ fr: "Passer à l’affichage clair", en: "Switch to the light scheme" })
      : say({ fr: "Passer à l’affichage sombre", en: "Switch to the dark scheme" });
    button.setAttribute("aria-label", label);
    button.title = label;
  }

  /* The menu of a small screen closes with Escape, and the search box opens with "/". */
  const menu = document.querySelector(".menu");
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && menu && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const box = document.querySelector("[data-search-box]") || document.querySelector(".top__search input");
      if (box) {
        event.preventDefault();
        box.focus();
      }
    }
  });
})();
