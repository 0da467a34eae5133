"""Where the words of all pages lead: small files, of which a query reads a few.

All under `donnees/recherche/`. Pages are numbered: hand-written ones from 0, cards oldest first from the
next multiple of `BLOCK`, so that a new notice leaves the numbers of the old ones alone.

- `index.json`: `first` (number of the oldest card), `pages` and `cards` (how many of each), `block`,
  `ignored` (words that find nothing), `words` and `numbers` (the names of the files below, split at
  blanks; a series of CVEs stands once, with the two-digit starts of its files behind a colon),
  `sources` (names by id).
- `mots/<two letters>.json`: words by their beginning, `mots/autres.json` those in other scripts.
- `numeros/<series>.json`: CVEs by year and first two digits (`cve-2026-12`), notices by series
  (`certfr-2026`).
- `pages/<n>.json`: the pages from number n * `BLOCK` on: `said_by` (see `facets.voice`), `starts` of
  addresses by source (see `facets.cut_addresses`), and `rows`: title, rest of the address, day (from 1970),
  mark (see `facets.mark`), position in `said_by`, and the English title where it differs. A hand-written page
  has title, path and, where it differs, English title.
- `marques.json`: the marks of all cards, oldest first, one character each.

Words and numbers are one text: sorted entries split by semicolons, each the count (base 36) of characters it
begins with like the one before, the rest of the word, then, split by blanks, the pages where it has weight
3, 2 and 1 (empty ones at the end left out). The first page is written as it is, each other as how many lie
between it and the one before, in `DIGITS` of five bits, the lowest first; one from the 33rd on says that
more follow.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import orjson

from publishing.cards import Card
from publishing.facets import Positions, cut_addresses, day_number, mark, voice
from publishing.search_words import IGNORED, NAME, TEXT, TITLE, is_number, native_number, words

FOLDER = "donnees/recherche"
BLOCK = 16
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"

Postings = dict[str, list[int]]  # word -> ascending numbers of pages
Entries = list[tuple[str, str]]  # sorted words, each with its pages as written in the file


@dataclass(frozen=True, slots=True)
class OtherPage:
    """A hand-written page that search finds: its path in either language, titles and plain text of both."""

    path: str
    title: str
    text: str
    title_en: str = ""
    text_en: str = ""


def search_files(
    cards: Iterable[Card], others: Sequence[OtherPage], names: Mapping[str, str]
) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file of the search data; `names` are those of sources, by id."""
    ordered = sorted(cards, key=lambda card: (card.published_at, card.path))
    pages = sorted(others, key=lambda page: page.path)
    first = -(-len(pages) // BLOCK) * BLOCK
    digits = [_written(number) for number in range(first + len(ordered))]
    entries = _entries(_postings(ordered, pages, first), digits)
    files: dict[str, Entries] = {}
    for entry in entries:
        files.setdefault(_file(entry[0]), []).append(entry)
    index = {
        "first": first,
        "pages": len(pages),
        "cards": len(ordered),
        "block": BLOCK,
        "ignored": " ".join(sorted(IGNORED)),
        "words": " ".join(path[5:] for path in sorted(files) if path.startswith("mots/")),
        "numbers": _series_names(path[8:] for path in sorted(files) if path.startswith("numeros/")),
        "sources": {source: names.get(source, source) for source in sorted({c.source for c in ordered})},
    }
    yield f"{FOLDER}/index.json", orjson.dumps(index)
    yield from _page_files(ordered, pages, first)
    yield f"{FOLDER}/marques.json", orjson.dumps("".join(map(mark, ordered)))
    for path, entries_of_file in files.items():
        yield f"{FOLDER}/{path}.json", orjson.dumps(_text(entries_of_file))


def _postings(cards: Sequence[Card], pages: Sequence[OtherPage], first: int) -> dict[int, Postings]:
    """Return the pages of every word by weight, the greatest weight first."""
    found: dict[int, Postings] = {weight: defaultdict(list) for weight in (NAME, TITLE, TEXT)}
    for number, page in enumerate(pages):
        named = dict.fromkeys(words(f"{page.title} {page.title_en}"), NAME)
        said = dict.fromkeys(words(f"{page.text} {page.text_en}"), TEXT)
        for word, weight in (said | named).items():
            found[weight][word].append(number)
    by_digit = {str(weight): postings for weight, postings in found.items()}
    for number, card in enumerate(cards, first):
        for word in card.words:
            by_digit[word[0]][word[1:]].append(number)
        for token in {*map(str.lower, card.cves), *filter(None, map(native_number, card.native_ids))}:
            found[NAME][token].append(number)
    return found


def _entries(found: Mapping[int, Postings], digits: Sequence[str]) -> Entries:
    named, titled, said = found.values()
    entries = []
    for word in sorted(named.keys() | titled.keys() | said.keys()):
        pages = _numbers(named.get(word, ()), digits)
        if word in said:
            pages += f" {_numbers(titled.get(word, ()), digits)} {_numbers(said[word], digits)}"
        elif word in titled:
            pages += f" {_numbers(titled[word], digits)}"
        entries.append((word, pages))
    return entries


def _file(word: str) -> str:
    """Return where a word stands: `mots/fo`, `numeros/cve-2026-12`, `numeros/certfr-2026`."""
    if not is_number(word):
        start = word[:2]
        return f"mots/{start if start.isascii() else 'autres'}"
    if word.startswith("cve-"):
        return f"numeros/{word[:11]}"
    parts = word.split("-")
    return f"numeros/{'-'.join(parts[: 1 + next(at for at, part in enumerate(parts) if part.isdigit())])}"


def _series_names(series: Iterable[str]) -> str:
    """Return the names of series in one text: `certfr-2026 cve-2026:10,12`."""
    starts: dict[str, list[str]] = {}
    for name in series:
        if name.startswith("cve-"):
            starts.setdefault(name[:-3], []).append(name[-2:])
        else:
            starts[name] = []
    return " ".join(f"{name}:{','.join(twos)}" if twos else name for name, twos in starts.items())


def _text(entries: Entries) -> str:
    written, before = [], ""
    for word, pages in entries:
        same = min(len(before), 35)
        while not word.startswith(before[:same]):
            same -= 1
        written.append(f"{_BASE36[same]}{word[same:]} {pages}")
        before = word
    return ";".join(written)


def _numbers(listed: Sequence[int], digits: Sequence[str]) -> str:
    if len(listed) < 2:
        return digits[listed[0]] if listed else ""
    gaps = [digits[after - before - 1] for before, after in pairwise(listed)]
    return digits[listed[0]] + "".join(gaps)


def _written(number: int) -> str:
    text = ""
    while number >= 32:
        text += DIGITS[32 + number % 32]
        number //= 32
    return text + DIGITS[number]


def _page_files(cards: Sequence[Card], pages: Sequence[OtherPage], first: int) -> Iterator[tuple[str, bytes]]:
    for start in range(0, len(pages), BLOCK):
        rows = [_page_row(page) for page in pages[start : start + BLOCK]]
        yield f"{FOLDER}/pages/{start // BLOCK}.json", orjson.dumps({"rows": rows})
    for start in range(0, len(cards), BLOCK):
        content = _card_block(cards[start : start + BLOCK])
        yield f"{FOLDER}/pages/{(first + start) // BLOCK}.json", orjson.dumps(content)


def _card_block(cards: Sequence[Card]) -> dict[str, object]:
    voices = Positions()
    starts, addresses = cut_addresses(cards)
    rows = [
        [card.title, address, day_number(card), mark(card), voices.of(voice(card)), *_english(card)]
        for card, address in zip(cards, addresses, strict=True)
    ]
    return {"said_by": list(voices.known), "starts": starts, "rows": rows}


def _page_row(page: OtherPage) -> list[object]:
    return [page.title, page.path, *_english(page)]


def _english(page: Card | OtherPage) -> list[str]:
    """Return the English title where there is another than the French one."""
    return [page.title_en] if page.title_en not in ("", page.title) else []
