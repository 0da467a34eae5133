"""What an inventory is once it is read, whatever it was written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asset:
    """One thing that a house owns. `line` is where it stands: the line of a spreadsheet, from 1, or the place
    among the components of a bill of materials. `name` is what the house calls it; every text may be empty.
    """

    line: int
    name: str
    vendor: str
    product: str
    version: str
    cpe: str = ""
    purl: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line or component that cannot be used, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """What could be read, and what could not. `form` says what it is written in: csv, cyclonedx or spdx;
    `columns` which column of a spreadsheet, from 0, plays which role.
    """

    form: str
    assets: tuple[Asset, ...]
    faults: tuple[Fault, ...] = ()
    columns: Mapping[str, int] = field(default_factory=dict)
