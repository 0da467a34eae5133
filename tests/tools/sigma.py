"""sigma-cli, which checks the rules; what a rule asks for is read from it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

import yaml

from records import Observable, ObservableType
from sharing.formats import format_named
from tests.tools import Stopped
from tests.tools._requests import ADDRESSES
from tests.tools._running import run

NAME, PACKAGE, FORMAT = "sigma-cli", "sigma-cli (Python)", "sigma"
FILES = tuple(sorted(format_named("sigma").files))
TYPES = ADDRESSES | {ObservableType.DOMAIN, ObservableType.URL}


def version() -> str | None:
    """Return the installed version."""
    try:
        return installed("sigma-cli")
    except PackageNotFoundError:
        return None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Check the rules strictly; without these two exclusions the program fetches lists from the Internet."""
    import sys

    command: list[str | Path] = [
        Path(sys.executable).with_name("sigma"),
        "check",
        "--fail-on-error",
        "--fail-on-issues",
    ]
    run([*command, "-x", "attacktag", "-x", "d3_fendtag", lists / "sigma"])
    values: set[str] = set()
    for name in FILES:
        rule = yaml.safe_load((lists / name).read_text())
        for wanted in rule["detection"]["selection"].values():
            values.update(wanted)

    def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
        return frozenset(
            item for item in items if values & {item.value, f"{item.value}/32", f"{item.value}/128"}
        )

    yield stopped
