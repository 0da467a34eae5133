// How often, when and on which lines does each indicator stand in one log? The twin of checking/logs.py.
(function () {
  "use strict";

  const { plain, readTime, scan, writeTime } = self.Chasse;
  const SAMPLES = 3; // lines kept of a finding
  const SAMPLE = 300; // bytes kept of a line
  const HEAD = 256; // bytes of a line that hold its time
  const NEWLINE = 10;
  const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

  const decoder = new TextDecoder();

  // What is known so far of one log: { hunted, file, writtenAt, trails, hides }.
  function newTrails(hunted, file, writtenAt) {
    return { hunted, file, writtenAt, trails: new Map(), hides: false };
  }

  // Add a piece of the log to its trails: bytes whose last is no sign of a token, `line` the number of the first line,
  // `continued` where that one began in an earlier piece. Returns how many lines ended in it.
  function follow(log, bytes, line, continued) {
    let text = bytes;
    let scanned = log.hides ? null : scan(text, log.hunted, false);
    if (scanned === null) {
      text = plain(bytes);
      log.hides = text.length < bytes.length; // a log that hides once will again: no need to see it fail
      scanned = scan(text, log.hunted, true);
    }
    const cursor = { line: 0, start: 0 };
    scanned.hits.forEach((hit) => {
      const trail = trailOf(log, hit.item, line + hit.line);
      if (trail.lastLine === line + hit.line) return;
      advance(cursor, bytes, hit.line);
      const inLine = hit.place - text.lastIndexOf(NEWLINE, hit.place) - 1;
      add(log, trail, lineFrom(bytes, cursor.start), inLine, continued && hit.line === 0);
      trail.lastLine = line + hit.line;
    });
    return scanned.lines;
  }

  function trailOf(log, item, line) {
    if (!log.trails.has(item)) {
      log.trails.set(item, { count: 0, firstLine: line, lastLine: 0, first: null, head: "", samples: [] });
    }
    return log.trails.get(item);
  }

  // Move to the start of a line of the piece; hits come line by line.
  function advance(cursor, bytes, line) {
    for (; cursor.line < line; cursor.line++) cursor.start = bytes.indexOf(NEWLINE, cursor.start) + 1;
  }

  function lineFrom(bytes, start) {
    const end = bytes.indexOf(NEWLINE, start);
    return bytes.subarray(start, end < 0 ? bytes.length - 1 : end);
  }

  // An indicator counts once a line; the time is looked for until one is found, then in the last line only.
  function add(log, trail, line, place, begunBefore) {
    trail.count++;
    trail.head = begunBefore ? "" : readable(line.subarray(0, HEAD));
    if (trail.first === null) trail.first = readTime(trail.head, log.writtenAt);
    if (trail.samples.length < SAMPLES) trail.samples.push(sample(line, place));
  }

  function sample(line, place) {
    const start = Math.max(0, Math.min(place - SAMPLE / 2, line.length - SAMPLE));
    const cut = readable(line.subarray(start, start + SAMPLE)).trim();
    return (start > 0 ? "…" : "") + cut + (start + SAMPLE < line.length ? "…" : "");
  }

  function readable(bytes) {
    return decoder.decode(bytes).replace(UNPRINTABLE, " ");
  }

  // The findings of one log, in the order of their first lines; times as text (RFC 3339), null where there is none.
  function findings(log) {
    return Array.from(log.trails, ([item, trail]) => {
      const times = [trail.first, readTime(trail.head, log.writtenAt)].filter((time) => time !== null);
      times.sort((one, other) => one.at - other.at);
      return {
        type: item.type,
        value: item.value,
        count: trail.count,
        first_line: trail.firstLine,
        last_line: trail.lastLine,
        first_at: writeTime(times.length ? times[0] : null),
        last_at: writeTime(times.length ? times[times.length - 1] : null),
        file: log.file,
        samples: trail.samples,
      };
    });
  }

  self.Chasse = Object.assign(self.Chasse || {}, { newTrails, follow, findings });
})();
