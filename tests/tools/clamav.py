"""ClamAV, fed with the hash databases and nothing else."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from records import Observable, ObservableType
from tests.tools import Stopped
from tests.tools._files import presented
from tests.tools._running import found, run, version_of

NAME, PACKAGE, FORMAT, FILES = "ClamAV", "clamav", "clamav", ("clamav/vigie.hdb", "clamav/vigie.hsb")
TYPES = frozenset({ObservableType.MD5, ObservableType.SHA1, ObservableType.SHA256})


def version() -> str | None:
    """Return the installed version."""
    said = version_of("clamscan", "--version", word=1)
    return said.partition("/")[0] if said else None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Scan files whose hashes are asked about."""
    databases = work / "databases"
    databases.mkdir()
    for name in FILES:
        (databases / Path(name).name).write_bytes((lists / name).read_bytes())

    def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
        folder, asked = presented(items, work)
        said = run(
            ["sh", "-c", f'"{found("clamscan")}" --no-summary -d "{databases}" "{folder}"; test $? -le 1']
        )
        names = {Path(line.partition(":")[0]).name for line in said.splitlines() if line.endswith(" FOUND")}
        return frozenset(item for item, name in asked.items() if name in names)

    yield stopped
