import re

from hypothesis import given
from hypothesis import strategies as st

from publishing import addresses
from tests.publishing import editions

identifiers = st.text(max_size=120) | st.text(alphabet="aAbB1-_/ .", max_size=12)


def test_an_ordinary_identifier_gives_a_readable_address() -> None:
    story = editions.story("CERTFR-2025-AVI-0607", "Titre")
    assert (
        addresses.advisory_page(story.advisory, story.first_seen_at)
        == "avis/2025/certfr-avis--certfr-2025-avi-0607/"
    )


@given(st.lists(st.tuples(identifiers, identifiers), unique=True, max_size=12))
def test_no_two_notices_share_an_address(names: list[tuple[str, str]]) -> None:
    slugs = [addresses.slug(source, native) for source, native in names]
    assert len(set(slugs)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]{1,190}", slug) for slug in slugs)


def test_one_part_cannot_be_taken_for_another() -> None:
    assert addresses.slug("a-b", "C") != addresses.slug("a", "B-C")
    hashed = addresses.slug("a", "b")
    assert addresses.slug("a", hashed.removeprefix("a--").upper()) != hashed


def test_the_year_of_an_undated_notice_is_that_of_its_reading() -> None:
    story = editions.story("X-1", "Titre", published_at=None)
    assert addresses.advisory_page(story.advisory, story.first_seen_at).startswith("avis/2025/")


def test_names_that_fold_alike_keep_addresses_of_their_own() -> None:
    assert addresses.named("Éditeur Santé") == addresses.named("EDITEUR SANTE") == "editeur-sante"
    assert addresses.named("A.B") != addresses.named("A-B")
    assert addresses.named("???").startswith("sans-numero-")
