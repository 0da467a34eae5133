// What was found in the reader's logs, as a table and as a file: values defanged in the table, as published in the CSV.
(function () {
  "use strict";

  const { element, say } = window.Vigie;
  const SHOWN = 500; // rows of the table; the CSV has all
  const COLUMNS = ["type", "value", "count", "first_line", "last_line", "first_at", "last_at", "file", "sample"];
  const RUN_BY_SPREADSHEETS = /^['=+\-@＝＋－＠]/;
  const TYPES = {
    "domain-name": { fr: "nom de domaine", en: "domain name" },
    "url": { fr: "adresse web (URL)", en: "URL" },
    "ipv4-addr": { fr: "adresse IPv4", en: "IPv4 address" },
    "ipv4-net": { fr: "réseau IPv4", en: "IPv4 network" },
    "ipv6-addr": { fr: "adresse IPv6", en: "IPv6 address" },
    "ipv6-net": { fr: "réseau IPv6", en: "IPv6 network" },
    "email-addr": { fr: "adresse électronique", en: "e-mail address" },
    "sha256": { fr: "empreinte SHA-256", en: "SHA-256 hash" },
    "sha1": { fr: "empreinte SHA-1", en: "SHA-1 hash" },
    "md5": { fr: "empreinte MD5", en: "MD5 hash" },
  };

  // Written so that neither a person nor a program follows it, as `records.defang` does.
  function defang(type, value) {
    if (["md5", "sha1", "sha256"].includes(type)) return value;
    const safe = value.replace(/@/g, "[@]");
    if (type !== "url") return broken(safe);
    const [, scheme, host, path] = /^([^:]*):\/\/([^/]*)(.*)$/s.exec(safe);
    return scheme.replace("http", "hxxp").replace("ftp", "fxp") + "://" + broken(host) + path;
  }

  function broken(value) {
    return value.includes(".") ? value.replace(/\./g, "[.]") : value.replace(/:/g, "[:]");
  }

  // A time with its zone in words; without one it is the log's own.
  function time(text) {
    return text === null ? "—" : text.replace("T", "\u00a0").replace("Z", "\u00a0UTC");
  }

  function showFindings(place, findings) {
    if (findings.length === 0) {
      place.replaceChildren();
      return;
    }
    const save = element("button", { type: "button" }, say({ fr: "Enregistrer en CSV", en: "Save as CSV" }));
    save.addEventListener("click", () => download(csv(findings)));
    const parts = [element("p", {}, save), element("div", { class: "scroll" }, table(findings))];
    if (findings.length > SHOWN) parts.push(element("p", {}, say({
      fr: `Les ${SHOWN} premiers sont montrés\u00a0; le CSV les a tous.`,
      en: `The first ${SHOWN} are shown; the CSV has all.`,
    })));
    place.replaceChildren(...parts);
  }

  function table(findings) {
    const heads = say({
      fr: ["Indicateur", "Type", "Lignes", "Première fois", "Dernière fois", "Où"],
      en: ["Indicator", "Type", "Lines", "First time", "Last time", "Where"],
    });
    const head = element("tr", {}, ...heads.map((text, place) =>
      element("th", { scope: "col", class: place === 2 ? "number" : null }, text)));
    return element(
      "table",
      { class: "findings" },
      element("caption", {}, say({ fr: "Indicateurs trouvés dans vos journaux", en: "Indicators found in your logs" })),
      element("thead", {}, head),
      element("tbody", {}, ...findings.slice(0, SHOWN).map(row))
    );
  }

  function row(found) {
    const value = defang(found.type, found.value);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, element("code", {}, value)),
      element("td", {}, say(TYPES[found.type])),
      element("td", { class: "number" }, found.count.toLocaleString(say({ fr: "fr-FR", en: "en-GB" }))),
      element("td", {}, time(found.first_at)),
      element("td", {}, time(found.last_at)),
      element("td", {}, where(found), samples(found, value))
    );
  }

  function where(found) {
    const lines = found.first_line === found.last_line
      ? `${say({ fr: "ligne", en: "line" })}\u00a0${found.first_line}`
      : say({
          fr: `lignes\u00a0${found.first_line} à\u00a0${found.last_line}`,
          en: `lines\u00a0${found.first_line} to\u00a0${found.last_line}`,
        });
    return element("span", {}, `${found.file}, ${lines}`);
  }

  function samples(found, value) {
    const summary = element("summary", {}, say({ fr: "Exemples", en: "Examples" }));
    summary.setAttribute("aria-label", say({ fr: "Exemples de lignes\u00a0: ", en: "Example lines: " }) + value);
    const lines = found.samples.map((line) => element("li", {}, element("code", {}, line)));
    return element("details", {}, summary, element("ul", {}, ...lines));
  }

  // A CSV (RFC 4180) as `vigie hunt --format csv` writes it.
  function csv(findings) {
    const rows = findings.map((found) => COLUMNS.map((name) => cell(name === "sample" ? found.samples[0] : found[name])));
    return [COLUMNS.join(","), ...rows.map((cells) => cells.join(","))].join("\r\n") + "\r\n";
  }

  // A spreadsheet runs some cells, and a French one cuts at semicolons, even between quotes.
  function cell(value) {
    const text = String(value === null || value === undefined ? "" : value).replace(/;/g, ",");
    const safe = RUN_BY_SPREADSHEETS.test(text) ? "'" + text : text;
    return /[",\r\n]/.test(safe) ? '"' + safe.replace(/"/g, '""') + '"' : safe;
  }

  function download(text) {
    const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    element("a", { href: address, download: "chasse.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  self.Chasse = Object.assign(self.Chasse || {}, { showFindings });
})();
