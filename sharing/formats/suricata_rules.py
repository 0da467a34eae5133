"""Write Suricata rules, one or two an entry, for the best entries; the datasets are for all of them.

A rule keeps its number: `sid` is made from the observable, in a range that no public ruleset uses. Where two observables
of one file would have the same, the later one is left to the datasets. `rev` is the release that last changed the
entry, in seconds since 1970, so it only rises (it may be up to 2^32).

Of an https URL a sensor sees the host only. A rule on that would tell of everyone who visits a shared platform, so
https URLs are left out, but for those of a whole site.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha1

from records import Entry, ObservableType
from sharing.formats import may_be_blocked
from sharing.formats.lines import rfc3339
from sharing.formats.merging import is_address

FILES: Mapping[str, frozenset[ObservableType]] = {
    "suricata/vigie.rules": frozenset(
        {
            ObservableType.DOMAIN,
            ObservableType.IPV4,
            ObservableType.IPV4_NET,
            ObservableType.IPV6,
            ObservableType.IPV6_NET,
            ObservableType.URL,
        }
    )
}
MEDIA_TYPE = "text/plain; charset=utf-8"
WHOLE = True
MOST = 10_000  # each rule costs time on every packet
LOSES = (
    "All but the best 10 000 entries; mailboxes and hashes; sources and labels; https URLs, but for those of a whole "
    "site; the port, user and fragment of a URL, and URLs beyond 2 000 characters; and what may not be blocked "
    "(PAP:AMBER, PAP:RED)."
)

_FIRST, _RANGE = 1_000_000_000, 1_500_000_000  # sids; each observable has two
_PLAIN = re.compile(r"[A-Za-z0-9._/-]+")
_URL = re.compile(r"(https?)://(?:[^/?#@]*@)?([A-Za-z0-9._-]+)(?::\d+)?([/?][^#]*)?(?:#.*)?", re.ASCII)
_LONGEST = 2_000  # characters of a URL: in hexadecimal it must fit into a rule, whose line may have 8 192
_ONCE_AN_HOUR = "threshold:type limit,track by_both,seconds 3600,count 1; "  # not for each packet


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry may be blocked, and traffic shows it as it is."""
    if not may_be_blocked(row):
        return False
    if row.observable.type is ObservableType.URL:
        return bool(_seen(row.observable.value))
    return row.observable.type is ObservableType.DOMAIN or is_address(row)


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield the rules of each entry."""
    used: set[int] = set()
    for row in rows:
        if carries(row, name) and (sid := sid_of(row)) not in used:
            used.add(sid)
            yield _rules(row, sid)


def count(lines: Iterable[str]) -> int:
    """Return the number of entries: the first rule of each has an even number."""
    found = (re.search(r"; sid:(\d+); ", line) for line in lines if line.startswith("alert "))
    return sum(1 for sid in found if sid is not None and int(sid[1]) % 2 == 0)


def sid_of(row: Entry) -> int:
    """Return the first of the two rule numbers of an observable, which is even."""
    text = f"{row.observable.type.value} {row.observable.value}".encode("utf-8", "surrogatepass")
    number = int.from_bytes(sha1(text, usedforsecurity=False).digest()[:8])
    return _FIRST + 2 * (number % _RANGE)


def _rules(row: Entry, sid: int) -> str:
    item = row.observable
    if item.type is ObservableType.DOMAIN:
        return _domain(row, sid)
    if item.type is ObservableType.URL:
        return _url(row, sid)
    return _rule("ip any any <>", f"[{item.value}] any", f"address {item.value}", _ONCE_AN_HOUR, row, sid)


def _domain(row: Entry, sid: int) -> str:
    """Return a rule on questions for a name or one below it, and one on TLS to it."""
    name = row.observable.value
    match = f'dotprefix; content:"{_content("." + name)}"; nocase; endswith; '
    dns = _rule("dns any any ->", "any any", f"name {name}", f"dns.query; {match}", row, sid)
    return dns + _rule("tls any any ->", "any any", f"TLS to {name}", f"tls.sni; {match}", row, sid + 1)


def _url(row: Entry, sid: int) -> str:
    """Return a rule on the very request for a page, or on TLS to the host of a whole site."""
    scheme, host, path = _seen(row.observable.value)
    if scheme == "https":
        match = f'tls.sni; content:"{host}"; nocase; bsize:{len(host)}; '
        return _rule("tls any any ->", "any any", f"TLS to {host}", match, row, sid)
    match = f'http.host; content:"{host}"; bsize:{len(host)}; '
    match += f'http.uri.raw; content:"{_content(path)}"; bsize:{len(path)}; '
    return _rule("http any any ->", "any any", f"URL on {host}", match, row, sid)


def _seen(url: str) -> tuple[str, ...]:
    """Return scheme, host (in lower case) and path as a sensor sees them; nothing where it sees less than the URL."""
    found = _URL.fullmatch(url)
    if found is None or len(url) > _LONGEST or not url.isascii():
        return ()
    scheme, host, path = found[1], found[2].lower(), found[3] or "/"
    path = path if path.startswith("/") else f"/{path}"
    if scheme == "https" and (path != "/" or host.replace(".", "").isdigit()):
        return ()
    return scheme, host, path


def _rule(header: str, target: str, said: str, match: str, row: Entry, sid: int) -> str:
    """Return one rule; `said` is an observable without anything that ends a text."""
    meta = f"confidence {row.confidence}, tlp {row.marking.tlp.label}"
    if row.valid_until is not None:
        meta += f", valid_until {rfc3339(row.valid_until)[:10]}"
    said = re.sub(r"[^A-Za-z0-9._/ :-]", "_", said).replace(":", "\\:")
    rule = f'alert {header} {target} (msg:"Vigie {said}"; {match}'
    rev = int(row.changed_at.timestamp())
    return f"{rule}classtype:trojan-activity; metadata:{meta}; sid:{sid}; rev:{rev};)\n"


def _content(text: str) -> str:
    """Write a text for `content`: what is not plain is in hexadecimal, between bars."""
    return "".join(
        part if _PLAIN.fullmatch(part) else f"|{part.encode('utf-8', 'surrogatepass').hex(' ')}|"
        for part in re.findall(r"[A-Za-z0-9._/-]+|[^A-Za-z0-9._/-]+", text)
    )
