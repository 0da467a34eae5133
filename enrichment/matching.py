"""Find the terms of a dictionary in a text, whatever their case and accents.

Text and terms are folded alike; every folded match is checked for word borders and led back to the
original text. All terms are sought at once by an Aho–Corasick automaton, overlaps included, so that
the time does not depend on how many there are, and "Siemens" is found within "Siemens syngo".
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

STRAIGHT = {"’": "'", "‘": "'", "ʼ": "'", "‐": "-", "–": "-", "—": "-"}
CACHED = 0x3000  # code points below are folded once; a text of rare signs cannot fill the memory
LONGEST_WORD = 60  # characters looked at beyond a match: an endless word costs no more than a long one


@dataclass(frozen=True, slots=True)
class Found:
    """A term where it stands: `[start, end)` of the original text, and the words there."""

    term: str
    start: int
    end: int
    text: str


class Dictionary:
    """Terms that can be sought in texts.

    A term is found as whole words, also with a plural s. A star at its start or end stands for the
    rest of the word (`*klinik*` finds Universitätsklinikum). A term in capitals of at most five
    letters is found in capitals only: PACS is imaging, a pacs is a marriage.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        cores: dict[str, set[str]] = {}
        for term in terms:
            cores.setdefault(fold(term.strip("*")), set()).add(term)
        if "" in cores:
            raise ValueError(f"terms without a letter: {sorted(cores[''])}; remove them")
        self._terms = [tuple(sorted(names)) for names in cores.values()]
        self._automaton = AhoCorasick(list(cores))

    def find(self, text: str) -> list[Found]:
        """Return every term found in `text`, by position; empty where there is none."""
        folded = fold(text)
        matches = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        offsets: Sequence[int] | None = None
        found = []
        for index, start, end in matches:
            for term, first, last in self._whole_words(folded, index, start, end):
                if offsets is None:
                    offsets = _offsets(text)
                span = offsets[first], max(offsets[last], offsets[last - 1] + 1)
                core = text[offsets[start] : max(offsets[end], offsets[end - 1] + 1)]
                if core.isupper() or not _is_acronym(term):
                    found.append(Found(term, *span, text[slice(*span)]))
        return sorted(found, key=lambda match: (match.start, match.end, match.term))

    def _whole_words(self, folded: str, index: int, start: int, end: int) -> Iterator[tuple[str, int, int]]:
        """Yield the terms whose borders fit a match, with the span of the words it stands in."""
        first, last = _word_start(folded, start), _word_end(folded, end)
        plain = first == start and folded[end:last] in ("", "s")
        for term in self._terms[index]:
            if plain or _stars_allow(term, before=start - first, after=last - end):
                yield term, first, last


def fold(text: str) -> str:
    """Return a text in lower case, without accents nor invisible signs, line ends and tabs as spaces.

    Typographic apostrophes and dashes become plain ones. Lengths change: see `Dictionary.find`.
    """
    if text.isascii():
        return text.lower().replace("\n", " ").replace("\t", " ")
    return text.translate(_FOLDING)


class _Folding(dict[int, str]):
    """The folded form of every character, by code point, made when first asked for."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        parts = (part for part in unicodedata.normalize("NFKD", STRAIGHT.get(sign, sign)) if _visible(part))
        folded = "".join(" " if part in "\n\t" else part for part in parts).casefold()
        if code < CACHED:
            self[code] = folded
        return folded


_FOLDING = _Folding()


def _visible(sign: str) -> bool:
    """Whether a character is neither a combining mark nor a format sign such as a soft hyphen."""
    return not unicodedata.combining(sign) and unicodedata.category(sign) != "Cf"


def _offsets(text: str) -> Sequence[int]:
    """Return where each folded character stands in the original, and the original's length last."""
    if text.isascii() or all(len(_FOLDING[ord(sign)]) == 1 for sign in set(text)):
        return range(len(text) + 1)
    offsets = [place for place, sign in enumerate(text) for _ in _FOLDING[ord(sign)]]
    return [*offsets, len(text)]


def _word_start(folded: str, place: int) -> int:
    """Return where the word around `place` begins; `place` itself where a word may begin there."""
    stop = max(0, place - LONGEST_WORD)
    while place > stop and folded[place - 1].isalnum() and folded[place].isalnum():
        place -= 1
    return place


def _word_end(folded: str, place: int) -> int:
    """Return where the word before `place` ends; `place` itself where it ends there."""
    stop = min(len(folded), place + LONGEST_WORD)
    while place < stop and folded[place].isalnum() and folded[place - 1].isalnum():
        place += 1
    return place


def _stars_allow(term: str, *, before: int, after: int) -> bool:
    return (before == 0 or term.startswith("*")) and (after == 0 or term.endswith("*"))


def _is_acronym(term: str) -> bool:
    return len(term) <= 5 and term.isupper()
