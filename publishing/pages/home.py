"""The page a hospital's security officer opens every morning: what to do now, what is new, how fresh it is."""

from collections.abc import Sequence

from publishing import today, trends
from publishing.cards import Card
from publishing.layout import Head, Page, Writer
from publishing.pages.status import alarms, statuses
from records import Edition


def home_page(writer: Writer, edition: Edition, cards: Sequence[Card], indicators: int) -> Page:
    """Return the home page of an edition whose stories have these cards; the lists hold so many indicators."""
    return writer.page(
        "accueil.html",
        "",
        Head(
            title="Ce qui compte aujourd’hui",
            description="Ce qui compte aujourd’hui pour la sécurité numérique des établissements de santé.",
            section="accueil",
        ),
        made_at=edition.made_at,
        today=today.today(cards, edition.made_at),
        figures=trends.figures(writer, cards, edition.made_at),
        alarms=alarms(edition),
        statuses=statuses(edition),
        indicators=indicators,
    )
