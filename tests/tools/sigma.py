"""sigma-cli, which checks the rules; what a rule asks for is read from it."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import yaml

from records import Observable, ObservableType
from sharing.formats import format_named
from tests.tools import RefusedError, Stopped
from tests.tools._requests import ADDRESSES, address_in
from tests.tools._running import run

NAME, PACKAGE, FORMAT = "sigma-cli", "sigma-cli (Python)", "sigma"
FILES = tuple(sorted(format_named("sigma").files))
TYPES = ADDRESSES | {ObservableType.DOMAIN, ObservableType.URL}
_FIELDS = {
    ObservableType.DOMAIN: "query",
    ObservableType.URL: "c-uri",
    **dict.fromkeys(ADDRESSES, "dst_ip"),
}


def version() -> str | None:
    """Return the installed version."""
    try:
        return installed("sigma-cli")
    except PackageNotFoundError:
        return None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Check the rules strictly; without these two exclusions the program fetches lists from the Internet."""
    command: list[str | Path] = [Path(sys.executable).with_name("sigma"), "check"]
    command += ["--fail-on-error", "--fail-on-issues", "-x", "attacktag", "-x", "d3_fendtag"]
    run([*command, lists / "sigma"])
    rules = [yaml.safe_load((lists / name).read_text())["detection"] for name in FILES]

    def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
        return frozenset(item for item in items if any(matches(rule, item) for rule in rules))

    yield stopped


def matches(detection: dict[str, Any], item: Observable) -> bool:
    """Say whether a rule finds an event that shows an item (Sigma specification 2.0, appendix on modifiers)."""
    if detection["condition"] != "1 of selection_*":
        raise RefusedError(f"the condition is {detection['condition']}")
    selections = (value for key, value in detection.items() if key.startswith("selection_"))
    return any(_holds(field, values, item) for one in selections for field, values in one.items())


def _holds(field: str, values: list[str], item: Observable) -> bool:
    name, _, modifier = field.partition("|")
    if _FIELDS[item.type] != name:
        return False
    if modifier == "cidr":
        address = ip_address(address_in(item))
        return any(address in ip_network(value) for value in values)
    return item.value.endswith(tuple(values)) if modifier == "endswith" else item.value in values
