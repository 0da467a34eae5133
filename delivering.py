"""What goes out: the site and the lists of an instant, each noted in the journal."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import cast
from urllib.parse import urlsplit

import releasing
import store
from deployments import Deployment
from editions import edition_at
from enrichment.same_story import Locks, clusters
from publishing import build
from publishing.layout import Site
from publishing.syndication import ListsNews
from records import Category, Edition
from settings import ROOT, Settings
from sharing import release as lists
from sharing import shield
from sharing.interlock import HeldError, Verdict

log = logging.getLogger("vigie")


def build_site(house: Deployment, now: datetime) -> build.Published:
    """Build the site of this instant's edition and put it in the place of the last; raises `VigieError`."""
    settings = house.settings
    house.progress("Building the site")
    upto = store.last_run_id(house.archive)  # before the edition: what comes while it is built is news
    made = build.publish(
        told_together(house, now), settings.build, site_of(settings), news=list_changes(house.archive)
    )
    details = {"stories": made.stories, "files": made.files, "made": made.made, "upto_run": upto}
    store.write_journal(house.archive, "publish", "site", at=now, details=details)
    return made


def list_changes(archive: store.Archive) -> list[ListsNews]:
    """Return, for each day of releases that changed the lists, how many values came, went and are there."""
    days: dict[date, ListsNews] = {}
    for entry in store.read_journal(archive):
        details = entry.details
        if entry.action != "release" or not (details.get("added") or details.get("removed")):
            continue
        day, before = entry.at.date(), days.get(entry.at.date())
        days[day] = ListsNews(
            at=entry.at,
            added=cast(int, details["added"]) + (before.added if before else 0),
            removed=cast(int, details["removed"]) + (before.removed if before else 0),
            total=cast(int, details["entries"]),
        )
    return list(days.values())


def told_together(house: Deployment, now: datetime) -> Edition:
    """Return the edition of an instant with its notices put together that tell one story.

    A bulletin of the cell's own is a story of its own: it must not vanish in the notice it speaks of.
    """
    edition = edition_at(house.archive, house.sources, now=now, audience=house.settings.audience)
    told = (story.advisory for story in edition.stories)
    groups = clusters([one for one in told if one.category is not Category.BULLETIN], Locks())
    return replace(edition, together={name: group.ids for group in groups for name in group.ids})


def site_of(settings: Settings) -> Site:
    """Return what a deployment's site is called and where it is made from."""
    return Site(
        name=settings.site_name,
        url=settings.site_url,
        root=ROOT / "site",
        contact=settings.cell.contact,
        phone=settings.cell.phone,
        cell=settings.cell.name,
    )


def write_lists(
    house: Deployment, now: datetime, *, approval: Mapping[str, str] | None = None
) -> lists.Release:
    """Write the lists of this instant and put them in the place of the last; raises `VigieError`.

    What the interlock holds is noted in the journal. An `approval` (by whom, and for what reason) lets pass what was noted
    there last, and nothing else.
    """
    settings = house.settings
    house.progress("Writing the lists")
    upto = store.last_run_id(house.archive)
    try:
        made = lists.release(
            listable(house, now),
            settings.build / "lists",
            shield=shield_of(settings),
            terms=releasing.terms_of(house, now, approval=approval),
        )
    except HeldError as error:
        releasing.note_holds(house, now, error.verdict)
        raise
    releasing.note_holds(house, now, made.verdict)
    if approval is not None:
        store.write_journal(
            house.archive,
            "approve",
            "lists",
            at=now,
            actor=approval["by"],
            details={"reason": approval["reason"]},
        )
    store.write_journal(
        house.archive,
        "release",
        "lists",
        at=now,
        details={
            "number": made.number,
            "entries": made.entries,
            "added": made.changes.get("added", 0),
            "removed": made.changes.get("removed", 0),
            "suppressed": dict(made.suppressed),
            "hidden": Counter(one.list for one in made.shielded.values()),
            "upto_run": upto,
        },
    )
    return made


def review_lists(house: Deployment, now: datetime) -> tuple[Verdict, Mapping[str, int]]:
    """Say what the interlock holds of this instant's lists, note it in the journal, and publish nothing."""
    settings = house.settings
    verdict, changes = lists.review(
        listable(house, now),
        settings.build / "lists",
        shield=shield_of(settings),
        terms=releasing.terms_of(house, now),
    )
    releasing.note_holds(house, now, verdict)
    return verdict, changes


def listable(house: Deployment, now: datetime) -> Edition:
    """Return the edition of an instant without the indicators that the cell itself took off the lists."""
    edition = edition_at(house.archive, house.sources, now=now, audience=house.settings.audience)
    ours = releasing.taken_off(house.archive)
    return replace(edition, indicators=tuple(row for row in edition.indicators if row.observable not in ours))


def shield_of(settings: Settings) -> shield.Shield:
    """Return the shield of a deployment; its own site is protected too."""
    host = urlsplit(settings.site_url).hostname or ""
    guard = shield.load_shield(
        allow_list=settings.shield.allow_list, index=settings.shield.index, own=(host,) if "." in host else ()
    )
    for fault in guard.faults:
        log.warning("the shield reads without a line: %s", fault)
    return guard
