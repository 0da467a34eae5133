"""Write a feed as JSON Feed (jsonfeed.org, version 1.1), the easiest to read by a script."""

import orjson

from publishing.syndication.entries import Entry, Feed

MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"


def write(feed: Feed) -> bytes:
    """Return the feed as a document in UTF-8.

    An item has its whole text as `content_html` beside its `summary`, or only a summary, as `content_text`.
    """
    document = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        "description": feed.description,
        "language": feed.language,
        "authors": [{"name": feed.author, "url": feed.home}],
        "items": [_item(entry) for entry in feed.entries],
    }
    return orjson.dumps(document, option=orjson.OPT_UTC_Z)


def _item(entry: Entry) -> dict[str, object]:
    words = {"content_html": entry.html, "summary": entry.summary}
    return {
        "id": entry.id,
        "url": entry.address,
        "title": entry.title,
        **(words if entry.html else {"content_text": entry.summary}),
        "date_published": entry.published_at,
        "date_modified": entry.updated_at,
        "authors": [{"name": entry.author}],
        "tags": entry.categories,
    }
