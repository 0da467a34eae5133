"""What is read beside a document: its seals in the economical order, and its site's robots.txt."""

import pytest

from collectors.fetching.beside import next_seal, robot_rules
from records import Request

DOC = "https://example.org/a.json"
HASH, SHORT, SIGNATURE = f"{DOC}.sha512", f"{DOC}.sha256", f"{DOC}.asc"
KEY = "https://example.org/key.asc#AB"
SEALED = Request(DOC, seals=(SHORT, HASH, SIGNATURE))


@pytest.mark.parametrize(
    ("keys", "read", "missing", "address"),
    [
        ((), (), (), HASH),
        ((), (HASH,), (), ""),
        ((), (), (HASH,), SHORT),
        ((), (), (HASH, SHORT), ""),
        ((KEY,), (HASH,), (), SIGNATURE),
        ((KEY,), (HASH, SIGNATURE), (), KEY),
        ((KEY,), (HASH, SIGNATURE, KEY), (), ""),
        ((KEY,), (HASH,), (SIGNATURE,), ""),
    ],
)
def test_seals_are_read_in_the_economical_order(
    keys: tuple[str, ...], read: tuple[str, ...], missing: tuple[str, ...], address: str
) -> None:
    assert next_seal(SEALED, keys, read, missing) == address


def test_document_without_seals_waits_for_nothing() -> None:
    assert next_seal(Request(DOC), (KEY,), (), ()) == ""


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"User-agent: *\nDisallow: /private/", ""),
        (200, b"User-agent: *\nDisallow: /", "asks that it not be read"),
        (200, b"User-agent: Vigie\nDisallow: /list", "asks that it not be read"),
        (200, b"User-agent: Other\nDisallow: /", ""),
        (200, b"\xff\xfe\x00", ""),
        (404, b"", ""),
        (503, b"", "cannot be read"),
        (0, b"", "cannot be read"),
    ],
)
def test_robots_rules(status: int, body: bytes, words: str) -> None:
    refusal = robot_rules(status, body).refusal("https://example.org/list", "Vigie")
    assert words in refusal and bool(refusal) == bool(words)
