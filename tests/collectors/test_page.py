"""The kind `page`: what `test_expected.py` does not show."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import page
from collectors.fetching import fetch
from records import (
    Advisory,
    Document,
    Fetched,
    FetchState,
    LeftOut,
    Rejected,
    SettingsError,
    Source,
    UnreadableError,
)
from records.sources import OptionValue
from settings import FetchSettings
from tests.conftest import NOW, START
from tests.loopback import Answer, loopback

OPTIONS: dict[str, OptionValue] = {
    "item": "tr.row",
    "title": "h1",
    "date": "dd.date::text",
    "date_format": "%d/%m/%Y",
    "content": "div.text",
    "next": "a[rel=next]",
    "pages": 2,
    "category": "advisory",
}
LISTING = b"""<base href="/securite/"><table><tr class="row"><td>%s</td><td><a href="avis/7">VSB-25-07</a></td></tr></table>
<a rel="next" href="?page=2">plus anciens</a>"""
NOTICE = b"""<!DOCTYPE html><html><head><meta charset="utf-8"><base href="/securite/"></head><body>
<h1>VSB-25-07 : moniteur M1</h1><dl><dt>Publication</dt><dd class="date">le 12/07/2025</dd></dl>
<div class="text"><h2>Risques</h2><p>Un attaquant sur le r\xc3\xa9seau de l\xe2\x80\x99h\xc3\xb4pital peut red\xc3\xa9marrer le
moniteur (CVE-2025-1002), et aucune exploitation n\xe2\x80\x99est connue.</p>
<table><tr><th>Produit</th><th>Version</th></tr><tr><td>M1</td><td>4.2</td></tr></table>
<p onclick="alert(1)">Voir le <a href="guides/m1">guide</a> &lt;img src=x onerror=alert(1)&gt;</p><script>alert(1)</script></div>"""
PIECES = st.sampled_from(
    [
        *(b"<", b">", b'"', b"<a href='http://['>", b"<base href='http://['>", b"<base href='//x'>", b"\x00"),
        *(
            b"&#x110000;",
            b"&#xd800;",
            b"<!--",
            b"<script>",
            b'<meta charset="utf-16">',
            b"\xff\xfe",
            b"</tr>",
        ),
        *(
            b'<tr class="row">',
            b"<a href='javascript:x'>",
            b"<h1>",
            b"<dd class=date>31/02/2025</dd>",
            b"<svg>",
        ),
    ]
)


@pytest.fixture(scope="module")
def source(make_source: Callable[..., Source]) -> Source:
    return make_source("page", url="https://vendor.example.org/securite/", options=OPTIONS)


def listing(said: bytes = b"12/07/2025") -> bytes:
    return LISTING % said


def test_every_run_asks_for_the_listing(source: Source) -> None:
    assert [request.url for request in page.first_requests(source, START)] == [source.url]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"title": "a"}, "item: it must be a text"),
        ({"item": "div", "title": ""}, "title: it must be a text"),
        ({"item": "div[", "title": "a"}, "item: "),
        ({"item": "div", "title": "a::nothing"}, "title: "),
        ({"item": "div", "title": ["a"]}, "title: it must be a text"),
        ({"item": "div", "title": "a", "id": "("}, "id: "),
        ({"item": "div", "title": "a", "id": "[0-9]+"}, "id: '[0-9]+' has no group"),
        ({"item": "div", "title": "a", "pages": 7}, "pages: it must be 1 to 6"),
        ({"item": "div", "title": "a", "pages": "2"}, "pages: it must be 1 to 6"),
        ({"item": "div", "title": "a", "date_format": "%Q"}, "date_format: "),
        ({"item": "div", "title": "a", "category": "gossip"}, "category 'gossip'"),
    ],
)
def test_an_option_that_cannot_be_used_is_told_when_the_source_is_loaded(
    make_source: Callable[..., Source], options: dict[str, object], said: str
) -> None:
    with pytest.raises(SettingsError) as error:
        page.first_requests(make_source("page", options=options), START)
    assert said in str(error.value)


def test_a_notice_is_asked_again_only_when_its_item_says_something_else(
    source: Source, make_document: Callable[..., Document]
) -> None:
    first = page.follow(source, make_document(source, listing()))
    other_markup = listing().replace(b"<tr class", b"<tr id=x class")
    assert [request.url for request in first] == [
        "https://vendor.example.org/securite/avis/7",
        "https://vendor.example.org/securite/?page=2#page-2",
    ]
    assert page.follow(source, make_document(source, other_markup))[0].marker == first[0].marker
    assert page.follow(source, make_document(source, listing(b"13/07/2025")))[0].marker != first[0].marker


def test_the_last_page_that_is_wanted_leads_to_no_further_one(
    source: Source, make_document: Callable[..., Document]
) -> None:
    second = make_document(source, listing(), "https://vendor.example.org/securite/?page=2#page-2")
    assert [request.url for request in page.follow(source, second)] == [
        "https://vendor.example.org/securite/avis/7"
    ]


def test_a_notice_s_own_page_is_read(source: Source, make_document: Callable[..., Document]) -> None:
    document = make_document(source, NOTICE, "https://vendor.example.org/securite/avis/7")
    assert page.follow(source, document) == []
    (notice,) = page.normalise(source, document)
    assert isinstance(notice, Advisory)
    assert notice.native_id == notice.url == "https://vendor.example.org/securite/avis/7"
    assert (notice.title, notice.language) == ("VSB-25-07 : moniteur M1", "fr")
    assert notice.published_at == datetime(2025, 7, 12, tzinfo=UTC)
    assert notice.cves == ("CVE-2025-1002",)
    assert "<" not in notice.body
    assert notice.body.startswith("## Risques\n\nUn attaquant")
    assert "| Produit | Version |\n| --- | --- |\n| M1 | 4.2 |" in notice.body
    assert "[guide](https://vendor.example.org/securite/guides/m1)" in notice.body


def test_identity_is_neither_the_title_nor_the_date(
    source: Source, make_document: Callable[..., Document]
) -> None:
    url = "https://vendor.example.org/securite/avis/7"
    other = NOTICE.replace(b"moniteur M1", b"autre titre").replace(b"12/07", b"13/07")
    (before,) = page.normalise(source, make_document(source, NOTICE, url))
    (after,) = page.normalise(source, make_document(source, other, url))
    assert isinstance(before, Advisory) and isinstance(after, Advisory)
    assert before.id == after.id
    assert before.title != after.title


def test_a_page_whose_content_is_gone_is_not_silence(
    source: Source, make_document: Callable[..., Document]
) -> None:
    document = make_document(source, NOTICE.replace(b"class=", b"data-x="), f"{source.url}avis/7")
    with pytest.raises(UnreadableError, match=r"'div\.text' \(the option content\)"):
        list(page.normalise(source, document))


def test_a_megabyte_of_attributes_does_not_stop_it(
    source: Source, make_document: Callable[..., Document]
) -> None:
    hostile = b"<p " + b" ".join(b"a%d=1" % number for number in range(110_000)) + b"></p>" + listing()
    started = time.process_time()
    assert len(page.follow(source, make_document(source, hostile))) == 2
    assert time.process_time() - started < 2


def test_attributes_with_impossible_names_do_not_stop_it(
    source: Source, make_document: Callable[..., Document]
) -> None:
    body = b'<tr class="row" "=1 \x01x=2><td><a "" :=3 href="avis/7" \x02>One</a></td></tr>'
    (request,) = page.follow(source, make_document(source, b"<table>" + body))
    assert request.url.endswith("avis/7")


def test_items_inside_one_another_do_not_stop_it(
    source: Source, make_document: Callable[..., Document]
) -> None:
    body = b'<div class="row"><a href="x">x</a>' * 20_000
    nested = replace(source, options={**OPTIONS, "item": "div.row"})
    begun = time.process_time()
    with suppress(UnreadableError):
        page.follow(nested, make_document(nested, body))
    assert time.process_time() - begun < 5


@pytest.mark.whole
def test_a_site_is_read_page_by_page_and_its_robots_txt_obeyed(source: Source) -> None:
    with loopback() as site:
        place = "/vendor.example.org"
        settings = FetchSettings.model_validate({"mirror": site.address, "timeout_seconds": 5})
        site.serve(f"{place}/robots.txt", Answer(b"User-agent: *\nDisallow: /securite/avis/8\n"))
        site.serve(f"{place}/securite/", Answer(listing()))
        site.serve(f"{place}/securite/?page=2", Answer(listing().replace(b"avis/7", b"avis/8")))
        site.serve(f"{place}/securite/avis/7", Answer(NOTICE))
        (first,) = fetch([(source, FetchState())], settings, now=NOW, stop=threading.Event())
        assert isinstance(first, Fetched)
        urls = {document.url.removeprefix("https://vendor.example.org") for document in first.documents}
        assert urls == {"/securite/", "/securite/?page=2#page-2", "/securite/avis/7"}
        assert [failure.url for failure in first.failures] == ["https://vendor.example.org/securite/avis/8"]
        assert "robots.txt" in first.failures[0].reason
        assert site.count(f"{place}/securite/avis/8") == 0
        fetch([(source, first.state)], settings, now=NOW, stop=threading.Event())
        assert site.count(f"{place}/securite/avis/7") == 1


@given(body=st.binary())
def test_no_bytes_break_it(source: Source, make_document: Callable[..., Document], body: bytes) -> None:
    for url in (source.url, f"{source.url}avis/7"):
        with suppress(UnreadableError):
            list(page.normalise(source, make_document(source, body, url)))


@given(data=st.data())
def test_no_damage_breaks_it(
    source: Source, make_document: Callable[..., Document], data: st.DataObject
) -> None:
    body, url = data.draw(st.sampled_from([(listing(), source.url), (NOTICE, f"{source.url}avis/7")]))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body)))
        body = body[:place] + data.draw(PIECES | st.binary(max_size=4)) + body[place:]
    document = make_document(source, body, url)
    with suppress(UnreadableError):
        page.follow(source, document)
        for record in page.normalise(source, document):
            assert isinstance(record, Rejected | LeftOut) or record.native_id
