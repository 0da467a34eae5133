"""Measure how fast feeds are written: all of them, those that ten new stories touch, and each format alone.

Run `python benchmarks/write_feeds.py [STORIES]` (10 000 by default; the target is 300 feeds of 50 items in
less than 1.5 s). A feed that is the same as in the last edition costs its key only.
"""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from publishing.cards import Card
from publishing.keeping import Target
from publishing.layout import Site
from publishing.syndication import Texts, feed_files, selections

NOW = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
SITE = Site("Vigie", "https://veille.example/", Path())
TEXTS = Texts(of=lambda card: f"<p>{card.summary}</p>" * 10, key=lambda card: card.id)
NEW = 10  # stories of the next edition


def made_up(number: int) -> Card:
    """Return a story like others, with two of 150 vendors, one of 40 families, one of 100 tags."""
    at = NOW - timedelta(hours=number)
    return Card(
        id=f"00000000-0000-5000-8000-{number:012x}",
        path=f"avis/{at.year}/certfr-avis--{number}/",
        title=f"Multiples vulnérabilités dans le produit numéro {number}",
        language="fr",
        title_en=f"Multiple vulnerabilities in product number {number}",
        language_en="en",
        native_ids=(str(number),),
        summary="De multiples vulnérabilités ont été découvertes\u00a0: exécution de code à distance. " * 6,
        category="advisory",
        source=f"source-{number % 40}",
        sources=(f"source-{number % 40}",),
        published_at=at,
        changed_at=at,
        tier=("soin", "secteur", "socle", "général")[number % 4],
        relevance=50,
        level=("critique", "élevée", "modérée", "faible", "information")[number % 5],
        vendors=(f"Éditeur {number % 150}", f"Éditeur {number * 7 % 150}"),
        families=(f"famille {number % 40}",),
        tags=(f"étiquette {number % 100}",),
    )


def targets(cards: Sequence[Card]) -> dict[str, Target]:
    """Return all files of the feeds, unmade."""
    found = selections(cards, {})
    return {target.path: target for target in feed_files(found, SITE, {}, TEXTS, made_by="")}


def made(chosen: Mapping[str, Target], what: str) -> None:
    """Make some files and say how long that took."""
    start = perf_counter()
    size = sum(len(target.make()) for target in chosen.values())
    took = perf_counter() - start
    each = took / max(1, len(chosen)) * 300
    print(f"{what:22} {len(chosen):6} files {size / 1e6:7.1f} MB {took:6.2f} s   300 files in {each:.2f} s")


def main(size: int) -> None:
    """Print the figures."""
    cards = [made_up(number) for number in range(-NEW, size)]
    start = perf_counter()
    before = targets(cards[NEW:])
    print(f"{'choose and key':22} {len(before):6} files            {perf_counter() - start:6.2f} s")
    made(before, "all")
    for ending in ("xml", "atom", "json", "opml"):
        made({path: one for path, one in before.items() if path.endswith(ending)}, f"all .{ending}")
    after = targets(cards)
    changed = {path: one for path, one in after.items() if path not in before or before[path].key != one.key}
    made(changed, f"after {NEW} new stories")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
