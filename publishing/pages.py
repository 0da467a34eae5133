"""Write an edition as Markdown pages; pure: the same edition gives the same text."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, TemplateError, TemplateSyntaxError
from markupsafe import Markup

from publishing import addresses, french
from publishing.markdown import environment, escape, paragraphs
from publishing.notices import Notice, notices, rule_name
from publishing.problems import in_french
from publishing.weaknesses import CVE, first_listing
from records import Edition, PublishError, SourceStatus, Tier

RECENT_DAYS = 7  # what the home page calls recent
HOME_ROWS = 12  # rows of one list of the home page
FOLDED_CVES = 20  # a longer table is folded
FOLDED_ITEMS = 8  # so is a longer list of products, remediations or references
# The states of a source worth a reader's attention, worst first.
ALARMS = ("failing", "empty", "shrinking", "stale", "never")


@dataclass(frozen=True, slots=True)
class Site:
    """What the site is called, its address (ending in `/`), and the folder of its templates."""

    name: str
    url: str
    templates: Path

    @property
    def lists(self) -> str:
        """The path, on the site's own host, under which the block lists are served."""
        return f"{urlsplit(self.url).path}listes/"


def pages(edition: Edition, site: Site) -> Iterator[tuple[str, str]]:
    """Yield every generated page as path (relative, `/`-separated, `.md`) and Markdown, each path once.

    Third-party text is escaped by the templates' environment (see `publishing.markdown`). Raises
    `PublishError` that names the template which cannot be filled.
    """
    write = _writer(edition, site)
    shown = notices(edition)
    yield _home(write, shown, edition)
    by_id = {notice.advisory.id: notice for notice in shown}
    for notice in shown:
        told = [by_id[name] for name in notice.together if name in by_id]
        yield write("avis.md", notice.path, notice=notice, told=told)
    for tier in Tier:
        yield from _tier_pages(write, tier, [notice for notice in shown if notice.tier is tier])
    yield from _archive_pages(write, shown)
    yield write("sources.md", "sources.md", statuses=_statuses(edition))
    kinds = Counter(str(item.observable.type) for item in edition.indicators)
    yield write("indicateurs.md", "indicateurs.md", kinds=sorted(kinds.items()))


Writer = Callable[..., tuple[str, str]]


def _writer(edition: Edition, site: Site) -> Writer:
    """Return a function that fills a template for one page."""
    templates = _templates(site.templates)

    def write(template: str, page: str, **values: object) -> tuple[str, str]:
        try:
            text = templates.get_template(template).render(page=page, edition=edition, site=site, **values)
        except TemplateError as error:
            place = f"{error.name}:{error.lineno}" if isinstance(error, TemplateSyntaxError) else template
            raise PublishError(f"template {place}: {error.message}; the last site stands") from error
        return page, text

    return write


def _templates(folder: Path) -> Environment:
    """Return the templates with the words they may use."""
    templates = environment(folder)
    templates.filters.update(
        count=french.count,
        day=french.day,
        decimal=french.decimal,
        instant=french.instant,
        integer=french.integer,
        percent=french.percent,
        paragraphs=paragraphs,
        page_link=lambda text, page, target: Markup(f"[{escape(text)}]({addresses.relative(target, page)})"),
    )
    templates.globals.update(
        french=french,
        in_french=in_french,
        Tier=Tier,
        tier_page=addresses.tier_page,
        tier_names=addresses.TIER_NAMES,
        rule_name=rule_name,
        first_listing=first_listing,
        is_cve=lambda text: bool(CVE.fullmatch(text)),
        folded_cves=FOLDED_CVES,
        folded_items=FOLDED_ITEMS,
        recent_days=RECENT_DAYS,
    )
    return templates


def _home(write: Writer, shown: tuple[Notice, ...], edition: Edition) -> tuple[str, str]:
    """Write what matters today: what is near to care, then what is exploited in common products."""
    standing = [notice for notice in shown if notice.advisory.withdrawn_at is None]
    since = edition.made_at - timedelta(days=RECENT_DAYS)
    recent = [notice for notice in standing if notice.changed_at >= since]
    near = [notice for notice in standing if notice.tier in (Tier.SOIN, Tier.SECTEUR)]
    exposed = [notice for notice in standing if notice.tier is Tier.SOCLE and notice.exploited]
    return write(
        "accueil.md",
        "index.md",
        near=_first(near, recent),
        exposed=_first(exposed, recent),
        tiers=[(tier, _number(shown, tier), _number(recent, tier)) for tier in Tier],
        recent=len(recent),
        alarms=[status for status in _statuses(edition) if status.state in ALARMS],
        statuses=_statuses(edition),
    )


def _first(wanted: list[Notice], recent: list[Notice]) -> list[Notice]:
    """Return the recent ones among the wanted, most urgent first, or the latest three where none is."""
    paths = {notice.path for notice in recent}
    chosen = [notice for notice in wanted if notice.path in paths]
    return sorted(chosen, key=lambda notice: (-notice.urgency, -notice.score))[:HOME_ROWS] or wanted[:3]


def _number(of: Iterable[Notice], tier: Tier) -> int:
    return sum(notice.tier is tier for notice in of)


def _tier_pages(write: Writer, tier: Tier, rows: list[Notice]) -> Iterator[tuple[str, str]]:
    title = f"Pertinence{french.NBSP}: {french.TIERS[tier].lower()}"
    for number, last, part in _parts(rows):
        yield write(
            "liste.md",
            addresses.tier_page(tier, number),
            title=title,
            meaning=french.TIER_MEANINGS[tier],
            rows=part,
            total=len(rows),
            number=number,
            last=last,
            address=lambda number: addresses.tier_page(tier, number),
        )


def _archive_pages(write: Writer, shown: tuple[Notice, ...]) -> Iterator[tuple[str, str]]:
    """Write the lists of each month, newest first, and the list of months."""
    months: dict[tuple[int, int], list[Notice]] = {}
    for notice in shown:
        at = addresses.published(notice.advisory)
        months.setdefault((at.year, at.month), []).append(notice)
    ordered = sorted(months.items(), reverse=True)
    yield write(
        "archives.md",
        "archives/index.md",
        months=[(french.month(*month), addresses.month_page(*month), rows) for month, rows in ordered],
    )
    for month, rows in ordered:
        yield from _month_pages(write, month, rows)


def _month_pages(write: Writer, month: tuple[int, int], rows: list[Notice]) -> Iterator[tuple[str, str]]:
    for number, last, part in _parts(rows):
        yield write(
            "liste.md",
            addresses.month_page(*month, number),
            title=f"Archives{french.NBSP}: {french.month(*month)}",
            meaning="",
            rows=part,
            total=len(rows),
            number=number,
            last=last,
            address=lambda number: addresses.month_page(*month, number),
        )


def _parts(rows: list[Notice]) -> Iterator[tuple[int, int, list[Notice]]]:
    """Cut rows into pages: number from 1, number of the last, rows; an empty list is one page."""
    size = addresses.PAGE_ROWS
    last = max(1, -(-len(rows) // size))
    for number in range(1, last + 1):
        yield number, last, rows[(number - 1) * size : number * size]


def _statuses(edition: Edition) -> list[SourceStatus]:
    """Return the sources this audience may know, those in trouble first, then by name."""
    known = [status for status in edition.sources if status.source.tlp <= edition.audience]
    order = {state: place for place, state in enumerate(ALARMS)}
    return sorted(
        known, key=lambda item: (order.get(item.state, len(order)), item.source.name, item.source.id)
    )
