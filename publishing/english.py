"""Say dates, numbers and our own vocabulary in British English; the twin of `publishing.french`, name for name."""

from datetime import UTC, date, datetime

from records import TLP, Category, Decision, Level, Tier

NBSP = "\u00a0"  # between the parts of a date, between a number and its noun
THIN = ","  # between thousands

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

CATEGORIES = {
    Category.ALERT: "Security alert",
    Category.ADVISORY: "Security advisory",
    Category.NEWS: "News",
    Category.BULLETIN: "Bulletin",
}

TIERS = {
    Tier.SOIN: "Care",
    Tier.SECTEUR: "Sector",
    Tier.SOCLE: "Common base",
    Tier.GENERAL: "General",
}

TIER_MEANINGS = {
    Tier.SOIN: "medical devices and clinical software",
    Tier.SECTEUR: "attacks, leaks and campaigns aimed at health organisations",
    Tier.SOCLE: "products deployed in most hospitals",
    Tier.GENERAL: "everything else, kept for the record and for searching",
}

STATES = {
    "ok": ("✓", "Up to date"),
    "empty": ("∅", "Empty answer"),
    "shrinking": ("↘", "Shrinking"),
    "stale": ("◷", "Silent"),
    "failing": ("✕", "Failing"),
    "paused": ("Ⅱ", "Paused"),
    "never": ("○", "Never read"),
}

SEVERITIES = {
    "None": "none",
    "Low": "low",
    "Medium": "medium",
    "High": "high",
    "Critical": "critical",
}

# CSAF 2.0 § 3.2.3.9: the kinds of product status.
PRODUCT_STATUSES = {
    "first_affected": "first affected version",
    "first_fixed": "first fixed version",
    "fixed": "fixed",
    "known_affected": "affected",
    "known_not_affected": "not affected",
    "last_affected": "last affected version",
    "recommended": "recommended version",
    "under_investigation": "under investigation",
}

FIELDS = {  # the fields of a notice, as the list of its changes names them
    "title": "Title",
    "category": "Kind",
    "marking": "Marking",
    "cves": "Vulnerabilities",
    "affected": "Affected products",
    "risks": "Risks",
    "remediations": "Remediation",
    "summary": "Summary",
    "body": "Text",
    "references": "References",
    "labels": "Labels",
}
LEVELS = {
    Level.CRITICAL: "Critical priority",
    Level.HIGH: "High priority",
    Level.MODERATE: "Moderate priority",
    Level.LOW: "Low priority",
    Level.INFORMATION: "For information",
}
DECISIONS = {
    Decision.ACT_NOW: "Act now",
    Decision.ACT_SOON: "Act soon",
    Decision.PLAN: "Plan",
    Decision.WATCH: "Watch",
}
LEVEL_NAMES = {level: level.name.lower() for level in Level}  # as they stand in style sheets
OBSERVABLES = {
    "ipv4-addr": "IPv4 addresses",
    "ipv6-addr": "IPv6 addresses",
    "ipv4-net": "IPv4 networks",
    "ipv6-net": "IPv6 networks",
    "domain-name": "domain names",
    "url": "web addresses (URL)",
    "email-addr": "e-mail addresses",
    "md5": "MD5 hashes",
    "sha1": "SHA-1 hashes",
    "sha256": "SHA-256 hashes",
}

LANGUAGES = {
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
}

AUDIENCES = {
    TLP.CLEAR: "free to share",
    TLP.GREEN: "for the community only",
    TLP.AMBER: "for the organisation and its clients only",
    TLP.AMBER_STRICT: "for the organisation only",
    TLP.RED: "for its recipients only",
}


def day(value: date) -> str:
    """Return “18 July 2025”; an instant is read in UTC."""
    value = value.astimezone(UTC) if isinstance(value, datetime) else value
    return f"{value.day}{NBSP}{MONTHS[value.month - 1]}{NBSP}{value.year}"


def short_day(value: date) -> str:
    """Return “18 Jul 2025”; an instant is read in UTC."""
    value = value.astimezone(UTC) if isinstance(value, datetime) else value
    return f"{value.day} {MONTHS[value.month - 1][:3]} {value.year}"


def instant(value: datetime) -> str:
    """Return “18 July 2025 at 18:05 (UTC)”."""
    utc = value.astimezone(UTC)
    return f"{day(utc)} at {utc:%H:%M} (UTC)"


def month(year: int, number: int) -> str:
    """Return “July 2025”."""
    return f"{MONTHS[number - 1]} {year}"


def count(number: int, singular: str, plural: str = "") -> str:
    """Return “1,924 notices”: only one takes the singular.

    A plural equal to the singular is taken for none: it comes from a French word that never changes
    (« avis »), whose English takes an s.
    """
    many = plural if plural not in ("", singular) else f"{singular}s"
    return f"{integer(number)}{NBSP}{singular if number == 1 else many}"


def integer(number: int) -> str:
    """Return a whole number with commas between thousands."""
    return f"{number:,}"


def decimal(number: float, digits: int = 1) -> str:
    """Return a number with a decimal point."""
    return f"{number:.{digits}f}"


def versions(text: str) -> str:
    """Return the versions of a product as published; the specifier of all (vers:all/*) in words."""
    return {"": "not stated", "vers:all/*": "all versions"}.get(text, text)


def percent(share: float) -> str:
    """Return a share of 0–1 as “93.4%”; what rounds to nothing is “<0.1%”."""
    if 0 < share < 0.0005:
        return "<0.1%"
    return f"{decimal(share * 100)}%"


def language(code: str) -> str:
    """Return “in French” for an ISO 639-1 code, nothing for English or an unknown code."""
    name = LANGUAGES.get(code.lower()[:2], "")
    return f"in {name}" if name else ""
