"""Ten days of CERT-FR played one after the other: what is new and modified is what the files say."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import scheduler
import store
from collectors.source_files import load_source
from deployments import Deployment
from records import Changes
from settings import FetchSettings, Settings
from tests.conftest import ROOT
from tests.recorded_server import playing

pytestmark = [pytest.mark.whole, pytest.mark.xdist_group("recorded")]
FIRST, DAYS, WINDOW = date(2026, 2, 11), 10, 40  # the listing shows the newest forty


@dataclass(frozen=True)
class Day:
    """What one day should bring, from the files alone."""

    new: int
    modified: int


def _truth(root: Path) -> Iterator[Day]:
    """Yield for each day how many notices the listing shows for the first time, or with another revision.

    `certfr-revisions/<notice>_before_<day>.json` is what a notice was until that day.
    """
    now = {path.stem: _revised(path) for path in root.glob("certfr/*/*.json")}
    older = [
        (path.stem.partition("_before_"), _revised(path)) for path in root.glob("certfr-revisions/*.json")
    ]
    seen: dict[str, str] = {}
    for number in range(DAYS):
        today = str(FIRST + timedelta(days=number))
        dates = now | {name: days for (name, _, until), days in older if today < until}
        last = {name: [day for day in days if day[:10] <= today][-1:] for name, days in dates.items()}
        shown = sorted(((days[0], name) for name, days in last.items() if days), reverse=True)[:WINDOW]
        new = sum(name not in seen for _, name in shown)
        modified = sum(name in seen and seen[name] != day for day, name in shown)
        seen |= {name: day for day, name in shown}
        yield Day(new, modified)


def _revised(path: Path) -> list[str]:
    """Return when a notice was revised, oldest first."""
    return sorted(revision["revision_date"] for revision in json.loads(path.read_bytes())["revisions"])


def test_ten_days_bring_what_the_files_say(recorded: Path, tmp_path: Path) -> None:
    source = load_source(ROOT / "sources" / "certfr-avis.toml")
    truth, brought = list(_truth(recorded)), []
    with playing(recorded) as server:
        archive = store.open_archive(f"sqlite:///{tmp_path / 'vigie.sqlite'}")
        settings = Settings(build=tmp_path, fetch=FetchSettings(mirror=server.address))
        house = Deployment(settings, archive, (source,))
        for number in range(DAYS):
            today = FIRST + timedelta(days=number)
            server.order(as_of=str(today), reset=True)
            now = datetime(today.year, today.month, today.day, 23, tzinfo=UTC)
            (run,) = scheduler.collect(house, now, due_only=False)
            brought.append(Day(run.changes.new, run.changes.modified))
            assert run.changes == Changes(new=run.changes.new, modified=run.changes.modified)
            assert run.requests == 1 + run.changes.new + run.changes.modified, (
                "only what changed is asked for"
            )
            (again,) = scheduler.collect(house, now + timedelta(minutes=30), due_only=False)
            assert (again.requests, again.size, again.not_modified) == (1, 0, 1)
        archive.close()
    assert brought == truth
    assert sum(day.new for day in truth) > WINDOW and sum(day.modified for day in truth) > 0
