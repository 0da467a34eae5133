"""Which feeds there are, at which addresses, and which stories each one has."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from unicodedata import combining, normalize

from publishing import english, french
from publishing.addresses import TIER_NAMES, named
from publishing.cards import Card
from publishing.family_names import english_names
from records import Category, Level, Tier

NEWEST = 50  # items of one feed
AT_LEAST = 2  # stories from which a vendor, a family or a tag has a feed

# Addresses that readers were given first; their RSS feeds stay there too.
FORMER = {f"flux/niveau/{name}": f"flux/{name}" for name in ("soin", "secteur", "socle")}

_SOURCE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Group:
    """Feeds that answer the same question: its heading, and what a feed of it is called (`{}`: its label)."""

    heading: str
    heading_en: str
    title: str = "{}"
    title_en: str = "{}"


GROUPS: Mapping[str, Group] = {  # in the order readers see them, by the name that addresses have
    "contenu": Group("Contenu", "Content"),
    "niveau": Group("Pertinence", "Relevance", "pertinence {}", "relevance: {}"),
    "priorite": Group("Priorité", "Priority"),
    "famille": Group("Famille de produits", "Product family", "famille {}", "family: {}"),
    "editeur": Group("Éditeur", "Vendor", "éditeur {}", "vendor: {}"),
    "source": Group("Source", "Source", "source {}", "source: {}"),
    "etiquette": Group("Étiquette", "Tag", "étiquette {}", "tag: {}"),
}


@dataclass(frozen=True, slots=True)
class ListsNews:
    """One release of the block lists, or one day of them: how many indicators came, went and are there.

    `by_type` are pairs of observable type (as in `records.ObservableType`) and count.
    """

    at: datetime
    added: int
    removed: int
    total: int
    by_type: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What one feed is about, with its newest stories (or news of the lists), the last changed first.

    `stem` is its address below the site's root without the format's ending (`flux/editeur/fortinet`);
    `whole` says that there is a feed with whole texts beside it, `both` that there is an English one.
    """

    group: str
    stem: str
    label: str
    label_en: str
    rows: tuple[Card | ListsNews, ...]
    whole: bool = False
    both: bool = False

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is published in."""
        return ("fr", "en") if self.both else ("fr",)

    def title(self, language: str) -> str:
        """Return what it is called in a language."""
        group = GROUPS[self.group]
        return group.title.format(self.label) if language == "fr" else group.title_en.format(self.label_en)

    def address(self, language: str) -> str:
        """Return its stem in a language: English feeds stand under `en/`."""
        return self.stem if language == "fr" else f"{language}/{self.stem}"


def selections(
    cards: Iterable[Card], source_names: Mapping[str, str], lists_news: Iterable[ListsNews] = ()
) -> tuple[Selection, ...]:
    """Return every feed that the site has, each address once, in the order readers see them.

    There is always a feed for all, for each tier, level and sort of content, even when it is empty; one for
    each source that tells a story; one for each vendor, family and tag of at least two stories. Names that
    differ by case and accents only share a feed, called by the spelling met most. Withdrawn stories stay.
    `source_names` are the names of sources for readers, by id.
    """
    ordered = sorted(cards, key=lambda card: (-card.changed_at.timestamp(), card.path))
    news = sorted(lists_news, key=lambda one: one.at, reverse=True)
    return (
        *_by_content(ordered, news),
        *_by_tier(ordered),
        *_by_level(ordered),
        *_by_name("famille", ordered, lambda card: card.families),
        *_by_name("editeur", ordered, lambda card: card.vendors),
        *_by_source(ordered, source_names),
        *_by_name("etiquette", ordered, _spoken_tags),
    )


def _spoken_tags(card: Card) -> list[str]:
    """Return the tags that people read; `csaf:csaf_vex` and its like are for machines."""
    return [tag for tag in card.tags if ":" not in tag]


def _by_content(ordered: Sequence[Card], news: Sequence[ListsNews]) -> Iterator[Selection]:
    bulletins = [card for card in ordered if card.category == Category.BULLETIN]
    articles = [card for card in ordered if card.category == Category.NEWS]
    exploited = [card for card in ordered if card.exploited]
    yield _content("tout", ("toutes les alertes", "all alerts"), ordered, whole=True, both=True)
    yield _content("exploitees", ("vulnérabilités exploitées", "exploited vulnerabilities"), exploited)
    yield _content("bulletins", ("bulletins", "bulletins"), bulletins, whole=True)
    yield _content("actualites", ("actualités", "news"), articles)
    yield _content("indicateurs", ("listes d’indicateurs", "indicator lists"), news)


def _content(
    name: str,
    labels: tuple[str, str],
    rows: Sequence[Card | ListsNews],
    *,
    whole: bool = False,
    both: bool = False,
) -> Selection:
    return Selection(
        group="contenu",
        stem=f"flux/{name}",
        label=labels[0],
        label_en=labels[1],
        rows=tuple(rows[:NEWEST]),
        whole=whole,
        both=both,
    )


def _by_tier(ordered: Sequence[Card]) -> Iterator[Selection]:
    for tier in Tier:
        yield Selection(
            group="niveau",
            stem=f"flux/niveau/{TIER_NAMES[tier]}",
            label=french.TIERS[tier],
            label_en=english.TIERS[tier],
            rows=tuple([card for card in ordered if card.tier == tier][:NEWEST]),
            whole=True,
            both=True,
        )


def _by_level(ordered: Sequence[Card]) -> Iterator[Selection]:
    for level in Level:
        yield Selection(
            group="priorite",
            stem=f"flux/priorite/{named(level.value)}",
            label=_small(french.LEVELS[level]),
            label_en=_small(english.LEVELS[level]),
            rows=tuple([card for card in ordered if card.level == level][:NEWEST]),
            both=True,
        )


def _by_source(ordered: Sequence[Card], names: Mapping[str, str]) -> Iterator[Selection]:
    """Yield a feed for each source, among whose stories are those that others told first."""
    found: dict[str, list[Card]] = {}
    for card in ordered:
        for source in dict.fromkeys((card.source, *card.sources)):
            found.setdefault(source, []).append(card)
    for source in sorted(found, key=lambda source: (names.get(source, source).casefold(), source)):
        slug = source if _SOURCE_ID.fullmatch(source) else named(source)
        yield _of("source", slug, names.get(source, source), found[source])


def _by_name(
    group: str, ordered: Sequence[Card], names: Callable[[Card], Iterable[str]]
) -> Iterator[Selection]:
    """Yield a feed for each name that several stories have."""
    found: dict[str, list[Card]] = {}
    spellings: dict[str, Counter[str]] = {}
    for card in ordered:
        own = {_slug(name): name for name in names(card) if name.strip()}
        for slug, name in own.items():
            found.setdefault(slug, []).append(card)
            spellings.setdefault(slug, Counter())[name] += 1
    for slug in sorted(found):
        if len(found[slug]) >= AT_LEAST:
            yield _of(group, slug, _most_met(spellings[slug]), found[slug])


@lru_cache(maxsize=16_384)
def _slug(name: str) -> str:
    """Return the part of an address for a name, whatever its case and accents."""
    return named("".join(sign for sign in normalize("NFD", name.casefold()) if not combining(sign)))


def _of(group: str, slug: str, label: str, cards: Sequence[Card]) -> Selection:
    return Selection(
        group=group,
        stem=f"flux/{group}/{slug}",
        label=label,
        label_en=english_names().get(label, label) if group == "famille" else label,
        rows=tuple(cards[:NEWEST]),
    )


def _most_met(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda name: (-spellings[name], name))


def _small(label: str) -> str:
    """Return a label as it stands within a sentence."""
    return label[:1].lower() + label[1:]
