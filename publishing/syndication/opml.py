"""Write a list of feeds as OPML 2.0, from which a reader subscribes to many at once."""

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree

from publishing.layout import Site
from publishing.syndication.entries import carried
from publishing.syndication.selection import Selection


def write(
    groups: Mapping[str, Iterable[Selection]], site: Site, language: str, title: str, *, folded: bool = True
) -> bytes:
    """Return the RSS feeds of a language, by the name of their group, as a document in UTF-8.

    The groups are folders of the reader's, unless not `folded`; an outline has the attributes that OPML 2.0
    asks of `type="rss"`.
    """
    root = ElementTree.Element("opml", version="2.0")
    head = ElementTree.SubElement(root, "head")
    ElementTree.SubElement(head, "title").text = carried(title)
    body = ElementTree.SubElement(root, "body")
    for name, members in groups.items():
        parent = ElementTree.SubElement(body, "outline", text=carried(name)) if folded else body
        for selection in members:
            parent.append(_outline(selection, site, language))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _outline(selection: Selection, site: Site, language: str) -> ElementTree.Element:
    title = carried(selection.title(language))
    return ElementTree.Element(
        "outline",
        type="rss",
        text=title,
        title=title,
        xmlUrl=f"{site.url}{selection.address(language)}.xml",
        htmlUrl=site.url if language == "fr" else f"{site.url}{language}/",
        language=language,
    )
