"""Write entries the way tools read them. One pure module per format, found by its file name.

A format is a module; nothing in it touches a file, the network or the clock. It must have:

- `FILES`: file name below the lists' folder -> types of observables it carries;
- `MEDIA_TYPE`: the media type of its files (RFC 6838);
- `LOSES`: one English sentence on what the conversion drops;
- `render(rows, name)`: the text of the entries, lazily, in pieces of any length. `rows` are sorted by
  type and value; those the file does not carry are skipped. The same rows give the same bytes (UTF-8),
  and no value can leave its line;
- `count(lines)`: how many standing entries a written file, or a run of its lines, holds, found by
  reading it as a consumer does.

It may have, with these meanings where it has not:

- `carries(row, name)`: whether the file can and may say an entry of its types; one it cannot is left
  out and counted, its neighbours stay. By default what is one printable word and may be blocked (PAP);
- `head(name, made_at)`, `tail(name)`: what stands before and after the entries; nothing. `made_at` is
  when the file last changed, so a serial made from it only rises;
- `WHOLE`: what is written of an entry depends on the others (they are merged or pruned), so `render`
  is always given all of a file; false. Otherwise the text of many rows is that of each, one after the other;
- `MOST`: the most entries one file holds, the best ones; no bound. `MOSTS` says it by file name;
- `WITHDRAWS`: the format tells withdrawals, so `render` is also given entries that left lately, with
  their `withdrawal`, and `carries` asked of them; false. `count` does not count these;
- `VERSION`: raised when the same rows give other bytes; 1;
- `MEDIA_TYPES`: file name -> media type, where one differs from `MEDIA_TYPE`;
- `INDEX`, `index(files)`: the name of one more file, and its text, made from what is said of the
  format's other files once they are written; none.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from records import PAP, Entry, ObservableType
from sharing.formats.lines import is_one_word

NOT_FORMATS = frozenset({"lines", "merging"})


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One list of a release: `format` is the module's name, `sha256` lower-case hexadecimal, `size` in
    bytes, `entries` the standing entries it holds, `made_at` the release in which it last changed.
    """

    name: str
    format: str
    media_type: str
    sha256: str
    size: int
    entries: int
    made_at: datetime


def may_be_blocked(row: Entry, name: str = "") -> bool:
    """Say whether an entry stands, may be blocked (MISP taxonomy `PAP`: up to GREEN) and stays on its line."""
    return row.withdrawal is None and row.marking.pap <= PAP.GREEN and is_one_word(row.observable)


def _nothing_before(name: str, made_at: datetime) -> str:
    return ""


def _nothing_after(name: str) -> str:
    return ""


def _no_index(files: Sequence[ListedFile]) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A module of this package, with what it leaves to the defaults filled in (see the package's text)."""

    name: str
    files: Mapping[str, frozenset[ObservableType]]
    media_type: str
    loses: str
    render: Callable[[Iterable[Entry], str], Iterator[str]]
    count: Callable[[Iterable[str]], int]
    carries: Callable[[Entry, str], bool] = may_be_blocked
    head: Callable[[str, datetime], str] = _nothing_before
    tail: Callable[[str], str] = _nothing_after
    whole: bool = False
    most: int | None = None
    withdraws: bool = False
    version: int = 1
    mosts: Mapping[str, int] | None = None
    media_types: Mapping[str, str] | None = None
    index_name: str = ""
    index: Callable[[Sequence[ListedFile]], str] = _no_index

    def most_of(self, file_name: str) -> int | None:
        """Return how many entries one of its files may hold."""
        return (self.mosts or {}).get(file_name, self.most)

    def media_type_of(self, file_name: str) -> str:
        """Return the media type of one of its files."""
        return (self.media_types or {}).get(file_name, self.media_type)


_OPTIONAL = {
    "carries": "carries",
    "head": "head",
    "tail": "tail",
    "whole": "WHOLE",
    "most": "MOST",
    "mosts": "MOSTS",
    "withdraws": "WITHDRAWS",
    "version": "VERSION",
    "media_types": "MEDIA_TYPES",
    "index_name": "INDEX",
    "index": "index",
}


@cache
def formats() -> tuple[str, ...]:
    """Return the names of all formats, in alphabetical order, without importing them."""
    names = {module.name for module in pkgutil.iter_modules(__path__)}
    return tuple(sorted(names - NOT_FORMATS))


@cache
def format_named(name: str) -> Format:
    """Return a format; raises `KeyError` where there is none."""
    if name not in formats():
        raise KeyError(name)
    module = importlib.import_module(f"sharing.formats.{name}")
    chosen = {key: getattr(module, own) for key, own in _OPTIONAL.items() if hasattr(module, own)}
    return Format(
        name=name,
        files=module.FILES,
        media_type=module.MEDIA_TYPE,
        loses=module.LOSES,
        render=module.render,
        count=module.count,
        **chosen,
    )


def text_of(form: Format, name: str, rows: Iterable[Entry], made_at: datetime) -> Iterator[str]:
    """Yield the whole text of one file, in pieces; `rows` are entries of its types, in order."""
    yield form.head(name, made_at)
    yield from form.render(rows, name)
    yield form.tail(name)
