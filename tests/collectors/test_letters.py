"""A message gives one advisory of a named sender, without our own subscription, and cannot hang its reader."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mailbox import normalise
from collectors.reading.letters import read_letter
from records import Advisory, Document, LeftOut, Rejected, Source

FIXTURES = Path(__file__).parent / "fixtures" / "mailbox"
SENDERS = {"senders": ["news.example.org"]}
MESSAGE = b"From: a@news.example.org\nMessage-ID: <1@news.example.org>\n\nHello"
MakeSource = Callable[..., Source]
MakeDocument = Callable[..., Document]


def _read_words(
    make_source: MakeSource, make_document: MakeDocument, body: bytes, **options: object
) -> list[object]:
    source = make_source("mailbox", options=SENDERS | options)
    return list(normalise(source, make_document(source, body)))


@pytest.mark.parametrize(
    ("sender", "accepted"),
    [
        ("a@news.example.org", True),
        ("A <a@NEWS.example.org>", True),
        ('"x@y.example" <a@sub.news.example.org>', True),
        ("a@news.example.org (A)", True),
        ("a@fakenews.example.org", False),
        ("a@example.org", False),
        ('"a@news.example.org" <b@stranger.example>', False),
        ("a@news.example.org, b@stranger.example", False),
        ("a@news.example.org <b@stranger.example>", False),
        ("=?utf-8?Q?a=40news.example.org=3E?= <b@stranger.example>", False),
        ("", False),
    ],
)
def test_only_named_senders_are_kept(
    make_source: MakeSource, make_document: MakeDocument, sender: str, accepted: bool
) -> None:
    (found,) = _read_words(make_source, make_document, f"From: {sender}\n\nHello".encode())
    assert isinstance(found, Advisory if accepted else Rejected)


def test_address_names_one_sender_only(make_source: MakeSource, make_document: MakeDocument) -> None:
    body = b"From: b@news.example.org\n\nHello"
    (found,) = _read_words(make_source, make_document, body, senders=["a@news.example.org"])
    assert isinstance(found, Rejected)


def test_message_is_the_same_one_wherever_it_lies(
    make_source: MakeSource, make_document: MakeDocument
) -> None:
    source = make_source("mailbox", options=SENDERS)
    places = ("imaps://h/INBOX;UIDVALIDITY=1/;UID=1", "imaps://h/INBOX;UIDVALIDITY=2/;UID=9", "maildir:1.h")
    found = [next(normalise(source, make_document(source, MESSAGE, place))) for place in places]
    assert found[0] == found[1] == found[2]


def test_our_own_subscription_is_not_published(make_source: MakeSource, make_document: MakeDocument) -> None:
    for file in ("newsletter.eml", "latin1-unlabelled.eml"):
        (advisory, *_) = _read_words(make_source, make_document, (FIXTURES / file).read_bytes())
        assert isinstance(advisory, Advisory)
        assert not any("s3cr3t" in text or "receiver" in text for text in (advisory.summary, advisory.body))


def test_way_out_whose_address_markdown_escapes_is_left_out(
    make_source: MakeSource, make_document: MakeDocument
) -> None:
    body = (
        b"From: a@news.example.org\nList-Unsubscribe: <https://o.example/a_b?c=1&d=s3cr3t>\n"
        b"Content-Type: text/html\n\n<p>Text</p><p><a href='https://o.example/a_b?c=1&amp;d=s3cr3t'>Stop</a></p>"
    )
    (advisory,) = _read_words(make_source, make_document, body)
    assert isinstance(advisory, Advisory) and (advisory.body, advisory.summary) == ("Text", "Text\n\nStop")


def test_long_line_with_a_way_out_keeps_its_words(
    make_source: MakeSource, make_document: MakeDocument
) -> None:
    words = "word " * 60
    body = f"From: a@news.example.org\n\n{words}Unsubscribe: https://o.example/s3cr3t".encode()
    (advisory,) = _read_words(make_source, make_document, body)
    assert isinstance(advisory, Advisory)
    assert advisory.summary.startswith(words) and "s3cr3t" not in advisory.summary


def _nested(depth: int) -> bytes:
    heads = (
        f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n".encode() for level in range(depth)
    )
    return b"From: a@news.example.org\n" + b"".join(heads) + b"\nHello\n"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (_nested(1_000), "more than 30 parts in parts"),
        (b"From: a@news.example.org\n" + b"Content-Type: message/rfc822\n\n" * 1_000, "parts in parts"),
        (b"From: a@news.example.org\nX: " + b"(" * 1_000_000 + b"\n\nHello", "a header of the message"),
        (b"From: a@news.example.org\n" + b"\n" * 1_000_000, "more than 400000 lines"),
    ],
    ids=["multiparts", "messages", "header", "lines"],
)
def test_message_that_would_hang_its_reader_is_refused(
    make_source: MakeSource, make_document: MakeDocument, body: bytes, words: str
) -> None:
    (found,) = _read_words(make_source, make_document, body)
    assert isinstance(found, Rejected) and words in found.reason


@pytest.mark.parametrize(
    "body",
    [
        _nested(29) + b"x\n" * 300_000,
        b"From: a@news.example.org\nSubject: " + b"=?utf-8?q?" * 1_500 + b"\n\nHello",
        b"From: " + b"<a@b" * 3_500 + b"\n\nHello",
        b"From: a@news.example.org\nContent-Type: text/plain" + b";a*0='\"" * 1_500 + b"\n\nHello",
        b"From: a@news.example.org\nContent-Type: text/html\n\n" + b"<a href=http:" * 100_000,
        b"From: a@news.example.org\nContent-Type: text/html\n\n<a " + b"href=http:x " * 100_000,
        b"From: a@news.example.org\nContent-Type: text/html\n\n" + b"<a href=http:x>" + b"view " * 100_000,
        b"From: a@news.example.org\nContent-Type: text/plain; charset=idna\n\n" + b"xn--a." * 100_000,
        b"From: a@news.example.org\n" + b"X-Header: a\n" * 100_000 + b"\nHello",
        b"From: a@news.example.org\nList-Unsubscribe: "
        + b"<http:a>," * 1_500
        + b"\n\n"
        + b"read the unsubscribe http://x\n" * 50_000,
    ],
    ids=[
        "deep",
        "words",
        "sender",
        "parameters",
        "open-tags",
        "one-tag",
        "one-link",
        "codec",
        "many-headers",
        "ways-out",
    ],
)
def test_hostile_message_takes_no_more_than_seconds(
    make_source: MakeSource, make_document: MakeDocument, body: bytes
) -> None:
    started = time.process_time()
    assert _read_words(make_source, make_document, body)
    assert time.process_time() - started < 5


@given(noise=st.binary(max_size=200), place=st.integers(0, 2_000), length=st.integers(0, 300))
def test_no_bytes_raise_anything_else(
    noise: bytes, place: int, length: int, make_source: MakeSource, make_document: MakeDocument
) -> None:
    whole = (FIXTURES / "newsletter.eml").read_bytes()
    source = make_source("mailbox", options=SENDERS)
    document = make_document(source, whole[:place] + noise + whole[place + length :] or b"x")
    assert all(isinstance(one, Advisory | Rejected | LeftOut) for one in normalise(source, document))


@pytest.mark.parametrize("charset", ["klingon", "utf-8\xf0", 'k"n'])
def test_subject_in_no_known_encoding_stays_as_written(charset: str) -> None:
    body = f"From: a@example.org\r\nSubject: =?{charset}?q?x?= y\r\n\r\nText".encode("latin-1")
    assert "y" in read_letter(body).subject
