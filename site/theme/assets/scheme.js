/* Light or dark, decided before the page is drawn: the reader's choice, kept in this browser only. */
(function () {
  "use strict";
  const page = document.documentElement;
  function chosen() {
    try { return localStorage.getItem("vigie.scheme"); } catch (refused) { return null; }
  }
  function system() {
    return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  page.setAttribute("data-scheme", chosen() || system());
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
    if (!chosen()) page.setAttribute("data-scheme", system());
  });
  window.VigieScheme = {
    choose: function (scheme) {
      page.setAttribute("data-scheme", scheme);
      try { localStorage.setItem("vigie.scheme", scheme); } catch (refused) { /* this page only */ }
    },
  };
})();
