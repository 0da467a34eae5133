"""The kind `rss`: what `test_expected.py` does not show."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import rss, text
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


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("Sat, 21 Nov 2026 10:00:00 +0100", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("Sat, 21 Nov 2026 10:00:00 EDT", datetime(2026, 11, 21, 14, tzinfo=UTC)),
        ("21 Nov 2026 10:00 CEST", datetime(2026, 11, 21, 8, tzinfo=UTC)),
        ("Sam, 21 nov 2026 10:00", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("samedi 1er août 2026", datetime(2026, 8, 1, tzinfo=UTC)),
        ("3 févr. 2026 à 9h05", datetime(2026, 2, 3, 9, 5, tzinfo=UTC)),
        ("7 juin 2026", datetime(2026, 6, 7, tzinfo=UTC)),
        ("7 juil. 2026", datetime(2026, 7, 7, tzinfo=UTC)),
        ("21 nov 2026 10:00 XYZT", None),
        ("31 févr. 2026", None),
        ("bientôt", None),
        ("", None),
    ],
)
def test_written_dates_are_read_in_english_and_french(written: str, instant: datetime | None) -> None:
    assert text.written_instant(written) == instant


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


def test_recorded_feeds_are_read(
    source: Source, make_document: Callable[..., Document], recorded: Path
) -> None:
    paths = sorted((recorded / "feeds/captures-2025-07-24").glob("*.xml"))
    found = [
        record for path in paths for record in rss.normalise(source, make_document(source, path.read_bytes()))
    ]
    assert len(found) == 42
    assert all(isinstance(record, Advisory) and record.published_at and record.url for record in found)
