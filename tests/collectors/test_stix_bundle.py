"""What STIX bundles give: equal to stix2's reading, the strictest marking, names in their places."""

import json
from collections import Counter
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.reading import text
from collectors.reading.stix_patterns import read_pattern
from collectors.stix_bundle import follow, normalise
from enrichment.relevance.sector_labels import health_labels
from records import (
    PAP,
    TLP,
    Advisory,
    Document,
    Indicator,
    LeftOut,
    Marking,
    Rejected,
    Source,
    UnreadableError,
    Vulnerability,
)

FIXTURES = Path(__file__).parent / "fixtures" / "stix_bundle"

Read = Callable[..., list[object]]


@pytest.fixture(scope="session")
def read(make_source: Callable[..., Source], make_document: Callable[..., Document]) -> Read:
    """Read the body of a bundle."""

    def normalised(body: bytes, **values: object) -> list[object]:
        source = make_source("stix_bundle", **values)
        return list(normalise(source, make_document(source, body)))

    return normalised


def _bundle(*objects: object) -> bytes:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()


def _indicator(**values: object) -> dict[str, object]:
    return {"type": "indicator", "id": "indicator--1", "pattern": "[ipv4-addr:value = '192.0.2.1']", **values}


@pytest.mark.parametrize("name", ["bundle.json", "stix-2.0.json"])
def test_reading_equals_stix2(name: str, read: Read) -> None:
    import stix2

    body = (FIXTURES / name).read_bytes()
    objects = stix2.parse(body, allow_custom=True).objects
    theirs = {item["id"]: item for item in objects if item["type"] == "indicator"}
    ours = [record for record in read(body) if isinstance(record, Indicator)]
    assert len(ours) == (11 if name == "bundle.json" else 2)
    for record in ours:
        item = theirs[record.native_id]
        assert record.valid_from == item.valid_from
        assert record.valid_until == item.get("valid_until")
        assert record.revoked == bool(item.get("revoked"))
        assert record.confidence == item.get("confidence", 50)
        assert list(record.labels) == item.get("labels", []) + item.get("indicator_types", [])
        literal = stix2.pattern_visitor.create_pattern_object(str(item.pattern)).operand
        literal = getattr(literal, "expression", literal)
        assert [record.observable] == read_pattern(f"[{literal.lhs} {literal.operator} {literal.rhs}]").found


def _records(found: list[object]) -> list[object]:
    return [record for record in found if not isinstance(record, LeftOut)]


def _left_out(found: list[object]) -> dict[str, int]:
    return {one.what: one.count for one in found if isinstance(one, LeftOut)}


def test_what_is_not_kept_of_recorded_bundles_is_counted(recorded: Path, read: Read) -> None:
    for path in [
        *(recorded / "stix" / "attack").glob("*.json"),
        *(recorded / "stix" / "opencti-datasets").iterdir(),
    ]:
        found, objects = read(path.read_bytes()), json.loads(path.read_bytes())["objects"]
        assert _records(found) == [], path.name
        markings = sum(item["type"] == "marking-definition" for item in objects)
        assert sum(_left_out(found).values()) == len(objects) - markings, path.name


def test_recorded_vendor_bundles_are_read(recorded: Path, read: Read) -> None:
    counts: Counter[type] = Counter()
    refused, lost = [], []
    for path in sorted((recorded / "reports" / "talos").rglob("*.json")):
        try:
            found = read(path.read_bytes())
        except UnreadableError:
            refused.append(path.name)
            continue
        counts.update(type(record) for record in _records(found))
        reasons = [one.reason for one in found if isinstance(one, Rejected)]
        lost += [reason for reason in reasons if reason.startswith("the pattern")]
    assert counts == {Indicator: 3039, Advisory: 75, Vulnerability: 4, Rejected: 102}
    assert len(lost) == 18  # by a file's name, mutex or registry key; the others are no addresses or URLs
    assert len(refused) == 3  # two of STIX 1 and one of MISP


@pytest.mark.parametrize(
    ("ours", "theirs", "shown"),
    [
        ("613f2e26-407d-48c7-9eca-b8e91df99dc9", "613f2e26-407d-48c7-9eca-b8e91df99dc9", True),
        ("34098fce-860f-48ae-8e50-ebd3cc5e41da", "613f2e26-407d-48c7-9eca-b8e91df99dc9", True),
        ("613f2e26-407d-48c7-9eca-b8e91df99dc9", "34098fce-860f-48ae-8e50-ebd3cc5e41da", False),
        ("613f2e26-407d-48c7-9eca-b8e91df99dc9", "nobody knows", False),
    ],
)
@pytest.mark.parametrize("place", ["name", "relationship", "report"])
def test_name_travels_no_further_than_its_marking(
    ours: str, theirs: str, shown: bool, place: str, read: Read
) -> None:
    strict = {"object_marking_refs": [f"marking-definition--{theirs}"]}
    malware = {"type": "malware", "id": "malware--1", "name": "Ryuk", **(strict if place == "name" else {})}
    link: dict[str, object] = {
        "type": "relationship",
        "id": "relationship--1",
        "relationship_type": "indicates",
    }
    link |= {"source_ref": "indicator--1", "target_ref": "malware--1"}
    report = {
        "type": "report",
        "id": "report--1",
        "name": "A report",
        "object_refs": ["malware--1", "indicator--1"],
    }
    link, report = ({**link, **strict} if place == "relationship" else link), {**report, **strict}
    item = _indicator(object_marking_refs=[f"marking-definition--{ours}"])
    found = read(_bundle(item, malware, report if place == "report" else link))
    (record,) = [one for one in found if isinstance(one, Indicator)]
    assert ("malware:Ryuk" in record.labels) == shown


@pytest.mark.parametrize("revoked", ["malware", "relationship"])
def test_what_is_revoked_lends_no_name(revoked: str, read: Read) -> None:
    objects = json.loads((FIXTURES / "relations.json").read_bytes())["objects"]
    (link,) = [
        one
        for one in objects
        if one.get("target_ref", "").startswith("malware--b0000000-0000-4000-8000-000000000001")
        and one["relationship_type"] == "indicates"
    ]
    (malware,) = [one for one in objects if one["id"] == link["target_ref"]]
    (item,) = [one for one in objects if one["id"] == link["source_ref"]]
    whole = [{**one, "revoked": one["type"] == revoked} for one in (link, malware)]
    (record,) = _records(read(_bundle(item, *whole)))
    assert isinstance(record, Indicator) and record.labels == ("malicious-activity",)
    (named,) = _records(read(_bundle(item, link, malware)))
    assert isinstance(named, Indicator) and named.labels == ("malicious-activity", "malware:Ryuk")


def test_labels_of_a_hospital_report_are_understood(read: Read) -> None:
    found = read((FIXTURES / "relations.json").read_bytes())
    report = next(one for one in found if isinstance(one, Advisory))
    named = health_labels(report.labels)
    assert named is not None and [one.text for one in named.evidence] == ["healthcare", "Santé"]
    assert not any("government" in label for label in report.labels), "its author is no target"


def test_last_modified_version_holds(read: Read) -> None:
    versions = {
        "2025-07-18T10:00:00.5Z": "192.0.2.5",
        "2025-07-18T10:00:00Z": "192.0.2.1",
        "2025-07-18T09:59:59.999Z": "192.0.2.2",
    }
    items = [_indicator(modified=at, pattern=f"[ipv4-addr:value = '{one}']") for at, one in versions.items()]
    for order in permutations(items):
        (record,) = read(_bundle(*order))
        assert isinstance(record, Indicator) and record.observable.value == "192.0.2.5"


def test_indicator_that_gains_a_value_is_told_apart_by_it(read: Read) -> None:
    pattern = "[ipv4-addr:value = '192.0.2.1' OR url:value = 'http://a.example/" + "x" * 900 + "']"
    found = read(_bundle(_indicator(pattern=pattern)))
    names = [one.native_id for one in found if isinstance(one, Indicator)]
    assert names[0] == "indicator--1#192.0.2.1" and len(set(names)) == 2
    assert all(len(name) <= text.MAX_IDENTIFIER for name in names)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["PAP:AMBER"], Marking(TLP.CLEAR, PAP.AMBER)),
        ([" TLP: AMBER", "x"], Marking(TLP.AMBER)),
        (["tlp:clear"], Marking()),
        (["tlp:mauve"], Marking(TLP.RED)),
        (["x", 7, None], Marking()),
    ],
)
def test_label_that_marks_counts(labels: list[object], expected: Marking, read: Read) -> None:
    (record,) = read(_bundle(_indicator(labels=labels)))
    assert isinstance(record, Indicator) and record.marking == expected


@pytest.mark.parametrize("label", ["benign", 'misp:to_ids="False"'])
def test_what_is_not_for_detection_is_not_actionable(label: str, read: Read) -> None:
    (record,) = read(_bundle(_indicator(labels=[label])))
    assert isinstance(record, Indicator) and not record.actionable


def test_types_of_a_hostile_bundle_are_counted_within_bounds(read: Read) -> None:
    objects = [{"type": f"x-{number}", "id": f"x-{number}--1"} for number in range(1_000)]
    left = _left_out(read(_bundle(*objects, {"type": "\n"}, {"type": []}, {})))
    assert sum(left.values()) == 1_003 and len(left) <= 202
    assert left["other types"] >= 800


@pytest.mark.parametrize(
    ("references", "least", "expected"),
    [
        ([], TLP.CLEAR, TLP.CLEAR),
        ([], TLP.AMBER, TLP.AMBER),
        (["613f2e26-407d-48c7-9eca-b8e91df99dc9"], TLP.GREEN, TLP.GREEN),
        (["5e57c739-391a-4eb3-b6be-7d15ca92d5ed"], TLP.CLEAR, TLP.RED),
        (["94868c89-83c2-464b-929b-a1a8aa3c8487"], TLP.CLEAR, TLP.CLEAR),
        (["bab4a63c-aed9-4cf5-a766-dfca5abac2bb"], TLP.CLEAR, TLP.GREEN),
        (["55d920b0-5e8b-4f79-9ee9-91f868d9b421"], TLP.CLEAR, TLP.AMBER),
        (["939a9414-2ddd-4d32-a0cd-375ea402b003"], TLP.CLEAR, TLP.AMBER_STRICT),
        (["e828b379-4e03-4974-9ac4-e53a884c97c1"], TLP.CLEAR, TLP.RED),
        (["94868c89-83c2-464b-929b-a1a8aa3c8487", "nobody knows"], TLP.CLEAR, TLP.RED),
    ],
)
def test_strictest_marking_holds(references: list[str], least: TLP, expected: TLP, read: Read) -> None:
    item = _indicator(object_marking_refs=[f"marking-definition--{uuid}" for uuid in references])
    (record,) = read(_bundle(item), tlp=least)
    assert isinstance(record, Indicator)
    assert record.marking == Marking(expected)


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"definition_type": "tlp", "definition": {"tlp": "green"}}, TLP.GREEN),
        ({"definition_type": "tlp", "definition": {"tlp": "purple"}}, TLP.RED),
        ({"definition_type": "statement", "definition": {"statement": "Copyright"}}, TLP.CLEAR),
        ({"definition_type": "statement", "x_opencti_definition": "TLP:AMBER+STRICT"}, TLP.AMBER_STRICT),
        ({"definition_type": "statement", "definition": {"statement": "tlp:red"}}, TLP.RED),
        ({"definition_type": "iep", "definition": {}}, TLP.RED),
        ({}, TLP.RED),
    ],
)
def test_definition_in_the_bundle_counts(definition: dict[str, object], expected: TLP, read: Read) -> None:
    marking = {"type": "marking-definition", "id": "marking-definition--own", **definition}
    (record,) = read(_bundle(_indicator(object_marking_refs=[marking["id"]]), marking))
    assert isinstance(record, Indicator)
    assert record.marking.tlp is expected


@pytest.mark.parametrize("references", [[7], [""], None, "x", {}])
def test_reference_that_is_none_is_unknown(references: object, read: Read) -> None:
    (record,) = read(_bundle(_indicator(object_marking_refs=references)))
    assert isinstance(record, Indicator)
    assert record.marking.tlp is TLP.RED


def test_item_without_id_is_no_version_of_another(read: Read) -> None:
    records = read(_bundle("no object", _indicator(id="#0"), _indicator(id="0"), _indicator()))
    assert [type(record) for record in records] == [Rejected, Rejected, Indicator, Rejected]


def test_standard_marking_cannot_be_redefined(read: Read) -> None:
    red = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
    marking = {
        "type": "marking-definition",
        "id": red,
        "definition_type": "tlp",
        "definition": {"tlp": "white"},
    }
    (record,) = read(_bundle(marking, _indicator(object_marking_refs=[red])))
    assert isinstance(record, Indicator)
    assert record.marking.tlp is TLP.RED


def test_oversized_bundle_is_read(read: Read) -> None:
    objects = [_indicator(id=f"indicator--{number}") for number in range(10_000)]
    huge = _indicator(id="indicator--huge", pattern="[url:value = '" + "x" * 3_000_000 + "']")
    records = read(_bundle(*objects, huge))
    assert len(records) == 10_001
    assert isinstance(records[-1], Rejected) and len(records[-1].reason) < 300


KEYS = st.sampled_from(
    [
        *("type", "id", "pattern", "pattern_type", "objects", "labels", "confidence", "revoked", "name"),
        *("valid_from", "modified", "object_marking_refs", "granular_markings", "marking_ref", "definition"),
        *("definition_type", "extensions", "external_references", "source_name", "external_id", "tlp"),
        *("object_refs", "source_ref", "target_ref", "relationship_type", "sighting_of_ref", "count"),
        *("sectors", "identity_class", "published", "url", "lang", "created_by_ref", "description"),
    ]
)
WORDS = st.sampled_from(
    [
        *("indicator", "vulnerability", "marking-definition", "indicator--1", "stix", "cve", "CVE-2024-0001"),
        *("report", "sighting", "malware", "identity", "relationship", "indicates", "class", "malware--1"),
        *("report--1", "sighting--1", "http://[", "&#0;", "9999-12-31T23:59:59-14:00"),
        *("[ipv4-addr:value = '192.0.2.1']", "[a:b = 'c' AND d:e = 5]", "tlp", "statement", "2025-07-18"),
    ]
)
LEAVES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | WORDS | st.text()
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=40)


@settings(deadline=None)
@given(
    body=st.binary()
    | JSON.map(orjson.dumps)
    | st.lists(st.dictionaries(KEYS, JSON)).map(lambda v: _bundle(*v))
)
def test_no_bytes_raise_anything_but_unreadable(
    body: bytes, make_source: Callable[..., Source], make_document: Callable[..., Document]
) -> None:
    source = make_source("stix_bundle")
    document = make_document(source, body)
    assert follow(source, document) == []
    try:
        list(normalise(source, document))
    except UnreadableError as error:
        assert str(error)


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_damage_in_one_place_costs_its_own_object_at_most(
    data: st.DataObject,
    read: Read,
    damaged: Callable[[bytes, st.DataObject], bytes],
) -> None:
    body = (FIXTURES / "relations.json").read_bytes()
    hurt = damaged(body, data)
    try:
        found = read(hurt)
    except UnreadableError as error:
        assert str(error)
        return
    whole, bundle = _kept(read(body)), json.loads(hurt)
    if len(bundle.get("objects", [])) == len(json.loads(body)["objects"]):
        assert _kept(found) >= whole - 3  # the most that one object of it gives


def _kept(found: list[object]) -> int:
    return sum(not isinstance(one, LeftOut | Rejected) for one in found)
