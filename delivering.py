"""What goes out: the site and the lists of an instant, each noted in the journal."""

import logging
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import cast

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


def write_lists(house: Deployment, now: datetime) -> lists.Release:
    """Write the lists of this instant and put them in the place of the last; raises `VigieError`."""
    settings = house.settings
    house.progress("Writing the lists")
    upto = store.last_run_id(house.archive)
    guard = shield.load_shield(allow_list=settings.shield.allow_list, index=settings.shield.index)
    for fault in guard.faults:
        log.warning("the shield reads without a line: %s", fault)
    before = _listed(settings.build / "lists")
    made = lists.release(
        edition_at(house.archive, house.sources, now=now, audience=settings.audience),
        settings.build / "lists",
        shield=guard,
    )
    after = _listed(settings.build / "lists")
    hidden = Counter(one.list for one in made.shielded.values())
    store.write_journal(
        house.archive,
        "release",
        "lists",
        at=now,
        details={
            "entries": made.entries,
            "added": len(after - before),
            "removed": len(before - after),
            "suppressed": dict(made.suppressed),
            "hidden": hidden,
            "upto_run": upto,
        },
    )
    return made


def _listed(folder: Path) -> frozenset[str]:
    """Return the values of the published plain lists, none where there are no lists."""
    values: set[str] = set()
    for path in sorted(folder.glob("*.txt")):
        values.update(line for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
    return frozenset(values)
