"""Say what matters today: what to do now, what is new since yesterday and last week, the last bulletins."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from publishing.cards import Card
from publishing.trends import Since, counted, since
from records import Category, Level, Tier

URGENT = 7  # stories one can act on in a day
URGENT_DAYS = 14
NEW = 12
BULLETINS = 5
CLOCKS = timedelta(days=1)  # a publisher's clock may be ahead of ours by this; later dates are wrong
DEPLOYED = (Tier.SOIN, Tier.SECTEUR, Tier.SOCLE)

_TIERS = {str(tier): place for place, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Today:
    """What the home page says of the day.

    `urgent` is what to do now, `new` what was first published since yesterday, nearest to care first and
    never more than twelve, `bulletins` the last ones; `yesterday` and `week` count all that is new.
    """

    urgent: tuple[Card, ...]
    new: tuple[Card, ...]
    bulletins: tuple[Card, ...]
    yesterday: Since
    week: Since


def today(cards: Sequence[Card], made_at: datetime) -> Today:
    """Return the facts of the day of an edition."""
    new = [card for card in counted(cards, made_at) if card.published_at > made_at - timedelta(days=1)]
    new.sort(key=lambda card: (_TIERS.get(card.tier, len(_TIERS)), *_urgency(card, made_at)))
    return Today(
        urgent=urgent(cards, made_at),
        new=tuple(new[:NEW]),
        bulletins=_bulletins(cards, made_at),
        yesterday=since(cards, made_at, 1),
        week=since(cards, made_at, 7),
    )


def urgent(cards: Iterable[Card], made_at: datetime) -> tuple[Card, ...]:
    """Return what to do now, at most seven stories: critique or exploited, of what hospitals have (any tier
    but général), standing, changed in the last fourteen days.

    What is both critique and exploited comes first, then the more urgent, then the newer. A change dated up
    to a day ahead counts as just made, a later date not at all.
    """
    found = [card for card in cards if _is_urgent(card) and _is_recent(card, made_at)]
    found.sort(key=lambda card: (not (_is_critical(card) and card.exploited), *_urgency(card, made_at)))
    return tuple(_without_repeats(found))[:URGENT]


def _without_repeats(found: Iterable[Card]) -> Iterator[Card]:
    """Yield stories in their order, those left out whose CVEs were all named by one before."""
    named: set[str] = set()
    for card in found:
        if not card.cves or not named.issuperset(card.cves):
            yield card
        named.update(card.cves)


def _is_urgent(card: Card) -> bool:
    return not card.withdrawn and card.tier in DEPLOYED and (card.exploited or _is_critical(card))


def _is_critical(card: Card) -> bool:
    return card.level == Level.CRITICAL


def _is_recent(card: Card, made_at: datetime) -> bool:
    return -CLOCKS <= made_at - card.changed_at <= timedelta(days=URGENT_DAYS)


def _urgency(card: Card, made_at: datetime) -> tuple[int, float, str]:
    """Order by urgency, then the last change, then address."""
    return -card.urgency, -min(card.changed_at, made_at).timestamp(), card.path


def _bulletins(cards: Iterable[Card], made_at: datetime) -> tuple[Card, ...]:
    """Return the last standing bulletins, the newest first."""
    found = [card for card in counted(cards, made_at) if card.category == Category.BULLETIN]
    found.sort(key=lambda card: card.path)
    found.sort(key=lambda card: card.published_at, reverse=True)
    return tuple(found[:BULLETINS])
