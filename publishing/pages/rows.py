"""The row of a story in lists, written once and put into every list that shows it."""

from publishing.cards import Card
from publishing.layout import ROOT, Writer


def row(writer: Writer, card: Card) -> str:
    """Return the row of a story as HTML of a table's body, addresses beginning with `layout.ROOT`."""
    here = ROOT if writer.language == "fr" else f"{ROOT}{writer.language}/"
    return writer.fill("_row.html", "", card=card, here=here)
