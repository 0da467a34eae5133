"""The Markdown that HTML becomes: what is kept, and that nothing else gets through."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown import Markdown

from collectors.reading import text
from collectors.reading.markup import MAX_TAGS, escaped, markdown

BASE = "https://cert.example.org/alertes/2025/"
SITE = ["toc", "tables", "fenced_code", "admonition"]
MORE = [
    *SITE,
    "attr_list",
    "def_list",
    "footnotes",
    "abbr",
    "md_in_html",
    "smarty",
    "sane_lists",
    "wikilinks",
]
KEPT = (  # by Markdown; the last seven only with extensions that the site does not have
    "h1 h2 h3 h4 h5 h6 p ul ol li blockquote pre code strong em a br"
    " table thead tbody tr th td div sup hr dl dt dd abbr"
)
PIECES = st.sampled_from(
    [
        *("<p>", "</p>", "<ul>", "<ol>", "<li>", "</ul>", "<b>", "</b>", "<i>", "</i>", "<code>", "</code>"),
        *("<pre>", "</pre>", "<table>", "<tr>", "<td>", "</table>", "<blockquote>", "</blockquote>", "<br>"),
        *("<h2>", "</h2>", '<a href="/x">', '<a href="javascript:alert(1)">', "</a>", "<dl>", "<dt>", "<dd>"),
        *("<script>", "</script>", "<svg/onload=alert(1)>", "<img src=x onerror=alert(1)>", "<!--", "-->"),
        *(
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "&#60;img src=x onerror=alert(1)&#62;",
            "&amp;lt;b&amp;gt;",
        ),
        *("[x](javascript:alert(1))", "{: onclick=alert(1) }", "```\n", "~~~\n", "`", "``", "\n\n", "    "),
        *("# ", "- ", "1. ", "> ", "| a | b |\n|---|---|\n", "!!! note\n", "[^1]: x", "*[x]: y", "[TOC]"),
        *(
            "<javascript:alert(1)>",
            "***",
            "___",
            "---\n",
            "===\n",
            ": ",
            "\\",
            "\x02klzzwxh:0000\x03",
            "\u202e",
        ),
        *('<a href="https://e.example/)[y](javascript:alert(1))">', "<div markdown=1>", "&#x110000;", "é"),
    ]
)
strangers = st.lists(PIECES | st.text(max_size=6), max_size=30).map("".join)


class Seen(HTMLParser):
    """Collect what a browser would see: tags, attributes, words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs if name not in ("id", "start")]

    def handle_data(self, data: str) -> None:
        self.words += data


def seen(source: str, extensions: list[str] = SITE) -> Seen:
    return Seen(Markdown(extensions=extensions).convert(source))


@settings(max_examples=300, deadline=None)
@given(strangers)
@example("<p>&lt;script&gt;alert(1)&lt;/script&gt;")
@example("<li><pre>\n&lt;script&gt;alert(1)&lt;/script&gt;")
@example("<pre>```\n</pre><p>&lt;img src=x onerror=alert(1)&gt;</p><pre>```")
@example("<code>`</code><code>a</code><code>&lt;b&gt;</code>")
@example('Attention !<a href="https://e.example/a">lien</a>')
@example('<b>Attention !</b><a href="https://e.example/a">lien</a>')
@example('<i>!</i><span>!</span><a href="https://e.example/a"> lien</a>')
def test_nothing_but_words_and_web_links_gets_through(html: str) -> None:
    for extensions in (SITE, MORE):
        page = seen(markdown(html, BASE), extensions)
        assert set(page.tags) <= set(KEPT.split())
        for name, value in page.attributes:
            assert name == "href", (name, value)
            assert value.startswith(("https://cert.example.org/", "https://e.example/"))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.lists(PIECES, max_size=8).map("".join))
def test_escaped_text_shows_just_that_text(words: str) -> None:
    page = seen(escaped(text.plain(words)))
    assert set(page.tags) <= {"p", "br"}
    assert page.words.split() == text.plain(words).split()


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Un <b>mot </b>fort, <i>un</i> autre.</p><p>Fin", "Un **mot** fort, *un* autre.\n\nFin"),
        ("<h2>Langage C# <em>net</em></h2>x", "## Langage C&#35; *net*\n\nx"),
        ("<ul><li>a<li>b<ol><li>c</ol></ul>", "- a\n- b\n    1. c"),
        ("<ul><li><p>a</p><p>b</p></ul>", "- a\n\n    b"),
        ("<p>a<br>- b<br>1. c", "a  \n&#45; b  \n1&#46; c"),
        (
            "<a href='../x?a=1&amp;b=(2)'>lien</a>",
            "[lien](https://cert.example.org/alertes/x?a=1&amp;b=%282%29)",
        ),
        ("<a href='https://e.example/'><div>bloc</div></a>", "[bloc](https://e.example/)"),
        ("<a href='javascript:alert(1)'>rien</a> <a>nu</a> <a href='http://[::1'>faux</a>", "rien nu faux"),
        ("<blockquote><p>a<br>b</blockquote>", "> a  \n> b"),
        ("<pre>a &lt;b&gt;\n  ```</pre>", "````\na <b>\n  ```\n````"),
        ("<p><code>net -an</code>, <code>a`b</code>", "`net -an`, a&#96;b"),
        ("<table><tr><th>A<th>B|c<tr><td>1</table>", "| A | B&#124;c |\n| --- | --- |\n| 1 |  |"),
        ("<table><tr><td><h2>Titre</h2><p>mise en page</table>", "## Titre\n\nmise en page"),
        ("<dl><dt>a<dd>b</dl>", "a\n\nb"),
        ("<p>a</p><script>x()</script><style>p{}</style><!-- c --><img src=x alt=y>b", "a\n\nb"),
        ("1 < 2 &amp; 3 <b", "1 &lt; 2 &amp; 3"),
        (
            "<p>&amp;lt;b&amp;gt; {: onclick=x } [a](b)",
            "&amp;lt;b&amp;gt; &#123;: onclick=x &#125; &#91;a&#93;(b)",
        ),
        ("<p> \x00\u202e&#8203;</p><b> </b>", ""),
        ("", ""),
    ],
)
def test_structure_is_kept(html: str, expected: str) -> None:
    assert markdown(html, BASE) == expected


def test_markup_without_base_keeps_whole_addresses_only() -> None:
    assert markdown("<a href='/x'>a</a> <a href='https://e.example/x'>b</a>") == "a [b](https://e.example/x)"


def test_a_long_text_is_cut_and_says_so() -> None:
    found = markdown("<p>mot</p>" * 50_000)
    assert found.endswith("…")
    assert len(found) < 2 * text.MAX_TEXT
    assert markdown("<p>mots " * (MAX_TAGS // 2)).count("mots") == MAX_TAGS // 2


HOSTILE = {
    "nested blocks": "<div>" * 200_000,
    "nested lists": "<ul><li>" * 125_000,
    "nested tables": "<table><tr><td>x" * 66_000,
    "emphasis taken along": "".join(f"<b id={number}>" for number in range(60_000)) + "<p>x" * 60_000,
    "attributes": "<p " + " ".join(f"a{number}=1" for number in range(125_000)) + ">x",
    "ampersands": "&" * 1_000_000,
    "brackets": "<" * 1_000_000,
    "comments": "<!--" * 250_000,
    "quotes": '<a href="' * 111_000,
    "scripts": "<script " * 125_000,
    "far references": "&#" + "9" * 1_000_000 + ";",
    "closing tags": "<p>" * 1_000 + "</b></i>" * 125_000,
    "backticks": "<pre>" + "`" * 1_000_000,
    "spaces": "a" + " " * 1_000_000 + "b",
    "line feeds": "a" + "\n" * 1_000_000 + "b",
    "asterisks": "<p>" + "*_" * 500_000,
    "emphases": "<b>a</b><i>b</i>" * 60_000,
    "links": "<a href=/x>a</a>" * 60_000,
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_megabyte_takes_less_than_a_second(html: str) -> None:
    started = time.process_time()
    markdown(html, BASE)
    text.plain(html)
    assert time.process_time() - started < 1.5
