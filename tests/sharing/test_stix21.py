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

from records import TLP, ListedIndicator, Marking, Observable, ObservableType
from sharing.formats import stix21

MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)


def _text(rows: Sequence[ListedIndicator]) -> str:
    return "".join(stix21.render(rows, made_at=MADE_AT))


def _indicators(rows: Sequence[ListedIndicator]) -> list[dict[str, Any]]:
    return [item for item in orjson.loads(_text(rows))["objects"] if item["type"] == "indicator"]


def _row(value: str, kind: ObservableType = ObservableType.URL, **known: Any) -> ListedIndicator:
    fields: dict[str, Any] = {"marking": Marking(), "confidence": 50, "sources": ("feodo",)} | known
    return ListedIndicator(observable=Observable(kind, value), **fields)


def test_every_object_is_the_one_stix2_would_have_built(rows: tuple[ListedIndicator, ...]) -> None:
    text = _text(rows)
    parsed = stix2.parse(text)
    ours = {item["id"]: item for item in orjson.loads(text)["objects"]}
    assert len(parsed.objects) == len(ours) == 1 + 1 + len(rows)
    for item in parsed.objects:
        assert orjson.loads(item.serialize()) == ours[item["id"]]


def test_the_strict_validator_accepts_the_bundle(rows: tuple[ListedIndicator, ...]) -> None:
    left_out = "uuid-check,indicator-properties"  # § 2.9 allows UUIDv5; a description would say nothing new
    options = stix2validator.ValidationOptions(
        version="2.1", strict=True, strict_types=True, strict_properties=True, disabled=left_out
    )
    result = stix2validator.validate_string(_text(rows), options)
    assert result.is_valid, result.errors


@pytest.mark.parametrize("tlp", TLP)
def test_each_marking_is_the_object_oasis_published(tlp: TLP) -> None:
    objects = orjson.loads(_text([_row("https://a.example/", marking=Marking(tlp))]))["objects"]
    marking = next(item for item in objects if item["type"] == "marking-definition")
    extension = marking["extensions"]["extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"]
    assert extension == {"extension_type": "property-extension", "tlp_2_0": tlp.label.lower()}
    assert marking["id"] == objects[-1]["object_marking_refs"][0]


def test_a_marking_that_no_indicator_has_is_not_mentioned() -> None:
    assert "TLP:GREEN" not in _text([_row("https://a.example/")])


@settings(max_examples=60, deadline=None)
@given(value=st.text(st.sampled_from("a1/'\"\\{}[]=;é"), min_size=1, max_size=12))
def test_a_pattern_holds_its_value_and_nothing_else(value: str) -> None:
    pattern = Pattern(_indicators([_row(value)])[0]["pattern"])
    ((path, operator, literal),) = pattern.inspect().comparisons["url"]
    assert (path, operator) == (["value"], "=")
    assert literal == "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


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


def test_a_new_sighting_makes_a_new_version() -> None:
    seen = _row("https://a.example/", first_seen_at=MADE_AT - timedelta(days=9))
    again = replace(seen, last_seen_at=MADE_AT - timedelta(days=1))
    (first,), (second,) = _indicators([seen]), _indicators([again])
    assert first["created"] == second["created"]
    assert first["modified"] < second["modified"]


def test_a_change_of_what_is_said_makes_a_new_version() -> None:
    said = _row("https://a.example/", first_seen_at=MADE_AT - timedelta(days=9))
    changed = replace(said, confidence=90, changed_at=MADE_AT - timedelta(hours=1))
    assert _indicators([changed])[0]["modified"] == "2025-07-20T17:00:00.000Z"
    assert _indicators([said])[0]["modified"] < "2025-07-20T17:00:00.000Z"


def test_an_unknown_beginning_is_the_first_sighting_else_the_day() -> None:
    seen_at = datetime(2025, 7, 3, 8, 15, tzinfo=UTC)
    found = _indicators([_row("https://a.example/", first_seen_at=seen_at), _row("https://b.example/")])
    assert [item["valid_from"] for item in found] == ["2025-07-03T08:15:00Z", "2025-07-20T00:00:00Z"]


def test_the_end_of_validity_stays_after_its_beginning() -> None:
    ends_at = datetime(2025, 7, 3, tzinfo=UTC)
    item = _indicators([_row("https://a.example/", first_seen_at=MADE_AT, valid_until=ends_at)])[0]
    assert item["valid_until"] == "2025-07-03T00:00:00Z"
    assert item["valid_from"] < item["valid_until"]


def test_instants_in_the_future_do_not_date_an_object_after_its_release() -> None:
    item = _indicators([_row("https://a.example/", last_seen_at=MADE_AT + timedelta(days=400))])[0]
    assert item["modified"] == "2025-07-20T18:00:00.000Z"


def test_a_pap_that_stix_lacks_is_kept_as_a_label(rows: tuple[ListedIndicator, ...]) -> None:
    item = next(item for item in _indicators(rows) if item["name"] == "veille.example.net")
    assert item["labels"] == ["=1+1", "Rançongiciel; hôpital", "PAP:AMBER"]
