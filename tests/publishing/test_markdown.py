import html
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown import Markdown
from markupsafe import Markup

from collectors.reading.markup import markdown
from publishing.markdown import address, body, environment, escape, link, paragraphs, plain
from settings import ROOT
from tests.publishing.editions import HOSTILE

EXTENSIONS = ["toc", "tables", "fenced_code", "admonition"]  # MkDocs' own three, then those of mkdocs.yml
CONTEXTS = {
    "paragraph": "{}",
    "after text": "Texte {} texte",
    "heading": "## {}",
    "list item": "- {}",
    "table cell": "| a | b |\n|---|---|\n| {} | fin |",
    "emphasis": "**{}**",
    "raw cell": "<table><tr><td>{}</td></tr></table>",
}
words = st.text(max_size=60) | st.text(alphabet="<>&\"'`*_{}[]()#!|\\~^=-+.:1 \n\ta\u202e", max_size=40)


class Seen(HTMLParser):
    """Collect what a browser would see: tags, attributes, text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [f"{name}={value}" for name, value in attrs if name not in ("id", "start")]

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(text: str) -> Seen:
    return Seen(Markdown(extensions=EXTENSIONS).convert(text))


def test_the_tested_extensions_are_those_of_the_site() -> None:
    declared = re.findall(
        r"^  - ([a-z_.]+)", (ROOT / "mkdocs.yml").read_text().split("markdown_extensions:")[1], re.MULTILINE
    )
    assert set(declared) - {"Accueil"} <= set(EXTENSIONS)


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS.keys())
@settings(max_examples=80, deadline=None)
@given(words)
@example("1. liste")
@example("---")
@example("- puce")
@example("=====")
@example(": définition")
@example("klzzwxh:0000 \x02klzzwxh:0001\x03 \x02wzxhzdk:0\x03")
@example(HOSTILE[0])
@example(HOSTILE[3])
@example(HOSTILE[5])
def test_escaped_text_is_only_text_wherever_it_stands(context: str, text: str) -> None:
    text = text if plain(text) else "mot"
    seen = rendered(context.replace("{}", escape(text)))
    model = rendered(context.replace("{}", "@@"))
    assert seen.tags == model.tags
    assert seen.attributes == model.attributes
    assert seen.text.split() == model.text.replace("@@", plain(text)).split()


@settings(max_examples=150, deadline=None)
@given(words, words)
@example("clic", 'https://a.example/" onmouseover="x')
@example("clic", "https://a.example/x)[y](javascript:alert(1)")
@example("a](javascript:alert(1))", "https://a.example/")
@example("clic", "https://a.example/a&copy=1&lt;b")
def test_a_link_has_its_text_and_nothing_but_a_web_address(text: str, url: str) -> None:
    for target in (url, f"https://a.example/{url}"):
        for context in ("{}", "| a |\n|---|\n| {} |", "- {}"):
            seen = rendered(context.replace("{}", "mot " + link(target, text)))
            assert set(seen.tags) <= {"p", "a", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}
            assert all(item.startswith(("href=http://", "href=https://")) for item in seen.attributes)
            assert seen.tags.count("a") == (1 if address(target) and plain(text) else seen.tags.count("a"))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//tiers.example/x",
        "/local",
        "https://",
        "https://cert.example@mauvais.example/",
        "https://[::1]/",
        "https://[",
        "http://a\\b.example/",
        "",
    ],
)
def test_an_address_that_is_not_plainly_of_the_web_is_no_link(url: str) -> None:
    assert address(url) == ""
    assert link(url, "texte") == "texte"


def test_an_address_keeps_its_meaning() -> None:
    assert address("https://a.example/p%20q?x=1&y=é#z") == "https://a.example/p%20q?x=1&amp;y=%C3%A9#z"
    assert address("https://a.example/100%") == "https://a.example/100%25"


def test_text_stays_searchable_in_the_pages() -> None:
    assert escape("CVE-2025-53770, version 12.2.8 (é)") == "CVE-2025-53770, version 12.2.8 &#40;é&#41;"


def test_direction_marks_and_control_characters_are_removed() -> None:
    assert plain("a\u202eb\u2066c\x00d\ufeff\u200be\ud800\uffff") == "abcde"
    assert plain(" deux\n\n lignes\u2028\t ") == "deux lignes"
    assert plain("10\u00a0%") == "10\u00a0%"


def test_templates_escape_every_variable_that_is_not_marked(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "t.md").write_text(
        '{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ x }} {{ safe }} {{ m(x) }} {{ x | link("https://a.example/") }}'
    )
    text = environment(tmp_path).get_template("t.md").render(x="<i>", safe=Markup("<u>"))
    assert text == "&#60;i&#62; <u> <b>&#60;i&#62;</b> [&#60;i&#62;](https://a.example/)"


def test_a_title_in_front_matter_cannot_leave_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "t.md").write_text("{{ x | yaml }}")
    text = environment(tmp_path).get_template("t.md").render(x='</title>"\n---\n🚨\u0085')
    assert text == '"&lt;/title&gt;&quot; --- 🚨"'
    assert html.unescape(text[1:-1]) == '</title>" --- 🚨'


def test_paragraphs_are_kept_and_empty_ones_are_not() -> None:
    assert paragraphs("un\nun\n\n \n\ndeux\n") == ("un\nun", "deux\n")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>&\"'`*_{}[]()#!|~=-+.:1 \n\tah/", max_size=80) | st.text(max_size=60))
@example('[a](javascript:alert(1)) [b](https://x@y.example/) [c](HTTPS://a.example/ "onclick=x")')
@example("<a href='https://a.example' onclick=x style=y id=z class=w>a</a><form action=/x><input>")
@example("    </div>\n\n~~~\n</div>\n~~~\n\n```\n")
@example("````\na\n```\nun\n```\n````\n\nfin")
@example("~~~~\na\n~~~\nun\n~~~\n~~~~\n\nfin")
@example(HOSTILE[4])
def test_a_body_stands_unchanged_in_its_page_and_only_shows(text: str) -> None:
    shown = str(body(text))
    page = rendered(f'<div class="words">\n{shown}\n</div>\n\nAprès.')
    alone = Seen(shown)
    assert page.tags == ["div", *alone.tags, "p"]
    assert page.attributes == ["class=words", *alone.attributes]
    assert all(item.lower().startswith(("href=http://", "href=https://")) for item in alone.attributes)
    assert not {"h1", "h2", "img", "script", "form", "input", "style", "div"} & set(alone.tags)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# a\n\n### b", "<h3>a</h3>\n<h5>b</h5>"),
        ("#### a\n\n###### b", "<h3>a</h3>\n<h5>b</h5>"),
        ("# a\n\n##### b\n\n###### c", "<h3>a</h3>\n<h6>b</h6>\n<h6>c</h6>"),
        ("<h1 class=x>", ""),
    ],
)
def test_the_headings_of_a_body_begin_below_those_of_its_page(text: str, shown: str) -> None:
    assert re.sub(r"<h3></h3>", "", str(body(text))) == shown


@pytest.mark.parametrize(
    "piece", ["<b>a</b><i>b</i> ", "&lt;_* ", "<p><a href=https://a.example/>a</a>", "<li>a", "& "]
)
def test_a_long_body_is_shown_in_seconds(piece: str) -> None:
    text = markdown(piece * 100_000)
    started = time.process_time()
    body(text)
    assert time.process_time() - started < 4


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "[a](" * 5_000, "\n".join("    " * n + "- x" for n in range(400))]
)
def test_body_that_markdown_cannot_read_is_shown_as_words(text: str) -> None:
    begun = time.process_time()
    shown = body(text)
    assert time.process_time() - begun < 5 and "<script" not in shown
