"""Write lists for Squid's `dstdomain`, `dst` and `url_regex`, which it loads without complaint.

Squid warns of a name below a listed one and of a network in a listed one: both are left to the larger. It has
nothing to compare whole URLs with but regular expressions, which it tries one by one and warns of beyond a
hundred: each holds some dozens of URLs. So a line may stand for several entries; the first line says for how many.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.merging import SAID, is_address, is_canonical, merged, networks, told_by
from sharing.formats.rpz import is_name

DOMAINS, ADDRESSES, URLS = "squid/domains.acl", "squid/addresses.acl", "squid/urls.acl"
FILES: Mapping[str, frozenset[ObservableType]] = {
    DOMAINS: frozenset({ObservableType.DOMAIN}),
    ADDRESSES: frozenset(
        {ObservableType.IPV4, ObservableType.IPV4_NET, ObservableType.IPV6, ObservableType.IPV6_NET}
    ),
    URLS: frozenset({ObservableType.URL}),
}
MEDIA_TYPE = "text/plain; charset=utf-8"
WHOLE = True
MOSTS = {URLS: 2_000}  # Squid tries expressions one by one, and complains of more than a hundred
LOSES = (
    "Mailboxes and hashes; everything but the value; all but the best 2 000 URLs, and those beyond ASCII; the path of https "
    "URLs unless Squid opens TLS; and what may not be blocked (PAP:AMBER, PAP:RED)."
)

_LONGEST_URL = 900
_LINE, _LINES = 1_900, 100  # characters of an expression (Squid cuts a line at 2 048), and expressions
_NOTHING = {  # Squid warns of an empty list; these are nobody's (RFC 6761, RFC 5737)
    DOMAINS: ".vigie.invalid\n",
    ADDRESSES: "192.0.2.255\n",
    URLS: "^http://vigie\\.invalid/$\n",
}
_SPECIAL = re.compile(r"[\\.^$*+?()\[\]{}|]")
_WORD = re.compile(rf"(?:[^{_SPECIAL.pattern[1:]}|\\{_SPECIAL.pattern})+")
_EXPRESSION = re.compile(rf"\^\((?:{_WORD.pattern}\|)*{_WORD.pattern}\)\$")


def carries(row: Entry, name: str = DOMAINS) -> bool:
    """Say whether an entry may be blocked, and Squid reads it as one name, address, network or URL in ASCII."""
    if not may_be_blocked(row):
        return False
    value = row.observable.value
    if name == URLS:
        return value.isascii() and "#" not in value and len(value) < _LONGEST_URL
    return is_name(value) if name == DOMAINS else is_address(row)


def render(rows: Iterable[Entry], name: str = DOMAINS) -> Iterator[str]:
    """Yield one line a name or network, or some dozens of URLs, sorted."""
    kept = [row for row in rows if carries(row, name)]
    lines: Iterable[str]
    if name == DOMAINS:
        lines = (f".{value}\n" for value in tops(row.observable.value for row in kept))
    elif name == URLS:
        kept, lines = _expressions(kept)
    else:
        spans = merged(kept).items()
        lines = (f"{value}\n" for version, found in spans for value in networks(found, version))
    yield f"{SAID}{len(kept)}\n"
    yield from lines if kept else (_NOTHING[name],)


def tops(names: Iterable[str]) -> list[str]:
    """Return the names that do not lie below another of them, sorted."""
    known = set(names)
    return sorted(name for name in known if not any(parent in known for parent in _parents(name)))


def _parents(name: str) -> Iterator[str]:
    rest = name
    while "." in rest:
        rest = rest.partition(".")[2]
        yield rest


def _expressions(rows: list[Entry]) -> tuple[list[Entry], list[str]]:
    """Return the entries whose URLs find room, and the expressions: long URLs push out the worst entries."""
    best = sorted(rows, key=_rank, reverse=True)
    lines = _packed(best)
    while len(lines) > _LINES:
        best = best[: len(best) * _LINES // len(lines)]
        lines = _packed(best)
    return best, lines


def _rank(row: Entry) -> tuple[int, bool, datetime]:
    return row.confidence, row.health, row.last_seen_at or row.listed_at


def _packed(rows: Iterable[Entry]) -> list[str]:
    """Return the URLs of entries as expressions of at most `_LINE` characters, in the order of the URLs."""
    lines = [""]
    for url in sorted(row.observable.value for row in rows):
        word = _SPECIAL.sub(r"\\\g<0>", url)
        if len(lines[-1]) + len(word) > _LINE:
            lines.append("")
        lines[-1] += f"|{word}"
    return [f"^({line[1:]})$\n" for line in lines]


def count(lines: Iterable[str]) -> int:
    """Return how many entries the first line says the file stands for, once every line was read."""
    return told_by((line for line in lines if line not in _NOTHING.values()), _elements, _is_read)


def _elements(line: str) -> list[str]:
    """Return what a line holds: a name after its dot, an address or network, or URLs, each after `^`."""
    text = line.removesuffix("\n")
    return [f"^{word}" for word in _WORD.findall(text[2:-2])] if _EXPRESSION.fullmatch(text) else [text]


def _is_read(element: str) -> bool:
    if element.startswith("."):
        return is_name(element[1:])
    if element.startswith("^"):
        return _WORD.fullmatch(element, 1) is not None
    return is_canonical(element)
