"""Suricata, fed with one rule an entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import ObservableType
from tests.tools import Stopped
from tests.tools._requests import ADDRESSES
from tests.tools._suricata import loaded_rules, version

NAME, PACKAGE, FORMAT = "Suricata (rules)", "suricata", "suricata_rules"
FILES = ("suricata/vigie.rules",)
TYPES = ADDRESSES | {ObservableType.DOMAIN, ObservableType.URL}
__all__ = ["FILES", "FORMAT", "NAME", "PACKAGE", "TYPES", "loaded", "version"]


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Load the rules and play traffic to them."""
    with loaded_rules(lists / FILES[0], work) as stopped:
        yield stopped
