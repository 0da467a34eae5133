"""Find the terms of a dictionary in a text, whatever their case and accents.

Text and terms are folded alike; every folded match is checked for word borders and led back to the
original text. All terms are sought at once by an Aho–Corasick automaton, overlaps included, so that
the time hardly depends on how many there are, and "Siemens" is found within "Siemens syngo". What it
costs: `benchmarks/match_lexicon.py`.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

STRAIGHT = {"’": "'", "‘": "'", "ʼ": "'", "‐": "-", "–": "-", "—": "-"}
WESTERN = "cp1252"  # holds most texts in French or English whole, a byte for a character
CACHED = 0x3000  # code points below are folded once; a text of rare signs cannot fill the memory
_BY_PLACE = itemgetter(1, 2, 0)  # start, end, term of what is found
LONGEST_WORD = 60  # characters looked at beyond a match: an endless word costs no more than a long one


class Found(NamedTuple):
    """A term where it stands: `[start, end)` of the original text, and the words there.

    No dataclass: a text may hold thousands, and a tuple is made three times as fast.
    """

    term: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Term:
    """A term as written, whether a star stands at its start or end, and whether it is an acronym."""

    term: str
    open_start: bool
    open_end: bool
    acronym: bool


class Dictionary:
    """Terms that can be sought in texts.

    A term is found as whole words, also with a plural s. A star at its start or end stands for the
    rest of the word (`*klinik*` finds Universitätsklinikum); every other sign stands for itself. A
    term in capitals of at most five letters is found in capitals only: PACS is imaging, a pacs is a
    marriage.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        cores: dict[str, set[str]] = {}
        for term in terms:
            cores.setdefault(fold(term.strip("*")), set()).add(term)
        if "" in cores:
            raise ValueError(f"terms without a letter: {sorted(cores[''])}; remove them")
        self._terms = [tuple(map(_read, sorted(names))) for names in cores.values()]
        self._starred = [any(term.open_start or term.open_end for term in terms) for terms in self._terms]
        self._automaton = AhoCorasick(list(cores))

    def find(self, text: str) -> list[Found]:
        """Return every term found in `text`, by position; empty where there is none."""
        folded, aligned = _folded(text)
        places: Sequence[int] = ()  # made when first needed: most texts fold sign by sign
        found = []
        for index, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            first, last = _words(folded, start, end)
            plain = first == start and (last == end or (last == end + 1 and folded[end] == "s"))
            if not plain and not self._starred[index]:
                continue
            if aligned:
                begin, stop, core = first, last, text[start:end]
            else:
                places = places or _offsets(text)
                begin, stop = _original(places, first, last)
                core = text[slice(*_original(places, start, end))]
            for term in self._terms[index]:
                fits = plain or _stars_allow(term, before=start - first, after=last - end)
                if fits and (not term.acronym or core.isupper()):
                    found.append(Found(term.term, begin, stop, text[begin:stop]))
        found.sort(key=_BY_PLACE)
        return found


def fold(text: str) -> str:
    """Return a text in lower case, without accents nor invisible signs, line ends and tabs as spaces.

    Typographic apostrophes and dashes become plain ones. Letters of another alphabet stay what they
    are: a Cyrillic а is no Latin a. Lengths change: see `Dictionary.find`.
    """
    return _folded(text)[0]


class _Folding(dict[int, str]):
    """The folded form of every character, by code point, made when first asked for."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        parts = (part for part in unicodedata.normalize("NFKD", STRAIGHT.get(sign, sign)) if _visible(part))
        folded = "".join(" " if part in "\n\t" else part for part in parts).casefold()
        if code < CACHED:
            self[code] = folded
        return folded


def _visible(sign: str) -> bool:
    """Whether a character is neither a combining mark nor a format sign such as a soft hyphen."""
    return not unicodedata.combining(sign) and unicodedata.category(sign) != "Cf"


def _western() -> tuple[bytes, bytes]:
    """Return the folded form of each byte of `WESTERN`, and the bytes whose form is not one byte."""
    table, uneven = bytearray(range(256)), bytearray()
    for byte in range(256):
        sign = bytes([byte]).decode(WESTERN, "ignore")
        form = _FOLDING[ord(sign)].encode(WESTERN, "ignore") if sign else b"?"
        table[byte] = form[0] if len(form) == 1 else byte
        if len(form) != 1 or len(_FOLDING[ord(sign or "?")]) != 1:
            uneven.append(byte)
    return bytes(table), bytes(uneven)


_FOLDING = _Folding()
_TABLE, _UNEVEN = _western()


def _folded(text: str) -> tuple[str, bool]:
    """Return the folded text, and whether each of its characters stands where it stood.

    Bytes are folded eight times as fast as characters, and both ways agree.
    """
    try:
        raw = text.encode(WESTERN)
    except UnicodeEncodeError:  # signs beyond it
        return text.translate(_FOLDING), False
    if len(raw.translate(None, _UNEVEN)) < len(raw):
        return text.translate(_FOLDING), False
    return raw.translate(_TABLE).decode(WESTERN), True


def _offsets(text: str) -> Sequence[int]:
    """Return where each folded character stands in the original, and the original's length last."""
    offsets = [place for place, sign in enumerate(text) for _ in _FOLDING[ord(sign)]]
    return [*offsets, len(text)]


def _original(places: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """Return the span of the original that holds a folded span whole."""
    return places[start], max(places[end], places[end - 1] + 1)


def _words(folded: str, start: int, end: int) -> tuple[int, int]:
    """Return the span of the whole words in which `[start, end)` stands."""
    if start and folded[start - 1].isalnum() and folded[start].isalnum():
        stop = max(0, start - LONGEST_WORD)
        while start > stop and folded[start - 1].isalnum():
            start -= 1
    if end < len(folded) and folded[end].isalnum() and folded[end - 1].isalnum():
        stop = min(len(folded), end + LONGEST_WORD)
        while end < stop and folded[end].isalnum():
            end += 1
    return start, end


def _stars_allow(term: _Term, *, before: int, after: int) -> bool:
    return (before == 0 or term.open_start) and (after == 0 or term.open_end)


def _read(term: str) -> _Term:
    """Return what the writing of a term says of how it is found."""
    return _Term(term, term.startswith("*"), term.endswith("*"), len(term) <= 5 and term.isupper())
