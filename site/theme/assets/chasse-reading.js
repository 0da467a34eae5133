// Reads logs of any size, packed by gzip or not, in pieces of bounded size, and tells what stands in them.
// The twin of checking/log_reading.py.
(function () {
  "use strict";

  const { findings, follow, newTrails } = self.Chasse;
  const BLOCK = 1 << 20; // bytes looked at together; a longer line is cut
  const OVERLAP = 10000; // bytes of a cut line that its next piece repeats: more than the longest URL
  const CUTS = [0x20, 0x09, 0x22, 0x2c, 0x3b]; // where a long line may be cut: no indicator holds them
  const NEWLINE = 10;
  const SPACE = 0x20;
  const BREATH = 50; // milliseconds of work between two words to the reader
  const PACKED = { bzip2: [0x42, 0x5a, 0x68], xz: [0xfd, 0x37, 0x7a, 0x58], zstd: [0x28, 0xb5, 0x2f, 0xfd] };
  const GZIP = [0x1f, 0x8b];

  // Hunt through files one after the other. `tell({ read, total, size })` says now and then how many bytes of the files
  // are read, of how many, and how many that was unpacked; a reader who had enough makes `stopped()` true. Resolves to
  // { findings, faults, size }, a fault being { file, why } with `why` one of bzip2, xz, zstd, unreadable.
  async function hunt(files, hunted, tell, stopped) {
    const total = files.reduce((sum, file) => sum + file.size, 0);
    const done = { findings: [], faults: [], size: 0, read: 0, total, told: performance.now() };
    for (const file of files) {
      if (stopped()) break;
      const log = newTrails(hunted, file.name, file.lastModified);
      try {
        await readLog(file, log, done, tell, stopped);
      } catch (error) {
        if (!(error instanceof TypeError || error instanceof DOMException || error instanceof Packed)) throw error;
        done.faults.push({ file: file.name, why: error instanceof Packed ? error.message : "unreadable" });
      }
      done.findings.push(...findings(log));
    }
    tell(done);
    return { findings: done.findings, faults: done.faults, size: done.size };
  }

  class Packed extends Error {} // by what the browser cannot unpack; the message names it

  async function readLog(file, log, done, tell, stopped) {
    const head = new Uint8Array(await file.slice(0, 512).arrayBuffer());
    const lines = newLines(log);
    const stream = (await unpacked(file, head, done)).getReader();
    for (let part = await stream.read(); !part.done; part = await stream.read()) {
      done.size += part.value.length;
      push(lines, part.value);
      if (performance.now() - done.told > BREATH) {
        done.told = performance.now();
        tell(done);
        await new Promise((resolve) => setTimeout(resolve));
      }
      if (stopped()) {
        await stream.cancel();
        break;
      }
    }
    finish(lines);
  }

  // The stream of a file's text as UTF-8, counting what is read of the file itself.
  async function unpacked(file, head, done) {
    const packer = Object.keys(PACKED).find((name) => begins(head, PACKED[name]));
    if (packer) throw new Packed(packer);
    const counted = file.stream().pipeThrough(
      new TransformStream({
        transform(part, next) {
          done.read += part.length;
          next.enqueue(part);
        },
      })
    );
    if (!begins(head, GZIP)) return asUtf8(counted, head);
    if (typeof DecompressionStream === "undefined") throw new Packed("gzip");
    return asUtf8(counted.pipeThrough(new DecompressionStream("gzip")), new Uint8Array(0));
  }

  function begins(head, bytes) {
    return bytes.every((byte, place) => head[place] === byte);
  }

  // UTF-16, which Windows writes, becomes UTF-8.
  function asUtf8(stream, head) {
    const encoding = utf16(head);
    if (encoding === null) return stream;
    return stream.pipeThrough(new TextDecoderStream(encoding)).pipeThrough(new TextEncoderStream());
  }

  // The sort of UTF-16 that a log begins in: by its mark, or because every other byte is zero.
  function utf16(head) {
    if (begins(head, [0xff, 0xfe])) return "utf-16le";
    if (begins(head, [0xfe, 0xff])) return "utf-16be";
    if (head.length < 8) return null;
    const zeros = [0, 1].map((odd) => {
      const half = head.filter((byte, place) => place % 2 === odd);
      return half.filter((byte) => byte === 0).length / half.length;
    });
    if (zeros[1] > 0.9 && zeros[0] < 0.1) return "utf-16le";
    return zeros[0] > 0.9 && zeros[1] < 0.1 ? "utf-16be" : null;
  }

  // Cuts the bytes of one log into pieces of whole lines.
  function newLines(log) {
    return { log, held: new Uint8Array(2 * BLOCK + OVERLAP + 1), length: 0, line: 1, continued: false };
  }

  function push(lines, bytes) {
    for (let start = 0; start < bytes.length; start += BLOCK) {
      const part = bytes.subarray(start, start + BLOCK);
      lines.held.set(part, lines.length);
      lines.length += part.length;
      if (lines.length >= BLOCK) release(lines);
    }
  }

  function finish(lines) {
    if (lines.length > 0) look(lines, lines.length);
  }

  // Look at the whole lines that are held, or at a piece of a line that is too long.
  function release(lines) {
    const held = lines.held.subarray(0, lines.length);
    const whole = held.lastIndexOf(NEWLINE) + 1;
    const border = cut(held, lines.length);
    const end = whole || (border > OVERLAP ? border : lines.length); // through a word too long to be an indicator
    const next = whole || cut(held, end - OVERLAP);
    look(lines, end);
    lines.continued = whole === 0;
    lines.held.copyWithin(0, next, lines.length);
    lines.length -= next;
  }

  function look(lines, end) {
    const after = lines.held[end];
    lines.held[end] = SPACE; // ends the last token
    lines.line += follow(lines.log, lines.held.subarray(0, end + 1), lines.line, lines.continued);
    lines.held[end] = after;
  }

  // The place after the last separator before `limit`; `limit` itself where there is none.
  function cut(held, limit) {
    return Math.max(...CUTS.map((sign) => held.lastIndexOf(sign, limit - 1))) + 1 || limit;
  }

  self.Chasse = Object.assign(self.Chasse || {}, { hunt });
})();
