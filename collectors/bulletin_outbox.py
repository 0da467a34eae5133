"""Read the vault's approved bulletins from the folder in which it leaves them, signed.

The source's address is that folder: `file:///path` or a relative path. A bulletin is three files,
`<id>.json`, `<id>.md` and `<id>.json.minisig` (see `docs/formats.md`); `options.key` is the base64
line of the minisign public key. The three are one document, so that the signature is checked again
whenever it is read. What cannot be believed is refused and withdraws nothing: a bulletin is taken
back by its retraction only, never by its absence.
"""

import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from collectors.fetching.local_files import folder_of, opened
from collectors.reading import minisign, text
from collectors.reading.bulletin_files import envelope, verified
from collectors.reading.markup import markdown
from records import (
    Advisory,
    Category,
    Document,
    Indicator,
    Marking,
    ObservableType,
    Provenance,
    Reference,
    Rejected,
    Request,
    Revision,
    SettingsError,
    Source,
    Start,
    UnreadableError,
    observable,
    parse_pap,
    parse_tlp,
    record_id,
)
from records.bulletins import BULLETIN_ID
from settings import FetchSettings

COMPLETE = True
LISTS_ALL = False
OPTIONS = {"key": "the base64 line of the minisign public key of the vault"}

MAX_BULLETINS, MAX_BYTES = 1_000, 64 << 20  # of one run; the rest come with the next


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return nothing to ask; raises `SettingsError` for an address or a key it cannot use."""
    folder_of(source, "file")
    _key(source)
    return []


def follow(source: Source, document: Document) -> list[Request]:
    """Return nothing: a bulletin is one document."""
    return []


def read(source: Source, start: Start, settings: FetchSettings) -> Sequence[Document]:
    """Return the bulletins that are new or changed, by id; raises `FetchError` where there is no folder.

    A part that is missing or cannot be opened is missing from the document too, which is then refused.
    """
    documents: list[Document] = []
    size = 0
    limit = source.max_megabytes << 20
    with opened(source, folder_of(source, "file")) as folder:
        names = {name.removesuffix(".json") for name in os.listdir(folder) if name.endswith(".json")}
        for name in sorted(filter(BULLETIN_ID.fullmatch, names)):
            url, body = f"bulletin:{name}", envelope(folder, name, limit)
            digest = sha256(body).hexdigest()
            known = start.state.addresses.get(url)
            if known is None or known.digest != digest:
                documents.append(Document(source.id, url, start.now, "application/json", digest, body))
                size += len(body)
            if len(documents) == MAX_BULLETINS or size >= MAX_BYTES:
                break
    return documents


def normalise(source: Source, document: Document) -> Iterator[Advisory | Indicator | Rejected]:
    """Yield the advisory of a bulletin and its indicators, revoked where it was retracted.

    Raises `UnreadableError` where it cannot be believed or is no whole bulletin.
    """
    name = document.url.removeprefix("bulletin:")
    bulletin, body = verified(name, document.body, _key(source))
    advisory = _advisory(source, document, bulletin, body)
    yield advisory
    for number, item in enumerate(text.items(bulletin.get("indicators"))):
        yield _indicator(advisory, text.mapping(item), number, source.confidence)


def _key(source: Source) -> minisign.PublicKey:
    try:
        return minisign.public_key(str(source.options.get("key", "")))
    except ValueError as error:
        raise SettingsError(f"options of {source.id}: key is {error}") from error


def _advisory(source: Source, document: Document, bulletin: dict[str, Any], body: str) -> Advisory:
    """Return what a bulletin says; raises `UnreadableError` where a date or the title is missing."""
    title = text.line(text.string(bulletin.get("title")))
    published_at = text.instant(text.string(bulletin.get("published_at")))
    if not title or published_at is None:
        raise UnreadableError("the bulletin has no title or no date")
    native_id = text.string(bulletin["id"])
    retracted = _revision(bulletin.get("retracted"), "reason")
    if retracted is None and bulletin.get("retracted") is not None:
        raise UnreadableError("the bulletin is retracted without a date")
    revisions = [_revision(item, "text") for item in text.items(bulletin.get("revisions"))]
    labels = _words(bulletin.get("categories")) + _words(bulletin.get("labels"))
    tlp, language = parse_tlp(text.string(bulletin.get("tlp"))), text.string(bulletin.get("language"))
    return Advisory(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        category=Category.BULLETIN,
        title=title,
        url=source.homepage,
        language=language if re.fullmatch("[a-z]{2}", language) else source.language,
        marking=Marking(max(tlp, source.tlp), parse_pap(text.string(bulletin.get("pap")))),
        provenance=Provenance(source.id, document.url, document.digest, document.received_at),
        summary=text.plain(text.string(bulletin.get("summary"))),
        body=_clean(body),
        published_at=published_at,
        updated_at=text.instant(text.string(bulletin.get("updated_at"))),
        revisions=tuple(one for one in (*revisions, retracted) if one is not None),
        cves=text.cves("\n".join(_words(bulletin.get("cves")))),
        references=tuple(_references(bulletin.get("references"))),
        labels=tuple(dict.fromkeys(labels)),
        withdrawn_at=retracted.at if retracted else None,
    )


def _clean(written: str) -> str:
    """Return Markdown with nothing in it that a reader's browser could act on."""
    from markdown import markdown as rendered

    return markdown(rendered(written, extensions=["tables", "sane_lists"]))


def _revision(value: object, words: str) -> Revision | None:
    """Return a step of a bulletin's history, `None` where it has no date."""
    item = text.mapping(value)
    at = text.instant(text.string(item.get("at")))
    return Revision(at, text.plain(text.string(item.get(words)))) if at else None


def _words(value: object) -> list[str]:
    return [words for words in map(text.line, map(text.string, text.items(value))) if words]


def _references(value: object) -> Iterator[Reference]:
    for item in text.mappings(value):
        if url := text.link(text.string(item.get("url"))):
            yield Reference(url, text.line(text.string(item.get("title"))))


def _indicator(
    advisory: Advisory, item: dict[str, Any], number: int, confidence: int
) -> Indicator | Rejected:
    """Return one indicator of a bulletin; it is never more open than the bulletin."""
    kind, value = text.string(item.get("type")), text.string(item.get("value"))
    native_id = f"{advisory.native_id}/{kind}/{value}"[:500]
    said, own_tlp = item.get("confidence"), item.get("tlp")
    tlp = advisory.marking.tlp if own_tlp is None else parse_tlp(text.string(own_tlp))
    try:
        found = observable(ObservableType(kind), value)
        valid_from, valid_until = _instant(item, "valid_from"), _instant(item, "valid_until")
    except ValueError as error:
        reason = f"indicator {number + 1}, {value[:80]!r}: {error}"
        return Rejected(advisory.source_id, advisory.provenance.url, native_id, reason)
    return Indicator(
        id=record_id(advisory.source_id, native_id),
        source_id=advisory.source_id,
        native_id=native_id,
        observable=found,
        marking=Marking(max(tlp, advisory.marking.tlp), advisory.marking.pap),
        provenance=advisory.provenance,
        confidence=said if type(said) is int and 0 <= said <= 100 else confidence,
        valid_from=valid_from or advisory.published_at,
        valid_until=valid_until,
        revoked=advisory.withdrawn_at is not None,
        description=text.line(text.string(item.get("description"))),
        labels=tuple(dict.fromkeys(_words(item.get("labels")))),
    )


def _instant(item: dict[str, Any], name: str) -> datetime | None:
    """Return an instant, `None` for `null`; raises `ValueError` where it is neither."""
    said = item.get(name)
    found = text.instant(text.string(said))
    if said is not None and found is None:
        raise ValueError(f"{name} is not an instant")
    return found
