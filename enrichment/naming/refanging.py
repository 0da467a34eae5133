"""Undo, all over a text, the writings that keep indicators from being clicked, and remember where each sign stood.

`records.observables.refang` restores one value; here the value still has to be found, and the report must
show it as it was written. The habits are those seen in published reports: brackets around a separator,
with or without spaces (`[.]`, `(dot)`, `[ . ]`, `[.`, `.]`), broken schemes (`hxxp`, `h**p`, `[:]//`), words
(`user at example dot com`), a backslash before a dot, and signs that no one sees (zero width).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

_BRACKETS = "[({<])}>"
_SEPARATORS = {"dot": ".", "point": ".", "d0t": ".", "at": "@", "arobase": "@"}
_OF_SENTENCES = frozenset(
    ("a", "an", "and", "any", "each", "every", "la", "le", "of", "or", "the", "this", "un")
)
_UNSEEN = r"\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u3002\uff0e\uff61"
_WIDE_DOTS = "\u3002\uff0e\uff61"  # separators of labels too (UTS #46)
# Each begins with signs that are rare in a text, which is what makes looking for it cheap: what stands before
# is looked at afterwards. Brackets and signs that no one sees are looked for at once, as that costs half.
_BRACKETED = re.compile(
    rf"[\[({{<\])}}{_UNSEEN}](?:"
    r"(?<=[\[({<])\s?(\.|[dD](?:[oO]|0)[tT]|[pP][oO][iI][nN][tT]|@|[aA][tT]|[aA][rR][oO][bB][aA][sS][eE]|://|:|//?)\s?[\])}>]"
    r"|(?<=\w[\[({])\.(?=\w)|(?<=\w\.[\])}])(?=\w)"  # example[.org, example.]org
    rf"|(?<=[{_UNSEEN}]))"
)
_SCHEME = re.compile(
    r"[hHfF](?=[xX*_tT-])(?<![A-Za-z].)(?:(?<=[hH])(?:[xX]{1,2}|\*\*|__|--|[tT][xX]|[xX][tT])|(?<=[fF])[xX])[pP](?=[sS]?\s?[\[({]?:)"
)
_ESCAPED = re.compile(r"(?<![\w\\/:.-])[\w-]{1,63}(?:\\\.[\w-]{1,63}){1,126}")
_BACKSLASH = re.compile(r"\\\.")  # a third of the time of `in`
_SPOKEN = (re.compile(r"dot (?<=\w dot )(?=\w)"), re.compile(r"DOT (?<=\w DOT )(?=\w)"))
_SPOKEN_AT = re.compile(r"(?<=\w) (?:at|AT) (?=[\w-]{1,63}\Z)")

Edit = tuple[int, int, str]  # one place of a text, half-open, and what is read instead


@dataclass(frozen=True, slots=True)
class Plain:
    """A text with all values restored. `starts` and `origins` say where each unchanged piece begins here,
    and where it stood in the original; what was put in stands at the end of the piece before.
    """

    text: str
    starts: list[int] = field(default_factory=lambda: [0])
    origins: list[int] = field(default_factory=lambda: [0])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open span of the original that reads as `[start, end)` here."""
        starts, origins = self.starts, self.origins
        first = last = bisect_right(starts, start) - 1
        if last + 1 < len(starts) and starts[last + 1] < end:
            last = bisect_right(starts, end - 1) - 1
        return start + origins[first] - starts[first], end + origins[last] - starts[last]


def refang_all(text: str) -> Plain:
    """Return the text with every habit undone; the work grows with the length of the text only."""
    edits = _edits(text)
    if not edits:
        return Plain(text)
    pieces: list[str] = []
    starts, origins = [0], [0]
    length = at = 0
    for start, end, instead in sorted(edits):
        if start < at:
            continue  # inside one already made
        pieces += (text[at:start], instead)
        length += start - at + len(instead)
        at = end
        starts.append(length)
        origins.append(at)
    return Plain("".join((*pieces, text[at:])), starts, origins)


def _edits(text: str) -> list[Edit]:
    edits = [(*found.span(), "ftp" if found[0][0] in "fF" else "http") for found in _SCHEME.finditer(text)]
    edits += [edit for found in _BRACKETED.finditer(text) if (edit := _bracketed(text, found))]
    if _BACKSLASH.search(text):
        edits += [edit for found in _ESCAPED.finditer(text) for edit in _escaped(found)]
    for spoken in _SPOKEN:
        edits += [edit for found in spoken.finditer(text) for edit in _spoken(text, found.start() - 1)]
    return edits


def _bracketed(text: str, found: re.Match[str]) -> Edit | None:
    """Undo one bracketed separator, with the single spaces around it; `None` where it separates nothing."""
    start, end = found.span()
    sign = found[1]
    if sign is None:
        if text[start] not in _BRACKETS:
            return _unseen(text, start, end)
        return start, end, "." if end - start > 1 else ""  # half a bracket: its dot stays
    sign = _SEPARATORS.get(sign.lower(), sign)
    if sign in ".@":
        start -= text[start - 1 : start] == " "
        end += text[end : end + 1] == " "
        if not (text[start - 1 : start].isalnum() and text[end : end + 1].isalnum()):
            return None
    return start, end, sign


def _spoken(text: str, start: int) -> Iterator[Edit]:
    """Undo separators that are said, unless the word before belongs to a sentence: "the dot com era"."""
    if text[max(start - 10, 0) : start].split()[-1].lower() in _OF_SENTENCES:
        return
    yield start, start + 5, "."
    at = _SPOKEN_AT.search(text, max(start - 70, 0), start)
    if at:
        yield *at.span(), "@"


def _escaped(found: re.Match[str]) -> Iterator[Edit]:
    """Yield one edit for each backslash before a dot."""
    for place in _BACKSLASH.finditer(found[0]):
        yield found.start() + place.start(), found.start() + place.end(), "."


def _unseen(text: str, start: int, end: int) -> Edit | None:
    """Take away a sign without width; a wide dot becomes a dot inside a name, and stays in a sentence."""
    if text[start] not in _WIDE_DOTS:
        return start, end, ""
    around = text[start - 1 : start] + text[end : end + 1]
    return (start, end, ".") if len(around) == 2 and around.isascii() and around.isalnum() else None
