"""Notices of one story come together, those of another stay apart, whoever speaks and in whatever order."""

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.likeness import Link
from enrichment.same_story import Cluster, Locks, clusters
from records import Advisory, AffectedProduct, Category
from tests.conftest import NOW
from tests.enrichment.conftest import Build

UNLOCKED = Locks()
FLAWS = tuple(f"CVE-2025-{number}" for number in range(1000, 1100))


@pytest.fixture(scope="module")
def notice(advisory: Build) -> Build:
    """Build a notice with an id, the day of its publication and the vendor of its product."""

    def build(
        name: str, title: str, summary: str = "", *, day: int = 0, vendor: str = "", **rest: object
    ) -> Advisory:
        return replace(
            advisory(title, summary, **rest),
            id=name,
            source_id=name.partition("-")[0],
            published_at=NOW + timedelta(days=day),
            affected=(AffectedProduct("Produit", vendor),) if vendor else (),
        )

    return build


def stories(*notices: Advisory, locks: Locks = UNLOCKED) -> list[tuple[str, ...]]:
    return [one.ids for one in clusters(notices, locks)]


def test_an_avis_and_an_advisory_on_one_flaw_are_one_story(notice: Build) -> None:
    first = notice("us-1", "Example Pump Server", cves=FLAWS[:2], vendor="Example Medical Ltd.")
    second = notice(
        "fr-1", "Multiples vulnérabilités dans les produits Example", cves=FLAWS[:2], day=1, vendor="Example"
    )
    (story,) = clusters([second, first])
    assert story.ids == ("us-1", "fr-1")
    (link,) = story.links
    assert (link.first_id, link.second_id, link.likeness) == ("us-1", "fr-1", 1.0)
    assert link.reason.french == (
        "Mêmes vulnérabilités (CVE-2025-1000, CVE-2025-1001), même éditeur ou produit («\u00a0example\u00a0»)"
    )


def test_a_flaw_of_a_library_is_another_story_in_each_product(notice: Build) -> None:
    pump = notice("fr-1", "Vulnérabilité dans les produits Pompe", cves=FLAWS[:1], vendor="Pompe")
    robot = notice("fr-2", "Vulnérabilité dans les produits Robot", cves=FLAWS[:1], vendor="Robot", day=1)
    assert stories(pump, robot) == []


def test_a_monthly_bulletin_swallows_none_of_its_parts(notice: Build) -> None:
    bulletin = notice(
        "fr-0", "Multiples vulnérabilités dans les produits Exemple", cves=FLAWS, vendor="Exemple"
    )
    parts = [
        notice(f"us-{number}", f"Exemple Module{number}", cves=FLAWS[number : number + 2], vendor="Exemple")
        for number in range(0, 100, 2)
    ]
    news = notice(
        "press-1", "Exemple patches zero-day", cves=FLAWS[:1], category=Category.NEWS, vendor="Exemple"
    )
    (pair,) = stories(bulletin, news, *parts)
    assert set(pair) == {"us-0", "press-1"}


def test_an_update_that_repeats_half_of_the_flaws_is_the_same_story(notice: Build) -> None:
    first = notice("fr-1", "Vulnérabilités dans Exemple", cves=FLAWS[:10], vendor="Exemple")
    update = notice("fr-2", "Vulnérabilités dans Exemple", cves=FLAWS[5:14], vendor="Exemple", day=7)
    other = notice("fr-3", "Vulnérabilités dans Exemple", cves=FLAWS[20:24], vendor="Exemple", day=7)
    assert stories(first, update, other) == [("fr-1", "fr-2")]


def test_a_chain_of_updates_does_not_go_on_for_ever(notice: Build) -> None:
    weekly = [
        notice(f"fr-{week:02}", "Exemple", cves=FLAWS[week : week + 10], vendor="Exemple", day=7 * week)
        for week in range(60)
    ]
    days = {one.id: one.published_at for one in weekly}
    found = clusters(weekly)
    assert len(found) > 2
    for story in found:
        first, last = days[story.ids[0]], days[story.ids[-1]]
        assert isinstance(first, datetime) and isinstance(last, datetime)
        assert last - first <= timedelta(days=120)


def test_news_of_one_event_is_found_by_its_names_in_two_languages(notice: Build) -> None:
    english = notice(
        "en-1",
        "Hackers hit Zollikon Klinik",
        "Zollikon Klinik in Example Town closed its emergency room.",
        category=Category.NEWS,
    )
    french = notice(
        "fr-1",
        "Cyberattaque contre la Zollikon Klinik",
        "La Zollikon Klinik a fermé ses urgences.",
        category=Category.NEWS,
        day=2,
    )
    late = replace(french, id="de-1", published_at=NOW + timedelta(days=60))
    (story,) = clusters([english, french, late])
    assert story.ids == ("en-1", "fr-1")
    assert "«\u00a0zollikon\u00a0»" in story.links[0].reason.french


def test_two_victims_in_the_same_words_are_two_stories(notice: Build) -> None:
    words = "The company sent a Notice of Data Breach to the Attorney General."
    press = [
        notice(f"p{number}-1", f"{name} Data Breach Notification", words, category=Category.NEWS)
        for number, name in enumerate(("Alba", "Borea", "Cerva", "Dorna", "Elba", "Fusta"))
    ]
    assert stories(*press) == []


def test_two_advisories_without_flaws_in_common_are_two_however_alike(notice: Build) -> None:
    first = notice("fr-1", "Vulnérabilité dans Exemple Zeta", vendor="Exemple")
    second = notice("fr-2", "Vulnérabilité dans Exemple Zeta", vendor="Exemple", day=1)
    assert stories(first, second) == []


def test_locks_outrank_what_is_found(notice: Build) -> None:
    one, two = (
        notice(name, "Vulnérabilité dans Exemple", cves=FLAWS[:1], vendor="Exemple")
        for name in ("a-1", "b-1")
    )
    far = notice("c-1", "Tout autre chose", day=400)
    assert stories(one, two, far) == [("a-1", "b-1")]
    assert stories(one, two, far, locks=Locks(apart=frozenset({("b-1", "a-1")}))) == []
    (story,) = clusters([one, two, far], Locks(together=frozenset({("c-1", "a-1"), ("c-1", "gone")})))
    assert story.ids[-1] == "c-1" and story.links[0].reason.french == "Réunis par un analyste"


def test_a_lock_keeps_whole_stories_apart(notice: Build) -> None:
    four = [
        notice(name, "Exemple", cves=FLAWS[:1], vendor="Exemple") for name in ("a-1", "b-1", "c-1", "d-1")
    ]
    locks = Locks(frozenset({("a-1", "b-1"), ("c-1", "d-1")}), frozenset({("a-1", "d-1")}))
    assert stories(*four, locks=locks) == [("a-1", "b-1"), ("c-1", "d-1")]


def test_locks_that_contradict_each_other_are_refused(notice: Build) -> None:
    three = [notice(name, "Exemple") for name in ("a-1", "b-1", "c-1")]
    locks = Locks(frozenset({("a-1", "b-1"), ("b-1", "c-1")}), frozenset({("a-1", "c-1")}))
    with pytest.raises(ValueError, match="locks want b-1 and c-1 both together and apart"):
        clusters(three, locks)
    with pytest.raises(ValueError, match="both together and apart"):
        clusters(three, Locks(frozenset({("a-1", "b-1")}), frozenset({("b-1", "a-1")})))


@given(st.randoms(use_true_random=False))
def test_the_order_of_notices_does_not_matter(notice: Build, chance: Random) -> None:
    every = [
        notice(
            f"s{number}-1",
            f"Exemple {number % 3}",
            cves=FLAWS[number : number + 3],
            vendor="Exemple",
            day=number,
        )
        for number in range(8)
    ]
    mixed = [*every, every[0]]
    chance.shuffle(mixed)
    assert clusters(mixed) == clusters(every)


def test_no_notices_tell_no_story() -> None:
    assert clusters([]) == []


def test_a_notice_of_two_thousand_flaws_and_one_of_a_long_text_are_read(notice: Build) -> None:
    many = notice("a-1", "Exemple", cves=[f"CVE-2025-{n}" for n in range(10_000, 12_000)], vendor="Exemple")
    long = notice("b-1", "Exemple " * 1_000, "Mot " * 200_000, category=Category.NEWS)
    assert all(isinstance(one, Cluster | Link) for one in clusters([many, long]))


def test_the_labelled_sample_is_well_formed() -> None:
    with Path(__file__).with_name("stories.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    pairs = {frozenset((row["first"], row["second"])) for row in rows}
    assert len(rows) == len(pairs) >= 200
    assert all(len(pair) == 2 for pair in pairs)
    assert {row["same"] for row in rows} == {"0", "1"}
    assert {row["part"] for row in rows} == {"tuning", "held out"}
