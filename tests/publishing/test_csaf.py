"""What the cell writes is published as CSAF 2.0 that our own collector reads back."""

import csv
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

import pytest

from collectors import csaf as collector
from collectors.bulletin_outbox import normalise, read
from collectors.reading.csaf_schema import require_schema
from publishing.csaf import METADATA, csaf_files, csaf_path
from publishing.layout import Site
from records import (
    PAP,
    TLP,
    Advisory,
    AffectedProduct,
    Category,
    Document,
    Marking,
    Revision,
    Source,
    Story,
    Vulnerability,
)
from records.bulletins import Bulletin
from settings import ROOT, FetchSettings
from tests.collectors.bulletins import EXAMPLE, RETRACTED, leave
from tests.conftest import NOW, START
from tests.minisigning import PUBLIC
from tests.publishing import editions

URL = "https://veille.example/vigie/"
SITE = Site("Vigie", URL, ROOT / "site", contact="mailto:cellule@example.org", cell="Cellule de veille")
PATH = "csaf/white/2026/bulletin-2026-0012.json"
PUMP = AffectedProduct("Pompe X", "Éditeur", "< 3.2", "known_affected")
MENDED = AffectedProduct("Pompe X", "Éditeur", "3.2", "fixed")

Json = dict[str, Any]
Read = Callable[..., Story]


@pytest.fixture
def story(tmp_path: Path) -> Read:
    """Read a bulletin as the vault leaves it; `fields` are the advisory's."""
    outbox = Source(
        id="bulletins",
        name="Bulletins",
        kind="bulletin_outbox",
        url=f"file://{tmp_path}",
        options={"key": PUBLIC},
    )

    def build(bulletin: Bulletin = EXAMPLE, **fields: object) -> Story:
        leave(tmp_path, bulletin)
        document = next(one for one in read(outbox, START, FetchSettings()) if bulletin.id in one.url)
        advisory = next(one for one in normalise(outbox, document) if isinstance(one, Advisory))
        return Story(replace(advisory, **fields), outbox, {})  # type: ignore[arg-type]

    return build


def written(story: Story) -> Json:
    files = csaf_files([story], SITE)
    value: Json = json.loads(files[csaf_path(story.advisory, story.source)])
    require_schema(value)
    return value


def read_back(files: dict[str, bytes]) -> list[Advisory | Vulnerability]:
    """Read a distribution as the collector would, from its provider metadata down, hashes checked."""
    source = Source(id="own", name="Own", kind="csaf", url=f"{URL}{METADATA}")

    def fetched(url: str) -> Document:
        body = files[url.removeprefix(URL)]
        return Document("own", url, NOW, "application/json", sha256(body).hexdigest(), body)

    records: list[Advisory | Vulnerability] = []
    for listing in collector.follow(source, fetched(source.url)):
        for asked in collector.follow(source, fetched(listing.url)):
            document = fetched(asked.url)
            seals = {
                url: files[url.removeprefix(URL)] for url in asked.seals if url.removeprefix(URL) in files
            }
            assert len(seals) == 2
            collector.verify(source, document, seals, {})
            records += [
                one
                for one in collector.normalise(source, document)
                if isinstance(one, Advisory | Vulnerability)
            ]
    return records


def test_bulletin_is_read_back_by_our_own_collector(story: Read) -> None:
    (record,) = read_back(csaf_files([story()], SITE))
    assert isinstance(record, Advisory)
    assert (record.native_id, record.title) == (EXAMPLE.id, EXAMPLE.title)
    assert record.marking == Marking(TLP.CLEAR)
    assert record.summary == EXAMPLE.summary
    assert "Des messages imitent un prestataire." in record.body
    assert (record.published_at, record.updated_at) == (EXAMPLE.published_at, EXAMPLE.updated_at)
    assert record.url == f"{URL}avis/2025/{csaf_page(EXAMPLE)}/"


def csaf_page(bulletin: Bulletin) -> str:
    digest = sha256(f"bulletins\x1f{bulletin.id}".encode()).hexdigest()[:12]
    return f"bulletins--{bulletin.id}--{digest}"


def test_products_and_cves_make_a_security_advisory(story: Read) -> None:
    made = story(affected=(PUMP, MENDED), remediations=("Isoler les pompes.",))
    value = written(made)
    assert value["document"]["category"] == "csaf_security_advisory"
    (weakness,) = value["vulnerabilities"]
    assert weakness["product_status"] == {"known_affected": ["CSAFPID-0001"], "fixed": ["CSAFPID-0002"]}
    assert weakness["remediations"][0]["product_ids"] == ["CSAFPID-0001"]
    assert weakness["notes"]
    advisory, vulnerability = read_back(csaf_files([made], SITE))
    assert isinstance(advisory, Advisory) and isinstance(vulnerability, Vulnerability)
    assert [(one.name, one.status) for one in advisory.affected] == [
        ("Éditeur Pompe X < 3.2", "known_affected"),
        ("Éditeur Pompe X 3.2", "fixed"),
    ]
    assert (vulnerability.cve, advisory.remediations) == (
        "CVE-2025-0001",
        ("Éditeur Pompe X < 3.2 — Isoler les pompes.",),
    )


@pytest.mark.parametrize(
    "affected",
    [
        (),
        (replace(PUMP, status="recommended"),),
        (replace(PUMP, name=" "),),
        (replace(PUMP, status="maybe"),),
    ],
)
def test_without_products_it_is_informational_and_names_no_vulnerability(
    story: Read, affected: tuple[AffectedProduct, ...]
) -> None:
    value = written(story(affected=affected))
    assert value["document"]["category"] == "csaf_informational_advisory"
    assert "vulnerabilities" not in value and "product_tree" not in value
    external = [one["url"] for one in value["document"]["references"] if one["category"] == "external"]
    assert external == ["https://example.org/avis", "https://www.cve.org/CVERecord?id=CVE-2025-0001"]


def test_account_that_refers_to_nobody_is_an_incident_response(story: Read) -> None:
    value = written(story(replace(EXAMPLE, references=(), cves=())))
    assert value["document"]["category"] == "csaf_security_incident_response"
    assert {one["category"] for one in value["document"]["references"]} == {"self"}


@pytest.mark.parametrize(
    "bulletin",
    [
        EXAMPLE,
        RETRACTED,
        replace(EXAMPLE, revisions=(), updated_at=None),
        replace(EXAMPLE, revisions=()),
        replace(EXAMPLE, revisions=(*EXAMPLE.revisions, Revision(datetime(2026, 3, 2, 9, tzinfo=UTC), ""))),
        replace(EXAMPLE, revisions=(Revision(EXAMPLE.published_at, "Version initiale."),), updated_at=None),
    ],
    ids=["example", "retracted", "alone", "undated change", "out of order", "initial named"],
)
def test_history_is_whole_numbers_by_date(story: Read, bulletin: Bulletin) -> None:
    tracking = written(story(bulletin))["document"]["tracking"]
    history = tracking["revision_history"]
    dates = [one["date"] for one in history]
    assert [one["number"] for one in history] == [str(number + 1) for number in range(len(history))]
    assert dates == sorted(dates) and all(one["summary"] for one in history)
    assert tracking["version"] == history[-1]["number"]
    assert tracking["initial_release_date"] == dates[0] == "2026-03-02T08:00:00Z"
    assert tracking["current_release_date"] == dates[-1]
    assert tracking["status"] == "final"


def test_bulletin_taken_back_says_so(story: Read) -> None:
    head = written(story(RETRACTED))["document"]
    assert head["title"].startswith("[Retiré] ")
    assert "retiré le 2026-03-04" in head["notes"][0]["text"]
    assert head["tracking"]["revision_history"][-1]["summary"] == "L’adresse était celle d’un tiers."


@pytest.mark.parametrize(
    ("tlp", "label"), [(TLP.CLEAR, "WHITE"), (TLP.GREEN, "GREEN"), (TLP.AMBER, "AMBER"), (TLP.RED, "RED")]
)
def test_marking_is_told_by_the_labels_of_the_standard(story: Read, tlp: TLP, label: str) -> None:
    made = story(marking=Marking(tlp, PAP.GREEN))
    assert csaf_path(made.advisory, made.source) == PATH.replace("white", label.lower())
    distribution = written(made)["document"]["distribution"]
    assert distribution["tlp"]["label"] == label
    assert distribution["text"] == f"TLP:{tlp.label} (TLP 2.0), PAP:GREEN"


def test_marking_without_a_label_gives_no_document(story: Read) -> None:
    made = story(marking=Marking(TLP.AMBER_STRICT))
    assert csaf_path(made.advisory, made.source) == ""
    assert csaf_files([made], SITE) == {}


def test_only_what_the_cell_itself_writes_becomes_a_document(story: Read) -> None:
    made = story()
    others = [*editions.stories(), replace(made, source=editions.CISA)]
    others.append(replace(made, advisory=replace(made.advisory, category=Category.NEWS)))
    assert csaf_files(others, SITE) == {}


def test_listings_and_hashes_lead_to_every_document(story: Read) -> None:
    later = replace(EXAMPLE, id="bulletin-2026-0013", updated_at=datetime(2026, 4, 1, tzinfo=UTC))
    green = replace(EXAMPLE, id="bulletin-2026-0014", marking=Marking(TLP.GREEN))
    files = csaf_files([story(one) for one in (later, EXAMPLE, green)], SITE)
    assert files["csaf/white/index.txt"] == b"2026/bulletin-2026-0012.json\n2026/bulletin-2026-0013.json\n"
    rows = list(csv.reader(files["csaf/white/changes.csv"].decode().splitlines()))
    assert rows == [
        ["2026/bulletin-2026-0013.json", "2026-04-01T00:00:00Z"],
        ["2026/bulletin-2026-0012.json", "2026-03-03T09:30:00Z"],
    ]
    for path in (path for path in files if path.endswith("json") and path != METADATA):
        name = path.rpartition("/")[2]
        assert files[f"{path}.sha256"].decode() == f"{sha256(files[path]).hexdigest()}  {name}\n"
        assert files[f"{path}.sha512"].decode() == f"{sha512(files[path]).hexdigest()}  {name}\n"


def test_provider_metadata_claims_no_more_than_we_meet(story: Read) -> None:
    metadata = json.loads(csaf_files([story()], SITE)[METADATA])
    assert metadata == {
        "canonical_url": f"{URL}.well-known/csaf/provider-metadata.json",
        "distributions": [{"directory_url": f"{URL}csaf/white/"}],
        "last_updated": "2026-03-03T09:30:00Z",
        "list_on_CSAF_aggregators": True,
        "metadata_version": "2.0",
        "mirror_on_CSAF_aggregators": True,
        "publisher": {
            "category": "coordinator",
            "contact_details": "mailto:cellule@example.org",
            "name": "Cellule de veille",
            "namespace": URL,
        },
        "role": "csaf_publisher",
    }


def test_file_name_follows_the_rule_of_the_standard(story: Read) -> None:
    path = csaf_path(replace(story().advisory, native_id="Bulletin 2026/12+é"), story().source)
    assert path == "csaf/white/2026/bulletin_2026_12+_.json"
    assert re.fullmatch(r"[+\-a-z0-9_]+\.json", path.rpartition("/")[2])


def test_hostile_words_stay_words(story: Read) -> None:
    for words in editions.HOSTILE:
        made = story(
            title=words, summary=words, native_id=words, cves=(words,), affected=(replace(PUMP, name=words),)
        )
        value = written(made)
        assert value["document"]["title"]
        assert "vulnerabilities" not in value


def test_same_bulletins_give_the_same_bytes_in_any_order(story: Read) -> None:
    made = [story(), story(replace(EXAMPLE, id="bulletin-2026-0013"))]

    def files(stories: Iterable[Story]) -> list[tuple[str, bytes]]:
        return sorted(csaf_files(stories, SITE).items())

    assert files(made) == files(reversed(made))
