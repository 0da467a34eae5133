"""Write a feed as RSS 2.0 (rssboard.org, version 2.0.11), for readers of every age."""

from html import escape

from feedgen.feed import FeedGenerator

from publishing.syndication.entries import Entry, Feed

MEDIA_TYPE = "application/rss+xml"


def write(feed: Feed) -> bytes:
    """Return the feed as a document in UTF-8.

    Readers show a description as HTML: our plain text is escaped for that. Whole texts stand beside it in
    `content:encoded`. `pubDate` is when an item changed last, for RSS has no other date.
    """
    channel = FeedGenerator()
    channel.title(feed.title)
    channel.description(feed.description)
    channel.language(feed.language)
    channel.link(href=feed.address, rel="self", type=MEDIA_TYPE)
    channel.link(href=feed.home, rel="alternate")  # last: feedgen 1.0 takes the last link for the channel's
    channel.lastBuildDate(feed.updated_at)
    channel.generator("Vigie")
    for entry in feed.entries:
        _add(channel, entry)
    return bytes(channel.rss_str())


def _add(channel: FeedGenerator, entry: Entry) -> None:
    item = channel.add_entry(order="append")
    item.title(entry.title)
    item.link(href=entry.address)
    item.guid(entry.id, permalink=False)
    item.pubDate(entry.updated_at)
    item.category([{"term": name} for name in entry.categories])
    item.description(escape(entry.summary, quote=False), isSummary=True)
    if entry.html:
        item.content(entry.html, type="html")
