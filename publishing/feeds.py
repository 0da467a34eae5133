"""Write an edition as RSS 2.0, for readers who do not come to the site every day."""

from collections.abc import Iterator

from feedgen.feed import FeedGenerator

from publishing import addresses, french
from publishing.markdown import plain
from publishing.notices import Notice, notices
from publishing.pages import Site
from records import Edition, Tier

NEWEST = 50  # items of one feed
SUMMARY = 600  # characters of a summary in a feed


def feeds(edition: Edition, site: Site) -> Iterator[tuple[str, str]]:
    """Yield each feed as path (`flux/<name>.xml`) and XML: all notices, then one feed per near tier.

    An item's guid is the URN (RFC 9562 § 4) of its advisory and stays when the notice is updated;
    its date is then that of the update. The same edition gives the same bytes.
    """
    shown = sorted(notices(edition), key=lambda notice: notice.changed_at, reverse=True)
    yield "flux/tout.xml", _feed(edition, site, "tout", "toutes les notices", shown)
    for tier in (Tier.SOIN, Tier.SECTEUR, Tier.SOCLE):
        name = addresses.TIER_NAMES[tier]
        rows = [notice for notice in shown if notice.tier is tier]
        yield f"flux/{name}.xml", _feed(edition, site, name, french.TIER_MEANINGS[tier], rows)


def _feed(edition: Edition, site: Site, name: str, meaning: str, rows: list[Notice]) -> str:
    feed = FeedGenerator()
    feed.title(f"{site.name}{french.NBSP}: {name}")
    feed.description(meaning[:1].upper() + meaning[1:])
    feed.language("fr")
    feed.link(href=site.url, rel="alternate")
    feed.link(href=f"{site.url}flux/{name}.xml", rel="self", type="application/rss+xml")
    feed.lastBuildDate(edition.made_at)
    feed.generator("Vigie")
    for notice in rows[:NEWEST]:
        _add(feed, notice, site)
    return str(feed.rss_str(pretty=True).decode("utf-8"))


def _add(feed: FeedGenerator, notice: Notice, site: Site) -> None:
    """Append one notice; text goes in plain, feedgen refuses control characters."""
    advisory = notice.advisory
    withdrawn = f"Retirée{french.NBSP}: " if advisory.withdrawn_at else ""
    entry = feed.add_entry(order="append")
    entry.title(f"{withdrawn}{notice.title}")
    entry.link(href=site.url + addresses.site_path(notice.path))
    entry.guid(f"urn:uuid:{advisory.id}", permalink=False)
    entry.pubDate(notice.changed_at)
    entry.category(term=notice.tier_label)
    entry.description(_description(notice))


def _description(notice: Notice) -> str:
    """Say in one line how near the notice is, who published it and what it says.

    Feed readers show a description as HTML, hence no `<` or `&` of other people's in it.
    """
    summary = plain(notice.advisory.summary)
    if len(summary) > SUMMARY:
        summary = f"{summary[:SUMMARY].rsplit(' ', 1)[0]}…"
    exploited = " Vulnérabilité exploitée." if notice.exploited else ""
    head = f"{notice.tier_label}, {notice.score} sur 100. {plain(notice.source.name)}.{exploited}"
    return f"{head} {summary}".strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
