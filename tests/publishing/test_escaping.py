import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from collectors.reading.markup import markdown
from publishing.escaping import address, body, environment, link, paragraphs, plain
from settings import ROOT
from tests.publishing.editions import HOSTILE

TEMPLATES = environment(ROOT / "site" / "templates")
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


@settings(max_examples=200, deadline=None)
@given(words)
@example("<script>alert(1)</script>")
@example("&lt;svg/onload=alert(1)&gt; \x00")
def test_a_variable_of_a_template_is_only_text_wherever_it_stands(text: str) -> None:
    page = TEMPLATES.from_string('<p title="{{ x }}">{{ x }}</p><h2>{{ x }}</h2>').render(x=text)
    seen = Seen(page)
    assert seen.tags == ["p", "h2"]
    assert seen.text == plain(text) * 2
    assert seen.attributes == [f"title={plain(text)}"]


@settings(max_examples=200, deadline=None)
@given(words, words)
@example("a", 'https://a.example/" onmouseover="alert(1)')
def test_a_link_has_its_text_and_nothing_but_a_web_address(text: str, url: str) -> None:
    seen = Seen(str(link(text, url)))
    assert seen.text == plain(text)
    assert seen.tags in ([], ["a"])
    for attribute in seen.attributes:
        assert attribute == "rel=noreferrer" or attribute.lower().startswith(
            ("href=http://", "href=https://")
        )


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
    assert link("texte", url) == "texte"


def test_an_address_keeps_its_meaning() -> None:
    assert address("https://a.example/p%20q?x=1&y=é#z") == "https://a.example/p%20q?x=1&amp;y=%C3%A9#z"
    assert address("https://a.example/100%") == "https://a.example/100%25"


def test_direction_marks_and_control_characters_are_removed() -> None:
    assert plain("a\u202eb\u2066c\x00d\ufeff\u200be\ud800\uffff") == "abcde"
    assert plain(" deux\n\n lignes\u2028\t ") == "deux lignes"
    assert plain("10\u00a0%") == "10\u00a0%"


def test_macros_and_marked_text_are_not_escaped_twice(tmp_path: Path) -> None:
    (tmp_path / "t.html").write_text(
        '{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ x }} {{ safe }} {{ m(x) }} {{ x | link("https://a.example/") }}'
    )
    text = environment(tmp_path).get_template("t.html").render(x="<i>", safe=Markup("<u>"))
    assert text == (
        '&lt;i&gt; <u> <b>&lt;i&gt;</b> <a href="https://a.example/" rel="noreferrer">&lt;i&gt;</a>'
    )


def test_paragraphs_are_kept_and_empty_ones_are_not() -> None:
    assert paragraphs("un\nun\n\n \n\ndeux\n") == ("un un", "deux")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>&\"'`*_{}[]()#!|~=-+.:1 \n\tah/", max_size=80) | st.text(max_size=60))
@example('[a](javascript:alert(1)) [b](https://x@y.example/) [c](HTTPS://a.example/ "onclick=x")')
@example("<a href='https://a.example' onclick=x style=y id=z class=w>a</a><form action=/x><input>")
@example("    </div>\n\n~~~\n</div>\n~~~\n\n```\n")
@example("````\na\n```\nun\n```\n````\n\nfin")
@example("~~~~\na\n~~~\nun\n~~~\n~~~~\n\nfin")
@example(HOSTILE[4])
def test_a_body_only_shows(text: str) -> None:
    alone = Seen(str(body(text)))
    links = [item for item in alone.attributes if item != "rel=noreferrer"]
    assert all(item.lower().startswith(("href=http://", "href=https://")) for item in links)
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
