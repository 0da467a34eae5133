"""Say whether a version lies within a range, as publishers and package managers write both.

`site/theme/assets/parc-versions.js` is the same, function by function; `tests/checking/versions.json` holds
what both must answer. The rules are ours, for no scheme covers what notices write:

- a version is segments: its leading numbers, then each word with the numbers after it (`12.1 SP2` is
  12.1, then sp 2); numbers after a hyphen, a plus, an underscore or a space are a segment without a word;
- numbers compare as numbers and missing ones are 0; letters come after no letters and in their order;
- words that announce a release (alpha, beta, rc, a Debian `~`) come before it, all others after it; two
  different ones of those (SP2, CU1) cannot be compared;
- an epoch (`1:`) counts where both have one; one counted by time (2019, 22H2) is not compared
  with one that is not.
"""

import re
from functools import lru_cache
from typing import Literal

Answer = Literal["yes", "no", "unknown"]
Order = Literal[-1, 0, 1] | None  # None: the two cannot be compared
Segment = tuple[str, tuple[str, ...]]  # a word and its numbers, written without leading zeros

LONGEST = 200  # characters of a version that is read
EARLY = {"~": 0, "dev": 1, "snapshot": 1, "alpha": 2, "beta": 3, "ea": 4, "pre": 4, "preview": 4, "rc": 5}
NEUTRAL = frozenset({"esr", "final", "ga", "lts", "ltsr", "release", "v", "version"})
WRITTEN = (  # spellings of one word, the longest first
    (re.compile(r"service ?pack"), "sp"),
    (re.compile(r"fix ?pack"), "fp"),
    (re.compile(r"cumulative update"), "cu"),
    (re.compile(r"maintenance release"), "mr"),
    (re.compile(r"update package|update|upd"), "u"),
    (re.compile(r"hotfix"), "hf"),
    (re.compile(r"correctif|patch"), "p"),
    (re.compile(r"revision"), "rev"),
    (re.compile(r"milestone"), "pre"),
    (re.compile(r"([0-9])a(?=[0-9])"), r"\1alpha"),
    (re.compile(r"([0-9])b(?=[0-9])"), r"\1beta"),
    (re.compile(r"\bcr(?=[0-9])"), "rc"),
    (re.compile(r"(?:x86[_-]64|x64|x86|amd64|arm64|aarch64|(?:32|64)[ -]?bits?)(?![0-9a-z])"), " "),
)
_EPOCH = re.compile(r"([0-9]+):(?=[0-9])")
_BRANCH = re.compile(r"[.\s-](?:px|[x*])$")
_LEADING = re.compile(r"^[^0-9a-z]*[rv](?=[0-9])")
_PART = re.compile(r"([^0-9a-z]*)([0-9]+|[a-z]+)")
_APART = re.compile(r"[-_+\s]")


def compare(one: str, other: str) -> Order:
    """Return -1, 0 or 1 as one version is before, the same as or after the other; `None`: not comparable."""
    (epoch, left), (epoch_other, right) = _read(one), _read(other)
    if not left or not right:
        return None
    if epoch and epoch_other and epoch != epoch_other:
        return _compare_numbers((epoch,), (epoch_other,))
    if _is_year(left) != _is_year(right):
        return None
    return _compare_segments(left, right)


def within(version: str, low: str, high: str, low_included: bool, high_included: bool) -> Answer:
    """Say whether a version is in a range; an empty end is none, and `.x` at an end stands for its branch.

    "unknown" where one of them cannot be read or compared, or where the version is written less exactly
    than the end it would have to be compared with: 7.4 may be any 7.4.n.
    """
    if not low and not high:
        return "yes"
    above = _above(version, low, low_included) if low else "yes"
    below = _below(version, high, high_included) if high else "yes"
    if "no" in (above, below):
        return "no"
    return "unknown" if "unknown" in (above, below) else "yes"


def _above(version: str, low: str, included: bool) -> Answer:
    """Say whether a version is at or after a lower end."""
    order = compare(version, low)
    if order is None or (order != 0 and _finer(low, version)):
        return "unknown"
    if _is_branch(low) and not included and _finer(version, low):
        return "no"
    return "yes" if order > 0 or (order == 0 and included) else "no"


def _below(version: str, high: str, included: bool) -> Answer:
    """Say whether a version is at or before an upper end."""
    order = compare(version, high)
    if order is None or (order != 0 and _finer(high, version)):
        return "unknown"
    if _is_branch(high):
        return "yes" if order < 0 or (included and (order == 0 or _finer(version, high))) else "no"
    if order == 0 and _is_branch(version):
        return "unknown"
    if order > 0 and included and _finer(version, high):  # "up to 7.4": is 7.4.3 meant?
        return "unknown"
    return "yes" if order < 0 or (order == 0 and included) else "no"


def _is_branch(version: str) -> bool:
    return _BRANCH.search(version.strip().lower()) is not None


def _finer(one: str, other: str) -> bool:
    """Whether a version begins with all of the other and goes on with numbers: 7.4.3 after 7.4."""
    (_, long), (_, short) = _read(one), _read(other)
    if not short or len(long) < len(short) or long[: len(short) - 1] != short[:-1]:
        return False
    (word, numbers), (word_short, numbers_short) = long[len(short) - 1], short[-1]
    if word != word_short or numbers[: len(numbers_short)] != numbers_short:
        return False
    if len(numbers) > len(numbers_short):
        return True
    return len(long) > len(short) and long[len(short)][0] == ""


@lru_cache(maxsize=1 << 16)
def _read(version: str) -> tuple[str, tuple[Segment, ...]]:
    """Return the epoch, empty where there is none, and the segments, none where it is no version."""
    text = version.strip().lower()
    if not text or len(text) > LONGEST:
        return "", ()
    found = _EPOCH.match(text)
    epoch = found[1] if found else ""
    if found:
        text = text[found.end() :]
    text = _LEADING.sub("", _BRANCH.sub("", text))
    for pattern, word in WRITTEN:
        text = pattern.sub(word, text)
    return epoch, _segments(text)


def _segments(text: str) -> tuple[Segment, ...]:
    segments: list[tuple[str, list[str]]] = [("", [])]
    for apart, part in _PART.findall(text):
        first = segments == [("", [])]
        if "~" in apart and part not in EARLY:
            segments.append(("~", []))
        if not part[0].isdigit():
            if part not in NEUTRAL:
                segments.append((part if part != "build" else "", []))
        elif not first and segments[-1][1] and _APART.search(apart):
            segments.append(("", [part.lstrip("0")]))
        else:
            segments[-1][1].append(part.lstrip("0"))
    return tuple((word, tuple(numbers)) for word, numbers in segments if word or numbers)


def _is_year(segments: tuple[Segment, ...]) -> bool:
    """Whether a version is counted by time: 2019, 20240115, or 22H2."""
    word, numbers = segments[0]
    if word:
        return False
    half = len(numbers) == 1 and segments[1:2] in ((("h", ("1",)),), (("h", ("2",)),))
    return half or (len(numbers[0]) in (4, 8) and "1990" <= numbers[0][:4] <= "2099")


def _compare_segments(left: tuple[Segment, ...], right: tuple[Segment, ...]) -> Order:
    for place in range(max(len(left), len(right))):
        if place >= len(left):
            return 1 if right[place][0] in EARLY else -1
        if place >= len(right):
            return -1 if left[place][0] in EARLY else 1
        (word, numbers), (word_other, numbers_other) = left[place], right[place]
        if word != word_other:
            return _compare_words(left[place], right[place])
        order = _compare_numbers(numbers, numbers_other)
        if order != 0:
            return order
    return 0


def _compare_words(one: Segment, other: Segment) -> Order:
    rank, rank_other = EARLY.get(one[0]), EARLY.get(other[0])
    if rank is not None and rank_other is not None:
        return _sign(rank, rank_other)
    if rank is not None or rank_other is not None:
        return -1 if rank is not None else 1
    if one[0] and other[0] and not one[1] and not other[1] and len(one[0]) <= 2 and len(other[0]) <= 2:
        return -1 if one[0] < other[0] else 1  # 1.0.2k is before 1.0.2zg
    return None


def _compare_numbers(numbers: tuple[str, ...], others: tuple[str, ...]) -> Literal[-1, 0, 1]:
    for place in range(max(len(numbers), len(others))):
        number = numbers[place] if place < len(numbers) else ""
        other = others[place] if place < len(others) else ""
        if number != other:
            return -1 if (len(number), number) < (len(other), other) else 1
    return 0


def _sign(one: int, other: int) -> Literal[-1, 0, 1]:
    return 0 if one == other else (-1 if one < other else 1)
