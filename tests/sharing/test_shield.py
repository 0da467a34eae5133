"""What may never be blocked is on no list, and its neighbours still are."""

from dataclasses import replace
from pathlib import Path

import pytest

from records import ListedIndicator, Observable, ObservableType, observable
from sharing.release import release
from sharing.shield import suppression
from tests.sharing.conftest import EditionOf

T = ObservableType


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (T.IPV4, "10.20.30.40"),
        (T.IPV4, "127.0.0.1"),
        (T.IPV4, "169.254.169.254"),
        (T.IPV4, "100.64.0.1"),
        (T.IPV4, "224.0.0.251"),
        (T.IPV4, "255.255.255.255"),
        (T.IPV4, "8.8.8.8"),
        (T.IPV4_NET, "1.1.1.0/24"),
        (T.IPV6, "2001:4860:4860::8888"),
        (T.IPV4_NET, "0.0.0.0/0"),
        (T.IPV4_NET, "192.168.0.0/16"),
        (T.IPV4_NET, "8.0.0.0/9"),
        (T.IPV4_NET, "172.0.0.0/11"),
        (T.IPV6, "::1"),
        (T.IPV6, "fe80::1"),
        (T.IPV6, "fd00::1"),
        (T.IPV6, "64:ff9b::a00:1"),
        (T.IPV6, "2002:a00:1::1"),
        (T.IPV6_NET, "::/0"),
        (T.IPV6_NET, "2a00::/12"),
        (T.URL, "http://192.168.1.1/admin"),
        (T.URL, "http://[fe80::1]:8080/"),
        (T.DOMAIN, "sante.gouv.fr"),
        (T.DOMAIN, "gouv.fr"),
        (T.DOMAIN, "co.uk"),
        (T.DOMAIN, "asso.fr"),
        (T.DOMAIN, "www.google.com"),
        (T.DOMAIN, "outlook.office365.com"),
        (T.DOMAIN, "office365.com"),
        (T.DOMAIN, "portail.esante.gouv.fr"),
        (T.URL, "https://www.microsoft.com/"),
    ],
)
def test_what_hospitals_need_is_suppressed(kind: ObservableType, value: str) -> None:
    assert suppression(observable(kind, value))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (T.IPV4, "107.191.58.76"),
        (T.IPV4, "198.51.100.7"),
        (T.IPV4_NET, "198.51.100.0/28"),
        (T.IPV4_NET, "185.220.0.0/16"),
        (T.IPV6, "2a01:4f8::1"),
        (T.IPV6_NET, "2001:db8::/32"),
        (T.URL, "http://107.191.58.76:8080/x"),
        (T.URL, "https://evil.example/192.168.1.1"),
        (T.DOMAIN, "evil.example"),
        (T.DOMAIN, "gouv.fr.evil.example"),
        (T.DOMAIN, "notgouv.fr"),
        (T.DOMAIN, "evil.amazonaws.com"),
        (T.URL, "https://www.google.com/url?q=evil"),
        (T.MD5, "d41d8cd98f00b204e9800998ecf8427e"),
    ],
)
def test_the_rest_may_be_listed(kind: ObservableType, value: str) -> None:
    assert suppression(observable(kind, value)) == ""


def test_release_leaves_them_out_and_counts_them(
    tmp_path: Path, rows: tuple[ListedIndicator, ...], edition_of: EditionOf
) -> None:
    poisoned = replace(rows[0], observable=Observable(T.IPV4_NET, "192.168.0.0/16"))
    made = release(edition_of(*rows, poisoned), tmp_path / "lists")
    assert "192.168." not in (tmp_path / "lists" / "ipv4.txt").read_text()
    assert "192.168." not in (tmp_path / "lists" / "indicators.csv").read_text()
    assert made.suppressed["ipv4.txt"] >= 1
    assert made.entries == len(rows)
