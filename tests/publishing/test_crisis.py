import json
from datetime import UTC, datetime
from pathlib import Path

from publishing import crisis
from publishing.keeping import Target, begin, bring_up, keys_of
from publishing.layout import Site
from settings import ROOT

SITE = Site("Vigie", "https://veille.example/", ROOT / "site", phone="09 00 00 00 00")
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
    (lists / "manifest.json").write_text(json.dumps({"files": files}))
    return tmp_path


def test_the_crisis_page_is_there_at_once_small_and_useful(tmp_path: Path) -> None:
    build = built(tmp_path)
    crisis.turn_on(build, SITE, "Panne <nationale>", NOW)
    page = (build / "site" / "index.html").read_text()
    for words in ("Panne &lt;nationale&gt;", "tel:0900000000", "fiches/rancongiciel/", "domains.txt"):
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
    assert crisis.standing(build) == crisis.Crisis("", (("domains.txt", 12),))


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
    assert crisis.standing(tmp_path / "nothing") == crisis.Crisis("", ())
