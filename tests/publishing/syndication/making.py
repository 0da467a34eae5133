"""Cards made by hand, and the feeds made of them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from publishing.cards import Card
from publishing.keeping import Target
from publishing.layout import Site
from publishing.syndication import ListsNews, Texts, feed_files, selections

NOW = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
SITE = Site("Vigie", "https://veille.example/", Path())
NAMES = {"certfr-avis": "CERT-FR\u00a0: avis", "presse": "Presse & Cie"}
TEXTS = Texts(of=lambda card: f"<p>Le texte de {card.title}</p>", key=lambda card: card.title)

NEWS = ListsNews(NOW, 12, 1, 1924, (("ipv4-addr", 1900), ("domain-name", 24)))


def card(number: int, **fields: object) -> Card:
    """Return the `number`-th newest story, `number` hours old."""
    at = NOW - timedelta(hours=number)
    made = Card(
        id=f"00000000-0000-5000-8000-{number:012}",
        path=f"avis/{at.year}/certfr-avis--certfr-{number:04}/",
        title=f"Vulnérabilités dans le produit {number}",
        language="fr",
        title_en=f"Vulnerabilities in product {number}",
        language_en="en",
        native_ids=(f"CERTFR-{number}",),
        summary="De multiples vulnérabilités ont été découvertes.",
        category="advisory",
        source="certfr-avis",
        sources=("certfr-avis",),
        published_at=at,
        changed_at=at,
        tier="socle",
        relevance=66,
        level="critique",
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def cards() -> tuple[Card, ...]:
    """Return seven stories: each tier, each sort of content, an update, a withdrawal, an exploitation."""
    return (
        card(1, tier="soin", vendors=("Fortinet", "Été"), families=("imagerie",), tags=("a/b",)),
        card(2, vendors=("Fortinet",), exploited_on=date(2025, 7, 18), tags=("a b", "seule")),
        card(3, category="news", source="presse", sources=("presse", "certfr-avis"), tier="secteur"),
        card(4, category="bulletin", level="", tags=("a/b",)),
        card(5, withdrawn=True, vendors=("ete", "Été"), tags=("a b",)),
        card(90, changed_at=NOW, families=("imagerie",), vendors=("ete",), tier="général"),
        card(6, summary="Un <b>mot</b> & l’autre", vendors=("Été",)),
    )


def targets(made: Iterable[Card], texts: Texts = TEXTS, made_by: str = "") -> dict[str, Target]:
    """Return the files of all feeds of these stories, by path, unmade."""
    found = list(feed_files(selections(made, NAMES, [NEWS]), SITE, NAMES, texts, made_by=made_by))
    assert len({target.path for target in found}) == len(found)
    return {target.path: target for target in found}


def files(made: Iterable[Card], texts: Texts = TEXTS) -> dict[str, bytes]:
    """Return the feeds of these stories by path."""
    return {path: target.make() for path, target in targets(made, texts).items()}
