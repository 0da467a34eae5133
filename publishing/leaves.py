"""Make the pages of stories, in several processes where there are many, and keep a card of each.

What is kept of a story is its key, its card and its rows in lists: a rebuild reads these for all and makes
pages of those that changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from datetime import date, datetime
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from typing import Any

import orjson

from publishing import checks
from publishing.carding import card as card_of
from publishing.cards import Card, CardProduct
from publishing.csaf import csaf_path
from publishing.keeping import Target, write
from publishing.layout import LANGUAGES, Page, Site, Writer
from publishing.notices import Said
from publishing.pages.rows import row
from publishing.pages.story import story_page, text, voice_page
from publishing.stamping import Shell, stamp
from publishing.stories import Group, View, view
from publishing.twins import story_json
from records import TLP, PublishError

CHUNK = 100  # stories that one process makes at a time
MANY = 400  # stories from which several processes are worth their start


@dataclass(frozen=True, slots=True)
class Ground:
    """What every page is made on: site, shells, names of sources, audience, and the digest of all this with
    the code and the templates.
    """

    site: Site
    shells: Mapping[str, Shell]
    source_names: Mapping[str, str]
    audience: TLP
    key: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is kept of a story: the key of its pages, its card, its row in lists by language."""

    key: str
    card: Card
    rows: Mapping[str, str]


def stamped(page: Page, ground: Ground) -> bytes:
    """Return a page as it is published; raises `PublishError` where it could harm its readers."""
    return checked(stamp(page, ground.shells[page.language], ground.site), f"{page.place}index.html", ground)


def checked(body: bytes, name: str, ground: Ground) -> bytes:
    """Return a file as it is; raises `PublishError` where it is a page that could harm its readers."""
    if name.endswith(".html"):
        problem = checks.complaint(body.decode("utf-8"), ground.site.url, ground.audience)
        if problem:
            raise PublishError(f"{name}: {problem}; the last site stands")
    return body


def leaves(
    groups: Sequence[Group], said: Said, ground: Ground, *, kept: Mapping[str, Leaf], tree: Path
) -> tuple[dict[str, Leaf], dict[str, str]]:
    """Return the leaf of every group by its path, and the keys of the files that were put into `tree`.

    `kept` are the leaves of an earlier edition, on the same ground; only others are made.
    """
    found: dict[str, Leaf] = {}
    stale: list[Group] = []
    for group in groups:
        leaf = kept.get(group.path)
        if leaf is not None and leaf.key == group.key:
            found[group.path] = leaf
        else:
            stale.append(group)
    written: dict[str, str] = {}
    for made in _made(stale, said, ground, tree):
        for leaf, paths in made:
            found[leaf.card.path] = leaf
            written.update((path, ground.key + leaf.key) for path in paths)
    return found, written


def targets(group: Group, leaf: Leaf, said: Said, ground: Ground) -> Iterator[Target]:
    """Yield the files of a story: its page and its machine twin, then the pages of its other notices."""
    files: dict[str, bytes] = {}

    def make(path: str) -> bytes:
        if not files:
            files.update(_files(view(group, said), leaf.card, ground))
        return files[path]

    for path in _paths(group):
        yield Target(path, ground.key + leaf.key, lambda path=path: make(path))  # type: ignore[misc]


def load(path: Path, ground: Ground) -> dict[str, Leaf]:
    """Return the kept leaves by the path of their story; nothing where they were made on another ground."""
    try:
        kept = orjson.loads(path.read_bytes())
        if kept["ground"] != ground.key:
            return {}
        return {one["card"]["path"]: _leaf(one) for one in kept["leaves"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def save(path: Path, found: Mapping[str, Leaf], ground: Ground) -> None:
    """Keep the leaves for the next edition."""
    rows = [{"key": leaf.key, "card": leaf.card, "rows": dict(leaf.rows)} for leaf in found.values()]
    write(path, orjson.dumps({"ground": ground.key, "leaves": rows}))


def _leaf(kept: dict[str, Any]) -> Leaf:
    return Leaf(kept["key"], _card(kept["card"]), {code: str(kept["rows"][code]) for code in LANGUAGES})


def _card(said: dict[str, object]) -> Card:
    """Return a card from its JSON."""
    values = dict(said)
    for name in ("published_at", "changed_at"):
        values[name] = datetime.fromisoformat(str(values[name]))
    if values["exploited_on"]:
        values["exploited_on"] = date.fromisoformat(str(values["exploited_on"]))
    for name in _TUPLES:
        values[name] = tuple(values[name])  # type: ignore[arg-type]
    values["products"] = tuple(map(_product, values["products"]))  # type: ignore[call-overload]
    return Card(**values)  # type: ignore[arg-type]


def _product(said: dict[str, object]) -> CardProduct:
    ranges = tuple(map(tuple, said["ranges"]))  # type: ignore[call-overload]
    return CardProduct(**{**said, "ranges": ranges})  # type: ignore[arg-type]


_TUPLES = tuple(one.name for one in fields(Card) if str(one.type).startswith("tuple[str"))


def _made(
    stale: Sequence[Group], said: Said, ground: Ground, tree: Path
) -> Iterator[list[tuple[Leaf, list[str]]]]:
    """Yield what each chunk of stories gave, in order; the files are in the tree then."""
    chunks = [stale[start : start + CHUNK] for start in range(0, len(stale), CHUNK)]
    work = [(chunk, _of(chunk, said), ground, tree) for chunk in chunks]
    workers = min(cpu_count() or 1, len(chunks))
    if len(stale) < MANY or workers < 2:
        yield from (_make_chunk(*one) for one in work)
        return
    # A new process each: a copy of this one would share locks that its threads hold.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_make_chunk, *zip(*work, strict=True))


def _of(chunk: Sequence[Group], said: Said) -> Said:
    """Return what is said of the CVEs of some stories only."""
    named = {cve for group in chunk for story in group.members for cve in story.advisory.cves}
    return {cve: said[cve] for cve in named if cve in said}


def _make_chunk(
    chunk: Sequence[Group], said: Said, ground: Ground, tree: Path
) -> list[tuple[Leaf, list[str]]]:
    """Make the pages of some stories and put them into the tree; return their leaves and paths."""
    made = []
    for group in chunk:
        shown = view(group, said)
        card = card_of(shown)
        rows = {code: row(_writer(ground, code), card) for code in LANGUAGES}
        files = _files(shown, card, ground)
        for path, body in files.items():
            write(tree / path, body)
        made.append((Leaf(group.key, card, rows), list(files)))
    return made


def _files(shown: View, card: Card, ground: Ground) -> dict[str, bytes]:
    """Return every file of a story by its path."""
    twin = story_json(shown.address, shown.told, card)
    files = {f"{one.path}index.json": twin for one in shown.told}
    words = {one.path: text(one) for one in shown.told}
    own = csaf_path(shown.address.advisory, shown.address.source)
    others = [one for one in shown.told if one.path != shown.path]
    for code in LANGUAGES:
        writer = _writer(ground, code)
        pages = [story_page(writer, shown, card, words[shown.voice.path], csaf=own)]
        pages += [voice_page(writer, one, card, words[one.path]) for one in others]
        files |= {f"{page.place}index.html": stamped(page, ground) for page in pages}
    return files


def _paths(group: Group) -> Iterable[str]:
    """Return the paths that `_files` gives, without making them."""
    for path in group.paths:
        yield f"{path}index.json"
        yield f"{path}index.html"
        yield f"en/{path}index.html"


def _writer(ground: Ground, language: str) -> Writer:
    return Writer(ground.site, language, ground.source_names)
