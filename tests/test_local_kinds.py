"""A folder of bulletins and a maildir take the whole path: read, kept, withdrawn, read again from what is kept."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import intake
import store
from collectors.fetching import fetch
from records import TLP, Edition, Run, RunStatus, Source
from settings import FetchSettings
from tests.collectors.bulletins import EXAMPLE, RETRACTED, leave
from tests.minisigning import PUBLIC

pytestmark = pytest.mark.whole

OUTBOX = Source(
    id="bulletins", name="Bulletins", kind="bulletin_outbox", url="outbox", options={"key": PUBLIC}
)
MAILBOX = Source(
    id="lettres", name="Lettres", kind="mailbox", url="mail", options={"senders": ["news.example.org"]}
)
LETTER = (
    "From: a@news.example.org\nSubject: Lettre {0}\nMessage-ID: <{0}@news.example.org>\n\nCVE-2025-0001\n"
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[store.Archive]:
    opened = store.open_archive(f"sqlite:///{tmp_path / 'vigie.sqlite'}")
    yield opened
    opened.close()


def _run(archive: store.Archive, source: Source, now: datetime) -> Run:
    due = [(source, store.fetch_state(archive, source))]
    (outcome,) = fetch(due, FetchSettings(), now=now, stop=threading.Event())
    return intake.save_outcome(archive, source, outcome, now=now)


def _edition(archive: store.Archive, source: Source, now: datetime) -> Edition:
    return store.edition(archive, [source], now=now, audience=TLP.GREEN)


def test_bulletin_stands_until_it_is_retracted(archive: store.Archive, now: datetime, tmp_path: Path) -> None:
    now = now.replace(year=2026, month=4)
    source = replace(OUTBOX, url=str(tmp_path / "outbox"))
    (tmp_path / "outbox").mkdir()
    assert _run(archive, source, now).status is RunStatus.UNCHANGED

    leave(tmp_path / "outbox", EXAMPLE)
    assert _run(archive, source, now).changes.new == 3
    before = _edition(archive, source, now)
    assert [one.observable.value for one in before.indicators] == ["facture.example.org", "192.0.2.77"]
    assert _run(archive, source, now + timedelta(minutes=1)).status is RunStatus.UNCHANGED

    file = tmp_path / "outbox" / f"{EXAMPLE.id}.json"
    file.write_bytes(file.read_bytes().replace(b"facture", b"hopital"))
    tampered = _run(archive, source, now + timedelta(minutes=2))
    assert tampered.status is RunStatus.FAILED and "does not fit what is signed" in tampered.error
    assert _edition(archive, source, now).indicators == before.indicators

    leave(tmp_path / "outbox", RETRACTED)
    assert _run(archive, source, now + timedelta(minutes=3)).changes.withdrawn == 3
    after = _edition(archive, source, now + timedelta(minutes=3))
    assert after.indicators == ()
    assert RETRACTED.retraction is not None
    assert [one.advisory.withdrawn_at for one in after.stories] == [RETRACTED.retraction.at]

    intake.replay(archive, source)
    again = _edition(archive, source, now + timedelta(minutes=3))
    assert (again.stories, again.indicators) == (after.stories, ())


def test_letters_come_once_each(archive: store.Archive, now: datetime, tmp_path: Path) -> None:
    source = replace(MAILBOX, url=str(tmp_path / "mail"))
    for part in ("new", "cur"):
        (tmp_path / "mail" / part).mkdir(parents=True)
    for number in range(3):
        (tmp_path / "mail" / "new" / f"{number}.host").write_text(LETTER.format(number), "utf-8")
    (tmp_path / "mail" / "new" / "spam.host").write_text("From: b@stranger.example\n\nBuy now\n", "utf-8")
    first = _run(archive, source, now)
    assert (first.status, first.changes.new, first.changes.rejected) == (RunStatus.PARTIAL, 3, 1)

    (tmp_path / "mail" / "new" / "1.host").rename(tmp_path / "mail" / "cur" / "1.host:2,S")
    (tmp_path / "mail" / "new" / "3.host").write_text(LETTER.format(3), "utf-8")
    second = _run(archive, source, now + timedelta(minutes=1))
    assert (second.status, second.documents, second.changes.new) == (RunStatus.OK, 1, 1)
    assert len(_edition(archive, source, now).stories) == 4
    assert not intake.replay(archive, source).any
