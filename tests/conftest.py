"""What the tests share: where the recorded public data is, and the records they build on."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records import Start

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
START = Start(NOW)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-expected", action="store_true", help="write the expected files anew")


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The tree of recorded public data, where it is at hand."""
    root = Path(os.environ.get("VIGIE_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not root.is_dir():
        pytest.skip(f"no recorded public data at {root}; set VIGIE_TEST_DATA to its folder")
    return root


@pytest.fixture
def now() -> datetime:
    """The instant at which every test takes place."""
    return NOW
