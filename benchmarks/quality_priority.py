"""Measure how well the priority rule foresees exploitation, beside EPSS alone and CVSS alone.

Run `python benchmarks/quality_priority.py FOLDER` with the folder of recorded public data. All that
was known on the day of the snapshot, and nothing else, is given to the rule: EPSS of that day, KEV
entries added until then, CVE records and CSAF notices of the same week, and the notices of CERT-FR
last revised until then. What entered the KEV catalogue later is what should stand high.

CVEs are ordered by each score and the share of later KEV entries among the first 5 % is printed,
over two sets: all CVEs that have an EPSS, of which most have nothing else here, and the CVEs that a
notice of the snapshot names. A CVE weighs as much as the notice in which it weighs most, judged as
if it named this CVE alone. Of equal scores at the border each has the same chance, so counts are
expected values. Entries already in the catalogue stay in the order, as they would for a reader.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from collectors import certfr, csaf, cvelist, epss, kev
from enrichment import health_relevance, priority
from enrichment.urgency.severity import severity
from records import (
    TLP,
    Advisory,
    Background,
    Category,
    Document,
    Marking,
    Provenance,
    Source,
    UnreadableError,
    Vulnerability,
)

SNAPSHOT = date(2024, 10, 27)
READ_AT = datetime(2026, 7, 1, tzinfo=UTC)  # after all that is recorded; the kinds refuse what is to come
SHARE = 20  # the first 5 % are one in twenty
SOURCE = Source(id="example", name="Example", kind="example", url="https://example.org/")

Known = Mapping[str, tuple[Vulnerability, ...]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was known at the snapshot, and the CVEs that entered the catalogue later, with the day."""

    notices: list[Advisory]
    known: Known
    later: dict[str, date]


def recorded(folder: Path) -> Recorded:
    """Read the recorded data; raises `SystemExit` where it is not there."""
    if not (folder / "vuln").is_dir():
        raise SystemExit(f"{folder}: no folder 'vuln' here: not the recorded public data")
    statements: defaultdict[str, list[Vulnerability]] = defaultdict(list)
    notices: list[Advisory] = []
    later: dict[str, date] = {}
    for record in _records(folder):
        if isinstance(record, Advisory):
            at = record.updated_at or record.published_at
            if at is not None and at <= datetime.combine(SNAPSHOT, time.max, UTC):
                notices.append(record)
        elif record.known_exploited and record.known_exploited.added_on > SNAPSHOT:
            later[record.cve] = record.known_exploited.added_on
        else:
            statements[record.cve].append(record)
    return Recorded(notices, {cve: tuple(said) for cve, said in statements.items()}, later)


def _records(folder: Path) -> Iterator[Advisory | Vulnerability]:
    """Yield the advisories and vulnerabilities of all sources."""
    files: tuple[tuple[ModuleType, str], ...] = (
        (epss, "vuln/epss/*.csv.gz"),
        (kev, "vuln/kev/known_exploited_vulnerabilities.json"),
        (cvelist, "vuln/cve/**/CVE-*.json"),
        (csaf, "csaf/cisa/**/ics*.json"),
        (certfr, "certfr/*/*.json"),
    )
    for kind, pattern in files:
        for file in sorted(folder.glob(pattern)):
            try:
                found = list(kind.normalise(SOURCE, _document(file)))
            except UnreadableError as error:
                print(f"{file.name}: left aside: {error}", file=sys.stderr)
                continue
            yield from (record for record in found if isinstance(record, Advisory | Vulnerability))


def _document(file: Path) -> Document:
    body = file.read_bytes()
    return Document(
        SOURCE.id, f"https://example.org/{file.name}", READ_AT, "", sha256(body).hexdigest(), body
    )


def priorities(data: Recorded) -> dict[str, float]:
    """Return the priority of every CVE that has a statement or stands in a notice."""
    background = Background(vulnerabilities=data.known, now_on=SNAPSHOT)
    bare = _bare()
    unrelated = _related(bare, background)
    found = {cve: _number(replace(bare, cves=(cve,)), unrelated) for cve in data.known}
    for notice in data.notices:
        related = _related(notice, background)
        for cve in notice.cves:
            found[cve] = max(found.get(cve, 0), _number(replace(notice, cves=(cve,)), related))
    return found


def _bare() -> Advisory:
    """Return what the rule is asked about where no notice names a CVE."""
    return Advisory(
        id="0",
        source_id=SOURCE.id,
        native_id="0",
        category=Category.NEWS,
        title="",
        url=SOURCE.url,
        language="en",
        marking=Marking(TLP.CLEAR),
        provenance=Provenance(SOURCE.id, SOURCE.url, "", READ_AT),
    )


def _related(notice: Advisory, background: Background) -> Background:
    """Return the background with the relevance of a notice, so that it is found once for all its CVEs."""
    return replace(background, earlier=tuple(health_relevance.assess(notice, background)))


def _number(notice: Advisory, background: Background) -> float:
    return priority.assess(notice, background)[0].score


def forecasts(known: Known) -> dict[str, float]:
    """Return the EPSS probability of every CVE, 0 where there is none."""
    return {
        cve: max((one.epss.probability for one in said if one.epss), default=0) for cve, said in known.items()
    }


def severities(known: Known) -> dict[str, float]:
    """Return the highest readable CVSS base score of every CVE, 0 where there is none."""
    return {cve: max(_numbers(said), default=0) for cve, said in known.items()}


def _numbers(said: tuple[Vulnerability, ...]) -> Iterator[float]:
    read = (severity(score) for one in said for score in one.scores)
    return (one.number for one in read if one)


def foreseen(scores: Mapping[str, float], cves: Collection[str], true: Collection[str]) -> float:
    """Return how many of the true ones are expected among the first 5 % of the CVEs, by descending score."""
    room = len(cves) // SHARE
    counts = Counter(scores.get(cve, 0) for cve in cves)
    above, total = 0, 0.0
    for score, tied in sorted(counts.items(), reverse=True):
        hits = sum(scores.get(cve, 0) == score for cve in true)
        total += hits * min(1, max(0, (room - above) / tied))
        above += tied
    return total


def main(folder: Path) -> None:
    """Print both sets, each order beside the others, then the later entries that a notice names."""
    data = recorded(folder)
    named = {cve for notice in data.notices for cve in notice.cves}
    orders = {
        "priority": priorities(data),
        "EPSS alone": forecasts(data.known),
        "CVSS alone": severities(data.known),
    }
    forecast = {cve for cve, number in orders["EPSS alone"].items() if number}
    scored = sum(cve in named for cve, number in orders["CVSS alone"].items() if number)
    print(
        f"snapshot {SNAPSHOT}: {len(data.notices)} notices; of the CVEs they name {scored} have a CVSS vector"
    )
    for title, cves in (("all CVEs with an EPSS", forecast), ("CVEs named by notices", named)):
        true = data.later.keys() & cves
        print(
            f"{title}: {len(cves)}, of which {len(true)} of {len(data.later)} entered the KEV catalogue later"
        )
        for name, scores in orders.items():
            hits = foreseen(scores, cves, true)
            print(f"  first 5 % by {name:<11} {hits:4.1f} ({100 * hits / len(true):.0f} %)")
    for cve in sorted(data.later.keys() & named):
        ranks = (f"{name} {100 * _place(scores, named, cve):.1f} %" for name, scores in orders.items())
        print(f"  {cve} ({data.later[cve]}): {', '.join(ranks)}")


def _place(scores: Mapping[str, float], cves: Collection[str], cve: str) -> float:
    """Return which share of the CVEs (0–1) weighs at least as much."""
    return sum(scores.get(one, 0) >= scores.get(cve, 0) for one in cves) / len(cves)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python benchmarks/quality_priority.py FOLDER")
    main(Path(sys.argv[1]))
