"""Gather what all sources together say of each CVE of an advisory, as the priority rule weighs it."""

from collections.abc import Iterator
from dataclasses import dataclass

from enrichment.urgency.severity import Maturity, Severity, severity
from records import Advisory, Background, CvssScore, Epss, KnownExploited


@dataclass(frozen=True, slots=True)
class Weakness:
    """One CVE of an advisory, the one at `place`; `cve` is empty where the advisory names none.

    `severities` are the readable vectors, worst first, `unreadable` the others. `listings` are in
    order of date. `epss` is the forecast of the newest model, `None` where there is none.
    """

    cve: str
    place: int
    severities: tuple[Severity, ...] = ()
    unreadable: tuple[CvssScore, ...] = ()
    listings: tuple[KnownExploited, ...] = ()
    epss: Epss | None = None

    @property
    def number(self) -> float | None:
        """The highest base score (0–10), `None` where no vector can be read."""
        return self.severities[0].number if self.severities else None

    @property
    def maturity(self) -> Maturity:
        """The most that a vector says of exploits."""
        return max((one.maturity for one in self.severities), default=Maturity.NONE)


def weaknesses(record: Advisory, background: Background) -> list[Weakness]:
    """Return the CVEs of an advisory, each once, in its order; a nameless weakness where it has none."""
    return list(_weaknesses(record, background)) or [Weakness("", 0)]


def _weaknesses(record: Advisory, background: Background) -> Iterator[Weakness]:
    places = {cve: place for place, cve in reversed(list(enumerate(record.cves)))}
    for cve in dict.fromkeys(record.cves):
        said = background.vulnerabilities.get(cve, ())
        scores = dict.fromkeys(score for one in said for score in one.scores)
        read = {score: severity(score) for score in scores}
        listings = [one.known_exploited for one in said if one.known_exploited]
        yield Weakness(
            cve=cve,
            place=places[cve],
            severities=tuple(sorted(filter(None, read.values()), key=_worst_first)),
            unreadable=tuple(score for score, found in read.items() if found is None),
            listings=tuple(sorted(listings, key=lambda one: (one.added_on, one.catalogue))),
            epss=max((one.epss for one in said if one.epss), key=lambda one: one.model_on, default=None),
        )


def _worst_first(one: Severity) -> tuple[float, float, str]:
    """Order by base score; of equal ones the newest version comes first."""
    return -one.number, -float(one.score.version), one.score.issuer
