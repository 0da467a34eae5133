"""The kind `rss`: what `test_expected.py` does not show."""

import html
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import rss
from records import Advisory, Document, Rejected, Source, UnreadableError
from tests.conftest import START

FIXTURES = Path(__file__).parent / "fixtures" / "rss"
PIECES = st.sampled_from(
    [
        *(
            b"&#x110000;",
            b"&#99999999999;",
            b"&#xD800;",
            b"<![CDATA[",
            b"]]>",
            b"</item>",
            b"<entry>",
            b"\x00",
            b"\xff\xfe",
        ),
        *(
            b"<georss:where/>",
            b"<textInput>",
            b'<link href="http://[::1"/>',
            b"<pubDate>9999-99-99</pubDate>",
            b"<guid/>",
        ),
        *(
            b"<updated>31 dec 9999 23:59 PST</updated>",
            b'<a xml:base="http://[">',
            b"<category/>",
            b"<content/>",
        ),
    ]
)


@pytest.fixture(scope="module")
def source(make_source: Callable[..., Source]) -> Source:
    return make_source("rss")


def test_every_run_asks_for_the_feed(source: Source) -> None:
    assert [request.url for request in rss.first_requests(source, START)] == [source.url]


def test_bytes_that_name_a_file_are_not_opened(
    source: Source, make_document: Callable[..., Document]
) -> None:
    body = str(FIXTURES / "rss-2.0.xml").encode()
    with pytest.raises(UnreadableError, match="not a feed"):
        list(rss.normalise(source, make_document(source, body)))


def test_external_entity_is_not_read(
    source: Source, make_document: Callable[..., Document], tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret", "utf-8")
    body = (FIXTURES / "external-entity.xml").read_bytes().replace(b"/etc/passwd", bytes(secret))
    records = list(rss.normalise(source, make_document(source, body)))
    assert records
    assert "the secret" not in repr(records)


def test_oversized_feed_is_read_whole(source: Source, make_document: Callable[..., Document]) -> None:
    item = "<item><title>Flaw {0}</title><guid>id-{0}</guid><description>{1}</description></item>"
    items = "".join(item.format(number, "&lt;p&gt;CVE-2025-1001&lt;/p&gt; " * 100) for number in range(1_500))
    body = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    assert len(body) > 5_000_000
    assert len(list(rss.normalise(source, make_document(source, body)))) == 1_500


def test_only_the_first_entries_of_an_endless_feed_are_read(
    source: Source, make_document: Callable[..., Document]
) -> None:
    items = "".join(f"<item><guid>id-{number}</guid></item>" for number in range(rss.MAX_ITEMS + 3))
    body = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    *read, last = rss.normalise(source, make_document(source, body))
    assert len(read) == rss.MAX_ITEMS
    assert isinstance(last, Rejected)
    assert "5003 entries, only its first 5000" in last.reason


ITEM = "<rss version='2.0'><channel><item><guid>1</guid><description>{}</description></item></channel></rss>"
MEGABYTES = {
    "nested elements": ITEM.format("<div>" * 200_000),
    "nested markup": ITEM.format(html.escape("<div>" * 60_000)),
    "ampersands": ITEM.format("&" * 1_000_000),
    "escaped ampersands": ITEM.format("&amp;" * 200_000),
    "brackets": ITEM.format("<" * 1_000_000),
    "attributes": "<rss version='2.0' " + " ".join(f"a{number}='1'" for number in range(100_000)) + ">",
    "attributes in markup": ITEM.format(html.escape("<p " + "a=1 " * 250_000)),
    "namespaces": "<rss version='2.0'>" + "".join(f"<a xmlns:n{number}='u'>" for number in range(40_000)),
    "entities": "<!DOCTYPE x [" + "<!ENTITY a 'b'>" * 66_000 + "]><rss version='2.0'/>",
    "json": '{"version": "https://jsonfeed.org/version/1", "items": [' + '{"id": 1},' * 100_000 + "0]}",
    "nested json": "{" + '"a":[' * 200_000,
}


@pytest.mark.parametrize("body", MEGABYTES.values(), ids=MEGABYTES.keys())
def test_a_hostile_megabyte_takes_seconds_at_most(
    source: Source, make_document: Callable[..., Document], body: str
) -> None:
    started = time.process_time()
    with suppress(UnreadableError):
        list(rss.normalise(source, make_document(source, body.encode())))
    assert time.process_time() - started < 4  # 2 s where this was written


@given(body=st.binary())
def test_no_bytes_break_it(source: Source, make_document: Callable[..., Document], body: bytes) -> None:
    with suppress(UnreadableError):
        list(rss.normalise(source, make_document(source, body)))


@given(data=st.data())
def test_no_damage_breaks_it(
    source: Source, make_document: Callable[..., Document], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["rss-2.0.xml", "atom.xml", "rss-1.0.rdf"]))
    body = (FIXTURES / name).read_bytes()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body)))
        body = (
            body[:place]
            + data.draw(PIECES | st.binary(max_size=4))
            + body[place + data.draw(st.integers(0, 9)) :]
        )
    with suppress(UnreadableError):
        for record in rss.normalise(source, make_document(source, body)):
            assert isinstance(record, Rejected) or record.native_id


@given(data=st.data())
def test_no_json_breaks_it(
    source: Source,
    make_document: Callable[..., Document],
    damaged: Callable[[bytes, st.DataObject], bytes],
    data: st.DataObject,
) -> None:
    body = damaged((FIXTURES / "json-feed.json").read_bytes(), data)
    with suppress(UnreadableError):
        for record in rss.normalise(source, make_document(source, body)):
            assert isinstance(record, Rejected) or record.native_id


@pytest.mark.parametrize(
    ("name", "number", "title"),
    [
        ("encoding_koi8r.xml", 2, "Первая новость"),
        ("parser_encoding_ISO-8859-1.xml", 40, "Red Dead Redemption 2: Hinweis"),
        ("parser_encoding_WINDOWS-1251.xml", 50, "Цитата #17703"),
        ("parser_large_atom.xml", 25, "Using vale with vim"),
        ("parser_large_rss.xml", 25, "Using vale with vim"),
        ("parser_no_encoding_ISO-8859-1.xml", 9, "Perturbateurs endocriniens : q"),
        ("parser_rdf_UTF8.xml", 60, "OLED-TVs: Vorsichtsmaßnahmen g"),
        ("parser_small_atom.xml", 20, "Parse podcast categories"),
        ("parser_urdu_UTF8.xml", 26, "امریکی عسکری امداد کی بندش کی "),
        ("xml_koi8r.xml", 2, "Первая новость"),
    ],
)
def test_recorded_encodings_are_read(
    source: Source, make_document: Callable[..., Document], recorded: Path, name: str, number: int, title: str
) -> None:
    body = (recorded / "feeds/encodings" / name).read_bytes()
    found = [one for one in rss.normalise(source, make_document(source, body)) if isinstance(one, Advisory)]
    assert len(found) == number
    assert found[0].title.startswith(title)
    assert not any("\ufffd" in one.title + one.summary for one in found)


def test_recorded_feeds_are_read(
    source: Source, make_document: Callable[..., Document], recorded: Path
) -> None:
    paths = sorted((recorded / "feeds/captures-2025-07-24").glob("*.xml"))
    found = [
        record for path in paths for record in rss.normalise(source, make_document(source, path.read_bytes()))
    ]
    assert len(found) == 42
    assert all(isinstance(record, Advisory) and record.published_at and record.url for record in found)
    bodies = [record.body for record in found if isinstance(record, Advisory) and "cisa.gov" in record.url]
    assert len(bodies) == 10
    assert all("\n## " in body and "](https://" in body and "<" not in body for body in bodies)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32"])
def test_feed_on_one_line_that_speaks_of_encodings_is_read_at_once(
    source: Source, make_document: Callable[..., Document], encoding: str
) -> None:
    words = "encoding='x' \"y\" " * 20_000
    name = encoding.removesuffix("-sig")
    declared = f"<?xml version='1.0' encoding='{name}'?>"
    feed = f"<rss version='2.0'><channel><item><guid>é</guid><title>T</title><description><![CDATA[{words}]]>"
    feed += "</description></item></channel></rss>"
    begun = time.process_time()
    (advisory,) = rss.normalise(source, make_document(source, (declared + feed).encode(encoding)))
    assert isinstance(advisory, Advisory) and advisory.native_id == "é"
    assert time.process_time() - begun < 5


def test_declaration_without_end_is_refused(source: Source, make_document: Callable[..., Document]) -> None:
    body = b'<?xml version="1.0" encoding="utf-8' * 1000
    with pytest.raises(UnreadableError, match="declaration"):
        list(rss.normalise(source, make_document(source, body)))
