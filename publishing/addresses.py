"""Give every page its one address, stable from edition to edition and never shared."""

import re
from datetime import UTC, datetime
from hashlib import sha256

from records import Advisory, Tier

PAGE_ROWS = 100  # rows of one list page
SLUG_LENGTH = 80  # characters kept of a publisher's identifier

_PLAIN = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
_PLAIN_SOURCE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

TIER_NAMES = {Tier.SOIN: "soin", Tier.SECTEUR: "secteur", Tier.SOCLE: "socle", Tier.GENERAL: "general"}


def advisory_page(advisory: Advisory) -> str:
    """Return `avis/<year>/<source>--<native id>.md`, relative to the pages' folder.

    A native id in capitals, digits and single hyphens is kept as it is, in lower case. Where the
    slug loses anything of it, twelve hexadecimal digits of its SHA-256 follow another `--`: as slugs
    hold no double hyphen, no two records share an address. The year is that of publication, else of
    the first reading.
    """
    return f"avis/{published(advisory).year}/{slug(advisory.source_id, advisory.native_id)}.md"


def slug(source_id: str, native_id: str) -> str:
    """Return the file name, without suffix, of a source's notice; lower-case ASCII only."""
    name = f"{_folded(source_id)}--{_folded(native_id)}"
    if len(native_id) <= SLUG_LENGTH and _PLAIN.fullmatch(native_id) and _PLAIN_SOURCE.fullmatch(source_id):
        return name
    digest = sha256(f"{source_id}\x1f{native_id}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name}--{digest[:12]}"


def tier_page(tier: Tier, number: int = 1) -> str:
    """Return the address of the `number`-th page (from 1) of a tier's list."""
    return _numbered(f"pertinence/{TIER_NAMES[tier]}", number)


def month_page(year: int, month: int, number: int = 1) -> str:
    """Return the address of the `number`-th page (from 1) of a month's list."""
    return _numbered(f"archives/{year:04}-{month:02}", number)


def published(advisory: Advisory) -> datetime:
    """Return the instant, in UTC, that places a notice in year and month: publication, else reading."""
    return (advisory.published_at or advisory.provenance.received_at).astimezone(UTC)


def changed(advisory: Advisory) -> datetime:
    """Return the instant, in UTC, of a notice's last change that its publisher dates, else reading."""
    known = advisory.updated_at or advisory.published_at or advisory.provenance.received_at
    return known.astimezone(UTC)


def relative(target: str, page: str) -> str:
    """Return the path from one page to another as MkDocs resolves it: from the page's own folder."""
    return "../" * page.count("/") + target


def site_path(page: str) -> str:
    """Return where a page is served, relative to the site's address: `avis/2025/x/`."""
    return page.removesuffix(".md").removesuffix("index") + ("" if page.endswith("index.md") else "/")


def _numbered(stem: str, number: int) -> str:
    return f"{stem}.md" if number == 1 else f"{stem}-{number}.md"


def _folded(text: str) -> str:
    """Reduce an identifier to lower-case ASCII letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:SLUG_LENGTH].strip("-") or "sans-numero"
