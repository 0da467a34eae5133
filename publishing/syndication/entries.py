"""Say a story, or a release of the lists, as one item of a feed, whatever the feed's format."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from publishing import french
from publishing.cards import Card
from publishing.layout import LANGUAGES, Site
from publishing.syndication.selection import ListsNews
from records import record_id

# What neither XML 1.0 (§ 2.2) nor JSON's UTF-8 can carry, whatever a text was promised to be.
_NOT_CARRIED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed. Texts are plain, without a character that XML cannot carry; addresses absolute.

    `id` is a URN (RFC 9562 § 4) that stays for ever; `author` is who published it first. `html` is the
    whole text where the feed has whole texts, else empty.
    """

    id: str
    address: str
    title: str
    summary: str
    author: str
    categories: tuple[str, ...]
    published_at: datetime
    updated_at: datetime
    html: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed ready to be written. `address` is where it is served, `home` the page it belongs to, `id`
    the same for all formats; `updated_at` is when its newest item changed, never when it was written.
    """

    id: str
    address: str
    home: str
    title: str
    description: str
    language: str
    author: str
    updated_at: datetime
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """Our own phrases, each with a place for what it is about."""

    withdrawn: str
    update: str
    relevance: str
    source: str
    exploited: str


_WORDS = {
    "fr": _Words(
        "Retirée\u00a0: {}",
        "mise à jour\u00a0: {}",
        "pertinence {} ({} sur 100)",
        "Source\u00a0: {}.",
        "Exploitation connue, au catalogue depuis le {}.",
    ),
    "en": _Words(
        "Withdrawn: {}",
        "update: {}",
        "relevance: {} ({} of 100)",
        "Source: {}.",
        "Known to be exploited, listed on {}.",
    ),
}


def entry(row: Card | ListsNews, site: Site, names: Mapping[str, str], language: str) -> Entry:
    """Return the item of a story in a language, or that of a release of the lists, always in French.

    `names` are the names of sources for readers, by id.
    """
    return _lists_entry(row, site) if isinstance(row, ListsNews) else _card_entry(row, site, names, language)


def carried(text: str) -> str:
    """Return a text without the characters that no feed can carry."""
    return _NOT_CARRIED.sub("", text)


def _card_entry(card: Card, site: Site, names: Mapping[str, str], language: str) -> Entry:
    title = carried(card.title if language == "fr" else card.title_en).strip() or carried(card.id)
    path = card.path if language == "fr" else f"{language}/{card.path}"
    author = names.get(card.source, card.source)
    return Entry(
        id=f"urn:uuid:{carried(card.id)}",
        address=site.url + quote(path, safe="/-._~", errors="replace"),
        title=_WORDS[language].withdrawn.format(title) if card.withdrawn else title,
        summary=carried(_summary(card, author, language)),
        author=carried(author).strip() or site.name,
        categories=_categories(card, language),
        published_at=_whole(card.published_at),
        updated_at=_whole(card.changed_at),
    )


def _summary(card: Card, author: str, language: str) -> str:
    """Say in a line how urgent and how near a story is, who published it, and what it says."""
    say, words = LANGUAGES[language], _WORDS[language]
    level = say.LEVELS.get(card.level, card.level)
    near = words.relevance.format(say.TIERS.get(card.tier, card.tier), card.relevance)
    facts = f"{level[:1].lower()}{level[1:]}, {near}" if level else near
    if _is_update(card):
        facts = words.update.format(facts)
    exploited = words.exploited.format(say.day(card.exploited_on)) if card.exploited_on else ""
    parts = (f"{facts[:1].upper()}{facts[1:]}.", words.source.format(author), exploited, card.summary)
    return " ".join(part for part in parts if part)


def _is_update(card: Card) -> bool:
    """Whether a story changed on a later day than it appeared; its first hours are no update."""
    return card.changed_at.astimezone(UTC).date() > card.published_at.astimezone(UTC).date()


def _categories(card: Card, language: str) -> tuple[str, ...]:
    say = LANGUAGES[language]
    labels = (say.TIERS.get(card.tier, card.tier), say.LEVELS.get(card.level, card.level), *card.vendors)
    return tuple(dict.fromkeys(label for label in map(carried, labels) if label.strip()))


def _lists_entry(news: ListsNews, site: Site) -> Entry:
    at = _whole(news.at)
    total = french.count(news.total, "indicateur")
    changes = f"{french.count(news.added, 'ajout')}, {french.count(news.removed, 'retrait')}"
    kinds = ", ".join(
        f"{french.integer(number)}\u00a0{french.OBSERVABLES.get(kind, kind)}" for kind, number in news.by_type
    )
    detail = f" {total[:1].upper()}{total[1:]}\u00a0: {kinds}." if kinds else ""
    return Entry(
        id=f"urn:uuid:{record_id('indicateurs', at.isoformat())}",
        address=f"{site.url}indicateurs/",
        title=f"Listes du {french.day(at)}\u00a0: {changes}, {total}",
        summary=carried(f"Édition du {french.instant(at)}\u00a0: {changes}.{detail}"),
        author=site.name,
        categories=("Indicateurs",),
        published_at=at,
        updated_at=at,
    )


def _whole(at: datetime) -> datetime:
    """Return an instant in UTC, to the second: no format of feeds is sure to keep more."""
    return at.astimezone(UTC).replace(microsecond=0)
