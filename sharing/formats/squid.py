"""Write lists for Squid's `dstdomain`, `dst` and `url_regex`, which it loads without complaint.

Squid warns of a name below a listed one and of a network in a listed one: both are left to the larger. So a
line may stand for several entries; the first line says for how many.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.merging import is_address, merged, networks

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

_LINE, _LINES = 1_900, 100  # characters of an expression (Squid cuts a line at 2 048), and expressions
_NOTHING = {  # Squid warns of an empty list; these are nobody's (RFC 6761, RFC 5737)
    DOMAINS: ".vigie.invalid\n",
    ADDRESSES: "192.0.2.255\n",
    URLS: "^http://vigie\\.invalid/$\n",
}
_SPECIAL = re.compile(r"([\\.^$*+?()\[\]{}|])")


def carries(row: Entry, name: str = DOMAINS) -> bool:
    """Say whether an entry may be blocked, and Squid can compare it: addresses that read as such, URLs in ASCII."""
    if not may_be_blocked(row):
        return False
    value = row.observable.value
    if name == URLS:
        return value.isascii() and "#" not in value and len(value) < 900
    return name == DOMAINS or is_address(row)


def render(rows: Iterable[Entry], name: str = DOMAINS) -> Iterator[str]:
    """Yield one line a name, network or URL, sorted."""
    kept = [row for row in rows if carries(row, name)]
    if name == URLS:
        yield from _expressions([row.observable.value for row in kept])
        return
    yield f"# entries: {len(kept)}\n"
    if not kept:
        yield _NOTHING[name]
    if name == DOMAINS:
        for value in tops(row.observable.value for row in kept):
            yield f".{value}\n"
    else:
        for version, spans in merged(kept).items():
            for value in networks(spans, version):
                yield f"{value}\n"


def _expressions(urls: Iterable[str]) -> Iterator[str]:
    """Yield regular expressions of some dozens of URLs each: Squid complains of more than a hundred of them."""
    lines, held = [""], 0
    for url in urls:
        word = _SPECIAL.sub(_escaped, url)
        if len(lines[-1]) + len(word) > _LINE:
            if len(lines) == _LINES:
                break
            lines.append("")
        lines[-1] += f"|{word}"
        held += 1
    yield f"# entries: {held}\n"
    yield from (f"^({line[1:]})$\n" for line in lines) if held else (_NOTHING[URLS],)


def _escaped(sign: re.Match[str]) -> str:
    return f"\\{sign[1]}"


def tops(names: Iterable[str]) -> list[str]:
    """Return the names that do not lie below another of them, sorted."""
    known = set(names)
    return sorted(name for name in known if not any(parent in known for parent in _parents(name)))


def _parents(name: str) -> Iterator[str]:
    rest = name
    while "." in rest:
        rest = rest.partition(".")[2]
        yield rest


def count(lines: Iterable[str]) -> int:
    """Return how many entries the first line says the file stands for; none where nothing is in it."""
    said, elements = 0, 0
    for line in lines:
        if line.startswith("# entries: "):
            said = int(line.removeprefix("# entries: "))
        else:
            elements += bool(line.strip())
    return said if elements else 0
