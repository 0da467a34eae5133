from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import feedparser

from publishing.feeds import NEWEST, feeds
from publishing.pages import Site
from records import Tier
from tests.publishing import editions

SITE = Site("Vigie", "https://veille.example/", Path())


def test_there_is_one_feed_for_all_and_one_per_near_tier() -> None:
    found = dict(feeds(editions.edition(), SITE))
    assert set(found) == {f"flux/{name}.xml" for name in ("tout", "soin", "secteur", "socle")}
    titles = [entry.title for entry in feedparser.parse(found["flux/socle.xml"].encode()).entries]
    assert any("SharePoint" in title for title in titles)
    assert not any("Infusion" in title for title in titles)


def test_hostile_titles_arrive_as_words() -> None:
    text = dict(feeds(editions.edition(), SITE))["flux/tout.xml"]
    titles = [item.findtext("title") for item in ElementTree.fromstring(text).iter("item")]
    assert "<script>alert(1)</script>" in titles
    assert "Avis fdp.exe invisible" in titles
    for item in ElementTree.fromstring(text).iter("item"):
        assert "<" not in (item.findtext("description") or "")
        assert (item.findtext("link") or "").startswith("https://veille.example/avis/")


def test_an_update_keeps_its_guid_and_moves_up() -> None:
    edition = editions.edition()
    old = next(story for story in edition.stories if "0599" in story.advisory.native_id)
    later = replace(old, advisory=replace(old.advisory, updated_at=editions.MADE_AT - timedelta(minutes=1)))
    stories = tuple(later if story is old else story for story in edition.stories)
    before, after = (
        feedparser.parse(dict(feeds(one, SITE))["flux/tout.xml"].encode()).entries
        for one in (edition, replace(edition, stories=stories))
    )
    assert after[0].id == f"urn:uuid:{old.advisory.id}"
    assert {entry.id for entry in before} == {entry.id for entry in after}


def test_a_feed_has_the_newest_fifty_and_depends_on_no_clock() -> None:
    edition = editions.large(300)
    text = dict(feeds(edition, SITE))["flux/tout.xml"]
    assert text == dict(feeds(edition, SITE))["flux/tout.xml"]
    assert text.count("<item>") == NEWEST
    assert "<lastBuildDate>Sun, 20 Jul 2025 18:00:00 +0000</lastBuildDate>" in text
    assert text.index("AVI-00000".lower()) < text.index("AVI-00049".lower())


def test_a_withdrawn_notice_says_so() -> None:
    gone = editions.story("CERTFR-1", "Titre", Tier.SOIN, withdrawn_at=editions.MADE_AT)
    text = dict(feeds(editions.edition(extra=(gone,)), SITE))["flux/soin.xml"]
    assert "<title>Retirée\u00a0: Titre</title>" in text
