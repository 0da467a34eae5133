"""Say what concerns an inventory, as a table for a person, as CSV for a spreadsheet, as JSON for a programme."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

import orjson

from checking.assets import Asset
from checking.matching import Match
from checking.product_index import EXPLOITED
from sharing.formats.csv_table import guarded

COLUMNS = (
    "priority", "exploited", "certainty", "vendor", "product", "version", "assets", "lines",
    "published", "title", "address", "why_name", "why_version",
)  # fmt: skip
SHOWN = ("priority", "certainty", "product", "version", "assets", "title", "address")  # of a table
WIDEST = 60  # characters of a cell of a table
MOST_LINES = 20  # lines told of alike assets, the first
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

Row = dict[str, str]


def rows(matches: Iterable[Match], site_url: str, clear: Sequence[Asset] = ()) -> Iterator[Row]:
    """Yield a row for every match in its order, then one for every asset of which nothing is known.

    `lines` are the first `MOST_LINES` lines of the inventory, `address` is below `site_url`, `priority` empty where
    no rule has spoken.
    """
    for one in matches:
        yield {
            "priority": one.story.level,
            "exploited": "yes" if one.story.marks & EXPLOITED else "",
            "certainty": one.certainty,
            **_of_assets(one.assets),
            "published": one.story.published_on,
            "title": one.story.title,
            "address": f"{site_url}{one.story.path}",
            "why_name": one.why_name,
            "why_version": one.why_version,
        }
    for asset in clear:
        yield dict.fromkeys(COLUMNS, "") | {"certainty": "nothing known"} | _of_assets((asset,))


def _of_assets(assets: tuple[Asset, ...]) -> Row:
    first = assets[0]
    return {
        "vendor": first.vendor,
        "product": first.product or first.cpe or first.purl,
        "version": first.version,
        "assets": str(len(assets)),
        "lines": " ".join(str(one.line) for one in assets[:MOST_LINES]),
    }


def as_table(found: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of a table; signs that could move a terminal's cursor or hide text are taken out."""
    cells = [SHOWN, *([_UNSEEN.sub(" ", one[column]) for column in SHOWN] for one in found)]
    short = [
        [cell if place == len(row) - 1 else _cut(cell) for place, cell in enumerate(row)] for row in cells
    ]
    widths = [max(len(row[place]) for row in short) for place in range(len(SHOWN))]
    for row in short:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"{line.rstrip()}\n"


def _cut(cell: str) -> str:
    return cell if len(cell) <= WIDEST else f"{cell[: WIDEST - 1]}…"


def as_csv(found: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of a CSV; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    yield ",".join(COLUMNS) + "\n"
    for one in found:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(guarded(one[column]) for column in COLUMNS)
        yield line.getvalue()


def as_json(found: Iterable[Row]) -> Iterator[str]:
    """Yield one list of JSON, an object for each row; counts and lines are numbers."""
    yield "["
    for place, one in enumerate(found):
        numbers = {"assets": int(one["assets"]), "lines": [int(line) for line in one["lines"].split()]}
        yield (",\n" if place else "\n") + orjson.dumps(one | numbers).decode()
    yield "\n]\n"
