"""Make the files of all feeds, each only when something in it changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import ModuleType

from publishing.cards import Card
from publishing.keeping import Target, key_of, ready
from publishing.layout import Site
from publishing.syndication import atom, json_feed, opml, rss
from publishing.syndication.entries import Entry, Feed, carried, entry
from publishing.syndication.selection import FORMER, GROUPS, NEWEST, ListsNews, Selection

FORMATS: Mapping[str, ModuleType] = {"xml": rss, "atom": atom, "json": json_feed}
WHOLE = "-complet"  # what the address of a feed with whole texts ends in
OUTLINES = "flux/abonnements"  # the address of the lists of feeds, without its ending

_NOTHING_AT = datetime(2000, 1, 1, tzinfo=UTC)  # the date of a feed without an item: Atom must have one
_WHOLE_TEXTS = {"fr": "{} (texte complet)", "en": "{} (full text)"}
_DESCRIPTIONS = {
    "fr": "{}. Les {} plus récentes ou mises à jour.",
    "en": "{}. The {} newest or updated.",
}


@dataclass(frozen=True, slots=True)
class Texts:
    """The whole texts of stories: `of` gives a story's as sanitised HTML, with absolute links only, as far
    as it may be passed on; `key` a digest of all that this text depends on.
    """

    of: Callable[[Card], str]
    key: Callable[[Card], str]


@dataclass(slots=True)
class _Maker:
    """Makes each item once, however many feeds it is in."""

    site: Site
    names: Mapping[str, str]
    texts: Texts
    made_by: str
    known: dict[tuple[str, str], tuple[Entry, str]] = field(default_factory=dict)

    def entry(self, row: Card | ListsNews, language: str) -> tuple[Entry, str]:
        """Return the item of a row, and the digest of all that it says."""
        name = row.at.isoformat() if isinstance(row, ListsNews) else row.id
        if (name, language) not in self.known:
            made = entry(row, self.site, self.names, language)
            self.known[name, language] = made, key_of(repr(made).encode())
        return self.known[name, language]


def feed_files(
    selections: Sequence[Selection],
    site: Site,
    source_names: Mapping[str, str],
    texts: Texts,
    *,
    made_by: str = "",
) -> Iterator[Target]:
    """Yield every feed in every format and language, then the lists of feeds, each path once.

    A feed's key holds what its bytes hold, and `made_by`, which stands for code and tools. `source_names`
    are the names of sources for readers, by id.
    """
    maker = _Maker(site, source_names, texts, made_by)
    for selection in selections:
        for language in selection.languages:
            for ending in FORMATS:
                yield _target(maker, selection, language, ending)
        if selection.whole:
            for ending in FORMATS:
                yield _target(maker, selection, "fr", ending, whole=True)
        if selection.stem in FORMER:
            yield _target(maker, replace(selection, stem=FORMER[selection.stem]), "fr", "xml")
    yield from _outlines(selections, site)


def _target(
    maker: _Maker, selection: Selection, language: str, ending: str, *, whole: bool = False
) -> Target:
    stem = selection.address(language) + (WHOLE if whole else "")
    head = _head(maker.site, selection, language, stem, whole)
    known = [maker.entry(row, language) for row in selection.rows]
    feed = replace(
        head,
        address=f"{maker.site.url}{stem}.{ending}",
        updated_at=max((one.updated_at for one, _ in known), default=_NOTHING_AT),
        entries=tuple(one for one, _ in known),
    )
    parts = [maker.made_by, repr(head), ending, *(digest for _, digest in known)]
    if whole:
        parts += [maker.texts.key(row) for row in selection.rows if isinstance(row, Card)]
    rows = selection.rows if whole else ()

    def make() -> bytes:
        return bytes(FORMATS[ending].write(_with_texts(feed, rows, maker.texts) if whole else feed))

    return Target(f"{stem}.{ending}", key_of("\x1f".join(parts).encode("utf-8", "surrogatepass")), make)


def _head(site: Site, selection: Selection, language: str, stem: str, whole: bool) -> Feed:
    """Return a feed without its items; its identity is the same in all formats."""
    title = selection.title(language)
    title = _WHOLE_TEXTS[language].format(title) if whole else title
    colon = "\u00a0: " if language == "fr" else ": "
    description = _DESCRIPTIONS[language].format(f"{title[:1].upper()}{title[1:]}", NEWEST)
    return Feed(
        id=f"{site.url}{stem}",
        address="",
        home=site.url if language == "fr" else f"{site.url}{language}/",
        title=carried(f"{site.name}{colon}{title}"),
        description=carried(description),
        language=language,
        author=site.name,
        updated_at=_NOTHING_AT,
        entries=(),
    )


def _with_texts(feed: Feed, rows: Iterable[Card | ListsNews], texts: Texts) -> Feed:
    said = zip(feed.entries, rows, strict=True)
    entries = (
        replace(one, html=carried(texts.of(row))) if isinstance(row, Card) else one for one, row in said
    )
    return replace(feed, entries=tuple(entries))


def _outlines(selections: Sequence[Selection], site: Site) -> Iterator[Target]:
    """Yield the list of all feeds of each language, and in French one for each group."""
    by_group = {name: [one for one in selections if one.group == name] for name in GROUPS}
    everything = {GROUPS[name].heading: members for name, members in by_group.items() if members}
    yield ready(f"{OUTLINES}.opml", opml.write(everything, site, "fr", site.name))
    both = {
        GROUPS[name].heading_en: [one for one in members if one.both] for name, members in by_group.items()
    }
    spoken = {name: members for name, members in both.items() if members}
    yield ready(f"en/{OUTLINES}.opml", opml.write(spoken, site, "en", site.name))
    for heading, members in everything.items():
        title = f"{site.name}\u00a0: {heading}"
        path = f"{OUTLINES}-{members[0].group}.opml"
        yield ready(path, opml.write({heading: members}, site, "fr", title, folded=False))
