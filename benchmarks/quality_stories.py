"""Measure how well notices of one story are put together, on a labelled sample of pairs.

Run `python benchmarks/quality_stories.py FOLDER` with the folder of recorded public data. All recorded
notices are clustered at once, as in production: avis of CERT-FR (in French), advisories of CISA, one day
of four press feeds, and four years of press articles on attacks with their summaries.

The sample is `tests/enrichment/stories.csv`: two identifiers and whether they are of one story. The
identifiers are `<source>:<native id>`; of a press article, the first 16 digits of the SHA-256 of its address.

How it was made: pairs were drawn by chance, with a fixed seed, from the strata of the column `drawn_from` (by
how many CVEs they share and how far apart they are; by one victim's site; by how alike their words are; by
one product in the title). Most of the pairs are hard on purpose, so the figures say nothing of pairs taken at random. One
person labelled them from titles, victims, vendors, CVEs and dates, by this rule: one story is at least half of
the flaws of each notice in products of one vendor, whenever published, or one event that happened to one
victim; Chrome and Edge, or a library and what ships it, are two. Pairs on which the rule does not decide
were left out (six). The thresholds were set on the part "tuning" alone, except three that were set after both
parts had been seen: how many rare names two notices must share, how alike they must be where names are all they
share, and that their vendors agree. So "held out" is not fully blind.

Precision and recall are of pairs: two notices are put together where they are in one cluster. The last lines
are the time for all notices, and for 20 000 made of them.
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from collectors import certfr, csaf, rss
from enrichment.likeness import dated
from enrichment.same_story import clusters
from records import TLP, Advisory, Category, Document, Marking, Provenance, Source, record_id

READ_AT = datetime(2026, 7, 1, tzinfo=UTC)
SAMPLE = Path(__file__).parent.parent / "tests" / "enrichment" / "stories.csv"
MANY = 20_000  # notices of the measure of time

Outcome = Counter[tuple[bool, bool]]  # (of one story, put together): how many pairs


def notices(folder: Path) -> dict[str, Advisory]:
    """Return all recorded notices by their identifier; raises `SystemExit` where there are none."""
    avis, advisories = folder.glob("certfr/*/*.json"), folder.glob("csaf/cisa/csaf_files/*/white/*/*.json")
    feeds = folder.glob("feeds/captures-2025-07-24/*.xml")
    found = {f"certfr:{one.native_id}": one for file in sorted(avis) for one in _certfr(file)}
    found |= {f"cisa:{one.native_id}": one for file in sorted(advisories) for one in _cisa(file)}
    found |= {f"{file.stem}:{one.native_id}": one for file in sorted(feeds) for one in _feed(file)}
    found |= {f"press:{_digest(one.url)}": one for one in _press(folder)}
    if not found:
        raise SystemExit(f"{folder}: no recorded notices here; give the folder of recorded public data")
    return found


def _document(file: Path, source: Source) -> Document:
    body, url = file.read_bytes(), f"https://example.org/{file.stem}/json/"
    return Document(source.id, url, READ_AT, "application/json", sha256(body).hexdigest(), body)


def _source(name: str, kind: str, language: str) -> Source:
    return Source(id=name, name=name, kind=kind, url="https://example.org/", language=language)


def _certfr(file: Path) -> Iterator[Advisory]:
    source = _source("certfr", "certfr", "fr")
    return (one for one in certfr.normalise(source, _document(file, source)) if isinstance(one, Advisory))


def _cisa(file: Path) -> Iterator[Advisory]:
    source = _source("cisa", "csaf", "en")
    return (one for one in csaf.normalise(source, _document(file, source)) if isinstance(one, Advisory))


def _feed(file: Path) -> Iterator[Advisory]:
    source = _source(file.stem, "rss", "en")
    return (one for one in rss.normalise(source, _document(file, source)) if isinstance(one, Advisory))


def _press(folder: Path) -> Iterator[Advisory]:
    """Yield the press articles as notices: title of the article, and victim and summary as its text."""
    path = folder / "health" / "press" / "press_all.json"
    rows = json.loads(path.read_bytes())["results"] if path.is_file() else []
    for url, row in {row["url"]: row for row in reversed(rows) if row["url"]}.items():
        host = url.removeprefix("http://").removeprefix("https://").partition("/")[0]
        yield Advisory(
            id=record_id("press", url),
            source_id=f"press-{host}",
            native_id=url,
            category=Category.NEWS,
            title=row["title"] or row["victim"],
            url=url,
            language="fr",
            marking=Marking(TLP.CLEAR),
            provenance=Provenance("press", url, "0" * 64, READ_AT),
            summary=f"{row['victim']}. {row['summary'] or ''}",
            published_at=datetime.fromisoformat(row["date"]).replace(tzinfo=UTC),
        )


def _digest(url: str) -> str:
    return sha256(url.encode()).hexdigest()[:16]


def outcomes(known: dict[str, Advisory]) -> dict[str, Outcome]:
    """Return the outcome of every part and stratum of the sample, and of the whole."""
    story = {one: place for place, each in enumerate(clusters(known.values())) for one in each.ids}
    found: dict[str, Outcome] = {}
    with SAMPLE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            first, second = known[row["first"]].id, known[row["second"]].id
            together = first in story and story[first] == story.get(second)
            for name in ("all pairs", row["part"], f"  {row['drawn_from']}"):
                found.setdefault(name, Counter())[row["same"] == "1", together] += 1
    return found


def many(known: Iterable[Advisory]) -> list[Advisory]:
    """Return `MANY` notices: the known ones again and again, each time in other years with other CVEs."""
    every = list(known)
    made = []
    for place in range(MANY):
        one, times = every[place % len(every)], place // len(every)
        made.append(
            replace(
                one,
                id=f"{one.id}-{times}",
                cves=tuple(f"{cve}{times}" for cve in one.cves),
                published_at=dated(one) - timedelta(days=400 * times),
            )
        )
    return made


def main(folder: Path) -> None:
    """Print the figures."""
    known = notices(folder)
    print(f"{len(known):,} notices\n{'':28} pairs  same  precision  recall")
    for name, outcome in sorted(outcomes(known).items(), key=lambda item: item[0].lstrip()):
        right, wrong, missed = outcome[True, True], outcome[False, True], outcome[True, False]
        precision = f"{right / (right + wrong):9.3f}" if right + wrong else f"{'–':>9}"
        recall = f"{right / (right + missed):7.3f}" if right + missed else f"{'–':>7}"
        print(f"{name:28} {outcome.total():5} {right + missed:5}  {precision} {recall}")
    for advisories in (list(known.values()), many(known.values())):
        start = perf_counter()
        found = clusters(advisories)
        largest = max(len(one.ids) for one in found)
        took = perf_counter() - start
        print(f"{len(advisories):,} notices: {len(found)} stories, {largest} in the largest, {took:.1f} s")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python benchmarks/quality_stories.py FOLDER")
    main(Path(sys.argv[1]))
