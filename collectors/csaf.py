"""Read security advisories in CSAF 2.0 (OASIS, November 2022) from their publishers' listings.

A source's address is a provider-metadata.json (§ 7.1.7), a ROLIE feed (§ 7.1.15), a changes.csv
(§ 7.1.13) or an index.txt (§ 7.1.12). Of `options`, `only` is a list of texts: of the feeds and
directories that provider metadata name, those are read whose address contains one of them. A document
is only kept where it is what its publisher vouches for (`csaf_seals`) and has the shape of the
standard (`csaf_schema`).

CSAF 2.0 has no means to withdraw a document (`tracking.status` is draft, interim or final, §
3.2.1.12.7), so `withdrawn_at` is never set.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urldefrag, urlsplit

from collectors.reading import text
from collectors.reading.csaf_document import advisory, vulnerabilities
from collectors.reading.csaf_schema import require_schema
from collectors.reading.csaf_seals import check_seals, integrity, seal_addresses
from records import Advisory, Document, Rejected, Request, Source, Start, UnreadableError, Vulnerability

COMPLETE = True
LISTS_ALL = True
OPTIONS = {
    "only": "texts, one of which the address of a distribution must contain to be read",
    "integrity": "what must vouch for a document: signed, hashed or none; see collectors.reading.csaf_seals",
}

_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{40,}")


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return the address of the provider metadata or of the listing.

    Raises `SettingsError` for an `integrity` that is none of its words.
    """
    integrity(source)
    return [Request(source.url)]


def follow(source: Source, document: Document) -> list[Request]:
    """Return the listings of provider metadata, or the documents of a listing; nothing for a document.

    A document's marker is what its listing gives as its last change, `None` from an index.txt. The
    provider's keys are handed down with its listings.
    """
    if _is_plain(document):
        return _listed(source, document)
    read = text.mapping(text.json_value(document.body))
    if "distributions" in read:
        keys = _keys(document, read)
        return [Request(address, keys=keys) for address in _distributions(source, document, read)]
    return _entries(source, document, text.mapping(read.get("feed")))


def verify(source: Source, document: Document, seals: Mapping[str, bytes], keys: Mapping[str, bytes]) -> None:
    """Raise `UnreadableError` where a document is not what its publisher vouches for."""
    check_seals(source, document, seals, keys)


def normalise(source: Source, document: Document) -> Iterator[Advisory | Vulnerability | Rejected]:
    """Yield the advisory of a document and a vulnerability for each CVE in it; nothing for a listing.

    Raises `UnreadableError` where the document is neither, or not one of CSAF 2.0.
    """
    if _is_plain(document):
        return
    read = text.mapping(text.json_value(document.body))
    if "distributions" in read or "feed" in read:
        return
    require_schema(read)
    yield advisory(source, document, read)
    yield from vulnerabilities(source, document, read)


def _is_plain(document: Document) -> bool:
    """Whether a document is a listing in plain text."""
    return urlsplit(document.url).path.endswith((".csv", ".txt"))


def _distributions(source: Source, document: Document, metadata: dict[str, Any]) -> list[str]:
    """Return the ROLIE feeds of provider metadata, or where it has none the changes.csv of its directories."""
    places = text.mappings(metadata.get("distributions"))
    feeds = [
        feed for place in places for feed in text.mappings(text.mapping(place.get("rolie")).get("feeds"))
    ]
    addresses = [_joined(document.url, text.string(feed.get("url"))) for feed in feeds]
    if not any(addresses):
        folders = [text.string(place.get("directory_url")) for place in places]
        addresses = [_joined(f"{folder.rstrip('/')}/", "changes.csv") for folder in folders if folder]
    addresses = list(dict.fromkeys(filter(None, addresses)))
    if not addresses:
        raise UnreadableError("no ROLIE feed or directory in 'distributions' (CSAF 2.0 § 7.1.7)")
    only = source.options.get("only")
    if not isinstance(only, list):
        return addresses
    chosen = [address for address in addresses if any(part in address for part in only)]
    if not chosen:
        raise UnreadableError(
            f"options.only of source {source.id} fits none of {len(addresses)} distributions"
        )
    return chosen


def _keys(document: Document, metadata: dict[str, Any]) -> tuple[str, ...]:
    """Return the addresses of the provider's OpenPGP keys (§ 7.1.20), each with its fingerprint after `#`.

    Raises `UnreadableError` where there are keys and one cannot be told: less would be checked.
    """
    addresses = []
    for number, key in enumerate(text.items(metadata.get("public_openpgp_keys"))):
        address = _joined(document.url, text.string(text.mapping(key).get("url")))
        fingerprint = text.string(text.mapping(key).get("fingerprint"))
        if not address or (fingerprint and not _FINGERPRINT.fullmatch(fingerprint)):
            raise UnreadableError(f"public_openpgp_keys[{number}] has no url, or a wrong fingerprint")
        address = urldefrag(address).url
        addresses.append(f"{address}#{fingerprint}" if fingerprint else address)
    return tuple(dict.fromkeys(addresses))


def _entries(source: Source, document: Document, feed: dict[str, Any]) -> list[Request]:
    """Return the documents of a ROLIE feed; the link `self` before `content`, which some get wrong.

    Raises `UnreadableError` where the feed has entries and none has an address.
    """
    requests, entries = [], text.mappings(feed.get("entry"))
    for entry in entries:
        links = text.mappings(entry.get("link"))
        places = [link.get("href") for link in links if link.get("rel") == "self"]
        places.append(text.mapping(entry.get("content")).get("src"))
        address = next(filter(None, (_joined(document.url, text.string(place)) for place in places)), "")
        if address:
            named = [
                _joined(document.url, text.string(link.get("href")))
                for link in links
                if link.get("rel") in ("hash", "signature")
            ]
            marker = text.string(entry.get("updated")) or None
            requests.append(_request(source, address, marker, named))
    if entries and not requests:
        raise UnreadableError(
            f"none of {len(entries)} entries of the feed has a link 'self' (CSAF 2.0 § 7.1.15)"
        )
    return requests


def _request(source: Source, address: str, marker: str | None, named: Sequence[str] = ()) -> Request:
    """Ask for a document; `named` are the addresses that its feed gives of its hashes and signature."""
    return Request(address, marker, "application/json", seals=seal_addresses(source, address, named))


def _listed(source: Source, document: Document) -> list[Request]:
    """Return the documents of a changes.csv or an index.txt; raises `UnreadableError` where it has none."""
    lines = document.body.decode("utf-8-sig", "replace").splitlines()
    try:
        rows = [row for row in csv.reader(lines) if row and row[0].strip().endswith(".json")]
    except csv.Error as error:
        raise UnreadableError(f"not a list of documents: {error}") from error
    requests = []
    for row in rows:
        address = _below(document.url, row[0].strip())
        if address:
            marker = row[1].strip() if len(row) > 1 else ""
            requests.append(_request(source, address, marker or None))
    if not requests:
        what = text.looks_like(document.body)
        raise UnreadableError(f"the document is {what}: it lists no document (CSAF 2.0 § 7.1.12, § 7.1.13)")
    return requests


def _below(listing: str, path: str) -> str:
    """Return the address of a path of a listing, an empty text where it leads out of its directory.

    Workaround for CISA (github.com/cisagov/CSAF, October 2024), "paths start at repository root": the
    first folders of a path are dropped where they are the last of the listing's own.
    """
    folders = urlsplit(listing).path.split("/")[1:-1]
    parts = path.split("/")
    if ".." in parts or not re.fullmatch(r"[^:?#\\\x00-\x20]+", path) or path.startswith("/"):
        return ""
    shared = range(min(len(folders), len(parts) - 1), 1, -1)  # one shared name may be a coincidence
    length = next((n for n in shared if folders[-n:] == parts[:n]), 0)
    return _joined(listing, "/".join(parts[length:]))


def _joined(base: str, place: str) -> str:
    """Return the http address that `place` names as seen from `base`, an empty text for none."""
    return text.joined(base, place) if place else ""
