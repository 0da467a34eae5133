"""Say how near an advisory is to care, with reasons a reader can check.

Ours, version 1. A *notice* is about products: an advisory or alert, or anything that lists affected
products. Everything else is *news*; news that names CVEs is read as both, whichever is nearer to
care. Each kind of reason places the advisory in a tier; the nearest tier wins. The points of all
kinds add up, to at most 100; a kind that places the advisory nowhere supports the others with 10.

| reason | points | tier of a notice | tier of news |
|---|---|---|---|
| `sector_alone`: the publisher's labels name health and nothing else | 70 | soin | secteur |
| `clinical_product`: a health product or vendor is named | 60 | soin | secteur |
| `device_words`: things that treat or examine patients are named | 40 | soin | secteur |
| `body_words`: those who care, or are cared for, are named | 50 | secteur, in its title | secteur |
| `title_words`: a word of health in the title, as in a victim's name | 40 | none | secteur |
| `text_words`: two different words of health or more elsewhere | 30 | none | secteur |
| `sector_among_others`: the labels name health among other sectors | 30 | socle | secteur |
| `socle_product`: the title or product list names what most hospitals run | 40 | socle | socle |
| `shared_cve`: a CVE is shared with a notice labelled as health | 30 | socle | socle |

A name that means other things too counts beside its vendor or, if clinical, beside a health label, a
device or another clinical product. Known exploitation changes urgency, not relevance: it is not
looked at. An advisory that is itself labelled as health shares its CVEs with itself: no reason.

Example: a notice titled "Philips IntelliSpace", its summary speaking of DICOM files, labelled
`sector:Healthcare and Public Health`: 70 + 60 + 40, capped at 100, tier soin. The same label with
"Energy" beside it and no name or word we know: 30, tier socle.
"""

from dataclasses import dataclass, replace

from enrichment import wording
from enrichment.lexicon import Entry, Kind
from enrichment.mentions import Mention, mentions
from enrichment.sector_labels import health_labels
from records import Advisory, Assessment, Background, Category, Evidence, Reason, Tier

VERSION = 1
APPLIES_TO = Advisory

PRODUCTS_SHOWN = 5  # reasons for products of one kind
SUPPORT = 10  # points of a reason that places the advisory nowhere
UNREMARKABLE = 60  # confidence where no reason places it


@dataclass(frozen=True, slots=True)
class Signal:
    """What one kind of reason is worth: its points, tiers, and how sure it makes us (0–100)."""

    points: int
    notice: Tier
    news: Tier
    confidence: int


SIGNALS = {
    "sector_alone": Signal(70, Tier.SOIN, Tier.SECTEUR, 95),
    "clinical_product": Signal(60, Tier.SOIN, Tier.SECTEUR, 85),
    "device_words": Signal(40, Tier.SOIN, Tier.SECTEUR, 70),
    "body_words": Signal(50, Tier.SECTEUR, Tier.SECTEUR, 70),
    "title_words": Signal(40, Tier.GENERAL, Tier.SECTEUR, 60),
    "text_words": Signal(30, Tier.GENERAL, Tier.SECTEUR, 50),
    "sector_among_others": Signal(30, Tier.SOCLE, Tier.SECTEUR, 80),
    "socle_product": Signal(40, Tier.SOCLE, Tier.SOCLE, 80),
    "shared_cve": Signal(30, Tier.SOCLE, Tier.SOCLE, 60),
}


def assess(record: Advisory, background: Background) -> list[Assessment]:
    """Return the one conclusion about an advisory; its value is a `records.Tier`."""
    reasons = _reasons(record, background)
    tiers = {reason.code: _tier(record, reason) for reason in reasons}
    reasons = _weighed(reasons, tiers)
    nearest = _nearest([Tier.GENERAL, *tiers.values()])
    sure = [SIGNALS[code].confidence for code, tier in tiers.items() if tier is nearest is not Tier.GENERAL]
    return [
        Assessment(
            subject_id=record.id,
            rule="health_relevance",
            version=VERSION,
            value=nearest,
            score=min(100, sum(reason.weight for reason in reasons)),
            confidence=max(sure, default=UNREMARKABLE),
            reasons=tuple(reasons),
        )
    ]


def _tier(record: Advisory, reason: Reason) -> Tier:
    """Return where one reason places the advisory."""
    signal = SIGNALS[reason.code]
    notice = record.category in (Category.ADVISORY, Category.ALERT) or bool(record.affected)
    aside = reason.code == "body_words" and reason.evidence[0].field != "title"
    as_notice = Tier.GENERAL if aside else signal.notice
    if notice:
        return as_notice
    return _nearest([as_notice, signal.news]) if record.cves else signal.news


def _nearest(tiers: list[Tier]) -> Tier:
    return min(tiers, key=list(Tier).index)


def _weighed(reasons: list[Reason], tiers: dict[str, Tier]) -> list[Reason]:
    """Return the reasons with their points, which the first of each kind carries."""
    carried = set()
    weighed = []
    for reason in reasons:
        points = SUPPORT if tiers[reason.code] is Tier.GENERAL else SIGNALS[reason.code].points
        weighed.append(replace(reason, weight=0 if reason.code in carried else points))
        carried.add(reason.code)
    return weighed


def _reasons(record: Advisory, background: Background) -> list[Reason]:
    """Return all reasons, not yet weighed: labels, products, words, CVEs."""
    labels = health_labels(record.labels)
    found = mentions(record)
    reasons = []
    if labels:
        code = "sector_alone" if labels.alone else "sector_among_others"
        reasons.append(wording.sector(code, labels.evidence))
    cared = bool(labels and labels.alone) or any(mention.entry.kind is Kind.DEVICE for mention in found)
    reasons += _products("clinical_product", _named(found, Kind.CLINICAL, cared=cared))
    reasons += [wording.words(code, evidence) for code, evidence in _words(found).items()]
    known = [mention for mention in _named(found, Kind.SOCLE) if mention.evidence.field != "summary"]
    reasons += _products("socle_product", known)
    shared = [] if labels else _shared(record, background)
    return reasons + ([wording.shared_cves(shared)] if shared else [])


def _named(found: list[Mention], kind: Kind, *, cared: bool = False) -> list[Mention]:
    """Return the mentions of products that need no context, or have it.

    Their vendor is one; for clinical products another one, or `cared`: that care is spoken of.
    """
    products = [mention for mention in found if mention.entry.kind is kind]
    vendors = {mention.entry.name for mention in found if mention.entry.kind is Kind.VENDOR}
    if kind is Kind.CLINICAL:
        cared = cared or any(not mention.entry.vendor for mention in products)
    return [
        mention
        for mention in products
        if cared or not mention.entry.vendor or mention.entry.vendor in vendors
    ]


def _products(code: str, found: list[Mention]) -> list[Reason]:
    """Return a reason for each of the first few products."""
    places: dict[Entry, list[Evidence]] = {}
    for mention in found:
        places.setdefault(mention.entry, []).append(mention.evidence)
    shown = list(places.items())[:PRODUCTS_SHOWN]
    return [wording.product(code, entry, evidence) for entry, evidence in shown]


def _words(found: list[Mention]) -> dict[str, list[Evidence]]:
    """Return where plain words stand, by the reason they give."""
    trades = [mention for mention in found if mention.entry.kind is Kind.TRADE]
    titled = [mention for mention in trades if mention.evidence.field == "title"]
    several = len({mention.entry for mention in trades}) > 1
    groups = {
        "device_words": [mention for mention in found if mention.entry.kind is Kind.DEVICE],
        "body_words": [mention for mention in found if mention.entry.kind is Kind.BODY],
        "title_words": titled,
        "text_words": trades if several and not titled else [],
    }
    return {code: [mention.evidence for mention in words] for code, words in groups.items() if words}


def _shared(record: Advisory, background: Background) -> list[Evidence]:
    """Return where the advisory names CVEs of notices labelled as health."""
    return [
        Evidence(f"cves[{place}]", 0, len(cve), cve)
        for place, cve in enumerate(record.cves)
        if cve in background.health_cves
    ]
