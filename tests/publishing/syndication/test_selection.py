"""Which feeds there are: addresses that stay, names that never share one, the newest changes first."""

from datetime import timedelta

from publishing.syndication import Selection, selections
from publishing.syndication.selection import NEWEST, ListsNews
from tests.publishing.syndication.making import NAMES, NEWS, NOW, card, cards


def chosen() -> dict[str, Selection]:
    return {one.stem: one for one in selections(cards(), NAMES, [NEWS])}


def numbers(selection: Selection) -> list[int]:
    return [int(row.id[-12:]) for row in selection.rows if not isinstance(row, ListsNews)]


def test_feeds_stand_at_their_known_addresses() -> None:
    assert set(chosen()) >= {
        "flux/tout",
        "flux/bulletins",
        "flux/actualites",
        "flux/exploitees",
        "flux/indicateurs",
        "flux/niveau/soin",
        "flux/niveau/general",
        "flux/priorite/critique",
        "flux/priorite/elevee",
        "flux/source/certfr-avis",
        "flux/editeur/fortinet",
        "flux/famille/imagerie",
    }


def test_each_feed_has_the_stories_it_is_about() -> None:
    found = chosen()
    assert numbers(found["flux/tout"]) == [90, 1, 2, 3, 4, 5, 6]
    assert numbers(found["flux/exploitees"]) == [2]
    assert numbers(found["flux/bulletins"]) == [4]
    assert numbers(found["flux/actualites"]) == [3]
    assert numbers(found["flux/niveau/secteur"]) == [3]
    assert numbers(found["flux/editeur/fortinet"]) == [1, 2]
    assert numbers(found["flux/famille/imagerie"]) == [90, 1]
    assert numbers(found["flux/source/certfr-avis"]) == [90, 1, 2, 3, 4, 5, 6]
    assert found["flux/indicateurs"].rows == (NEWS,)


def test_a_name_met_once_has_no_feed() -> None:
    assert not [stem for stem in chosen() if "seule" in stem]


def test_names_that_differ_by_more_than_case_and_accents_never_share_an_address() -> None:
    tags = [one for one in selections(cards(), NAMES) if one.group == "etiquette"]
    assert sorted(one.label for one in tags) == ["a b", "a/b"]
    assert len({one.stem for one in tags}) == 2


def test_names_that_differ_by_case_and_accents_share_a_feed_with_each_story_once() -> None:
    found = chosen()["flux/editeur/ete"]
    assert numbers(found) == [90, 1, 5, 6]
    assert found.label == "Été"


def test_case_does_not_count_in_names_with_other_signs_either() -> None:
    made = [card(1, tags=("Oil & Gas",)), card(2, tags=("oil & gas",))]
    tags = [one for one in selections(made, NAMES) if one.group == "etiquette"]
    assert [numbers(one) for one in tags] == [[1, 2]]


def test_feeds_that_are_always_there_are_there_without_a_story() -> None:
    assert {one.group for one in selections((), {})} == {"contenu", "niveau", "priorite"}


def test_a_feed_has_the_newest_fifty() -> None:
    many = [card(number) for number in range(300)]
    found = selections(reversed(many), NAMES)[0]
    assert numbers(found) == list(range(NEWEST))


def test_news_of_the_lists_come_newest_first() -> None:
    older = ListsNews(NOW - timedelta(days=1), 0, 0, 1913)
    found = {one.stem: one for one in selections((), {}, [older, NEWS])}
    assert found["flux/indicateurs"].rows == (NEWS, older)


def test_the_order_of_stories_does_not_matter() -> None:
    assert selections(cards(), NAMES) == selections(reversed(cards()), NAMES)
