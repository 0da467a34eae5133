"""Write indicators the way tools read them. One pure module per format, found by its file name.

A format is a module with six names, none of which touches a file, the network or the clock:

- `FILES`: file name -> types of observables it carries;
- `MEDIA_TYPE`: the media type of its files (RFC 6838);
- `LOSES`: one English sentence on what the conversion drops;
- `carries(row)`: whether it can and may say an indicator of its types; one it cannot is left out and
  counted, its neighbours stay;
- `render(rows, made_at=…)`: the text of one file, lazily, in pieces of any length. `rows` are those of
  that file's types, in the order to write; those it does not carry are skipped. The same rows and
  instant give the same bytes (UTF-8), and no value can leave its line;
- `count(lines)`: how many indicators a written file holds, found by reading it as a consumer does.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Protocol, cast

from records import ListedIndicator, ObservableType

NOT_FORMATS = frozenset({"lines"})


class Format(Protocol):
    """What a module of this package offers."""

    FILES: Mapping[str, frozenset[ObservableType]]
    MEDIA_TYPE: str
    LOSES: str

    def carries(self, row: ListedIndicator) -> bool:
        """Say whether the format can and may write an indicator of its types."""

    def render(self, rows: Iterable[ListedIndicator], *, made_at: datetime) -> Iterator[str]:
        """Yield the text of one file."""

    def count(self, lines: Iterable[str]) -> int:
        """Return the number of indicators in a written file, given line by line."""


@cache
def formats() -> tuple[str, ...]:
    """Return the names of all formats, in alphabetical order, without importing them."""
    names = {module.name for module in pkgutil.iter_modules(__path__)}
    return tuple(sorted(names - NOT_FORMATS))


def format_named(name: str) -> Format:
    """Return the module of a format; raises `KeyError` where there is none."""
    if name not in formats():
        raise KeyError(name)
    return cast(Format, importlib.import_module(f"sharing.formats.{name}"))
