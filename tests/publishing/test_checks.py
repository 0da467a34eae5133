from pathlib import Path

import pytest

from publishing.checks import check, complaint
from records import TLP, PublishError

URL = "https://veille.example/"
OWN = {"<script>own()</script>"}
PAGE = (
    '<html><head><link rel="canonical" href="https://veille.example/x/"><script>own()</script></head><body>'
    '<a href="https://editeur.example/">x</a><article class="x">{}</article></body></html>'
)


@pytest.mark.parametrize(
    "text",
    [
        "<p>&lt;script&gt; javascript:alert(1) onload=x TLP:RED</p>",
        '<a href="https://editeur.example/?javascript:x">lien</a>',
        '<span data-tlp="CLEAR">TLP:CLEAR</span>',
        "<code>tag-on=1</code>",
    ],
)
def test_words_about_attacks_pass(text: str) -> None:
    assert complaint(PAGE.replace("{}", text), URL, TLP.CLEAR, OWN) == ""


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<script src="https://tiers.example/x.js"></script>',
        "<script>own()",
        '<img src="https://tiers.example/pixel.png">',
        "<img src=//tiers.example/pixel.png>",
        '<img alt="" srcset="https://tiers.example/p.png 2x">',
        '<iframe src="/x"></iframe>',
        '<a href="javascript:alert(1)">x</a>',
        "<a href=' JavaScript:alert(1)'>x</a>",
        '<p onclick="x()">x</p>',
        "<svg onload=alert(1)>",
        '<link rel="stylesheet" href="https://tiers.example/x.css">',
        "<style>p{}</style>",
        '<meta http-equiv="refresh" content="0">',
        '<form action="/x"></form>',
        '<span data-tlp="GREEN">x</span>',
        '<span data-tlp="n’importe quoi">x</span>',
    ],
)
def test_what_acts_or_asks_elsewhere_is_refused(text: str) -> None:
    assert complaint(PAGE.replace("{}", text), URL, TLP.CLEAR, OWN)


def test_a_script_that_is_not_the_theme_s_own_is_refused_wherever_it_stands() -> None:
    page = PAGE.replace("<head>", "<head><title></title><script>other()</script>")
    assert complaint(page, URL, TLP.CLEAR, OWN) == "a script that is not the theme's own"


def test_the_audience_decides_which_label_passes() -> None:
    page = PAGE.replace("{}", '<span data-tlp="AMBER">x</span>')
    assert complaint(page, URL, TLP.AMBER, OWN) == ""
    assert complaint(page, URL, TLP.GREEN, OWN)


def tree(folder: Path, pages: int) -> Path:
    (folder / "404.html").write_text(PAGE)
    for number in range(pages):
        (folder / ("index.html" if number == 0 else f"{number}.html")).write_text(PAGE)
    return folder


def test_a_whole_tree_passes_and_a_missing_page_does_not(tmp_path: Path) -> None:
    check(tree(tmp_path, 3), site_url=URL, pages=3, audience=TLP.CLEAR)
    with pytest.raises(PublishError, match="has 4 pages instead of 5"):
        check(tmp_path, site_url=URL, pages=4, audience=TLP.CLEAR)
    (tmp_path / "index.html").unlink()
    with pytest.raises(PublishError, match="no home page"):
        check(tmp_path, site_url=URL, pages=2, audience=TLP.CLEAR)


def test_a_style_sheet_that_asks_a_third_party_is_refused(tmp_path: Path) -> None:
    tree(tmp_path, 1)
    (tmp_path / "x.css").write_text("p { background: url( 'https://tiers.example/x.png') }")
    with pytest.raises(PublishError, match=r"x\.css"):
        check(tmp_path, site_url=URL, pages=1, audience=TLP.CLEAR)
