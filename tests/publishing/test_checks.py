from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from publishing.checks import broken_links, check_home, check_styles, complaint
from records import TLP, PublishError

URL = "https://veille.example/"
PAGE = (
    '<!doctype html>\n<html lang="fr"><head><meta charset="utf-8"><title>Un avis</title>'
    '<link rel="canonical" href="https://veille.example/x/"><link rel="stylesheet" href="../assets/v.css">'
    '<script src="../assets/vigie.js" defer></script></head><body><a class="skip" href="#contenu">Au contenu</a>'
    '<form action="../recherche/" method="get"><input name="q" required></form>'
    '<main id="contenu"><article class="x">{}</article></main></body></html>'
)


def said(text: str, audience: TLP = TLP.CLEAR) -> str:
    return complaint(PAGE.replace("{}", text), URL, audience)


@pytest.mark.parametrize(
    "text",
    [
        '<p>&lt;script&gt; javascript:alert(1) onload=x TLP:RED style="</p>',
        '<a href="https://editeur.example/?javascript:x" rel="nofollow noreferrer">lien</a>',
        '<a href="https://veille.example/avis/2026/x/">le nôtre</a>',
        '<a href="https://veille.example">l’accueil</a>',
        '<a href="../flux/tout.xml">flux</a> <a href="/listes/ip.txt">liste</a> <a href="?q=a:b">recherche</a>',
        '<a href="mailto:ssi@example.org">courriel</a> <a href="tel:+33123456789">téléphone</a>',
        '<span data-tlp="CLEAR">TLP:CLEAR</span>',
        "<code>tag-on=1</code><!-- fin -->",
        '<svg viewBox="0 0 1 1" role="img"><title>Deux &lt; trois</title><path d="M0 0z"/></svg>',
        '<p title="plus > moins : onclick= style=">x</p>',
        '<img src="../assets/vigie.svg" alt="" srcset="../a.png 1x, ../b.png 2x">',
        '<script type="application/json" id="graine">{"nom": "a \\u003c b"}</script>',
        '<form action="" method="get"><label for="q">Mot</label><textarea id="q">a &lt; b</textarea></form>',
    ],
)
def test_words_about_attacks_and_what_pages_need_pass(text: str) -> None:
    assert said(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<script type="module">alert(1)</script>',
        '<script data-type="application/json">alert(1)</script>',
        '<script type="text/javascript" type="application/json">alert(1)</script>',
        '<script type="application/json" src="../assets/x.js"></script>',
        '<script type="application/json">"<b>"</script>',
        '<script src="https://tiers.example/x.js"></script>',
        '<script src="../assets/x.js"></script>',
        "<script>own()",
        "<SCRIPT>own()</SCRIPT>",
        '<img alt="" src="https://tiers.example/pixel.png">',
        "<img src=//tiers.example/pixel.png>",
        '<img src="//tiers.example/pixel.png">',
        '<img src="\\\\tiers.example/pixel.png">',
        '<img src="/\t/tiers.example/pixel.png">',
        '<img src="data:image/png;base64,AAAA">',
        '<img alt="" srcset="https://tiers.example/p.png 2x">',
        '<img alt="" srcset="a.png, https://tiers.example/p.png 2x">',
        '<img src="https://veille.example.tiers.example/p.png">',
        '<svg><use href="https://tiers.example/x.svg#a"></use></svg>',
        '<video poster="https://tiers.example/x.png"></video>',
        '<iframe src="/x"></iframe>',
        '<object data="/x"></object>',
        '<base href="/x">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" JavaScript:alert(1)">x</a>',
        '<a href="java\nscript:alert(1)">x</a>',
        '<a href="&#106;avascript:alert(1)">x</a>',
        '<a href="javascript&colon;alert(1)">x</a>',
        '<a href="javascript:alert(1)" href="/x">x</a>',
        '<a href="data:text/html,x">x</a>',
        '<a href="vbscript:x">x</a>',
        '<svg><a xlink:href="javascript:alert(1)">x</a></svg>',
        "<a href='/x'>x</a>",
        '<a href="https://editeur.example/">x</a>',
        '<a href="//editeur.example/" rel="nofollow">x</a>',
        '<a href="/x" ping="/y https://tiers.example/">x</a>',
        '<p onclick="x()">x</p>',
        '<p ONCLICK="x()">x</p>',
        "<svg onload=alert(1)>",
        '<svg/onload="alert(1)">',
        '<p title="x"onclick="y()">x</p>',
        '<p title="<b">x</p>',
        "<p title=\"x' <img src=x onerror=alert(1)>",
        '<link rel="stylesheet" href="https://tiers.example/x.css">',
        '<link rel="stylesheet" href="../x.css">',
        "<style>p{}</style>",
        '<p style="color: red">x</p>',
        '<meta http-equiv="refresh" content="0">',
        '<form action="https://tiers.example/"></form>',
        '<button formaction="https://tiers.example/">x</button>',
        '<title><a title="</title><img src=x onerror=alert(1)>"></a></title>',
        "<textarea><p></textarea><img>",
        "<!-- > --><!--><img src=x>-->",
        "<![CDATA[x]]>",
        "<p",
        "1 < 2",
        '<span data-tlp="GREEN">x</span>',
        '<span data-tlp="n’importe quoi">x</span>',
    ],
)
def test_what_acts_or_asks_or_tells_elsewhere_is_refused(text: str) -> None:
    assert said(text)


@pytest.mark.parametrize(
    ("head", "passes"),
    [
        ('<script src="../assets/parc.js" defer></script>', True),
        ('<link rel="alternate" type="application/rss+xml" href="../flux/tout.xml" title="Tout">', True),
        ('<link rel="license" href="https://licence.example/">', True),
        ('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">', True),
        ('<link rel="preload" href="https://tiers.example/x.woff2">', False),
        ('<link rel="alternate stylesheet" href="https://tiers.example/x.css">', False),
        ("<script>other()</script>", False),
    ],
)
def test_the_head_loads_what_is_the_site_s_own(head: str, passes: bool) -> None:
    assert (complaint(PAGE.replace("<title>", f"{head}<title>"), URL, TLP.CLEAR) == "") is passes


def test_the_audience_decides_which_label_passes() -> None:
    assert said('<span data-tlp="AMBER">x</span>', TLP.AMBER) == ""
    assert said('<span data-tlp="AMBER">x</span>', TLP.GREEN) == "marked TLP:AMBER, above TLP:GREEN: " + (
        '<span data-tlp="AMBER">'
    )


@given(st.text())
def test_escaped_text_never_stops_a_page(text: str) -> None:
    assert said(f'<p title="{escape(text)}">{escape(text)}</p>') == ""


@given(st.text(alphabet="<>\"'= /!-aonclickscriptstyle:x&;#\n"))
def test_raw_text_that_passes_holds_no_markup_that_acts(text: str) -> None:
    if not said(f"<p>{text}</p>"):
        assert "<script" not in text and "<style" not in text


def test_a_long_hostile_page_is_judged_quickly() -> None:
    for text in ("<a " * 200_000, "<a" + " a" * 400_000, '<a href="' * 100_000, "<!--" * 200_000):
        assert said(text)


def test_a_site_needs_a_home_page(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="no home page"):
        check_home(tmp_path)
    (tmp_path / "index.html").write_text(PAGE)
    check_home(tmp_path)


@pytest.mark.parametrize(
    "style",
    [
        "p { background: url( 'https://tiers.example/x.png') }",
        "@import 'x.css'",
        "p{background:URL(//t.example)}",
    ],
)
def test_a_style_sheet_that_asks_a_third_party_is_refused(tmp_path: Path, style: str) -> None:
    sheet = tmp_path / "assets" / "stylesheets" / "x.css"
    sheet.parent.mkdir(parents=True)
    sheet.write_text("p { background: url(data:image/png;base64,AA), url(../x.png) }")
    check_styles(tmp_path)
    sheet.write_text(style)
    with pytest.raises(PublishError, match=r"assets/stylesheets/x\.css"):
        check_styles(tmp_path)


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    for place in ("index.html", "avis/été/index.html", "assets/vigie.js"):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "index.html").write_text(
        '<a href="avis/%C3%A9t%C3%A9/?x=1#y"></a><a href="avis/été"></a><a href="#ici"></a><a href=""></a>'
        '<a href="/listes/ip.txt"></a><a href="https://editeur.example/absent/"></a><a href="mailto:a@b.example"></a>'
        '<script src="assets/vigie.js"></script><a href="https://veille.example/absent/"></a>'
    )
    (tmp_path / "avis" / "été" / "index.html").write_text(
        '<a href="../../"></a><a href="../../../../"></a><a href="/"></a><a href="../retirée/&amp;x"></a><img src="x.png">'
    )
    assert broken_links(tmp_path, URL) == [
        "avis/été/index.html: ../retirée/&x",
        "avis/été/index.html: x.png",
        "index.html: avis/été",
        "index.html: https://veille.example/absent/",
    ]
