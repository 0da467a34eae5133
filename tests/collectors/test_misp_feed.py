"""What a MISP feed gives: equal to PyMISP's reading, the strictest marking, nothing lost, nothing raised."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.misp_feed import first_requests, follow, normalise
from collectors.reading import text
from collectors.reading.misp import MAX_SORTS, PARTS, line
from collectors.reading.misp_event import _markdown
from collectors.reading.misp_tags import MAX_TAGS, marking
from enrichment.relevance.sector_labels import health_labels
from records import (
    PAP,
    TLP,
    Advisory,
    Document,
    Indicator,
    LeftOut,
    Marking,
    Observable,
    Rejected,
    SettingsError,
    Source,
    UnreadableError,
    observable,
    parse_tags,
)
from tests.conftest import START

FIXTURES = Path(__file__).parent / "fixtures" / "misp_feed"
UUID = "a0000000-0000-4000-8000-{:012x}"

Reading = dict[str, tuple[Observable, bool, datetime | None]]
Read = Callable[..., list[object]]


@pytest.fixture
def read(make_source: Callable[..., Source], make_document: Callable[..., Document]) -> Read:
    """Read the body of an event of a feed."""

    def normalised(body: bytes, **values: object) -> list[object]:
        source = make_source("misp_feed", **values)
        return list(normalise(source, make_document(source, body, "https://example.org/event.json")))

    return normalised


def _event(*attributes: dict[str, Any], **values: object) -> bytes:
    """Make the body of an event; each attribute starts as a domain of its own."""
    filled = [
        {"uuid": UUID.format(number), "type": "domain", "value": f"n{number}.example", **attribute}
        for number, attribute in enumerate(attributes)
    ]
    return json.dumps({"Event": {"info": "Example", "Attribute": filled, **values}}).encode()


def _ours(body: bytes, read: Read) -> Reading:
    found = [record for record in read(body) if isinstance(record, Indicator) and not record.revoked]
    return {item.native_id: (item.observable, item.actionable, item.valid_from) for item in found}


def _pymisp(body: bytes) -> Reading:
    """Read an event through PyMISP, then its values as ours are read."""
    from pymisp import MISPEvent

    event = MISPEvent()
    event.load(body, validate=False)
    return dict(_statements([*event.attributes, *(a for o in event.objects for a in o.attributes)]))


def _statements(attributes: list[Any]) -> Iterator[tuple[str, tuple[Observable, bool, datetime | None]]]:
    for attribute in attributes:
        if attribute.type not in PARTS or attribute.get("deleted"):
            continue
        parts = PARTS[attribute.type]
        values = [attribute.value] if len(parts) == 1 else list(attribute.value.rpartition("|")[::2])
        begin = attribute.get("first_seen") or attribute.timestamp
        for place, (part, value) in enumerate(zip(parts, values, strict=True)):
            native_id = attribute.uuid if len(parts) == 1 else f"{attribute.uuid}#{place}"
            if part is None:
                continue
            try:
                yield native_id, (observable(part, value), bool(attribute.to_ids), begin)
            except ValueError:
                continue


def test_reading_equals_pymisp_on_our_event(read: Read) -> None:
    value = json.loads((FIXTURES / "event.json").read_text("utf-8"))
    value["Event"]["Attribute"].pop()  # the one without uuid, which PyMISP refuses
    body = json.dumps(value).encode()
    assert len(_ours(body, read)) == 9
    assert _ours(body, read) == _pymisp(body)


@pytest.mark.parametrize("feed", ["tweetfeed", "infoblox", "circl-osint", "cert-fr"])
def test_reading_equals_pymisp_on_recorded_events(feed: str, recorded: Path, read: Read) -> None:
    events = sorted((recorded / "misp" / feed).glob("*-*-*.json"))
    assert events
    for path in events:
        body = path.read_bytes()
        assert _ours(body, read) == _pymisp(body), path.name


def test_every_recorded_event_is_read(recorded: Path, read: Read) -> None:
    records = [
        record
        for path in sorted((recorded / "misp").glob("*/*-*-*.json"))
        for record in read(path.read_bytes())
    ]
    rejected = [record for record in records if isinstance(record, Rejected)]
    left = sum(record.count for record in records if isinstance(record, LeftOut))
    assert sum(isinstance(record, Indicator) for record in records) == 36_187
    assert left == sum(sort not in PARTS for sort in _sorts(recorded))
    assert [record.reason.rpartition(": ")[2] for record in rejected] == [
        "a sha256 has 64 hexadecimal digits"
    ]


def _sorts(recorded: Path) -> Iterator[str]:
    """The type of every attribute in the recorded events."""
    for path in (recorded / "misp").glob("*/*-*-*.json"):
        event = json.loads(path.read_bytes())["Event"]
        for holder in (event, *event.get("Object", [])):
            yield from (attribute["type"] for attribute in holder.get("Attribute", []))


@pytest.mark.parametrize("feed", ["tweetfeed", "infoblox"])
def test_recorded_manifest_names_its_events(
    feed: str, recorded: Path, make_source: Callable[..., Source], make_document: Callable[..., Document]
) -> None:
    folder = recorded / "misp" / feed
    source = make_source("misp_feed", url=f"https://example.org/{feed}/manifest.json?key=1")
    document = make_document(source, (folder / "manifest.json").read_bytes())
    names = {f"https://example.org/{feed}/{path.name}" for path in folder.glob("*-*-*.json")}
    requests = follow(source, document)
    assert {request.url for request in requests} == names
    assert all(request.marker and request.marker.isdecimal() for request in requests)
    assert list(normalise(source, document)) == []


@pytest.mark.parametrize(
    ("event", "attribute", "source", "expected"),
    [
        ([], {}, TLP.CLEAR, Marking(TLP.CLEAR)),
        ([], {}, TLP.AMBER, Marking(TLP.AMBER)),
        (["tlp:white"], {}, TLP.GREEN, Marking(TLP.GREEN)),
        (["tlp:green"], {"Tag": [{"name": "tlp:amber+strict"}]}, TLP.CLEAR, Marking(TLP.AMBER_STRICT)),
        (["tlp:red"], {"Tag": [{"name": "tlp:clear"}]}, TLP.CLEAR, Marking(TLP.RED)),
        (["tlp:purple"], {}, TLP.CLEAR, Marking(TLP.RED)),
        (['cert-fr:PAP="amber"'], {}, TLP.CLEAR, Marking(TLP.CLEAR, PAP.AMBER)),
        (["PAP:GREEN"], {"distribution": 0}, TLP.CLEAR, Marking(TLP.RED, PAP.GREEN)),
        ([], {"distribution": "1"}, TLP.CLEAR, Marking(TLP.AMBER)),
        ([], {"distribution": "4"}, TLP.CLEAR, Marking(TLP.RED)),
        ([], {"distribution": "9"}, TLP.CLEAR, Marking(TLP.RED)),
        ([], {"distribution": {}}, TLP.CLEAR, Marking(TLP.RED)),
        (['cert-fr:TLP="clear"'], {"distribution": "0"}, TLP.CLEAR, Marking(TLP.CLEAR)),
        (["tlp:clear"], {"distribution": "0"}, TLP.CLEAR, Marking(TLP.CLEAR)),
        (["nottlp:clear"], {"distribution": "0"}, TLP.CLEAR, Marking(TLP.RED)),
        (["TLP:WHITE"], {"distribution": 0}, TLP.CLEAR, Marking(TLP.CLEAR)),
        (["tlp:ex:chr"], {}, TLP.CLEAR, Marking(TLP.RED)),
        (["TLP AMBER"], {}, TLP.CLEAR, Marking(TLP.AMBER)),
        (["tlp_green", "pap-amber"], {}, TLP.CLEAR, Marking(TLP.GREEN, PAP.AMBER)),
        (["tlp"], {}, TLP.CLEAR, Marking(TLP.RED)),
        (["a" * 400 + ':tlp="red"'], {}, TLP.CLEAR, Marking(TLP.RED)),
        (['tlp:level="clear"'], {}, TLP.CLEAR, Marking(TLP.RED)),
        (['iep:traffic-light-protocol="RED"'], {}, TLP.CLEAR, Marking(TLP.RED)),
        (['fr-classif:non-classifiees="DIFFUSION_RESTREINTE"'], {}, TLP.CLEAR, Marking(TLP.RED)),
        (['fr-classif:non-classifiees="NON-PROTEGE"'], {}, TLP.CLEAR, Marking(TLP.CLEAR)),
        (['misp-galaxy:tool="TLP"', "papaya"], {}, TLP.CLEAR, Marking(TLP.CLEAR)),
    ],
)
def test_strictest_marking_holds(
    event: list[str], attribute: dict[str, Any], source: TLP, expected: Marking, read: Read
) -> None:
    (record,) = read(_event(attribute, Tag=[{"name": name} for name in event]), tlp=source)
    assert isinstance(record, Indicator)
    assert record.marking == expected


@given(st.lists(st.text(max_size=30) | st.sampled_from(["tlp:red", 'x:TLP="amber"', "PAP RED"])))
def test_no_spelling_of_ours_opens_a_marking(tags: list[str]) -> None:
    ours = marking(tuple(tags), TLP.CLEAR, TLP.CLEAR, binding=False)
    plain = parse_tags(tags, least=Marking())
    assert ours.tlp >= plain.tlp and ours.pap >= plain.pap


def test_attribute_is_no_wider_than_its_event(read: Read) -> None:
    (record,) = read(_event({"distribution": "3"}, distribution="0"))
    assert isinstance(record, Indicator)
    assert record.marking.tlp is TLP.RED


def test_object_inherits_and_restricts(read: Read) -> None:
    inner = {"uuid": UUID.format(9), "type": "domain", "value": "inner.example", "distribution": "5"}
    body = _event({}, Object=[{"distribution": "0", "deleted": 1, "Attribute": [inner]}, "no object"])
    outer, of_object, rejected = read(body)
    assert isinstance(outer, Indicator) and isinstance(of_object, Indicator)
    assert (outer.marking.tlp, outer.revoked) == (TLP.CLEAR, False)
    assert (of_object.marking.tlp, of_object.revoked) == (TLP.RED, True)
    assert isinstance(rejected, Rejected)


def test_last_expiration_ends_validity(read: Read) -> None:
    sightings = [{"type": 2, "date_sighting": n} for n in (1_752_840_000, "1752926400", "never", None)]
    (record,) = read(_event({"Sighting": sightings}))
    assert isinstance(record, Indicator)
    assert record.valid_until == datetime.fromisoformat("2025-07-19T12:00:00Z")


@pytest.mark.parametrize(
    ("tags", "kind", "value", "until"),
    [
        (["retention:2w"], "ip-dst", "192.0.2.1", "2025-08-01T00:00:00Z"),
        (["retention:1y", "retention:7d"], "ip-src|port", "192.0.2.1|80", "2025-07-25T00:00:00Z"),
        (["retention:expired"], "ip-dst", "192.0.2.1", "2025-07-18T00:00:00Z"),
        (["retention:7d"], "domain", "kept.example", None),
        (["retention:9999y", "retention:x"], "ip-dst", "192.0.2.1", None),
    ],
)
def test_retention_ends_the_validity_of_addresses(
    tags: list[str], kind: str, value: str, until: str | None, read: Read
) -> None:
    attribute = {"type": kind, "value": value}
    (record,) = read(_event(attribute, date="2025-07-18", Tag=[{"name": name} for name in tags]))
    assert isinstance(record, Indicator)
    assert record.valid_until == (until and datetime.fromisoformat(until))


def test_first_end_of_retention_and_expiration_holds(read: Read) -> None:
    attribute = {
        "type": "ip-dst",
        "value": "192.0.2.1",
        "Sighting": [{"type": "2", "date_sighting": "1752926400"}],
    }
    (record,) = read(_event(attribute, date="2025-07-18", Tag=[{"name": "retention:1m"}]))
    assert isinstance(record, Indicator)
    assert record.valid_until == datetime.fromisoformat("2025-07-19T12:00:00Z")


@pytest.mark.parametrize(
    ("tag", "galaxy", "expected"),
    [
        ('misp-galaxy:threat-actor="FIN12"', {}, ("actor:FIN12",)),
        (
            'misp-galaxy:sector="Health"',
            {"type": "sector", "GalaxyCluster": [{"value": "Health"}]},
            ("sector:Health",),
        ),
        ("x", {"type": "Malpedia", "GalaxyCluster": [{"value": "Emotet"}]}, ("x", "malware:Emotet")),
        ("x", {"type": "region", "GalaxyCluster": [{"value": "150 - Europe"}]}, ("x", "region:150 - Europe")),
        ("x", {"GalaxyCluster": [{"value": "Alone"}, {"value": ""}, 7]}, ("x", "Alone")),
    ],
)
def test_clusters_become_readable_labels(
    tag: str, galaxy: dict[str, Any], expected: tuple[str, ...], read: Read
) -> None:
    (record,) = read(_event({"Tag": [{"name": tag}], "Galaxy": [galaxy]}))
    assert isinstance(record, Indicator)
    assert record.labels == expected


def test_sector_label_is_one_that_places_a_notice_in_the_sector(read: Read) -> None:
    (record,) = read(_event({"Galaxy": [{"type": "sector", "GalaxyCluster": [{"value": "Health"}]}]}))
    assert isinstance(record, Indicator)
    assert health_labels(record.labels)


@pytest.mark.parametrize(
    "parts", [{}, {"comment": " "}, {"link": "ftp://example.org"}, {"vulnerability": "none"}]
)
def test_event_that_tells_nothing_gives_no_notice(parts: dict[str, str], read: Read) -> None:
    attributes = [{"type": sort, "value": value} for sort, value in parts.items()]
    records = read(_event({}, *attributes, uuid=UUID.format(99)), options={"events": True})
    assert not [record for record in records if isinstance(record, Advisory)]


def test_notice_is_only_made_where_asked_for(read: Read) -> None:
    body = _event({"type": "comment", "value": "About it."}, uuid=UUID.format(99))
    assert read(body) == [LeftOut("comment", 1)]
    (notice,) = read(body, options={"events": True})
    assert isinstance(notice, Advisory)
    (refused,) = read(body.replace(b"000063", b"00006"), options={"events": True})
    assert isinstance(refused, Rejected)


def test_notice_tells_nothing_that_is_marked_stricter(read: Read) -> None:
    secret = {"uuid": UUID.format(8), "type": "comment", "value": "SECRET"}
    body = _event(
        {"type": "comment", "value": "Open."},
        {"type": "comment", "value": "SECRET", "Tag": [{"name": "tlp:amber"}]},
        {"type": "comment", "value": "SECRET", "Tag": [{"name": "PAP:RED"}]},
        {"type": "comment", "value": "SECRET", "deleted": "1"},
        uuid=UUID.format(99),
        Tag=[{"name": "tlp:green"}],
        Object=[{"deleted": True, "Attribute": [secret]}],
        EventReport=[
            {"content": "SECRET", "Tag": [{"name": "tlp:red"}]},
            {"content": "SECRET", "deleted": 1},
        ],
    )
    notice = read(body, options={"events": True})[0]
    assert isinstance(notice, Advisory)
    assert (notice.summary, notice.body, notice.marking.tlp) == ("Open.", "", TLP.GREEN)


@given(st.text() | st.text("#-* a<&>[]()`\n"))
def test_report_is_words_only(content: str) -> None:
    assert not set(_markdown(content)) & set("<>[]{}`|~_")


@given(st.text() | st.text("ab <&>\u00a0\u202e\n\t"))
def test_line_is_that_of_every_other_kind(words: str) -> None:
    assert line(words) == text.line(words[: text.MAX_LINE])


def test_option_that_is_no_truth_is_refused(make_source: Callable[..., Source]) -> None:
    with pytest.raises(SettingsError, match="events is true or false"):
        first_requests(make_source("misp_feed", options={"events": "yes"}), START)


def test_bad_parts_lose_no_neighbour(read: Read) -> None:
    records = read(
        _event(
            {"type": "domain|ip", "value": "good.example|bad"},
            {"type": "ip-dst|port", "value": "192.0.2.1"},
            {"value": 7},
            {"value": ["x.example"]},
            {"type": ["domain"]},
            {"Sighting": ["x", {"type": 7}, {"type": {}}]},
            {"Tag": {"name": "x"}, "Galaxy": "x", "timestamp": "9" * 5000, "first_seen": 1e300, "comment": 1},
        )
    )
    kinds = [type(record).__name__ for record in records]
    assert kinds == ["Indicator", *["Rejected"] * 4, "Indicator", *["Rejected"] * 3, "Indicator", "LeftOut"]


def test_types_that_are_not_kept_are_counted_by_name_within_bounds(read: Read) -> None:
    odd: list[dict[str, Any]] = [{"type": "target-email"}] * 2 + [
        {"type": "\u202e"},
        {"type": 7},
        {"type": None},
    ]
    assert read(_event(*odd)) == [LeftOut("target-email", 2), LeftOut("unnamed type", 3)]
    many = read(_event(*({"type": f"sort-{number}"} for number in range(1_000))))
    assert len(many) == MAX_SORTS + 1 and LeftOut("other types", 1_000 - MAX_SORTS) in many


def test_labels_are_plain_text(read: Read) -> None:
    (record,) = read(
        _event({"Tag": [{"name": "<b>x</b>\u202e\n y"}], "comment": "<script>alert(1)</script>ok"})
    )
    assert isinstance(record, Indicator)
    assert record.labels == ("x y",)
    assert record.description == "Example — ok"


def test_oversized_event_is_read(read: Read) -> None:
    records = read(_event(*[{}] * 20_000, {"value": "a." * 4_000_000}, {"type": "url", "value": "h" * 9_000}))
    assert len(records) == 20_002
    assert [type(record) for record in records[-2:]] == [Rejected, Rejected]
    assert all(len(record.reason) < 300 for record in records[-2:] if isinstance(record, Rejected))


def test_tags_beyond_number_are_neither_read_nor_open(read: Read) -> None:
    tags = [{"name": f"t{number}"} for number in range(50_000)]
    own = ({"Tag": [{"name": f"own{number}"}]} for number in range(1_000))
    records = read(_event(*own, Tag=[*tags, {"name": "tlp:red"}]))
    assert len(records) == 1_000
    assert all(isinstance(one, Indicator) and one.marking.tlp is TLP.RED for one in records)
    assert all(isinstance(one, Indicator) and len(one.labels) == MAX_TAGS for one in records)


def test_deep_nesting_is_refused_or_ignored(read: Read) -> None:
    deep = (
        b'{"Event":{"uuid":"x","Attribute":[{"deleted":%s,"type":"domain","uuid":"%s","value":"a.example"}]}}'
    )
    for depth in (1_000, 100_000):
        body = deep % (b"[" * depth + b"]" * depth, UUID.format(1).encode())
        try:
            assert len(read(body)) == 1
        except UnreadableError:
            assert depth > 1_000


KEYS = st.sampled_from(
    [
        *("Event", "response", "Attribute", "Object", "Tag", "Galaxy", "GalaxyCluster", "Sighting"),
        *("name", "value", "type", "uuid", "info", "comment", "timestamp", "first_seen", "last_seen"),
        *("date_sighting", "distribution", "deleted", "to_ids", "date", "EventReport", "content"),
    ]
)
WORDS = st.sampled_from([*PARTS, UUID.format(1), "1.example|192.0.2.1", "tlp:red", "1752836400", "\0", ""])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | WORDS
    | st.text()
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=40)


@settings(deadline=None)
@given(body=st.binary() | JSON.map(orjson.dumps) | JSON.map(lambda value: orjson.dumps({"Event": value})))
def test_no_bytes_raise_anything_but_unreadable(
    body: bytes, make_source: Callable[..., Source], make_document: Callable[..., Document]
) -> None:
    source = make_source("misp_feed", options={"events": True})
    for url in (source.url, "https://example.org/event.json"):
        document = make_document(source, body, url)
        for reading in (follow, normalise):
            try:
                list(reading(source, document))
            except UnreadableError as error:
                assert str(error)


@settings(deadline=None)
@given(data=st.data())
def test_no_damage_to_an_event_raises_anything_but_unreadable(
    data: st.DataObject,
    make_source: Callable[..., Source],
    make_document: Callable[..., Document],
    damaged: Callable[[bytes, st.DataObject], bytes],
) -> None:
    name = data.draw(st.sampled_from(["event.json", "notice.json", "manifest.json"]))
    source = make_source("misp_feed", options={"events": True})
    document = make_document(source, damaged((FIXTURES / name).read_bytes(), data))
    for reading in (follow, normalise):
        try:
            list(reading(source, document))
        except UnreadableError as error:
            assert str(error)
