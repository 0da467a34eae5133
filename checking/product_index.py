"""Write and read the published index of products, against which an inventory is matched without a server.

All below `donnees/produits/`; `docs/formats.md` describes the files for others.

- `index.json`: `version`, `years` (newest first: `year`, `file`, counts of `stories` and `statements`),
  `aliases` (`[vendor, product, other name, 1 where it is surely the same]`; an empty product: of the
  vendor itself), `levels` (most urgent first), `statuses`, and the lists `words` and `columns` with which a
  browser reads names and inventories.
- `<year>.json`: the stories published in that year that name products, newest first, as columns of equal
  length (`stories`); `vendors`; `names` (`[position of the vendor, product]`); `ranges` (alternatives `[low,
  high, 1 where low is inside, 1 where high is]`); `statements` as columns of positions: of the `story`, the
  `name`, the `ranges` (-1: versions not known), the `status`; `cpes` and `purls` by row of the statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import orjson

from checking.columns import SYNONYMS
from checking.names import WORDS
from checking.other_names import Alias
from checking.published import PublishedCard, PublishedProduct, Ranges
from records import Level, UnreadableError

VERSION = 1
FOLDER = "donnees/produits/"
STATUSES = ("", "affected", "fixed", "not affected", "under investigation")
CLEARED = ("fixed", "not affected")
LEVELS = (*(level.value for level in Level), "")
EXPLOITED, RANSOMWARE, WITHDRAWN = 1, 2, 4  # bits of a story's marks


@dataclass(frozen=True, slots=True)
class IndexedStory:
    """A story of the index. `path` is its address below the site's root, `published_on` a day as 2026-01-31,
    `level` and `decision` are empty where no rule has spoken, `urgency` is 0–100, `marks` are bits.
    """

    path: str
    title: str
    language: str
    title_en: str
    language_en: str
    level: str
    decision: str
    urgency: int
    published_on: str
    marks: int

    @property
    def withdrawn(self) -> bool:
        """Whether its publishers took it back."""
        return bool(self.marks & WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a story says of one product; `ranges` are alternatives, empty where versions are not known."""

    story: IndexedStory
    vendor: str
    product: str
    ranges: Ranges
    status: str
    cpe: str = ""
    purl: str = ""


@dataclass(frozen=True, slots=True)
class ProductIndex:
    """The whole index: statements in its order, and other names of products and vendors."""

    statements: tuple[Statement, ...]
    aliases: tuple[Alias, ...] = ()


COLUMNS = tuple(IndexedStory.__dataclass_fields__)


def product_files(
    cards: Iterable[PublishedCard], aliases: Iterable[Alias] = ()
) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of the index's files: `index.json`, then a file for every year, newest first."""
    years: dict[int, list[PublishedCard]] = defaultdict(list)
    for card in sorted(cards, key=lambda card: (card.published_at, card.path), reverse=True):
        if _worth_saying(card):
            years[card.published_at.astimezone(UTC).year].append(card)
    written = {year: _year(year, listed) for year, listed in years.items()}
    index = {
        "version": VERSION,
        "years": [
            {
                "year": year,
                "file": f"{year:04}.json",
                "stories": len(years[year]),
                "statements": sum(len(_worth_saying(card)) for card in years[year]),
            }
            for year in written
        ],
        "aliases": [[one.vendor, one.product, one.other, int(one.sure)] for one in sorted(set(aliases))],
        "levels": LEVELS,
        "statuses": STATUSES,
        "words": {kind: sorted(words) for kind, words in WORDS.items()},
        "columns": SYNONYMS,
    }
    yield f"{FOLDER}index.json", orjson.dumps(index)
    for year, content in written.items():
        yield f"{FOLDER}{year:04}.json", content


def _worth_saying(card: PublishedCard) -> list[PublishedProduct]:
    """Return the products of a card of which something can be said: one that is fixed or not affected in
    versions that are not known tells nothing.
    """
    return [one for one in card.products if one.product and (one.ranges or one.status not in CLEARED)]


def _year(year: int, cards: Sequence[PublishedCard]) -> bytes:
    vendors, names, ranges = _Positions(), _Positions(), _Positions()
    columns: dict[str, list[int]] = {"story": [], "name": [], "ranges": [], "status": []}
    cpes: dict[str, str] = {}
    purls: dict[str, str] = {}
    for number, card in enumerate(cards):
        for one in _worth_saying(card):
            row = str(len(columns["story"]))
            columns["story"].append(number)
            columns["name"].append(names.of((vendors.of(one.vendor), one.product)))
            columns["ranges"].append(ranges.of(_written(one.ranges)) if one.ranges else -1)
            columns["status"].append(STATUSES.index(one.status))
            cpes |= {row: one.cpe} if one.cpe else {}
            purls |= {row: one.purl} if one.purl else {}
    stories = [_story(card) for card in cards]
    content = {
        "version": VERSION,
        "year": year,
        "stories": {column: [getattr(one, column) for one in stories] for column in COLUMNS},
        "vendors": list(vendors.known),
        "names": list(names.known),
        "ranges": list(ranges.known),
        "statements": columns,
        "cpes": cpes,
        "purls": purls,
    }
    return orjson.dumps(content)


def _written(ranges: Ranges) -> tuple[tuple[str, str, int, int], ...]:
    return tuple((low, high, int(low_in), int(high_in)) for low, high, low_in, high_in in ranges)


def _story(card: PublishedCard) -> IndexedStory:
    same = card.title_en == card.title
    marks = EXPLOITED * card.exploited | RANSOMWARE * card.ransomware | WITHDRAWN * card.withdrawn
    return IndexedStory(
        path=card.path,
        title=card.title,
        language=card.language,
        title_en="" if same else card.title_en,
        language_en="" if same else card.language_en,
        level=card.level,
        decision=card.decision,
        urgency=card.urgency,
        published_on=card.published_at.astimezone(UTC).date().isoformat(),
        marks=marks,
    )


class _Positions:
    """Gives every value its position in the order of first appearance."""

    def __init__(self) -> None:
        self.known: dict[object, int] = {}

    def of(self, value: object) -> int:
        return self.known.setdefault(value, len(self.known))


def read_index(files: Mapping[str, bytes]) -> ProductIndex:
    """Return the index that files make, by their names (`index.json`, `2026.json`); years newest first.

    Raises `UnreadableError` naming the file that is missing, or is no file of this version.
    """
    index = _content("index.json", files)
    try:
        aliases = tuple(
            Alias(vendor, product, other, bool(sure)) for vendor, product, other, sure in index["aliases"]
        )
        years = [str(year["file"]) for year in index["years"]]
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError(_not_ours("index.json")) from error
    return ProductIndex(tuple(one for name in years for one in _statements(name, files)), aliases)


def _content(name: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    if name not in files:
        raise UnreadableError(f"{name}: is missing; take all files of {FOLDER} from one publication")
    try:
        content = orjson.loads(files[name])
    except orjson.JSONDecodeError as error:
        raise UnreadableError(_not_ours(name)) from error
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise UnreadableError(_not_ours(name))
    return content


def _not_ours(name: str) -> str:
    return f"{name}: is no file of a product index of version {VERSION}; take {FOLDER} from the site again"


def _statements(file: str, files: Mapping[str, bytes]) -> list[Statement]:
    content = _content(file, files)
    try:
        columns = zip(*(content["stories"][column] for column in COLUMNS), strict=True)
        stories = [IndexedStory(*values) for values in columns]
        names = [(content["vendors"][vendor], product) for vendor, product in content["names"]]
        ranges = [
            tuple((low, high, bool(a), bool(b)) for low, high, a, b in one) for one in content["ranges"]
        ]
        said = content["statements"]
        rows = zip(said["story"], said["name"], said["ranges"], said["status"], strict=True)
        return [
            Statement(
                stories[story],
                names[name][0],
                names[name][1],
                ranges[place] if place >= 0 else (),
                STATUSES[status],
                content["cpes"].get(str(row), ""),
                content["purls"].get(str(row), ""),
            )
            for row, (story, name, place, status) in enumerate(rows)
        ]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise UnreadableError(_not_ours(file)) from error
