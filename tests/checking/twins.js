// Answers what tests/checking/test_twins.py asks on standard input, with the scripts that a browser runs.
"use strict";

const fs = require("fs");
const vm = require("vm");

globalThis.self = globalThis;
const asked = JSON.parse(fs.readFileSync(0, "utf8"));
for (const script of asked.scripts) vm.runInThisContext(fs.readFileSync(script, "utf8"), script);

const { Parc } = globalThis;
const index = Parc.readIndex(asked.index, asked.years);
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

process.stdout.write(JSON.stringify({
  compare: asked.compare.map(([one, other]) => Parc.compare(one, other)),
  within: asked.within.map((values) => Parc.within(...values)),
  matches: asked.assets.map((asset) => Parc.match([asset], index).map(
    (one) => [one.story.path, one.certainty, one.whyName, one.whyVersion],
  )),
  order: Parc.match(asked.assets, index).map((one) => [one.assets[0].line, one.story.path]),
  inventories: asked.inventories.map((body) => Parc.readInventory(bytes(body), asked.index.columns)),
}));
