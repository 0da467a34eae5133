"""A value has one form, whatever it was written like, and what is not a value is refused."""

import uuid
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import Observable, ObservableType, defang, observable, record_id
from records.identity import NAMESPACE
from records.observables import _observable, refang

T = ObservableType


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (T.IPV4, "198.51.100[.]7", (T.IPV4, "198.51.100.7")),
        (T.IPV4, "198.51.100.0/24", (T.IPV4_NET, "198.51.100.0/24")),
        (T.IPV4_NET, "198.51.100.9/24", (T.IPV4_NET, "198.51.100.0/24")),
        (T.IPV4_NET, "198.51.100.9/32", (T.IPV4, "198.51.100.9")),
        (T.IPV6, "2001:DB8:0:0::1", (T.IPV6, "2001:db8::1")),
        (T.IPV6, "[2001:db8::1]", (T.IPV6, "2001:db8::1")),
        (T.IPV6, "::ffff:198.51.100.7", (T.IPV4, "198.51.100.7")),
        (T.IPV6_NET, "2001:db8::/32", (T.IPV6_NET, "2001:db8::/32")),
        (T.DOMAIN, "Evil[.]Example.", (T.DOMAIN, "evil.example")),
        (T.DOMAIN, "évil.example", (T.DOMAIN, "xn--vil-9la.example")),
        (T.DOMAIN, "_dmarc.evil.example", (T.DOMAIN, "_dmarc.evil.example")),
        (T.URL, "hxxps[:]//Evil[.]example/A?b#C", (T.URL, "https://evil.example/A?b#C")),
        (T.URL, "evil.example", (T.URL, "http://evil.example/")),
        (T.URL, "http://user:secret@evil.example:8080/x", (T.URL, "http://evil.example:8080/x")),
        (T.URL, "http://[2001:db8::1]:80/x", (T.URL, "http://[2001:db8::1]:80/x")),
        (T.EMAIL, "Bad(at)Evil[.]Example", (T.EMAIL, "Bad@evil.example")),
        (T.MD5, "D41D8CD98F00B204E9800998ECF8427E", (T.MD5, "d41d8cd98f00b204e9800998ecf8427e")),
    ],
)
def test_value_is_brought_to_its_one_form(
    kind: ObservableType, text: str, expected: tuple[ObservableType, str]
) -> None:
    assert observable(kind, text) == Observable(*expected)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (T.IPV4, "198.051.100.7"),
        (T.IPV4, "999.1.1.1"),
        (T.IPV4, "evil.example"),
        (T.DOMAIN, "localhost"),
        (T.DOMAIN, "198.51.100.7"),
        (T.DOMAIN, "-evil.example"),
        (T.DOMAIN, "evil..example"),
        (T.DOMAIN, "evil example.com"),
        (T.DOMAIN, "a" * 64 + ".example"),
        (T.URL, "javascript://evil.example/%0aalert(1)"),
        (T.URL, "http:///path"),
        (T.URL, "http://evil.example:99999/"),
        (T.URL, "http://evil.example/a b"),
        (T.URL, "http://evil.example/\u202egpj.exe"),
        (T.URL, "http://evil.example/\ud800"),
        (T.URL, "http://evil.example/" + "a" * 8_000),
        (T.EMAIL, "evil.example"),
        (T.EMAIL, '"x"@evil.example'),
        (T.SHA256, "d41d8cd98f00b204e9800998ecf8427e"),
        (T.SHA1, "g" * 40),
        (T.MD5, ""),
    ],
)
def test_what_is_no_value_is_refused_with_a_reason(kind: ObservableType, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        observable(kind, text)


@given(st.sampled_from(T), st.text(max_size=60))
def test_any_text_is_a_canonical_value_or_refused(kind: ObservableType, text: str) -> None:
    try:
        found = observable(kind, text)
    except ValueError:
        return
    assert observable(found.type, found.value) == found
    assert not any(sign.isspace() for sign in found.value)


@given(st.ip_addresses(), st.integers(1, 65535))
def test_defanged_values_come_back(address: object, port: int) -> None:
    for kind, text in (
        (T.IPV4, str(address)),
        (T.URL, f"http://evil.example:{port}/a.b"),
        (T.EMAIL, "a.b@evil.example"),
    ):
        try:
            item = observable(kind, text)
        except ValueError:
            continue
        shown = defang(item)
        assert shown != item.value
        assert observable(item.type, shown) == item


@given(st.text(), st.text())
def test_identity_is_a_uuid5_of_source_and_native_id(source: str, native: str) -> None:
    try:
        expected = str(uuid.uuid5(NAMESPACE, f"{source}\x1f{native}"))
    except UnicodeEncodeError:
        expected = str(uuid.UUID(record_id(source, native)))
    assert record_id(source, native) == expected


PARTS = (
    "http https hxxp ftp :// / ? # a b-c . .. com - _ x.org A [.] ( ) :80 :080 :8080 :99999 :0 @ xn-- é %20 "
    "\\ ^ ~ \" ' | 1.2.3.4 255 256 01 \n " + "x" * 64 + " " + "d" * 32 + " " + "0" * 64
).split(" ")


@given(
    st.sampled_from(list(ObservableType)),
    st.lists(st.sampled_from(PARTS), max_size=8).map("".join),
    st.sampled_from(["", "http://a.bc/", "http://a.bc", "a.bc"]),
)
def test_plain_values_take_the_same_way_as_all_others(kind: ObservableType, text: str, start: str) -> None:
    def outcome(read: Callable[[], Observable]) -> Observable | str:
        try:
            return read()
        except ValueError:
            return "refused"

    value = start + text
    assert outcome(lambda: observable(kind, value)) == outcome(lambda: _observable(kind, refang(value)))


def test_a_long_domain_is_no_plain_value() -> None:
    name = ".".join(["a" * 60] * 5)
    with pytest.raises(ValueError, match="not a domain name"):
        observable(ObservableType.DOMAIN, f"{name}.com")
    with pytest.raises(ValueError, match="not a domain name"):
        observable(ObservableType.URL, f"http://{name}.com/")
