"""Feed every kind with damaged documents, for as long as you like: `python -m tests.fuzz MINUTES [SEED]`.

Starts from the fixtures of all kinds and damages them: bits, bytes, pieces copied, cut, repeated, swapped
with another document's, and words that have broken parsers before. A finding is an exception other than
`UnreadableError`, more than `SECONDS` of CPU for one document, or more memory than `MEGABYTES`. Each is
written to the folder `build/fuzz` with what it takes to repeat it.
"""

import random
import resource
import signal
import sys
import time
import tomllib
import traceback
from hashlib import sha256

from collectors import kind, kinds
from records import Document, Source, UnreadableError
from tests.conftest import NOW, ROOT

FIXTURES = ROOT / "tests" / "collectors" / "fixtures"
BESIDE = (".expected.json", ".source.toml", "README.md")
SECONDS, MEGABYTES, LARGEST = 5, 1024, 400_000
HOSTILE = [
    *(
        b"\x00 \xff\xfe &#x110000; ]]> <!ENTITY <svg/onload=x> \xf0\x9f\x92\x80 \xed\xa0\x80 %s{0}".split(
            b" "
        )
    ),
    b"9" * 5000,
    b"[" * 3000,
    b"<div>" * 3000,
    b"&amp;" * 3000,
    b'{"a":' * 2000,
    b"9999-12-31T23:59:59-14:00",
    b"0000-00-00",
    b"-1",
    b"1e400",
    b"null",
    b"\r\n\r\n",
    b"=?utf-8?q?" + b"=41" * 2000,
    b"CVE-2025-" + b"1" * 30,
    b"http://[::1",
    "ıİß\u202e\u2028".encode(),
]


class TooSlowError(Exception):
    """A document took too long."""


def documents() -> list[tuple[Source, bytes]]:
    """Return every fixture with the source it belongs to."""
    found = []
    for name in kinds():
        for path in sorted((FIXTURES / name).iterdir()):
            if path.name.endswith(BESIDE) or not path.is_file():
                continue
            beside = path.with_name(f"{path.name}.source.toml")
            values = tomllib.loads(beside.read_text("utf-8")) if beside.is_file() else {}
            values = {key: value for key, value in values.items() if key in ("url", "options")}
            url = f"https://example.org/{path.name}"
            found.append(
                (
                    Source(**{"id": "fuzz", "name": "Fuzz", "kind": name, "url": url, **values}),
                    path.read_bytes(),
                )
            )
    return found


def damaged(body: bytes, other: bytes, chance: random.Random) -> bytes:
    """Return a document with one to six damages."""
    found = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(found))
        end = min(len(found), at + chance.choice((1, 2, 8, 64, 512)))
        way = chance.randrange(8)
        if way == 0 and found:
            found[at % len(found)] ^= 1 << chance.randrange(8)
        elif way == 1:
            found[at:at] = chance.randbytes(chance.randint(1, 8))
        elif way == 2:
            del found[at:end]
        elif way == 3:
            found[at:at] = found[at:end] * chance.choice((1, 2, 50, 1000))
        elif way == 4:
            start = chance.randint(0, len(other))
            found[at:end] = other[start : start + chance.choice((4, 64, 1024))]
        elif way == 5:
            found[at:at] = chance.choice(HOSTILE)
        elif way == 6:
            found[at:end] = chance.choice(HOSTILE)
        else:
            del found[at:]
    return bytes(found[:LARGEST])


def read(source: Source, body: bytes) -> None:
    """Read a document as a run would; what it raises beyond `UnreadableError` is a finding."""
    digest = sha256(body).hexdigest()
    document = Document(source.id, source.url, NOW, "application/octet-stream", digest, body)
    module = kind(source.kind)
    try:
        module.follow(source, document)
        for _ in module.normalise(source, document):
            pass
    except UnreadableError:
        pass


def main() -> None:
    """Damage and read until the time is over; the exit code is 1 where something was found."""
    minutes, seed = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES << 20, MEGABYTES << 20))

    def late(*_: object) -> None:
        raise TooSlowError(f"more than {SECONDS} s")

    signal.signal(signal.SIGVTALRM, late)
    chance, good, end = random.Random(seed), documents(), time.monotonic() + minutes * 60
    tried, found, slowest = 0, 0, (0.0, "")
    while time.monotonic() < end:
        source, body = chance.choice(good)
        bad = damaged(body, chance.choice(good)[1], chance)
        begun = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        try:
            read(source, bad)
        except Exception:  # noqa: BLE001 - whatever it is, it is a finding
            found += 1
            folder = ROOT / "build" / "fuzz"
            folder.mkdir(parents=True, exist_ok=True)
            name = f"{source.kind}-{sha256(bad).hexdigest()[:12]}"
            (folder / name).write_bytes(bad)
            (folder / f"{name}.txt").write_text(f"{source}\n{traceback.format_exc()}", "utf-8")
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        tried += 1
        slowest = max(slowest, (time.process_time() - begun, source.kind))
    print(f"{tried} documents, {found} findings, slowest {slowest[0]:.2f} s ({slowest[1]}), seed {seed}")
    sys.exit(found > 0)


if __name__ == "__main__":
    main()
