// Match an inventory beside the page, so that fifty thousand lines do not freeze it. Hears { assets, index, years },
// the last two as published; answers { done, all } on the way, then { matches }.
"use strict";

importScripts("parc-versions.js", "parc-lookup.js", "parc-matching.js");

self.onmessage = ({ data: { assets, index, years } }) => {
  const { match, readIndex } = self.Parc;
  const matches = match(assets, readIndex(index, years), (done, all) => self.postMessage({ done, all }));
  self.postMessage({ matches });
};
