"""Say how sure we are that a value a text names is an indicator, from how and where it is written.

Ours, version 1: the sum of what speaks for and against, within 0–100.

| signal | points |
|---|---|
| the type alone | `BASE` |
| written so that it cannot be clicked | 30 |
| a link, or another name or address, that can be clicked, in a text that breaks a third of them | −40, −25 |
| alone on its line, in a list or in a table | 20 |
| in a section that lists indicators; of references or of the harmless | 20; −60 |
| a link with a label, or introduced as a source | −60 |
| a name of `legitimate_names.txt`; not a page where strangers publish, broken or listed | −100 |
| said to be harmless on the same line | −40 |
| a hash in a section about certificates or keys | −70 |

A CVE or a technique is a fact wherever it stands: its type alone counts.

Example: `203[.]0[.]113[.]7` alone on a line under "C2 servers": 50 + 30 + 20 + 20, capped at 100. The same
address in "as our blog post on 203.0.113.7 says": 50 − 60, that is 0.
"""

import re
from collections.abc import Container
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from enrichment.naming.sections import Section, SectionKind
from enrichment.naming.values import ArtefactType, FoundType, Value
from records import ObservableType

BASE: dict[FoundType, int] = {
    ObservableType.IPV4: 50,
    ObservableType.IPV6: 50,
    ObservableType.IPV4_NET: 40,
    ObservableType.IPV6_NET: 40,
    ObservableType.DOMAIN: 40,
    ObservableType.URL: 45,
    ObservableType.EMAIL: 40,
    ObservableType.MD5: 60,
    ObservableType.SHA1: 60,
    ObservableType.SHA256: 65,
    ArtefactType.SHA512: 65,
    ArtefactType.CVE: 95,
    ArtefactType.ATTACK: 70,
    ArtefactType.BITCOIN: 75,
    ArtefactType.PATH: 50,
    ArtefactType.MUTEX: 60,
    ArtefactType.REGISTRY: 60,
}
BROKEN, LISTED = 30, 20
WHOLE_LINK, WHOLE = -40, -25
SECTION = {SectionKind.INDICATORS: 20, SectionKind.REFERENCES: -60, SectionKind.OTHER: 0}
INTRODUCED, LEGITIMATE, HARMLESS, OTHER_DIGEST = -60, -100, -40, -70

CLICKABLE = frozenset(
    {
        ObservableType.IPV4,
        ObservableType.IPV6,
        ObservableType.DOMAIN,
        ObservableType.URL,
        ObservableType.EMAIL,
    }
)
_FACTS = frozenset({ArtefactType.CVE, ArtefactType.ATTACK})
_HASHES = frozenset({ObservableType.MD5, ObservableType.SHA1, ObservableType.SHA256, ArtefactType.SHA512})

_BULLETS = " *•◦▪·>`\"'–+0123456789.)[(-"
_CELL_STARTS = "\n\r|;\t"
_LINE_AFTER = re.compile(r"[`\"'\])]{0,3}[ \t]*(?:\Z|[\r\n|,;\t]|[-–—(#:<])")
_SOURCE_BEFORE = re.compile(
    r"(?:\b(?:blog ?post|article|reports?|references?|sources?|credits?|see|via|read|published|analysis|write-?up|"
    r"documentation|available (?:on|at|in)|tweet(?:ed)?|advisory|rapport|voir|lire|référence|publié|message-id|in-reply-to)"
    r"\b[^\n]{0,40}|\]\()\Z",
    re.IGNORECASE,
)
_SAID_HARMLESS = re.compile(
    r"not (?:inherently )?malicious|non malveillant|legitimate|légitime|benign|bénin|connectivity check|"
    r"ip address check|clean file"
)
_OTHER_DIGESTS = re.compile(r"certificat|thumbprint|cipher|\bkeys?\b|\bclés?\b", re.IGNORECASE)
_REMARK = 80  # signs after a value that may say it is harmless


class Place(NamedTuple):
    """A value where it stands: its half-open span in the text as written, and its section."""

    value: Value
    start: int
    end: int
    defanged: bool
    section: Section


def confidence(place: Place, text: str, *, broken: bool) -> int:
    """Return how sure we are, 0–100; `text` is as written, `broken` says whether it breaks its links."""
    kind, points = place.value.type, BASE[place.value.type]
    if kind in _FACTS:
        return points
    points += SECTION[place.section.kind]
    listed = _is_listed(text, place.start, place.end)
    points += LISTED if listed else 0
    if _is_said_harmless(text, place.end):
        points += HARMLESS
    if kind in CLICKABLE:
        points += _as_link(place, text, listed=listed, broken=broken)
    elif kind in _HASHES and _is_of_other_digests(place.section.title):
        points += OTHER_DIGEST
    return max(0, min(100, points))


def below(name: str, parents: Container[str]) -> str:
    """Return which of `parents` a domain is, or lies below; empty where none."""
    while name:
        if name in parents:
            return name
        name = name.partition(".")[2]
    return ""


def _as_link(place: Place, text: str, *, listed: bool, broken: bool) -> int:
    """Return the points of what can be clicked: how it is written, introduced, and where it leads."""
    value, points = place.value, 0
    link = value.type is ObservableType.URL
    if place.defanged:
        points += BROKEN
    elif broken:
        points += WHOLE_LINK if link else WHOLE
    if not place.defanged and not listed and _is_introduced(text, place.start, place.end):
        points += INTRODUCED
    legitimate = below(value.host, _legitimate())
    if legitimate:
        page = link and not (value.value.count("/") == 3 and value.value.endswith("/"))
        harmful = _legitimate()[legitimate] and page and (listed or place.defanged)
        points += 0 if harmful else LEGITIMATE
    return points


def _is_listed(text: str, start: int, end: int) -> bool:
    """Whether a place is alone on its line, in a list or in a table."""
    before = text[max(start - 14, 0) : start].rstrip(_BULLETS)
    begins = before[-1] in _CELL_STARTS if before else start <= 14
    return begins and _LINE_AFTER.match(text, end, end + 12) is not None


def _is_introduced(text: str, start: int, end: int) -> bool:
    """Whether something clickable is a link of the text: with a label, or after a word that says so."""
    return text[end : end + 1] == "[" or bool(_SOURCE_BEFORE.search(text, max(start - 70, 0), start))


def _is_said_harmless(text: str, end: int) -> bool:
    """Whether the rest of the line, as far as we look, says that the value means no harm."""
    remark = text[end : end + _REMARK].partition("\n")[0].lower()
    return len(remark) > 5 and _SAID_HARMLESS.search(remark) is not None


@lru_cache(maxsize=4_096)
def _is_of_other_digests(title: str) -> bool:
    """Whether a section is about certificates or keys, whose digests are none of a file."""
    return _OTHER_DIGESTS.search(title) is not None


@cache
def _legitimate() -> dict[str, bool]:
    """Return the names that mean no harm, each with whether strangers publish there."""
    lines = Path(__file__).with_name("legitimate_names.txt").read_text("utf-8").splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    return {name.removesuffix("/*"): name.endswith("/*") for name in names}
