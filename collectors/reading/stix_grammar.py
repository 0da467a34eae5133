"""Read a STIX pattern that is a choice of comparisons (STIX 2.1 § 9), and no other.

Read is this part of the language:

    pattern     = observation *( OR observation )
    observation = "[" either "]" / "(" pattern ")"
    either      = both *( OR both )
    both        = one *( AND one )
    one         = path ( "=" / "==" ) value / path ISSUBSET text / path IN "(" text *( "," text ) ")"
                / "(" either ")"

Any other pattern is refused, never guessed at: negations, qualifiers, sequences, other operators, a
choice joined by AND. Written here because the library's grammar takes 15 ms for 2 000 characters and
recurses as deep as its input says; tests prove that what is read here is what the grammar reads.
"""

import re
from collections import deque
from typing import NamedTuple

MAX_PATTERN = 50_000  # characters; about 600 hashes
MAX_BRACKETS = 100  # round ones, which nest

TEXT = r"'(?P<text>(?:[^'\\]|\\['\\])*+)'"
_NUMBERS = frozenset({"file:size", "network-traffic:src_port", "network-traffic:dst_port"})
_KEYWORDS = (  # of the grammar, which no part of a path may be without quotes
    "AND|OR|NOT|FOLLOWEDBY|LIKE|MATCHES|ISSUPERSET|ISSUBSET|EXISTS|LAST|IN|START|STOP|SECONDS|true|false"
    "|WITHIN|REPEATS|TIMES"
)
_NAME = rf"(?!(?:{_KEYWORDS})(?![A-Za-z0-9_]))[A-Za-z_][A-Za-z0-9_]*+"
_TOKEN = re.compile(
    r"[ \t\r\n]*+(?:(?P<sign>==?|[\[\](),])"
    r"|(?P<word>AND|OR|IN|ISSUBSET)(?![\w:.-])"
    rf"|{TEXT}"
    r"|(?P<number>0|[1-9][0-9]*+)"
    rf"|(?P<path>{_NAME}[a-z0-9-]*+:{_NAME}(?:\.(?:{_NAME}|'[^'\\]*+'))*+)"
    r"|(?P<end>\Z))",
    re.ASCII,
)
_ESCAPED = re.compile(r"\\(['\\])")


class Comparison(NamedTuple):
    """One comparison: path without quotes (`file:hashes.SHA-256`), `=` or `ISSUBSET`, value unescaped."""

    path: str
    operator: str
    value: str


Joined = tuple[Comparison, ...]  # by AND
Tokens = deque[tuple[str, str]]  # name of its group in `_TOKEN`, its text


def alternatives(pattern: str) -> list[Joined]:
    """Return the comparisons of a pattern: any of the alternatives matches, each in all its parts.

    Raises `ValueError` where the pattern is wrong, or says more than that (see above).
    """
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"the pattern has {len(pattern)} characters, more than {MAX_PATTERN}")
    try:
        tokens = _tokens(pattern)
        found = _observations(tokens)
        _take(tokens, "end")
    except ValueError as error:
        reason = "the pattern is not a choice of values, joined by OR"
        raise ValueError(f"{reason} ({error}): {pattern[:120]!r}") from error
    return found


def unescaped(literal: str) -> str:
    """Return what a text in a pattern stands for, given what is between its quotes."""
    return _ESCAPED.sub(r"\1", literal) if "\\" in literal else literal


def _tokens(pattern: str) -> Tokens:
    tokens: Tokens = deque()
    place = 0
    while not tokens or tokens[-1][0] != "end":
        match = _TOKEN.match(pattern, place)
        if match is None:
            raise ValueError(f"cannot read on at character {place + 1}")
        name = match.lastgroup or ""
        tokens.append((match[name] if name in ("sign", "word") else name, match[name]))
        place = match.end()
    if sum(name == "(" for name, _ in tokens) > MAX_BRACKETS:
        raise ValueError(f"it has more than {MAX_BRACKETS} brackets")
    return tokens


def _take(tokens: Tokens, *wanted: str) -> str:
    """Take the next token, which must be one of those wanted, and return its text."""
    name, text = tokens[0]
    if name not in wanted:
        raise ValueError("it ends too early" if name == "end" else f"not {text[:40]!r} here")
    tokens.popleft()
    return text


def _next_is(tokens: Tokens, word: str) -> bool:
    """Take the next token if it is this one."""
    if tokens[0][0] != word:
        return False
    tokens.popleft()
    return True


def _observations(tokens: Tokens) -> list[Joined]:
    found = _observation(tokens)
    while _next_is(tokens, "OR"):
        found += _observation(tokens)
    return found


def _observation(tokens: Tokens) -> list[Joined]:
    within = _take(tokens, "[", "(") == "["
    found = _either(tokens) if within else _observations(tokens)
    _take(tokens, "]" if within else ")")
    return found


def _either(tokens: Tokens) -> list[Joined]:
    found = _both(tokens)
    while _next_is(tokens, "OR"):
        found += _both(tokens)
    return found


def _both(tokens: Tokens) -> list[Joined]:
    found = _one(tokens)
    while _next_is(tokens, "AND"):
        other = _one(tokens)
        if len(found) > 1 or len(other) > 1:
            raise ValueError("a choice joined by AND")
        if _object_type(found[0]) != _object_type(other[0]):  # § 9.6: AND speaks of one object
            raise ValueError("two types of objects joined by AND")
        found = [found[0] + other[0]]
    return found


def _object_type(joined: Joined) -> str:
    return joined[0].path.partition(":")[0]


def _one(tokens: Tokens) -> list[Joined]:
    if _next_is(tokens, "("):
        found = _either(tokens)
        _take(tokens, ")")
        return found
    path = _take(tokens, "path").replace("'", "")
    operator = _take(tokens, "=", "==", "ISSUBSET", "IN")
    if operator != "IN":
        literals = ("text", "number") if path in _NUMBERS and operator != "ISSUBSET" else ("text",)
        value = unescaped(_take(tokens, *literals))
        return [(Comparison(path, operator.replace("==", "="), value),)]
    _take(tokens, "(")
    values = [_take(tokens, "text")]
    while _next_is(tokens, ","):
        values.append(_take(tokens, "text"))
    _take(tokens, ")")
    return [(Comparison(path, "=", unescaped(value)),) for value in values]
