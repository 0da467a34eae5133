"""The bulletins of the cell: anonymised accounts of incidents, and how to get them."""

from collections.abc import Iterable

from publishing.cards import Card
from publishing.layout import Head, Page, Writer

SHOWN = 100


def bulletins_page(writer: Writer, cards: Iterable[Card]) -> Page:
    """Return the page of the newest bulletins."""
    rows = [card for card in cards if card.category == "bulletin"]
    rows.sort(key=lambda card: (card.published_at, card.path), reverse=True)
    return writer.page(
        "bulletins.html",
        "bulletins/",
        Head(
            title="Bulletins",
            description="Les récits anonymisés d’incidents, pour que ce qui touche un établissement protège les autres.",
            section="bulletins",
        ),
        rows=rows[:SHOWN],
        total=len(rows),
    )
