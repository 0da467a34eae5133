"""YARA, fed with its rules."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from records import Observable, ObservableType
from tests.tools import Stopped
from tests.tools._files import presented
from tests.tools._running import found, run, version_of

NAME, PACKAGE, FORMAT, FILES = "YARA", "yara", "yara", ("yara/vigie.yar",)
TYPES = frozenset({ObservableType.MD5, ObservableType.SHA1, ObservableType.SHA256})


def version() -> str | None:
    """Return the installed version."""
    return version_of("yara", "--version")


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Compile the rules and scan files whose hashes are asked about."""
    compiled = work / "vigie.yarc"
    run([found("yarac") or "yarac", lists / FILES[0], compiled], refuse=("warning", "error"))

    def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
        folder, asked = presented(items, work)
        said = run([found("yara") or "yara", "-C", compiled, folder])
        names = {Path(line.split(" ", 1)[1]).name for line in said.splitlines() if line}
        return frozenset(item for item, name in asked.items() if name in names)

    yield stopped
