from datetime import UTC, datetime, timedelta

from publishing.cards import Card
from publishing.pages.lists import BLOCK, Listing, blocks, listings
from tests.publishing.editions import card

START = datetime(2025, 1, 1, tzinfo=UTC)


def cards(number: int) -> list[Card]:
    return [
        card(
            f"n{place:04}",
            published_at=START + timedelta(hours=place),
            vendors=("Fortinet",),
            level="critique",
        )
        for place in range(number)
    ]


def whole(number: int) -> Listing:
    return next(listings(cards(number), {}))


def test_every_story_is_on_one_page_of_its_list_newest_first() -> None:
    for number in (0, 1, BLOCK, 2 * BLOCK - 1, 2 * BLOCK, 5 * BLOCK + 3):
        pages = list(blocks(whole(number)))
        shown = [one.path for page in reversed(pages) for one in page.cards]
        assert shown == [one.path for one in reversed(cards(number))]
        assert all(len(page.cards) < 2 * BLOCK for page in pages)


def test_a_new_story_touches_the_newest_page_only() -> None:
    before = {page.path: page for page in blocks(whole(5 * BLOCK + 3))}
    after = {page.path: page for page in blocks(whole(5 * BLOCK + 4))}
    assert [path for path in before if before[path] != after[path]] == ["alertes/toutes/"]


def test_pages_lead_to_their_neighbours() -> None:
    pages = {page.path: page for page in blocks(whole(5 * BLOCK))}
    path, seen = "alertes/toutes/", []
    while path:
        seen.append(path)
        older = pages[path].older
        assert older is None or pages[older].newer == path
        path = older or ""
    assert len(seen) == len(pages) == 5


def test_what_one_story_names_has_no_list_of_its_own() -> None:
    rare = card("rare", vendors=("Rare",))
    paths = {listing.path for listing in listings([*cards(3), rare], {})}
    assert "alertes/editeur/fortinet/" in paths
    assert "alertes/editeur/rare/" not in paths
    assert "alertes/priorite/critique/" in paths


def test_two_vendors_that_fold_alike_have_two_lists() -> None:
    named = [card(f"v{n}", vendors=(name,)) for n, name in enumerate(("A.B", "A.B", "A-B", "A-B"))]
    paths = [listing.path for listing in listings(named, {}) if "/editeur/" in listing.path]
    assert len(paths) == len(set(paths)) == 2
