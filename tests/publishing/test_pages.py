from dataclasses import replace
from datetime import timedelta

import pytest

from console import COLOURS
from publishing import french
from publishing.pages import Site, pages
from records import TLP, Category, Difference, Edition, Story, Tier
from settings import ROOT
from sharing.formats import format_named, formats
from sharing.manifest import MANIFEST, SUMS
from tests.publishing import editions

SITE = Site("Vigie", "https://veille.example/vigie/", ROOT / "site" / "templates")
SHAREPOINT = "avis/2025/certfr-avis--certfr-2025-avi-0607.md"


def made(edition: Edition) -> dict[str, str]:
    found = list(pages(edition, SITE))
    assert len({path for path, _ in found}) == len(found)
    return dict(found)


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    return made(editions.edition())


def test_every_story_has_its_page_and_is_listed_by_month_and_tier(site: dict[str, str]) -> None:
    assert sum(path.startswith("avis/") for path in site) == len(editions.stories())
    assert SHAREPOINT.removeprefix("avis/") in site["archives/2025-07.md"]
    assert SHAREPOINT.removeprefix("avis/") in site["pertinence/socle.md"]
    assert SHAREPOINT.removeprefix("avis/") not in site["pertinence/soin.md"]
    assert "juillet 2025" in site["archives/index.md"].lower()


def test_the_home_page_puts_care_first_then_the_exploited(site: dict[str, str]) -> None:
    home = site["index.md"]
    assert home.index("Infusion Pump") < home.index("cyberattaque") < home.index("SharePoint")
    assert "noyau Linux" not in home
    assert "retirée par son éditeur" not in home


def test_the_home_page_shows_the_latest_when_nothing_is_recent() -> None:
    old = replace(editions.edition(), made_at=editions.MADE_AT + timedelta(days=60))
    assert "Infusion Pump" in made(old)["index.md"]


def test_an_exploited_vulnerability_says_by_whom_and_since_when(site: dict[str, str]) -> None:
    page = site[SHAREPOINT]
    assert "exploitée &#40;CISA KEV, ajoutée le 18\u00a0juillet\u00a02025" in page.replace("(", "&#40;")
    assert "<strong>9,8</strong> critique" in page
    assert "CVSS 3.1, Microsoft" in page
    assert "EPSS 94,2\u00a0%" in page


def test_reasons_dates_revisions_and_marking_are_on_the_page(site: dict[str, str]) -> None:
    page = site[SHAREPOINT]
    for words in ("produit présent dans les hôpitaux", "Ajout d’un correctif", "Licence Ouverte 2.0"):
        assert words in page
    assert 'data-tlp="CLEAR"' in page


def test_a_very_long_list_of_cves_is_folded_and_whole(site: dict[str, str]) -> None:
    page = site["avis/2025/certfr-avis--certfr-2025-avi-0600.md"]
    assert "Les 1\u202f924\u00a0CVE de cette notice" in page
    folded = page.split("<details>")[1]
    assert all(f">{cve}</a>" in folded for cve in editions.many_cves())


def test_a_foreign_notice_keeps_its_words_and_says_its_language(site: dict[str, str]) -> None:
    page = site["avis/2025/cisa-csaf--icsma-25-198-01.md"]
    assert '<h1 id="titre" lang="en">Example Infusion Pump' in page
    assert "rédigé en anglais" in page


def test_a_notice_without_title_or_date_says_so(site: dict[str, str]) -> None:
    assert (
        "Sans titre &#40;CERTFR-2025-AVI-0598&#41;" in site["avis/2025/certfr-avis--certfr-2025-avi-0598.md"]
    )
    undated = next(text for path, text in site.items() if "undated" in path)
    assert "non datée" in undated


def test_the_whole_text_of_a_notice_stands_in_for_its_summary(site: dict[str, str]) -> None:
    page = next(text for path, text in site.items() if "presse--corps" in path)
    assert "## Texte de l’éditeur" in page
    assert "Résumé de l’éditeur" not in page and "Un résumé." not in page
    assert "<h3>Provenance</h3>" in page and "<h4>Mesures" in page
    assert page.count("<h1") == 1
    assert "## Résumé de l’éditeur" in site["avis/2025/cisa-csaf--icsma-25-198-01.md"]


def test_what_a_new_version_changed_is_on_the_page_in_escaped_words() -> None:
    changes = (
        Difference("cves", added=("CVE-2025-0001",), removed=("CVE-2025-0002",)),
        Difference("title", reworded=(("Avant <b>", "Après *x*"),)),
        Difference("summary", lines=("+<script>alert(1)</script>", "-gone", " stays", "…")),
    )
    story = replace(editions.story("A", "Titre"), changes=changes, changed_at=editions.MADE_AT)
    page = _page_of(story)
    assert "## Ce qui a changé" in page and "Vulnérabilités" in page
    assert "<ins>CVE-2025-0001</ins>" in page and "<del>CVE-2025-0002</del>" in page
    assert "<script" not in page and "*x*" not in page and "Avant <b>" not in page
    assert "## Ce qui a changé" not in _page_of(editions.story("A", "Titre"))


def test_an_article_is_quoted_and_a_notice_is_shown_whole() -> None:
    words = " ".join(f"mot{n}" for n in range(400))
    article = _page_of(editions.story("A", "Titre", category=Category.NEWS, summary=words, body=words))
    assert "## Extrait" in article and "mot20" in article and "mot399" not in article
    notice = _page_of(editions.story("A", "Titre", summary=words, body=words))
    assert "## Texte de l’éditeur" in notice and "mot399" in notice


def _page_of(story: Story) -> str:
    one = replace(editions.edition(), stories=(story,))
    return next(text for path, text in made(one).items() if path.startswith("avis/"))


def test_a_withdrawn_notice_is_kept_and_shown_as_such(site: dict[str, str]) -> None:
    page = site["avis/2025/certfr-avis--certfr-2025-avi-0500.md"]
    assert "retirée par son éditeur le 18\u00a0juillet\u00a02025" in page
    assert "Retirée" in site["pertinence/soin.md"]


def test_a_notice_no_rule_has_judged_is_general() -> None:
    bare = replace(editions.story("CERTFR-2025-AVI-9999", "Sans avis"), assessments={})
    site = made(editions.edition(extra=(bare,)))
    assert "pas encore été évaluée" in site["avis/2025/certfr-avis--certfr-2025-avi-9999.md"]
    assert "Sans avis" in site["pertinence/general.md"]
    assert "non évaluée" in site["pertinence/general.md"]


def test_lists_are_cut_at_a_hundred_rows() -> None:
    site = made(editions.large(260))
    assert {path for path in site if path.startswith("pertinence/general")} == {
        "pertinence/general.md",
        "pertinence/general-2.md",
    }
    assert site["pertinence/general.md"].count("<br>") == 100
    assert "(../pertinence/general-2.md)" in site["pertinence/general.md"]
    assert "(../pertinence/general.md)" in site["pertinence/general-2.md"]


def test_sources_in_trouble_come_first_in_words(site: dict[str, str]) -> None:
    page = site["sources.md"]
    assert page.index("En panne") < page.index("Silencieuse") < page.index("À jour")
    assert "HTTP 503 &#60;b&#62;after" in page
    assert "Licence Ouverte 2.0" in page


def test_shrinking_source_is_an_alarm_between_broken_and_silent() -> None:
    sources = [
        editions.status(replace(editions.PRESS, id=state, name=state), state)
        for state in ("ok", "stale", "shrinking", "failing")
    ]
    site = made(replace(editions.edition(), sources=tuple(sources)))
    places = [site["sources.md"].index(word) for word in ("En panne", "En baisse", "Silencieuse", "À jour")]
    assert places == sorted(places)
    assert "En baisse" in site["index.md"]


def test_every_state_of_a_source_has_its_french_and_its_colour() -> None:
    states = {"ok", "empty", "stale", "shrinking", "failing", "paused", "never"}
    assert set(french.STATES) == set(COLOURS) == states


def test_a_source_above_the_audience_is_not_named(site: dict[str, str]) -> None:
    assert not any("Partenaire fermé" in text for text in site.values())
    assert "Partenaire fermé" in made(editions.edition(TLP.AMBER))["sources.md"]


def test_indicators_are_counted_and_never_shown(site: dict[str, str]) -> None:
    assert "| Noms de domaine | 1 |" in site["indicateurs.md"]
    assert "/vigie/listes/manifest.json" in site["indicateurs.md"]
    assert not any("malveillant" in text for text in site.values())


def test_every_list_is_named_with_its_address(site: dict[str, str]) -> None:
    files = {name for kind in formats() for name in format_named(kind).FILES}
    for name in files | {MANIFEST, SUMS}:
        assert f"](/vigie/listes/{name})" in site["indicateurs.md"]


def test_an_empty_edition_has_all_its_pages() -> None:
    empty = Edition(
        made_at=editions.MADE_AT,
        audience=TLP.CLEAR,
        stories=(),
        vulnerabilities={},
        indicators=(),
        sources=(),
    )
    site = made(empty)
    assert {"index.md", "sources.md", "indicateurs.md", "archives/index.md"} < set(site)
    assert "Rien dans les archives" in site["pertinence/soin.md"]


def test_an_analyst_s_decision_is_shown_as_one() -> None:
    story = editions.story("CERTFR-2025-AVI-9998", "Titre", Tier.SECTEUR)
    ruled = replace(story.assessments["health_relevance"], rule="health_relevance/analyst", value="soin")
    site = made(editions.edition(extra=(replace(story, assessments={"health_relevance": ruled}),)))
    page = site["avis/2025/certfr-avis--certfr-2025-avi-9998.md"]
    assert "Décidé par un analyste" in page
    assert "tier-soin" in page
