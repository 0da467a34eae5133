"""What STIX bundles give: equal to stix2's reading, the strictest marking, patterns never guessed at."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.stix_bundle import follow, normalise
from collectors.stix_patterns import parsed_comparison, simple_comparison, single_observable
from records import (
    TLP,
    Document,
    Indicator,
    Marking,
    ObservableType,
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
    assert len(ours) == (10 if name == "bundle.json" else 2)
    for record in ours:
        item = theirs[record.native_id]
        assert record.valid_from == item.valid_from
        assert record.valid_until == item.get("valid_until")
        assert record.revoked == bool(item.get("revoked"))
        assert record.confidence == item.get("confidence", 50)
        assert list(record.labels) == item.get("labels", []) + item.get("indicator_types", [])
        literal = stix2.pattern_visitor.create_pattern_object(str(item.pattern)).operand
        literal = getattr(literal, "expression", literal)
        assert record.observable == single_observable(f"[{literal.lhs} = {literal.rhs}]")


def test_recorded_bundles_without_indicators_give_nothing(recorded: Path, read: Read) -> None:
    for path in [
        *(recorded / "stix" / "attack").glob("*.json"),
        *(recorded / "stix" / "opencti-datasets").iterdir(),
    ]:
        assert read(path.read_bytes()) == [], path.name


def test_recorded_vendor_bundles_are_read(recorded: Path, read: Read) -> None:
    counts = dict.fromkeys((Indicator, Vulnerability, Rejected), 0)
    refused = []
    for path in sorted((recorded / "reports" / "talos").rglob("*.json")):
        try:
            for record in read(path.read_bytes()):
                counts[type(record)] += 1
        except UnreadableError:
            refused.append(path.name)
    assert counts == {Indicator: 2810, Vulnerability: 4, Rejected: 331}
    assert len(refused) == 3  # two of STIX 1 and one of MISP


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
    assert [type(record) for record in records] == [Rejected, Rejected, Rejected, Indicator]


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


@pytest.mark.parametrize(
    "pattern",
    [
        "[ipv4-addr:value = '192.0.2.1' AND ipv4-addr:value = '192.0.2.2']",
        "[ipv4-addr:value = '192.0.2.1'] OR [ipv4-addr:value = '192.0.2.2']",
        "[ipv4-addr:value != '192.0.2.1']",
        "[ipv4-addr:value NOT = '192.0.2.1']",
        "[ipv4-addr:value IN ('192.0.2.1')]",
        "[ipv4-addr:value = '192.0.2.1'] WITHIN 5 SECONDS",
        "[EXISTS ipv4-addr:value AND ipv4-addr:value = '192.0.2.1']",
        "[ipv4-addr:value LIKE '192.0.2.%']",
        "[ipv4-addr:value = 5]",
        "[domain-name:resolves_to_refs[0].value = '192.0.2.1']",
        "[file:hashes.'SHA-512' = '00']",
        "[file:name = '192.0.2.1']",
        "192.0.2.1",
        "",
        "[" + "(" * 900 + "url:value = 'http://a.example/'" + ")" * 900 + "]",
        "[url:value = '" + "x" * 5_000,
    ],
)
def test_other_patterns_are_no_observable(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        single_observable(pattern)


OBJECTS = ["ipv4-addr:value", "url:value", "domain-name:value", "file:hashes.MD5", "file:hashes.'SHA-256'"]
LITERALS = st.text(st.sampled_from("abc.é/ \\'[]=\n\t") | st.characters(codec="utf-8"), max_size=30)


@settings(deadline=None)
@given(
    path=st.sampled_from([*OBJECTS, "file:name", "file:hashes.sha1", "ipv4-addr:x"]),
    literal=LITERALS.map(lambda text: text.replace("\\", "\\\\").replace("'", "\\'")) | LITERALS,
    space=st.sampled_from(["", " ", "  "]),
    end=st.sampled_from(["", "", " ", " AND url:value = 'x'", "]", " START"]),
)
def test_usual_shape_is_read_as_the_grammar_reads_it(path: str, literal: str, space: str, end: str) -> None:
    pattern = f"[{space}{path}{space}={space}'{literal}'{space}]{end}"
    simple = simple_comparison(pattern)
    if simple is not None:
        assert simple == parsed_comparison(pattern)


def test_usual_shape_of_recorded_patterns_is_read_as_the_grammar_reads_it(recorded: Path) -> None:
    page = next((recorded / "taxii" / "tweetfeed" / "pages").glob("*.0.json"))
    patterns = [item["pattern"] for item in json.loads(page.read_bytes())]
    for pattern in patterns[:200]:
        assert simple_comparison(pattern) == parsed_comparison(pattern)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[file:hashes.'SHA-1' = '" + "A" * 40 + "']", (ObservableType.SHA1, "a" * 40)),
        ("[(file:hashes.sha256 == '" + "0" * 64 + "')]", (ObservableType.SHA256, "0" * 64)),
        (r"[url:value = 'http://a.example/\\x']", (ObservableType.URL, "http://a.example/\\x")),
    ],
)
def test_single_comparison_is_one_observable(pattern: str, expected: tuple[ObservableType, str]) -> None:
    found = single_observable(pattern)
    assert (found.type, found.value) == expected


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
    ]
)
WORDS = st.sampled_from(
    [
        *("indicator", "vulnerability", "marking-definition", "indicator--1", "stix", "cve", "CVE-2024-0001"),
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
