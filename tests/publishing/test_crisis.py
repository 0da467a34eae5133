import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publishing import crisis
from publishing.keeping import Target, begin, bring_up, keys_of
from publishing.layout import Site
from publishing.released import Released
from records import PublishError
from settings import ROOT

SITE = Site("Vigie", "https://veille.example/", ROOT / "site", phone="09 00 00 00 00")
LISTS = Released(datetime(2025, 7, 19, 10, tzinfo=UTC), (("domains.txt", 12), ("urls.txt", 0)))
NOW = datetime(2025, 7, 20, 18, tzinfo=UTC)


def built(tmp_path: Path) -> Path:
    tree = tmp_path / "site"
    tree.mkdir()
    pages = {"index.html": b"accueil", "en/index.html": b"home"}
    targets = [Target(path, path, lambda body=body: body) for path, body in pages.items()]  # type: ignore[misc]
    bring_up(tree, targets, has=begin(tree))
    lists = tmp_path / "lists"
    lists.mkdir()
    files = [{"name": "domains.txt", "entries": 12}, {"name": "urls.txt", "entries": 0}]
    manifest = {"made_at": "2025-07-19T10:00:00Z", "files": files}
    (lists / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_the_crisis_page_is_there_at_once_small_and_useful(tmp_path: Path) -> None:
    build = built(tmp_path)
    crisis.turn_on(build, SITE, "Panne <nationale>", NOW)
    page = (build / "site" / "index.html").read_text()
    for words in (
        "Panne &lt;nationale&gt;",
        "tel:0900000000",
        "fiches/rancongiciel/",
        "domains.txt",
        "19\u00a0juillet",
    ):
        assert words in page
    assert "urls.txt" not in page
    style = (ROOT / "site" / "theme" / "assets" / "crise.css").stat().st_size
    assert len(page.encode()) + style < crisis.MOST / 4
    assert "Crisis mode" in (build / "site" / "en" / "index.html").read_text()


def test_a_publication_knows_that_the_home_page_is_another(tmp_path: Path) -> None:
    build = built(tmp_path)
    before = keys_of(build / "site")["index.html"]
    crisis.turn_on(build, SITE, "", NOW)
    assert keys_of(build / "site")["index.html"] != before
    assert crisis.standing(build) == crisis.Crisis("", LISTS)


def test_the_ordinary_page_comes_back(tmp_path: Path) -> None:
    build = built(tmp_path)
    crisis.turn_on(build, SITE, "", NOW)
    crisis.turn_on(build, SITE, "encore", NOW)
    crisis.turn_off(build)
    assert (build / "site" / "index.html").read_text() == "accueil"
    assert (build / "site" / "en" / "index.html").read_text() == "home"
    assert crisis.standing(build) is None


def test_crisis_mode_needs_neither_site_nor_lists(tmp_path: Path) -> None:
    crisis.turn_on(tmp_path / "nothing", SITE, "", NOW)
    assert crisis.standing(tmp_path / "nothing") == crisis.Crisis("", Released())


def test_a_message_that_is_too_long_changes_nothing(tmp_path: Path) -> None:
    build = built(tmp_path)
    with pytest.raises(PublishError, match="more than 50000"):
        crisis.turn_on(build, SITE, "x" * 60_000, NOW)
    assert crisis.standing(build) is None
    assert (build / "site" / "index.html").read_text() == "accueil"


def test_a_publication_in_a_crisis_shows_the_crisis_and_keeps_the_ordinary_page_up_to_date(
    tmp_path: Path,
) -> None:
    build = built(tmp_path)
    crisis.turn_on(build, SITE, "", NOW)
    crisis.settle(build, SITE, {"index.html": b"nouvel accueil", "en/index.html": b"new home"}, NOW)
    assert "tel:0900000000" in (build / "site" / "index.html").read_text()
    crisis.turn_off(build)
    assert (build / "site" / "index.html").read_text() == "nouvel accueil"


def test_a_publication_after_a_crisis_shows_the_ordinary_page(tmp_path: Path) -> None:
    build = built(tmp_path)
    crisis.settle(build, SITE, {"index.html": b"nouvel accueil"}, NOW)
    assert (build / "site" / "index.html").read_text() == "nouvel accueil"
