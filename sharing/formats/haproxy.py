"""Write lists for HAProxy's `-f`: names and URLs to compare as text (`-m str`), addresses and networks.

`-m end` would stop `notlisted.example` with `listed.example`, and tries a list line by line. A name below a listed
one is found by comparing its last two labels, its last three and so on as text: each is one look-up.
"""

from collections.abc import Iterable, Iterator, Mapping

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.merging import is_address
from sharing.formats.rpz import is_name

DOMAINS, ADDRESSES, URLS = "haproxy/domains.lst", "haproxy/addresses.lst", "haproxy/urls.lst"
FILES: Mapping[str, frozenset[ObservableType]] = {
    DOMAINS: frozenset({ObservableType.DOMAIN}),
    ADDRESSES: frozenset(
        {ObservableType.IPV4, ObservableType.IPV4_NET, ObservableType.IPV6, ObservableType.IPV6_NET}
    ),
    URLS: frozenset({ObservableType.URL}),
}
MEDIA_TYPE = "text/plain; charset=utf-8"
LOSES = (
    "Mailboxes and hashes; everything but the value; what lies below a name, unless its last labels are compared too; "
    "the scheme of a URL, and URLs with a port, a user, a query or a fragment, which HAProxy's `base` has not; and "
    "what may not be blocked (PAP:AMBER, PAP:RED)."
)


def carries(row: Entry, name: str = DOMAINS) -> bool:
    """Say whether an entry may be blocked, and is one name, address, network, or a URL of host and path alone.

    HAProxy does not start with a list of addresses in which there is anything else.
    """
    if not may_be_blocked(row):
        return False
    if name == URLS:
        return _base(row.observable.value) != ""
    return is_name(row.observable.value) if name == DOMAINS else is_address(row)


def render(rows: Iterable[Entry], name: str = DOMAINS) -> Iterator[str]:
    """Yield one line a value."""
    if name == URLS:
        return (f"{_base(row.observable.value)}\n" for row in rows if carries(row, name))
    return (f"{row.observable.value}\n" for row in rows if carries(row, name))


def count(lines: Iterable[str]) -> int:
    """Return the number of lines."""
    return sum(1 for _ in lines)


def _base(url: str) -> str:
    """Return host and path of a URL, as HAProxy's `base` fetches them; empty where there is more to it."""
    host, slash, path = url.partition("://")[2].partition("/")
    if not slash or any(sign in host for sign in ":@[#") or "?" in url or "#" in url:
        return ""
    return f"{host}/{path}"
