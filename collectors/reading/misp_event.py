"""Read a whole MISP event: its attributes, those of its objects, and the notice it is to its readers.

Format: MISP core format (draft-dulaunoy-misp-core-format). Not read: proposals (`ShadowAttribute`),
which their event's owner has not accepted; relations between objects; scores of decay models, which
are their server's own. Vigie judges an indicator's age itself.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from collectors.reading import markup, misp_tags, text
from collectors.reading.misp import UUID, Holder, is_true, line, moment, read_attribute, rejected
from records import (
    TLP,
    Advisory,
    Category,
    Finding,
    LeftOut,
    Marking,
    Provenance,
    Reference,
    Rejected,
    SettingsError,
    Source,
    UnreadableError,
    record_id,
)

OPTIONS = {"events": "true to show each event that has a comment, link, CVE or report as a notice"}
MAX_PARTS = 1_000  # of one notice: comments, links and the like; reports

_OPENING = re.compile(r"(#{1,6}|[-*])\s+(?=\S)")


def check_options(source: Source) -> None:
    """Raise `SettingsError` where the option `events` is neither true nor false."""
    if not isinstance(source.options.get("events", False), bool):
        raise SettingsError(f"options of {source.id}: events is true or false, without quotes")


def unwrapped(value: Any) -> list[Any]:
    """Take the events out of their wrappers: `Event`, `response`, a list, or none at all.

    Raises `UnreadableError` where there is no event in it.
    """
    if isinstance(value, dict) and "response" in value:
        value = value["response"]
    wrapped = value if isinstance(value, list) else [value]
    events = [item["Event"] if isinstance(item, dict) and "Event" in item else item for item in wrapped]
    known = (isinstance(event, dict) and ("uuid" in event or "Attribute" in event) for event in events)
    if not any(known):
        raise UnreadableError("the document is JSON, but holds no MISP event")
    return events


def read_event(
    source: Source, provenance: Provenance, event: dict[str, Any], *, binding: bool = False
) -> Iterator[Finding]:
    """Yield the records of one event, then a `LeftOut` for each type of attribute that is not kept.

    `binding` is whether `distribution` limits the marking beside TLP tags too (see `misp_tags`).
    """
    holder = _holder(source, provenance, event, binding)
    told = list(islice(_told(holder, event), MAX_PARTS)) if source.options.get("events") is True else []
    if told:
        yield from _notice(holder, event, told)
    left: Counter[str] = Counter()
    for inner, attribute in _held(holder, event):
        yield from read_attribute(inner, attribute, left)
    left.subtract(sort for sort, _ in told)
    yield from (LeftOut(sort, count) for sort, count in left.items() if count > 0)


def _holder(source: Source, provenance: Provenance, event: dict[str, Any], binding: bool) -> Holder:
    tags = misp_tags.names(event)
    level = misp_tags.distribution(event, TLP.CLEAR)
    return Holder(
        source=source,
        provenance=provenance,
        title=line(event.get("info")),
        tags=tags,
        labels=misp_tags.labels(tags, event, ()),
        distribution=level,
        binding=binding,
        revoked=is_true(event.get("deleted")),
        retained_until=misp_tags.retained_until(tags, text.instant(text.string(event.get("date")))),
        marking=misp_tags.marking(tags, level, source.tlp, binding=binding),
    )


def _held(holder: Holder, event: dict[str, Any]) -> Iterator[tuple[Holder, Any]]:
    """Yield the attributes of an event and of its objects with what lends to them."""
    for attribute in text.items(event.get("Attribute")):
        yield holder, attribute
    for item in text.items(event.get("Object")):
        if not isinstance(item, dict):
            yield holder, item  # refused where it is read
            continue
        inner = replace(
            holder,
            distribution=misp_tags.distribution(item, holder.distribution),
            marking=holder.marking_of(item, ()),
            revoked=holder.revoked or is_true(item.get("deleted")),
        )
        for attribute in text.items(item.get("Attribute")):
            yield inner, attribute


def _notice(
    holder: Holder, event: dict[str, Any], told: list[tuple[str, str]]
) -> Iterator[Advisory | Rejected]:
    """Yield the notice of an event, if what it may tell says anything: `told` is sort and text of it.

    `native_id` is the event's UUID. `url` is its first link, empty where it has none: its own address
    asks for an account.
    """
    source, uuid = holder.source, text.string(event.get("uuid")).lower()
    links = list(dict.fromkeys(filter(None, (text.link(value) for sort, value in told if sort == "link"))))
    named = [value for sort, value in told if sort == "vulnerability"]
    comments = [text.plain(value) for sort, value in told if sort == "comment"]
    reports = [_markdown(value) for sort, value in told if sort == "report"]
    cves = text.cves(" ".join([holder.title, *named]))
    if not (links or cves or any(comments) or any(reports)):
        return
    if not UUID.fullmatch(uuid):
        yield rejected(holder, uuid, "the event has no valid uuid: it cannot be shown as a notice")
        return
    yield Advisory(
        id=record_id(source.id, uuid),
        source_id=source.id,
        native_id=uuid,
        category=Category.NEWS,
        title=holder.title,
        url=links[0] if links else "",
        language=source.language,
        marking=holder.marking,
        provenance=holder.provenance,
        summary="\n\n".join(dict.fromkeys(filter(None, comments)))[: text.MAX_TEXT],
        body="\n\n".join(filter(None, reports))[: text.MAX_TEXT],
        published_at=text.instant(text.string(event.get("date"))),
        updated_at=moment(event.get("timestamp")),
        cves=cves,
        references=tuple(map(Reference, links)),
        labels=holder.labels,
    )


def _told(holder: Holder, event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield sort and text of what an event may tell of itself: comments, links, CVEs, reports.

    A part that is marked stricter than the event, or deleted, stays out.
    """
    for inner, part in _held(holder, event):
        sort = part.get("type") if isinstance(part, dict) else None
        if sort in ("comment", "link", "vulnerability") and _open(inner, part, holder.marking):
            yield sort, text.string(part.get("value"))
    for report in text.mappings(event.get("EventReport")):
        if _open(holder, report, holder.marking):
            yield "report", text.string(report.get("content"))


def _open(holder: Holder, part: dict[str, Any], whole: Marking) -> bool:
    """Whether a part stands and is marked no stricter than the whole it would be told in."""
    marking = holder.marking_of(part, misp_tags.names(part))
    strict = marking.tlp > whole.tlp or marking.pap > whole.pap
    return not (strict or holder.revoked or is_true(part.get("deleted")))


def _markdown(report: str) -> str:
    """Return a report, written in MISP's Markdown by a stranger, as clean Markdown.

    Its paragraphs, headings and lists stay; emphasis, links, tables and `@[attribute](…)` marks are
    read as they are written.
    """
    return markup.markdown("\n".join(map(_element, text.plain(report).split("\n"))))


def _element(words: str) -> str:
    """Return one line of a report as HTML."""
    opening = _OPENING.match(words)
    if opening is None:
        return f"{html.escape(words)}<br>" if words else "<p></p>"
    rest, level = html.escape(words[opening.end() :]), len(opening[1])
    return f"<h{level}>{rest}</h{level}>" if opening[1][0] == "#" else f"<ul><li>{rest}</li></ul>"
