"""Pages that go on, releases that come between them, and lists that cannot be served."""

import logging
import shutil
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import TLP, Entry, ListedIndicator, Marking, ObservableType
from sharing.manifest import MANIFEST
from sharing.profiles import Profile
from sharing.release import Terms, release
from sharing.taxii.index import Index, instant_of, key_of, read_index
from sharing.taxii.snapshot import collection_id
from tests.sharing.conftest import EditionOf
from tests.sharing.taxii_lists import (
    ALL,
    FILE,
    FIRST,
    MANIFESTS,
    OBJECTS,
    SECOND,
    Client,
    client,
    entries,
    entry,
    publish,
    withdrawn,
)

INDICATORS = {"match[type]": "indicator"}


def _settle(served: Client) -> None:
    """Let the server notice a release, and wait until it has read it."""
    served.ask("/taxii2/")
    for thread in threading.enumerate():
        if thread.name == "vigie-taxii":
            thread.join(30)


def _versions(served: Client) -> dict[str, str]:
    """What someone holds who reads the whole collection now."""
    return {
        item["id"]: item["modified"]
        for page in served.pages(OBJECTS, INDICATORS)
        for item in page.json.get("objects", [])
    }


@pytest.mark.parametrize("path", [OBJECTS, MANIFESTS])
@pytest.mark.parametrize("limit", [1, 4, 9, 10, 11])
def test_pages_hold_every_object_once_and_in_order(tmp_path: Path, path: str, limit: int) -> None:
    publish(tmp_path / "lists", {"": entries(4)})
    served = client(tmp_path / "lists")
    pages = served.pages(path, {"limit": str(limit)})
    assert [name for page in pages for name in page.ids] == served.ask(path).ids
    assert [len(page.ids) for page in pages] == [min(limit, 10 - at) for at in range(0, 10, limit)]
    assert "next" not in pages[-1].json
    dates = [page.headers[f"X-TAXII-Date-Added-{end}"] for page in pages for end in ("First", "Last")]
    assert dates == sorted(dates)


def test_a_page_may_have_another_limit_than_the_one_before(tmp_path: Path) -> None:
    publish(tmp_path / "lists", {"": entries(9)})
    served = client(tmp_path / "lists")
    first = served.ask(OBJECTS, INDICATORS | {"limit": "2"})
    second = served.ask(OBJECTS, INDICATORS | {"limit": "5", "next": first.json["next"]})
    assert len({*first.ids, *second.ids}) == 7


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (OBJECTS, {"match[type]": "identity"}),
        (OBJECTS, INDICATORS | {"match[version]": "first"}),
        (OBJECTS, INDICATORS | {"added_after": "2025-01-01T00:00:00Z"}),
        (MANIFESTS, INDICATORS),
        (f"/clear/collections/{collection_id('b')}/objects/", INDICATORS),
    ],
)
def test_a_cursor_goes_on_with_the_question_it_came_from(
    tmp_path: Path, path: str, query: dict[str, str]
) -> None:
    publish(tmp_path / "lists", {"": entries(3), "b": entries(3)})
    served = client(tmp_path / "lists")
    following = served.ask(OBJECTS, INDICATORS | {"limit": "1"}).json["next"]
    assert served.ask(OBJECTS, INDICATORS | {"next": following}).status == 200
    reply = served.ask(path, query | {"next": following})
    assert reply.status == 400 and "next is not what the page before gave" in reply.json["description"]


@given(place=st.integers(0, 41), sign=st.characters(codec="ascii"))
@settings(deadline=None, max_examples=80)
def test_a_damaged_cursor_never_loses_objects_silently(
    place: int, sign: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    published = tmp_path_factory.getbasetemp() / "damaged" / "lists"
    if not published.exists():
        publish(published, {"": entries(4)})
    served = client(published)
    following = served.ask(OBJECTS, {"limit": "7"}).json["next"]
    altered = following[:place] + sign + following[place + 1 :]
    reply = served.ask(OBJECTS, {"next": altered})
    assert reply.status == 400 or len(reply.ids) == 3


def test_another_process_goes_on_from_a_cursor(tmp_path: Path) -> None:
    publish(tmp_path / "lists", {"": entries(4)})
    one, other = client(tmp_path / "lists"), client(tmp_path / "lists")
    first = one.ask(OBJECTS, {"limit": "7"})
    assert [*first.ids, *other.ask(OBJECTS, {"next": first.json["next"]}).ids] == one.ask(OBJECTS).ids


def test_a_release_between_two_pages_loses_nothing(tmp_path: Path) -> None:
    """Before the cursor, at it and after it, entries change, go and come."""
    published, rows = tmp_path / "lists", entries(40)
    publish(published, {"": rows})
    served = client(published)
    pages = [served.ask(OBJECTS, INDICATORS | {"limit": "10"})]
    seen = pages[0].names
    later = [
        entry(row.observable.value, SECOND) if row.observable.value in (seen[0], seen[9]) else row
        for row in rows
        if row.observable.value != seen[5]
    ]
    gone = [withdrawn(row, SECOND) for row in rows if row.observable.value == seen[5]]
    publish(published, {"": [*later, *gone, entry("nouveau.example.org", SECOND)]}, number=2)
    _settle(served)
    while pages[-1].json["more"]:
        query = INDICATORS | {"limit": "10", "next": pages[-1].json["next"]}
        pages.append(served.ask(OBJECTS, query))
    held = {item["id"]: item["modified"] for page in pages for item in page.json["objects"]}
    assert held == _versions(served) and len(held) == 41
    after = [name for page in pages[1:] for name in page.names]
    assert len(after) == len(set(after)) == 34


CHANGE = st.tuples(st.integers(0, 11), st.sampled_from(["change", "withdraw", "forget"]))


@settings(deadline=None, max_examples=40)
@given(steps=st.lists(st.lists(CHANGE, max_size=4), min_size=1, max_size=4), limit=st.integers(1, 5))
def test_who_asks_for_what_was_added_since_holds_what_is_released(
    steps: list[list[tuple[int, str]]], limit: int
) -> None:
    """A reader that asks with `added_after` and follows `next` across releases has the newest of what is held."""
    with TemporaryDirectory() as folder:
        published = Path(folder) / "lists"
        rows = dict(enumerate(entries(12)))
        publish(published, {"": list(rows.values())})
        served = client(published)
        held = _versions(served)
        since = served.ask(OBJECTS, INDICATORS).headers["X-TAXII-Date-Added-Last"]
        for number, changes in enumerate(steps, 2):
            at = FIRST + timedelta(minutes=15 * number)
            _change(rows, changes, at=number)
            publish(published, {"": list(rows.values())}, number=number)
            _settle(served)
            asked = INDICATORS | {"added_after": since, "limit": str(limit)}
            for page in served.pages(OBJECTS, asked):
                held |= {item["id"]: item["modified"] for item in page.json.get("objects", [])}
                since = page.headers.get("X-TAXII-Date-Added-Last", since)
            assert since <= at.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
            assert _versions(served).items() <= held.items()


def _change(rows: dict[int, Entry], changes: Sequence[tuple[int, str]], *, at: int) -> None:
    instant = FIRST + timedelta(minutes=15 * at)
    for place, what in changes:
        if what == "forget":
            rows.pop(place, None)
        elif place in rows and what == "withdraw":
            rows[place] = withdrawn(rows[place], instant)
        else:
            rows[place] = entry(f"n{place:03}.example.org", instant)


def test_real_releases_are_served_profile_by_profile(
    edition_of: EditionOf, weighed: tuple[ListedIndicator, ...], now: datetime, tmp_path: Path
) -> None:
    published = tmp_path / "lists"
    domains = Profile(name="resolveurs", formats=("stix21",), types=frozenset({ObservableType.DOMAIN}))
    terms = Terms(profiles=(Profile(), domains, Profile(name="sans-stix", formats=("edl",))))
    release(edition_of(*weighed), published, terms=terms)
    served = client(published)
    offered = served.ask("/clear/collections/").json["collections"]
    assert [one.get("alias") for one in offered] == [None, "resolveurs"]
    assert len(served.ask(OBJECTS, INDICATORS).ids) == len(weighed)
    path = f"/clear/collections/{offered[1]['id']}/objects/"
    assert len(served.ask(path, INDICATORS).ids) == 2
    release(edition_of(*weighed[1:], made_at=now + timedelta(minutes=15)), published, terms=terms)
    _settle(served)
    (gone,) = served.ask(path, INDICATORS | {"added_after": "2025-07-20T18:00:00Z"}).json["objects"]
    assert (gone["name"], gone["revoked"]) == ("malware.example.org", True)


def test_the_last_release_answers_until_the_next_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published, started, go_on = tmp_path / "lists", threading.Event(), threading.Event()
    publish(published, {"": entries(2)})
    served = client(published)
    assert len(served.ask(OBJECTS, INDICATORS).ids) == 2

    def slowly(path: Path, ceiling: TLP) -> Index:
        started.set()
        assert go_on.wait(30)
        return read_index(path, ceiling)

    monkeypatch.setattr("sharing.taxii.snapshot.read_index", slowly)
    publish(published, {"": entries(3)}, number=2)
    assert len(served.ask(OBJECTS, INDICATORS).ids) == 2
    assert started.wait(30)
    assert len(served.ask(OBJECTS, INDICATORS).ids) == 2
    go_on.set()
    _settle(served)
    assert len(served.ask(OBJECTS, INDICATORS).ids) == 3


def test_a_file_that_did_not_change_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published, read = tmp_path / "lists", list[str]()
    publish(published, {"": entries(2), "b": entries(3)})
    served = client(published)
    served.ask("/clear/")

    def noted(path: Path, ceiling: TLP) -> Index:
        read.append(path.parent.name)
        return read_index(path, ceiling)

    monkeypatch.setattr("sharing.taxii.snapshot.read_index", noted)
    publish(published, {"": entries(2), "b": entries(4)}, number=2)
    _settle(served)
    assert read == ["b"]
    assert len(served.ask(OBJECTS, INDICATORS).ids) == 2


def test_lists_that_disappear_are_served_on(tmp_path: Path) -> None:
    published = tmp_path / "lists"
    publish(published, {"": entries(2)})
    served = client(published)
    before = served.ask(OBJECTS).body
    published.unlink()
    shutil.rmtree(tmp_path / "lists.trees")
    _settle(served)
    assert served.ask(OBJECTS).body == before


def test_before_the_first_release_the_server_says_so_and_then_takes_it(tmp_path: Path) -> None:
    served = client(tmp_path / "lists")
    reply = served.ask("/taxii2/")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "60")
    publish(tmp_path / "lists", {"": entries(1)})
    assert served.ask("/taxii2/").status == 200


def _alter(tree: Path) -> None:
    path = tree / FILE
    path.write_bytes(path.read_bytes().replace(b"n000", b"n999"))


def _shape(tree: Path) -> None:
    path = tree / MANIFEST
    path.write_text(path.read_text().replace('"manifest": 2', '"manifest": 3'))


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_alter, "not the file that its manifest names"),
        (lambda tree: (tree / FILE).unlink(), "no whole release to serve"),
        (lambda tree: (tree / MANIFEST).write_text("{"), "no whole release to serve"),
        (lambda tree: (tree / MANIFEST).write_text('{"manifest": 2}'), "no whole release to serve"),
        (_shape, "not a manifest of version 2"),
    ],
)
def test_a_damaged_release_is_told_once_and_the_last_one_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: object, sentence: str
) -> None:
    assert callable(damage)
    published, next_one = tmp_path / "lists", tmp_path / "next"
    publish(published, {"": entries(2)})
    served = client(published)
    served.ask("/taxii2/")
    publish(next_one, {"": entries(3)}, number=2)
    damage(next_one.resolve())
    published.unlink()
    published.symlink_to(next_one.resolve())
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            _settle(served)
    assert len(served.ask(OBJECTS, INDICATORS).ids) == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert sentence in caplog.text


def test_an_object_marked_above_its_profile_stops_the_release(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path / "lists", {"": [entry("geheim.example.org", marking=Marking(TLP.AMBER))]})
    served = client(tmp_path / "lists")
    assert served.ask(OBJECTS).status == 503
    assert "is marked above TLP:CLEAR" in caplog.text and "geheim" not in caplog.text


def test_a_file_that_was_read_for_a_closed_profile_is_read_again_for_an_open_one(tmp_path: Path) -> None:
    rows = [entry("vert.example.org", marking=Marking(TLP.GREEN))]
    published = tmp_path / "lists"
    publish(published, {"": rows}, tlp={"": TLP.GREEN}, audience=TLP.GREEN)
    served = client(published)
    assert served.ask("/clear/collections/").json == {}
    publish(published, {"": rows}, tlp={"": TLP.CLEAR}, audience=TLP.GREEN, number=2)
    _settle(served)
    assert served.ask("/clear/collections/").json == {}


def test_a_file_cut_short_after_it_was_read_is_500(tmp_path: Path) -> None:
    publish(tmp_path / "lists", {"": entries(2)})
    served = client(tmp_path / "lists")
    served.ask("/taxii2/")
    path = tmp_path / "lists" / FILE
    path.write_bytes(path.read_bytes()[:1_500])
    reply = served.ask(OBJECTS)
    assert (reply.status, reply.json["http_status"]) == (500, "500")
    assert str(tmp_path) not in reply.json["description"]


@pytest.mark.parametrize(
    "text", ["indicator", "indicator--", f"--{ALL}", f"malware--{ALL}", f"indicator--{{{ALL}}}"]
)
def test_what_is_no_identifier_has_no_key(text: str) -> None:
    assert key_of(text) is None


def test_an_object_that_cannot_be_read_names_its_place(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(b'{"type":"bundle","objects":[\n{"type":"x","id":"x--1"}\n]}\n')
    with pytest.raises(Exception, match="at byte 29: the identifier x--1 is none that is served"):
        read_index(path, TLP.CLEAR)


def test_instants_are_microseconds() -> None:
    assert instant_of("1970-01-01T00:00:01.000001+00:00") == 1_000_001
