"""Give every page its one address, stable from edition to edition and never shared."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from unicodedata import combining, normalize

from records import Advisory, Tier

SLUG_LENGTH = 80  # characters kept of a publisher's identifier

_PLAIN = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
_PLAIN_SOURCE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

TIER_NAMES = {Tier.SOIN: "soin", Tier.SECTEUR: "secteur", Tier.SOCLE: "socle", Tier.GENERAL: "general"}


def advisory_page(advisory: Advisory, seen_at: datetime | None) -> str:
    """Return `avis/<year>/<source>--<native id>/`, where the notice is served, for ever.

    A native id in capitals, digits and single hyphens is kept as it is, in lower case. Where the
    slug loses anything of it, twelve hexadecimal digits of its SHA-256 follow another `--`: as slugs
    hold no double hyphen, no two records share an address. The year is that in which the archive
    first had it (`seen_at`), which never changes, whatever dates its publisher gives.
    """
    return f"avis/{_year(advisory, seen_at)}/{slug(advisory.source_id, advisory.native_id)}/"


@lru_cache(maxsize=20_000)
def named(name: str) -> str:
    """Return the part of an address that stands for a name: lower-case ASCII, with a digest of the name
    where folding loses more than case and accents, so that no two names share an address.
    """
    folded = "".join(sign for sign in normalize("NFD", name) if not combining(sign)).lower()
    short = _folded(folded)
    return short if short.replace("-", " ") == folded else f"{short}-{_digest(name)[:6]}"


def slug(source_id: str, native_id: str) -> str:
    """Return the file name, without suffix, of a source's notice; lower-case ASCII only."""
    name = f"{_folded(source_id)}--{_folded(native_id)}"
    if len(native_id) <= SLUG_LENGTH and _PLAIN.fullmatch(native_id) and _PLAIN_SOURCE.fullmatch(source_id):
        return name
    return f"{name}--{_digest(f'{source_id}{chr(31)}{native_id}')[:12]}"


def _year(advisory: Advisory, seen_at: datetime | None) -> int:
    return (seen_at or advisory.provenance.received_at).astimezone(UTC).year


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _folded(text: str) -> str:
    """Reduce an identifier to lower-case ASCII letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:SLUG_LENGTH].strip("-") or "sans-numero"
