"""Suricata, fed with the datasets and the rules that look into them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import ObservableType
from sharing.formats import format_named
from tests.tools import Stopped
from tests.tools._suricata import loaded_rules, version

NAME, PACKAGE, FORMAT = "Suricata (datasets)", "suricata", "suricata_datasets"
FILES = tuple(sorted(format_named("suricata_datasets").files))
TYPES = frozenset(
    {
        ObservableType.DOMAIN,
        ObservableType.IPV4,
        ObservableType.IPV6,
        ObservableType.SHA256,
    }
)
__all__ = ["FILES", "FORMAT", "NAME", "PACKAGE", "TYPES", "loaded", "version"]


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Load the sets and play traffic to them."""
    with loaded_rules(lists / "suricata" / "vigie-datasets.rules", work) as stopped:
        yield stopped
