"""Public warninglists become one index that answers as MISP does, but for what our policy says.

The lists are written here from invented values and names reserved for examples (RFC 2606, RFC 5737).
"""

import ipaddress
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import Observable, ObservableType, PublishError, SettingsError, observable
from sharing.shield import Shield, load_shield, suppression
from sharing.suppressions import ShieldRule, Suppression
from sharing.warninglists_index import Built, Policy, build_index

T, R = ObservableType, ShieldRule
NAMES, ADDRESSES = ["domain", "hostname", "url"], ["ip-src", "ip-dst"]
Lists = dict[str, tuple[str, list[object], list[str]]]

LISTS: Lists = {
    "cloud": ("cidr", ["45.76.0.0/15", "2a05:f480::/32"], ADDRESSES),
    "delivery": ("cidr", ["198.51.100.0/24", "45.77.5.0/24", "2001:db8::/32"], ADDRESSES),
    "great-sites": ("hostname", [".grand-site.example", "Platform.example", "café.example"], NAMES),
    "hosts": ("string", ["ocsp.autorite.example", ".pki.example", "com"], NAMES),
    "platforms": ("hostname", ["platform.example"], NAMES),
    "hashes": ("string", ["AB" * 16, "cd" * 32], ["md5", "sha256"]),
    "sandboxes": ("substring", ["sandbox-service.example", "203.0.113.66"], [*NAMES, *ADDRESSES]),
    "contacts": ("regex", [r"/^(abuse|soc)\@.*\..*$/i"], ["email-src"]),
    "mailboxes": ("string", ["info@partenaire.example"], ["email-src"]),
    "elsewhere": ("string", ["14d82eec-204b-4c2f-b7e8-296a70dab67e"], ["azure-application-id"]),
}
POLICY = Policy(
    held=frozenset({"cloud"}), platforms=frozenset({"platforms"}), left_out=frozenset({"rumours"})
)


def _folder(place: Path, lists: Lists) -> Path:
    for name, (kind, entries, attributes) in lists.items():
        (place / "lists" / name).mkdir(parents=True, exist_ok=True)
        document = {"name": name, "type": kind, "list": entries, "matching_attributes": attributes}
        (place / "lists" / name / "list.json").write_text(json.dumps(document), "utf-8")
    return place


def _built(place: Path, lists: Lists) -> tuple[Built, Shield]:
    built = build_index(_folder(place, lists), place / "shield.idx", POLICY)
    return built, load_shield(index=place / "shield.idx")


@pytest.fixture(scope="module")
def shield(tmp_path_factory: pytest.TempPathFactory) -> Shield:
    built, made = _built(tmp_path_factory.mktemp("lists"), LISTS)
    assert built == Built(lists=10, entries=17, faults=())
    return made


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (T.IPV4, "198.51.100.1", ("delivery", R.OVERLAP, "198.51.100.0/24")),
        (T.IPV4_NET, "198.51.100.0/26", ("delivery", R.OVERLAP, "198.51.100.0/24")),
        (T.IPV4_NET, "45.77.0.0/16", ("delivery", R.OVERLAP, "45.77.5.0/24")),
        (T.IPV4, "45.77.5.9", ("delivery", R.OVERLAP, "45.77.5.0/24")),
        (T.IPV4_NET, "45.76.1.0/24", ("cloud", R.OVERLAP, "45.76.0.0/15")),
        (T.IPV6, "2001:db8::1", ("delivery", R.OVERLAP, "2001:db8::/32")),
        (T.IPV6_NET, "2a05:f480:1::/48", ("cloud", R.OVERLAP, "2a05:f480::/32")),
        (T.IPV4, "203.0.113.66", ("sandboxes", R.OVERLAP, "203.0.113.66")),
        (T.URL, "http://198.51.100.1/x", ("delivery", R.OVERLAP, "198.51.100.0/24")),
        (T.DOMAIN, "grand-site.example", ("great-sites", R.BELOW, ".grand-site.example")),
        (T.DOMAIN, "a.b.grand-site.example", ("great-sites", R.BELOW, ".grand-site.example")),
        (T.URL, "https://www.grand-site.example/", ("great-sites", R.BELOW, ".grand-site.example")),
        (T.DOMAIN, "platform.example", ("great-sites", R.BELOW, "Platform.example")),
        (T.DOMAIN, "café.example", ("great-sites", R.BELOW, "café.example")),
        (T.DOMAIN, "ocsp.autorite.example", ("hosts", R.NAMED, "ocsp.autorite.example")),
        (T.DOMAIN, "autorite.example", ("hosts", R.PARENT, "ocsp.autorite.example")),
        (T.DOMAIN, "pki.example", ("hosts", R.NAMED, ".pki.example")),
        (T.MD5, "ab" * 16, ("hashes", R.NAMED, "AB" * 16)),
        (T.SHA256, "cd" * 32, ("hashes", R.NAMED, "cd" * 32)),
        (T.DOMAIN, "app.sandbox-service.example", ("sandboxes", R.SUBSTRING, "sandbox-service.example")),
        (T.URL, "https://sandbox-service.example/x", ("sandboxes", R.SUBSTRING, "sandbox-service.example")),
        (T.EMAIL, "Abuse@partenaire.example", ("contacts", R.PATTERN, r"/^(abuse|soc)\@.*\..*$/i")),
        (T.EMAIL, "info@partenaire.example", ("mailboxes", R.NAMED, "info@partenaire.example")),
    ],
)
def test_a_value_on_a_list_is_suppressed_with_list_rule_and_entry(
    shield: Shield, kind: ObservableType, value: str, expected: tuple[str, ShieldRule, str]
) -> None:
    assert suppression(observable(kind, value), shield) == Suppression(*expected)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (T.IPV4, "45.76.1.2"),  # one machine of a cloud
        (T.IPV6, "2a05:f480::7"),
        (T.IPV4, "151.102.0.0"),
        (T.IPV4, "151.100.255.255"),
        (T.IPV4, "3.113.66.20"),
        (T.DOMAIN, "notgrand-site.example"),
        (T.DOMAIN, "grand-site.example.evil.test"),
        (T.DOMAIN, "evil.platform.example"),  # a tenant
        (T.URL, "https://evil.platform.example/"),
        (T.DOMAIN, "evil.pki.example"),
        (T.DOMAIN, "ocsp.autorite.example.evil.test"),
        (T.DOMAIN, "evil.com"),
        (T.URL, "https://www.grand-site.example/page"),
        (T.URL, "https://evil.test/?r=sandbox-service.example"),
        (T.EMAIL, "abuse@evil"),
        (T.EMAIL, "evil@grand-site.example"),
        (T.MD5, "cd" * 16),
    ],
)
def test_its_neighbours_may_be_listed(shield: Shield, kind: ObservableType, value: str) -> None:
    assert suppression(Observable(kind, value), shield) is None


def test_a_list_left_out_by_policy_says_nothing(tmp_path: Path) -> None:
    lists: Lists = {"rumours": ("string", ["rumour.example"], NAMES), "hosts": LISTS["hosts"]}
    built, shield = _built(tmp_path, lists)
    assert built.lists == 1
    assert suppression(Observable(T.DOMAIN, "rumour.example"), shield) is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"type": "string", "list": ["a.example"', "no JSON of a warninglist"),
        (b"", "no JSON of a warninglist"),
        (b"[" * 100_000, "no JSON of a warninglist"),
        (b"\xff\xfe\x00", "no JSON of a warninglist"),
        (b"[]", "the list is left out"),
        (b'{"type": "string"}', "list: Field required"),
        (b'{"type": "string", "list": "a.example"}', "list: Input should be a valid list"),
        (b'{"type": "guess", "list": ["a.example"]}', "unknown type 'guess'"),
    ],
)
def test_a_broken_list_is_told_with_file_and_reason_and_the_others_count(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "lists" / "broken").mkdir(parents=True)
    (tmp_path / "lists" / "broken" / "list.json").write_bytes(content)
    built, shield = _built(tmp_path, {"hosts": LISTS["hosts"]})
    assert len(built.faults) == 1
    assert str(tmp_path / "lists" / "broken" / "list.json") in built.faults[0]
    assert sentence in built.faults[0]
    assert suppression(Observable(T.DOMAIN, "ocsp.autorite.example"), shield)


@pytest.mark.parametrize(
    ("kind", "entries", "reason"),
    [
        ("cidr", ["0.0.0.0/0"], "wider than /4"),
        ("cidr", ["::/0"], "wider than /7"),
        ("cidr", ["10.0.0.0/40"], "does not appear to be an IPv4 or IPv6 network"),
        ("hostname", ["."], "the value is empty"),
        ("hostname", ["com"], "not a domain name"),
        ("hostname", [7, None], "not a text"),
        ("hostname", ["a.example\tevil"], "a space or a control character"),
        ("substring", ["."], "shorter than 5 characters"),
        ("regex", ["/(a+)+$/"], "could take for ever"),
        ("regex", ["/(/"], "no regular expression"),
        ("regex", ["/.*/"], "everything matches"),
    ],
)
def test_an_entry_that_would_hide_everything_or_nothing_is_told(
    tmp_path: Path, kind: str, entries: list[object], reason: str
) -> None:
    built, shield = _built(tmp_path, {"odd": (kind, [*entries, *LISTS["great-sites"][1][:1]], [])})
    assert len(built.faults) == 1
    assert "entries are left out, the others count" in built.faults[0]
    assert reason in built.faults[0]
    assert suppression(Observable(T.IPV4, "107.191.58.76"), shield) is None
    assert suppression(Observable(T.DOMAIN, "evil.test"), shield) is None
    assert kind != "hostname" or suppression(Observable(T.DOMAIN, "grand-site.example"), shield)


def test_entries_with_comments_are_read_like_a_list(tmp_path: Path) -> None:
    (tmp_path / "lists" / "told").mkdir(parents=True)
    text = json.dumps({"type": "string", "list": {"a.told.example": "why"}, "matching_attributes": []})
    (tmp_path / "lists" / "told" / "list.json").write_text(text)
    _, shield = _built(tmp_path, {})
    assert suppression(Observable(T.DOMAIN, "a.told.example"), shield)


def test_the_same_lists_give_the_same_bytes(tmp_path: Path) -> None:
    _built(tmp_path / "one", LISTS)
    _built(tmp_path / "two", dict(reversed(LISTS.items())))
    assert (tmp_path / "one" / "shield.idx").read_bytes() == (tmp_path / "two" / "shield.idx").read_bytes()


def test_a_folder_without_lists_and_a_place_that_is_none_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="has no warninglist"):
        build_index(tmp_path, tmp_path / "shield.idx")
    with pytest.raises(PublishError, match="could not be written"):
        build_index(_folder(tmp_path, LISTS), tmp_path / "absent" / "shield.idx")


def test_an_open_index_outlives_its_successor(tmp_path: Path) -> None:
    _, before = _built(tmp_path, {"hosts": LISTS["hosts"]})
    (tmp_path / "lists" / "hosts" / "list.json").unlink()
    _, after = _built(tmp_path, {"great-sites": LISTS["great-sites"]})
    item = Observable(T.DOMAIN, "ocsp.autorite.example")
    assert suppression(item, before)
    assert suppression(item, after) is None


def _flip(content: bytes) -> bytes:
    return content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda content: content[:-1], "damaged"),
        (_flip, "damaged"),
        (lambda content: content.replace(b"index 1 ", b"index 2 "), "another version"),
        (lambda content: b"no index at all\n", "damaged"),
        (lambda content: b"\0" * 500, "damaged"),
        (lambda content: b"", "it is empty"),
    ],
)
def test_a_damaged_index_is_never_used(tmp_path: Path, harm: Callable[[bytes], bytes], sentence: str) -> None:
    path = tmp_path / "shield.idx"
    build_index(_folder(tmp_path, LISTS), path)
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(PublishError, match=f"{sentence}.*build it again"):
        load_shield(index=path)


def test_an_absent_index_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="cannot be read: No such file"):
        load_shield(index=tmp_path / "shield.idx")


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(list(T)), value=st.text(max_size=60) | st.from_regex(r"https?://[^ ]{0,40}"))
def test_whatever_observable_gives_an_answer(shield: Shield, kind: ObservableType, value: str) -> None:
    found = suppression(Observable(kind, value), shield)
    assert found is None or (found.list and found.entry)


def _slowly(item: Observable, lists: Lists) -> bool:
    """Judge as MISP does, entry by entry: networks either way, hosts, whole values."""
    for kind, entries, _ in lists.values():
        for entry in map(str, entries):
            if kind == "cidr" and item.type in (T.IPV4, T.IPV4_NET):
                mine, other = ipaddress.ip_network(item.value), ipaddress.ip_network(entry)
                if other.version == 4 and mine.overlaps(other):
                    return True
            if kind == "hostname" and item.type is T.DOMAIN:
                host = entry.strip(".")
                if f".{item.value}".endswith(f".{host}") or f".{host}".endswith(f".{item.value}"):
                    return True
    return False


_labels = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map(lambda part: ".".join(part) + ".test")
_nets = st.tuples(st.integers(0x0D000000, 0x0D0000FF), st.integers(26, 32)).map(
    lambda pair: str(ipaddress.ip_network(pair, strict=False))
)


@settings(max_examples=40, deadline=None)
@given(hosts=st.lists(_labels, max_size=3), nets=st.lists(_nets, max_size=4), asked=st.lists(_labels | _nets))
def test_the_index_answers_as_the_slow_way_does(
    tmp_path_factory: pytest.TempPathFactory, hosts: list[str], nets: list[str], asked: list[str]
) -> None:
    lists: Lists = {"hosts": ("hostname", [*hosts], NAMES), "nets": ("cidr", [*nets], ADDRESSES)}
    _, shield = _built(tmp_path_factory.mktemp("lists"), lists)
    for value in asked:
        kind = T.DOMAIN if value.endswith("test") else T.IPV4_NET if "/" in value else T.IPV4
        item = observable(kind, value)
        assert bool(suppression(item, shield)) == _slowly(item, lists), value


def test_recorded_lists_are_read_whole_and_answer(recorded: Path, tmp_path: Path) -> None:
    built = build_index(recorded / "lists" / "misp-warninglists", tmp_path / "shield.idx")
    shield = load_shield(index=tmp_path / "shield.idx")
    assert built.lists > 120
    assert built.entries > 100_000
    assert len(built.faults) < 10
    assert suppression(Observable(T.IPV4, "104.129.192.1"), shield) == Suppression(
        "zscaler", R.OVERLAP, "104.129.192.0/20"
    )
    assert suppression(Observable(T.DOMAIN, "tinyurl.com"), shield)
    assert suppression(Observable(T.DOMAIN, "evil.duckdns.org"), shield) is None
