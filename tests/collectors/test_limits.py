"""What may be read, and how long to wait."""

from datetime import UTC, datetime, timedelta

import pytest

from collectors.fetching.limits import MAX_WAIT, authorization, fresh_until, is_private, refusal, retry_after
from records import Source
from settings import Credentials, FetchSettings

NOW = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "ff02::1",
        "2002:7f00:1::1",
        "64:ff9b::7f00:1",
        "localhost",
        "printer.localhost",
    ],
)
def test_private_addresses_are_known(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "cert.ssi.gouv.fr", "10.example.org"])
def test_public_addresses_and_names_are_not_private(address: str) -> None:
    assert not is_private(address)


def test_allowed_networks_are_let_through() -> None:
    assert not is_private("10.1.2.3", ["10.1.0.0/16"])
    assert is_private("10.2.2.3", ["10.1.0.0/16", "mirror.local", "fd00::/8"])
    assert refusal("http://10.1.2.3/feed", ["10.1.2.3"]) == ""
    assert refusal("http://localhost/feed", ["localhost"]) == ""


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("ftp://host.example/x", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("http://169.254.169.254/latest/meta-data", "private address"),
        ("http://[::1]/", "private address"),
        ("http://[::1", "not an address"),
        ("http://host.example:port/", "not an address"),
        ("https://user:secret@host.example/", "login"),
        ("https://host.example/" + "a" * 2_000, "characters"),
    ],
)
def test_addresses_that_must_not_be_asked(url: str, words: str) -> None:
    assert words in refusal(url, [])


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("0", timedelta(0)),
        ("30", timedelta(seconds=30)),
        ("99999999999999999999", MAX_WAIT),
        ("Sun, 20 Jul 2025 18:01:00 GMT", timedelta(minutes=1)),
        ("Sun, 20 Jul 2025 17:00:00 GMT", timedelta(0)),
        ("Sun, 20 Jul 2099 17:00:00 GMT", MAX_WAIT),
    ],
)
def test_retry_after_is_read_and_bounded(header: str, expected: timedelta) -> None:
    assert retry_after(header, NOW) == NOW + expected


@pytest.mark.parametrize("header", ["soon", "-5", "", "1.5"])
def test_retry_after_that_says_nothing(header: str) -> None:
    assert retry_after(header, NOW) is None


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"Cache-Control": "public, max-age=600"}, 10),
        ({"Cache-Control": "max-age=600", "Age": "300"}, 5),
        ({"Cache-Control": "max-age=31536000"}, 240),  # four times the source's own hour
        ({"Cache-Control": "max-age=31536000", "Expires": "Sun, 20 Jul 2025 18:01:00 GMT"}, 240),
        ({"Expires": "Sun, 20 Jul 2025 18:30:00 GMT"}, 30),
        ({"Expires": "Sun, 20 Jul 2025 17:30:00 GMT"}, None),
        ({"Expires": "0"}, None),
        ({"Expires": "-1"}, None),
        ({"Cache-Control": "no-cache, max-age=600"}, None),
        ({"Cache-Control": "max-age=soon"}, None),
        ({"Cache-Control": "max-age=600", "Age": "900"}, None),
        ({}, None),
    ],
)
def test_freshness_is_believed_within_limits(headers: dict[str, str], minutes: int | None) -> None:
    expected = None if minutes is None else NOW + timedelta(minutes=minutes)
    assert fresh_until(headers, NOW, 60) == expected


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://misp.example/events", True),
        ("https://misp.example:444/events", False),
        ("http://misp.example/events", False),
        ("https://elsewhere.example/events", False),
    ],
)
def test_credentials_are_shown_to_the_source_itself_only(url: str, shown: bool) -> None:
    source = Source(id="misp", name="MISP", kind="misp_api", url="https://misp.example/")
    settings = FetchSettings(
        credentials={"misp": Credentials(authorization="key"), "b": Credentials(user="x")}
    )
    assert bool(authorization(source, settings, url)) == shown


def test_credentials_never_travel_in_the_clear_unless_the_host_is_named_as_inside() -> None:
    source = Source(id="misp", name="MISP", kind="misp_api", url="http://misp.lan/")
    credentials = {"misp": Credentials(user="me", password="secret")}
    assert authorization(source, FetchSettings(credentials=credentials), source.url) == {}
    inside = FetchSettings(credentials=credentials, allow_private=("misp.lan",))
    assert authorization(source, inside, source.url) == {"Authorization": "Basic bWU6c2VjcmV0"}
