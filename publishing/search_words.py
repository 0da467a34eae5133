"""Under which words a page is found: the tokens of a text, the weighted words of a card.

`assets/recherche.js` cuts a query by the same rules; change both together.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from publishing.cards import Card
from records import Category

NAME, TITLE, TEXT = 3, 2, 1  # weights: products, vendors and numbers; titles; all the rest
TOLD = (Category.NEWS, Category.BULLETIN)  # what a summary says more of than title and products
LONGEST = 30  # characters kept of a word
SUMMARY = 16  # words kept of a summary
MOST = 80  # words kept of a card: a notice may list hundreds of products

# Words that tell no page from another.
_FRENCH = (
    "au aux avec ce ces cet cette comme dans de des du elle elles en entre est et il ils la le les leur leurs ne "
    "non ou par pas plus pour que qui sa se ses si son sont sur tous tout toute toutes un une vers"
)
_ENGLISH = (
    "about an and are as at be by can for from has have in into is it its not of on or than that the their this "
    "to was which with"
)
_OF_EVERY_NOTICE = (
    "affecte affectes concerne concernes contre cve cves jour mise mises multiple multiples produit produits "
    "security securite version versions vulnerabilite vulnerabilites vulnerabilities vulnerability"
)
IGNORED = frozenset(f"{_FRENCH} {_ENGLISH} {_OF_EVERY_NOTICE}".split())

_CHUNK = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_VERSION = re.compile(r"v?\d+(?:\.\w+)+(?:-.*)?")
_CVE = re.compile(r"cve[\s:_-]*((?:19|20)\d\d)[\s_-]+(\d{4,19})")
_NUMBER = re.compile(
    r"cve-\d{4}-\d{4,19}|[a-z]{2,12}(?:-[a-z]{1,12}){0,2}-(?:(?:19|20)\d\d|\d\d)(?:-[a-z0-9]+)+"
)
_NATIVE = re.compile(r"[a-z][a-z0-9:._-]{2,31}")
_LETTERS = str.maketrans(
    {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "’": "'", "‘": "'"} | dict.fromkeys("‐‑‒–—−", "-")
)
_ACCENTS = re.compile("[\u0300-\u036f]")
_RARE_PLANES = re.compile("[\U00010000-\U0010ffff]")  # two code units for a browser, one for us


def fold(text: str) -> str:
    """Return a text in lower case without accents, ligatures or typographic marks."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFD", text)).translate(_LETTERS).lower()
    return _RARE_PLANES.sub(" ", plain)


def is_number(token: str) -> bool:
    """Say whether a token is the number of a vulnerability or notice: CVE-2026-1234, ICSMA-24-100-01."""
    return "-" in token


def words(text: str) -> list[str]:
    """Return the tokens of a text, folded, each once, in order.

    A number (`cve-2026-1234`, `certfr-2026-avi-0001`) stays whole and is the only token with a hyphen. A
    compound gives its parts, and itself without its marks where it is short or has digits: "S7-1500" is
    `s7`, `1500` and `s71500`. Versions, ignored words and single characters give nothing.
    """
    folded = _CVE.sub(r"cve-\1-\2", fold(text))
    found = dict.fromkeys(token for chunk in _CHUNK.findall(folded) for token in _tokens(chunk))
    return list(found)


def _tokens(chunk: str) -> Iterator[str]:
    if _NUMBER.fullmatch(chunk):
        yield chunk
        return
    if _VERSION.fullmatch(chunk):
        return
    parts = _PART.findall(chunk)
    if len(parts) == 2 or (len(parts) > 2 and any(part[0].isdigit() for part in parts)):
        parts.append("".join(parts))
    for part in parts:
        if len(part) > 1 and part not in IGNORED:
            yield part[:LONGEST]


def card_words(card: Card) -> tuple[str, ...]:
    """Return the words a card is found under, each with its weight before it: `3fortinet`, `2faille`.

    They come from products, vendors, titles, native ids, source ids, families, tags and
    the summaries of news; no word comes twice. Its CVEs are not among them, nor its native ids of the usual shape: the index takes those
    from the card itself.
    """
    weights: dict[str, int] = {}
    named = [word for identifier in card.native_ids for word in _native_words(identifier)]
    _add(weights, named, NAME)
    for text in card.vendors:
        _add(weights, words(text), NAME)
    for text in (card.title, card.title_en):
        _add(weights, words(text), TITLE)
    for text in (*card.sources, *card.families, *card.tags):
        _add(weights, words(text), TEXT)
    for product in card.products:
        _add(weights, words(product.product), NAME)
    if card.category in TOLD:
        _add(weights, words(card.summary)[:SUMMARY], TEXT)
    held = {identifier.lower() for identifier in (*card.cves, *card.native_ids)}
    return tuple(f"{weight}{word}" for word, weight in weights.items() if word not in held)


def native_number(identifier: str) -> str:
    """Return a publisher's identifier as the index numbers it, empty where it is not of a usual shape."""
    lower = identifier.lower()
    return lower if _NUMBER.fullmatch(lower) else ""


def _native_words(identifier: str) -> list[str]:
    """Return the words of an identifier that people type, none for addresses and machine ids."""
    return words(identifier) if _NATIVE.fullmatch(fold(identifier)) else []


def _add(weights: dict[str, int], found: Iterable[str], weight: int) -> None:
    for word in found:
        if word in weights or len(weights) < MOST:
            weights[word] = max(weight, weights.get(word, 0))
