"""Which lists a reader may narrow in his browser: the cards of each year, column by column."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date
from itertools import pairwise

import orjson

from publishing.addresses import named
from publishing.cards import Card
from records import Level, Tier

FOLDER = "donnees/listes"
OPENING, SHARED = 3, 16  # words of an opening, titles that share it

_MARKS = "".join(chr(code) for code in range(ord("#"), 127) if chr(code) != "\\")  # one byte each in JSON
_TIERS = {"": 0} | {tier.value: number for number, tier in enumerate(Tier, 1)}
_LEVELS = {"": 0} | {level.value: number for number, level in enumerate(Level, 1)}
_EPOCH = date(1970, 1, 1).toordinal()


def facet_files(
    cards: Iterable[Card], names: Mapping[str, str], families: Mapping[str, str]
) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of `index.json`, then of `<year>.json` and `<year>.en.json` for each year.

    `names` are the names of sources by id, `families` the English names of families by the French ones.
    `index.json` has `years` (newest first, each with its count), `vendors`, `families` and `sources`: name
    or id, what stands for it in addresses, how many cards, and the name for French and English readers.

    A year lists its cards newest first, as columns of equal length: `titles` (whole, or a position in `openings` and
    the rest), `addresses` (the rests of `cut_addresses`, beside `starts`), `days` (of publication, from 1970 for
    the first row, for each other how many it is older than the row above), `marks` (see `mark`, one character a
    row), `voices`, `vendors`, `families` (positions in `said_by`, `vendor_names`, `family_names`) and `cves` (how
    many). The titles that differ for English readers are in `<year>.en.json`, by row.
    """
    years: dict[int, list[Card]] = {}
    for card in sorted(cards, key=lambda card: (card.published_at, card.path), reverse=True):
        years.setdefault(card.published_at.astimezone(UTC).year, []).append(card)
    yield f"{FOLDER}/index.json", orjson.dumps(_index(years, names, families))
    for year, listed in years.items():
        english = {str(row): card.title_en for row, card in enumerate(listed) if card.title_en != card.title}
        yield f"{FOLDER}/{year:04}.json", orjson.dumps(_year(listed))
        yield f"{FOLDER}/{year:04}.en.json", orjson.dumps(english)


def mark(card: Card) -> str:
    """Return one character for a card's tier, level and state: 0 none, 1 exploited, 2 withdrawn.

    It is the printable ASCII character, from `#` on without the backslash, at (tier * 6 + level) * 3 + state;
    tier and level are counted from 1 in the order of `Tier` and `Level`, 0 where no rule has spoken.
    """
    state = 2 if card.withdrawn else int(card.exploited)
    return _MARKS[(_TIERS[card.tier] * 6 + _LEVELS[card.level]) * 3 + state]


def cut_addresses(cards: Sequence[Card]) -> tuple[dict[str, str], list[str]]:
    """Return how addresses of each source begin, and for each card the rest of its own.

    A card's path is `avis/<year of publication>/<source>--`, then what its source's addresses begin with, the
    rest and `/`. A path of another shape is its own rest; only such a one has a slash.
    """
    short = [_short_address(card) for card in cards]
    by_source: dict[str, list[str]] = {}
    for card, address in zip(cards, short, strict=True):
        if "/" not in address:
            by_source.setdefault(card.source, []).append(address)
    starts = {source: _common_start(addresses) for source, addresses in by_source.items()}
    rests = [
        address if "/" in address else address.removeprefix(starts[card.source])
        for card, address in zip(cards, short, strict=True)
    ]
    return starts, rests


def _short_address(card: Card) -> str:
    start = f"avis/{card.published_at.astimezone(UTC).year}/{card.source}--"
    short = card.path.removeprefix(start).removesuffix("/")
    return short if "/" not in short and f"{start}{short}/" == card.path else card.path


def _common_start(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    length = next((at for at, sign in enumerate(first) if not last.startswith(sign, at)), len(first))
    return first[:length]


def day_number(card: Card) -> int:
    """Return the day of publication (UTC), in days from 1 January 1970."""
    return card.published_at.astimezone(UTC).toordinal() - _EPOCH


def voice(card: Card) -> tuple[str, ...]:
    """Return who speaks: the source, the languages of both titles, the other sources."""
    others = (source for source in card.sources if source != card.source)
    return card.source, card.language, card.language_en, *others


class Positions:
    """Gives every value its position in the order of first appearance."""

    def __init__(self) -> None:
        self.known: dict[object, int] = {}

    def of(self, value: object) -> int:
        """Return the position of a value; a new one comes last."""
        return self.known.setdefault(value, len(self.known))


def _index(
    years: Mapping[int, Sequence[Card]], names: Mapping[str, str], families: Mapping[str, str]
) -> dict[str, object]:
    cards = [card for listed in years.values() for card in listed]
    by_vendor = Counter(name for card in cards for name in dict.fromkeys(card.vendors))
    by_family = Counter(name for card in cards for name in dict.fromkeys(card.families))
    by_source = Counter(name for card in cards for name in dict.fromkeys((card.source, *card.sources)))
    return {
        "years": [[year, len(listed)] for year, listed in years.items()],
        "vendors": [[name, named(name), count, name, name] for name, count in sorted(by_vendor.items())],
        "families": [
            [name, named(name), count, name, families.get(name, name)]
            for name, count in sorted(by_family.items())
        ],
        "sources": [
            [source, source, count, names.get(source, source), names.get(source, source)]
            for source, count in sorted(by_source.items())
        ],
    }


def _year(cards: Sequence[Card]) -> dict[str, object]:
    voices, vendors, families = Positions(), Positions(), Positions()
    starts, addresses = cut_addresses(cards)
    openings, titles = _cut_titles([card.title for card in cards])
    days = [day_number(card) for card in cards]
    return {
        "openings": openings,
        "titles": titles,
        "starts": starts,
        "addresses": addresses,
        "days": days[:1] + [above - below for above, below in pairwise(days)],
        "marks": "".join(map(mark, cards)),
        "voices": [voices.of(voice(card)) for card in cards],
        "vendors": [[vendors.of(name) for name in dict.fromkeys(card.vendors)] for card in cards],
        "families": [[families.of(name) for name in dict.fromkeys(card.families)] for card in cards],
        "cves": [len(card.cves) for card in cards],
        "said_by": list(voices.known),
        "vendor_names": list(vendors.known),
        "family_names": list(families.known),
    }


def _cut_titles(titles: Sequence[str]) -> tuple[list[str], list[str | list[object]]]:
    """Return the first words that many titles share, and each title: whole, or their position and the rest."""
    openings = [" ".join(title.split(" ")[:OPENING]) for title in titles]
    shared = sorted(opening for opening, count in Counter(openings).items() if count >= SHARED)
    positions = {opening: at for at, opening in enumerate(shared)}
    return shared, [
        [positions[opening], title.removeprefix(opening)] if opening in positions else title
        for opening, title in zip(openings, titles, strict=True)
    ]
