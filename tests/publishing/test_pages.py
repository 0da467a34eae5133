import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console import COLOURS
from publishing import french
from publishing.carding import card
from publishing.cards import Card
from publishing.layout import Page, Site, Writer
from publishing.pages.home import home_page
from publishing.pages.indicators import FILES, TOOLS, indicators_page
from publishing.pages.rows import row
from publishing.pages.status import status_page
from publishing.pages.story import story_page, text, voice_page
from publishing.released import Released
from publishing.stories import View, groups, view
from records import TLP, AffectedProduct, Category, Difference, Edition, Story, Tier
from settings import ROOT
from sharing.formats import format_named, formats
from sharing.manifest import MANIFEST, SUMS
from tests.publishing import editions

SITE = Site("Vigie", "https://veille.example/vigie/", ROOT / "site")
EDITION = editions.edition()
LISTS = Released(editions.MADE_AT, (("domains.txt", 18), ("urls.txt", 40)))


def views(edition: Edition) -> dict[str, View]:
    return {group.path: view(group, edition.vulnerabilities) for group in groups(edition)}


def page_of(story: Story, edition: Edition = EDITION) -> str:
    (one,) = views(replace(edition, stories=(story,))).values()
    return html_of(one)


def html_of(one: View) -> str:
    return story_page(Writer(SITE, "fr"), one, card(one), text(one.voice)).html


def home_of(edition: Edition) -> str:
    cards: Mapping[str, Card] = {path: card(one) for path, one in views(edition).items()}
    rows = {path: row(Writer(SITE, "fr"), one) for path, one in cards.items()}
    return home_page(Writer(SITE, "fr", rows=rows), edition, tuple(cards.values()), 58).html


def named(native_id: str) -> Story:
    return next(story for story in EDITION.stories if story.advisory.native_id == native_id)


@pytest.fixture(scope="module")
def sharepoint() -> str:
    return page_of(named("CERTFR-2025-AVI-0607"))


def test_the_home_page_says_what_to_do_now_and_what_is_new() -> None:
    home = home_of(EDITION)
    now = home.partition('id="maintenant"')[2].partition('class="today"')[0]
    assert "SharePoint" in now and "Exploitée" in now
    assert "noyau Linux" not in now and "retirée par son éditeur" not in now
    new = home.partition('id="nouveau"')[2].partition("</table>")[0]
    assert new.index("Infusion Pump") < new.index("cyberattaque") < new.index("SharePoint")


def test_the_home_page_says_when_there_is_nothing_to_do() -> None:
    later = home_of(replace(EDITION, made_at=editions.MADE_AT + timedelta(days=60)))
    assert "Rien de critique ni d’exploité" in later
    assert "Rien de nouveau depuis hier." in later


def test_an_exploited_vulnerability_says_by_whom_and_since_when(sharepoint: str) -> None:
    assert "exploitée (CISA KEV, ajoutée le 18\u00a0juillet\u00a02025) par des rançongiciels" in sharepoint
    assert "<strong>9,8</strong> critique" in sharepoint
    assert "CVSS 3.1, Microsoft" in sharepoint
    assert "EPSS 94,2\u00a0%" in sharepoint


def test_reasons_dates_revisions_and_marking_are_on_the_page(sharepoint: str) -> None:
    for words in ("produit présent dans les hôpitaux", "Ajout d’un correctif", "Licence Ouverte 2.0"):
        assert words in sharepoint
    assert 'data-tlp="CLEAR"' in sharepoint
    assert "[Mise à jour du 20\u00a0juillet\u00a02025] <span>Ajout d’un correctif" in sharepoint
    assert "Exécution de code arbitraire à distance" in sharepoint


def test_a_very_long_list_of_cves_is_folded_whole_and_light() -> None:
    page = page_of(named("CERTFR-2025-AVI-0600"))
    assert "Les 1\u202f924\u00a0CVE" in page
    assert set(re.findall(r"CVE-2024-\d+", page)) == set(editions.many_cves())
    assert len(page.encode()) < 190_000


def test_a_foreign_notice_has_a_french_title_and_keeps_its_words() -> None:
    page = page_of(named("ICSMA-25-198-01"))
    title = page.partition("<h1")[2].partition("</h1>")[0]
    assert "Example Medical Infusion Pump X, Example Medical Infusion Pump Y\u00a0: CVE-2025-1111" in title
    assert '<p class="original" lang="en">Example Infusion Pump: hard-coded credentials' in page
    assert "<li>Update to 3.2.1.</li>" in page.partition('<ul lang="en">')[2]


def test_a_notice_without_title_or_date_says_so() -> None:
    assert "Sans titre (CERTFR-2025-AVI-0598)" in page_of(named("CERTFR-2025-AVI-0598"))
    assert "20\u00a0juin\u00a02025" in page_of(named("undated"))


def test_the_whole_text_of_a_notice_stands_in_for_its_summary() -> None:
    page = page_of(named("corps"))
    assert "Texte de l’éditeur</h2>" in page
    assert "Résumé de l’éditeur" not in page and "Un résumé." not in page
    assert "<h3>Provenance</h3>" in page and "<h4>Mesures" in page
    assert page.count("<h1") == 1
    assert "Résumé de l’éditeur</h2>" in page_of(named("ICSMA-25-198-01"))


def test_a_text_without_end_is_cut_at_a_paragraph_and_says_so() -> None:
    long = "\n\n".join(f"paragraphe {n} " + "mot " * 50 for n in range(400))
    page = page_of(editions.story("A", "Titre", body=long))
    assert "paragraphe 1 " in page and "paragraphe 399" not in page
    assert "la suite est chez l’éditeur" in page


def test_what_a_new_version_changed_is_on_the_page_in_escaped_words() -> None:
    changes = (
        Difference("cves", added=("CVE-2025-0001",), removed=("CVE-2025-0002",)),
        Difference("title", reworded=(("Avant <b>", "Après *x*"),)),
        Difference("summary", lines=("+<script>alert(1)</script>", "-gone", " stays", "…")),
    )
    story = replace(editions.story("A", "Titre"), changes=changes, changed_at=editions.MADE_AT)
    page = page_of(story)
    assert "Ce qui a changé</h2>" in page and "Vulnérabilités" in page
    assert "<ins>CVE-2025-0001</ins>" in page and "<del>CVE-2025-0002</del>" in page
    assert "<script" not in page and "Avant <b>" not in page
    assert "Ce qui a changé" not in page_of(editions.story("A", "Titre"))


def test_an_article_is_quoted_and_a_notice_is_shown_whole() -> None:
    words = " ".join(f"mot{n}" for n in range(400))
    article = page_of(editions.story("A", "Titre", category=Category.NEWS, summary=words, body=words))
    assert "Extrait</h2>" in article and "mot20" in article and "mot399" not in article
    notice = page_of(editions.story("A", "Titre", summary=words, body=words))
    assert "Texte de l’éditeur</h2>" in notice and "mot399" in notice


def test_a_withdrawn_notice_is_kept_and_shown_as_such() -> None:
    page = page_of(named("CERTFR-2025-AVI-0500"))
    assert "Retirée par son éditeur. Elle reste ici pour mémoire" in page
    assert "retirée le 18\u00a0juillet\u00a02025" in page


def test_a_notice_no_rule_has_judged_is_general() -> None:
    page = page_of(replace(editions.story("CERTFR-2025-AVI-9999", "Sans avis"), assessments={}))
    assert "pas encore été évaluée" in page
    assert "tier-general" in page


def test_an_analyst_s_decision_is_shown_as_one() -> None:
    story = editions.story("CERTFR-2025-AVI-9998", "Titre", Tier.SECTEUR)
    ruled = replace(story.assessments["health_relevance"], rule="health_relevance/analyst", value="soin")
    page = page_of(replace(story, assessments={"health_relevance": ruled}))
    assert "Décidé par un analyste" in page
    assert "tier-soin" in page


def several() -> tuple[View, Edition]:
    """Return a story that an English notice told first, and a French one that was read first."""
    english = editions.story(
        "ICSA-1",
        "Flaw in X",
        Tier.SOIN,
        source=editions.CISA,
        days=5,
        cves=("CVE-2025-10001",),
        labels=("a",),
    )
    french_one = editions.story("CERTFR-2025-AVI-0001", "Faille dans X", days=3, cves=("CVE-2025-10002",))
    read = {english.advisory.id: 1, french_one.advisory.id: 2}
    stories = tuple(
        replace(one, first_seen_at=editions.MADE_AT - timedelta(days=read[one.advisory.id]))
        for one in (english, french_one)
    )
    names = (english.advisory.id, french_one.advisory.id)
    edition = replace(EDITION, stories=stories, together=dict.fromkeys(names, names))
    (one,) = views(edition).values()
    return one, edition


def test_a_story_stands_where_it_was_read_first_and_says_who_told_it_first() -> None:
    one, _ = several()
    assert one.path == "avis/2025/certfr-avis--certfr-2025-avi-0001/"
    assert [notice.source.id for notice in one.told] == ["cisa-csaf", "certfr-avis"]
    made = card(one)
    assert (made.title, made.title_en) == ("Faille dans X", "Flaw in X")
    assert made.tier == "soin"
    assert set(made.cves) == {"CVE-2025-10001", "CVE-2025-10002"}
    page = html_of(one)
    assert page.index("CISA, avis") < page.index("CERT-FR, avis</a></strong>")
    assert 'href="../../../avis/2025/cisa-csaf--icsa-1/"' in page


def test_the_other_notices_of_a_story_lead_to_it() -> None:
    one, _ = several()
    other = one.told[0]
    page: Page = voice_page(Writer(SITE, "fr"), other, card(one), text(other))
    assert page.path == "avis/2025/cisa-csaf--icsa-1/"
    assert 'href="../../../avis/2025/certfr-avis--certfr-2025-avi-0001/"' in page.html
    assert "Flaw in X" in page.html


def test_a_story_keeps_its_address_whoever_joins_it() -> None:
    one, edition = several()
    late = replace(
        editions.story("AVANT-1", "Telling first", source=editions.PRESS, days=30),
        first_seen_at=editions.MADE_AT,
    )
    names = (*edition.together[one.address.advisory.id], late.advisory.id)
    joined = replace(edition, stories=(*edition.stories, late), together=dict.fromkeys(names, names))
    assert list(views(joined)) == [one.path]


def status_html(edition: Edition) -> str:
    return status_page(Writer(SITE, "fr"), edition).html


def test_sources_in_trouble_come_first_in_words() -> None:
    page = status_html(EDITION).partition("</table>")[0]
    assert page.index("En panne") < page.index("Silencieuse") < page.index("À jour")
    assert "HTTP 503 &lt;b&gt;after" in page
    assert "Licence Ouverte 2.0" in page


def test_shrinking_source_is_an_alarm_between_broken_and_silent() -> None:
    sources = [
        editions.status(replace(editions.PRESS, id=state, name=state), state)
        for state in ("ok", "stale", "shrinking", "failing")
    ]
    edition = replace(EDITION, sources=tuple(sources))
    places = [status_html(edition).index(word) for word in ("En panne", "En baisse", "Silencieuse", "À jour")]
    assert places == sorted(places)
    assert "En baisse" in home_of(edition)


def test_every_state_of_a_source_has_its_french_and_its_colour() -> None:
    states = {"ok", "empty", "stale", "shrinking", "failing", "paused", "never"}
    assert set(french.STATES) == set(COLOURS) == states


def test_a_source_above_the_audience_is_not_named() -> None:
    assert "Partenaire fermé" not in status_html(EDITION) + home_of(EDITION)
    assert "Partenaire fermé" in status_html(editions.edition(TLP.AMBER))


def test_indicators_are_counted_and_never_shown() -> None:
    page = indicators_page(Writer(SITE, "fr"), EDITION, LISTS).html
    assert '<td>noms de domaine, un par ligne</td><td class="number">18</td>' in page
    assert "58\u00a0indicateurs actifs" in page
    assert "malveillant" not in page


def test_every_format_is_named_with_an_address() -> None:
    page = indicators_page(Writer(SITE, "fr"), EDITION, LISTS).html
    named_files = {name for name, _ in FILES} | {name for name, _ in TOOLS}
    assert {MANIFEST, SUMS} <= named_files
    for kind in formats():
        form = format_named(kind)
        assert named_files & {*form.files, form.index_name}, f"{kind} is not on the page"
    for name in named_files:
        assert f'href="/vigie/listes/{name}"' in page


def test_an_empty_edition_has_its_pages() -> None:
    empty = replace(EDITION, stories=(), vulnerabilities={}, indicators=(), sources=())
    assert "Aucune source n’est suivie." in home_of(empty)
    assert "Aucune source n’est suivie." in status_html(empty)


def test_what_was_taken_back_decides_nothing_while_another_notice_stands() -> None:
    kev = "CVE-2025-53770"
    gone = editions.story("A-1", "Pompe", Tier.SOIN, days=9, cves=(kev,), withdrawn_at=editions.MADE_AT)
    stands = editions.story("A-2", "Autre", days=8, cves=("CVE-2025-49704",))
    names = (gone.advisory.id, stands.advisory.id)
    edition = replace(EDITION, stories=(gone, stands), together=dict.fromkeys(names, names))
    (one,) = views(edition).values()
    made = card(one)
    assert (made.tier, made.exploited, made.withdrawn) == ("général", False, False)
    assert made.cves == ("CVE-2025-49704",)


def test_a_listing_as_exploited_is_a_change() -> None:
    old = editions.story("A-1", "Ancienne", Tier.SOIN, days=60, cves=("CVE-2025-53770",))
    (one,) = views(replace(EDITION, stories=(old,))).values()
    assert f"{card(one).changed_at:%Y-%m-%d}" == "2025-07-18"
    assert "Ancienne" in home_of(replace(EDITION, stories=(old,))).partition('class="today"')[0]


def test_a_date_that_no_notice_can_have_is_none() -> None:
    story = editions.story("A-1", "Titre", published_at=datetime(1, 1, 1, tzinfo=UTC))
    (one,) = views(replace(EDITION, stories=(story,))).values()
    assert card(one).published_at.year == 2025


def test_what_spares_its_products_is_not_called_exploited() -> None:
    spared = AffectedProduct("Passerelle", "PulseMed", "vers:all/*", "known_not_affected")
    story = editions.story("VEX-1", "Non concernés", Tier.SOIN, cves=("CVE-2025-53770",), affected=(spared,))
    (one,) = views(replace(EDITION, stories=(story,))).values()
    assert not card(one).exploited
    assert "à traiter sans attendre" not in html_of(one)
