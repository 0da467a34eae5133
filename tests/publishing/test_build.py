import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from publishing import build, checks
from publishing.build import Published
from publishing.layout import Site
from records import TLP, Edition, Marking, PublishError, Story
from settings import ROOT
from tests.publishing import editions

URL = "https://veille.example/vigie/"
EDITION = editions.edition()


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def publish(edition: Edition, folder: Path, root: Path = ROOT, name: str = "Vigie") -> Published:
    site = Site(name, URL, root / "site", contact="mailto:securite@veille.example")
    return build.publish(edition, folder, site, root=root)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    done = publish(EDITION, folder)
    assert done.made == done.files > 2 * done.stories
    return folder


def publish_badly(folder: Path, root: Path = ROOT) -> str:
    with pytest.raises(PublishError) as error:
        publish(EDITION, folder, root)
    return str(error.value)


def own_root(folder: Path) -> Path:
    """Copy the shipped site, so that a test may spoil it."""
    root = folder / "root"
    shutil.copytree(ROOT / "site", root / "site")
    shutil.copy(ROOT / "mkdocs.yml", root / "mkdocs.yml")
    return root


class Page(HTMLParser):
    """Collect the addresses of a page by tag, its identifiers, its handlers and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.handlers: list[str] = []
        self.identifiers: list[str] = []
        self.tags: dict[str, int] = {}
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        for name, value in attrs:
            if name in ("href", "src", "srcset", "action", "data", "poster"):
                self.links.append((tag, value or ""))
            if name == "id":
                self.identifiers.append(value or "")
            if name.startswith("on") or name == "style":
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        self.text += data


def pages(folder: Path) -> list[Path]:
    return sorted((folder / "site").rglob("*.html"))


@pytest.mark.whole
def test_nothing_hostile_or_remote_is_in_any_page(built: Path) -> None:
    for path in pages(built):
        page = Page(path.read_text())
        assert not page.handlers, path
        assert not {"iframe", "style", "object", "embed", "base"} & set(page.tags), path
        for tag, target in page.links:
            if tag in ("script", "img", "form"):
                assert not re.match(r"[a-z]+:|//", target), (path, target)
            assert not re.match(r"(javascript|data|vbscript):", target, re.IGNORECASE), (path, target)
        assert "tiers.example" not in [re.sub("^https?://", "", target) for _, target in page.links]


@pytest.mark.whole
def test_hostile_words_are_shown_as_words(built: Path) -> None:
    shown = Page((built / "site" / "alertes" / "niveau" / "soin" / "index.html").read_text()).text
    assert "<script>alert(1)</script>" in shown
    assert "[clic](javascript:alert(1)) ![](http://tiers.example/pixel.png)" in shown


@pytest.mark.whole
def test_a_hostile_body_stays_in_its_place(built: Path) -> None:
    (path,) = (built / "site").glob("avis/*/presse--corps--*/index.html")
    text = path.read_text()
    assert Page(text).tags["h1"] == 1
    inside = Page(text.partition('<div class="words"')[2].partition("</div>")[0])
    assert inside.links == [("a", "https://editeur.example/a?b=1&c=2")]
    assert not {"script", "style", "iframe", "svg", "img", "h1", "h2", "div", "article"} & set(inside.tags)
    assert {"h3", "h4", "table", "ul", "pre", "strong"} < set(inside.tags)


@pytest.mark.whole
def test_no_identifier_stands_twice_in_a_page(built: Path) -> None:
    for path in pages(built):
        identifiers = Page(path.read_text()).identifiers
        assert len(identifiers) == len(set(identifiers)), path


@pytest.mark.whole
def test_every_page_leads_to_the_declaration_and_to_a_feed(built: Path) -> None:
    for path in pages(built):
        text = path.read_text()
        assert "dois-je-declarer/" in text, path
        assert 'type="application/rss+xml"' in text, path


@pytest.mark.whole
def test_every_link_leads_somewhere(built: Path) -> None:
    assert checks.broken_links(built / "site", URL) == []


@pytest.mark.whole
def test_no_page_is_heavier_than_two_hundred_kilobytes(built: Path) -> None:
    assert max((path.stat().st_size, path) for path in pages(built))[0] <= 200_000


@pytest.mark.whole
def test_the_same_edition_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    publish(EDITION, tmp_path)
    assert digests(tmp_path / "site") == digests(built / "site")


@pytest.mark.whole
def test_an_edition_that_is_the_same_makes_nothing(tmp_path: Path) -> None:
    publish(EDITION, tmp_path)
    assert publish(EDITION, tmp_path).made == 0


def _without(word: str) -> Callable[[Edition], Edition]:
    return lambda edition: replace(
        edition, stories=tuple(story for story in edition.stories if word not in story.advisory.native_id)
    )


def _with(change: Callable[[Story], Story]) -> Callable[[Edition], Edition]:
    def changed(edition: Edition) -> Edition:
        stories = tuple(
            change(story) if story.advisory.native_id == "CERTFR-2025-AVI-0607" else story
            for story in edition.stories
        )
        return replace(edition, stories=stories)

    return changed


def _advisory(**fields: object) -> Callable[[Edition], Edition]:
    return _with(lambda story: replace(story, advisory=replace(story.advisory, **fields)))  # type: ignore[arg-type]


def _together(edition: Edition) -> Edition:
    names = tuple(
        story.advisory.id
        for story in edition.stories
        if story.advisory.native_id in ("abc-1", "ABC-1", "rtl")
    )
    assert len(names) == 3
    return replace(edition, together=dict.fromkeys(names, names))


CHANGES: dict[str, Callable[[Edition], Edition]] = {
    "new": lambda edition: replace(edition, stories=(editions.story("NEW-1", "Nouvelle"), *edition.stories)),
    "changed": _advisory(title="Un autre titre", cves=("CVE-2025-53770", "CVE-2025-1")),
    "withdrawn": _advisory(withdrawn_at=editions.MADE_AT),
    "renamed": _advisory(native_id="CERTFR-2025-AVI-9999"),
    "removed": _without("0599"),
    "joined": _together,
    "later": lambda edition: replace(edition, made_at=edition.made_at + timedelta(days=3)),
    "rescored": lambda edition: replace(edition, vulnerabilities={}),
}


@pytest.mark.whole
@pytest.mark.parametrize("name", CHANGES)
def test_a_rebuild_gives_what_a_full_build_gives(name: str, tmp_path: Path) -> None:
    changed = CHANGES[name](EDITION)
    for edition in (EDITION, changed, EDITION, EDITION):  # so that trees are linked from and used again
        publish(edition, tmp_path / "kept")
    done = publish(changed, tmp_path / "kept")
    publish(changed, tmp_path / "full")
    assert digests(tmp_path / "kept" / "site") == digests(tmp_path / "full" / "site")
    assert checks.broken_links(tmp_path / "kept" / "site", URL) == []
    assert done.made < done.files / 2


@pytest.mark.whole
@pytest.mark.parametrize(
    "changed", ["theme/main.html", "theme/assets/vigie.css", "content/fr/methode.md", "name", "tool"]
)
def test_a_rebuild_on_another_ground_gives_what_a_full_build_gives(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, name = own_root(tmp_path), "Vigie"
    publish(EDITION, tmp_path / "kept", root)
    if changed == "name":
        name = "Autre veille"
    elif changed == "tool":
        monkeypatch.setattr(build, "CODE_READ", "another version of a tool")
    else:
        text = (root / "site" / changed).read_text()
        spoken = (
            text.replace("</head>", "<!-- autre --></head>") if changed.endswith("html") else f"{text}\n\n"
        )
        (root / "site" / changed).write_text(spoken)
    publish(EDITION, tmp_path / "kept", root, name)
    publish(EDITION, tmp_path / "full", root, name)
    assert digests(tmp_path / "kept" / "site") == digests(tmp_path / "full" / "site")


@pytest.mark.whole
def test_many_processes_give_what_one_gives(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publishing.leaves.MANY", 1)
    monkeypatch.setattr("publishing.leaves.CHUNK", 7)
    publish(EDITION, tmp_path)
    assert digests(tmp_path / "site") == digests(built / "site")


@pytest.mark.whole
@pytest.mark.parametrize(
    ("file", "spoilt", "said"),
    [
        ("site/theme/main.html", "{{ x.y.z }}", "MkDocs"),
        ("site/theme/main.html", "<!doctype html><p>rien</p>", "main.html"),
        ("site/content/fr/methode.md", "# Méthode\n\n[rien](nulle-part.md)\n", "nulle-part.md"),
        ("site/content/fr/methode.md", "# Méthode\n\n<script>x()</script>\n", "script"),
        ("site/templates/avis.html", '<p onclick="x()">{{ card.title }}</p>', "event handler"),
        ("mkdocs.yml", "site_name: [", "MkDocs"),
    ],
)
def test_a_bad_build_leaves_the_last_good_site(tmp_path: Path, file: str, spoilt: str, said: str) -> None:
    root = own_root(tmp_path)
    publish(EDITION, tmp_path, root)
    before = digests(tmp_path / "site")
    good = (root / file).read_text()
    (root / file).write_text(spoilt)
    message = publish_badly(tmp_path, root)
    assert said in message
    assert "\n" not in message
    assert digests(tmp_path / "site") == before
    (root / file).write_text(good)
    publish(EDITION, tmp_path, root)
    assert digests(tmp_path / "site") == before


@pytest.mark.whole
def test_a_template_error_is_one_sentence(tmp_path: Path) -> None:
    root = own_root(tmp_path)
    (root / "site" / "templates" / "sources.html").write_text("{{ nothing }}")
    assert "'nothing' is undefined" in publish_badly(tmp_path, root)
    (root / "site" / "templates" / "sources.html").write_text("{% if %}")
    assert "sources.html" in publish_badly(tmp_path, root)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "theme").write_text("a file in the way")
    assert "could not be written" in publish_badly(tmp_path)


def test_a_full_disk_leaves_the_last_good_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, body: bytes) -> int:
        raise OSError(28, os.strerror(28), str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert "No space left on device" in publish_badly(tmp_path)


@pytest.mark.whole
def test_two_pages_of_one_address_are_refused(tmp_path: Path) -> None:
    root = own_root(tmp_path)
    (root / "site" / "content" / "fr" / "sources.md").write_text("# Deux fois")
    assert "sources/index.html" in publish_badly(tmp_path, root)


@pytest.mark.parametrize("level", [TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT, TLP.RED])
def test_anything_marked_above_the_audience_stops_the_publication(tmp_path: Path, level: TLP) -> None:
    marking = Marking(level)
    closed = editions.story("X-1", "Confidentiel", marking=marking)
    said = replace(editions.vulnerability("CVE-2025-1"), marking=marking)
    for edition in (
        replace(EDITION, stories=(closed, *EDITION.stories)),
        replace(EDITION, stories=(replace(EDITION.stories[0], source=replace(editions.CERTFR, tlp=level)),)),
        replace(EDITION, vulnerabilities={"CVE-2025-1": (said,)}),
        replace(EDITION, indicators=(replace(EDITION.indicators[0], marking=marking),)),
    ):
        with pytest.raises(PublishError, match="above TLP:CLEAR"):
            publish(edition, tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_edition_for_a_closed_audience_may_hold_what_is_closed() -> None:
    build.check_markings(
        editions.edition(TLP.AMBER, (editions.story("X-1", "Confidentiel", marking=Marking(TLP.AMBER)),))
    )
