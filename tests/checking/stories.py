"""The invented stories and inventories that the tests of Mon parc share."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from checking.assets import Asset
from checking.other_names import Alias
from checking.product_index import product_files
from publishing.cards import Card, CardProduct

HERE = Path(__file__).parent
MATCHING: dict[str, Any] = json.loads((HERE / "matching.json").read_text("utf-8"))
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def card(story: Mapping[str, Any], *, days: int = 0) -> Card:
    """Return the card of an invented story, published some days before the first of March 2026."""
    products = (
        CardProduct(**one | {"ranges": tuple(tuple(ends) for ends in one["ranges"])})
        for one in story["products"]
    )
    at = NOON - timedelta(days=days)
    return Card(
        id=story["path"],
        path=f"avis/{at.year}/essai--{story['path']}/",
        title=f"Vulnérabilité dans {story['path']}",
        language="fr",
        title_en=story.get("title_en", f"Vulnérabilité dans {story['path']}"),
        language_en="fr",
        native_ids=(story["path"],),
        summary="",
        category="advisory",
        source="essai",
        sources=("essai",),
        published_at=at,
        changed_at=at,
        tier="socle",
        relevance=40,
        level=story["level"],
        urgency=story["urgency"],
        withdrawn=story.get("withdrawn", False),
        products=tuple(products),
    )


def cards() -> Iterator[Card]:
    """Yield the cards of the shared vectors: the first published in March 2026, the last in 2025."""
    yield from (card(story, days=number * 4) for number, story in enumerate(MATCHING["stories"]))


def index_files() -> dict[str, bytes]:
    """Return the published index of the shared vectors, by file name."""
    aliases = [Alias(vendor, product, other, sure) for vendor, product, other, sure in MATCHING["aliases"]]
    return {path.rpartition("/")[2]: content for path, content in product_files(cards(), aliases)}


def asset(line: int, values: Mapping[str, str]) -> Asset:
    """Return an asset of the shared vectors."""
    return Asset(line, "", **{"cpe": "", "purl": ""} | dict(values))
