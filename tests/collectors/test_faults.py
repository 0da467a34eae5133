"""Every kind under every fault: the right state, an honest run, nothing lost, no neighbour affected.

Each source is read three times: as it should be, with its fault, and as it should be again.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

import scheduler
import store
from collectors import kind
from deployments import Deployment
from records import (
    Advisory,
    Category,
    Document,
    Marking,
    Provenance,
    Run,
    RunStatus,
    Source,
    Start,
    record_id,
)
from settings import FetchSettings, Settings
from tests.conftest import NOW
from tests.loopback import Answer, Loopback, gzipped, loopback

pytestmark = [pytest.mark.whole, pytest.mark.xdist_group("faults")]
FIXTURES = Path(__file__).parent / "fixtures"
WEEK = timedelta(days=7)  # CVE records are asked for once a week

# A document of each kind that its source's own address may answer, with what beside it is read first.
GOOD = {
    "certfr": "CERTFR-2025-AVI-0042.json",
    "csaf": "icsma-25-001-01.json",
    "cvelist": "published.json",
    "epss": "scores.csv.gz",
    "indicator_list": "plain.txt",
    "kev": "catalogue.json",
    "misp_api": "page.json",
    "misp_feed": "event.json",
    "page": "alertes.html",
    "rss": "rss-2.0.xml",
    "stix_bundle": "bundle.json",
    "taxii21": "last-page.json",
}
CVES = ("CVE-2025-1001", "CVE-2023-4966")
ENTITY_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><x>&d;&d;&d;&d;</x>'
)
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
PAGE = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body><p>Back soon.</p></body></html>"


def _redirect(target: str) -> Answer:
    return Answer(status=302, headers={"Location": target})


def _faults(good: Answer, url: str) -> dict[str, Answer]:
    """Return what each fault answers instead of a good answer."""
    return {
        "not-found": Answer(status=404),
        "forbidden": Answer(status=403),
        "broken-server": Answer(status=500),
        "busy": Answer(status=503, headers={"Retry-After": "3600"}),
        "to-metadata": _redirect("http://169.254.169.254/latest/meta-data/"),
        "to-loopback": _redirect("http://127.0.0.1:22/"),
        "to-file": _redirect("file:///etc/passwd"),
        "loop": _redirect(url),
        "drip": Answer(good.body, headers=good.headers, drip=1),
        "cut": Answer(good.body, headers=good.headers, cut=len(good.body) // 2),
        "reset": Answer(good.body, cut=0),
        "huge": Answer(b"a" * (2 << 20), headers=good.headers),
        "bomb": gzipped(bytes(20 << 20)),
        "empty": Answer(b"", headers=good.headers),
        "page": Answer(PAGE, headers={"Content-Type": "text/html"}),
        "entity-bomb": Answer(ENTITY_BOMB, headers={"Content-Type": "application/xml"}),
        "external-entity": Answer(EXTERNAL, headers={"Content-Type": "application/xml"}),
        "invalid-utf8": Answer(b"\xff\xfe\x00\xd8" * 40, headers=good.headers),
        "other-etag": Answer(good.body, headers={**good.headers, "ETag": '"never the same"'}),
    }


HARMLESS = {"other-etag"}
# A CVE that is reserved has no record yet (404): the other CVEs asked for in the same run are such.
NO_FAULT = {("cvelist", "not-found"), ("cvelist", "loop")}
SEARCHED = {"cvelist", "misp_api"}  # their sources' addresses are where a search begins
WEB_KINDS = [name for name in GOOD if (FIXTURES / name / GOOD[name]).exists()]
FAULTS = list(_faults(Answer(b"x"), ""))


@dataclass(frozen=True)
class Played:
    """What the ledger says of each source after each of the three readings."""

    archive: store.Archive
    runs: tuple[dict[str, Run], ...]
    held: tuple[dict[str, int], ...]
    states: tuple[dict[str, str], ...]


def _source(name: str, fault: str) -> Source:
    keys = FIXTURES / name / f"{GOOD[name]}.source.toml"
    values = tomllib.loads(keys.read_text("utf-8")) if keys.is_file() else {}
    file = GOOD[name] if name not in SEARCHED else ""
    url = f"https://{name.replace('_', '-')}.example/{fault}/{file}"
    return Source(
        id=f"{name.replace('_', '-')}-{fault}",
        name=name,
        kind=name,
        url=url,
        options=values.get("options", {}) if name not in SEARCHED else {},
        max_megabytes=1,
        expected_days=3650,
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """All kinds with all faults, read three times into one archive."""
    folder = tmp_path_factory.mktemp("faults")
    sources = tuple(_source(name, fault) for name in WEB_KINDS for fault in ("none", *FAULTS))
    with loopback() as site:
        archive = store.open_archive(f"sqlite:///{folder / 'vigie.sqlite'}")
        store.save(archive, "notices", [_notice()], None, now=NOW)
        runs, held, states = [], [], []
        for day, troubled in enumerate((False, True, False)):
            _serve(site, sources, troubled=troubled)
            now = NOW + day * WEEK
            fetch = FetchSettings(mirror=site.address, timeout_seconds=2 if troubled else 30, per_host=16)
            house = Deployment(Settings(build=folder, fetch=fetch), archive, sources)

            runs.append({run.source_id: run for run in scheduler.collect(house, now, due_only=False)})
            status = store.statuses(archive, sources, now=now)
            held.append({one.source.id: one.held for one in status})
            states.append({one.source.id: one.state for one in status})
        yield Played(archive, tuple(runs), tuple(held), tuple(states))
        archive.close()


def _notice() -> store.Reading:
    """Return a notice that names the CVEs of the fixtures, so that their scores and records are kept."""
    body = b"notice"
    document = Document(
        "notices", "https://example.org/notice", NOW, "text/plain", sha256(body).hexdigest(), body
    )
    notice = Advisory(
        id=record_id("notices", "1"),
        source_id="notices",
        native_id="1",
        category=Category.ADVISORY,
        title="A notice",
        url=document.url,
        language="en",
        marking=Marking(),
        provenance=Provenance("notices", document.url, document.digest, NOW),
        cves=CVES,
    )
    return store.Reading(document, [notice], complete=False)


def _serve(site: Loopback, sources: tuple[Source, ...], *, troubled: bool) -> None:
    for source in sources:
        fault = source.id.removeprefix(f"{source.kind.replace('_', '-')}-")
        first = kind(source.kind).first_requests(source, Start(NOW, cves=CVES[:1]))[0].url
        path = first.partition("#")[0].removeprefix("https:/")
        good = Answer((FIXTURES / source.kind / GOOD[source.kind]).read_bytes())
        bad = _faults(good, source.url)
        site.serve(path, bad[fault] if troubled and fault in bad else good)


@pytest.mark.parametrize("name", WEB_KINDS)
def test_kind_reads_its_document_and_keeps_it(played: Played, name: str) -> None:
    source_id = f"{name.replace('_', '-')}-none"
    assert played.runs[0][source_id].status in (RunStatus.OK, RunStatus.PARTIAL)
    assert played.held[0][source_id] > 0
    for day in (1, 2):
        run = played.runs[day][source_id]
        assert run.status in (RunStatus.UNCHANGED, played.runs[0][source_id].status), "no fault of its own"
        assert not run.changes.any


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", WEB_KINDS)
def test_fault_is_told_and_costs_nothing_that_was_kept(played: Played, name: str, fault: str) -> None:
    source_id = f"{name.replace('_', '-')}-{fault}"
    run = played.runs[1][source_id]
    if fault in HARMLESS or (name, fault) in NO_FAULT:
        assert run.status in (RunStatus.UNCHANGED, played.runs[0][source_id].status)
    elif name == "cvelist":
        assert run.status == RunStatus.PARTIAL and "CVE-2025-1001: " in run.error
    else:
        assert run.status in (RunStatus.FAILED, RunStatus.EMPTY)
        assert run.error and "\n" not in run.error
        assert played.states[1][source_id] in ("failing", "empty")
    assert run.changes.withdrawn == 0 and run.changes.new == 0
    assert played.held[1][source_id] == played.held[0][source_id] > 0


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", WEB_KINDS)
def test_source_is_well_again_when_its_fault_is_gone(played: Played, name: str, fault: str) -> None:
    source_id = f"{name.replace('_', '-')}-{fault}"
    first, run = played.runs[0][source_id], played.runs[2][source_id]
    assert run.status in (RunStatus.UNCHANGED, first.status)
    assert (run.changes.new, run.changes.modified, run.changes.withdrawn) == (0, 0, 0)
    assert played.states[2][source_id] == played.states[0][source_id]


def test_nothing_of_this_machine_was_read(played: Played) -> None:
    for source_id in played.runs[1]:
        source = Source(id=source_id, name="", kind="rss", url="")
        for document in store.kept_documents(played.archive, source):
            assert b"root:" not in document.body
