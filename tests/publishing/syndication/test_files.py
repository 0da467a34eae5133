"""What feeds say of a story, and when their files change."""

from dataclasses import replace
from datetime import timedelta

import feedparser
import orjson
import pytest

from publishing.syndication import Texts
from tests.publishing.syndication.making import NOW, TEXTS, card, cards, files, targets


def entries(path: str, made: dict[str, bytes]) -> list[feedparser.FeedParserDict]:
    return list(feedparser.parse(made[path]).entries)


def test_the_former_addresses_still_serve_the_same_stories() -> None:
    made = files(cards())
    for tier in ("soin", "secteur", "socle"):
        old, new = (entries(path, made) for path in (f"flux/{tier}.xml", f"flux/niveau/{tier}.xml"))
        assert [entry.id for entry in old] == [entry.id for entry in new] != []


def test_an_item_says_how_urgent_how_near_who_and_what() -> None:
    text = entries("flux/exploitees.xml", files(cards()))[0].summary
    assert text == (
        "Priorité critique, pertinence Socle (66 sur 100). Source\u00a0: CERT-FR\u00a0: avis. Exploitation connue,"
        " au catalogue depuis le 18\u00a0juillet\u00a02025. De multiples vulnérabilités ont été découvertes."
    )


def test_an_item_has_tier_level_and_vendors_as_categories() -> None:
    made = files(cards())
    wanted = ["Soin", "Priorité critique", "Fortinet", "Été"]
    for path in ("flux/soin.xml", "flux/niveau/soin.atom"):
        assert [tag.term for tag in entries(path, made)[0].tags] == wanted
    assert orjson.loads(made["flux/niveau/soin.json"])["items"][0]["tags"] == wanted


def test_an_update_keeps_its_guid_and_its_first_date_and_moves_up() -> None:
    before = [card(1), card(2), card(30)]
    after = [card(1), card(2), card(30, changed_at=NOW)]
    for path in ("flux/tout.xml", "flux/tout.atom"):
        old, new = entries(path, files(before)), entries(path, files(after))
        assert {entry.id for entry in old} == {entry.id for entry in new}
        assert new[0].id == f"urn:uuid:{card(30).id}"
        assert new[0].title == card(30).title
        assert new[0].summary.startswith("Mise à jour\u00a0: priorité critique")
        assert not old[2].summary.startswith("Mise à jour")
    updated = entries("flux/tout.atom", files(after))[0]
    assert (updated.published, updated.updated) == ("2025-07-19T12:00:00+00:00", "2025-07-20T18:00:00+00:00")


def test_a_change_on_the_first_day_is_no_update() -> None:
    same_day = card(3, changed_at=NOW)
    assert entries("flux/tout.xml", files([same_day]))[0].summary.startswith("Priorité critique")


def test_a_withdrawn_story_stays_and_says_so() -> None:
    made = files(cards())
    assert "Retirée\u00a0: Vulnérabilités dans le produit 5" in [
        one.title for one in entries("flux/tout.atom", made)
    ]
    assert "Withdrawn: Vulnerabilities in product 5" in [
        one.title for one in entries("en/flux/tout.xml", made)
    ]


def test_the_english_edition_has_its_own_feeds_of_all_tiers_and_levels_only() -> None:
    made = files(cards())
    first = entries("en/flux/tout.xml", made)[1]
    assert first.title == "Vulnerabilities in product 1"
    assert first.link == "https://veille.example/en/avis/2025/certfr-avis--certfr-0001/"
    assert first.summary.startswith("Critical priority, relevance: Care (66 of 100).")
    assert {path.split("/")[2].split(".")[0] for path in made if path.startswith("en/")} == {
        "tout",
        "niveau",
        "priorite",
        "abonnements",
    }


def test_a_feed_is_as_old_as_its_newest_item() -> None:
    made = files([card(5), card(7)])
    assert feedparser.parse(made["flux/tout.xml"]).feed.updated == "Sun, 20 Jul 2025 13:00:00 +0000"
    assert feedparser.parse(made["flux/tout.atom"]).feed.updated == "2025-07-20T13:00:00+00:00"
    assert feedparser.parse(made["flux/bulletins.atom"]).feed.updated == "2000-01-01T00:00:00+00:00"


def test_whole_texts_stand_beside_the_summary() -> None:
    made = files(cards())
    for path in ("flux/tout-complet.xml", "flux/niveau/soin-complet.atom"):
        found = {entry.id: entry for entry in entries(path, made)}[f"urn:uuid:{card(1).id}"]
        assert found.content[0].value == "<p>Le texte de Vulnérabilités dans le produit 1</p>"
        assert found.summary.startswith("Priorité critique")
    item = orjson.loads(made["flux/niveau/soin-complet.json"])["items"][0]
    assert item["content_html"] == "<p>Le texte de Vulnérabilités dans le produit 1</p>"
    assert "flux/editeur/fortinet-complet.xml" not in made


def test_the_same_stories_give_the_same_bytes_and_keys_in_any_order() -> None:
    one, other = targets(cards()), targets(reversed(cards()))
    assert [(target.path, target.key) for target in one.values()] == [
        (target.path, target.key) for target in other.values()
    ]
    assert files(cards()) == files(reversed(cards()))


def test_a_changed_story_changes_the_feeds_that_have_it_and_no_other() -> None:
    first, *rest = cards()
    before, after = targets([first, *rest]), targets([replace(first, summary="Autre résumé."), *rest])
    changed = {path for path in before if before[path].key != after[path].key}
    assert {path for path in changed if path.endswith(".xml") and "complet" not in path} == {
        "flux/tout.xml",
        "flux/soin.xml",
        "flux/niveau/soin.xml",
        "flux/priorite/critique.xml",
        "flux/famille/imagerie.xml",
        "flux/editeur/fortinet.xml",
        "flux/editeur/ete.xml",
        "flux/source/certfr-avis.xml",
        "flux/etiquette/a-b-c14cdd.xml",
        "en/flux/tout.xml",
        "en/flux/niveau/soin.xml",
        "en/flux/priorite/critique.xml",
    }
    assert all(before[path].make() == after[path].make() for path in before.keys() - changed)


def test_a_changed_text_changes_the_feeds_with_whole_texts_only() -> None:
    other = Texts(of=TEXTS.of, key=lambda card: f"{card.title}, autrement")
    before, after = targets([card(1)]), targets([card(1)], other)
    changed = {path for path in before if before[path].key != after[path].key}
    assert changed == {
        f"flux/{name}-complet.{end}" for name in ("tout", "niveau/socle") for end in ("xml", "atom", "json")
    }


def test_changed_code_changes_every_feed() -> None:
    before, after = targets([card(1)], made_by="1"), targets([card(1)], made_by="2")
    assert not [path for path in before if before[path].key == after[path].key and not path.endswith(".opml")]


def test_a_text_is_made_for_a_feed_only_when_the_feed_is() -> None:
    def refuse(_: object) -> str:
        pytest.fail("a text was made that nobody asked for")

    assert targets([card(1)], Texts(of=refuse, key=lambda card: ""))


def test_news_of_the_lists_say_what_came_and_went() -> None:
    found = entries("flux/indicateurs.xml", files(()))[0]
    assert (
        found.title
        == "Listes du 20\u00a0juillet\u00a02025\u00a0: 12\u00a0ajouts, 1\u00a0retrait, 1\u202f924\u00a0indicateurs"
    )
    assert "1\u202f900\u00a0adresses IPv4, 24\u00a0noms de domaine" in found.summary


def test_the_list_of_feeds_names_every_feed_once() -> None:
    made = files(cards())
    listed = made["flux/abonnements.opml"].decode()
    feeds = [
        path for path in made if path.startswith("flux/") and path.endswith(".xml") and "complet" not in path
    ]
    former = {f"flux/{tier}.xml" for tier in ("soin", "secteur", "socle")}
    for path in set(feeds) - former:
        assert listed.count(f'xmlUrl="https://veille.example/{path}"') == 1
    assert not [path for path in former if f'example/{path}"' in listed]


def test_an_instant_of_another_zone_is_the_same_feed() -> None:
    moved = [replace(one, changed_at=(one.changed_at + timedelta(0)).astimezone()) for one in cards()]
    assert files(moved) == files(cards())
