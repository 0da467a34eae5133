"""Tell one ISO week in five minutes: what to do, what is near to care, exploited, aimed at health, and figures.

A week begins on Monday at 00:00 UTC (ISO 8601) and has a page at an address of its own once it has ended.
Everything depends on the cards alone; only which sources are in trouble is of the day, and is told with the
latest week. As a mail: `publishing.digest_mail`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from publishing.cards import Card
from publishing.layout import Head, Page, Writer
from publishing.today import DEPLOYED
from publishing.trends import Since, since
from records import Category, Level, SourceStatus, Tier

HOME = "bulletin-hebdomadaire/"
SHOWN = 8  # stories of one part; with five parts the week is read in five minutes
LISTED_WEEKS = 53  # weeks that the newest page leads to; each leads to the one before
LISTED_ALARMS = 8

_WEEK = re.compile(r"(\d{4})-?[sSwW]?(\d{1,2})")
_INSTANT = timedelta(microseconds=1)  # the smallest step of time there is


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A week of ISO 8601; its year is that of its Thursday."""

    year: int
    number: int

    @property
    def first_on(self) -> date:
        """Its Monday."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def last_on(self) -> date:
        """Its Sunday."""
        return self.first_on + timedelta(days=6)

    @property
    def starts_at(self) -> datetime:
        """Its first instant."""
        return datetime.combine(self.first_on, time(), UTC)

    @property
    def ends_at(self) -> datetime:
        """The first instant after it."""
        return self.starts_at + timedelta(days=7)

    @property
    def path(self) -> str:
        """Where its page is, below the language's root."""
        return f"{HOME}{self}/"

    def __str__(self) -> str:
        return f"{self.year:04}-s{self.number:02}"


@dataclass(frozen=True, slots=True)
class Part:
    """The stories of one part of a digest that are shown, and how many more there are."""

    cards: tuple[Card, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """One week. No story is in two parts; `exploited` counts those that a catalogue added in the week."""

    week: Week
    urgent: Part
    near: Part
    listed: Part
    threats: Part
    bulletins: Part
    figures: Since
    exploited: int

    @property
    def cards(self) -> tuple[Card, ...]:
        """All stories that are shown."""
        parts = (self.urgent, self.near, self.listed, self.threats, self.bulletins)
        return tuple(card for part in parts for card in part.cards)


@dataclass(frozen=True, slots=True)
class Issue:
    """A digest between its neighbours."""

    digest: Digest
    older: Week | None = None
    newer: Week | None = None

    @property
    def facts(self) -> list[object]:
        """All that its page depends on beside the stories themselves, as JSON has it."""
        told, figures = self.digest, self.digest.figures
        parts = (told.urgent, told.near, told.listed, told.threats, told.bulletins)
        return [
            str(told.week),
            str(self.older),
            str(self.newer),
            [(len(part.cards), part.more) for part in parts],
            [figures.new, figures.before, figures.updated, told.exploited],
            [*figures.by_tier.values(), *figures.by_level.values()],
        ]


def week_of(moment: datetime) -> Week:
    """Return the week that an instant is in."""
    year, number, _ = moment.astimezone(UTC).isocalendar()
    return Week(year, number)


def parse_week(text: str) -> Week:
    """Read a week such as 2026-s47, 2026-W47 or 2026-47; raises `ValueError` with what to write."""
    found = _WEEK.fullmatch(text.strip())
    try:
        week = Week(int(found[1]), int(found[2])) if found else Week(0, 0)
        date.fromisocalendar(week.year, week.number, 7)
    except (ValueError, OverflowError):
        raise ValueError("is no week; write year and number, such as 2026-s47") from None
    return week


def last_finished(now: datetime) -> Week:
    """Return the last week that has ended."""
    return week_of(now - timedelta(days=7))


def weeks(cards: Iterable[Card], made_at: datetime) -> tuple[Week, ...]:
    """Return the weeks that have ended and in which a story was first published, the newest first."""
    found = {week_of(card.published_at) for card in cards if not card.withdrawn}
    return tuple(sorted((week for week in found if week.ends_at <= made_at), reverse=True))


def issues(cards: Sequence[Card], made_at: datetime) -> Iterator[Issue]:
    """Yield the digest of every week that `weeks` gives, the newest first."""
    by_week: dict[Week, list[Card]] = defaultdict(list)
    for card in cards:
        moments = [card.published_at, card.changed_at]
        if card.exploited_on:
            moments.append(datetime.combine(card.exploited_on, time(), UTC))
        for week in {week_of(moment) for moment in moments}:
            by_week[week].append(card)
    for newer, week, older in _with_neighbours(weeks(cards, made_at)):
        before = by_week.get(week_of(week.starts_at - _INSTANT), [])
        around = {card.path: card for card in (*before, *by_week[week])}
        yield Issue(digest(around.values(), week), older, newer)


def digest(cards: Iterable[Card], week: Week) -> Digest:
    """Return a week of some stories, which may be all or those of the week and of the one before."""
    known = list(cards)
    standing = sorted((card for card in known if not card.withdrawn), key=_urgency)
    stories = [card for card in standing if card.category != Category.BULLETIN]
    new = [card for card in stories if week_of(card.published_at) == week]
    listed = [card for card in stories if _is_listed(card, week)]
    moved = [card for card in stories if week_of(card.changed_at) == week]
    moving = {card.path for card in (*new, *listed, *moved)}
    bulletins = [
        card for card in standing if card.category == Category.BULLETIN and week_of(card.published_at) == week
    ]
    seen: set[str] = set()
    return Digest(
        week=week,
        urgent=_part((card for card in stories if card.path in moving and _is_urgent(card)), seen),
        near=_part((card for card in new if card.tier == Tier.SOIN), seen),
        listed=_part(listed, seen),
        threats=_part((card for card in new if card.tier == Tier.SECTEUR), seen),
        bulletins=_part(bulletins, seen),
        figures=since(known, week.ends_at - _INSTANT, 7),
        exploited=len(listed),
    )


def issue_page(writer: Writer, issue: Issue) -> Page:
    """Return the page of one week, which stays at its address."""
    return _page(writer, issue, issue.digest.week.path, recent=(), alarms=())


def latest_page(writer: Writer, every: Sequence[Issue], alarms: Sequence[SourceStatus]) -> Page:
    """Return the page of the last finished week, which leads to the others; `every` is the newest first."""
    recent = tuple(issue.digest.week for issue in every[:LISTED_WEEKS])
    return _page(writer, every[0] if every else None, HOME, recent=recent, alarms=alarms)


def heading(writer: Writer, week: Week) -> str:
    """Return the title of a week's digest, plain text."""
    _ = writer.translate
    return _("La semaine {number} de {year} en cinq minutes").format(number=week.number, year=week.year)


def _page(
    writer: Writer,
    issue: Issue | None,
    path: str,
    *,
    recent: tuple[Week, ...],
    alarms: Sequence[SourceStatus],
) -> Page:
    _ = writer.translate
    return writer.page(
        "digest.html",
        path,
        Head(
            title=heading(writer, issue.digest.week) if issue else _("Bulletin hebdomadaire"),
            section="bulletins",
            description=_("La semaine en cinq minutes, pour qui protège un hôpital."),
            translated=False,
        ),
        issue=issue,
        recent=recent,
        latest=path == HOME,
        alarms=alarms[:LISTED_ALARMS],
    )


def _with_neighbours(ordered: Sequence[Week]) -> Iterator[tuple[Week | None, Week, Week | None]]:
    """Yield each week between the newer and the older one."""
    padded = (None, *ordered, None)
    for (newer, week), (_, older) in zip(pairwise(padded), pairwise(padded[1:]), strict=False):
        if week is not None:
            yield newer, week, older


def _is_urgent(card: Card) -> bool:
    return card.tier in DEPLOYED and (card.exploited or card.level == Level.CRITICAL)


def _is_listed(card: Card, week: Week) -> bool:
    return card.exploited_on is not None and week.first_on <= card.exploited_on <= week.last_on


def _urgency(card: Card) -> tuple[bool, int, int, float, str]:
    """Order what is both critique and exploited first, then by urgency, relevance, age and address."""
    both = card.exploited and card.level == Level.CRITICAL
    return not both, -card.urgency, -card.relevance, -card.published_at.timestamp(), card.path


def _part(cards: Iterable[Card], seen: set[str]) -> Part:
    """Return the part of those cards that no part before has, and remember them."""
    kept = tuple(card for card in cards if card.path not in seen)
    seen.update(card.path for card in kept)
    return Part(kept[:SHOWN], len(kept) - len(kept[:SHOWN]))
