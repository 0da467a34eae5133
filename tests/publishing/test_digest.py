"""The digest of a week: what is in it, once; its page and its mail; the verb that writes it."""

import email
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.policy import default
from pathlib import Path

import pytest

import digest_commands
from publishing.cards import Card
from publishing.digest import (
    SHOWN,
    Digest,
    Issue,
    Week,
    digest,
    issue_page,
    issues,
    last_finished,
    latest_page,
    parse_week,
    week_of,
    weeks,
)
from publishing.digest_mail import mail_html, mail_message, mail_text
from publishing.layout import Site, Writer
from records import Category, Level, SettingsError, SourceStatus, Tier
from settings import ROOT
from tests.publishing import editions

SITE = Site("Vigie", "https://veille.example/vigie/", ROOT / "site")
WEEK = Week(2026, 47)
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ALARMS = [editions.status(editions.CISA, "failing")]
MAIL_BYTES = 100_000  # mail programs cut longer ones


def card(name: str, at: datetime = MONDAY, **fields: object) -> Card:
    """Return the card of a story that was published at an instant and did not change."""
    ordinary = {"title": f"Faille {name}", "tier": str(Tier.GENERAL), "published_at": at, "changed_at": at}
    return editions.card(name, **(ordinary | fields))  # type: ignore[arg-type]


def names(cards: Sequence[Card]) -> list[str]:
    return [one.native_ids[0] for one in cards]


@pytest.fixture
def writer() -> Writer:
    return Writer(SITE, "fr")


@pytest.fixture
def told() -> Digest:
    return digest(all_sorts(), WEEK)


def all_sorts() -> list[Card]:
    soin, secteur, socle = str(Tier.SOIN), str(Tier.SECTEUR), str(Tier.SOCLE)
    critical = str(Level.CRITICAL)
    old = MONDAY - timedelta(days=40)
    return [
        card(
            "pompe",
            tier=soin,
            level=critical,
            urgency=90,
            decision="agir maintenant",
            reason="exploitée & grave",
        ),
        card("portail", old, tier=socle, exploited_on=date(2026, 11, 20), urgency=95, changed_at=old),
        card("moniteur", tier=soin, urgency=40),
        card("greffon", old, exploited_on=date(2026, 11, 16), changed_at=old),
        card("fuite", tier=secteur, category=str(Category.NEWS)),
        card("bulletin", tier=secteur, level=critical, category=str(Category.BULLETIN)),
        card("ordinaire", tier=socle),
        card("retiree", tier=soin, level=critical, withdrawn=True),
        card("avant", MONDAY - timedelta(seconds=1), tier=soin),
        card("apres", MONDAY + timedelta(days=7), tier=soin, level=critical),
    ]


def test_every_story_is_told_once_in_the_first_part_it_is_of(told: Digest) -> None:
    assert names(told.urgent.cards) == ["portail", "pompe"]
    assert names(told.near.cards) == ["moniteur"]
    assert names(told.listed.cards) == ["greffon"]
    assert names(told.threats.cards) == ["fuite"]
    assert names(told.bulletins.cards) == ["bulletin"]


def test_figures_count_first_publications_of_the_week(told: Digest) -> None:
    assert (told.figures.new, told.figures.before, told.exploited) == (5, 1, 2)
    assert told.figures.by_tier[Tier.SOIN] == 2
    assert told.figures.by_level[Level.CRITICAL] == 2


def test_old_story_that_changed_is_urgent_again_and_counts_as_updated() -> None:
    old = card("vpn", MONDAY - timedelta(days=300), tier=str(Tier.SOCLE), level=str(Level.CRITICAL))
    changed = replace(old, changed_at=MONDAY + timedelta(days=2))
    assert names(digest([changed], WEEK).urgent.cards) == ["vpn"]
    assert digest([changed], WEEK).figures.updated == 1
    assert digest([old], WEEK).urgent.cards == ()


def test_long_part_says_how_many_more_there_are() -> None:
    many = [card(f"c{number:02}", tier=str(Tier.SOIN), urgency=number) for number in range(SHOWN + 5)]
    part = digest(many, WEEK).near
    assert (len(part.cards), part.more, names(part.cards)[0]) == (SHOWN, 5, f"c{SHOWN + 4:02}")


@pytest.mark.parametrize("text", ["2026-s47", "2026-W47", "2026-47", " 2026w47 "])
def test_week_is_read_in_its_usual_writings(text: str) -> None:
    assert parse_week(text) == WEEK


@pytest.mark.parametrize(
    "text", ["", "47", "2025-s53", "2026-s00", "2026-s54", "novembre", "0000-s01", "2026-s471"]
)
def test_what_is_no_week_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="2026-s47"):
        parse_week(text)


def test_week_belongs_to_the_year_of_its_thursday() -> None:
    assert week_of(datetime(2027, 1, 1, 12, tzinfo=UTC)) == Week(2026, 53)
    assert str(week_of(datetime(2025, 12, 29, tzinfo=UTC))) == "2026-s01"
    assert (WEEK.first_on, WEEK.last_on) == (date(2026, 11, 16), date(2026, 11, 22))


def test_only_finished_weeks_with_a_standing_story_have_a_page() -> None:
    cards = [
        card("this", NOW),
        card("last"),
        card("lost", MONDAY - timedelta(days=14), withdrawn=True),
        card("old", MONDAY - timedelta(days=21)),
    ]
    assert weeks(cards, NOW) == (WEEK, Week(2026, 44))
    assert weeks(cards, MONDAY + timedelta(days=7) - timedelta(seconds=1)) == (Week(2026, 44),)
    assert last_finished(NOW) == WEEK


def test_issues_lead_from_one_to_the_next_and_say_the_same_as_each_alone() -> None:
    cards = [*all_sorts(), card("old", MONDAY - timedelta(days=21))]
    found = list(issues(cards, NOW))
    weeks_told = [one.digest.week for one in found]
    assert weeks_told == sorted(weeks_told, reverse=True)
    assert [one.older for one in found] == [*weeks_told[1:], None]
    assert [one.newer for one in found] == [None, *weeks_told[:-1]]
    assert [one.digest for one in found] == [digest(cards, week) for week in weeks_told]


def test_issue_depends_neither_on_order_nor_on_later_stories() -> None:
    cards = all_sorts()
    later = [*reversed(cards), card("tomorrow", NOW)]
    (first, *_), (again, *_) = issues(cards, NOW), issues(later, NOW)
    assert first == again
    assert first.facts == again.facts


def test_page_of_a_week_tells_all_parts_and_leads_to_the_stories(writer: Writer, told: Digest) -> None:
    page = issue_page(writer, Issue(told, older=Week(2026, 46)))
    assert page.path == "bulletin-hebdomadaire/2026-s47/"
    assert page.title == "La semaine 47 de 2026 en cinq minutes"
    assert page.html.lstrip().startswith("<p class") and page.html.count('<h1 id="titre">') == 1
    for one in told.cards:
        assert f'href="../../{one.path}"' in page.html
    assert "exploitée &amp; grave" in page.html
    assert 'href="../../bulletin-hebdomadaire/2026-s46/"' in page.html
    assert "Sources en difficulté" not in page.html
    assert "style=" not in page.html and "<script" not in page.html


def test_latest_page_tells_the_sources_in_trouble_and_the_weeks_before(writer: Writer) -> None:
    every = list(issues([*all_sorts(), card("old", MONDAY - timedelta(days=21))], NOW))
    page = latest_page(writer, every, ALARMS)
    assert page.path == "bulletin-hebdomadaire/"
    assert editions.CISA.name in page.html and "En panne" in page.html
    assert 'href="../bulletin-hebdomadaire/2026-s44/"' in page.html
    assert page.title == "La semaine 47 de 2026 en cinq minutes"


def test_first_week_of_a_watch_has_a_page_too(writer: Writer) -> None:
    page = latest_page(writer, [], [])
    assert page.title == "Bulletin hebdomadaire"
    assert "Le premier bulletin paraît" in page.html


def test_hostile_titles_stay_words(writer: Writer) -> None:
    cards = [
        card(f"h{place}", tier=str(Tier.SOIN), title=text, reason=text)
        for place, text in enumerate(editions.HOSTILE)
    ]
    told = digest(cards, WEEK)
    for html in (issue_page(writer, Issue(told)).html, mail_html(writer, told, ())):
        assert "<script" not in html and "<img" not in html and "<iframe" not in html


def test_mail_has_whole_addresses_and_nothing_to_load(writer: Writer, told: Digest) -> None:
    html = mail_html(writer, told, ALARMS)
    for one in told.cards:
        assert f'href="https://veille.example/vigie/{one.path}"' in html
    assert not re.search(r'href="(?!https://veille\.example/vigie/)', html)
    assert not re.search(r"<img|<link|<script|<style|url\(|@import| src=", html)
    assert editions.CISA.name in html


def test_text_says_the_same_stories_with_their_addresses(writer: Writer, told: Digest) -> None:
    text = mail_text(writer, told, ALARMS)
    assert text.startswith("La semaine 47 de 2026 en cinq minutes\nDu 16\u00a0novembre\u00a02026 au 22")
    assert "À FAIRE MAINTENANT" in text
    for one in told.cards:
        assert f"* {one.title}\n" in text and f"  https://veille.example/vigie/{one.path}\n" in text
    assert "Priorité critique · Soin · Agir maintenant · exploitée & grave" in text
    assert f"- {editions.CISA.name} : En panne" in text.replace("\u00a0", " ")


def test_message_is_a_draft_with_both_forms_and_the_same_every_time(writer: Writer, told: Digest) -> None:
    body = mail_message(writer, told, ALARMS)
    assert body == mail_message(writer, told, ALARMS)
    message = email.message_from_bytes(body, policy=default)
    assert message["Subject"].replace("\u00a0", " ") == "Vigie : La semaine 47 de 2026 en cinq minutes"
    assert (message["X-Unsent"], message["From"], message["To"]) == ("1", None, None)
    parts = [part.get_content() for part in message.iter_parts()]
    assert [part.replace("\r\n", "\n") for part in parts] == [
        mail_text(writer, told, ALARMS),
        mail_html(writer, told, ALARMS),
    ]


def test_fullest_mail_is_small_enough(writer: Writer) -> None:
    sorts: list[dict[str, object]] = [
        {"tier": str(Tier.SOIN), "level": str(Level.CRITICAL)},
        {"tier": str(Tier.SOIN)},
        {"exploited_on": WEEK.first_on},
        {"tier": str(Tier.SECTEUR)},
        {"category": str(Category.BULLETIN)},
    ]
    cards = [
        card(f"{'n' * 60}{place}-{number}", title="é " * 200, reason="à " * 100, at=MONDAY, **fields)
        for place, fields in enumerate(sorts)
        for number in range(SHOWN + 1)
    ]
    told = digest(cards, WEEK)
    assert len(told.cards) == SHOWN * len(sorts)
    alarms: list[SourceStatus] = ALARMS * 30
    assert len(mail_html(writer, told, alarms).encode()) < MAIL_BYTES
    assert len(issue_page(writer, Issue(told)).html.encode()) < MAIL_BYTES


@pytest.mark.parametrize(
    ("text", "said"), [("2026-s48", "last finished one is 2026-s47"), ("hier", "is no week")]
)
def test_verb_refuses_a_week_that_is_none_or_not_over(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        digest_commands.chosen_week(text, NOW)


def test_verb_tells_the_last_finished_week_by_default() -> None:
    assert digest_commands.chosen_week("", NOW) == WEEK
    assert digest_commands.chosen_week("2026-s46", NOW) == Week(2026, 46)


def test_verb_refuses_a_format_it_does_not_know() -> None:
    with pytest.raises(SettingsError, match="html, text or eml"):
        digest_commands.digest(format="pdf")


@pytest.mark.whole
def test_verb_writes_the_week_of_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sources").mkdir()
    shutil.copy(ROOT / "sources" / "certfr-avis.toml", tmp_path / "sources")
    (tmp_path / "vigie.toml").write_text('sources = "sources"\n', "utf-8")
    for name in ("html", "text", "eml"):
        out = tmp_path / f"week.{name}"
        digest_commands.digest(format=name, out=out)
        assert b"en cinq minutes" in out.read_bytes()
