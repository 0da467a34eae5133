"""Killed at any point and started again, the archive is the one that was never killed."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from demo.server import serve as serve_week
from tests.conftest import ROOT

pytestmark = [pytest.mark.whole, pytest.mark.xdist_group("crash")]
NAMES = ("cisa-csaf", "partage-sante-misp", "certfr-avis", "cisa-kev", "veille-hopital")
TABLES = ("advisory", "vulnerability", "indicator", "sighting")


@pytest.fixture(scope="module")
def week() -> Iterator[str]:
    server = serve_week(ROOT / "demo" / "week")
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def _collect(folder: Path, mirror: str, *, kill_after: float | None = None) -> int | None:
    """Collect into an archive of `folder`; killed after so many seconds it gives `None`."""
    (folder / "vigie.toml").write_text(
        f'database = "sqlite:///vigie.sqlite"\nsources = "{ROOT / "demo" / "sources"}"\n'
        f'[fetch]\nmirror = "{mirror}"\n',
        "utf-8",
    )
    command = [sys.executable, "-m", "commands", "collect", *NAMES]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            return process.wait(timeout=kill_after)
        except subprocess.TimeoutExpired:
            process.kill()
            return None


def _content(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the archive holds, but for the instants of reading."""
    engine = create_engine(f"sqlite:///{folder / 'vigie.sqlite'}")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        found = {
            table: [
                tuple(row)
                for row in connection.execute(
                    text(f"SELECT id, content_hash, withdrawn_at FROM {table} ORDER BY id")
                )
            ]
            for table in TABLES
        }
        kept = "SELECT DISTINCT source_id, url, digest FROM reception ORDER BY 1, 2, 3"
        found["document"] = [tuple(row) for row in connection.execute(text(kept))]
        marks = "SELECT source_id, url, marker, digest FROM address ORDER BY 1, 2"
        found["address"] = [tuple(row) for row in connection.execute(text(marks))]
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def whole(week: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    folder = tmp_path_factory.mktemp("whole")
    assert _collect(folder, week) == 0
    content = _content(folder)
    assert all(content[table] for table in TABLES)
    return content


def test_killed_and_started_again_is_the_same_archive(
    week: str, whole: dict[str, list[tuple[object, ...]]], tmp_path: Path
) -> None:
    killed = [_collect(tmp_path, week, kill_after=seconds) for seconds in (0.5, 0.9, 1.3, 1.6, 1.9, 2.2)]
    assert None in killed, "no run was killed: the delays are too long for this machine"
    assert _collect(tmp_path, week) == 0
    assert _content(tmp_path) == whole


@pytest.mark.parametrize("number", range(int(os.environ.get("VIGIE_TEST_KILLS", "2"))))
def test_killed_at_any_point_loses_nothing(
    week: str, whole: dict[str, list[tuple[object, ...]]], tmp_path: Path, number: int
) -> None:
    seconds = random.Random(number).uniform(0.4, 2.6)  # from the start of Python to the last commit
    _collect(tmp_path, week, kill_after=seconds)
    assert _collect(tmp_path, week) == 0
    assert _content(tmp_path) == whole
