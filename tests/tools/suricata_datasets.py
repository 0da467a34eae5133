"""Suricata, fed with the datasets and the rules that look into them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import ObservableType
from sharing.formats import format_named
from tests.tools import Stopped
from tests.tools._suricata import loaded_rules, version

NAME, PACKAGE, FORMAT = "Suricata (datasets)", "suricata", "suricata_datasets"
FILES = tuple(sorted(format_named("suricata_datasets").files))
RULE_FILES = ("vigie-datasets.rules", "vigie-md5-sha1.rules")
HASHES = frozenset({ObservableType.MD5, ObservableType.SHA1, ObservableType.SHA256})
TYPES = HASHES | {ObservableType.DOMAIN, ObservableType.IPV4, ObservableType.IPV6}
__all__ = ["FILES", "FORMAT", "NAME", "PACKAGE", "TYPES", "loaded", "version"]


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Load the sets and play traffic to them; Suricata takes one file of rules, so ours become one."""
    copy = work / "suricata"
    shutil.copytree(lists / "suricata", copy)
    both = copy / "both.rules"
    both.write_text("".join((copy / name).read_text() for name in RULE_FILES))
    with loaded_rules(both, work) as stopped:
        yield stopped
