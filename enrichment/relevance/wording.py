"""Say the reasons of the health rule in French and in English.

French sentences keep non-breaking spaces before a colon and inside « ». `points` are what the reason
weighs; a negative number speaks against health.
"""

from collections.abc import Sequence

from enrichment.relevance.lexicon import Entry
from records import Evidence, Reason

SHOWN = 3  # places quoted for one reason, and words listed in one sentence


def product(code: str, entry: Entry, evidence: Sequence[Evidence], points: int) -> Reason:
    """Say that a known product is named; `code` is `clinical_product` or `socle_product`."""
    french, english = {
        "clinical_product": ("Produit de santé reconnu", "Known health product"),
        "socle_product": (
            "Produit déployé dans la plupart des hôpitaux",
            "Product deployed in most hospitals",
        ),
    }[code]
    return Reason(
        code,
        points,
        f"{french}\u00a0: {entry.name} ({entry.french})",
        f"{english}: {entry.name} ({entry.english})",
        tuple(evidence[:SHOWN]),
    )


def words(code: str, evidence: Sequence[Evidence], points: int) -> Reason:
    """Say that words of a kind stand there; `code` is one of the keys below."""
    french, english = {
        "device_words": ("Matériel ou logiciel de soins", "Equipment or software of care"),
        "body_words": ("Structure, métier ou usager de la santé", "Health body, profession or patient"),
        "trade_words": ("Vocabulaire de la santé", "Words of health"),
    }[code]
    seen = list({part.text.casefold(): part.text for part in evidence}.values())[:SHOWN]
    return Reason(
        code,
        points,
        f"{french}\u00a0: {', '.join(quoted(text) for text in seen)}",
        f"{english}: {', '.join(f'“{text}”' for text in seen)}",
        tuple(evidence[:SHOWN]),
    )


def word(evidence: Evidence, points: int) -> Reason:
    """Say that a plain word goes with health, or against it; `evidence` is where it first stands."""
    french, english = (
        ("Mot fréquent dans les textes de santé", "Word frequent in texts about health")
        if points > 0
        else ("Mot rare dans les textes de santé", "Word rare in texts about health")
    )
    text = evidence.text
    return Reason("word", points, f"{french}\u00a0: {quoted(text)}", f"{english}: “{text}”", (evidence,))


def other_words(folded: Sequence[str], points: int) -> Reason:
    """Say what all other plain words weigh together, the weightiest named."""
    listed = ", ".join(folded[:SHOWN])
    more = "…" if len(folded) > SHOWN else ""
    return Reason(
        "other_words",
        points,
        f"Autres mots du texte ({len(folded)})\u00a0: {listed}{more}",
        f"Other words of the text ({len(folded)}): {listed}{more}",
    )


def sector(code: str, evidence: Sequence[Evidence], points: int) -> Reason:
    """Say that the publisher names the sector; `code` is `sector_alone` or `sector_among_others`."""
    text = evidence[0].text
    french, english = {
        "sector_alone": (
            "Le secteur de la santé est désigné par l’éditeur",
            "The publisher names the health sector",
        ),
        "sector_among_others": (
            "Le secteur de la santé est désigné par l’éditeur parmi d’autres",
            "The publisher names the health sector among others",
        ),
    }[code]
    return Reason(
        code, points, f"{french} ({quoted(text)})", f"{english} (“{text}”)", tuple(evidence[:SHOWN])
    )


def shared_cves(evidence: Sequence[Evidence], points: int) -> Reason:
    """Say that vulnerabilities are shared with a notice that its publisher labels as health."""
    listed = ", ".join(part.text for part in evidence[:SHOWN])
    return Reason(
        "shared_cve",
        points,
        f"Vulnérabilité citée aussi par un avis que son éditeur destine à la santé\u00a0: {listed}",
        f"Vulnerability also named by a notice that its publisher labels as health: {listed}",
        tuple(evidence[:SHOWN]),
    )


def quoted(text: str) -> str:
    """Return words between French quotation marks."""
    return f"«\u00a0{text}\u00a0»"
