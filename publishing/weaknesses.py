"""Gather what the sources say of the CVEs a notice names, each statement with its issuer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from cvss import CVSS2, CVSS3, CVSS4, CVSSError

from records import CvssScore, Epss, KnownExploited, Vulnerability

CVE = re.compile(r"CVE-\d{4}-\d{4,19}")


@dataclass(frozen=True, slots=True)
class Severity:
    """A CVSS base score (0–10, one decimal) computed from its vector; `None` where it is unreadable.

    `level` is the qualitative rating in English, as in CVSS 3.1 § 5, empty with the number.
    """

    number: float | None
    level: str
    version: str
    issuer: str
    vector: str


@dataclass(frozen=True, slots=True)
class Weakness:
    """One CVE of a notice: severities, newest CVSS version first, listings, EPSS forecast and CWE ids."""

    cve: str
    severities: tuple[Severity, ...]
    listings: tuple[KnownExploited, ...]
    epss: Epss | None
    cwes: tuple[str, ...] = ()

    @property
    def worst(self) -> float:
        """The highest readable base score, 0 where there is none."""
        return max((item.number or 0 for item in self.severities), default=0)


def weaknesses(cves: tuple[str, ...], known: Mapping[str, tuple[Vulnerability, ...]]) -> tuple[Weakness, ...]:
    """Return the CVEs with what is known of each: the exploited first, then by score, then by number."""
    found = [weakness(cve, known.get(cve, ())) for cve in dict.fromkeys(cves)]
    return tuple(sorted(found, key=lambda item: (not item.listings, -item.worst, item.cve)))


def weakness(cve: str, statements: tuple[Vulnerability, ...]) -> Weakness:
    """Merge the statements on one CVE for reading; the same vector of the same issuer counts once."""
    scores = dict.fromkeys(score for said in statements for score in said.scores)
    forecasts = [said.epss for said in statements if said.epss]
    return Weakness(
        cve=cve,
        severities=tuple(
            sorted(
                (severity(score) for score in scores),
                key=lambda item: (item.version, item.issuer),
                reverse=True,
            )
        ),
        listings=tuple(said.known_exploited for said in statements if said.known_exploited),
        epss=max(forecasts, key=lambda item: item.model_on, default=None),
        cwes=tuple(dict.fromkeys(cwe for said in statements for cwe in said.cwes)),
    )


@lru_cache(maxsize=20_000)  # one vector stands in many notices, and is slow to read
def severity(score: CvssScore) -> Severity:
    """Compute a score from its vector; a vector that cannot be read stays, without number."""
    kind = {"2": CVSS2, "3": CVSS3, "4": CVSS4}.get(score.version[:1])
    try:
        if kind is None:
            raise CVSSError(f"no such version: {score.version}")
        parsed = kind(score.vector)
    except CVSSError:
        return Severity(None, "", score.version, score.issuer, score.vector)
    return Severity(
        float(parsed.scores()[0]), str(parsed.severities()[0]), score.version, score.issuer, score.vector
    )


def first_listing(found: tuple[Weakness, ...]) -> date | None:
    """Return the day on which the first of these was listed as exploited, `None` where none is."""
    return min((listing.added_on for item in found for listing in item.listings), default=None)
