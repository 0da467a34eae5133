"""Write plain lists, one value per line, that firewalls, proxies and resolvers load by themselves.

They are what vendors call external dynamic lists. There is no comment, no header and no empty line,
because some readers take either for a value; an empty file is a list that blocks nothing.
"""

from collections.abc import Iterable, Iterator, Mapping

from records import Entry, ObservableType
from sharing.formats import may_be_blocked

FILES: Mapping[str, frozenset[ObservableType]] = {
    "domains.txt": frozenset({ObservableType.DOMAIN}),
    "emails.txt": frozenset({ObservableType.EMAIL}),
    "ipv4.txt": frozenset({ObservableType.IPV4, ObservableType.IPV4_NET}),
    "ipv6.txt": frozenset({ObservableType.IPV6, ObservableType.IPV6_NET}),
    "md5.txt": frozenset({ObservableType.MD5}),
    "sha1.txt": frozenset({ObservableType.SHA1}),
    "sha256.txt": frozenset({ObservableType.SHA256}),
    "urls.txt": frozenset({ObservableType.URL}),
}
MEDIA_TYPE = "text/plain; charset=utf-8"
LOSES = (
    "Everything but the value (validity, confidence, marking, sources, labels), and every indicator "
    "marked PAP:AMBER or PAP:RED, because those may not be blocked."
)


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield one line per value."""
    return (f"{row.observable.value}\n" for row in rows if may_be_blocked(row))


def count(lines: Iterable[str]) -> int:
    """Return the number of lines."""
    return sum(1 for _ in lines)
