"""What may never be blocked is on no list, its neighbours still are, and the reason is known."""

import ipaddress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import ListedIndicator, Observable, ObservableType, SettingsError, is_public, observable
from sharing.exporting import export
from sharing.profiles import Profile
from sharing.release import release
from sharing.shield import Shield, load_shield, shipped, suppression
from sharing.shield_lists import PROTECTED_NAMES, SHIPPED
from sharing.suppressions import ShieldRule, Suppression
from tests.sharing.conftest import EditionOf

T, R = ObservableType, ShieldRule


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (T.IPV4, "10.20.30.40", ("reserved", R.OVERLAP, "10.0.0.0/8")),
        (T.IPV4, "127.0.0.1", ("reserved", R.OVERLAP, "127.0.0.0/8")),
        (T.IPV4, "169.254.169.254", ("reserved", R.OVERLAP, "169.254.0.0/16")),
        (T.IPV4, "100.64.0.1", ("reserved", R.OVERLAP, "100.64.0.0/10")),
        (T.IPV4, "224.0.0.251", ("reserved", R.OVERLAP, "224.0.0.0/4")),
        (T.IPV4, "255.255.255.255", ("reserved", R.OVERLAP, "240.0.0.0/4")),
        (T.IPV4, "8.8.8.8", ("resolvers", R.OVERLAP, "8.8.8.8")),
        (T.IPV4_NET, "1.1.1.0/24", ("resolvers", R.OVERLAP, "1.1.1.3")),
        (T.IPV6, "2001:4860:4860::8888", ("resolvers", R.OVERLAP, "2001:4860:4860::8888")),
        (T.IPV4, "199.2.137.9", ("sinkholes", R.OVERLAP, "199.2.137.0/24")),
        (T.IPV4, "192.42.116.41", ("sinkholes", R.OVERLAP, "192.42.116.41")),
        (T.IPV4, "104.21.27.14", ("delivery_networks", R.OVERLAP, "104.16.0.0/13")),
        (T.IPV4, "151.101.1.140", ("delivery_networks", R.OVERLAP, "151.101.0.0/16")),
        (T.IPV4, "23.192.228.80", ("delivery_networks", R.OVERLAP, "23.192.0.0/11")),
        (T.IPV6, "2606:4700::6810:84e5", ("delivery_networks", R.OVERLAP, "2606:4700::/32")),
        (T.IPV4, "40.107.22.52", ("mail_services", R.OVERLAP, "40.107.0.0/16")),
        (T.IPV4_NET, "52.100.0.0/20", ("mail_services", R.OVERLAP, "52.96.0.0/12")),
        (T.IPV4, "209.85.222.65", ("mail_services", R.OVERLAP, "209.85.128.0/17")),
        (T.IPV4_NET, "0.0.0.0/0", ("shield", R.WIDE, "/16")),
        (T.IPV4_NET, "8.0.0.0/9", ("shield", R.WIDE, "/16")),
        (T.IPV4_NET, "192.168.0.0/16", ("reserved", R.OVERLAP, "192.168.0.0/16")),
        (T.IPV6, "::1", ("reserved", R.OVERLAP, "::/8")),
        (T.IPV6, "fe80::1", ("reserved", R.OVERLAP, "fe80::/10")),
        (T.IPV6, "64:ff9b::a00:1", ("reserved", R.OVERLAP, "64:ff9b::/96")),
        (T.IPV6, "2002:a00:1::1", ("reserved", R.OVERLAP, "2002::/16")),
        (T.IPV6_NET, "2a00::/12", ("shield", R.WIDE, "/32")),
        (T.URL, "http://192.168.1.1/admin", ("reserved", R.OVERLAP, "192.168.0.0/16")),
        (T.URL, "http://[fe80::1]:8080/", ("reserved", R.OVERLAP, "fe80::/10")),
        (T.DOMAIN, "sante.gouv.fr", ("health_domains", R.NAMED, ".sante.gouv.fr")),
        (T.DOMAIN, "portail.esante.gouv.fr", ("health_domains", R.BELOW, ".esante.gouv.fr")),
        (T.DOMAIN, "ile-de-france.ars.sante.fr", ("health_domains", R.BELOW, ".ars.sante.fr")),
        (T.DOMAIN, "webmail.chu-lille.fr", ("health_domains", R.BELOW, ".chu-lille.fr")),
        (T.DOMAIN, "ch-saint-exemple.fr", ("health_domains", R.PATTERN, "ch-*.fr")),
        (T.DOMAIN, "vpn.ght-exemple-nord.fr", ("health_domains", R.PATTERN, "ght-*.fr")),
        (T.URL, "https://www.chu-lille.fr/wp-content/x.php", ("health_domains", R.BELOW, ".chu-lille.fr")),
        (T.URL, "https://ch-exemple.fr/x.php?y=1", ("health_domains", R.PATTERN, "ch-*.fr")),
        (T.EMAIL, "accueil@chu-lille.fr", ("health_domains", R.BELOW, ".chu-lille.fr")),
        (T.DOMAIN, "update.dedalus.com", ("health_domains", R.BELOW, ".dedalus.com")),
        (T.DOMAIN, "medecin.mssante.fr", ("health_domains", R.BELOW, ".mssante.fr")),
        (T.DOMAIN, "asso.fr", ("shared_platforms", R.NAMED, "asso.fr")),
        (T.DOMAIN, "gouv.ci", ("public_suffixes", R.NAMED, "gouv.ci")),
        (T.DOMAIN, "kawasaki.jp", ("public_suffixes", R.NAMED, "*.kawasaki.jp")),
        (T.DOMAIN, "xn--55qx5d.cn", ("public_suffixes", R.NAMED, "公司.cn")),
        (T.DOMAIN, "docs.google.com", ("shared_platforms", R.NAMED, "docs.google.com")),
        (T.URL, "https://docs.google.com/", ("shared_platforms", R.NAMED, "docs.google.com")),
        (T.URL, "https://docs.google.com#top", ("shared_platforms", R.NAMED, "docs.google.com")),
        (T.DOMAIN, "www.google.com", ("protected_names", R.BELOW, ".google.com")),
        (T.DOMAIN, "outlook.office365.com", ("protected_names", R.NAMED, ".outlook.office365.com")),
        (T.DOMAIN, "googleusercontent.com", ("shared_platforms", R.NAMED, "googleusercontent.com")),
        (T.DOMAIN, "discordapp.net", ("shared_platforms", R.PARENT, "media.discordapp.net")),
        (T.URL, "https://www.microsoft.com/", ("protected_names", R.BELOW, ".microsoft.com")),
        (
            T.MD5,
            "d41d8cd98f00b204e9800998ecf8427e",
            ("known_files", R.NAMED, "d41d8cd98f00b204e9800998ecf8427e"),
        ),
    ],
)
def test_what_hospitals_need_is_suppressed_and_the_reason_is_known(
    kind: ObservableType, value: str, expected: tuple[str, ShieldRule, str]
) -> None:
    found = suppression(observable(kind, value))
    assert found is not None
    assert (found.list, found.rule) == expected[:2]
    assert found.entry == expected[2] or found.rule is R.OVERLAP


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (T.IPV4, "107.191.58.76"),
        (T.IPV4, "198.51.100.7"),
        (T.IPV4, "172.32.0.1"),
        (T.IPV4, "9.255.255.255"),
        (T.IPV4_NET, "198.51.100.0/28"),
        (T.IPV4_NET, "185.220.0.0/16"),
        (T.IPV6, "2a01:4f8::1"),
        (T.IPV6_NET, "2001:db8::/32"),
        (T.URL, "http://107.191.58.76:8080/x"),
        (T.URL, "https://evil.example/192.168.1.1"),
        (T.URL, "https://sante.gouv.fr.evil.example/"),
        (T.IPV4, "104.15.255.255"),
        (T.IPV4, "172.232.0.7"),  # a machine that Akamai rents out
        (T.DOMAIN, "evil.example"),
        (T.DOMAIN, "evil.gouv.ci"),
        (T.DOMAIN, "city.kawasaki.jp"),
        (T.DOMAIN, "evil.elb.amazonaws.com"),
        (T.DOMAIN, "gouv.fr.evil.example"),
        (T.DOMAIN, "notgouv.fr"),
        (T.DOMAIN, "chu-lille.fr.evil.example"),
        (T.DOMAIN, "xn--chu-lill-i1a.fr"),  # chu-lillé.fr
        (T.DOMAIN, "ch-exemple.com"),
        (T.DOMAIN, "chu-connexion.fr"),
        (T.DOMAIN, "chu-lille-paiement.fr"),
        (T.DOMAIN, "ch-exemple-mails.fr"),
        (T.DOMAIN, "ch-exemple2024.fr"),
        (T.DOMAIN, "my-ch-exemple.fr"),
        (T.DOMAIN, "evil.amazonaws.com"),
        (T.DOMAIN, "evil.github.io"),
        (T.DOMAIN, "evil.duckdns.org"),
        (T.DOMAIN, "evil.asso.fr"),
        (T.URL, "https://evil.pages.dev/"),
        (T.URL, "https://www.google.com/url?q=evil"),
        (T.URL, "https://docs.google.com/forms/d/e/evil"),
        (T.URL, "https://cdn.discordapp.com/attachments/1/2/evil.exe"),
        (T.URL, "https://github.com?evil"),
        (T.EMAIL, "evil@gmail.com"),
        (T.EMAIL, "evil@chu-lille.fr.evil.example"),
        (T.MD5, "d41d8cd98f00b204e9800998ecf8427f"),
    ],
)
def test_the_rest_may_be_listed(kind: ObservableType, value: str) -> None:
    assert suppression(observable(kind, value)) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (T.DOMAIN, "SANTE.GOUV.FR"),
        (T.DOMAIN, "sante.gouv.fr."),
        (T.URL, "https://SANTE.gouv.fr./x"),
        (T.URL, "https://evil.example@sante.gouv.fr/"),
        (T.URL, "https:sante.gouv.fr"),
        (T.IPV4, "010.0.0.1"),
        (T.IPV4_NET, "10.0.0.1/8"),
        (T.DOMAIN, ""),
        (T.DOMAIN, "com"),
        (T.DOMAIN, "notatld"),
    ],
)
def test_what_is_in_another_form_passes_no_gap(kind: ObservableType, value: str) -> None:
    assert suppression(Observable(kind, value)) is not None


def test_no_address_of_the_inside_passes_and_its_neighbours_do() -> None:
    examples = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "2001:db8::/32")]
    for line in (SHIPPED / "reserved.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        network = ipaddress.ip_network(line.split()[0])
        first, last, top = int(network[0]), int(network[-1]), 2**network.max_prefixlen - 1
        for number in {max(first - 1, 0), first, last, min(last + 1, top)}:
            address = type(network[0])(number)
            example = any(address in one for one in examples if one.version == network.version)
            kind = T.IPV4 if network.version == 4 else T.IPV6
            found = suppression(Observable(kind, str(address)))
            assert found or example or is_public(address), address
            assert found or not first <= number <= last


def test_no_shipped_line_is_left_out_and_every_one_protects_itself() -> None:
    assert shipped().faults == ()
    for path in (*SHIPPED.glob("*.txt"), PROTECTED_NAMES):
        names = [
            line.split(" #")[0].strip().lstrip(".")
            for line in path.read_text("utf-8").splitlines()
            if line.lstrip(".")[:1].isalpha() and "*" not in line
        ]
        for name in names:
            if "." in name and ":" not in name:
                assert suppression(Observable(T.DOMAIN, name)), f"{path.name}: {name}"


def _allow_list(folder: Path, text: str) -> Shield:
    path = folder / "notre-liste.txt"
    path.write_text(text, "utf-8")
    return load_shield(allow_list=path)


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        (T.DOMAIN, "partenaire.example", R.NAMED),
        (T.DOMAIN, "vpn.partenaire.example", R.BELOW),
        (T.URL, "https://vpn.partenaire.example/x?y=1", R.BELOW),
        (T.EMAIL, "garde@partenaire.example", R.BELOW),
        (T.DOMAIN, "hôpital.example", R.NAMED),
        (T.IPV4, "203.0.113.9", R.OVERLAP),
        (T.IPV4_NET, "203.0.113.0/25", R.OVERLAP),
        (T.IPV4_NET, "203.0.0.0/16", R.OVERLAP),
        (T.IPV6_NET, "2001:db8:7::/48", R.OVERLAP),
        (T.SHA256, "ab" * 32, R.NAMED),
        (T.URL, "https://docs.google.com/forms/d/ours", R.NAMED),
        (T.DOMAIN, "tenant.github.io", R.NAMED),
        (T.DOMAIN, "a.tenant.github.io", R.BELOW),
        (T.DOMAIN, "chu-lille.fr", R.NAMED),
        (T.URL, "https://a.etoile.example/x", R.BELOW),
    ],
)
def test_the_allow_list_wins(tmp_path: Path, kind: ObservableType, value: str, rule: ShieldRule) -> None:
    lines = [
        "# ce que nous ne bloquons jamais",
        "partenaire.example  # notre infogérant",
        "hôpital.example",
        "203.0.113.8/29",
        "2001:db8:7:8::1",
        "AB" * 32,
        "https://docs.google.com/forms/d/ours",
        "tenant.github.io",
        "chu-lille.fr",
        "*.etoile.example",
    ]
    found = suppression(observable(kind, value), _allow_list(tmp_path, "\n".join(lines)))
    assert found is not None
    assert (found.list, found.rule) == ("notre-liste", rule)


def test_a_wrong_line_of_the_allow_list_is_told_and_the_others_count(tmp_path: Path) -> None:
    text = "partenaire.example\nnot a name\n300.1.1.1\nch-*\n" + "a" * 9_000 + ".example\nautre.example\n"
    shield = _allow_list(tmp_path, text)
    assert [fault.split(":")[0] for fault in shield.faults] == [
        f"notre-liste line {number}" for number in (2, 3, 4, 5)
    ]
    assert suppression(Observable(T.DOMAIN, "autre.example"), shield)
    assert suppression(Observable(T.DOMAIN, "third.example"), shield) is None


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        (T.DOMAIN, "veille.example.org", R.NAMED),
        (T.DOMAIN, "www.veille.example.org", R.BELOW),
        (T.DOMAIN, "example.org", R.PARENT),
        (T.URL, "https://veille.example.org/lists/domains.txt", R.BELOW),
        (T.EMAIL, "cellule@veille.example.org", R.BELOW),
    ],
)
def test_a_deployments_own_site_is_never_listed(kind: ObservableType, value: str, rule: ShieldRule) -> None:
    found = suppression(Observable(kind, value), load_shield(own=("veille.example.org",)))
    assert found == Suppression("own_names", rule, "veille.example.org")
    assert suppression(Observable(kind, value)) is None


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_an_allow_list_that_cannot_be_read_stops_with_one_sentence(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "absent.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"allow-list .*absent\.txt cannot be read"):
        load_shield(allow_list=path)


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(list(T)), value=st.text(max_size=60) | st.from_regex(r"https?://[^ ]{0,40}"))
def test_whatever_observable_gives_an_answer(kind: ObservableType, value: str) -> None:
    found = suppression(Observable(kind, value))
    assert found is None or (found.list and found.entry)


def test_a_release_leaves_them_out_counts_them_and_says_why(
    tmp_path: Path, rows: tuple[ListedIndicator, ...], edition_of: EditionOf
) -> None:
    poisoned = replace(rows[0], observable=Observable(T.IPV4_NET, "192.168.0.0/16"))
    made = release(edition_of(*rows, poisoned), tmp_path / "lists")
    assert "192.168." not in (tmp_path / "lists" / "ipv4.txt").read_text()
    assert "192.168." not in (tmp_path / "lists" / "indicators.csv").read_text()
    assert made.suppressed["ipv4.txt"] >= 1
    assert made.entries == len(rows)
    assert made.shielded == {poisoned.observable: Suppression("reserved", R.OVERLAP, "192.168.0.0/16")}


def test_a_deployments_shield_reaches_release_and_export(
    tmp_path: Path, weighed: tuple[ListedIndicator, ...], edition_of: EditionOf
) -> None:
    shield = _allow_list(tmp_path, "malware.example.org\n")
    edition = edition_of(*weighed)
    made = release(edition, tmp_path / "lists", shield=shield)
    assert "malware.example.org" not in (tmp_path / "lists" / "domains.txt").read_text()
    assert {found.list for found in made.shielded.values()} == {"notre-liste"}
    out = tmp_path / "out"
    only = Profile(formats=("edl",))
    made_at, audience = edition.made_at, edition.audience
    written = export(weighed, out, only, made_at=made_at, audience=audience, shield=shield)
    assert written.suppressed["notre-liste", "named"] == 1
    assert "malware.example.org" not in "".join(path.read_text() for path in out.glob("*.txt")).splitlines()


@pytest.mark.parametrize(
    "url", ["http://google.com/?", "https://www.google.com/./", "http://google.com//.?#x"]
)
def test_whole_site_written_otherwise_is_hidden_too(url: str) -> None:
    assert suppression(Observable(ObservableType.URL, url)) is not None


@pytest.mark.parametrize(
    "name", ["10.in-addr.arpa", "imprimante.local", "wpad.lan", "pacs.internal", "x.localhost"]
)
def test_names_of_the_house_itself_are_never_listed(name: str) -> None:
    found = suppression(Observable(ObservableType.DOMAIN, name))
    assert found is not None
    assert found.list == "shield"
