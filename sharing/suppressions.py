"""Say why a value is on no list: which list protects it, by which rule and which entry."""

from dataclasses import dataclass
from enum import StrEnum


class ShieldRule(StrEnum):
    """The ways in which a value can be protected."""

    NAMED = "named"  # the entry is the value
    BELOW = "below"  # the value lies below the entry
    PARENT = "parent"  # the entry lies below the value: blocking the value blocks the entry
    OVERLAP = "overlap"  # the networks of value and entry share an address
    SUBSTRING = "substring"  # the value contains the entry
    PATTERN = "pattern"  # the value has the shape of the entry
    WIDE = "too wide"  # the network holds too many strangers; the entry is the widest allowed
    FORM = "form"  # the value cannot be read, so it cannot be judged


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why one value may be on no list.

    `list` is the name of the list that protects it, as an operator knows it: a file of ours or of the
    deployment without its ending, the folder of a MISP warninglist, or `shield` for what no list says.
    `entry` is the line of that list.
    """

    list: str
    rule: ShieldRule
    entry: str
