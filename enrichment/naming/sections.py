"""Say in which section of a report a place stands, and whether sections of that name list indicators or references.

Read are headings of Markdown (`## Hashes`) and AsciiDoc (`== Samples`), and short lines that stand for
one: in capitals with a colon (`REFERENCES:`), or alone and of a word we know (`Domains`). A section whose
own title says nothing is of its parent's kind.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_DECORATION = " \t\r#=*_]"
_WORDS = 5  # spaces between the words of a heading without a mark, at most
_LOOSE = 9  # the level of headings without a mark: below all others
_HEADING = re.compile(  # begins with one sign, for which the engine skips ahead
    r"\n[ \t]*(?:(?P<mark>[#=]{1,6})[ \t]+(?P<title>[^\n]{1,160}+)"
    r"|[*_>\[]{0,4}[ \t]?(?P<loose>[^\W\d_][^\n.;|`\\@]{1,66}+))$",
    re.MULTILINE,
)
_REFERENCES = re.compile(
    r"(?:the |original |external |other |autres |les |nos )?(?:references?|références?|links?|liens?|sources?|bibliography|"
    r"bibliographie|documentation|credits?|remerciements|acknowledge?ments?|authors?|auteurs?|contacts?|about(?: us)?|"
    r"à propos|mitre.*|legitimate.*|tools? used)(?:\s*(?:and|et|&|/)\s*\w+)?\s*(?:\(\d+\))?:?"
    r"|(?:for |pour )?(?:more|additional|further) (?:info|information|reading|details)\b.*|(?:see|read) (?:also|more)\b.*"
    r"|(?:voir|à lire) aussi\b.*|pour en savoir plus\b.*|en savoir plus\b.*|(?:related|previous) (?:posts?|reports?|research)\b.*",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:references?|références?|legitimate|légitimes?|benign|tweets?|social media)\b", re.IGNORECASE
)
_INDICATORS = re.compile(
    r"\b(?:iocs?|indicat(?:ors?|eurs?)|c2s?|c&c|cnc|command[- ]and[- ]control|network|réseau|hash(?:es)?|sha-?\d+|md5|"
    r"empreintes?|condensats?|samples?|échantillons?|domains?|domaines?|ips?|ipv[46]|addresse?s|adresses?|urls?|uris?|"
    r"hosts?|servers?|serveurs?|traffic|trafic|files?|fichiers?|malware|maliciels?|payloads?|charges?|droppers?|loaders?|"
    r"backdoors?|e-?mails?|mutex(?:es)?|registry|registre|artefacts?|artifacts?|compromission|infrastructure|phishing|"
    r"hameçonnage|links?|attachments?|documents?|scripts?|installers?|implants?|maldocs|archives?)\b",
    re.IGNORECASE,
)


class SectionKind(StrEnum):
    """What a section is for, as far as its title says."""

    INDICATORS = "indicators"
    REFERENCES = "references"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a text from `start` up to the next section; `title` is empty before the first heading."""

    start: int
    title: str
    kind: SectionKind


def sections(text: str) -> list[Section]:
    """Return the sections of a text in their order; there is always a first, at 0."""
    found = [Section(0, "", SectionKind.OTHER)]
    above: list[tuple[int, SectionKind]] = []
    for heading in _HEADING.finditer("\n" + text):
        level = len(heading["mark"]) if heading["mark"] else _LOOSE
        written = (heading["title"] or heading["loose"]).strip(_DECORATION)
        title = written.rstrip(":" + _DECORATION)
        if level == _LOOSE and title.count(" ") > _WORDS and not title.isupper():
            continue
        own = _kind(title)
        if level == _LOOSE and not _stands_for_a_heading(title, own, colon=written != title):
            continue
        while above and above[-1][0] >= level:
            above.pop()
        kind = own or (above[-1][1] if above else SectionKind.OTHER)
        above.append((level, kind))
        found.append(Section(heading.start(), title, kind))
    return found


@lru_cache(maxsize=4_096)
def _kind(title: str) -> SectionKind | None:
    if _REFERENCES.fullmatch(title) or _HARMLESS.search(title):
        return SectionKind.REFERENCES
    return SectionKind.INDICATORS if _INDICATORS.search(title) else None


def _stands_for_a_heading(title: str, own: SectionKind | None, *, colon: bool) -> bool:
    """Whether a short line is a heading: capitals and a colon, or a word we know."""
    return own is not None or (colon and title.isupper())
