"""A hospital follows the lists: what is proven gets into its tool, everything else leaves it as it was."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from records import (
    TLP,
    Edition,
    ListedIndicator,
    Marking,
    Observable,
    ObservableType,
    PublishError,
    UnreadableError,
)
from sharing.profiles import Profile
from sharing.release import Terms, release
from sharing.shield import load_shield
from sharing.signature import SigningKey, new_key, public_text
from sharing.subscribing.fetching import Place
from sharing.subscribing.installing import Installed, install
from sharing.subscribing.updating import Copy, keep_copy, read_copy, updated
from tests.tools._running import found

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return new_key(tmp_path / "key")


def _row(name: str) -> ListedIndicator:
    return ListedIndicator(
        observable=Observable(ObservableType.DOMAIN, name),
        marking=Marking(),
        confidence=80,
        sources=("cell",),
        valid_from=AT,
    )


ROWS = tuple(_row(f"n{number:03}.malware-drop.xyz") for number in range(300))


def _release(rows: tuple[ListedIndicator, ...], at: datetime, place: Path, key: SigningKey) -> Path:
    edition = Edition(
        made_at=at, audience=TLP.CLEAR, stories=(), vulnerabilities={}, indicators=rows, sources=()
    )
    release(edition, place / "lists", terms=Terms(key=key))
    return place / "lists"


@contextmanager
def _served(folder: Path) -> Iterator[tuple[Place, list[str]]]:
    """Serve a folder on loopback; give the place, and the paths that were asked for."""
    asked: list[str] = []

    class _Files(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Place(f"http://127.0.0.1:{server.server_port}/"), asked
    finally:
        server.shutdown()
        server.server_close()


def test_only_the_changes_are_fetched_after_the_first_time(tmp_path: Path, key: SigningKey) -> None:
    lists = _release(ROWS, AT, tmp_path, key)
    with _served(lists) as (place, asked):
        first = updated(place, public_text(key), None)
        assert (first.number, len(first.lines), first.fetched) == (1, 300, ("indicators.ndjson",))
        _release((*ROWS[:-1], _row("zz.malware-drop.xyz")), AT + HOUR, tmp_path, key)
        _release((*ROWS[1:-1], _row("zz.malware-drop.xyz")), AT + 2 * HOUR, tmp_path, key)
        asked.clear()
        last = updated(place, public_text(key), first)
        assert last.fetched == ("deltas/00000002.ndjson", "deltas/00000003.ndjson")
        assert b"".join(last.lines) == (lists / "indicators.ndjson").read_bytes()
        assert "/indicators.ndjson" not in asked
        assert updated(place, public_text(key), last).fetched == ()


def test_a_folder_is_read_as_the_web_is(tmp_path: Path, key: SigningKey) -> None:
    lists = _release(ROWS, AT, tmp_path, key)
    assert len(updated(Place(str(lists)), public_text(key), None).lines) == 300


def _alter(name: str, before: bytes, after: bytes, folder: Path) -> None:
    text = (folder / name).read_bytes()
    assert before in text
    (folder / name).unlink()
    (folder / name).write_bytes(text.replace(before, after))


@pytest.mark.parametrize(
    ("name", "before", "after", "sentence"),
    [
        ("manifest.json", b'"audience": "TLP:CLEAR"', b'"audience": "TLP:GREEN"', "was altered"),
        ("indicators.ndjson", b"n007", b"n70x", "not what the manifest says"),
        ("manifest.json.minisig", b"timestamp:", b"timestamp:1", "was altered"),
    ],
)
def test_what_is_altered_is_refused(
    tmp_path: Path, key: SigningKey, name: str, before: bytes, after: bytes, sentence: str
) -> None:
    copied = tmp_path / "usb"
    shutil.copytree(_release(ROWS, AT, tmp_path, key), copied)
    _alter(name, before, after, copied)
    with pytest.raises(UnreadableError, match=sentence):
        updated(Place(str(copied)), public_text(key), None)


def test_another_key_is_refused(tmp_path: Path, key: SigningKey) -> None:
    lists = _release(ROWS, AT, tmp_path, key)
    with pytest.raises(UnreadableError, match="another key"):
        updated(Place(str(lists)), public_text(new_key(tmp_path / "other")), None)


def test_an_older_release_is_refused(tmp_path: Path, key: SigningKey) -> None:
    lists = _release(ROWS, AT, tmp_path, key)
    shutil.copytree(lists, tmp_path / "old")
    now = updated(Place(str(_release(ROWS[1:], AT + HOUR, tmp_path, key))), public_text(key), None)
    with pytest.raises(UnreadableError, match="is older than the one that is here"):
        updated(Place(str(tmp_path / "old")), public_text(key), now)


def test_an_altered_delta_costs_a_whole_list_and_nothing_else(tmp_path: Path, key: SigningKey) -> None:
    first = updated(Place(str(_release(ROWS, AT, tmp_path, key))), public_text(key), None)
    copied = tmp_path / "usb"
    shutil.copytree(_release(ROWS[1:], AT + HOUR, tmp_path, key), copied)
    _alter("deltas/00000002.ndjson", b"n000", b"n00x", copied)
    last = updated(Place(str(copied)), public_text(key), first)
    assert last.fetched == ("indicators.ndjson",)
    assert len(last.lines) == 299


def test_a_copy_that_is_damaged_is_not_believed(tmp_path: Path) -> None:
    keep_copy(tmp_path, Copy(7, AT, (b"a\n", b"b\n"), ()))
    assert read_copy(tmp_path) == Copy(7, AT, (b"a\n", b"b\n"), ())
    next(tmp_path.glob("copy-*.ndjson")).write_bytes(b"a\n")
    assert read_copy(tmp_path) is None


def _install(copy: Copy, into: Path, allow: Path | None, *commands: str) -> Installed:
    profile = Profile(formats=("unbound", "edl"))
    return install(copy.lines, into, profile, copy.made_at, load_shield(allow_list=allow), commands)


def test_what_the_house_allows_is_left_out(tmp_path: Path, key: SigningKey) -> None:
    copy = updated(Place(str(_release(ROWS, AT, tmp_path, key))), public_text(key), None)
    allow = tmp_path / "allow.txt"
    allow.write_text("n007.malware-drop.xyz\n")
    assert _install(copy, tmp_path / "filter", allow) == Installed(entries=299, kept_back=1)
    assert "n007" not in (tmp_path / "filter" / "unbound" / "vigie.conf").read_text()


@pytest.mark.whole
def test_a_tool_that_refuses_gets_its_last_lists_back(tmp_path: Path, key: SigningKey) -> None:
    checker = found("unbound-checkconf")
    if checker is None:
        pytest.skip("unbound-checkconf is not installed (package unbound)")
    copy = updated(Place(str(_release(ROWS, AT, tmp_path, key))), public_text(key), None)
    into = tmp_path / "filter"
    config = tmp_path / "unbound.conf"
    config.write_text(
        f'server:\n  chroot: ""\n  directory: "{tmp_path}"\ninclude: "{into}/unbound/vigie.conf"\n'
    )
    _install(copy, into, None, f"{checker} {config}")
    before = (into / "unbound" / "vigie.conf").read_bytes()
    config.write_text(config.read_text() + "nonsense: yes\n")
    fewer = replace(copy, lines=copy.lines[1:])
    with pytest.raises(PublishError, match="the last ones are in their place again"):
        _install(fewer, into, None, f"{checker} {config}")
    assert (into / "unbound" / "vigie.conf").read_bytes() == before


def test_a_command_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    copy = Copy(1, AT, (), ())
    with pytest.raises(PublishError, match="there were none before: take them out"):
        _install(copy, tmp_path / "filter", None, "no-such-program --check")
