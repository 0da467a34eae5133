"""Write a feed as Atom 1.0 (RFC 4287), which keeps both dates of a story and says who published it."""

from feedgen.feed import FeedGenerator

from publishing.syndication.entries import Entry, Feed

MEDIA_TYPE = "application/atom+xml"


def write(feed: Feed) -> bytes:
    """Return the feed as a document in UTF-8: plain texts as `text`, whole ones as `html`."""
    made = FeedGenerator()
    made.id(feed.id)
    made.title(feed.title)
    made.subtitle(feed.description)
    made.language(feed.language)
    made.author(name=feed.author)
    made.link(href=feed.home, rel="alternate", type="text/html")
    made.link(href=feed.address, rel="self", type=MEDIA_TYPE)
    made.updated(feed.updated_at)
    made.generator("Vigie")
    for entry in feed.entries:
        _add(made, entry)
    return bytes(made.atom_str())


def _add(feed: FeedGenerator, entry: Entry) -> None:
    item = feed.add_entry(order="append")
    item.id(entry.id)
    item.title(entry.title)
    item.link(href=entry.address)
    item.author(name=entry.author)
    item.published(entry.published_at)
    item.updated(entry.updated_at)
    item.category([{"term": name} for name in entry.categories])
    item.summary(entry.summary)
    if entry.html:
        item.content(entry.html, type="html")
