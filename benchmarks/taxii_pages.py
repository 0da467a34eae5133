"""Measure how long a page of 1 000 objects takes from the TAXII server, and what holding a release costs.

Run `python benchmarks/taxii_pages.py [OBJECTS]...` (100 000 and 1 000 000 by default). Each kind of page is asked for
200 times at random places: in the process, then over HTTP on loopback. The aim is 100 ms at the 95th percentile.
"""

import io
import random
import resource
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from urllib.parse import quote
from urllib.request import Request, urlopen
from wsgiref.util import setup_testing_defaults

import orjson

from benchmarks.release_lists import MADE_AT, made_up
from records import TLP
from sharing.comparing import entry_from
from sharing.formats import ListedFile, format_named, text_of
from sharing.manifest import MANIFEST, ListedProfile, Manifest, manifest_text
from sharing.taxii.application import Application
from sharing.taxii.serving import serve
from sharing.taxii.snapshot import Lists, collection_id

FILE = "indicators.stix.json"
ASKED = 200
COLLECTION = f"/clear/collections/{collection_id('')}"
MEDIA_TYPE = "application/taxii+json;version=2.1"


def release(tree: Path, size: int) -> None:
    """Write a tree of lists with `size` indicators and nothing but their STIX file."""
    form, digest, written = format_named("stix21"), sha256(), 0
    rows = (entry_from(row, MADE_AT) for row in made_up(size))
    with (tree / FILE).open("wb") as stream:
        for text in text_of(form, FILE, rows, MADE_AT):
            written += stream.write(text.encode())
            digest.update(text.encode())
    file = ListedFile(FILE, "stix21", form.media_type, digest.hexdigest(), written, size, MADE_AT)
    profile = ListedProfile("", TLP.CLEAR, size)
    said = Manifest(
        number=1, made_at=MADE_AT, audience=TLP.CLEAR, profiles=(profile,), deltas=(), files=(file,)
    )
    (tree / MANIFEST).write_text(manifest_text(said))


def inside(application: Application, resource: str, query: str = "") -> bytes:
    """Ask for a collection's objects or manifest, in this process."""
    environ: dict[str, object] = {}
    setup_testing_defaults(environ)
    environ |= {
        "PATH_INFO": f"{COLLECTION}/{resource}/",
        "QUERY_STRING": query,
        "HTTP_ACCEPT": MEDIA_TYPE,
        "wsgi.input": io.BytesIO(),
    }
    seen = list[str]()

    def start(status: str, *_: object) -> Callable[[bytes], object]:
        seen.append(status)
        return io.BytesIO().write

    body = b"".join(application(environ, start))
    if seen != ["200 OK"]:
        raise RuntimeError(f"{resource}?{query}: {seen} {body[:200]!r}")
    return body


def outside(address: str, query: str) -> bytes:
    """Ask for a collection's objects over HTTP."""
    request = Request(f"{address}{COLLECTION}/objects/?{query}", headers={"Accept": MEDIA_TYPE})
    with urlopen(request, timeout=30) as answer:
        body: bytes = answer.read()
    return body


def places(application: Application, resource: str) -> list[str]:
    """Return queries of pages at random, none beyond the first thousand pages."""
    found = [""]
    while len(found) < 1_000:
        answer = orjson.loads(inside(application, resource, found[-1]))
        if not answer.get("more"):
            break
        found.append(f"next={quote(answer['next'])}")
    return random.Random(7).choices(found[:-1], k=ASKED)


def told(name: str, work: Callable[[str], bytes], queries: list[str]) -> None:
    """Print the median and the 95th percentile of a kind of page, in milliseconds."""
    times, length = list[float](), 0
    for query in queries:
        start = perf_counter()
        length = len(work(query))
        times.append((perf_counter() - start) * 1000)
    times.sort()
    middle, high = times[len(times) // 2], times[len(times) * 95 // 100]
    print(f"  {name:34} p50 {middle:7.2f} ms   p95 {high:7.2f} ms   {length / 1024:7.0f} KiB")


def main(size: int) -> None:
    """Print the figures for one size."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        writing = get_context("spawn").Process(target=release, args=(tree, size))
        writing.start()
        writing.join()
        before, start = _resident(), perf_counter()
        application = Application(Lists(tree))
        ids = [item["id"] for item in orjson.loads(inside(application, "manifest"))["objects"]]
        took, held = perf_counter() - start, _resident() - before
        weight = (tree / FILE).stat().st_size / 2**20
        print(f"{size:,} indicators, {weight:,.0f} MiB: read in {took:.1f} s, {held:,.0f} MiB more in memory")
        chosen = random.Random(7)
        named = [f"match[id]={','.join(chosen.choices(ids, k=100))}" for _ in range(ASKED)]
        pages = places(application, "objects")
        objects, manifest = partial(inside, application, "objects"), partial(inside, application, "manifest")
        told("objects", objects, pages)
        told("objects, match[type]=indicator", objects, ["match[type]=indicator"] * ASKED)
        told("objects, match[type]=identity", objects, ["match[type]=identity"] * ASKED)
        told("objects, 100 of match[id]", objects, named)
        told("manifest", manifest, places(application, "manifest"))
        server = serve(application, "127.0.0.1", 0)
        try:
            told("objects over HTTP", partial(outside, f"http://127.0.0.1:{server.server_port}"), pages)
        finally:
            server.shutdown()
            server.server_close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  peak memory of this process {peak:,.0f} MiB")


def _resident() -> float:
    """Return the memory of this process, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    for number in sys.argv[1:] or ("100000", "1000000"):
        main(int(number))
