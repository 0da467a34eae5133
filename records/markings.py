"""How far a record may travel (TLP) and what its reader may do with it (PAP)."""

from dataclasses import dataclass
from enum import IntEnum


class TLP(IntEnum):
    """Traffic Light Protocol 2.0 (FIRST, August 2022), ordered from open to closed."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def label(self) -> str:
        """The label as FIRST writes it, without its prefix: `AMBER+STRICT`."""
        return self.name.replace("_", "+")


class PAP(IntEnum):
    """Permissible Actions Protocol (MISP taxonomy `PAP`), ordered from free to passive-only."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    RED = 3


@dataclass(frozen=True, slots=True, order=True)
class Marking:
    """What a publisher asks of the readers of a record."""

    tlp: TLP = TLP.CLEAR
    pap: PAP = PAP.CLEAR


def parse_tlp(text: str) -> TLP:
    """Read a TLP label in any of its spellings: `tlp:amber`, `TLP:AMBER+STRICT`, `WHITE`.

    TLP 1.0 WHITE is read as CLEAR. A label that is not one of the protocol's is treated as RED:
    never downwards (decision 0007).
    """
    word = text.strip().upper().removeprefix("TLP").lstrip(": ").replace("-", "+").replace("_", "+")
    word = {"WHITE": "CLEAR", "AMBERSTRICT": "AMBER+STRICT"}.get(word, word)
    return next((level for level in TLP if level.label == word), TLP.RED)


def parse_pap(text: str) -> PAP:
    """Read a PAP label, `PAP:GREEN` or `white` (read as CLEAR); an unknown one is treated as RED."""
    word = text.strip().upper().removeprefix("PAP").lstrip(": ")
    word = {"WHITE": "CLEAR"}.get(word, word)
    return next((level for level in PAP if level.name == word), PAP.RED)


def parse_tags(tags: list[str], *, least: Marking) -> Marking:
    """Read the markings among a record's tags; `least` is what its source asks of everything.

    Understands the MISP taxonomies `tlp:` and `PAP:` and their namespaced variants, such as
    `cert-fr:TLP="clear"`. The strictest of all that is said holds.
    """
    tlp, pap = least.tlp, least.pap
    for tag in tags:
        name, value = _machine_tag(tag)
        if name == "tlp":
            tlp = max(tlp, parse_tlp(value))
        elif name == "pap":
            pap = max(pap, parse_pap(value))
    return Marking(tlp, pap)


def _machine_tag(tag: str) -> tuple[str, str]:
    """Split `namespace:predicate="value"` or `predicate:value` into lower-case predicate and value.

    `tlp:ex:chr` and the like keep their whole rest as value, so that they are read as unknown.
    """
    if "=" in tag:
        name, _, value = tag.partition("=")
        return name.rpartition(":")[2].strip().lower(), value.strip().strip('"')
    name, _, value = tag.partition(":")
    return name.strip().lower(), value.strip().strip('"')
