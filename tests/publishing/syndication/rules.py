"""What the specifications ask of a feed, as the W3C's feed validator reads them; one line for each breach."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
IRI = re.compile(r"(https://|urn:uuid:)\S+")


def breaches(path: str, body: bytes) -> list[str]:
    """Return what is wrong with a feed, or a list of feeds, that is served at `path`; nothing where it is valid."""
    rules = {"xml": _rss, "atom": _atom, "json": _json, "opml": _opml}[path.rpartition(".")[2]]
    return [f"{path}: {complaint}" for complaint in rules(f"https://veille.example/{path}", body)]


def _rss(address: str, body: bytes) -> Iterator[str]:
    """RSS 2.0.11 (rssboard.org) and the RSS Advisory Board's best practices."""
    root = ElementTree.fromstring(body)
    channels = root.findall("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or len(channels) != 1:
        yield "not one channel of RSS 2.0"
    channel = channels[0]
    yield from _once(channel, "title", "link", "description", "language", "lastBuildDate", f"{ATOM}link")
    own = channel.find(f"{ATOM}link")
    if own is None or (own.get("rel"), own.get("href")) != ("self", address):
        yield "no atom:link that is its own address"
    if not (channel.findtext("link") or "").endswith(("/", "/en/")):
        yield "its link is not a page"
    if not parsedate_to_datetime(channel.findtext("lastBuildDate") or "").tzinfo:
        yield "its date has no zone"
    yield from _unique(item.findtext("guid") for item in channel.findall("item"))
    for item in channel.findall("item"):
        yield from _once(item, "title", "link", "description", "guid", "pubDate")
        names = [child.tag for child in item]
        if CONTENT + "encoded" in names and names.index("description") > names.index(CONTENT + "encoded"):
            yield "content:encoded before description"
        guid = item.find("guid")
        if guid is None or guid.get("isPermaLink") != "false" or not IRI.fullmatch(guid.text or ""):
            yield "a guid that is not a URN"
        parsedate_to_datetime(item.findtext("pubDate") or "")
        yield from (f"a blank {one.tag}" for one in item if not (one.text or "").strip())


def _atom(address: str, body: bytes) -> Iterator[str]:
    """RFC 4287 §§ 4.1.1, 4.1.2, 3.3, 4.2.6."""
    root = ElementTree.fromstring(body)
    if root.tag != f"{ATOM}feed":
        yield "not a feed"
    links = root.findall(f"{ATOM}link")
    if [link.get("href") for link in links if link.get("rel") == "self"] != [address]:
        yield "no link that is its own address"
    entries = root.findall(f"{ATOM}entry")
    yield from _unique(entry.findtext(f"{ATOM}id") for entry in entries)
    for element in (root, *entries):
        yield from _once(element, f"{ATOM}id", f"{ATOM}title", f"{ATOM}updated", f"{ATOM}author")
        if not IRI.fullmatch(element.findtext(f"{ATOM}id") or ""):
            yield "an id that is not an IRI"
        dates = [element.findtext(f"{ATOM}{name}") for name in ("published", "updated")]
        yield from (
            f"{date} is no date" for date in dates if date is not None and not RFC3339.fullmatch(date)
        )
    for entry in entries:
        yield from _once(entry, f"{ATOM}published", f"{ATOM}summary", f"{ATOM}link")
        published, updated = (
            datetime.fromisoformat(entry.findtext(f"{ATOM}{name}") or "") for name in ("published", "updated")
        )
        if published > updated:
            yield "changed before it was published"
        terms = [one.get("term", "") for one in entry.findall(f"{ATOM}category")]
        yield from ("a blank category" for term in terms if not term.strip())


def _json(address: str, body: bytes) -> Iterator[str]:
    """JSON Feed 1.1 (jsonfeed.org): top level, items, authors."""
    feed = json.loads(body)
    if feed["version"] != "https://jsonfeed.org/version/1.1" or feed["feed_url"] != address:
        yield "not JSON Feed 1.1 at its own address"
    if not feed["title"] or not feed["home_page_url"].startswith("https://"):
        yield "no title or no page"
    yield from _unique(item["id"] for item in feed["items"])
    for item in feed["items"]:
        if ("content_text" in item) == ("content_html" in item):
            yield "an item without content, or with two"
        if not all(RFC3339.fullmatch(item[name]) for name in ("date_published", "date_modified")):
            yield "an item with a wrong date"
        if not all(isinstance(tag, str) and tag for tag in item["tags"]) or not item["authors"][0]["name"]:
            yield "an item with a blank tag or author"


def _opml(address: str, body: bytes) -> Iterator[str]:
    """OPML 2.0 (opml.org): subscription lists."""
    root = ElementTree.fromstring(body)
    if root.tag != "opml" or root.get("version") != "2.0" or [part.tag for part in root] != ["head", "body"]:
        yield "not OPML 2.0"
    yield from _unique(one.get("xmlUrl") for one in root.iter("outline") if one.get("type"))
    for outline in root.iter("outline"):
        if not outline.get("text"):
            yield "an outline without text"
        if outline.get("type") == "rss" and not (outline.get("xmlUrl") and outline.get("title")):
            yield "a feed without an address or a title"
        if not outline.get("type") and not len(outline):
            yield "an empty folder"


def _once(element: Element, *names: str) -> Iterator[str]:
    for name in names:
        found = element.findall(name)
        if name == f"{ATOM}link" and element.tag == "channel":
            found = [one for one in found if one.get("rel") == "self"]
        if len(found) != 1:
            yield f"{len(found)} times {name} in {element.tag}"


def _unique(names: Iterator[str | None]) -> Iterator[str]:
    found = list(names)
    if len(set(found)) != len(found) or None in found:
        yield "an identifier twice, or none"
