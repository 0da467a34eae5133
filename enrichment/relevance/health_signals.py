"""Gather what speaks for health in an advisory: names and words we know, and where they stand.

A signal is one kind of thing found. Its features are what its points depend on:

- `named`: it stands somewhere;
- `prominent`: in the title, the product list or the first `OPENING` characters of the text;
- `titled`: in the title;
- `several`, `many`: two different ones or more, four or more.

Words outside these names and words, and outside traps, are left for the word model: no word counts
twice, and none that misleads.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from enrichment.relevance.lexicon import CARE, Kind
from enrichment.relevance.mentions import Mention, fields
from enrichment.relevance.word_model import Form, Model, tokens
from records import Advisory, Evidence

OPENING = 300  # characters
CODES = {
    "clinical_product": Kind.CLINICAL,
    "device_words": Kind.DEVICE,
    "body_words": Kind.BODY,
    "trade_words": Kind.TRADE,
}
COVERED = frozenset({*CODES.values(), Kind.TRAP})


@dataclass(frozen=True, slots=True)
class Signal:
    """One kind of thing found: its code, its features and every mention, in the record's order."""

    code: str
    features: tuple[str, ...]
    mentions: tuple[Mention, ...]


def signals(found: Sequence[Mention], form: Form, *, labelled: bool = False) -> list[Signal]:
    """Return the signals among some mentions; `labelled`: the publisher names the health sector alone.

    In a notice, words of health of one sort are no signal: the diagnostics of a pump tell nothing.
    """
    cared = labelled or any(mention.entry.kind is Kind.DEVICE for mention in found)
    groups = {code: named(found, kind, cared=cared) for code, kind in CODES.items()}
    if form is Form.NOTICE and len({mention.entry for mention in groups["trade_words"]}) < 2:
        groups["trade_words"] = []
    return [Signal(code, _features(group), tuple(group)) for code, group in groups.items() if group]


def named(found: Sequence[Mention], kind: Kind, *, cared: bool = False) -> list[Mention]:
    """Return the mentions of one kind that need no context, or have it.

    Their vendor is one; for clinical products another one, or `cared`: that care is spoken of.
    """
    wanted = [mention for mention in found if mention.entry.kind is kind]
    vendors = {mention.entry.name for mention in found if mention.entry.kind is Kind.VENDOR}
    if kind is Kind.CLINICAL:
        cared = cared or any(not mention.entry.vendor for mention in wanted)
    return [
        mention
        for mention in wanted
        if cared or not mention.entry.vendor or mention.entry.vendor in vendors - {CARE}
    ]


def words(record: Advisory, found: Iterable[Mention]) -> set[str]:
    """Return all words of an advisory outside the names and words that signals are made of."""
    spans = _covered(found)
    parts = [part for field, text in fields(record) for part in _outside(text, spans.get(field, []))]
    return tokens("\n".join(parts))


def weighed_words(
    record: Advisory, found: Iterable[Mention], model: Model, form: Form
) -> dict[str, Evidence]:
    """Return the words of a model outside what signals are made of, each with its first place."""
    spans = _covered(found)
    places: dict[str, Evidence] = {}
    for field, text in fields(record):
        covered = spans.get(field, [])
        for word in model.find(form, text):
            if word.term not in places and not _is_inside(word.start, covered):
                places[word.term] = Evidence(field, word.start, word.end, word.text)
    return places


def _covered(found: Iterable[Mention]) -> dict[str, list[tuple[int, int]]]:
    """Return by field the spans that signals cover, merged where they overlap, by position."""
    spans: dict[str, list[tuple[int, int]]] = {}
    places = [mention.evidence for mention in found if mention.entry.kind in COVERED]
    for place in sorted(places, key=lambda place: (place.field, place.start)):
        merged = spans.setdefault(place.field, [])
        if merged and place.start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], place.end)
        else:
            merged.append((place.start, place.end))
    return spans


def _is_inside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    before = bisect_right(spans, place, key=lambda span: span[0])
    return before > 0 and place < spans[before - 1][1]


def _outside(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    reached = 0
    for start, end in spans:
        yield text[reached:start]
        reached = end
    yield text[reached:]


def _features(group: Sequence[Mention]) -> tuple[str, ...]:
    places = [mention.evidence for mention in group]
    titled = any(place.field == "title" for place in places)
    prominent = any(place.field != "summary" or place.start < OPENING for place in places)
    different = len({mention.entry for mention in group})
    held = {
        "named": True,
        "prominent": prominent,
        "titled": titled,
        "several": different > 1,
        "many": different > 3,
    }
    return tuple(feature for feature, holds in held.items() if holds)
