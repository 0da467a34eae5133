"""Old documents of a daily reference are forgotten, and a replay still ends where the archive is."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import store
from records import TLP, Document, Edition, Epss, Provenance, Record
from tests.store import examples

DAY = timedelta(days=1)
NOTICE = "https://source.example/notice.json"


def _readings(now: datetime) -> list[store.Reading]:
    """A notice, then a score of its two CVEs a day: one changes every day, the other never does."""
    document = examples.document(now, b"notice", NOTICE)
    notice = examples.advisory(now, cves=("CVE-2025-0001", "CVE-2025-0002"))
    made = [_reading(document, [notice])]
    for day in range(5):
        at = now + day * DAY
        scores = (("CVE-2025-0001", day / 10), ("CVE-2025-0002", 0.9))
        said = [
            examples.vulnerability(at, cve, known_exploited=None, epss=Epss(share, share, now.date()))
            for cve, share in scores
        ]
        made.append(_reading(examples.document(at, f"day {day}".encode()), said))
    return made


def _reading(document: Document, said: Iterable[Record]) -> store.Reading:
    origin = Provenance("example", document.url, document.digest, document.received_at)
    return store.Reading(document, [replace(one, provenance=origin) for one in said], complete=True)


def _save(archive: store.Archive, readings: Iterable[store.Reading]) -> None:
    for one in readings:
        store.save(archive, "example", [one], None, now=one.document.received_at)


def _edition(archive: store.Archive, now: datetime) -> Edition:
    return store.edition(archive, [examples.source()], now=now, audience=TLP.CLEAR)


def test_replay_of_what_is_left_gives_the_same_edition(
    archive: store.Archive, now: datetime, tmp_path: Path
) -> None:
    readings = _readings(now)
    _save(archive, readings)
    assert store.forget_receptions(archive, examples.source(), but=2) == 2
    left = list(store.kept_documents(archive, examples.source()))
    assert sorted(one.body for one in left) == [b"day 0", b"day 3", b"day 4", b"notice"]
    assert store.counts(archive)["document"] == 4

    again = store.open_archive(f"sqlite:///{tmp_path / 'replayed.sqlite'}")
    made = {one.document.digest: one for one in readings}
    _save(again, (made[document.digest] for document in left))
    assert _edition(again, now) == _edition(archive, now)
    again.close()


def test_forgetting_leaves_other_sources_and_short_histories_alone(
    archive: store.Archive, now: datetime
) -> None:
    _save(archive, _readings(now))
    assert store.forget_receptions(archive, examples.source("other"), but=1) == 0
    assert store.forget_receptions(archive, examples.source(), but=8) == 0
    assert store.counts(archive)["document"] == 6


def test_document_that_came_again_is_kept_for_its_newest_reception(
    archive: store.Archive, now: datetime
) -> None:
    for day, body in enumerate((b"a", b"b", b"a")):
        document = examples.document(now + day * DAY, body)
        _save(archive, [store.Reading(document, [], complete=False)])
    assert store.forget_receptions(archive, examples.source(), but=1) == 2
    assert [one.body for one in store.kept_documents(archive, examples.source())] == [b"a"]
    assert store.counts(archive)["document"] == 1
