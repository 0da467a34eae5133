"""Say how alike two notices are, and why: by the vulnerabilities they share, or by the names.

Ours, version 1. Two notices that both name CVEs are alike as far as the larger set of CVEs is shared (a CVE
that few notices name weighs more), and only if they speak of one vendor or product: a flaw of a library is
in many products, each with its own remedy. News that names few CVEs may stand for a notice that names a few
more. Where at most one of the two names CVEs, names decide: words with a capital letter in title and
summary, which are the same in two languages (cosine; a name that few notices have weighs more).

No pair is compared that shares nothing rare: pairs come from inverted indexes of CVEs and of names that
few notices have, and only from notices at most `DAYS_BY_CVES` or `DAYS_BY_NAMES` apart, so that the time
grows with the number of notices, not with its square.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log, log2, sqrt

from enrichment.relevance.matching import fold
from records import Advisory, Category, Reason

DAYS_BY_CVES, DAYS_BY_NAMES = 120, 14  # apart at most: notices of one flaw, news of one event
ALIKE_BY_CVES, ALIKE_BY_NAMES, ALIKE_BY_ONE_NAME = 0.5, 0.25, 0.4  # least likeness of one story
COMMON_CVE = 60  # found in more notices, it leads to no comparison; it still weighs
RARE = 1_000  # a name in one of so many notices can be of one event; one in more is a habit of writing
BULLETIN = 12  # CVEs: a notice with more is a collection, no single piece of news stands for it
WORDS_READ = 60  # of a summary
SHOWN = 3  # CVEs or names given in a reason

# Words of vendors' names that say nothing of who they are.
LEGAL_FORMS = frozenset(
    ["ltd", "llc", "inc", "corp", "corporation", "company", "gmbh", "subsidiary", "group"]
)
TRADES = frozenset(["software", "systems", "solutions", "technologies", "networks", "electronics", "energy"])

_CAPITAL = re.compile(r"\b[^\W\d_a-zà-öø-ÿ][\w'’+-]*")  # beginning with a letter that is no small Latin one
_WORD = re.compile(r"[^\W_](?:[\w'+-]*[^\W_])?")
_CVE = re.compile(r"cve-\d{4}-\d+")


@dataclass(frozen=True, slots=True)
class Features:
    """What of a notice is compared: its CVEs, the words with a capital letter and those without in its
    title and the beginning of its summary, the words of its title and of its vendors, its date.
    """

    advisory: Advisory
    at: datetime
    cves: frozenset[str]
    capital: frozenset[str]
    small: frozenset[str]
    title: frozenset[str]
    vendors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Link:
    """Two notices that tell one story: their ids, the older first, a likeness of 0–1 and its reason."""

    first_id: str
    second_id: str
    likeness: float
    reason: Reason


def dated(advisory: Advisory) -> datetime:
    """Return when a notice appeared, as far as it is known."""
    return advisory.published_at or advisory.updated_at or advisory.provenance.received_at


def links(advisories: Sequence[Advisory]) -> list[Link]:
    """Return the pairs of notices that are alike enough to tell one story, the surest first."""
    every = [_features(one) for one in sorted(advisories, key=lambda one: (dated(one), one.id))]
    found = [*_by_cves(every), *_by_names(every)]
    return sorted(found, key=lambda link: (-link.likeness, link.first_id, link.second_id))


def _features(advisory: Advisory) -> Features:
    text = f"{advisory.title} . {' '.join(advisory.summary.split()[:WORDS_READ])}"
    return Features(
        advisory=advisory,
        at=dated(advisory),
        cves=frozenset(advisory.cves),
        capital=_words(" ".join(_CAPITAL.findall(text))),
        small=_words(_CAPITAL.sub(" ", text)),
        title=_words(advisory.title),
        vendors=_words(" ".join({one.vendor for one in advisory.affected})) - LEGAL_FORMS - TRADES,
    )


def _words(text: str) -> frozenset[str]:
    """Return the words of a text without case and accents; CVEs and words of two letters are left out."""
    words = _WORD.findall(fold(text))
    return frozenset(word for word in words if len(word) > 2 and not _CVE.fullmatch(word))


def _by_cves(every: Sequence[Features]) -> Iterator[Link]:
    named = Counter(cve for one in every for cve in one.cves)
    spoken = Counter(word for one in every for word in one.title)
    weights = {cve: 1 / max(1, log2(count) / 2) for cve, count in named.items()}
    for one, other in _pairs([(item, item.cves) for item in every], named, COMMON_CVE, DAYS_BY_CVES):
        likeness = _cve_likeness(one, other, weights)
        if likeness >= ALIKE_BY_CVES:
            subject = _subject(one, other, spoken, len(every))
            if subject:
                yield _link(one, other, likeness, _of_cves(one.cves & other.cves, subject))


def _cve_likeness(one: Features, other: Features, weights: Mapping[str, float]) -> float:
    """Return which part of the larger set of CVEs is shared, 0–1; of the news', where one is news."""
    shared = sum(weights[cve] for cve in one.cves & other.cves)
    news = [item for item in (one, other) if item.advisory.category is Category.NEWS]
    if not news or max(len(one.cves), len(other.cves)) > BULLETIN:
        return shared / max(sum(weights[cve] for cve in item.cves) for item in (one, other))
    return shared / min(sum(weights[cve] for cve in item.cves) for item in news)


def _subject(one: Features, other: Features, spoken: Counter[str], total: int) -> str:
    """Return a vendor that both speak of or, where one of them names none, a rare word of both titles; an
    empty text where there is neither.
    """
    vendors = (one.vendors & other.vendors) | (one.vendors & other.title) | (one.title & other.vendors)
    if vendors or (one.vendors and other.vendors):
        return min(vendors, key=lambda word: (spoken[word], word), default="")
    rare = {word for word in one.title & other.title if spoken[word] <= max(3, total // 500)}
    return min(rare, key=lambda word: (spoken[word], word), default="")


def _by_names(every: Sequence[Features]) -> Iterator[Link]:
    named = _names(every)
    used = Counter(name for names in named.values() for name in names)
    weights = {name: log(1 + len(every) / count) ** 2 for name, count in used.items()}
    lengths = {item: sqrt(sum(weights[name] for name in names)) for item, names in named.items()}
    rare = max(4, len(every) // RARE)
    keys = [(item, named[item.advisory.id]) for item in every]
    for one, other in _pairs(keys, used, rare, DAYS_BY_NAMES):
        shared = named[one.advisory.id] & named[other.advisory.id]
        telling = {name for name in shared if used[name] <= rare}
        if telling and not (one.cves and other.cves) and _beside_news(one, other):
            weight = sum(weights[name] for name in shared)
            likeness = weight / (lengths[one.advisory.id] * lengths[other.advisory.id])
            if likeness >= (ALIKE_BY_NAMES if len(telling) > 1 else ALIKE_BY_ONE_NAME):
                rarest = sorted(shared, key=lambda name: (used[name], name))[:SHOWN]
                yield _link(one, other, likeness, _of_names(rarest))


def _names(every: Sequence[Features]) -> dict[str, frozenset[str]]:
    """Return the names in each notice, by its id: words that are more often written with a capital letter
    than without, in all notices together. "Notice" in an English title is none.
    """
    capital = Counter(word for one in every for word in one.capital)
    small = Counter(word for one in every for word in one.small)
    return {
        one.advisory.id: frozenset(word for word in one.capital if capital[word] > small[word])
        for one in every
    }


def _beside_news(one: Features, other: Features) -> bool:
    """Whether one of two is no advisory: two advisories that share no CVE are two, however alike."""
    return any(item.advisory.category is not Category.ADVISORY for item in (one, other))


def _pairs(
    every: Sequence[tuple[Features, frozenset[str]]], used: Counter[str], common: int, days: int
) -> Iterator[tuple[Features, Features]]:
    """Yield, once and the older first, the pairs that share a key that is not common, `days` apart at
    most. `every` is in the order of its dates.
    """
    places: dict[str, list[int]] = defaultdict(list)
    window = timedelta(days=days)
    for place, (item, keys) in enumerate(every):
        partners: set[int] = set()
        for key in keys:
            if 1 < used[key] <= common:
                partners.update(before for before in places[key] if item.at - every[before][0].at <= window)
                places[key].append(place)
        for before in sorted(partners):
            yield every[before][0], item


def _link(one: Features, other: Features, likeness: float, reason: Reason) -> Link:
    return Link(one.advisory.id, other.advisory.id, round(likeness, 3), reason)


def _of_cves(shared: frozenset[str], subject: str) -> Reason:
    listed = ", ".join(sorted(shared)[:SHOWN]) + (f", … ({len(shared)})" if len(shared) > SHOWN else "")
    return Reason(
        "shared_cves",
        0,
        f"Mêmes vulnérabilités ({listed}), même éditeur ou produit («\u00a0{subject}\u00a0»)",
        f"The same vulnerabilities ({listed}), the same vendor or product (“{subject}”)",
    )


def _of_names(names: Sequence[str]) -> Reason:
    french = ", ".join(f"«\u00a0{name}\u00a0»" for name in names)
    english = ", ".join(f"“{name}”" for name in names)
    return Reason(
        "shared_names",
        0,
        f"Noms rares communs, à quelques jours d’intervalle\u00a0: {french}",
        f"Rare names in common, a few days apart: {english}",
    )
