"""Read the word lists of `lexicons/`: health products, products of most hospitals, and plain words.

- `clinical.csv` and `socle.csv`: a product or, where the product is empty, a vendor. `aliases` are
  separated by `|`. `needs_context` marks a name that means other things too: it counts only beside
  its vendor, or, for clinical products, beside other words of care. `source` says where the name
  was taken from. The clinical list's `process`, the care served, is for its human readers.
- `words.csv`: `device` (things that treat or examine), `body` (those who care and those cared for),
  `trade` (words of health that in a title name a victim, and elsewhere say little alone) and `trap`
  (phrases in which a word of the other kinds misleads, such as the health data any employer loses).
- `families.csv`: the families of products, in French and in English.

How terms are written: see `matching.Dictionary`.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from enrichment.matching import Dictionary

FOLDER = Path(__file__).parent / "lexicons"


class Kind(StrEnum):
    """What finding an entry means."""

    CLINICAL = "clinical"
    SOCLE = "socle"
    VENDOR = "vendor"
    DEVICE = "device"
    BODY = "body"
    TRADE = "trade"
    TRAP = "trap"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list; families and `vendor` are empty for words.

    `vendor` is the vendor that must be named too, empty where the name needs no context.
    """

    kind: Kind
    name: str
    french: str = ""
    english: str = ""
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All lists as one dictionary; `entries` gives what each of its terms stands for."""

    dictionary: Dictionary
    entries: dict[str, tuple[Entry, ...]]


@cache
def lexicon() -> Lexicon:
    """Return the word lists, read once. Raises `KeyError` for a family or column that is not there."""
    entries: dict[str, tuple[Entry, ...]] = {}
    for term, entry in _pairs():
        if entry not in entries.get(term, ()):
            entries[term] = (*entries.get(term, ()), entry)
    return Lexicon(Dictionary(entries), entries)


def _pairs() -> Iterator[tuple[str, Entry]]:
    """Yield every term with an entry it stands for."""
    families = {row["french"]: row["english"] for row in _rows("families.csv")}
    for kind in (Kind.CLINICAL, Kind.SOCLE):
        for row in _rows(f"{kind}.csv"):
            yield from _product(kind, row, families)
    for row in _rows("words.csv"):
        yield row["term"], Entry(Kind(row["kind"]), row["term"].strip("*"))


def _product(kind: Kind, row: dict[str, str], families: dict[str, str]) -> Iterator[tuple[str, Entry]]:
    """Yield the terms of one product: its name, its aliases and, where it needs one, its vendor."""
    vendor, product = row["vendor"], row["product"]
    name = product if vendor in product or not product else f"{vendor} {product}"
    needed = vendor if row["needs_context"] == "yes" else ""
    entry = Entry(kind, name or vendor, row["family"], families[row["family"]], needed)
    for term in filter(None, (product or vendor, *row["aliases"].split("|"))):
        yield term, entry
    if needed and product:
        yield vendor, Entry(Kind.VENDOR, vendor)


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
