"""Read the name of a product so that two ways of writing it can be told to be the same.

A name is a vendor, a core and qualifiers: "Microsoft Windows Server 2019 Standard" is microsoft,
windowsserver, {2019, standard}. Two names are the same product where the cores are equal and one has all
the qualifiers of the other; words that say nothing (for, edition, x64) count nowhere. The word lists are
published with the product index, so that a browser reads names with the same ones.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

WORDS = {
    kind: frozenset(words.split())
    for kind, words in tomllib.loads(Path(__file__).with_name("name_words.toml").read_text("utf-8")).items()
}
NEUTRAL, QUALIFIERS, BRANCHES, GENERIC, LEGAL = (
    WORDS[kind] for kind in ("neutral", "qualifiers", "branches", "generic", "legal")
)
LONGEST = 500  # characters of a name that is read
MOST_VENDOR_WORDS = 5
_ARCHITECTURE = re.compile(
    r"(?:x86[_-]64|x64|x86|amd64|arm64|aarch64|s390x|ppc64le|(?:32|64)[ -]?bits?)(?![0-9a-z])"
)
_PACK = re.compile(r"service pack (?=[0-9])")
_WORD = re.compile(r"[0-9a-z]+(?:\.[0-9a-z]+)*")
_MODEL = re.compile(r"[0-9].*[0-9].*[a-z]|[a-z].*[0-9].*[0-9]|[0-9].*[a-z].*[0-9]")
_DIGIT = re.compile(r"[0-9]")
_DOTTED = re.compile(r"\b([a-z])\.(?=[a-z]\b)", re.IGNORECASE)  # S.A.S.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "‘": "'"})

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vendors:
    """The vendors that are known, as `vendor_words` gives them; `same` gives one name for those of several."""

    known: frozenset[Words] = frozenset()
    same: Mapping[Words, Words] = field(default_factory=dict)

    def related(self, one: Words, other: Words) -> bool:
        """Whether two vendors may be one: a name has all words of the other, as Juniper and Juniper Networks."""
        pairs = ((one, other), (self.same.get(one, one), self.same.get(other, other)))
        return any(a and b and (set(a) <= set(b) or set(b) <= set(a)) for a, b in pairs)


@dataclass(frozen=True, slots=True)
class Name:
    """A product's name as read. `vendor` is empty where it is not known; `words` are those that are no
    qualifiers, `core` the same without spaces and dots.
    """

    vendor: Words
    words: Words
    core: str
    qualifiers: frozenset[str]


def fold(text: str) -> str:
    """Return a text in lower case without accents, ligatures opened, apostrophes straight."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFD", text)
    return "".join(one for one in parts if unicodedata.category(one)[0] != "M").lower().translate(_LETTERS)


def words_of(text: str) -> Words:
    """Return the words of a text, folded; names of processor architectures are none."""
    plain = _ARCHITECTURE.sub(" ", fold(text[:LONGEST]))
    return tuple(_WORD.findall(_PACK.sub("sp", plain)))


def vendor_words(vendor: str) -> Words:
    """Return the words of a vendor's name without its legal form: "Siemens Healthineers AG" without AG."""
    words = words_of(_DOTTED.sub(r"\1", vendor))
    while len(words) > 1 and words[-1] in LEGAL:
        words = words[:-1]
    return words


def read_name(vendor: str, product: str, vendors: Vendors) -> Name:
    """Return the name of a product; a vendor that is repeated in it, or stands only there, is taken out."""
    maker, words = vendor_words(vendor), words_of(product)
    leading = _leading_vendor(words, maker, vendors)
    while leading:
        words, maker = words[len(leading) :], maker or leading
        leading = _leading_vendor(words, maker, vendors)
    words = tuple(word for word in words if word not in NEUTRAL) or words
    core = tuple(word for place, word in enumerate(words) if place == 0 or not is_qualifier(word))
    qualifiers = frozenset(word for word in words[1:] if is_qualifier(word))
    return Name(maker, core, "".join(core).replace(".", ""), qualifiers)


def _leading_vendor(words: Words, maker: Words, vendors: Vendors) -> Words:
    """Return the vendor with which words begin, the longest first; empty where it would be all of them."""
    for length in range(min(MOST_VENDOR_WORDS, len(words) - 1), 0, -1):
        start = words[:length]
        if start == maker or (start in vendors.known and (not maker or vendors.related(start, maker))):
            return start
    return ()


def is_qualifier(word: str) -> bool:
    """Whether a word, other than the first of a name, tells a version, model, edition or platform."""
    return word in QUALIFIERS or _DIGIT.search(word) is not None


def is_narrower(word: str) -> bool:
    """Whether a qualifier tells a model or an edition with the same versions as the product: 100F, Standard."""
    if word in QUALIFIERS:
        return word not in BRANCHES
    return _MODEL.search(word) is not None


def is_distinctive(word: str) -> bool:
    """Whether a word alone points at a product."""
    return len(word) > 2 and word not in GENERIC and not is_qualifier(word)


def is_generic(words: Words) -> bool:
    """Whether none of the words of a core points at a product."""
    return all(word in GENERIC for word in words)
