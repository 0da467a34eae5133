// Hunts beside the page, so that a log of a gigabyte does not freeze it. Hears { files, texts } once, then { stop };
// answers { progress } on the way, then { done } (chasse-reading.js).
"use strict";

importScripts(
  "chasse-times.js", "chasse-lists.js", "chasse-plain.js", "chasse-scan.js", "chasse-trails.js", "chasse-reading.js"
);

let stopped = false;

self.onmessage = async ({ data }) => {
  if (data.stop) {
    stopped = true;
    return;
  }
  const { hunt, readLists } = self.Chasse;
  const tell = ({ read, total, size }) => self.postMessage({ progress: { read, total, size } });
  self.postMessage({ done: await hunt(data.files, readLists(data.texts), tell, () => stopped) });
};
