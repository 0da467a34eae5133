"""The lists of stories: all, and by month, priority, tier, source, vendor, family; old pages never change.

A list is cut from its oldest story on, so that a new one touches the newest page only.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from publishing.addresses import TIER_NAMES, named
from publishing.cards import Card
from publishing.layout import Head, Page, Writer
from records import Level, Tier

BLOCK = 80  # rows of a full page; the newest has up to twice as many
AT_LEAST = 2  # stories from which a vendor or a family has a list of its own
HOME = "alertes/"
KINDS = {
    "famille": "Familles de produits",
    "editeur": "Éditeurs et fabricants",
    "source": "Alertes par source",
    "mois": "Alertes par mois",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: its address below the language's root, what it lists, its cards, the oldest first.

    `title` is a French phrase of ours with a `{name}` in it, or without; `feed` its RSS feed, if it has one.
    """

    path: str
    title: str
    cards: tuple[Card, ...]
    name: Mapping[str, str] | str = ""
    feed: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One page of a list: its address, its cards, the newest first, and its neighbours' addresses."""

    path: str
    cards: tuple[Card, ...]
    newer: str | None
    older: str | None


def listings(cards: Iterable[Card], source_names: Mapping[str, str]) -> Iterator[Listing]:
    """Yield every list of stories; an empty one is a page too, where its address is always there."""
    ordered = tuple(sorted(cards, key=lambda card: (card.published_at, card.path)))
    yield Listing(f"{HOME}toutes/", "Toutes les alertes", ordered, feed="flux/tout.xml")
    exploited = tuple(card for card in ordered if card.exploited)
    yield Listing(f"{HOME}exploitees/", "Vulnérabilités exploitées", exploited, feed="flux/exploitees.xml")
    withdrawn = tuple(card for card in ordered if card.withdrawn)
    yield Listing(f"{HOME}retirees/", "Alertes retirées par leur éditeur", withdrawn)
    yield from _by_level(ordered)
    yield from _by_tier(ordered)
    for month, rows in _grouped(ordered, lambda card: [f"{card.published_at:%Y-%m}"]).items():
        yield Listing(f"{HOME}mois/{month}/", "Alertes de {name}", rows, name=month)
    for source, rows in _grouped(ordered, lambda card: card.sources).items():
        name = source_names.get(source, source)
        yield Listing(f"{HOME}source/{source}/", "Source : {name}", rows, name, f"flux/source/{source}.xml")
    yield from _frequent("editeur", "Éditeur : {name}", ordered, lambda card: card.vendors)
    yield from _frequent("famille", "Famille : {name}", ordered, lambda card: card.families)


def blocks(listing: Listing) -> Iterator[Block]:
    """Yield the pages of a list; the newest stands at the list's own address."""
    rows = listing.cards
    full = max(0, len(rows) // BLOCK - 1)  # what is full and not part of the newest page
    for number in range(1, full + 1):
        part = rows[(number - 1) * BLOCK : number * BLOCK]
        newer = f"{listing.path}{number + 1}/" if number < full else listing.path
        older = f"{listing.path}{number - 1}/" if number > 1 else None
        yield Block(f"{listing.path}{number}/", part[::-1], newer, older)
    older = f"{listing.path}{full}/" if full else None
    yield Block(listing.path, rows[full * BLOCK :][::-1], None, older)


def list_page(writer: Writer, listing: Listing, block: Block) -> Page:
    """Return one page of a list."""
    title = writer.translate(listing.title).format(name=_named(writer, listing))
    return writer.page(
        "liste.html",
        block.path,
        Head(
            title=title,
            translated=False,
            section="alertes",
            feed=listing.feed if writer.language == "fr" and block.newer is None else "",
        ),
        heading=title,
        total=len(listing.cards) if block.newer is None else None,
        listing=listing,
        block=block,
    )


def index_page(writer: Writer, every: tuple[Listing, ...]) -> Page:
    """Return the page from which all lists are reached, with the newest stories."""
    newest = next(blocks_of(every[0]))
    groups: dict[str, list[tuple[str, Listing]]] = defaultdict(list)
    for listing in every[1:]:
        groups[listing.path.split("/")[1]].append((_named(writer, listing), listing))
    for name in ("source", "editeur", "famille"):
        groups[name].sort(key=lambda pair: (-len(pair[1].cards), pair[0]))
    groups["mois"].reverse()
    return writer.page(
        "alertes.html",
        HOME,
        Head(
            title="Alertes et vulnérabilités",
            description="Toutes les alertes, par priorité, pertinence, éditeur, famille, source et mois.",
            section="alertes",
            scripts=("cartes.js", "facettes.js"),
        ),
        total=len(every[0].cards),
        newest=newest.cards[:BLOCK],
        groups=groups,
    )


def names_page(writer: Writer, kind: str, every: Iterable[Listing]) -> Page:
    """Return the page of all vendors, families, sources or months that have a list."""
    rows = [(_named(writer, one), one) for one in every if one.path.split("/")[1] == kind]
    rows.sort(key=lambda pair: pair[1].path if kind == "mois" else pair[0].casefold(), reverse=kind == "mois")
    return writer.page(
        "noms.html", f"{HOME}{kind}/", Head(title=KINDS[kind], section="alertes"), rows=rows, kind=kind
    )


def blocks_of(listing: Listing) -> Iterator[Block]:
    """Yield the pages of a list, the newest first."""
    return reversed(list(blocks(listing)))


def _named(writer: Writer, listing: Listing) -> str:
    """Return what a list is about, for readers of the writer's language."""
    kind = listing.path.split("/")[1]
    name = str(listing.name)
    if kind == "mois":
        year, month = name.split("-")
        return str(writer.say.month(int(year), int(month)))
    if kind == "niveau":
        return str(writer.say.TIERS[Tier(name)])
    if kind == "priorite":
        return str(writer.say.LEVELS[Level(name)])
    if kind == "famille":
        return writer.say_family(name)
    return name or writer.translate(listing.title)


def _by_level(ordered: tuple[Card, ...]) -> Iterator[Listing]:
    for level in Level:
        rows = tuple(card for card in ordered if card.level == level)
        path = named(level.value)
        yield Listing(f"{HOME}priorite/{path}/", "{name}", rows, level.value, f"flux/priorite/{path}.xml")


def _by_tier(ordered: tuple[Card, ...]) -> Iterator[Listing]:
    for tier, path in TIER_NAMES.items():
        rows = tuple(card for card in ordered if card.tier == tier)
        feed = f"flux/niveau/{path}.xml"
        yield Listing(f"{HOME}niveau/{path}/", "Pertinence : {name}", rows, tier.value, feed, tier.value)


def _frequent(
    kind: str, title: str, ordered: tuple[Card, ...], names: Callable[[Card], Iterable[str]]
) -> Iterator[Listing]:
    """Yield a list for what several stories name; spellings of one address share it, called as most do."""
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for card in ordered:
        for name in names(card):
            spelt[named(name)][name] += 1
    found = _grouped(ordered, lambda card: map(named, names(card)))
    for slug, rows in sorted(found.items()):
        if len(rows) >= AT_LEAST:
            name = max(spelt[slug].items(), key=lambda pair: (pair[1], pair[0]))[0]
            yield Listing(f"{HOME}{kind}/{slug}/", title, rows, name)


def _grouped(
    ordered: tuple[Card, ...], names: Callable[[Card], Iterable[str]]
) -> dict[str, tuple[Card, ...]]:
    """Return the cards by each name they have, in their order."""
    found: dict[str, list[Card]] = {}
    for card in ordered:
        for name in dict.fromkeys(names(card)):
            found.setdefault(name, []).append(card)
    return {name: tuple(rows) for name, rows in found.items()}
