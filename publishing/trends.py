"""Count stories over time: how many, how urgent, how many exploited, of whom, and what is new since when.

Everywhere a story counts once, at its first publication in UTC; what its publishers took back, and what
is dated after `made_at`, does not count. The running month and week are counted as far as they have gone.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from publishing.cards import Card
from publishing.charts import Figure, Series, Words, bars, columns, csv_bytes
from publishing.family_names import english_names
from publishing.layout import Writer
from records import Level, Tier

MONTHS = 24
WEEKS = 12
QUARTER_DAYS = 91
YEAR_DAYS = 365
LEADERS = 10
FOLDER = "donnees/"

_JUDGED = tuple(level for level in Level if level is not Level.INFORMATION)


@dataclass(frozen=True, slots=True)
class Course:
    """Counts over successive periods, the oldest first: the first day of each, and the counts by name."""

    starts: tuple[date, ...]
    counts: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Delay:
    """How long exploited weaknesses had been public when a catalogue listed them.

    Of the `stories` whose first listing is of the last 365 days, `before` were not yet published on the
    day of the listing or were published on it; `median_days` is that of the others, from the day of
    publication to the day of listing, `None` where there are none.
    """

    stories: int
    before: int
    median_days: float | None


@dataclass(frozen=True, slots=True)
class Since:
    """What came in the last `days` days, the edition's instant included.

    `new` stories were published in them, `before` in as many days before those; `updated` ones were
    published earlier and changed in them (a card knows its last change only, so that no such number is
    told of the time before). `by_tier` and `by_level` divide the new ones; those without level are in no
    level.
    """

    days: int
    new: int
    before: int
    updated: int
    by_tier: Mapping[str, int]
    by_level: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Told:
    """What the words around a figure are, in one language: `id` names its CSV too, `head` the first column
    of its table; `source` is empty where it is the stories of this site, `period` where its table says it.
    """

    id: str
    caption: str
    head: str
    perimeter: str
    note: str = ""
    source: str = ""
    period: str = ""


def since(cards: Iterable[Card], made_at: datetime, days: int) -> Since:
    """Return what is new or updated in the last days."""
    start, earlier = made_at - timedelta(days=days), made_at - timedelta(days=2 * days)
    shown = list(counted(cards, made_at))
    new = [card for card in shown if card.published_at > start]
    return Since(
        days=days,
        new=len(new),
        before=sum(earlier < card.published_at <= start for card in shown),
        updated=sum(card.published_at <= start < card.changed_at <= made_at for card in shown),
        by_tier={tier: sum(card.tier == tier for card in new) for tier in Tier},
        by_level={level: sum(card.level == level for card in new) for level in Level},
    )


def months(cards: Iterable[Card], made_at: datetime) -> Course:
    """Return the stories of the last 24 months by tier."""
    found = ((_month(card.published_at), card.tier) for card in counted(cards, made_at))
    return _course(last_months(made_at, MONTHS), tuple(Tier), found)


def weeks(cards: Iterable[Card], made_at: datetime) -> Course:
    """Return the stories of the last 12 weeks, from Monday, by level; those without level or with nothing
    to do (« information ») are left out.
    """
    found = ((_monday(card.published_at), card.level) for card in counted(cards, made_at))
    this = _monday(made_at)
    return _course([this - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)], _JUDGED, found)


def exploited_months(cards: Iterable[Card], made_at: datetime) -> Course:
    """Return the stories whose first CVE to be listed as exploited was listed in each of the last 24
    months, by whether the product is deployed in hospitals (« hôpital »: any tier but général) or not.
    """
    found = (
        (card.exploited_on.replace(day=1), "autre" if card.tier == Tier.GENERAL else "hôpital")
        for card in counted(cards, made_at)
        if card.exploited_on and card.exploited_on <= made_at.astimezone(UTC).date()
    )
    return _course(last_months(made_at, MONTHS), ("hôpital", "autre"), found)


def leaders(
    cards: Iterable[Card], made_at: datetime, names: Callable[[Card], Iterable[str]]
) -> tuple[tuple[str, int], ...]:
    """Return the ten names that most stories of the last 91 days bear, a story once for each of its names."""
    start = made_at - timedelta(days=QUARTER_DAYS)
    recent = (card for card in counted(cards, made_at) if card.published_at > start)
    found = Counter(name for card in recent for name in dict.fromkeys(names(card)))
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:LEADERS])


def delay(cards: Iterable[Card], made_at: datetime) -> Delay:
    """Return how long the weaknesses listed as exploited in the last 365 days had been public by then."""
    today = made_at.astimezone(UTC).date()
    listed = [
        (card.exploited_on - card.published_at.astimezone(UTC).date()).days
        for card in counted(cards, made_at)
        if card.exploited_on and today - timedelta(days=YEAR_DAYS) < card.exploited_on <= today
    ]
    waited = [days for days in listed if days > 0]
    return Delay(len(listed), len(listed) - len(waited), median(waited) if waited else None)


def counted(cards: Iterable[Card], made_at: datetime) -> Iterator[Card]:
    """Yield the cards that figures are about: neither withdrawn nor dated after the edition."""
    return (card for card in cards if not card.withdrawn and card.published_at <= made_at)


def last_months(made_at: datetime, number: int) -> list[date]:
    """Return the first days of the last months, the running one last."""
    last = made_at.astimezone(UTC).year * 12 + made_at.astimezone(UTC).month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(last - number + 1, last + 1)]


def files(cards: Sequence[Card], made_at: datetime) -> dict[str, bytes]:
    """Return the CSV files beside the figures, by their path below the site's root."""
    return {
        f"{FOLDER}recits-par-mois.csv": course_csv(months(cards, made_at), "month", "tier"),
        f"{FOLDER}recits-par-semaine.csv": course_csv(weeks(cards, made_at), "week", "level"),
        f"{FOLDER}exploitees-par-mois.csv": course_csv(exploited_months(cards, made_at), "month", "deployed"),
        f"{FOLDER}editeurs.csv": csv_bytes(("vendor", "stories"), leaders(cards, made_at, _vendors)),
        f"{FOLDER}familles.csv": csv_bytes(("family", "stories"), leaders(cards, made_at, _families)),
    }


def course_csv(course: Course, period: str, name: str) -> bytes:
    """Return a course as CSV, a row for each period and name."""
    rows = [
        (start.isoformat(), one, count)
        for place, start in enumerate(course.starts)
        for one, count in ((one, counts[place]) for one, counts in course.counts.items())
    ]
    return csv_bytes((period, name, "stories"), rows)


def figures(writer: Writer, cards: Sequence[Card], made_at: datetime) -> tuple[Figure, ...]:
    """Return the figures of the home page: by month and tier, by week and level, exploited by month,
    vendors and families of the quarter. Phrases are in the language of the writer.
    """
    vendors = leaders(cards, made_at, _vendors)
    families = [(_family(writer, name), count) for name, count in leaders(cards, made_at, _families)]
    told = _told(writer, delay(cards, made_at))
    return (
        course_figure(writer, months(cards, made_at), made_at, told[0], writer.say.TIERS),
        course_figure(writer, weeks(cards, made_at), made_at, told[1], writer.say.LEVELS),
        course_figure(writer, exploited_months(cards, made_at), made_at, told[2], _deployed(writer)),
        leaders_figure(writer, vendors, made_at, told[3]),
        leaders_figure(writer, families, made_at, told[4]),
    )


def _told(writer: Writer, waited: Delay) -> tuple[Told, ...]:
    """Return the words around each figure of the home page."""
    _ = writer.translate
    standing = _(
        "alertes publiées par nos sources et non retirées, chacune comptée une fois, à sa première publication"
    )
    listed = _("alertes dont une vulnérabilité figure dans un catalogue de vulnérabilités exploitées")
    unjudged = _("Les alertes sans priorité ou publiées pour information ne sont pas comptées.")
    exploited = _("Vulnérabilités exploitées, par mois d’entrée au catalogue")
    vendors, families = _("Éditeurs et fabricants les plus cités"), _("Familles de produits les plus citées")
    quarter = _("les {days} derniers jours").format(days=QUARTER_DAYS)
    return (
        Told("recits-par-mois", _("Alertes par mois et par pertinence"), _("Mois"), standing),
        Told(
            "recits-par-semaine",
            _("Alertes par semaine et par priorité"),
            _("Semaine du"),
            standing,
            unjudged,
        ),
        Told("exploitees-par-mois", exploited, _("Mois"), listed, _waited(writer, waited)),
        Told("editeurs", vendors, _("Éditeur ou fabricant"), standing, period=quarter),
        Told("familles", families, _("Famille"), standing, period=quarter),
    )


def _deployed(writer: Writer) -> dict[str, str]:
    _ = writer.translate
    return {"hôpital": _("Produits déployés à l’hôpital"), "autre": _("Autres produits")}


def course_figure(
    writer: Writer, course: Course, made_at: datetime, told: Told, names: Mapping[str, str]
) -> Figure:
    """Return columns over time with their table; `names` says each name of the course to readers."""
    _, say = writer.translate, writer.say
    monthly = all(start.day == 1 for start in course.starts)
    titles = [say.month(start.year, start.month) if monthly else say.day(start) for start in course.starts]
    totals = [sum(counts[place] for counts in course.counts.values()) for place in range(len(titles))]
    shown = [names.get(name, name) for name in course.counts]
    highest = max(range(len(titles)), key=lambda place: totals[place])
    description = _("{first} – {last} : {total} au total, {highest} au plus ({when}), {latest} à la fin.")
    return Figure(
        chart=columns(
            [f"{start:%m/%y}" if monthly else f"{start:%d/%m}" for start in course.starts],
            [Series(name, counts) for name, counts in zip(shown, course.counts.values(), strict=True)],
            Words(
                told.id,
                told.caption,
                description.format(
                    first=titles[0],
                    last=titles[-1],
                    total=say.integer(sum(totals)),
                    highest=say.integer(totals[highest]),
                    when=titles[highest],
                    latest=say.integer(totals[-1]),
                ),
                say.integer,
            ),
        ),
        caption=told.caption,
        head=(told.head, *shown, _("Total")),
        rows=tuple(
            (
                title,
                *(say.integer(counts[place]) for counts in course.counts.values()),
                say.integer(totals[place]),
            )
            for place, title in enumerate(titles)
        ),
        csv=f"{FOLDER}{told.id}.csv",
        period=f"{titles[0]} – {titles[-1]}",
        perimeter=told.perimeter,
        source=told.source or _("calcul de ce site sur les alertes qu’il publie"),
        extracted=say.instant(made_at),
        notes=(told.note,) if told.note else (),
    )


def leaders_figure(writer: Writer, rows: Sequence[tuple[str, int]], made_at: datetime, told: Told) -> Figure:
    """Return horizontal bars with their table; no chart where there is no row."""
    _, say = writer.translate, writer.say
    written = tuple((name, say.integer(count)) for name, count in rows)
    description = "\u00a0; ".join(f"{name} {count}" for name, count in written)
    return Figure(
        chart=bars(rows, Words(told.id, told.caption, description, say.integer)),
        caption=told.caption,
        head=(told.head, _("Alertes")),
        rows=written,
        csv=f"{FOLDER}{told.id}.csv",
        period=told.period,
        perimeter=told.perimeter,
        source=told.source or _("calcul de ce site sur les alertes qu’il publie"),
        extracted=say.instant(made_at),
        notes=(told.note,) if told.note else (),
    )


def _family(writer: Writer, name: str) -> str:
    return name if writer.language == "fr" else english_names().get(name, name)


def _waited(writer: Writer, found: Delay) -> str:
    """Say how long the weaknesses listed in the last year had been public; empty where none was listed."""
    _, say = writer.translate, writer.say
    if found.median_days is None:
        return ""
    phrase = _(
        "Sur un an, la moitié des vulnérabilités publiées avant leur entrée au catalogue y sont entrées en"
        " {days} jours ou moins ; {before} sur {all} y étaient le jour même ou avant."
    )
    return phrase.format(
        days=say.decimal(found.median_days, 0),
        before=say.integer(found.before),
        all=say.integer(found.stories),
    )


def _course(starts: Sequence[date], names: Sequence[str], found: Iterable[tuple[date, str]]) -> Course:
    """Return how often each name is found in each period."""
    counts = Counter((start, str(name)) for start, name in found)
    return Course(
        tuple(starts), {name: tuple(counts[start, name] for start in starts) for name in map(str, names)}
    )


def _month(at: datetime) -> date:
    return at.astimezone(UTC).date().replace(day=1)


def _monday(at: datetime) -> date:
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def _vendors(card: Card) -> tuple[str, ...]:
    return card.vendors


def _families(card: Card) -> tuple[str, ...]:
    return card.families
