"""Find what an advisory names: the entries of the word lists, each with where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from enrichment.relevance.lexicon import Entry, Kind, Lexicon, lexicon
from enrichment.relevance.matching import Found
from records import Advisory, Evidence

WORDS = (Kind.DEVICE, Kind.BODY, Kind.TRADE)


@dataclass(frozen=True, slots=True)
class Mention:
    """An entry of the word lists and one place where it is named."""

    entry: Entry
    evidence: Evidence


def mentions(record: Advisory, lists: Lexicon | None = None, *, traps: bool = False) -> list[Mention]:
    """Return every mention in title, summary and affected products, in this order.

    `lists` are the word lists to read by; the shipped ones where it is `None`.

    Words inside a trap ("health check") or inside a clinical product's name are left out; of plain
    words that overlap, the first and longest stays ("medical center" rather than "medical"). The traps
    themselves are returned where `traps` is asked for.
    """
    lists = lists or lexicon()
    return [
        Mention(entry, Evidence(field, found.start, found.end, found.text))
        for field, text in fields(record)
        for entry, found in _kept(text, lists)
        if traps or entry.kind is not Kind.TRAP
    ]


def fields(record: Advisory) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the fields to read, the same product or vendor only once."""
    yield "title", record.title
    yield "summary", record.summary
    seen = set()
    for place, product in enumerate(record.affected):
        if product.status == "known_not_affected":  # what a notice clears is not what it is about
            continue
        for name, text in (("vendor", product.vendor), ("name", product.name)):
            if text not in seen:
                seen.add(text)
                yield f"affected[{place}].{name}", text


def _kept(text: str, lists: Lexicon) -> list[tuple[Entry, Found]]:
    """Return the entries found in a text, traps too, by position, without the trapped and the overlapped."""
    reached: dict[Kind, int] = {}  # where the furthest of each kind ends
    kept = []
    for entry, found in sorted(_entries(text, lists), key=lambda pair: _order(*pair)):
        hidden = found.end <= reached.get(Kind.TRAP, 0)
        if entry.kind in WORDS:
            hidden = hidden or found.start < max(reached.get(kind, 0) for kind in WORDS)
            hidden = hidden or found.end <= reached.get(Kind.CLINICAL, 0)
        if not hidden:
            reached[entry.kind] = max(found.end, reached.get(entry.kind, 0))
            kept.append((entry, found))
    return kept


def _order(entry: Entry, found: Found) -> tuple[int, int, int]:
    """Order by start; there, traps before products before words, and the longest first."""
    return found.start, (entry.kind is not Kind.TRAP) + (entry.kind in WORDS), -found.end


def _entries(text: str, lists: Lexicon) -> Iterator[tuple[Entry, Found]]:
    for found in lists.dictionary.find(text):
        for entry in lists.entries[found.term]:
            yield entry, found
