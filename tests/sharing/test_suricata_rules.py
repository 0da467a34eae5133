"""Rules for Suricata: what they say, that no value breaks out of one, and the traffic they tell of."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import Entry, Marking, Observable, ObservableType
from sharing.formats import suricata_rules
from tests.sharing.test_formats import ANYTHING, hostile_rows
from tests.tools import _suricata, _traffic
from tests.tools._running import run

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
RULE = re.compile(
    r"alert (?:dns|tls|http|ip) any any (?:->|<>) (?:any|\[[0-9a-f.:/]+\]) any "
    r'\(msg:"Vigie (?:[A-Za-z0-9._/ -]|\\:)*"; '
    r"(?:(?:dns\.query|tls\.sni|http\.host|http\.uri\.raw|dotprefix|nocase|endswith|bsize:\d+"
    r'|content:"(?:[A-Za-z0-9._/-]|\|[0-9a-f]{2}(?: [0-9a-f]{2})*\|)+"|threshold:[a-z0-9_ ,]+); )*'
    r"classtype:trojan-activity; metadata:[A-Za-z0-9_+, -]+; sid:\d{10}; rev:\d+;\)"
)


def _entry(kind: ObservableType, value: str, changed_at: datetime = AT) -> Entry:
    return Entry(
        observable=Observable(kind, value),
        marking=Marking(),
        confidence=80,
        sources=("cell",),
        valid_from=AT,
        listed_at=AT,
        changed_at=changed_at,
    )


def _rules(*rows: Entry) -> list[str]:
    return "".join(suricata_rules.render(rows)).splitlines()


def _url(value: str) -> list[str]:
    return _rules(_entry(ObservableType.URL, value))


def test_a_name_has_a_rule_on_questions_and_one_on_tls() -> None:
    dns, tls = _rules(_entry(ObservableType.DOMAIN, "evil.example"))
    assert dns.startswith("alert dns any any -> any any ")
    assert 'dns.query; dotprefix; content:".evil.example"; nocase; endswith; ' in dns
    assert 'tls.sni; dotprefix; content:".evil.example"; nocase; endswith; ' in tls


def test_the_number_of_a_rule_never_changes() -> None:
    assert suricata_rules.sid_of(_entry(ObservableType.DOMAIN, "evil.example")) == 2_663_113_104


def test_the_revision_rises_with_every_change() -> None:
    row = _entry(ObservableType.IPV4, "192.0.2.7")
    later = replace(row, confidence=81, changed_at=AT + timedelta(seconds=1))
    first, second = (int(_rules(one)[0].rpartition("rev:")[2].rstrip(";)")) for one in (row, later))
    assert first < second < 2**32


def test_of_two_observables_with_one_number_the_later_is_left_to_the_datasets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suricata_rules, "_RANGE", 1)
    rules = _rules(_entry(ObservableType.IPV4, "192.0.2.7"), _entry(ObservableType.IPV4, "192.0.2.8"))
    assert [rule for rule in rules if "192.0.2.7" in rule] == rules
    assert suricata_rules.count(rules) == 1


@pytest.mark.parametrize(
    "value",
    [
        "https://github.com/someone/evil.exe",
        "https://github.com?evil",
        "https://192.0.2.7/",
        "http://[2001:db8::7]/x",
        "http://evil.example/é",
        "http://evil.example/" + "a" * 2_000,
        "ftp://evil.example/x",
    ],
)
def test_a_url_of_which_a_sensor_sees_less_has_no_rule(value: str) -> None:
    assert _url(value) == []
    assert not suricata_rules.carries(_entry(ObservableType.URL, value))


def test_an_encrypted_site_is_known_by_its_name() -> None:
    (rule,) = _url("https://evil.example/")
    assert 'tls.sni; content:"evil.example"; nocase; bsize:12; ' in rule


def test_a_page_is_found_by_host_and_whole_path() -> None:
    (rule,) = _url("http://user:p@Evil.example:8080/a?b=1#c")
    assert 'http.host; content:"evil.example"; bsize:12; ' in rule
    assert 'http.uri.raw; content:"/a|3f|b|3d|1"; bsize:6; ' in rule


@ANYTHING
@given(rows=hostile_rows)
def test_no_value_breaks_out_of_its_rule(rows: list[Entry]) -> None:
    for rule in _rules(*rows):
        assert RULE.fullmatch(rule), rule


@ANYTHING
@given(text=st.text('a.:/?#@"\\;()|! {}[]$%', min_size=1, max_size=30))
def test_no_url_breaks_out_of_its_rule(text: str) -> None:
    for rule in chain(_url(f"http://{text}"), _url(f"http://evil.example/{text}")):
        assert RULE.fullmatch(rule), rule


@contextmanager
def _sensor(rows: list[Entry], work: Path) -> Iterator[tuple[list[str | Path], Path]]:
    if _suricata.version() is None:
        pytest.skip("Suricata is not installed (package suricata)")
    rules = work / "vigie.rules"
    rules.write_text("".join(suricata_rules.render(rows)))
    yield [*_suricata.command(rules, work), "-l", work], work / "traffic.pcap"


@pytest.mark.whole
@pytest.mark.parametrize(
    ("name", "is_listed"),
    [("evil.example", True), ("WWW.eVil.Example", True), ("notevil.example", False), ("example", False)],
)
def test_a_name_below_a_listed_one_is_found_in_questions_and_in_tls(
    name: str, is_listed: bool, tmp_path: Path
) -> None:
    with _sensor([_entry(ObservableType.DOMAIN, "evil.example")], tmp_path) as (command, capture):
        _traffic.write(capture, [_traffic.question(20_000, name), *_traffic.hello(20_001, name)])
        run([*command, "-r", capture, "--runmode", "single"])
    found = {event["app_proto"] for event in _suricata.alerts(tmp_path)}
    assert found == ({"dns", "tls"} if is_listed else set())


@pytest.mark.whole
def test_the_longest_urls_fit_into_a_rule(tmp_path: Path) -> None:
    values = ["http://evil.example/" + (sign * 2_000)[:1_980] for sign in ("a", ";", "a;")]
    rows = [_entry(ObservableType.URL, value) for value in values]
    with _sensor(rows, tmp_path) as (command, capture):
        paths = [value.removeprefix("http://evil.example") for value in values]
        packets = (_traffic.request(20_000 + n, "evil.example", path, b"x") for n, path in enumerate(paths))
        _traffic.write(capture, chain.from_iterable(packets))
        run([*command, "-T"], refuse=("Error", "rules failed"))
        run([*command, "-r", capture, "--runmode", "single"])
    assert len(_suricata.alerts(tmp_path)) == len(values)
