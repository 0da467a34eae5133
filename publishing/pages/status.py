"""What the watch reads, and whether it manages to: the page of sources and their freshness."""

from publishing.layout import Head, Page, Writer
from publishing.problems import in_french
from records import Edition, SourceStatus

# The states of a source worth a reader's attention, worst first.
ALARMS = ("failing", "empty", "shrinking", "stale", "never")


def status_page(writer: Writer, edition: Edition) -> Page:
    """Return the page of the sources of an edition."""
    return writer.page(
        "sources.html",
        "sources/",
        Head(title="Sources et fraîcheur", description="Ce que la veille lit, et si elle y parvient."),
        made_at=edition.made_at,
        statuses=statuses(edition),
        said=lambda error: in_french(error) if writer.language == "fr" else (error, "en"),
    )


def statuses(edition: Edition) -> list[SourceStatus]:
    """Return the sources this audience may know, those in trouble first, then by name."""
    known = [status for status in edition.sources if status.source.tlp <= edition.audience]
    order = {state: place for place, state in enumerate(ALARMS)}
    return sorted(known, key=lambda one: (order.get(one.state, len(order)), one.source.name, one.source.id))


def alarms(edition: Edition) -> list[SourceStatus]:
    """Return the sources that need attention, the worst first."""
    return [status for status in statuses(edition) if status.state in ALARMS]
