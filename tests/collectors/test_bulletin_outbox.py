"""The vault's bulletins are believed where they are signed, and a broken one changes nothing."""

import json
import os
import re
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from collectors.bulletin_outbox import first_requests, normalise, read
from records import (
    TLP,
    AddressState,
    Advisory,
    Document,
    FetchError,
    FetchState,
    Indicator,
    Rejected,
    SettingsError,
    Source,
    Start,
    UnreadableError,
)
from records.bulletins import Bulletin, bulletin_files
from settings import FetchSettings
from tests.collectors.bulletins import EXAMPLE, RETRACTED, leave
from tests.conftest import NOW, ROOT, START
from tests.minisigning import PUBLIC, sign

FIXTURES = Path(__file__).parent / "fixtures" / "bulletin_outbox"
SETTINGS = FetchSettings()
NAME = EXAMPLE.id


@pytest.fixture
def outbox(make_source: Callable[..., Source], tmp_path: Path) -> Source:
    return make_source("bulletin_outbox", url=f"file://{tmp_path}", options={"key": PUBLIC})


def _only(source: Source) -> Document:
    (document,) = read(source, START, SETTINGS)
    return document


def _signed(folder: Path, **values: object) -> None:
    """Leave the example with other values in its JSON, signed."""
    leave(folder, EXAMPLE)
    file = folder / f"{NAME}.json"
    file.write_bytes(orjson.dumps(orjson.loads(file.read_bytes()) | values))
    (folder / f"{NAME}.json.minisig").write_bytes(sign(file.read_bytes()))


@pytest.mark.parametrize(("name", "bulletin"), [("approved", EXAMPLE), ("retracted", RETRACTED)])
def test_fixture_is_the_example(
    name: str, bulletin: Bulletin, outbox: Source, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    leave(tmp_path, bulletin)
    fixture = FIXTURES / f"{name}.json"
    if request.config.getoption("--update-expected"):
        fixture.write_bytes(_only(outbox).body)
    assert _only(outbox).body == fixture.read_bytes()


def test_page_shows_the_file_that_is_written(request: pytest.FixtureRequest) -> None:
    page, body = ROOT / "docs" / "formats.md", bulletin_files(EXAMPLE)[f"{NAME}.json"].decode()
    shown = re.compile(r"(?<=^```json\n)\{\n  \"version\": 1,\n  \"id\"[^`]*(?=```$)", re.MULTILINE)
    if request.config.getoption("--update-expected"):
        page.write_text(shown.sub(lambda _: body, page.read_text("utf-8")), "utf-8")
    assert shown.findall(page.read_text("utf-8")) == [body]


def test_known_bulletin_is_not_brought_again_until_it_changes(outbox: Source, tmp_path: Path) -> None:
    leave(tmp_path, EXAMPLE)
    first = _only(outbox)
    assert first.url == f"bulletin:{NAME}" and first.received_at == NOW
    known = Start(NOW, FetchState({first.url: AddressState(digest=first.digest)}))
    assert read(outbox, known, SETTINGS) == []
    leave(tmp_path, RETRACTED)
    assert [one.url for one in read(outbox, known, SETTINGS)] == [first.url]


def test_retraction_keeps_the_advisory_and_revokes_its_indicators(outbox: Source, tmp_path: Path) -> None:
    leave(tmp_path, RETRACTED)
    advisory, *indicators = normalise(outbox, _only(outbox))
    assert isinstance(advisory, Advisory) and RETRACTED.retraction is not None
    assert advisory.withdrawn_at == RETRACTED.retraction.at
    assert advisory.revisions[-1] == RETRACTED.retraction
    assert [one.revoked for one in indicators if isinstance(one, Indicator)] == [True, True]


def test_indicator_is_never_more_open_than_its_bulletin_or_source(outbox: Source, tmp_path: Path) -> None:
    leave(tmp_path, EXAMPLE)
    stricter = replace(outbox, tlp=TLP.AMBER)
    levels = [one.marking.tlp for one in normalise(outbox, _only(outbox)) if isinstance(one, Indicator)]
    assert levels == [TLP.CLEAR, TLP.GREEN]
    assert {
        one.marking.tlp for one in normalise(stricter, _only(outbox)) if not isinstance(one, Rejected)
    } == {TLP.AMBER}


def test_unknown_marking_is_read_as_red(outbox: Source, tmp_path: Path) -> None:
    _signed(tmp_path, tlp="TLP:BEIGE")
    markings = [one.marking.tlp for one in normalise(outbox, _only(outbox)) if not isinstance(one, Rejected)]
    assert markings == [TLP.RED, TLP.RED, TLP.RED]


@pytest.mark.parametrize(
    ("ending", "edit", "words"),
    [
        (".json.minisig", None, r"0012.json.minisig is missing"),
        (".md", None, r"0012.md is missing"),
        (".json", lambda body: body.replace(b"facture", b"hopital"), "does not fit"),
        (".json", lambda body: body[: len(body) // 2], "does not fit"),
        (".json", lambda body: b"", "does not fit"),
        (".md", lambda body: body + b" ", "not the one that was signed"),
        (".json.minisig", lambda body: body[:90], "four lines"),
    ],
)
def test_what_is_not_what_was_signed_is_refused(
    outbox: Source, tmp_path: Path, ending: str, edit: Callable[[bytes], bytes] | None, words: str
) -> None:
    leave(tmp_path, EXAMPLE)
    file = tmp_path / f"{NAME}{ending}"
    if edit is None:
        file.unlink()
    else:
        file.write_bytes(edit(file.read_bytes()))
    with pytest.raises(UnreadableError, match=words):
        list(normalise(outbox, _only(outbox)))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"version": 2}, "of version 2, not 1"),
        ({"version": None}, "of version None"),
        ({"id": "bulletin-2026-0011"}, "says it is 'bulletin-2026-0011'"),
        ({"title": ""}, "no title or no date"),
        ({"published_at": "hier"}, "no title or no date"),
        ({"retracted": {"reason": "?"}}, "retracted without a date"),
        ({"retracted": True}, "retracted without a date"),
        ({"markdown_sha256": None}, "not the one that was signed"),
    ],
)
def test_signed_file_that_is_no_bulletin_is_refused(
    outbox: Source, tmp_path: Path, values: dict[str, object], words: str
) -> None:
    _signed(tmp_path, **values)
    with pytest.raises(UnreadableError, match=words):
        list(normalise(outbox, _only(outbox)))


def test_wrong_indicator_does_not_lose_its_neighbours(outbox: Source, tmp_path: Path) -> None:
    good = json.loads(bulletin_files(EXAMPLE)[f"{NAME}.json"])["indicators"][0]
    wrong = [
        {"type": "mutex", "value": "x"},
        "nonsense",
        good | {"value": "not a name"},
        good | {"value": "other.example.org", "valid_until": "demain"},
    ]
    _signed(tmp_path, indicators=[*wrong, good])
    found = list(normalise(outbox, _only(outbox)))
    assert [type(one) for one in found] == [Advisory, *[Rejected] * 4, Indicator]


def test_bulletin_that_is_signed_with_another_key_is_refused(outbox: Source, tmp_path: Path) -> None:
    leave(tmp_path, EXAMPLE)
    file = tmp_path / f"{NAME}.json"
    stranger = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    (tmp_path / f"{NAME}.json.minisig").write_bytes(sign(file.read_bytes(), private=stranger))
    with pytest.raises(UnreadableError, match="does not fit"):
        list(normalise(outbox, _only(outbox)))


def test_broken_bulletin_does_not_hide_its_neighbours(outbox: Source, tmp_path: Path) -> None:
    leave(tmp_path, EXAMPLE)
    leave(tmp_path, replace(EXAMPLE, id="bulletin-2026-0013"))
    (tmp_path / "bulletin-2026-0013.json.minisig").unlink()
    assert len(read(outbox, START, SETTINGS)) == 2


def test_nothing_outside_the_folder_is_read(outbox: Source, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    leave(elsewhere, EXAMPLE)
    for file in elsewhere.iterdir():
        (tmp_path / file.name).symlink_to(file)
    os.mkfifo(tmp_path / "a-pipe.json")
    (tmp_path / "Not An Id.json").write_bytes(b"{}")
    linked, piped = sorted(read(outbox, START, SETTINGS), key=lambda one: len(one.url), reverse=True)
    assert (linked.body, piped.body) == (b"{}", b"{}")


def test_part_beyond_the_size_is_not_read(outbox: Source, tmp_path: Path) -> None:
    leave(tmp_path, EXAMPLE)
    (tmp_path / f"{NAME}.md").write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(UnreadableError, match="too large"):
        list(normalise(outbox, _only(replace(outbox, max_megabytes=1))))


def test_markup_in_a_bulletin_is_cleaned(outbox: Source, tmp_path: Path) -> None:
    leave(
        tmp_path,
        replace(EXAMPLE, markdown="<script>x</script>[a](javascript:alert(1)) [b](https://b.example)"),
    )
    advisory = next(normalise(outbox, _only(outbox)))
    assert isinstance(advisory, Advisory)
    assert "script" not in advisory.body and "https://b.example" in advisory.body


def test_folder_that_is_not_there_is_told(outbox: Source) -> None:
    with pytest.raises(FetchError, match="nowhere: the folder cannot be read: No such file"):
        read(replace(outbox, url="nowhere"), START, SETTINGS)


@pytest.mark.parametrize(
    ("url", "key", "words"),
    [
        ("https://example.org/outbox", PUBLIC, "is not a folder; write file:///path"),
        ("file://host/outbox", PUBLIC, "is not a folder"),
        ("", PUBLIC, "is not a folder"),
        ("outbox", "", "key is not the base64 line"),
        ("outbox", "RWQ", "key is"),
    ],
)
def test_address_or_key_that_cannot_be_used_is_told(
    make_source: Callable[..., Source], url: str, key: str, words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        first_requests(make_source("bulletin_outbox", url=url, options={"key": key}), START)


def test_id_that_could_leave_the_folder_is_never_written() -> None:
    with pytest.raises(ValueError, match="not a bulletin's id"):
        bulletin_files(replace(EXAMPLE, id="../elsewhere"))


@given(data=st.data())
def test_signed_nonsense_raises_nothing_else(
    data: st.DataObject,
    damaged: Callable[[bytes, st.DataObject], bytes],
    make_source: Callable[..., Source],
    make_document: Callable[..., Document],
) -> None:
    files = bulletin_files(EXAMPLE)
    body = damaged(files[f"{NAME}.json"], data)
    parts = {"json": body, "markdown": files[f"{NAME}.md"], "signature": sign(body)}
    envelope = orjson.dumps({name: b64encode(part).decode() for name, part in parts.items()})
    source = make_source("bulletin_outbox", options={"key": PUBLIC})
    with suppress(UnreadableError):
        list(normalise(source, make_document(source, envelope, f"bulletin:{NAME}")))
