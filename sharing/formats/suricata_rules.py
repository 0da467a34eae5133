"""Write Suricata rules, one or two an entry, for the best entries; the datasets are for all of them.

A rule keeps its number: `sid` is made from the observable, in a range that no public ruleset uses. Where two observables
of one file would have the same, the later one is left to the datasets. `rev` is the release that last changed the
entry, in minutes since 1970, so it only rises.
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
    "All but the best 10 000 entries; mailboxes and hashes; sources and labels; the path of https URLs; and what may not "
    "be blocked (PAP:AMBER, PAP:RED)."
)

_FIRST, _RANGE = 1_000_000_000, 1_500_000_000  # sids; each observable has two
_PLAIN = re.compile(r"[A-Za-z0-9._/-]+")
_URL = re.compile(r"(https?)://(?:[^/?#]*@)?([^/?#:\[\]]+)(?::\d+)?([/?][^#]*)?")


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry may be blocked, and traffic shows it as it is."""
    if not may_be_blocked(row):
        return False
    if row.observable.type is ObservableType.URL:
        found = _URL.match(row.observable.value)
        return found is not None and len(row.observable.value) < 2_000
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
    value = f"[{item.value}]"
    return _rule("ip any any <>", f"{value} any", f"address {item.value}", "", row, sid)


def _domain(row: Entry, sid: int) -> str:
    """Return a rule on questions for a name or one below it, and one on TLS to it."""
    name = row.observable.value
    match = f'dotprefix; content:"{_content("." + name)}"; nocase; endswith; '
    dns = _rule("dns any any ->", "any any", f"name {name}", f"dns.query; {match}", row, sid)
    return dns + _rule("tls any any ->", "any any", f"TLS to {name}", f"tls.sni; {match}", row, sid + 1)


def _url(row: Entry, sid: int) -> str:
    found = _URL.match(row.observable.value)
    scheme, host, path = found.groups() if found else ("http", "", "")
    if scheme == "https":
        match = f'tls.sni; content:"{_content(host)}"; nocase; bsize:{len(host)}; '
        return _rule("tls any any ->", "any any", f"TLS to {host}", match, row, sid)
    match = f'http.host; content:"{_content(host)}"; bsize:{len(host)}; '
    match += f'http.uri.raw; content:"{_content(path or "/")}"; startswith; '
    return _rule("http any any ->", "any any", f"URL on {host}", match, row, sid)


def _rule(header: str, target: str, said: str, match: str, row: Entry, sid: int) -> str:
    """Return one rule; `said` is an observable without anything that ends a text."""
    meta = f"confidence {row.confidence}, tlp {row.marking.tlp.label}"
    if row.valid_until is not None:
        meta += f", until {rfc3339(row.valid_until)[:10]}"
    said = re.sub(r"[^A-Za-z0-9._/ :-]", "_", said).replace(":", "\\:")
    flow = f'alert {header} {target} (msg:"Vigie {said}"; {match}'
    return f"{flow}classtype:trojan-activity; metadata:{meta}; sid:{sid}; rev:{int(row.changed_at.timestamp()) // 60};)\n"


def _content(text: str) -> str:
    """Write a text for `content`: what is not plain is in hexadecimal, between bars."""
    return "".join(
        part if _PLAIN.fullmatch(part) else f"|{part.encode('utf-8', 'surrogatepass').hex(' ')}|"
        for part in re.findall(r"[A-Za-z0-9._/-]+|[^A-Za-z0-9._/-]+", text)
    )
