// What a bill of materials holds: CycloneDX in JSON or XML, SPDX 2 in JSON or tag-value; the twin of checking/bills.py.
(function () {
  "use strict";

  const DEEPEST = 100; // components within components
  const ACTOR = /^(?:Organization|Person|Tool):\s*|\s*\([^)]*@[^)]*\)$/g;
  const TAG = /^([A-Za-z]+):\s*(.*)$/;
  const EXTERNAL = /^\S+\s+(cpe23Type|cpe22Type|purl)\s+(\S+)/;
  const NO_VALUE = ["NOASSERTION", "NONE"];

  // Why nothing of a file can be used: a code that the page has words for.
  class Unreadable extends Error {}

  const spaced = (text) => text.split(/\s+/).filter(Boolean).join(" ");
  const textOf = (value) => (typeof value === "string" ? value : "");
  const isMapping = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const mappings = (value) => (Array.isArray(value) ? value : []).filter(isMapping);
  const emptyRow = () => ({ vendor: "", product: "", version: "", cpe: "", purl: "" });

  function readJson(text) {
    const parsed = parsedJson(text);
    const bill = isMapping(parsed) ? parsed : {};
    if (bill.bomFormat === "CycloneDX" || Array.isArray(bill.components)) {
      return inventory("cyclonedx", components(bill).map(ofComponent));
    }
    if (Array.isArray(bill.packages)) return inventory("spdx", mappings(bill.packages).map(ofPackage));
    throw new Unreadable("otherjson");
  }

  function parsedJson(text) {
    try {
      return JSON.parse(text);
    } catch (error) {
      if (error instanceof SyntaxError) throw new Unreadable("json");
      throw error;
    }
  }

  function inventory(form, rows) {
    const assets = [];
    const faults = [];
    rows.forEach((row, place) => {
      const values = {};
      for (const [key, value] of Object.entries(row)) values[key] = NO_VALUE.includes(value) ? "" : spaced(value);
      if (values.product || values.cpe || values.purl) assets.push({ line: place + 1, name: "", ...values });
      else faults.push({ line: place + 1, why: "component" });
    });
    return { form, assets, faults, columns: {}, heading: [], told: false };
  }

  // The components of a CycloneDX bill, its subject first, each before those within it.
  function components(bill) {
    const subject = isMapping(bill.metadata) ? bill.metadata.component : null;
    const left = [...mappings([subject]), ...mappings(bill.components)].reverse().map((one) => [one, 0]);
    const found = [];
    while (left.length) {
      const [component, depth] = left.pop();
      found.push(component);
      if (depth < DEEPEST) {
        mappings(component.components).reverse().forEach((one) => left.push([one, depth + 1]));
      }
    }
    return found;
  }

  function ofComponent(component) {
    const actors = mappings([component.supplier, component.manufacturer]).map((one) => textOf(one.name));
    return {
      vendor: [...actors, textOf(component.publisher)].find(Boolean) || "",
      product: textOf(component.name),
      version: textOf(component.version),
      cpe: textOf(component.cpe),
      purl: textOf(component.purl),
    };
  }

  function ofPackage(one) {
    const row = emptyRow();
    for (const reference of mappings(one.externalRefs)) {
      const kind = { cpe23Type: "cpe", cpe22Type: "cpe", purl: "purl" }[textOf(reference.referenceType)];
      if (kind) row[kind] = row[kind] || textOf(reference.referenceLocator);
    }
    row.vendor = textOf(one.supplier).replace(ACTOR, "");
    row.product = textOf(one.name);
    row.version = textOf(one.versionInfo);
    return row;
  }

  function readTags(text) {
    const rows = [];
    let row = null;
    for (const line of text.split(/\r\n?|\n/)) {
      const [, tag, said] = TAG.exec(line) || ["", "", ""];
      const value = said.trim();
      if (tag === "PackageName") {
        row = { ...emptyRow(), product: value };
        rows.push(row);
      } else if (row) {
        takeTag(row, tag, value);
      }
    }
    return inventory("spdx", rows);
  }

  function takeTag(row, tag, value) {
    if (tag === "PackageVersion") row.version = value;
    if (tag === "PackageSupplier") row.vendor = value.replace(ACTOR, "");
    const reference = tag === "ExternalRef" ? EXTERNAL.exec(value) : null;
    if (reference) {
      const kind = reference[1] === "purl" ? "purl" : "cpe";
      row[kind] = row[kind] || reference[2];
    }
  }

  // No document type is read, so that no entity is ever expanded.
  function readXml(text) {
    if (/<!DOCTYPE/i.test(text)) throw new Unreadable("doctype");
    const bill = new DOMParser().parseFromString(text, "application/xml");
    if (bill.querySelector("parsererror")) throw new Unreadable("xml");
    const root = bill.documentElement;
    if (root.localName !== "bom" || !/cyclonedx/i.test(root.namespaceURI || "")) throw new Unreadable("otherxml");
    return inventory("cyclonedx", [...root.getElementsByTagNameNS("*", "component")].map(ofElement));
  }

  function ofElement(component) {
    const children = (of, names) => [...of.children].filter((child) => names.includes(child.localName));
    const value = (name) => children(component, [name]).map((child) => child.textContent.trim())[0] || "";
    const actors = children(component, ["supplier", "manufacturer"])
      .flatMap((actor) => children(actor, ["name"])).map((name) => name.textContent.trim());
    return {
      vendor: [...actors, value("publisher")].find(Boolean) || "",
      product: value("name"),
      version: value("version"),
      cpe: value("cpe"),
      purl: value("purl"),
    };
  }

  self.Parc = Object.assign(self.Parc || {}, { readJson, readTags, readXml, Unreadable, spaced });
})();
