// When was a line of a log written? The twin of checking/log_times.py; tests/checking/hunting.json holds for both.
(function () {
  "use strict";

  const HEAD = 256; // characters of a line in which its time is looked for
  const DAY = 86400000; // milliseconds

  const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
  const MONTH = `(?<name>${MONTHS.join("|")})`;
  const CLOCK = "(?<hour>\\d\\d):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,](?<fraction>\\d{1,9}))?)?";
  const ZONE = "(?: ?(?<zone>z|[+-]\\d\\d:?\\d\\d)(?![\\w:]))?";
  const YEAR = "(?<year>(?:19|20)\\d\\d)";
  const ALONE = "(?:^|[^\\w.])"; // before a number; no lookbehind, for the browsers of five years ago

  const WRITINGS = [
    [`${ALONE}${YEAR}[-/](?<month>\\d\\d)[-/](?<day>\\d\\d)[t ]${CLOCK}${ZONE}`, dated], // ISO 8601; nginx, Go
    [
      `date="?${YEAR}-(?<month>\\d\\d)-(?<day>\\d\\d)"?,? time="?${CLOCK}"?(?:.{0,150}?\\btz="?(?<zone>[+-]\\d\\d:?\\d\\d))?`,
      dated,
    ], // Fortinet
    [`(?:^|\\W)(?<day>\\d{1,2})[-/]${MONTH}[-/]${YEAR}[: ]${CLOCK}${ZONE}`, dated], // Apache, BIND
    [`(?:^|\\W)${MONTH} {1,2}(?<day>\\d{1,2}) (?:${YEAR} )?${CLOCK}(?![\\d:])`, dated], // syslog; Cisco with the year
    [
      `(?:^|[^\\w/])(?<first>\\d{1,2})/(?<other>\\d{1,2})/${YEAR} (?<hour>\\d{1,2}):(?<minute>\\d\\d)` +
        "(?::(?<second>\\d\\d))?(?: (?<half>am|pm))?",
      numbered,
    ], // Windows DNS debug log
    [
      '(?:^|\\b(?:ts|time|timestamp|eventtime)"?[:=] ?"?)(?<seconds>1\\d{9})' +
        "(?:\\.(?<point>\\d{1,9})|(?<run_on>\\d{9}|\\d{6}|\\d{3}))?(?!\\d)",
      epoch,
    ], // Squid's own, Zeek, JSON
  ].map(([pattern, reader]) => ({ pattern: new RegExp(pattern), reader }));

  // The first time of a line: { at: milliseconds since 1970, zoned }, or null. A time without a zone counts as UTC,
  // and `zoned` is false. `writtenAt` is when the log was last written, in milliseconds: it gives syslog its year.
  function readTime(line, writtenAt) {
    const head = line.slice(0, HEAD).toLowerCase();
    const readings = WRITINGS.map(({ pattern, reader }) => ({ found: pattern.exec(head), reader }))
      .filter(({ found }) => found !== null)
      .sort((one, other) => one.found.index - other.found.index);
    for (const { found, reader } of readings) {
      const time = reader(found.groups, writtenAt);
      if (time !== null) return time;
    }
    return null;
  }

  function dated(part, writtenAt) {
    const month = part.name ? MONTHS.indexOf(part.name) : Number(part.month) - 1;
    const clock = [part.hour, part.minute, part.second || 0, (part.fraction || "").padEnd(3, "0").slice(0, 3)];
    const offset = zone(part.zone);
    const at = (year) => instant(year, month, Number(part.day), clock.map(Number));
    if (part.year) return moved(at(Number(part.year)), offset);
    const latest = writtenAt + DAY;
    const year = new Date(latest).getUTCFullYear();
    const time = at(year);
    return moved(time !== null && time > latest ? at(year - 1) : time, offset);
  }

  // Day and month as numbers: the American order where AM, PM or a 13th month says so.
  function numbered(part) {
    const american = Boolean(part.half) || Number(part.other) > 12;
    const month = Number(american ? part.first : part.other) - 1;
    const day = Number(american ? part.other : part.first);
    const hour = part.half ? (Number(part.hour) % 12) + (part.half === "pm" ? 12 : 0) : Number(part.hour);
    return moved(instant(Number(part.year), month, day, [hour, Number(part.minute), Number(part.second || 0), 0]), null);
  }

  function epoch(part) {
    const fraction = (part.point || part.run_on || "").padEnd(3, "0").slice(0, 3);
    return { at: Number(part.seconds) * 1000 + Number(fraction), zoned: true };
  }

  // Milliseconds since 1970 of a time in UTC, null for one that does not exist.
  function instant(year, month, day, [hour, minute, second, fraction]) {
    const time = new Date(Date.UTC(year, month, day, hour, minute, second, fraction));
    const same = time.getUTCMonth() === month && time.getUTCDate() === day && time.getUTCHours() === hour;
    return same && minute < 60 && second < 60 ? time.getTime() : null;
  }

  function moved(at, offset) {
    return at === null ? null : { at: at - (offset || 0) * 60000, zoned: offset !== null };
  }

  // Minutes east of UTC, null where no zone is said.
  function zone(text) {
    if (!text) return null;
    if (text === "z") return 0;
    const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
    return text[0] === "-" ? -minutes : minutes;
  }

  // RFC 3339 where the zone is known, the same without a zone where it is not.
  function writeTime(time) {
    if (time === null) return null;
    const text = new Date(time.at).toISOString().replace(".000Z", "Z");
    return time.zoned ? text : text.slice(0, -1);
  }

  self.Chasse = Object.assign(self.Chasse || {}, { readTime, writeTime });
})();
