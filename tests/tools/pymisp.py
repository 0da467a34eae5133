"""PyMISP, which reads the feed as a MISP server does."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import md5
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

from records import Observable, ObservableType
from sharing.formats import format_named
from tests.tools import RefusedError, Stopped

NAME, PACKAGE, FORMAT = "PyMISP (MISP feed)", "pymisp (Python)", "misp"
FILES = tuple(sorted(format_named("misp").files))
TYPES = frozenset(ObservableType)


def version() -> str | None:
    """Return the installed version."""
    try:
        return installed("pymisp")
    except PackageNotFoundError:
        return None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Read the manifest and every event that it names; a value is stopped where MISP would export it to sensors."""
    from pymisp import MISPEvent

    folder = lists / "misp"
    hashes = dict(line.split(",") for line in (folder / "hashes.csv").read_text().splitlines())
    manifest = json.loads((folder / "manifest.json").read_text())
    acted: set[str] = set()
    for uuid, said in manifest.items():
        event = MISPEvent()
        event.load_file(folder / f"{uuid}.json")
        if event.uuid != uuid or event.info != said["info"]:
            raise RefusedError(f"the event {uuid} is not what the manifest says")
        for attribute in event.attributes:
            if attribute.to_ids and not attribute.get("deleted"):
                acted.add(attribute.value)
                if hashes.get(md5(attribute.value.encode()).hexdigest()) != uuid:
                    raise RefusedError(f"{attribute.value} is not in hashes.csv")

    def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
        return frozenset(item for item in items if item.value in acted)

    yield stopped
