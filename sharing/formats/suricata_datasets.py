"""Write Suricata datasets: sets of any size, and the few rules that look into them.

`vigie-datasets.rules` names its sets by file name only: put all files into one folder, which is Suricata's
`default-rule-path` or the folder of the rule file. Names are compared whole.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from records import Entry, ObservableType
from sharing.formats import may_be_blocked

RULES = "suricata/vigie-datasets.rules"
DOMAINS, SHA256 = "suricata/vigie-domains.lst", "suricata/vigie-sha256.lst"
FILES: Mapping[str, frozenset[ObservableType]] = {
    RULES: frozenset(),
    DOMAINS: frozenset({ObservableType.DOMAIN}),
    "suricata/vigie-addresses.lst": frozenset({ObservableType.IPV4, ObservableType.IPV6}),
    SHA256: frozenset({ObservableType.SHA256}),
}
MEDIA_TYPE = "text/plain; charset=utf-8"
LOSES = (
    "MD5 and SHA-1, because Suricata 7 looks at one sort of hash only; URLs, networks and mailboxes; what lies below a name; everything but the value; and what may not be blocked (PAP:AMBER, "
    "PAP:RED)."
)

_NO_FILE = "0" * 64  # a list of no hash is an error; this one is of no file
_SIZE = "memcap 512mb, hashsize 262144"


def head(name: str, made_at: datetime) -> str:
    """Return the rules, which are always the same, or the hash that a list of hashes begins with."""
    return _RULES if name == RULES else f"{_NO_FILE}\n" if name == SHA256 else ""


def render(rows: Iterable[Entry], name: str = DOMAINS) -> Iterator[str]:
    """Yield one line a value; names are in base64 (RFC 4648), as sets of strings are."""
    kept = (row.observable.value for row in rows if may_be_blocked(row))
    if name == DOMAINS:
        return (f"{_packed(value)}\n" for value in kept)
    return (f"{value}\n" for value in kept)


def count(lines: Iterable[str]) -> int:
    """Return the number of values; the rules are none."""
    return sum(not line.startswith("alert ") and line.strip("0\n") != "" for line in lines)


def _packed(value: str) -> str:
    return b64encode(value.encode()).decode()


def _rule(number: int, header: str, said: str, match: str) -> str:
    return (
        f'alert {header} (msg:"Vigie listed {said}"; {match}; classtype:trojan-activity; sid:{4_100_000_000 + number}; '
        "rev:1;)\n"
    )


def _set(name: str, kind: str) -> str:
    return f"dataset:isset,vigie-{name},type {kind},load vigie-{name}.lst,{_SIZE}".replace(", ", ",")


_ANY = "any any -> any any"
_RULES = "".join(
    (
        _rule(1, f"dns {_ANY}", "name", f"dns.query; {_set('domains', 'string')}"),
        _rule(2, f"tls {_ANY}", "name in TLS", f"tls.sni; {_set('domains', 'string')}"),
        _rule(3, f"http {_ANY}", "name in HTTP", f"http.host; {_set('domains', 'string')}"),
        _rule(5, f"ip {_ANY}", "address", f"ip.dst; {_set('addresses', 'ip')}"),
        _rule(6, f"ip {_ANY}", "address", f"ip.src; {_set('addresses', 'ip')}"),
        _rule(9, f"http {_ANY}", "file", "filesha256:vigie-sha256.lst"),
    )
)
