"""Say dates, numbers and our own vocabulary in French, as readers of the site expect them."""

from datetime import UTC, date, datetime

from records import TLP, Category, Decision, Level, Tier

NBSP = "\u00a0"  # before : ; ? ! and inside « »
THIN = "\u202f"  # between thousands

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
]

CATEGORIES = {
    Category.ALERT: "Alerte de sécurité",
    Category.ADVISORY: "Avis de sécurité",
    Category.NEWS: "Actualité",
    Category.BULLETIN: "Bulletin",
}

TIERS = {
    Tier.SOIN: "Soin",
    Tier.SECTEUR: "Secteur",
    Tier.SOCLE: "Socle",
    Tier.GENERAL: "Général",
}

TIER_MEANINGS = {
    Tier.SOIN: "dispositifs médicaux et logiciels cliniques",
    Tier.SECTEUR: "attaques, fuites et campagnes visant des structures de santé",
    Tier.SOCLE: "produits déployés dans la plupart des hôpitaux",
    Tier.GENERAL: "le reste, conservé pour mémoire et pour la recherche",
}

STATES = {
    "ok": ("✓", "À jour"),
    "empty": ("∅", "Réponse vide"),
    "shrinking": ("↘", "En baisse"),
    "stale": ("◷", "Silencieuse"),
    "failing": ("✕", "En panne"),
    "paused": ("Ⅱ", "Suspendue"),
    "never": ("○", "Jamais lue"),
}

SEVERITIES = {
    "None": "nulle",
    "Low": "faible",
    "Medium": "moyenne",
    "High": "élevée",
    "Critical": "critique",
}

# CSAF 2.0 § 3.2.3.9: the kinds of product status.
PRODUCT_STATUSES = {
    "first_affected": "première version touchée",
    "first_fixed": "première version corrigée",
    "fixed": "corrigé",
    "known_affected": "touché",
    "known_not_affected": "non touché",
    "last_affected": "dernière version touchée",
    "recommended": "version recommandée",
    "under_investigation": "en cours d’examen",
}

FIELDS = {  # the fields of a notice, as the list of its changes names them
    "title": "Titre",
    "category": "Nature",
    "marking": "Marquage",
    "cves": "Vulnérabilités",
    "affected": "Produits concernés",
    "risks": "Risques",
    "remediations": "Mesures",
    "summary": "Résumé",
    "body": "Texte",
    "references": "Références",
    "labels": "Étiquettes",
}
LEVELS = {level: f"Priorité {level.value}" for level in Level} | {Level.INFORMATION: "Pour information"}
DECISIONS = {one: one.value.capitalize() for one in Decision}
LEVEL_NAMES = {level: level.name.lower() for level in Level}  # as they stand in style sheets
OBSERVABLES = {
    "ipv4-addr": "adresses IPv4",
    "ipv6-addr": "adresses IPv6",
    "ipv4-net": "réseaux IPv4",
    "ipv6-net": "réseaux IPv6",
    "domain-name": "noms de domaine",
    "url": "adresses web (URL)",
    "email-addr": "adresses électroniques",
    "md5": "empreintes MD5",
    "sha1": "empreintes SHA-1",
    "sha256": "empreintes SHA-256",
}

LANGUAGES = {
    "de": "allemand",
    "en": "anglais",
    "es": "espagnol",
    "it": "italien",
    "nl": "néerlandais",
    "pt": "portugais",
}

AUDIENCES = {
    TLP.CLEAR: "diffusion libre",
    TLP.GREEN: "diffusion limitée à la communauté",
    TLP.AMBER: "diffusion restreinte à l’organisation et à ses clients",
    TLP.AMBER_STRICT: "diffusion restreinte à l’organisation",
    TLP.RED: "réservé aux destinataires",
}


def day(value: date) -> str:
    """Return « 18 juillet 2025 », « 1er août 2025 »; an instant is read in UTC."""
    value = value.astimezone(UTC) if isinstance(value, datetime) else value
    first = "1er" if value.day == 1 else str(value.day)
    return f"{first}{NBSP}{MONTHS[value.month - 1]}{NBSP}{value.year}"


def short_day(value: date) -> str:
    """Return « 18/07/2025 »; an instant is read in UTC."""
    value = value.astimezone(UTC) if isinstance(value, datetime) else value
    return f"{value:%d/%m/%Y}"


def instant(value: datetime) -> str:
    """Return « 18 juillet 2025 à 18 h 05 (UTC) »."""
    utc = value.astimezone(UTC)
    return f"{day(utc)} à {utc.hour}{NBSP}h{NBSP}{utc.minute:02} (UTC)"


def month(year: int, number: int) -> str:
    """Return « juillet 2025 »."""
    return f"{MONTHS[number - 1]} {year}"


def count(number: int, singular: str, plural: str = "") -> str:
    """Return « 1 924 avis »: below two, French takes the singular."""
    noun = singular if number < 2 else (plural or f"{singular}s")
    return f"{integer(number)}{NBSP}{noun}"


def integer(number: int) -> str:
    """Return a whole number with narrow non-breaking spaces between thousands."""
    return f"{number:,}".replace(",", THIN)


def decimal(number: float, digits: int = 1) -> str:
    """Return a number with a decimal comma."""
    return f"{number:.{digits}f}".replace(".", ",")


def versions(text: str) -> str:
    """Return the versions of a product as published; the specifier of all (vers:all/*) in words."""
    return {"": "non précisées", "vers:all/*": "toutes les versions"}.get(text, text)


def percent(share: float) -> str:
    """Return a share of 0–1 as « 93,4 % »; what rounds to nothing is « < 0,1 % »."""
    if 0 < share < 0.0005:
        return f"<{NBSP}0,1{NBSP}%"
    return f"{decimal(share * 100)}{NBSP}%"


def language(code: str) -> str:
    """Return « en anglais » for an ISO 639-1 code, nothing for French or an unknown code."""
    name = LANGUAGES.get(code.lower()[:2], "")
    return f"en {name}" if name else ""
