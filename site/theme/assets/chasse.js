// Which published indicators stand in the reader's logs? The page around the hunt (chasse-reading.js): it takes the
// files, loads the lists, works beside the page where it may (a copy on disk may not), and shows what was found.
(function () {
  "use strict";

  const { say } = window.Vigie;
  const { FILES, hunt, readLists, showFindings } = self.Chasse;
  const NARROW = "\u202f";
  const form = document.querySelector("[data-hunt]");
  if (!form) return;

  const status = document.querySelector("[data-hunt-status]");
  const result = document.querySelector("[data-hunt-result]");
  const moving = document.querySelector("[data-hunt-progress]");
  const cancel = form.querySelector("[data-hunt-cancel]");
  const drop = form.querySelector("[data-hunt-drop]");
  const ownLists = form.querySelector("[data-hunt-lists]");

  let texts = null; // of the lists, by name of file, once they are loaded
  let stop = null; // ends the hunt that is going on

  function tell(...sentences) {
    status.replaceChildren(...sentences.map((text) => window.Vigie.element("p", {}, text)));
  }

  const number = (value, digits) =>
    value.toLocaleString(say({ fr: "fr-FR", en: "en-GB" }), { maximumFractionDigits: digits, minimumFractionDigits: digits });

  const megabytes = (size) => number(size / 1e6, size < 1e7 ? 1 : 0) + NARROW + say({ fr: "Mo", en: "MB" });

  // Load all lists; a list that is absent is left out. Throws `TypeError` where none may be fetched at all.
  async function fetchLists() {
    const loaded = {};
    await Promise.all(
      Object.keys(FILES).map(async (name) => {
        const answer = await fetch(form.dataset.lists + name);
        if (answer.ok) loaded[name] = await answer.text();
      })
    );
    return loaded;
  }

  async function chosenLists() {
    const loaded = {};
    for (const file of Array.from(form.elements.lists.files)) {
      if (file.name in FILES) loaded[file.name] = await file.text();
    }
    return loaded;
  }

  // The texts of the lists; null, and the reader is told what to do, where there are none.
  async function lists() {
    if (!ownLists.hidden) return nonEmpty(await chosenLists());
    try {
      return nonEmpty(await fetchLists());
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return nonEmpty({});
    }
  }

  function nonEmpty(loaded) {
    if (Object.keys(loaded).length > 0) return loaded;
    ownLists.hidden = false;
    tell(say({
      fr: "Les listes ne peuvent pas être lues d’ici. Choisissez leurs fichiers ci-dessus, puis cherchez de nouveau.",
      en: "The lists cannot be read from here. Choose their files above, then search again.",
    }));
    form.elements.lists.focus();
    return null;
  }

  function absentLists() {
    const absent = Object.keys(FILES).filter((name) => !(name in texts));
    if (absent.length === 0) return [];
    const names = absent.join(", ");
    return [say({ fr: `Listes absentes, non cherchées : ${names}.`, en: `Lists absent, not looked for: ${names}.` })];
  }

  // Hunt beside the page, or in it where a worker cannot be; resolves to what was found, null if the work broke.
  function work(files, progress) {
    if (location.protocol === "file:") {
      let stopped = false;
      stop = () => { stopped = true; };
      return hunt(files, readLists(texts), progress, () => stopped);
    }
    return new Promise((resolve, reject) => {
      const worker = new Worker(form.dataset.worker);
      stop = () => worker.postMessage({ stop: true });
      worker.onerror = (event) => {
        worker.terminate();
        reject(new Error(event.message));
      };
      worker.onmessage = ({ data }) => {
        if (data.progress) {
          progress(data.progress);
          return;
        }
        worker.terminate();
        resolve(data.done);
      };
      worker.postMessage({ files, texts });
    });
  }

  function progressSince(start) {
    const [bar, words] = [moving.querySelector("progress"), moving.querySelector("span")];
    return ({ read, total, size }) => {
      bar.value = total ? read / total : 1;
      const rate = size / Math.max(1, performance.now() - start) / 1000;
      words.textContent =
        `${megabytes(read)} ${say({ fr: "sur", en: "of" })} ${megabytes(total)}, ` +
        `${number(rate, 0)}${NARROW}${say({ fr: "Mo/s", en: "MB/s" })}`;
    };
  }

  function busy(at) {
    moving.hidden = !at;
    cancel.hidden = !at;
    form.querySelector("[type=submit]").disabled = at;
    result.setAttribute("aria-busy", String(at));
  }

  function summary(done, looked, stopped) {
    const found = number(done.findings.length, 0);
    const sought = looked > 1
      ? say({ fr: "indicateurs cherchés dans", en: "indicators looked for in" })
      : say({ fr: "indicateur cherché dans", en: "indicator looked for in" });
    const where = `${number(looked, 0)} ${sought} ${megabytes(done.size)}`;
    const many = done.findings.length > 1;
    const said = done.findings.length === 0
      ? say({ fr: `Aucun indicateur trouvé\u00a0: ${where}.`, en: `No indicator found: ${where}.` })
      : say({
          fr: `${found} ${many ? "indicateurs trouvés" : "indicateur trouvé"}\u00a0: ${where}.`,
          en: `${found} ${many ? "indicators" : "indicator"} found: ${where}.`,
        });
    const early = say({ fr: "Recherche arrêtée avant la fin.", en: "The search was stopped before its end." });
    return stopped ? [early, said] : [said];
  }

  function faults(done) {
    return done.faults.map(({ file, why }) =>
      why === "unreadable"
        ? say({
            fr: `${file}\u00a0: illisible jusqu’au bout, ce qui précède a été lu.`,
            en: `${file}: could not be read to its end; what comes before was.`,
          })
        : say({
            fr: `${file}\u00a0: compressé par ${why}, que ce navigateur ne lit pas. Décompressez-le d’abord.`,
            en: `${file}: packed by ${why}, which this browser does not read. Unpack it first.`,
          })
    );
  }

  async function search(files) {
    if (stop !== null || files.length === 0) return;
    stop = () => {};
    result.replaceChildren();
    tell(say({ fr: "Recherche en cours…", en: "Searching…" }));
    try {
      texts = texts || (await lists());
      if (texts !== null) await searchWith(files);
    } finally {
      stop = null;
      busy(false);
    }
  }

  async function searchWith(files) {
    let stopped = false;
    busy(true);
    const going = work(files, progressSince(performance.now()));
    const end = stop;
    stop = () => {
      stopped = true;
      end();
    };
    try {
      const done = await going;
      const looked = Object.values(texts).reduce((sum, text) => sum + text.split("\n").filter(Boolean).length, 0);
      tell(...summary(done, looked, stopped), ...absentLists(), ...faults(done));
      showFindings(result, done.findings);
    } catch (error) {
      tell(say({ fr: "La recherche s’est interrompue\u00a0: ", en: "The search broke off: " }) + error.message);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search(Array.from(form.elements.logs.files));
  });
  cancel.addEventListener("click", () => { if (stop !== null) stop(); });
  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    search(Array.from(event.dataTransfer.files));
  });
  form.hidden = false;
})();
