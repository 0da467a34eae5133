"""Read a STIX bundle: one JSON document of STIX 2.0 or 2.1 objects.

What the objects say is read by `collectors.reading.stix`.
"""

from collections.abc import Iterator

from collectors.reading import text
from collectors.reading.stix import read_objects
from records import Document, Finding, Provenance, Request, Source, Start, UnreadableError

COMPLETE = True
LISTS_ALL = False
OPTIONS: dict[str, str] = {}


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the one address of the bundle."""
    return [Request(source.url, accept="application/stix+json, application/json;q=0.9")]


def follow(source: Source, document: Document) -> list[Request]:
    """Return nothing: the bundle is a leaf."""
    return []


def normalise(source: Source, document: Document) -> Iterator[Finding]:
    """Yield the records of the bundle's objects; an empty bundle has none (STIX 2.1 § 8).

    Raises `UnreadableError` where the document is not a bundle, such as STIX 1 in JSON.
    """
    bundle = text.json_value(document.body)
    if not isinstance(bundle, dict) or bundle.get("type") != "bundle":
        raise UnreadableError("the document is JSON, but not a STIX 2 bundle")
    objects = bundle.get("objects", [])
    if not isinstance(objects, list):
        raise UnreadableError("the objects of the STIX bundle are not a list")
    provenance = Provenance(source.id, document.url, document.digest, document.received_at)
    yield from read_objects(source, provenance, objects)
