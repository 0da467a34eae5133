"""Find the name of health or State that a name is written to resemble: signs swapped, one more, one less, or moved.

Who reads `chu-Iille.fr`, `esante-gouv.fr` or a Cyrillic `о` sees the real name. Names are compared by what the eye
takes in of them; only the names of `health_domains` are guarded so, lures on others are simply listed.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from records import Observable, ObservableType
from sharing.shield import Shield, shipped, suppression
from sharing.shield_lists import HEALTH

LONG = 8  # letters: of shorter names too many others differ by one letter, or by their ending only
START, END = 4, 5  # letters of a shape of ten or more; two that change places cannot be in both

# Signs that are read as a letter (Unicode TR 39, confusables): Cyrillic, Greek, Latin ones that do not decompose.
_SIGNS = {
    "a": "аαɑ4",
    "b": "вьЬƅ8",
    "c": "сϲᴄ",
    "d": "ԁđɖ",
    "e": "еєэεɛ3",
    "g": "ɡց9",
    "h": "һнհħ",
    "i": "іιıɩ",
    "j": "јϳ",
    "k": "кκ",
    "l": "ӏłǀⅼ1",
    "m": "мϻ",
    "n": "пηո",
    "o": "оοσօø0",
    "p": "рρ",
    "q": "ԛզ",
    "r": "гʀ",
    "s": "ѕʂ5",
    "t": "тτŧ7",
    "u": "υսʋ",
    "v": "νѵ",
    "w": "ԝшω",
    "x": "хχ",
    "y": "уүγ",
    "z": "ʐƶ2",
}
_LETTERS = str.maketrans({sign: letter for letter, signs in _SIGNS.items() for sign in signs})
_PAIRS = re.compile(r"rn|vv|cl")  # read as one letter
_READ_AS = {"rn": "m", "vv": "w", "cl": "d"}


@dataclass(frozen=True, slots=True)
class _Guarded:
    """The guarded names: by shape, by shape without ending, and by shape with any one letter left out.

    One slip leaves the `starts` or the `ends` of a shape as they are: most names need no other look.
    """

    whole: dict[str, str]
    heads: dict[str, str]
    shorter: dict[str, list[str]]
    starts: frozenset[str]
    ends: frozenset[str]


def resembled(name: str) -> str:
    """Return the guarded name, or pattern, that a canonical domain name resembles; empty where there is none.

    Guarded names themselves, and what lies below them, are for the shield and not asked about here.
    """
    if "." not in name:
        return ""
    letters = _letters(name)
    labels = [_shape(label) for label in letters.split(".")]
    guarded = _guarded()
    for place in range(len(labels) - 1):
        if found := guarded.whole.get(_joined(labels[place:])):
            return found
    own, ending = _registered(name, labels)
    return (
        guarded.whole.get(own)
        or guarded.heads.get(own)
        or _near(_joined([own, ending]))
        or _patterned(name, letters)
    )


def _letters(name: str) -> str:
    """Return a name in Latin letters, as it looks; punycode (RFC 3492) that cannot be decoded stays."""
    if "xn--" in name:
        name = ".".join(_shown(label) for label in name.split("."))
    if not name.isascii():
        whole = unicodedata.normalize("NFKD", name.lower())
        name = "".join(sign for sign in whole if not unicodedata.combining(sign))
    return name.translate(_LETTERS)


def _shown(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode().decode("punycode")
    except ValueError:
        return label


def _shape(letters: str) -> str:
    """Reduce letters to what the eye takes in: `i` is `l`, pairs are one letter, hyphens are nothing."""
    return _joined([letters.replace("i", "l").replace("-", "").replace("_", "").replace(".", "")])


def _joined(shapes: list[str]) -> str:
    """Join shapes: a pair across their border is read as one letter too."""
    return _PAIRS.sub(lambda pair: _READ_AS[pair[0]], "".join(shapes))


def _registered(name: str, shapes: list[str]) -> tuple[str, str]:
    """Return the shapes of the label that somebody registered and of the ending below which they did."""
    suffix = ".".join(name.split(".")[-2:])
    ending = 2 if len(shapes) > 2 and suffix in shipped().own.exact else 1
    return shapes[-1 - ending], "".join(shapes[-ending:])


def _near(shape: str) -> str:
    """Return the guarded name from which a shape differs by one letter, or by two that have changed places."""
    guarded = _guarded()
    if shape[:START] not in guarded.starts and shape[-END:] not in guarded.ends:
        return ""
    near = (name for one in (shape, *_without_one(shape)) for name in guarded.shorter.get(one, ()))
    return next((name for name in near if _is_one_slip(shape, _shape_of(name))), "")


def _without_one(shape: str) -> Iterator[str]:
    return (shape[:place] + shape[place + 1 :] for place in range(len(shape)))


def _is_one_slip(one: str, other: str) -> bool:
    """Say whether one letter more, less, other or moved by one makes the two the same."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])


def _patterned(name: str, letters: str) -> str:
    """Return the pattern of hospitals' names that a name shows once its signs are read as letters."""
    if letters == name:
        return ""
    found = suppression(Observable(ObservableType.DOMAIN, letters), shipped()) if letters.isascii() else None
    return found.entry if found and found.list == HEALTH else ""


@cache
def _guarded() -> _Guarded:
    names = sorted(_names(shipped()))
    whole = {_shape_of(name): name for name in names}
    long = {shape: name for shape, name in whole.items() if len(shape) >= LONG + 2}
    shorter: dict[str, list[str]] = {}
    for shape, name in long.items():
        for one in (shape, *_without_one(shape)):
            shorter.setdefault(one, []).append(name)
    heads = {_shape(_letters(name.rpartition(".")[0])): name for name in names}
    return _Guarded(
        whole=whole,
        heads={head: name for head, name in heads.items() if len(head) >= LONG},
        shorter=shorter,
        starts=frozenset(shape[:START] for shape in long),
        ends=frozenset(shape[-END:] for shape in long),
    )


def _names(shield: Shield) -> Iterator[str]:
    return (name for name, found in shield.own.whole.items() if found.list == HEALTH)


def _shape_of(name: str) -> str:
    return _joined([_shape(label) for label in _letters(name).split(".")])
