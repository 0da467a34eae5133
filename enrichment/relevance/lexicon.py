"""Read the word lists of `lexicons/`: health products, products of most hospitals, and plain words.

Two sorts of file, told apart by their first line; `docs/lexicons.md` explains every column:

- products (`PRODUCTS`): a vendor's product or, where the product is empty, the vendor itself, with
  other names for it. `needs_context` marks a name that means other things too: it counts only beside
  its vendor, or, if clinical, beside other words of care;
- words (`WORDS`): `device` (things that treat or examine), `body` (those who care, those cared for),
  `trade` (words of health that in a title name a victim) and `trap` (phrases in which a word of the
  other kinds misleads, such as the health data any employer loses).

Every row is one line. A row that cannot be used is left out and said in `Lexicon.faults`; it stops no
other row. How terms are written and found: see `matching.Dictionary`.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from enrichment.relevance.matching import Dictionary, fold

FOLDER = Path(__file__).parents[1] / "lexicons"
FAMILIES = FOLDER / "families.csv"  # the families of products, in French and in English

PRODUCTS = ("kind", "vendor", "product", "aliases", "family", "process", "cpe", "needs_context", "source")
WORDS = ("term", "kind", "source")

EXPRESSION = re.compile(r"[\\^$\[\]{}?|]|(?<!^)\*(?!$)")  # signs that no name of a product holds
CPE = re.compile(r"[a-z0-9._\\!&+~-]+:[a-z0-9._\\!&+~-]+")  # CPE 2.3 (NISTIR 7695 § 6.2), vendor:product
SHORTEST = 2  # signs of a term, stars apart
CARE = "(care)"  # in place of a vendor: only other words of care are context


class Kind(StrEnum):
    """What finding an entry means."""

    CLINICAL = "clinical"
    SOCLE = "socle"
    VENDOR = "vendor"
    DEVICE = "device"
    BODY = "body"
    TRADE = "trade"
    TRAP = "trap"


PRODUCT_KINDS = (Kind.CLINICAL, Kind.SOCLE)
WORD_KINDS = (Kind.DEVICE, Kind.BODY, Kind.TRADE, Kind.TRAP)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list; families, `vendor`, `process` and `cpes` are empty for words.

    `vendor` is the vendor that must be named too, `CARE` where the name is a vendor's own and needs
    other words of care, empty where it needs no context. `process` is the care served, in French. `cpes` are CPE 2.3 names cut to `vendor:product`. `source` says where
    the name can be checked.
    """

    kind: Kind
    name: str
    french: str = ""
    english: str = ""
    vendor: str = ""
    process: str = ""
    cpes: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Lists as one dictionary; `entries` gives what each of its terms stands for.

    `faults` are sentences, one for each row or file left out, naming file, line and remedy.
    """

    dictionary: Dictionary
    entries: dict[str, tuple[Entry, ...]]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """The values of one line by column, and where it stands ("…/local.csv, line 3")."""

    place: str
    values: dict[str, str]


class _RowError(ValueError):
    """A row that cannot be used; the text says why and what to do."""


@cache
def lexicon() -> Lexicon:
    """Return the lists that are shipped, read once."""
    return load(shipped())


def shipped() -> list[Path]:
    """Return the files of `lexicons/` that `load` reads, by name."""
    return sorted(path for path in FOLDER.glob("*.csv") if path != FAMILIES)


def load(paths: Iterable[Path]) -> Lexicon:
    """Return the lists of some files as one lexicon; of two rows for one name the first stays."""
    entries: dict[str, tuple[Entry, ...]] = {}
    faults: list[str] = []
    places: dict[tuple[Kind, str], tuple[str, Entry]] = {}
    for read in (read for path in paths for read in _rows(path)):
        if isinstance(read, str):
            faults.append(read)
            continue
        try:
            pairs = _pairs(read)
            _note(pairs, read.place, places)
        except _RowError as error:
            faults.append(f"{read.place}: {error}")
            continue
        for term, entry in pairs:
            if entry not in entries.get(term, ()):
                entries[term] = (*entries.get(term, ()), entry)
    return Lexicon(Dictionary(entries), entries, tuple(faults))


def _rows(path: Path) -> Iterator[_Row | str]:
    """Yield the rows of a file, and a sentence for every line that is none."""
    try:
        lines = path.read_bytes().decode("utf-8-sig").splitlines()
    except OSError as error:
        yield f"{path}: cannot be read ({error.strerror}); check its name and permissions"
        return
    except UnicodeDecodeError as error:
        yield f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8"
        return
    columns = next((form for form in (PRODUCTS, WORDS) if lines and lines[0] == ",".join(form)), None)
    if columns is None:
        yield f"{path}, line 1: begins with neither “{','.join(PRODUCTS)}” nor “{','.join(WORDS)}”"
        return
    for number, line in enumerate(lines[1:], start=2):
        place = f"{path}, line {number}"
        try:
            values = next(csv.reader([line], strict=True), [])
        except csv.Error as error:
            yield f"{place}: is no line of CSV ({error}); close every quote on the line it opens on"
            continue
        if len(values) == len(columns):
            yield _Row(place, {name: value.strip() for name, value in zip(columns, values, strict=True)})
        elif line.strip():
            yield f"{place}: has {len(values)} columns instead of {len(columns)}; quote values with a comma"


def _pairs(row: _Row) -> list[tuple[str, Entry]]:
    """Return the terms of a row with the entries they stand for. Raises `_RowError`."""
    values = row.values
    kind = _kind(values["kind"], WORD_KINDS if "term" in values else PRODUCT_KINDS)
    if not values["source"]:
        raise _RowError("has no source; say where the name can be checked")
    if "term" in values:
        term = _term(values["term"])
        return [(term, Entry(kind, term.strip("*"), source=values["source"]))]
    return _product(kind, values)


def _product(kind: Kind, values: dict[str, str]) -> list[tuple[str, Entry]]:
    """Return the terms of a product: its name, its aliases and, where it needs one, its vendor."""
    vendor, product = values["vendor"], values["product"]
    aliases = [alias.strip() for alias in values["aliases"].split("|")] if values["aliases"] else []
    terms = [_term(name) for name in (product or vendor, *aliases)]
    needs_vendor = _yes(values["needs_context"])
    if not vendor or (needs_vendor and kind is Kind.SOCLE and not product):
        raise _RowError("has no vendor" if not vendor else "needs the context of a vendor; name the product")
    entry = Entry(
        kind,
        name=product if vendor in product else f"{vendor} {product}".strip(),
        french=values["family"],
        english=_english(values["family"]),
        vendor=(vendor if product else CARE) if needs_vendor else "",
        process=values["process"],
        cpes=_cpes(values["cpe"]),
        source=values["source"],
    )
    pairs = [(term, entry) for term in terms]
    if needs_vendor and product:
        pairs.append((_term(vendor), Entry(Kind.VENDOR, vendor)))
    return pairs


def _note(
    pairs: list[tuple[str, Entry]], place: str, places: dict[tuple[Kind, str], tuple[str, Entry]]
) -> None:
    """Note where the names of a row stand. Raises `_RowError` where one stands for another entry already.

    One name may stand for two products of one kind only if both need their vendor beside them.
    """
    noted: dict[tuple[Kind, str], tuple[str, Entry]] = {}
    for term, entry in pairs:
        if entry.kind is Kind.VENDOR:
            continue
        key = Kind.TRADE if entry.kind in WORD_KINDS else entry.kind, fold(term)
        other = noted.get(key) or places.get(key)
        if other and not (entry.vendor and other[1].vendor and entry.vendor != other[1].vendor):
            raise _RowError(f"names “{term}” again (first in {other[0]}); keep one of them")
        noted[key] = place, entry
    places.update(noted)


def _term(text: str) -> str:
    """Return a term that can be sought. Raises `_RowError`."""
    sign = EXPRESSION.search(text)
    if sign:
        raise _RowError(f"“{text}” holds “{sign[0]}”; write names as texts do, a star at an end only")
    if len(fold(text.strip("*")).strip()) < SHORTEST:
        raise _RowError(f"“{text}” is too short to be sought; write at least {SHORTEST} signs")
    return text


def _kind(text: str, allowed: tuple[Kind, ...]) -> Kind:
    if text not in allowed:
        raise _RowError(f"“{text}” is no kind; write one of {', '.join(allowed)}")
    return Kind(text)


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise _RowError(f"needs_context is “{text}”; write yes or no")
    return text == "yes"


def _english(family: str) -> str:
    if family not in _families():
        raise _RowError(f"“{family}” is no family; write one of {FAMILIES.name}")
    return _families()[family]


def _cpes(text: str) -> tuple[str, ...]:
    cpes = tuple(text.split("|")) if text else ()
    for cpe in cpes:
        if not CPE.fullmatch(cpe):
            raise _RowError(f"“{cpe}” is no CPE; write vendor:product as in CPE 2.3, in lower case")
    return cpes


@cache
def _families() -> dict[str, str]:
    """Return the English name of every family by the French one."""
    with FAMILIES.open(encoding="utf-8", newline="") as lines:
        return {row["french"]: row["english"] for row in csv.DictReader(lines)}
