"""Say which indicators an advisory's own text names, surest first.

Ours, version 2. Read is the whole notice (its body, or its summary where that is all there is); the
advisory's own site does not count. CVEs are left to the advisory's own list. What is found, how it is
weighed and what is left out: `enrichment.naming.extraction` and `enrichment.naming.credibility`.
"""

from urllib.parse import urlsplit

from enrichment.naming.extraction import Found, extract
from enrichment.naming.suffixes import registrable
from enrichment.naming.values import ArtefactType, FoundType
from enrichment.relevance.wording import quoted
from records import (
    Advisory,
    Assessment,
    Background,
    Evidence,
    Observable,
    ObservableType,
    Reason,
    defang,
)

VERSION = 2
APPLIES_TO = Advisory

SURE = 50  # confidence from which a value is one of the conclusion
SHOWN = 20  # values given as reasons

LABELS: dict[FoundType, tuple[str, str]] = {
    ObservableType.IPV4: ("Adresse IPv4", "IPv4 address"),
    ObservableType.IPV6: ("Adresse IPv6", "IPv6 address"),
    ObservableType.IPV4_NET: ("Réseau IPv4", "IPv4 network"),
    ObservableType.IPV6_NET: ("Réseau IPv6", "IPv6 network"),
    ObservableType.DOMAIN: ("Nom de domaine", "Domain name"),
    ObservableType.URL: ("Adresse web", "URL"),
    ObservableType.EMAIL: ("Adresse électronique", "E-mail address"),
    ObservableType.MD5: ("Empreinte MD5", "MD5 hash"),
    ObservableType.SHA1: ("Empreinte SHA-1", "SHA-1 hash"),
    ObservableType.SHA256: ("Empreinte SHA-256", "SHA-256 hash"),
    ArtefactType.SHA512: ("Empreinte SHA-512", "SHA-512 hash"),
    ArtefactType.ATTACK: ("Technique ATT&CK", "ATT&CK technique"),
    ArtefactType.BITCOIN: ("Adresse Bitcoin", "Bitcoin address"),
    ArtefactType.PATH: ("Chemin Windows", "Windows path"),
    ArtefactType.MUTEX: ("Mutex", "Mutex"),
    ArtefactType.REGISTRY: ("Clé de registre", "Registry key"),
}


def assess(record: Advisory, background: Background) -> list[Assessment]:
    """Return the one conclusion about an advisory: how many values its text names, in decimal digits.

    Counted is what we are `SURE` of. The reasons are the surest values, at most `SHOWN`, each with its
    confidence as weight and shown so that it cannot be clicked; score and confidence are the surest one's.
    """
    sure = [one for one in found(record) if one.confidence >= SURE and one.type is not ArtefactType.CVE]
    sure.sort(key=lambda one: (-one.confidence, one.start))
    surest = sure[0].confidence if sure else 0
    return [
        Assessment(
            subject_id=record.id,
            rule="ioc_extraction",
            version=VERSION,
            value=str(len(sure)),
            score=surest,
            confidence=surest,
            reasons=tuple(_reason(record, one) for one in sure[:SHOWN]),
        )
    ]


def found(record: Advisory) -> list[Found]:
    """Return all that an advisory's text names, whatever the confidence, in the order of the text."""
    try:
        host = urlsplit(record.url).hostname or ""
    except ValueError:
        host = ""
    own = registrable(host.lower())
    return list(extract(_text(record)[1], own_domains={own} if own else ()))


def _text(record: Advisory) -> tuple[str, str]:
    """Return the field that is read, and its text."""
    return ("body", record.body) if record.body else ("summary", record.summary)


def _reason(record: Advisory, one: Found) -> Reason:
    field, text = _text(record)
    french, english = LABELS[one.type]
    shown = defang(Observable(one.type, one.value)) if isinstance(one.type, ObservableType) else one.value
    evidence = Evidence(field, one.start, one.end, text[one.start : one.end])
    return Reason(
        one.type, one.confidence, f"{french}\u00a0: {quoted(shown)}", f"{english}: “{shown}”", (evidence,)
    )
