// What an inventory holds, whatever it is written in: the twin of checking/inventory.py, spreadsheets.py and
// columns.py; bills of materials are in parc-bills.js. The synonyms of column headings come with the product index.
(function () {
  "use strict";

  const LARGEST = 200 * 1024 * 1024; // bytes
  const DELIMITERS = [";", "\t", ",", "|"];
  const SAMPLE = 30; // records from which delimiter and columns are told
  const LONGEST_LINE = 20000; // characters
  const MOST_LINES = 20; // that one record may take
  const LONGEST_NAME = 300; // characters of a name in which a version is sought
  const SHORTEST = 4; // letters of a synonym that may stand within a longer heading
  const ROLES = ["version", "cpe", "purl", "vendor", "product", "name"]; // in the order in which they choose
  const VERSION = /^v?[0-9]+(?:\.[0-9]+)+\S*$/i;
  const TRAILING = new RegExp(
    "^(.*?[^\\s,:(-])[\\s,:(-]+v?([0-9]+(?:\\.[0-9]+)+[^\\s)]*"
    + "(?: (?:sp|update|patch|build|service pack|u|r|p|cu|hotfix) ?[0-9][^\\s)]*)*)\\)?$", "i",
  );
  const TAG_VALUE = /^(?:\s*#[^\n]*\n)*\s*SPDXVersion:/;

  // { form, assets, faults, columns, heading }; `columns` and `synonyms` as in columns.py. Throws Unreadable.
  function readInventory(bytes, synonyms, columns = null) {
    if (bytes.length > LARGEST) throw new self.Parc.Unreadable("large");
    if (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4) throw new self.Parc.Unreadable("workbook");
    const text = decoded(bytes);
    const start = text.slice(0, 10000).trim();
    if (start.startsWith("{")) return self.Parc.readJson(text);
    if (start.startsWith("<")) return self.Parc.readXml(text);
    if (TAG_VALUE.test(start)) return self.Parc.readTags(text);
    const inventory = readSpreadsheet(text, synonyms, columns);
    if (!inventory.assets.length && !columns) throw new self.Parc.Unreadable("empty");
    return inventory;
  }

  // UTF-8, UTF-16, or Windows-1252 on the lines that are no UTF-8.
  function decoded(bytes) {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
    if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
    if (bytes.slice(0, 1000).includes(0)) return new TextDecoder(lowFirst(bytes) ? "utf-16le" : "utf-16be").decode(bytes);
    const whole = asUtf8(bytes);
    return whole === null ? lineByLine(bytes) : whole;
  }

  function lowFirst(bytes) {
    const start = Array.from(bytes.slice(0, 200));
    const zeros = (odd) => start.filter((byte, place) => byte === 0 && place % 2 === odd).length;
    return zeros(1) >= zeros(0);
  }

  function asUtf8(bytes) {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch (error) {
      if (error instanceof TypeError) return null;
      throw error;
    }
  }

  function lineByLine(bytes) {
    const western = new TextDecoder("windows-1252");
    const lines = [];
    for (let start = 0; start <= bytes.length;) {
      const found = bytes.indexOf(10, start);
      const end = found < 0 ? bytes.length : found;
      const line = bytes.subarray(start, end);
      const text = asUtf8(line);
      lines.push(text === null ? western.decode(line) : text);
      start = end + 1;
    }
    return lines.join("\n");
  }

  // Spreadsheets

  function readSpreadsheet(text, synonyms, columns) {
    const lines = text.replace(/\r\n?/g, "\n").split("\n");
    const faults = [];
    const start = /^sep=.$/.test(lines[0].trim()) ? 1 : 0;
    const delimiter = start ? lines[0].trim()[4] : delimiterOf(lines);
    const records = recordsOf(lines, delimiter, start, faults).filter(([, cells]) => cells.some((cell) => cell.trim()));
    const heading = records.length ? columnsOfHeading(records[0][1], synonyms) : {};
    const told = Object.keys(heading).length > 0;
    const chosen = columns || (told ? heading : columnsOfCells(records.slice(0, SAMPLE).map(([, cells]) => cells)));
    const assets = records.slice(told ? 1 : 0).map(([line, cells]) => assetOf(line, cells, chosen))
      .filter((one) => one.product || one.cpe || one.purl);
    return { form: "csv", assets, faults, columns: chosen, heading: records.length ? records[0][1] : [], told };
  }

  function delimiterOf(lines) {
    const told = lines.slice(0, SAMPLE * MOST_LINES).filter((line) => line.trim());
    let best = [0, 0];
    let delimiter = DELIMITERS[0];
    for (const one of DELIMITERS) {
      const widths = recordsOf(told, one, 0, [], SAMPLE).map(([, cells]) => cells.length);
      const count = (width) => widths.filter((other) => other === width).length;
      const usual = widths.reduce((a, b) => (count(b) > count(a) || (count(b) === count(a) && b > a) ? b : a), 1);
      const score = usual > 1 ? [count(usual), usual] : [0, 0];
      if (score[0] > best[0] || (score[0] === best[0] && score[1] > best[1])) {
        best = score;
        delimiter = one;
      }
    }
    return delimiter;
  }

  // [line, cells] for every record; `most` stops early.
  function recordsOf(lines, delimiter, start, faults, most = Infinity) {
    const records = [];
    let place = start;
    while (place < lines.length && records.length < most) {
      let taken = 1;
      if (lines[place].length > LONGEST_LINE) {
        faults.push({ line: place + 1, why: "long" });
      } else {
        const [cells, lasted] = recordAt(lines, place, delimiter);
        if (cells === null) faults.push({ line: place + 1, why: "quote" });
        else records.push([place + 1, cells]);
        taken = lasted;
      }
      place += taken;
    }
    return records;
  }

  function recordAt(lines, place, delimiter) {
    let record = lines[place];
    const cells = cellsOf(record, delimiter);
    if (cells !== null) return [cells, 1];
    for (let taken = 2; taken <= Math.min(MOST_LINES, lines.length - place); taken += 1) {
      const line = lines[place + taken - 1];
      record += "\n" + line;
      if (record.length > LONGEST_LINE) break;
      const closed = line.includes('"') ? cellsOf(record, delimiter) : null;
      if (closed !== null) return [closed, taken];
    }
    return [null, 1];
  }

  function cellsOf(record, delimiter) {
    if (!record.includes('"')) return record.split(delimiter);
    const cells = [];
    let held = []; // the pieces of a cell in quotes that holds delimiters
    let quotes = 0;
    for (const piece of record.split(delimiter)) {
      if (!held.length && !piece.trimStart().startsWith('"')) { // a screen of 24" opens no quote
        cells.push(piece);
        continue;
      }
      held.push(piece);
      quotes += piece.split('"').length - 1;
      const alone = held.length === 1 && !piece.includes("\n");
      if (quotes % 2 === 0 && (alone || piece.trimEnd().endsWith('"'))) {
        cells.push(unquoted(held.join(delimiter)));
        held = [];
        quotes = 0;
      }
    }
    return held.length ? null : cells;
  }

  function unquoted(cell) {
    const inner = cell.trim();
    return inner.endsWith('"') ? inner.slice(1, -1).replace(/""/g, '"') : inner.replace(/"/g, "");
  }

  function assetOf(line, cells, columns) {
    const value = (role) => (columns[role] === undefined ? "" : self.Parc.spaced(cells[columns[role]] || ""));
    let product = value("product");
    let version = value("version");
    const found = version ? null : TRAILING.exec(product.slice(0, LONGEST_NAME));
    if (found) [, product, version] = found;
    return { line, name: value("name"), vendor: value("vendor"), product, version, cpe: value("cpe"), purl: value("purl") };
  }

  function columnsOfHeading(cells, synonyms) {
    const headings = cells.map((cell) => self.Parc.fold(cell).replace(/[^a-z0-9]/g, ""));
    const found = {};
    for (const exact of [true, false]) {
      for (const role of ROLES.filter((one) => found[one] === undefined)) {
        const place = bestHeading(headings, synonyms[role], Object.values(found), exact);
        if (place >= 0) found[role] = place;
      }
    }
    if (found.product === undefined && found.name !== undefined) {
      found.product = found.name;
      delete found.name;
    }
    return ["product", "cpe", "purl"].some((role) => found[role] !== undefined) ? found : {};
  }

  function bestHeading(headings, synonyms, taken, exact) {
    for (const synonym of synonyms) {
      if (!exact && synonym.length < SHORTEST) continue;
      const place = headings.findIndex((heading, at) => !taken.includes(at)
        && (exact ? heading === synonym : heading.includes(synonym)));
      if (place >= 0) return place;
    }
    return -1;
  }

  function columnsOfCells(rows) {
    const width = rows.reduce((widest, row) => Math.max(widest, row.length), 0);
    const cells = Array.from({ length: width }, (_, at) => rows.filter((row) => at < row.length).map((row) => row[at].trim()));
    const versions = cells.map((column) => column.filter((cell) => VERSION.test(cell)).length);
    const most = Math.max(0, ...versions);
    const version = most * 2 > rows.length ? versions.indexOf(most) : -1;
    const texts = [...cells.keys()].filter((at) => at !== version && holdsWords(cells[at]));
    const found = version < 0 ? {} : { version };
    if (!texts.length) return width ? { product: 0 } : {};
    if (texts.length === 1) return { product: texts[0], ...found };
    const [one, other] = texts;
    const firstIsVendor = new Set(cells[one]).size <= new Set(cells[other]).size;
    return firstIsVendor ? { vendor: one, product: other, ...found } : { vendor: other, product: one, ...found };
  }

  function holdsWords(column) {
    return column.filter((cell) => /\p{L}{2}/u.test(cell)).length * 2 > column.length;
  }

  self.Parc = Object.assign(self.Parc || {}, { readInventory, ROLES });
})();
