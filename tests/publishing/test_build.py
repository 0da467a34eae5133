import os
import re
import shutil
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from publishing import build
from publishing.build import publish
from records import TLP, Marking, PublishError
from settings import ROOT
from tests.publishing import editions

URL = "https://veille.example/vigie/"


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    published = publish(editions.edition(), folder, name="Vigie", url=URL)
    assert published.feeds == 4
    assert published.written == published.pages + published.feeds
    return folder


def publish_badly(folder: Path, root: Path = ROOT) -> str:
    with pytest.raises(PublishError) as error:
        publish(editions.edition(), folder, name="Vigie", url=URL, root=root)
    return str(error.value)


def own_root(folder: Path) -> Path:
    """Copy the shipped site, so that a test may spoil it."""
    root = folder / "root"
    shutil.copytree(ROOT / "site", root / "site")
    shutil.copy(ROOT / "mkdocs.yml", root / "mkdocs.yml")
    return root


class Page(HTMLParser):
    """Collect the addresses of a page by tag, its identifiers and its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.handlers: list[str] = []
        self.identifiers: list[str] = []
        self.tags: dict[str, int] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        for name, value in attrs:
            if name in ("href", "src", "srcset", "action", "data", "poster"):
                self.links.append((tag, value or ""))
            if name == "id":
                self.identifiers.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)


@pytest.mark.whole
def test_nothing_hostile_or_remote_is_in_any_page(built: Path) -> None:
    files = sorted((built / "site").rglob("*.html"))
    error_page = Page((built / "site" / "404.html").read_text())
    for path in files:
        page = Page(path.read_text())
        assert not page.handlers, path
        assert not {"iframe", "style", "object", "embed", "base"} & set(page.tags), path
        for tag in ("script", "img", "form"):
            assert page.tags[tag] == error_page.tags[tag], (path, tag)
        for tag, target in page.links:
            scheme = re.match(r"\s*([a-z]+:|//)", target, re.IGNORECASE)
            allowed = ("https:", "http:") if tag == "a" or target.startswith(URL) else ()
            assert scheme is None or scheme[1] in allowed, (path, tag, target)


@pytest.mark.whole
def test_hostile_words_are_shown_as_words(built: Path) -> None:
    class Text(HTMLParser):
        text = ""

        def handle_data(self, data: str) -> None:
            self.text += data

    home = Text()
    home.feed((built / "site" / "index.html").read_text())
    assert "<script>alert(1)</script>" in home.text
    assert "[clic](javascript:alert(1)) ![](http://tiers.example/pixel.png)" in home.text


@pytest.mark.whole
def test_a_hostile_body_stays_in_its_place(built: Path) -> None:
    (path,) = (built / "site").glob("avis/*/presse--corps--*/index.html")
    text = path.read_text()
    page = Page(text)
    assert page.tags["h1"] == 1
    body = text.partition('<div class="words"')[2].partition('<h2 id="pourquoi')[0]
    inside = Page(body)
    assert inside.links == [("a", "https://editeur.example/a?b=1&c=2")]
    assert not {"script", "style", "iframe", "svg", "img", "h1", "h2", "div", "article"} & set(inside.tags)
    assert {"h3", "h4", "table", "ul", "pre", "strong"} < set(inside.tags)
    assert "&lt;/code&gt;&lt;/pre&gt;&lt;/div&gt;&lt;script&gt;" in body
    assert "Fin du corps." in body


@pytest.mark.whole
def test_no_identifier_of_the_theme_is_taken_by_a_notice(built: Path) -> None:
    for path in (built / "site" / "avis").rglob("*.html"):
        identifiers = Page(path.read_text()).identifiers
        assert len(identifiers) == len(set(identifiers)), path


@pytest.mark.whole
def test_every_page_links_to_the_reporting_portal_and_the_feeds(built: Path) -> None:
    for path in (built / "site").rglob("*.html"):
        text = path.read_text()
        assert 'href="https://signalement.social-sante.gouv.fr/"' in text
        assert 'type="application/rss+xml"' in text
        assert "édition du 20" in text


@pytest.mark.whole
def test_every_internal_link_leads_somewhere(built: Path) -> None:
    site = (built / "site").resolve()
    for path in site.rglob("*.html"):
        if path.name == "404.html":
            continue
        for _, target in Page(path.read_text()).links:
            if re.match(r"[a-z]+:|/vigie/listes/|#", target):
                continue
            file = (path.parent / target.partition("#")[0]).resolve()
            assert (file / "index.html").is_file() or file.is_file(), (path, target)


@pytest.mark.whole
def test_the_same_edition_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    publish(editions.edition(), tmp_path, name="Vigie", url=URL)
    assert digests(tmp_path / "site") == digests(built / "site")


@pytest.mark.whole
def test_the_dates_of_the_sitemap_are_the_edition_s(built: Path) -> None:
    dates = re.findall("<lastmod>(.*?)</lastmod>", (built / "site" / "sitemap.xml").read_text())
    assert set(dates) == {"2025-07-20"}


@pytest.mark.whole
def test_only_what_changed_is_written_and_what_left_is_removed(tmp_path: Path) -> None:
    edition = editions.edition()
    publish(edition, tmp_path, name="Vigie", url=URL)
    assert publish(edition, tmp_path, name="Vigie", url=URL).written == 0
    gone = "avis/2025/certfr-avis--certfr-2025-avi-0599"
    assert (tmp_path / "site" / gone / "index.html").is_file()
    fewer = tuple(story for story in edition.stories if "0599" not in story.advisory.native_id)
    publish(replace(edition, stories=fewer), tmp_path, name="Vigie", url=URL)
    assert not (tmp_path / "pages" / f"{gone}.md").exists()
    assert not (tmp_path / "site" / gone).exists()


@pytest.mark.whole
@pytest.mark.parametrize(
    ("file", "spoilt", "said"),
    [
        (
            "site/theme/main.html",
            "{% extends 'base.html' %}{% block announce %}{{ x.y.z }}{% endblock %}",
            "MkDocs",
        ),
        ("site/content/methode.md", "# Méthode\n\n[rien](nulle-part.md)\n", "nulle-part.md"),
        ("site/content/methode.md", "# Méthode\n\n<script>x()</script>\n", "script"),
        ("mkdocs.yml", "site_name: [", "MkDocs"),
    ],
)
def test_a_bad_build_leaves_the_last_good_site(tmp_path: Path, file: str, spoilt: str, said: str) -> None:
    root = own_root(tmp_path)
    publish(editions.edition(), tmp_path, name="Vigie", url=URL, root=root)
    before = digests(tmp_path / "site")
    (root / file).write_text(spoilt)
    message = publish_badly(tmp_path, root)
    assert said in message
    assert "\n" not in message
    assert digests(tmp_path / "site") == before
    assert len(list((tmp_path / "site.trees").iterdir())) == 1


def test_a_template_error_is_one_sentence(tmp_path: Path) -> None:
    root = own_root(tmp_path)
    (root / "site" / "templates" / "sources.md").write_text("{{ nothing }}")
    assert "'nothing' is undefined" in publish_badly(tmp_path, root)
    (root / "site" / "templates" / "sources.md").write_text("{% if %}")
    assert "sources.md" in publish_badly(tmp_path, root)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("a file in the way")
    assert "could not be written" in publish_badly(tmp_path)


def test_a_full_disk_leaves_the_last_good_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, body: bytes) -> int:
        raise OSError(28, os.strerror(28), str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert "No space left on device" in publish_badly(tmp_path)


def test_two_pages_of_one_address_are_refused(tmp_path: Path) -> None:
    root = own_root(tmp_path)
    (root / "site" / "content" / "sources.md").write_text("# Deux fois")
    assert "sources.md" in publish_badly(tmp_path, root)


@pytest.mark.parametrize("level", [TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT, TLP.RED])
def test_anything_marked_above_the_audience_stops_the_publication(tmp_path: Path, level: TLP) -> None:
    clear = editions.edition()
    marking = Marking(level)
    closed = editions.story("X-1", "Confidentiel", marking=marking)
    said = replace(editions.vulnerability("CVE-2025-1"), marking=marking)
    for edition in (
        replace(clear, stories=(closed, *clear.stories)),
        replace(clear, stories=(replace(clear.stories[0], source=replace(editions.CERTFR, tlp=level)),)),
        replace(clear, vulnerabilities={"CVE-2025-1": (said,)}),
        replace(clear, indicators=(replace(clear.indicators[0], marking=marking),)),
    ):
        with pytest.raises(PublishError, match="above TLP:CLEAR"):
            publish(edition, tmp_path, name="Vigie", url=URL)
    assert not list(tmp_path.iterdir())


def test_an_edition_for_a_closed_audience_may_hold_what_is_closed() -> None:
    build.check_markings(
        editions.edition(TLP.AMBER, (editions.story("X-1", "Confidentiel", marking=Marking(TLP.AMBER)),))
    )
