"""The bundle, read and validated by the OASIS libraries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import stix2
import stix2validator
from hypothesis import given, settings
from hypothesis import strategies as st
from stix2patterns.v21.pattern import Pattern

from records import PAP, TLP, Entry, Marking, Observable, ObservableType, Withdrawal, WithdrawalReason
from sharing.formats import format_named, text_of
from sharing.formats.lines import is_one_word
from tests.sharing.test_formats import ANYTHING, hostile_rows
from tests.tools.stix2 import pattern_of

MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)


def _text(rows: Sequence[Entry]) -> str:
    return "".join(text_of(format_named("stix21"), "indicators.stix.json", rows, MADE_AT))


def _indicators(rows: Sequence[Entry]) -> list[dict[str, Any]]:
    return [item for item in orjson.loads(_text(rows))["objects"] if item["type"] == "indicator"]


def _row(value: str, kind: ObservableType = ObservableType.URL, **known: Any) -> Entry:
    fields: dict[str, Any] = {
        "marking": Marking(),
        "confidence": 50,
        "sources": ("feodo",),
        "valid_from": MADE_AT,
        "listed_at": MADE_AT,
        "changed_at": MADE_AT,
    } | known
    return Entry(observable=Observable(kind, value), **fields)


def _built(row: Entry, ours: dict[str, Any]) -> dict[str, Any]:
    """Let the library build the indicator of an entry; identifiers and markings are tested elsewhere."""
    labels = list(row.labels)
    if row.withdrawal is not None:
        labels.append(f"withdrawn:{row.withdrawal.reason.value}")
    if row.marking.pap > PAP.CLEAR:
        labels.append(f"PAP:{row.marking.pap.name}")
    known = {
        "labels": labels,
        "revoked": row.withdrawal is not None,
        "valid_until": row.valid_until,
    }
    built = stix2.Indicator(
        id=ours["id"],
        created_by_ref=ours["created_by_ref"],
        created=row.listed_at,
        modified=row.changed_at,
        confidence=row.confidence,
        external_references=[
            stix2.ExternalReference(source_name=name, description="Source of this indicator")
            for name in row.sources
        ],
        object_marking_refs=ours["object_marking_refs"],
        name=row.observable.value,
        indicator_types=["malicious-activity"],
        pattern=pattern_of(row.observable),
        pattern_type="stix",
        pattern_version="2.1",
        valid_from=row.valid_from,
        **{key: value for key, value in known.items() if value},
    )
    body: dict[str, Any] = orjson.loads(built.serialize())
    return body


def test_an_indicator_is_what_stix2_builds_of_its_entry(rows: tuple[Entry, ...]) -> None:
    gone = Withdrawal(MADE_AT, WithdrawalReason.UNSAID)
    for sample in (rows, [replace(row, withdrawal=gone) for row in rows]):
        ours = _indicators(sample)
        assert ours == [_built(row, item) for row, item in zip(sample, ours, strict=True)]


def test_every_object_is_read_by_stix2_and_written_the_same(rows: tuple[Entry, ...]) -> None:
    text = _text(rows)
    parsed = stix2.parse(text)
    ours = {item["id"]: item for item in orjson.loads(text)["objects"]}
    assert len(parsed.objects) == len(ours) == 1 + len(TLP) + len(rows)
    for item in parsed.objects:
        assert orjson.loads(item.serialize()) == ours[item["id"]]


def test_the_strict_validator_accepts_the_bundle(rows: tuple[Entry, ...]) -> None:
    left_out = "uuid-check,indicator-properties"  # § 2.9 allows UUIDv5; a description would say nothing new
    options = stix2validator.ValidationOptions(
        version="2.1", strict=True, strict_types=True, strict_properties=True, disabled=left_out
    )
    result = stix2validator.validate_string(_text(rows), options)
    assert result.is_valid, result.errors


@pytest.mark.parametrize("tlp", TLP)
def test_each_marking_is_the_object_oasis_published(tlp: TLP) -> None:
    objects = orjson.loads(_text([_row("https://a.example/", marking=Marking(tlp))]))["objects"]
    marking = next(item for item in objects if item.get("name") == f"TLP:{tlp.label}")
    extension = marking["extensions"]["extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"]
    assert extension == {"extension_type": "property-extension", "tlp_2_0": tlp.label.lower()}
    assert marking["id"] == objects[-1]["object_marking_refs"][0]


@settings(max_examples=60, deadline=None)
@given(value=st.text(st.sampled_from("a1/'\"\\{}[]=;é"), min_size=1, max_size=12))
def test_a_pattern_holds_its_value_and_nothing_else(value: str) -> None:
    pattern = Pattern(_indicators([_row(value)])[0]["pattern"])
    ((path, operator, literal),) = pattern.inspect().comparisons["url"]
    assert (path, operator) == (["value"], "=")
    assert literal == "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@ANYTHING
@given(rows=hostile_rows)
def test_whatever_stands_in_a_value_the_pattern_is_the_library_s(rows: list[Entry]) -> None:
    carried = [row for row in rows if is_one_word(row.observable)]
    found = [(item["name"], item["pattern"], item.get("revoked", False)) for item in _indicators(rows)]
    assert found == [
        (row.observable.value, pattern_of(row.observable), row.withdrawal is not None) for row in carried
    ]


def test_a_network_is_a_set_of_addresses() -> None:
    found = _indicators([_row("198.51.100.0/24", ObservableType.IPV4_NET)])
    assert found[0]["pattern"] == "[ipv4-addr:value ISSUBSET '198.51.100.0/24']"


def test_hash_names_are_those_of_the_standard() -> None:
    kinds = (ObservableType.MD5, ObservableType.SHA1, ObservableType.SHA256)
    patterns = [item["pattern"] for item in _indicators([_row("00", kind) for kind in kinds])]
    assert patterns == [
        "[file:hashes.MD5 = '00']",
        "[file:hashes.'SHA-1' = '00']",
        "[file:hashes.'SHA-256' = '00']",
    ]


def test_an_observable_keeps_its_indicator_when_its_context_changes() -> None:
    before = _row("https://a.example/")
    after = replace(before, confidence=90, labels=("Lockbit",), last_seen_at=MADE_AT)
    assert _indicators([before])[0]["id"] == _indicators([after])[0]["id"]


def test_created_and_modified_are_the_releases_that_listed_and_changed_it() -> None:
    (item,) = _indicators([_row("https://a.example/", listed_at=MADE_AT - timedelta(days=9))])
    assert item["created"] == "2025-07-11T18:00:00.000Z"
    assert item["modified"] == "2025-07-20T18:00:00.000Z"


def test_a_withdrawn_indicator_is_revoked_and_says_why() -> None:
    gone = Withdrawal(MADE_AT, WithdrawalReason.FALSE_POSITIVE)
    rows = [_row("https://a.example/"), _row("https://b.example/", withdrawal=gone)]
    kept, revoked = _indicators(rows)
    assert "revoked" not in kept
    assert revoked["revoked"] is True
    assert revoked["labels"] == ["withdrawn:false-positive"]
    assert format_named("stix21").count(_text(rows).splitlines()) == 1


def test_the_end_of_validity_stays_after_its_beginning() -> None:
    ends_at = datetime(2025, 7, 3, tzinfo=UTC)
    item = _indicators([_row("https://a.example/", valid_until=ends_at)])[0]
    assert item["valid_until"] == "2025-07-03T00:00:00Z"
    assert item["valid_from"] < item["valid_until"]


def test_a_pap_that_stix_lacks_is_kept_as_a_label(rows: tuple[Entry, ...]) -> None:
    item = next(item for item in _indicators(rows) if item["name"] == "veille.example.net")
    assert item["labels"] == ["=1+1", "Rançongiciel; hôpital", "PAP:AMBER"]
