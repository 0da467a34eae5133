"""Write Suricata datasets: sets of any size, and the few rules that look into them.

The rules name their sets by file name only: put all files into one folder, which is Suricata's
`default-rule-path` or the folder of the rule file. Names are compared whole, in lower case.

Suricata 7 computes one sort of hash of a file, that of the first rule which asks for one. So MD5 and SHA-1 have
a rule file of their own, for those who set `force-hash: [md5, sha1, sha256]`.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from records import Entry, ObservableType
from sharing.formats import clamav, may_be_blocked
from sharing.formats.merging import is_address

RULES, OLDER_RULES = "suricata/vigie-datasets.rules", "suricata/vigie-md5-sha1.rules"
DOMAINS, ADDRESSES = "suricata/vigie-domains.lst", "suricata/vigie-addresses.lst"
MD5, SHA1, SHA256 = (f"suricata/vigie-{sort}.lst" for sort in ("md5", "sha1", "sha256"))
FILES: Mapping[str, frozenset[ObservableType]] = {
    RULES: frozenset(),
    OLDER_RULES: frozenset(),
    DOMAINS: frozenset({ObservableType.DOMAIN}),
    ADDRESSES: frozenset({ObservableType.IPV4, ObservableType.IPV6}),
    MD5: frozenset({ObservableType.MD5}),
    SHA1: frozenset({ObservableType.SHA1}),
    SHA256: frozenset({ObservableType.SHA256}),
}
MEDIA_TYPE = "text/plain; charset=utf-8"
LOSES = (
    "URLs, networks and mailboxes; what lies below a name; everything but the value; and what may not be blocked "
    "(PAP:AMBER, PAP:RED)."
)

_LONGEST_NAME = 253  # RFC 1035 § 2.3.4; Suricata reads lines of up to 1 023 characters
_NO_FILE = {MD5: "0" * 32, SHA1: "0" * 40, SHA256: "0" * 64}  # a list of no hash is an error
_SIZE = "memcap 512mb,hashsize 262144"  # more is refused, see `datasets.limits`
_ANY = "any any -> any any"
_ONCE_AN_HOUR = "threshold:type limit,track by_both,seconds 3600,count 1"  # not for each packet


def carries(row: Entry, name: str = DOMAINS) -> bool:
    """Say whether an entry may be blocked, and Suricata reads its line: a bad one costs it the whole set."""
    if name == DOMAINS:
        return may_be_blocked(row) and len(row.observable.value) <= _LONGEST_NAME
    if name == ADDRESSES:
        return may_be_blocked(row) and is_address(row)
    return clamav.carries(row) and row.observable.value.strip("0") != ""


def head(name: str, made_at: datetime) -> str:
    """Return the rules, which are always the same, or the hash of no file that a list of hashes begins with."""
    if name in _RULES:
        return _RULES[name]
    return f"{_NO_FILE[name]}\n" if name in _NO_FILE else ""


def render(rows: Iterable[Entry], name: str = DOMAINS) -> Iterator[str]:
    """Yield one line a value; names are in base64 (RFC 4648), as sets of strings are."""
    kept = (row.observable.value for row in rows if carries(row, name))
    if name == DOMAINS:
        return (f"{b64encode(value.lower().encode()).decode()}\n" for value in kept)
    return (f"{value}\n" for value in kept)


def count(lines: Iterable[str]) -> int:
    """Return the number of values; the rules are none."""
    return sum(not line.startswith("alert ") and line.strip("0\n") != "" for line in lines)


def _rule(number: int, protocol: str, said: str, match: str) -> str:
    sid = 4_100_000_000 + number
    rule = f'alert {protocol} {_ANY} (msg:"Vigie listed {said}"; {match}; '
    return f"{rule}classtype:trojan-activity; sid:{sid}; rev:1;)\n"


def _set(name: str, kind: str) -> str:
    return f"dataset:isset,vigie-{name},type {kind},load vigie-{name}.lst,{_SIZE}"


_NAMES, _ADDRESSES = _set("domains", "string"), _set("addresses", "ip")
_RULES = {
    RULES: (
        _rule(1, "dns", "name", f"dns.query; to_lowercase; {_NAMES}")
        + _rule(2, "tls", "name in TLS", f"tls.sni; to_lowercase; {_NAMES}")
        + _rule(3, "http", "name in HTTP", f"http.host; {_NAMES}")
        + _rule(5, "ip", "address", f"ip.dst; {_ADDRESSES}; {_ONCE_AN_HOUR}")
        + _rule(6, "ip", "address", f"ip.src; {_ADDRESSES}; {_ONCE_AN_HOUR}")
        + _rule(9, "http", "file", "filesha256:vigie-sha256.lst")
    ),
    OLDER_RULES: (
        _rule(7, "http", "file (MD5)", "filemd5:vigie-md5.lst")
        + _rule(8, "http", "file (SHA-1)", "filesha1:vigie-sha1.lst")
    ),
}
