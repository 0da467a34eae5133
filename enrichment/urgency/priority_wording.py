"""Say the reasons of the priority rule in French and in English.

French keeps non-breaking spaces before : ; % and inside « », and decimal commas. What comes from a
source (issuer, vector, catalogue) is cut where it is long. Reasons carry the points they are given.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from enrichment.relevance.wording import quoted
from enrichment.urgency.circumstances import Exposed
from enrichment.urgency.exploit_words import Statement
from enrichment.urgency.severity import Maturity
from enrichment.urgency.weakness import Weakness
from records import CvssScore, Epss, Evidence, Reason, Tier

SHOWN = 3  # CVEs, places and catalogues named for one reason
LONGEST = 120  # characters of what a source may say in one sentence
MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]  # by number
RELEVANCE = {
    Tier.SOIN: (
        "Concerne les soins\u00a0: dispositif médical ou logiciel clinique",
        "Concerns care: medical device or clinical software",
    ),
    Tier.SECTEUR: ("Concerne les structures de santé", "Concerns health bodies"),
    Tier.SOCLE: ("Produit déployé dans la plupart des hôpitaux", "Product deployed in most hospitals"),
}
PATCHES = {
    "patch_missing": (
        "Correctif absent pour tout ou partie des produits\u00a0: appliquer les mesures de contournement",
        "No fix for some or all products: apply the mitigations",
    ),
    "patch_available": (
        "L’avis indique un correctif ou une mise à jour",
        "The notice names a fix or an update",
    ),
    "patch_unstated": ("L’avis ne mentionne aucun correctif", "The notice mentions no fix"),
}


def severity(points: int, weakness: Weakness) -> Reason:
    """Say the worst base score, with version, issuer and vector."""
    worst = weakness.severities[0]
    score = worst.score
    named = f"CVSS {score.version}, {_cut(score.issuer)}, {_cut(score.vector)}"
    return _reason(
        "severity",
        points,
        f"Gravité {_decimal(worst.number)} sur 10 ({named})",
        f"Severity {worst.number:.1f} of 10 ({named})",
        weakness,
    )


def severity_unknown(points: int, weakness: Weakness, risk: tuple[Evidence, ...]) -> Reason:
    """Say that no vector can be read, and that the severity is supposed, from a risk if there is one."""
    french = "Gravité inconnue, supposée moyenne\u00a0: aucun vecteur CVSS lisible"
    english = "Severity unknown, taken as medium: no readable CVSS vector"
    if risk:
        french = f"Gravité supposée d’après le risque annoncé\u00a0: {quoted(_cut(risk[0].text))}"
        english = f"Severity supposed from the risk named: “{_cut(risk[0].text)}”"
    return replace(
        _reason("severity_unknown", points, french, english, weakness), evidence=risk or places(weakness)
    )


def unreadable_vectors(scores: Sequence[tuple[Weakness, CvssScore]]) -> Reason:
    """Say which vector cannot be read, and how many others."""
    weakness, score = scores[0]
    more = len(scores) - 1
    french = f"Vecteur illisible, laissé de côté\u00a0: {quoted(_cut(score.vector))} ({_cut(score.issuer)})"
    english = f"Unreadable vector, left aside: “{_cut(score.vector)}” ({_cut(score.issuer)})"
    if more:
        french += f", et {more}\u00a0{'autres' if more > 1 else 'autre'}"
        english += f", and {more} more"
    return _reason("unreadable_vector", 0, french, english, weakness)


def forecast(points: int, weakness: Weakness, epss: Epss, *, old: bool) -> Reason:
    """Say FIRST's forecast with its model's date, and whether it is old."""
    likely, rank = _percent(epss.probability), _percent(epss.percentile)
    french = (
        f"Probabilité d’exploitation sous 30\u00a0jours\u00a0: {likely.replace('.', ',')}\u00a0% (EPSS du "
        f"{_day(epss.model_on)}, rang supérieur à {rank.replace('.', ',')}\u00a0% des CVE)"
    )
    english = (
        f"Probability of exploitation within 30 days: {likely}% "
        f"(EPSS of {epss.model_on}, ranked above {rank}% of CVEs)"
    )
    if old:
        french += "\u00a0; prévision ancienne, comptée pour moitié"
        english += "; an old forecast, which counts half"
    return _reason("epss", points, french, english, weakness)


def known_exploited(points: int, weakness: Weakness) -> Reason:
    """Say in which catalogues it is listed, and since when."""
    shown = weakness.listings[:SHOWN]
    french = " et ".join(f"{_cut(one.catalogue)} depuis le {_day(one.added_on)}" for one in shown)
    english = " and ".join(f"{_cut(one.catalogue)} since {one.added_on}" for one in shown)
    return _reason(
        "known_exploited",
        points,
        f"Exploitation avérée\u00a0: au catalogue {french}",
        f"Known to be exploited: in the catalogue {english}",
        weakness,
    )


def ransomware(points: int, weakness: Weakness) -> Reason:
    """Say which catalogue tells of its use by ransomware."""
    catalogue = _cut(next(one.catalogue for one in weakness.listings if one.ransomware))
    return _reason(
        "ransomware",
        points,
        f"Utilisée par des rançongiciels, selon {catalogue}",
        f"Used by ransomware, according to {catalogue}",
        weakness,
    )


def exploit(code: str, points: int, weakness: Weakness, said: Sequence[Statement]) -> Reason:
    """Say that the notice, or else a vector's maturity metric, tells of exploitation or of exploits.

    `code` is `stated_exploited` or `public_exploit`.
    """
    french, english = {
        "stated_exploited": ("Exploitation signalée", "Exploitation reported"),
        "public_exploit": ("Moyen d’exploitation public", "Public means of exploitation"),
    }[code]
    if not said:
        wanted = Maturity.ATTACKED if code == "stated_exploited" else Maturity.PUBLIC
        vector = next(one.score for one in weakness.severities if one.maturity >= wanted)
        french += f" par un vecteur CVSS ({_cut(vector.issuer)})"
        english += f" by a CVSS vector ({_cut(vector.issuer)})"
        return _reason(code, points, french, english, weakness)
    words = list(dict.fromkeys(one.evidence.text for one in said))[:SHOWN]
    return Reason(
        code,
        points,
        f"{french} dans l’avis\u00a0: {', '.join(quoted(text) for text in words)}",
        f"{english} in the notice: {', '.join(f'“{text}”' for text in words)}",
        tuple(one.evidence for one in said[:SHOWN]),
    )


def open_attack(points: int, weakness: Weakness) -> Reason:
    """Say that nothing stands between the network and the weakness."""
    return _reason(
        "open_attack",
        points,
        "Attaque possible par le réseau, sans compte ni action d’un utilisateur",
        "Can be attacked over the network, without an account nor a user’s action",
        weakness,
    )


def care_stops(points: int, weakness: Weakness) -> Reason:
    """Say that a medical device or clinical software can be stopped."""
    return _reason(
        "care_stops",
        points,
        "Peut interrompre un dispositif ou un logiciel de soins\u00a0: perte totale de disponibilité",
        "Can stop a device or software of care: total loss of availability",
        weakness,
    )


def exposed_product(points: int, exposed: Sequence[Exposed]) -> Reason:
    """Say that a product is made to face the Internet."""
    first = exposed[0]
    return Reason(
        "exposed_product",
        points,
        f"Produit souvent exposé à Internet\u00a0: {first.evidence.text} ({first.french})",
        f"Product that often faces the Internet: {first.evidence.text} ({first.english})",
        tuple(one.evidence for one in exposed[:SHOWN]),
    )


def relevance(points: int, tier: Tier, evidence: Sequence[Evidence]) -> Reason:
    """Say how near to care the advisory is; `tier` is not `GENERAL`."""
    return Reason("relevance", points, *RELEVANCE[tier], tuple(evidence[:SHOWN]))


def patch(code: str, points: int, evidence: Sequence[Evidence]) -> Reason:
    """Say whether there is a fix; `code` is a key of `PATCHES`."""
    return Reason(code, points, *PATCHES[code], tuple(evidence[:SHOWN]))


def ties(others: Sequence[Weakness]) -> Reason:
    """Say how many others weigh as much as the worst, and name the first."""
    count, named = len(others), ", ".join(one.cve for one in others[:SHOWN])
    more = ", …" if count > SHOWN else ""
    many = count > 1
    french = "autres vulnérabilités pèsent" if many else "autre vulnérabilité pèse"
    english = "other weaknesses weigh" if many else "other weakness weighs"
    return Reason(
        "ties",
        0,
        f"{count}\u00a0{french} autant\u00a0: {named}{more}",
        f"{count} {english} as much: {named}{more}",
        tuple(evidence for other in others[:SHOWN] for evidence in places(other)),
    )


def not_affected() -> Reason:
    """Return why a notice of products that are not affected is no matter of urgency."""
    return Reason(
        "not_affected",
        0,
        "Aucun produit touché, selon son éditeur",
        "No product affected, its publisher says",
    )


def withdrawn(on: date) -> Reason:
    """Say that the publisher took the notice back."""
    return Reason(
        "withdrawn", 0, f"Avis retiré par son éditeur le {_day(on)}", f"Withdrawn by its publisher on {on}"
    )


def places(weakness: Weakness) -> tuple[Evidence, ...]:
    """Return where the advisory names a CVE, nothing for a nameless weakness."""
    cve = weakness.cve
    return (Evidence(f"cves[{weakness.place}]", 0, len(cve), cve),) if cve else ()


def _reason(code: str, points: int, french: str, english: str, weakness: Weakness) -> Reason:
    """Return a reason about one CVE, which both sentences end with."""
    named = f" ({weakness.cve})" if weakness.cve else ""
    return Reason(code, points, french + named, english + named, places(weakness))


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def _percent(share: float) -> str:
    """Return a share (0–1) in hundredths, with two decimals where it is small."""
    return f"{100 * share:.2f}" if share < 0.01 else f"{100 * share:.1f}"


def _day(day: date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"
