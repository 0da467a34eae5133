"""Say how near an advisory is to care, with reasons a reader can check.

Ours, version 2. Every reason carries points, and points add up; a scale fitted on texts whose
relevance is known leads the sum to the score: the chance, in a hundred, that the text is about health.
From `Background.health_from` on it is, and what speaks for it says how:

- tier *soin*: a notice (an advisory or alert, or anything that lists affected products) of things that
  treat patients, or news of the CVEs of such things;
- tier *secteur*: everything else about health, such as an attack on a hospital.

Below it, an advisory is *socle* where its title or product list names what most hospitals run, where
it shares a CVE with a notice labelled as health, or where a notice is labelled as health among other
sectors; these reasons weigh little or nothing for health itself. All else is *général*.

| reason | points |
|---|---|
| `sector_alone`, `sector_among_others`, `shared_cve`: the publisher's labels, CVEs | `SAID` |
| `clinical_product`, `device_words`, `body_words`, `trade_words` | by place and number, `word_model` |
| `word`: a plain word that goes with health or against it, the weightiest shown | by word, `word_model` |
| `other_words`: all other such words together | their sum |
| `socle_product` | 0 |

A name that means other things too counts beside its vendor or, if clinical, beside a health label, a
device or another clinical product. Known exploitation changes urgency, not relevance: it is not
looked at. An advisory that is itself labelled as health shares its CVEs with itself: no reason.
"""

from collections.abc import Mapping, Sequence

from enrichment.relevance import wording
from enrichment.relevance.health_signals import Signal, named, signals, weighed_words
from enrichment.relevance.lexicon import Entry, Kind
from enrichment.relevance.mentions import Mention, mentions
from enrichment.relevance.sector_labels import HealthLabels, health_labels
from enrichment.relevance.word_model import Form, Model, Word, shipped
from records import Advisory, Assessment, Background, Category, Evidence, Reason, Tier

VERSION = 2
APPLIES_TO = Advisory

PRODUCTS_SHOWN = 5  # reasons for products of one kind
WORDS_SHOWN = 3
SURE_OF_SOCLE = 80  # confidence

SAID = {
    Form.NOTICE: {"sector_alone": 90, "sector_among_others": 10, "shared_cve": 5},
    Form.NEWS: {"sector_alone": 90, "sector_among_others": 60, "shared_cve": 0},
}
PRODUCTS = frozenset({"sector_alone", "clinical_product", "device_words"})
BASE = frozenset({"socle_product", "shared_cve", "sector_among_others"})


def assess(record: Advisory, background: Background) -> list[Assessment]:
    """Return the one conclusion about an advisory; its value is a `records.Tier`.

    Raises `SettingsError` where the word model was edited into something unreadable.
    """
    return [conclude(record, background, shipped())]


def conclude(record: Advisory, background: Background, model: Model) -> Assessment:
    """Return the conclusion that a model leads to."""
    form = form_of(record)
    reasons = _reasons(record, background, model, form)
    score = model.score(form, sum(reason.weight for reason in reasons))
    tier = _tier(record, {reason.code for reason in reasons}, form, health=score >= background.health_from)
    sure = SURE_OF_SOCLE if tier is Tier.SOCLE else 100 - score
    return Assessment(
        subject_id=record.id,
        rule="health_relevance",
        version=VERSION,
        value=tier,
        score=score,
        confidence=score if tier in (Tier.SOIN, Tier.SECTEUR) else sure,
        reasons=tuple(reasons),
    )


def form_of(record: Advisory) -> Form:
    """Return whether an advisory is judged as a notice or as news."""
    notice = record.category in (Category.ADVISORY, Category.ALERT) or bool(record.affected)
    return Form.NOTICE if notice else Form.NEWS


def _tier(record: Advisory, codes: set[str], form: Form, *, health: bool) -> Tier:
    treats = bool(codes & PRODUCTS)
    if health and form is Form.NOTICE:
        return Tier.SOIN if treats or "body_words" not in codes else Tier.SECTEUR
    if health:
        return Tier.SOIN if treats and record.cves else Tier.SECTEUR
    return Tier.SOCLE if codes & BASE else Tier.GENERAL


def _reasons(record: Advisory, background: Background, model: Model, form: Form) -> list[Reason]:
    """Return all reasons: labels, names and words we know, products of most hospitals, CVEs, words."""
    labels = health_labels(record.labels)
    found = mentions(record, traps=True)
    reasons = _labelled(labels, SAID[form])
    for signal in signals(found, form, labelled=bool(labels and labels.alone)):
        held = model.signals[form].get(signal.code, {})
        reasons += _found(signal, sum(held.get(feature, 0) for feature in signal.features))
    base = [mention for mention in named(found, Kind.SOCLE) if mention.evidence.field != "summary"]
    reasons += _products("socle_product", base, 0)
    shared = [] if labels else _shared(record, background)
    reasons += [wording.shared_cves(shared, SAID[form]["shared_cve"])] if shared else []
    return reasons + _plain(weighed_words(record, found, model, form), model.words[form])


def _labelled(labels: HealthLabels | None, said: Mapping[str, int]) -> list[Reason]:
    if labels is None:
        return []
    code = "sector_alone" if labels.alone else "sector_among_others"
    return [wording.sector(code, labels.evidence, said[code])]


def _found(signal: Signal, points: int) -> list[Reason]:
    """Return the reasons for one signal, of which the first carries its points."""
    if signal.code == "clinical_product":
        return _products(signal.code, signal.mentions, points)
    return [wording.words(signal.code, [mention.evidence for mention in signal.mentions], points)]


def _products(code: str, found: Sequence[Mention], points: int) -> list[Reason]:
    """Return a reason for each of the first few products."""
    places: dict[Entry, list[Evidence]] = {}
    for mention in found:
        places.setdefault(mention.entry, []).append(mention.evidence)
    shown = list(places.items())[:PRODUCTS_SHOWN]
    return [
        wording.product(code, entry, evidence, 0 if number else points)
        for number, (entry, evidence) in enumerate(shown)
    ]


def _plain(places: Mapping[str, Evidence], known: Mapping[str, Word]) -> list[Reason]:
    """Return a reason for each of the weightiest words, and one for all others together."""
    ordered = sorted(places, key=lambda word: (-abs(known[word].points), word))
    shown, others = ordered[:WORDS_SHOWN], ordered[WORDS_SHOWN:]
    reasons = [wording.word(places[word], known[word].points) for word in shown]
    rest = sum(known[word].points for word in others)
    return [*reasons, wording.other_words(others, rest)] if others else reasons


def _shared(record: Advisory, background: Background) -> list[Evidence]:
    """Return where the advisory names CVEs of notices labelled as health."""
    return [
        Evidence(f"cves[{place}]", 0, len(cve), cve)
        for place, cve in enumerate(record.cves)
        if cve in background.health_cves
    ]
