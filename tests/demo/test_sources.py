"""The sources of the recorded week: each loads, and leads through the week to records."""

import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from collectors import kind
from collectors.source_files import load_source, load_sources
from demo.server import file_of, media_type
from records import TLP, Advisory, Document, Indicator, Rejected, Sighting, Source, Start, UnreadableError

DEMO = Path(__file__).resolve().parents[2] / "demo"
WEEK = DEMO / "week"
FILES = sorted((DEMO / "sources").glob("*.toml"))
# Read by people, by other tools, or only by clients that start elsewhere.
BESIDE = re.compile(
    r"README\.md|.*\.sha512|.*/hashes\.csv|.*/index\.txt|.*/collections/[0-9a-f-]+/(manifest/)?index\.json"
)

# Items that are wrong on purpose, by source (see demo/week/README.md).
WRONG = {
    "cisa-csaf": 1,  # no tracking.id
    "liste-adresses": 1,  # 203.0.113.999
    "liste-partage": 1,  # a cut line
    "partage-sante-stix": 2,  # a sequence of things seen, and a YARA rule
    "traqueur-menaces": 1,  # words instead of an address
}


def documents(source: Source, now: datetime) -> Iterator[Document]:
    """Yield what a run of the source would read, straight from the files."""
    module, seen = kind(source.kind), set[str]()
    waiting = [request.url for request in module.first_requests(source, Start(now))]
    while waiting:
        url = waiting.pop(0)
        if url in seen:
            continue
        seen.add(url)
        target = url.removeprefix("https:/")
        file = file_of(WEEK, target)
        assert file is not None, f"{source.id} asks {url}, which the week does not hold"
        body = file.read_bytes()
        document = Document(source.id, url, now, media_type(target, file), sha256(body).hexdigest(), body)
        yield document
        waiting += [request.url for request in module.follow(source, document)]


def read(source: Source, now: datetime) -> tuple[list[object], list[str]]:
    """Return the records of a source, and why each other item or document was rejected."""
    records: list[object] = []
    rejected: list[str] = []
    for document in documents(source, now):
        try:
            for item in kind(source.kind).normalise(source, document):
                if isinstance(item, Rejected):
                    rejected.append(item.reason)
                else:
                    records.append(item)
        except UnreadableError as error:
            rejected.append(str(error))
    return records, rejected


def everything(now: datetime) -> list[object]:
    return [record for file in FILES for record in read(load_source(file), now)[0]]


def test_every_source_file_loads() -> None:
    sources, problems = load_sources(DEMO / "sources")
    assert not problems
    assert {source.kind for source in sources} == {
        "certfr", "csaf", "epss", "indicator_list", "kev", "misp_feed", "rss", "stix_bundle", "taxii21",
    }  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_source_reads_all_but_what_is_wrong_on_purpose(file: Path, now: datetime) -> None:
    source = load_source(file)
    records, rejected = read(source, now)
    assert records
    assert len(rejected) == WRONG.get(source.id, 0), rejected


def test_no_document_of_the_week_is_out_of_reach(now: datetime) -> None:
    reached = {
        file_of(WEEK, document.url.removeprefix("https:/"))
        for file in FILES
        for document in documents(load_source(file), now)
    }
    unreached = {path for path in WEEK.rglob("*") if path.is_file()} - reached
    names = sorted(str(path.relative_to(WEEK)) for path in unreached)
    assert [name for name in names if not BESIDE.fullmatch(name)] == []


def test_the_week_holds_enough_to_show(now: datetime) -> None:
    records = everything(now)
    indicators = [record for record in records if isinstance(record, Indicator)]
    assert 60 <= len({record.observable for record in indicators}) <= 110
    assert len({r.native_id for r in records if isinstance(r, Advisory)}) >= 45
    assert any(record.false_positive for record in records if isinstance(record, Sighting))


def test_what_is_restricted_is_never_read_as_clear(now: datetime) -> None:
    marked = {
        record.observable.value: record.marking.tlp
        for record in everything(now)
        if isinstance(record, Indicator)
    }
    assert marked["diffusion-restreinte.example"] is TLP.AMBER
    assert marked["enquete-en-cours.example"] is TLP.AMBER
    assert marked["annuaire-interne.example"] is TLP.RED
    assert marked["reserve-communaute.example"] is TLP.GREEN
    assert marked["maj-poste-soins.example"] is TLP.CLEAR


def test_what_is_over_or_taken_back_says_so(now: datetime) -> None:
    found = {record.observable.value: record for record in everything(now) if isinstance(record, Indicator)}
    assert found["faux-positif.example"].revoked and found["ancien-portail.example"].revoked
    assert not found["partage-fichiers.example"].actionable
    for value in ("192.0.2.201", "mutuelle-remboursement.example"):
        end = found[value].valid_until
        assert end is not None and end < now


def test_news_are_neutralised_and_told_once(now: datetime) -> None:
    records, _ = read(load_source(DEMO / "sources/hospital-infosec.toml"), now)
    news = [record for record in records if isinstance(record, Advisory)]
    assert len(news) == 4  # five entries, two of one guid
    for item in news:
        words = f"{item.title} {item.summary} {item.url} {[link.url for link in item.references]}"
        assert not any(trace in words for trace in ("<", "javascript:", "onload", "document.cookie"))


def test_a_french_date_is_read(now: datetime) -> None:
    records, _ = read(load_source(DEMO / "sources/veille-hopital.toml"), now)
    attack = next(r for r in records if isinstance(r, Advisory) and "rançongiciel" in r.title)
    assert attack.published_at is not None
    assert attack.published_at.isoformat() == "2025-07-18T07:30:00+00:00"
