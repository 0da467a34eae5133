"""Plain text, links and dates: what publishers write, made safe once."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.reading import text


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("a<br>b<p>c</p><ul><li>d<li>e</ul>", "a\nb\n\nc\n\nd\n\ne"),
        ("<td>a</td><td>b</td>", "a b"),
        ("1 < 2 &amp; 3 &gt; 2", "1 < 2 & 3 > 2"),
        ("&amp;lt;b&amp;gt; &#8217; &#x110000; &#99999999999;", "&lt;b&gt; ’ \ufffd \ufffd"),
        ("a<script>b()</script >c<style>d</style>e<!-- f --><!g><?h?>i", "acei"),
        ("a<script>b() // never closed", "a"),
        ("a<b title='x>y' data-z=\">\">c</b>d", "acd"),
        ("a<b title='never closed>c", "a"),
        ("a<SCRIPT>x</script>b<sCriPt/>c</SCRIPT>d", "abd"),
        ("a<!-->b<!--->c--!>d", "abc--!>d"),
        ("a\u202eb\u200bc\x00d\u2066e", "abcde"),
        ("l’hôpital\u00a0: <b>10\u202f%</b>", "l’hôpital : 10 %"),
    ],
)
def test_markup_becomes_its_words(markup: str, expected: str) -> None:
    assert text.plain(markup) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("HTTPS://CERT.Example.org/Avis/7", "https://cert.example.org/Avis/7"),
        (
            "https://a.example/x?utm_source=f&id=7&UTM_Medium=g&fbclid=1&gclid=2&mc_cid=3",
            "https://a.example/x?id=7",
        ),
        ("https://a.example/x?utm_source=f", "https://a.example/x"),
        ("https://a.example/x?b=%20+%2F&&a=é;c", "https://a.example/x?b=%20+%2F&&a=é;c"),
        ("https://a.example/%7Ex/../y//z/", "https://a.example/%7Ex/../y//z/"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("http://a.example:80/x", "http://a.example/x"),
        ("http://a.example:443/x", "http://a.example:443/x"),
        ("https://a.example/x#top", "https://a.example/x"),
        ("https://a.example/#/avis/7", "https://a.example/#/avis/7"),
        ("https://a.example/x?#", "https://a.example/x"),
        ("https://[2001:DB8::1]:443/", "https://[2001:db8::1]/"),
        ("javascript:alert(1)", ""),
        ("/x", ""),
        ("", ""),
    ],
)
def test_an_address_has_one_canonical_form(address: str, expected: str) -> None:
    assert text.canonical(address) == expected
    assert text.canonical(expected) == expected


@given(st.text(max_size=40).map("https://a.example/{}".format) | st.text(max_size=20))
@example("https://a.example:443:443/")
@example("http://[::1")
def test_a_canonical_address_is_its_own(address: str) -> None:
    found = text.canonical(address)
    assert text.canonical(found) == found
    assert not found or found.startswith(("http://", "https://"))


def test_a_very_long_identifier_is_kept_as_its_hash() -> None:
    assert text.identifier(" tag:example.org,\u202e2025:1\n") == "tag:example.org,2025:1"
    assert text.identifier("a" * 500) == "a" * 500
    assert text.identifier("a" * 501).startswith("sha256:")
    assert text.identifier("a" * 501) == text.identifier(f" {'a' * 501}") != text.identifier("a" * 502)


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


@given(st.text(st.sampled_from("a <&;\u00a0\n\t\u200b") | st.characters(codec="utf-8"), max_size=20))
def test_ordinary_line_is_cleaned_like_any_other(words: str) -> None:
    assert text.plain(words) == text._plain(words)
