"""Say what a new version of a notice changed in the one before; pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import TypeVar

from records.advisories import Advisory, AffectedProduct, Reference

T = TypeVar("T")

MAX_LINES = 40  # lines shown of one text
MAX_COMPARED = 200  # lines of one text that are compared: more would take too long
MAX_LINE = 400  # characters
SKIPPED = "…"

_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed in one field of `records.Advisory`; what a field had before and after stands in order.

    `reworded` are pairs of before and after: the one value of a field that has one, and items of a list
    that are the same thing said otherwise. `lines` tells the change of a text: each begins with `+`
    (new), `-` (gone) or a space (as it was), and is `SKIPPED` alone where more was left out.
    """

    field: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reworded: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()


def differences(before: Advisory, after: Advisory) -> tuple[Difference, ...]:
    """Return what changed between two versions of one notice, in the order in which a reader cares.

    Not told: the notice's own dates, history, address and language, which a reader sees as they are, and
    where it was read.
    """
    found = [
        _value("title", before.title, after.title),
        _value("category", before.category.value, after.category.value),
        _value("marking", _marking(before), _marking(after)),
        _items("cves", before.cves, after.cves),
        _keyed("affected", before.affected, after.affected, _product_key, _product),
        _items("risks", before.risks, after.risks),
        _items("remediations", before.remediations, after.remediations),
        _text("summary", before.summary, after.summary),
        _text("body", before.body, after.body),
        _keyed("references", before.references, after.references, lambda one: one.url, _reference),
        _items("labels", before.labels, after.labels),
    ]
    return tuple(one for one in found if one is not None)


def _value(field: str, before: str, after: str) -> Difference | None:
    return None if before == after else Difference(field, reworded=((before, after),))


def _items(field: str, before: Iterable[str], after: Iterable[str]) -> Difference | None:
    """Compare two lists, in any order, whose items are what they say."""
    return _keyed(field, before, after, str, str)


def _keyed(
    field: str,
    before: Iterable[T],
    after: Iterable[T],
    key: Callable[[T], str],
    words: Callable[[T], str],
) -> Difference | None:
    """Compare two lists, in any order, one item at a time; where just one went and one came under a key, it
    was reworded.
    """
    old, new = {words(one): key(one) for one in before}, {words(one): key(one) for one in after}
    gone = {said: name for said, name in old.items() if said not in new}
    come = {said: name for said, name in new.items() if said not in old}
    if not gone and not come:
        return None
    left, right = Counter(gone.values()), Counter(come.values())
    other = {name: said for said, name in come.items()}
    same = {name for name in left if left[name] == right[name] == 1}
    return Difference(
        field,
        added=tuple(said for said, name in come.items() if name not in same),
        removed=tuple(said for said, name in gone.items() if name not in same),
        reworded=tuple((said, other[name]) for said, name in gone.items() if name in same),
    )


def _text(field: str, before: str, after: str) -> Difference | None:
    """Compare two texts line by line, a long line sentence by sentence."""
    old, new = list(_lines(before)), list(_lines(after))
    if old == new:
        return None
    told = list(islice(_told(old, new), MAX_LINES + 1))
    if len(told) > MAX_LINES:
        told[MAX_LINES:] = [SKIPPED]
    return Difference(field, lines=tuple(told))


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.strip():
            yield from _SENTENCE.split(line.strip())


def _told(old: list[str], new: list[str]) -> Iterator[str]:
    """Yield the lines that changed, each group with one line around it."""
    start = _common_start(old, new)
    lead = old[max(start - 1, 0) : start]
    old, new = lead + old[start:], lead + new[start:]
    if start > len(lead):
        yield SKIPPED
    cut = max(len(old), len(new)) > MAX_COMPARED
    old, new = old[:MAX_COMPARED], new[:MAX_COMPARED]
    for number, group in enumerate(SequenceMatcher(None, old, new).get_grouped_opcodes(1)):
        if number:
            yield SKIPPED
        for sort, old_start, old_end, new_start, new_end in group:
            if sort == "equal":
                yield from (_line(" ", line) for line in old[old_start:old_end])
                continue
            yield from (_line("-", line) for line in old[old_start:old_end])
            yield from (_line("+", line) for line in new[new_start:new_end])
    if cut:
        yield SKIPPED


def _common_start(old: list[str], new: list[str]) -> int:
    """Return how many lines are the same at the beginning of both."""
    pairs = zip(old, new, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


def _line(sign: str, line: str) -> str:
    return f"{sign} {line if len(line) <= MAX_LINE else line[:MAX_LINE] + SKIPPED}"


def _marking(one: Advisory) -> str:
    return f"TLP:{one.marking.tlp.label} PAP:{one.marking.pap.name}"


def _product_key(one: AffectedProduct) -> str:
    """Return what makes a product the same one in another version of its notice."""
    return f"{one.vendor}\x1f{one.name}\x1f{one.branch}"


def _product(one: AffectedProduct) -> str:
    said = " ".join(word for word in (one.vendor, one.name, one.versions) if word)
    return f"{said} ({one.status})" if one.status else said


def _reference(one: Reference) -> str:
    return f"{one.title} ({one.url})" if one.title else one.url
