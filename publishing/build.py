"""Build the site of an edition beside the last one, check it, and put it in its place.

Everything is a file with a key (`keeping`): the pages of a story hang on the story, lists and feeds on the
cards they show, the rest on its own bytes. A rebuild makes what changed; a first build makes all.
"""

import gc
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import blake2b
from importlib import metadata
from pathlib import Path

import orjson

import swap
from publishing import checks, crisis, digest, leaves, outlets, threats
from publishing.cards import Card
from publishing.keeping import Target, begin, bring_up, ready
from publishing.layout import LANGUAGES, Page, Site, Writer
from publishing.leaves import Ground, Leaf, checked, stamped
from publishing.pages import bulletins, figures, home, indicators, lists, plain, status
from publishing.pages.story import text
from publishing.released import Released, last_release
from publishing.stories import Group, groups, view
from publishing.syndication import ListsNews, Texts, feed_files, selections, subscription_page
from publishing.theme import Theme, theme
from records import Edition, Marking, PublishError
from settings import ROOT

HOMES = ("index.html", "en/index.html")
CODE = ("publishing", "records", "checking", "enrichment")  # what pages are made by
TOOLS = ("babel", "jinja2", "markupsafe", "markdown", "nh3", "cvss", "feedgen", "orjson")


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication made: stories, files of the site, how many of them anew."""

    stories: int
    files: int
    made: int


def publish(
    edition: Edition, build: Path, site: Site, *, news: Sequence[ListsNews] = (), root: Path = ROOT
) -> Published:
    """Publish an edition as `<build>/site`; readers see the old site or the new one, whole.

    `news` are the last releases of the lists; `root` holds `mkdocs.yml`, `site.root` what the site is made of. What an earlier edition made and is the
    same now is kept; the same edition gives the same bytes whatever was kept.

    Raises `PublishError`; the last good site then still stands, and publishing again is safe.
    """
    check_markings(edition)
    with _collector_resting():
        return _publish(edition, build, site, news, root / "mkdocs.yml")


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Keep the collector of garbage from looking through a whole edition again and again: a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _publish(edition: Edition, build: Path, site: Site, news: Sequence[ListsNews], mkdocs: Path) -> Published:
    try:
        dress = theme(site, mkdocs, build)
        ground = _ground(edition, site, dress)
        tree, last = swap.spare_tree(build / "site")
        has = begin(tree)
        gathered = list(groups(edition))
        kept = leaves.load(build / "stories.json", ground)
        found, written = leaves.leaves(gathered, edition.vulnerabilities, ground, kept=kept, tree=tree)
        making = _Making(edition, gathered, found, dress, ground, news, last_release(build / "lists"))
        files = bring_up(tree, _targets(making), has={**has, **written}, last=last)
        checks.check_home(tree)
        checks.check_styles(tree)
        leaves.save(build / "stories.json", found, ground)
        homes = {name: (tree / name).read_bytes() for name in HOMES}
        swap.swap_in(tree, build / "site")
        crisis.settle(build, site, homes, edition.made_at)
    except BrokenProcessPool as error:
        raise PublishError("a process that made pages ended by itself; is there memory enough?") from error
    except OSError as error:
        raise PublishError(f"the site could not be written: {error}; the last one stands") from error
    return Published(stories=len(gathered), files=files.files, made=files.made + len(written))


def check_markings(edition: Edition) -> None:
    """Refuse an edition that holds anything marked above its audience (TLP 2.0); nothing is written."""
    above = [name for name, marking in _marked(edition) if marking.tlp > edition.audience]
    if above:
        raise PublishError(
            f"{len(above)} records are marked above TLP:{edition.audience.label}, first {above[0]};"
            " nothing was published: correct the audience or the archive's selection"
        )


def _marked(edition: Edition) -> Iterator[tuple[str, Marking]]:
    """Yield every marking of an edition with the identifier of its record."""
    for story in edition.stories:
        yield story.advisory.id, story.advisory.marking
        yield story.advisory.id, Marking(story.source.tlp)
    for statements in edition.vulnerabilities.values():
        yield from ((said.id, said.marking) for said in statements)
    for item in edition.indicators:
        yield f"an indicator of {', '.join(item.sources)}", item.marking


def _ground(edition: Edition, site: Site, dress: Theme) -> Ground:
    """Return what all pages are made on, with a digest that changes when any of them could."""
    names = {one.source.id: one.source.name for one in edition.sources if one.source.tlp <= edition.audience}
    names |= {story.source.id: story.source.name for story in edition.stories}
    seal = blake2b(digest_size=8)
    shells = [shell.html for shell in dress.shells.values()]
    seal.update(orjson.dumps([CODE_READ, shells, sorted(names.items()), edition.audience.label]))
    seal.update(repr(site).encode())
    for path in _words(site):
        seal.update(f"\n{path.name}\n".encode() + path.read_bytes())
    return Ground(site, dress.shells, names, edition.audience, seal.hexdigest())


def _words(site: Site) -> Iterator[Path]:
    """Yield the templates and phrases that pages are made of."""
    for folder in (site.root / "templates", site.root / "words"):
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _code() -> str:
    """Digest the code and tables that make pages, as this process has read them: it is asked once, on import."""
    seal = blake2b("\n".join([sys.version, *(f"{name} {metadata.version(name)}" for name in TOOLS)]).encode())
    for name in CODE:
        for pattern in ("*.py", "*.csv", "*.txt", "*.toml"):
            for path in sorted((ROOT / name).rglob(pattern)):
                seal.update(f"\n{path.name}\n".encode() + path.read_bytes())
    return seal.hexdigest()


CODE_READ = _code()


@dataclass(frozen=True)
class _Making:
    """What one publication is made of; `found` are the leaves of its stories by path."""

    edition: Edition
    gathered: Sequence[Group]
    found: Mapping[str, Leaf]
    dress: Theme
    ground: Ground
    news: Sequence[ListsNews]
    released: Released
    places: list[str] = field(default_factory=list)  # of the pages that are no story's, as they are made

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """The cards of all stories."""
        return tuple(leaf.card for leaf in self.found.values())

    @cached_property
    def attacks(self) -> tuple[threats.Victim, ...]:
        """The attacks on health bodies that stories tell."""
        return threats.recent_victims(self.cards, self.edition.made_at)

    @cached_property
    def listings(self) -> tuple[lists.Listing, ...]:
        """Every list of stories."""
        return tuple(lists.listings(self.cards, self.ground.source_names))

    @cached_property
    def issues(self) -> tuple[digest.Issue, ...]:
        """The digest of every week that has ended."""
        return tuple(digest.issues(self.cards, self.edition.made_at))

    def key_of(self, cards: Iterable[Card]) -> list[str]:
        """Return the keys of some stories."""
        return [self.found[card.path].key for card in cards]


def _targets(making: _Making) -> Iterator[Target]:
    """Yield every file of the site."""
    edition, ground = making.edition, making.ground
    for group in making.gathered:
        yield from leaves.targets(group, making.found[group.path], edition.vulnerabilities, ground)
    feeds = selections(making.cards, ground.source_names, making.news)
    writers = [_writer(code, making) for code in LANGUAGES]
    for writer in writers:
        yield from _list_targets(writer, making)
        yield from _week_targets(writer, making)
        for page in (*_pages(writer, making), subscription_page(writer, feeds)):
            making.places.append(page.place)
            yield ready(f"{page.place}index.html", stamped(page, ground))
        lost = stamped(plain.not_found(writer), ground)
        yield ready(f"{writer.prefix}404.html", plain.at_any_depth(lost, writer))
    yield from _hand_written(writers, making)
    yield from feed_files(feeds, ground.site, ground.source_names, _texts(making), made_by=ground.key)
    yield from outlets.targets(
        making.edition, making.cards, making.attacks, making.places, making.dress, ground
    )


def _hand_written(writers: Iterable[Writer], making: _Making) -> Iterator[Target]:
    """Yield what MkDocs rendered, with the charts of the observatory in their place."""
    figured = {f"{writer.prefix}{figures.PAGE}": writer for writer in writers}
    for name in making.dress.files:
        body = (making.dress.folder / name).read_bytes()
        if name in figured:
            body = figures.with_figures(figured[name], body)
        yield ready(name, checked(body, name, making.ground))


def _writer(language: str, making: _Making) -> Writer:
    rows = {path: leaf.rows[language] for path, leaf in making.found.items()}
    return Writer(making.ground.site, language, making.ground.source_names, rows)


def _texts(making: _Making) -> Texts:
    """Return what gives feeds the words of a story, read when they are wanted."""
    by_path = {group.path: group for group in making.gathered}

    @cache
    def of(path: str) -> str:
        words = text(view(by_path[path], making.edition.vulnerabilities).voice)
        return str(words.html)

    return Texts(of=lambda card: of(card.path), key=lambda card: making.found[card.path].key)


def _pages(writer: Writer, making: _Making) -> Iterator[Page]:
    """Yield the pages that are made anew in every edition."""
    edition, cards = making.edition, making.cards
    yield home.home_page(writer, edition, cards, making.released.total)
    yield status.status_page(writer, edition)
    yield indicators.indicators_page(writer, edition, making.released)
    yield bulletins.bulletins_page(writer, cards)
    yield threats.threats_page(writer, cards, making.attacks, edition.made_at)
    yield from plain.pages(writer)


def _week_targets(writer: Writer, making: _Making) -> Iterator[Target]:
    """Yield the digest of every week, and the page of the last one."""
    latest = digest.latest_page(writer, making.issues, status.alarms(making.edition))
    yield ready(f"{latest.place}index.html", stamped(latest, making.ground))
    for issue in making.issues:
        key = _key([making.ground.key, *issue.facts, *making.key_of(issue.digest.cards)])
        yield Target(
            f"{writer.prefix}{issue.digest.week.path}index.html",
            key,
            lambda issue=issue: stamped(digest.issue_page(writer, issue), making.ground),  # type: ignore[misc]
        )


def _list_targets(writer: Writer, making: _Making) -> Iterator[Target]:
    """Yield the pages of every list, each keyed by the stories it shows and by its neighbours."""
    every = making.listings
    for page in (
        lists.index_page(writer, every),
        *(lists.names_page(writer, kind, every) for kind in lists.KINDS),
    ):
        making.places.append(page.place)
        yield ready(f"{page.place}index.html", stamped(page, making.ground))
    for listing in every:
        for block in lists.blocks(listing):
            total = len(listing.cards) if block.newer is None else 0
            about = [listing.title, listing.name, total, block.newer, block.older]
            yield Target(
                f"{writer.prefix}{block.path}index.html",
                _key([making.ground.key, *about, *making.key_of(block.cards)]),
                lambda listing=listing, block=block: stamped(  # type: ignore[misc]
                    lists.list_page(writer, listing, block), making.ground
                ),
            )


def _key(parts: object) -> str:
    return blake2b(orjson.dumps(parts), digest_size=16).hexdigest()
