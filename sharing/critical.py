"""Say which new entries a human must see before they go out: right or wrong, they could stop a hospital.

A name that is made to look like a hospital's may well be a lure. It may also be the hospital's other name, and
blocking it stops care; so does a very wide network, or a name below which much else lives.
"""

import ipaddress
import re
from collections.abc import Iterable
from functools import cache

from records import Entry, ObservableType
from sharing.shield_lists import HEALTH, SHIPPED

WIDE = {4: 20, 6: 44}  # bits: a network wider than that is seen by a human first; the rule is ours

# Signs that are read as a Latin letter (Unicode TR 39, confusables), the commonest ones; digits are last.
_LOOKS = str.maketrans(
    "аеорсухіјѕԁһӏԛԝвкмнтαορνιτκуɑɡıłøđħ0135",
    "aeopcyxijsdhlqwbkmhtaopvitkyagilodholes",
)
_SMALL = re.compile(r"rn|vv|cl")  # pairs that are read as one letter: m, w, d
_PAIRS = {"rn": "m", "vv": "w", "cl": "d"}
_JOINS = re.compile(r"[-_.]")


def why_critical(row: Entry) -> str:
    """Return why an entry must be seen by a human before it is listed; empty where it need not."""
    item = row.observable
    if item.type in (ObservableType.IPV4_NET, ObservableType.IPV6_NET):
        return _wide(item.value)
    if item.type is ObservableType.DOMAIN:
        return _lookalike(item.value)
    if item.type is ObservableType.URL:
        host = re.match(r"[a-z]+://(?:[^/?#]*@)?([^/?#:\[\]]+)", item.value)
        return _lookalike(host[1]) if host else ""
    return ""


def _wide(value: str) -> str:
    network = ipaddress.ip_network(value)
    bound = WIDE[network.version]
    return f"is wider than /{bound}" if network.prefixlen < bound else ""


def _lookalike(name: str) -> str:
    """Look for a protected name of health or State that a name is written to resemble."""
    labels = [_plain(label) for label in name.split(".")]
    for place in range(len(labels) - 1):
        found = _protected().get(_shape(".".join(labels[place:])))
        if found is not None:
            return f"is written like {found}"
    return ""


def _plain(label: str) -> str:
    """Return a label as it is shown to readers (RFC 3492)."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode().decode("punycode")
    except UnicodeError:
        return label


def _shape(name: str) -> str:
    """Reduce a name to what the eye takes in: look-alike signs are one, what joins words is nothing."""
    letters = name.lower().translate(_LOOKS).replace("i", "l")
    return _JOINS.sub("", _SMALL.sub(lambda pair: _PAIRS[pair[0]], letters))


@cache
def _protected() -> dict[str, str]:
    """Return shape -> name, of the names of health and State that we ship."""
    lines = (SHIPPED / f"{HEALTH}.txt").read_text("utf-8").splitlines()
    return {_shape(name): name for name in _names(lines)}


def _names(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        name = line.partition(" #")[0].strip().removeprefix(".")
        if name and not name.startswith("#") and "*" not in name and "@" not in name and "." in name:
            yield name
