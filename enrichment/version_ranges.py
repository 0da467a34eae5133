"""Read which versions a sentence or an expression speaks of, in French or English, or say that it cannot.

The grammar is ours. A clause is items separated by commas, "et", "and", `|` …, each of them one of:

| item | example | range |
|---|---|---|
| all | "toutes versions", `vers:all/*` | no ends |
| one version or branch | "7.2.1", "7.2.x" | both ends the same |
| before, up to | "antérieures à 7.4", "prior to 7.4", `<= 7.4` | an upper end |
| after, from | "à partir de 7.4", `> 7.4` | a lower end |
| both | "7.x antérieures à 7.4", "7.0 à 7.4", "from 7.0 through 7.4", `>=7.0|<7.4` | both ends |
| and older, and newer | "7.4 et antérieures", "7.4 or later" | an end that is inside |

A remark at its end ("pour Windows", "sans le dernier correctif") says nothing of versions and is passed
over, as is what stands in parentheses. Anything else makes the clause unreadable: nothing is guessed.
`|` is read as in the VERS notation: a lower end and the upper end after it are one range.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 2_000  # characters of a clause that is read


@dataclass(frozen=True, slots=True)
class Range:
    """Versions from `low` to `high`, empty where there is no such end; each end is inside where its
    `_included` is true.

    Versions are as written, without a leading v. One that ends in `.x` stands for its whole branch;
    `low` never does. One version or branch alone is both `low` and `high`.
    """

    low: str = ""
    high: str = ""
    low_included: bool = True
    high_included: bool = True


_QUALIFIER = (
    r"(?:[ -]?(?:SP|Service Pack|Upd(?:ate)?|Update Package|Patch|Hotfix|HF|Build|CU|FP|Fix ?pack|SR|MR|UP?|RU"
    r"|IF|iFix|Rev\.?)[ -]?\d[\w.]*"
    r"|[ -](?:LTS|ESR|GA)\b|[ -](?:beta|alpha|rc) ?\d*\b)"
)
_COMPARED = r"(?:anté|infé|supé|ulté|posté)rieure?s?|prior|before|earlier|later|[<>]"
_REST = rf"(?:(?!\bversions?\b|(?: et| and|,) ?\d|{_COMPARED}).)*"  # up to where versions are spoken of again
_TOKENS = {  # in the order in which they are tried; every one begins at a word
    "ALL": r"vers:all/\*?|\*|toutes(?: les)?(?= versions?)|all(?= versions?)|any(?= versions?)|all",
    "SCHEME": r"vers:[a-z.+-]+/(?=\S)",
    "AND_OLDER": r"(?:et|ou|and|or)(?: (?:les|all))?(?: (?:versions?|releases?))? "
    r"(?:antérieure?s?|inférieure?s?|précédentes?|prior|earlier|below|older|previous|lower)"
    r"(?: (?:versions?|releases?))?(?! (?:à|aux?|to|than|ou)\b)",
    "AND_NEWER": r"(?:et|ou|and|or)(?: (?:les|all))?(?: (?:versions?|releases?))? "
    r"(?:suivante?s?|ultérieure?s?|supérieure?s?|postérieure?s?|later|above|newer|higher)"
    r"(?: (?:versions?|releases?))?(?! (?:à|aux?|than|ou)\b)",
    "LE": r"(?:antérieure?s?|inférieure?s?) ou égales? (?:à|au)|jusqu'(?:à|au)|up to(?:,? and including)?|"
    r"through|<=|≤|⩽",
    "LT": r"(?:strictement )?(?:antérieure?s?|inférieure?s?|précédant)(?: (?:à|au))?(?= )|prior to|before|"
    r"(?:earlier|lower|older|less) than|below|<",
    "GE": r"(?:supérieure?s?|postérieure?s?|ultérieure?s?) ou égales? (?:à|au)|à partir (?:de|du)|depuis|"
    r"from|since|starting (?:with|from|at)|>=|≥|⩾",
    "GT": r"(?:strictement )?(?:supérieure?s?|postérieure?s?|ultérieure?s?) (?:à|au)|"
    r"(?:later|newer|greater|higher) than|after|>",
    "EQ": r"==?",
    "TO": r"à|to(?! \D)|-(?= )|–",
    "FIX": rf"sans (?:le|les|la|aucun) {_REST}",
    "NOUN": r"(?:de |du |of |the |la |les )?(?:versions?|releases?)\b",
    "REMARK": r"(?:pour|sur|sous|avec|dans|sans|for|on|with|without|running|in|en|lorsque?|when|if|si)\b"
    + _REST,
    "OR": r"ou\b|or\b",
    "AND": r"et\b|and\b|,|;|\||&",
    "VERSION": rf"(?:v(?:ersion)?[ .]?)?\d[\w]*(?:[.\-+_~:][\w]+)*(?:\.\*)?{_QUALIFIER}*",
    "NAMED": rf"[a-z][a-z0-9.+-]*?\d[\w.+-]*{_QUALIFIER}*|[A-Z]\b|(?:Update|SP|Service Pack|Patch) \d[\w.]*",
}
_WHOLE = r"(?:(?<!\w)|(?!\w))"  # what ends in a letter or digit is a whole word
_TOKEN = re.compile(
    "|".join(f"(?P<{kind}>(?:{words}){_WHOLE})" for kind, words in _TOKENS.items()), re.IGNORECASE
)
_NOUN = re.compile(
    r"\b(?:toutes (?:les )?|all )?versions?\b|(?<=\S) (?=(?:antérieure?s?|prior|before)\b|\d[\w.]*\.x\b)",
    re.IGNORECASE,
)
_HALF = re.compile(r"antérieure?s?|ultérieure?s?|prior to", re.IGNORECASE)  # left in a product: half a clause
_ASIDE = re.compile(r"\([^()]*\)")
_UPPER, _LOWER = ("LT", "LE"), ("GT", "GE")
_UNCLEAR = ({"LT", "VERSION"}, {"LE", "VERSION"})  # "antérieures à 7.4.3 et 7.2.9": of which branch?

Token = tuple[str, str]  # its kind and its words


def ranges(clause: str) -> tuple[Range, ...]:
    """Return the versions that a clause names, in its order; empty where it cannot be read as a whole."""
    tokens = _tokens(clause)
    if not tokens:
        return ()
    try:
        return tuple(_items(tokens))
    except _Unreadable:
        return ()


def product_and_ranges(sentence: str) -> tuple[str, tuple[Range, ...]]:
    """Split a sentence such as "FortiWeb versions 7.6.x antérieures à 7.6.4" into product and versions.

    Without a clause that can be read, the product is the whole sentence and there are no ranges.
    """
    plain = _plain(sentence)
    for found in _NOUN.finditer(plain[:LONGEST]):
        read = ranges(plain[found.start() :])
        product = plain[: found.start()].rstrip(" ,;:-")
        if read and product and not _HALF.search(product):
            return product, read
    return plain, ()


class _Unreadable(Exception):
    """A clause is not of the grammar."""


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").replace("\\<", "<").split()).rstrip(" ;.,")


def _tokens(clause: str) -> list[Token]:
    """Return the tokens of a clause, none where some word of it is not known."""
    text = _ASIDE.sub(" ", _plain(clause))
    if len(text) > LONGEST:
        return []
    found, place = [], 0
    while place < len(text):
        if text[place] == " ":
            place += 1
            continue
        match = _TOKEN.match(text, place)
        if not match:
            return []
        found.append((str(match.lastgroup), match[0]))
        place = match.end()
    return found


def _items(tokens: list[Token]) -> Iterator[Range]:
    """Yield the range of every item; raises `_Unreadable` where one is not of the grammar."""
    left = [token for token in tokens if token[0] not in ("SCHEME", "FIX")]
    before = ""  # what kind of item stood before, in the same enumeration
    while left:
        while left and left[0][0] in ("NOUN", "AND", "OR"):
            before = "" if left[0][0] == "NOUN" else before
            left.pop(0)
        if not left:
            return
        kind, one = _item(left)
        if {before, kind} in _UNCLEAR:
            raise _Unreadable
        before = kind
        yield one
        remark = _taken(left, "REMARK")
        if left and left[0][0] not in ("NOUN", "AND", "OR"):
            raise _Unreadable
        again = "NOUN" in [token[0] for token in left[:2]]  # "versions" stands before what follows
        if remark and left and (kind == "VERSION" or not again):  # "22H2 pour x64 versions antérieures à …"
            raise _Unreadable


def _item(left: list[Token]) -> tuple[str, Range]:
    """Take one item from the tokens that are left; return of which kind it is, with its range."""
    if _taken(left, "ALL"):
        while _taken(left, "NOUN"):
            pass
        if not left or left[0][0] not in (*_UPPER, *_LOWER):
            return "ALL", Range()
    bound = _taken(left, *_UPPER)
    if bound:
        return bound, Range(high=_version(left), high_included=bound == "LE")
    bound = _taken(left, *_LOWER)
    if bound:
        return _closed(left, _version(left), included=bound == "GE")
    _taken(left, "EQ")
    version = _version(left, named=False)
    if _taken(left, "AND_OLDER"):
        return "LE", Range(high=version)
    if _taken(left, "AND_NEWER"):
        return "GE", Range(low=_start(version))
    while left and left[0][0] == "NOUN" and len(left) > 1 and left[1][0] in _UPPER:
        left.pop(0)  # "7.x versions antérieures à 7.4"
    if left and left[0][0] in (*_UPPER, "TO"):
        return _closed(left, version, included=True)
    return "VERSION", Range(version, version)


def _closed(left: list[Token], low: str, *, included: bool) -> tuple[str, Range]:
    """Return the range from a lower end to the upper end that follows, if there is one."""
    if len(left) > 1 and left[0][0] == "AND" and left[1][0] in _UPPER:
        left.pop(0)
    high, high_included, kind = "", True, "GE"
    bound = _taken(left, "TO", *_UPPER)
    if bound:
        high, high_included, kind = _version(left), bound != "LT", bound
        narrower = _taken(left, *_UPPER) if bound == "TO" else ""  # "8.6.x à 8.9.x antérieures à 8.9.4"
        if narrower:
            high, high_included, kind = _version(left), narrower == "LE", narrower
    if re.match(r"[A-Za-z ]+\d", high) and re.match(r"\d", low) and not re.match(r"[Rr]\d", high):
        high = f"{low} {high}"  # "4.1 antérieure à Update 2"
    return kind, Range(_start(low), high, included, high_included)


def _taken(left: list[Token], *kinds: str) -> str:
    """Take the next token if it is of one of the kinds; return its kind, else an empty text."""
    if left and left[0][0] in kinds:
        return left.pop(0)[0]
    return ""


def _version(left: list[Token], *, named: bool = True) -> str:
    """Take a version; one that begins with a name ("SE2020MP13") only where something announces it."""
    while _taken(left, "NOUN"):
        pass
    if not left or left[0][0] not in (("VERSION", "NAMED") if named else ("VERSION",)):
        raise _Unreadable
    version = re.sub(r"^v(?:ersion)?[ .]?(?=\d)", "", left.pop(0)[1], flags=re.IGNORECASE)
    return re.sub(r"\.[xX*]$", ".x", version)


def _start(version: str) -> str:
    """Return where a version or branch begins: 7.6.x at 7.6."""
    return version.removesuffix(".x")
