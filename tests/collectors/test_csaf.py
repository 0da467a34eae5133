"""The kind `csaf`: what `test_expected.py` does not show."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import csaf
from records import Advisory, Document, Record, Rejected, Source, UnreadableError
from tests.conftest import START

FIXTURES = Path(__file__).parent / "fixtures" / "csaf"
ADVISORY = FIXTURES / "icsma-25-001-01.json"
LISTINGS = [FIXTURES / "provider-metadata.json", FIXTURES / "rolie.json"]
CISA = "https://raw.githubusercontent.com/cisagov/CSAF/develop"


@pytest.fixture(scope="module")
def source(make_source: Callable[..., Source]) -> Source:
    return make_source("csaf", url="https://example.org/provider-metadata.json")


def test_every_run_asks_for_the_listing(source: Source) -> None:
    assert [request.url for request in csaf.first_requests(source, START)] == [source.url]


def sectors(source: Source, make_document: Callable[..., Document], note: str) -> list[str]:
    read = json.loads(ADVISORY.read_bytes())
    title = "Critical infrastructure sectors"
    read["document"]["notes"] = [{"category": "other", "title": title, "text": note}]
    advisory = next(iter(csaf.normalise(source, make_document(source, json.dumps(read).encode()))))
    assert isinstance(advisory, Advisory)
    return [label.removeprefix("sector:") for label in advisory.labels if label.startswith("sector:")]


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Healthcare and Public Health", ["Healthcare and Public Health"]),
        ("Healthcare and public Health Sector", ["Healthcare and public Health Sector"]),
        (" Energy, Healthcare, and Transportation.", ["Energy", "Healthcare", "Transportation"]),
        (
            "Food and Agriculture,\n\tWater and Wastewater Systems",
            ["Food and Agriculture", "Water and Wastewater Systems"],
        ),
        (
            "Nuclear Reactors, Materials, and Waste, Energy",
            ["Nuclear Reactors, Materials, and Waste", "Energy"],
        ),
        (" ", []),
    ],
)
def test_sector_note_is_split_and_kept_as_published(
    source: Source, make_document: Callable[..., Document], note: str, expected: list[str]
) -> None:
    assert sectors(source, make_document, note) == expected


def test_deep_product_tree_is_read(source: Source, make_document: Callable[..., Document]) -> None:
    depth = 500  # JSON is read to a depth of 1 024
    above = '{"category": "product_family", "name": "f", "branches": [' * depth
    leaf = '{"category": "product_version", "name": "1", "product": {"product_id": "P1", "name": "Deep"}}'
    tree = f'{{"branches": [{above}{leaf}{"]}" * depth}]}}'
    head = (FIXTURES / "source-stricter.json").read_text("utf-8").rstrip().removesuffix("}")
    body = f'{head}, "product_tree": {tree}}}'.encode()
    advisory = next(iter(csaf.normalise(source, make_document(source, body))))
    assert isinstance(advisory, Advisory)
    assert [product.versions for product in advisory.affected] == ["1"]


def test_oversized_document_is_read_whole(source: Source, make_document: Callable[..., Document]) -> None:
    read = json.loads(ADVISORY.read_bytes())
    leaves = [
        {
            "category": "product_version",
            "name": str(n),
            "product": {"product_id": f"P{n}", "name": f"Pump {n}"},
        }
        for n in range(20_000)
    ]
    read["product_tree"] = {"branches": [{"category": "vendor", "name": "Acme", "branches": leaves}]}
    status = {"known_affected": [f"P{n}" for n in range(20_000)]}
    read["vulnerabilities"] = [{"cve": f"CVE-2025-{n:05}", "product_status": status} for n in range(16)]
    body = json.dumps(read).encode()
    assert len(body) > 5_000_000
    advisory, *others = csaf.normalise(source, make_document(source, body))
    assert isinstance(advisory, Advisory)
    assert (len(advisory.affected), len(others)) == (20_000, 16)


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        (("document",), [], "document is not an object"),
        (("document", "csaf_version"), "2.1", "document.csaf_version cannot be '2.1'"),
        (("document", "title"), None, "document.title is missing"),
        (("document", "publisher", "category"), "bank", "publisher.category cannot be 'bank'"),
        (("document", "publisher"), None, "document.publisher is missing"),
        (("document", "tracking", "id"), " A", "tracking.id cannot be ' A'"),
        (("document", "tracking", "status"), 1, "tracking.status cannot be '1'"),
        (("document", "tracking", "version"), "01", "tracking.version cannot be '01'"),
        (("document", "tracking", "current_release_date"), "soon", "current_release_date cannot be"),
        (("document", "tracking", "revision_history"), [], "revision_history is not a list with an item"),
        (("document", "notes", 0, "category"), "poem", "document.notes[0].category cannot be 'poem'"),
        (("product_tree", "branches", 0, "category"), "firm", "branches[0].category cannot be 'firm'"),
        (("product_tree", "branches", 0, "branches"), None, "branches[0] has not either branches or a"),
        (("product_tree", "relationships", 0, "full_product_name"), None, "full_product_name is missing"),
        (("vulnerabilities",), [], "vulnerabilities is not a list with an item"),
        (("vulnerabilities", 0, "cwe", "id"), "306", "vulnerabilities[0].cwe.id cannot be '306'"),
        (("vulnerabilities", 0, "product_status", "known_affected"), "P1", "known_affected is not a list"),
        (("vulnerabilities", 0, "product_status", "affected"), ["P1"], "affected is not one of the schema"),
        (("vulnerabilities", 0, "remediations", 0, "details"), "", "remediations[0].details cannot be ''"),
        (("vulnerabilities", 0, "scores", 0, "products"), None, "scores[0].products is not a list"),
        (("vulnerabilities", 0, "threats", 0, "category"), "rumour", "threats[0].category cannot be"),
    ],
)
def test_document_that_breaks_the_schema_is_refused(
    source: Source,
    make_document: Callable[..., Document],
    place: tuple[str | int, ...],
    value: object,
    problem: str,
) -> None:
    read = json.loads(ADVISORY.read_bytes())
    holder = read
    for step in place[:-1]:
        holder = holder[step]
    if value is None:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    with pytest.raises(UnreadableError, match=r"CSAF 2\.0") as refused:
        list(csaf.normalise(source, make_document(source, json.dumps(read).encode())))
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("many", "named"),
    [
        (0, ""),
        (3, "Pump 0; Pump 1; Pump 2 — "),
        (9, "Pump 0; Pump 1; Pump 2; Pump 3; Pump 4; … (+4) — "),
        (10, ""),
    ],
)
def test_remediation_begins_with_its_products_where_they_are_not_all(
    source: Source, make_document: Callable[..., Document], many: int, named: str
) -> None:
    read = json.loads((FIXTURES / "vex.json").read_bytes())
    names = [{"product_id": f"P{n}", "name": f"Pump {n}"} for n in range(10)]
    read["product_tree"] = {"full_product_names": names}
    remedy: dict[str, object] = {"category": "vendor_fix", "details": "Update."}
    if many:
        remedy["product_ids"] = [f"P{n}" for n in range(many)]
    read["vulnerabilities"] = [{"cve": "CVE-2025-1003", "remediations": [remedy]}]
    advisory = next(iter(csaf.normalise(source, make_document(source, json.dumps(read).encode()))))
    assert isinstance(advisory, Advisory)
    assert advisory.remediations == (f"{named}Update.",)


def test_groups_of_products_do_not_multiply(source: Source, make_document: Callable[..., Document]) -> None:
    read = json.loads((FIXTURES / "vex.json").read_bytes())
    names = [{"product_id": f"P{n}", "name": f"Pump {n}"} for n in range(20_001)]
    group = {"group_id": "G", "product_ids": [f"P{n}" for n in range(20_000)]}
    read["product_tree"] = {"full_product_names": names, "product_groups": [group]}
    remedies = [
        {"category": "vendor_fix", "details": f"Update {n}.", "group_ids": ["G"]} for n in range(20_000)
    ]
    read["vulnerabilities"] = [{"cve": "CVE-2025-1003", "remediations": remedies}]
    advisory = next(iter(csaf.normalise(source, make_document(source, json.dumps(read).encode()))))
    assert isinstance(advisory, Advisory)
    assert len(advisory.remediations) == 20_000


@given(body=st.binary(), name=st.sampled_from(["a.json", "changes.csv", "index.txt"]))
def test_no_bytes_break_it(
    source: Source, make_document: Callable[..., Document], body: bytes, name: str
) -> None:
    document = make_document(source, body, f"https://example.org/{name}")
    with suppress(UnreadableError):
        csaf.follow(source, document)
    with suppress(UnreadableError):
        list(csaf.normalise(source, document))


@given(path=st.text(max_size=30))
def test_listing_leads_nowhere_else(
    source: Source, make_document: Callable[..., Document], path: str
) -> None:
    document = make_document(
        source, f"a.json\n{path}.json\n".encode("utf-8", "replace"), "https://example.org/ot/index.txt"
    )
    assert all(request.url.startswith("https://example.org/ot/") for request in csaf.follow(source, document))


@given(data=st.data())
def test_no_value_breaks_it(
    source: Source,
    make_document: Callable[..., Document],
    damaged: Callable[[bytes, st.DataObject], bytes],
    data: st.DataObject,
) -> None:
    path = data.draw(st.sampled_from([ADVISORY, *LISTINGS]))
    document = make_document(source, damaged(path.read_bytes(), data))
    with suppress(UnreadableError):
        assert all(request.url.startswith("http") for request in csaf.follow(source, document))
    with suppress(UnreadableError):
        list(csaf.normalise(source, document))


def read_all(
    source: Source, make_document: Callable[..., Document], paths: list[Path]
) -> Iterator[Record | Rejected]:
    for path in paths:
        yield from csaf.normalise(source, make_document(source, path.read_bytes()))


def test_recorded_cisa_documents_are_all_read(
    source: Source, make_document: Callable[..., Document], recorded: Path
) -> None:
    paths = sorted((recorded / "csaf/cisa").rglob("*/white/20*/*.json"))
    records = list(read_all(source, make_document, paths))
    advisories = [record for record in records if isinstance(record, Advisory)]
    assert len(paths) == len(advisories) == 1559
    assert not [record for record in records if isinstance(record, Rejected)]
    assert all(advisory.affected and advisory.summary and advisory.cves for advisory in advisories)
    assert sum(any("Health" in label for label in advisory.labels) for advisory in advisories) == 143


def test_recorded_listings_name_the_same_documents(
    source: Source, make_document: Callable[..., Document], recorded: Path
) -> None:
    folder = recorded / "csaf/cisa/csaf_files/OT/white"
    named = [
        {
            request.url
            for request in csaf.follow(
                source,
                make_document(source, (folder / name).read_bytes(), f"{CISA}/csaf_files/OT/white/{name}"),
            )
        }
        for name in ("cisa-csaf-ot-feed-tlp-white.json", "changes.csv", "index.txt")
    ]
    assert named[0] == named[1] == named[2]
    assert len(named[0]) == 1555


def test_recorded_documents_of_the_committee_are_read_or_refused(
    source: Source, make_document: Callable[..., Document], recorded: Path
) -> None:
    """Of the mandatory tests (§ 6.1) only 6.1.2 would show a wrong product; all good documents are read."""
    folder = recorded / "csaf/oasis/csaf_2.0"
    paths = sorted(
        [*folder.glob("examples/csaf/**/*.json"), *folder.glob("test/validator/data/*/oasis*.json")]
    )
    refused = []
    for path in paths:
        try:
            list(csaf.normalise(source, make_document(source, path.read_bytes())))
        except UnreadableError:
            refused.append(path.stem.removeprefix("oasis_csaf_tc-csaf_2_0-2021-"))
    assert len(paths) == 180
    assert refused == ["6-1-02-01"]


@pytest.mark.parametrize("provider", ["simple-directory-provider", "simple-rolie-provider"])
def test_recorded_test_providers_lead_to_their_document(
    source: Source, make_document: Callable[..., Document], recorded: Path, provider: str
) -> None:
    folder, host = recorded / "csaf/test-providers" / provider, "https://provider.example"
    waiting, seen = [f"{host}/provider-metadata.json"], []
    while waiting:
        url = waiting.pop()
        body = (folder / url.removeprefix(f"{host}/")).read_text("utf-8").replace("{{.URL}}", host)
        lines = (line for line in body.splitlines() if not line.strip().startswith(("{{if", "{{end")))
        document = make_document(source, "\n".join(lines).encode(), url)
        waiting += [request.url for request in csaf.follow(source, document)]
        seen += [record for record in csaf.normalise(source, document) if isinstance(record, Advisory)]
    assert [advisory.native_id for advisory in seen] == ["Avendor-advisory-0004"]
