"""The lists of proxies: what one line of them says, and how far it reaches in the real program."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records import Entry, Marking, Observable, ObservableType, PublishError
from sharing.formats import format_named, squid, text_of
from tests.tools import tool_named

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def _entry(kind: ObservableType, value: str, confidence: int = 80) -> Entry:
    return Entry(
        observable=Observable(kind, value),
        marking=Marking(),
        confidence=confidence,
        sources=("cell",),
        valid_from=AT,
        listed_at=AT,
        changed_at=AT,
    )


def _names(*values: str) -> list[Entry]:
    return [_entry(ObservableType.DOMAIN, value) for value in sorted(values)]


def _urls(*values: str) -> list[Entry]:
    return [_entry(ObservableType.URL, value) for value in sorted(values)]


def _text(form: str, file: str, rows: Iterable[Entry]) -> str:
    return "".join(text_of(format_named(form), file, list(rows), AT))


def test_squid_gets_no_name_below_another() -> None:
    text = _text("squid", squid.DOMAINS, _names("b.a.example", "a.example", "ab.example", "c.b.a.example"))
    assert text == "# entries: 4\n.a.example\n.ab.example\n"
    assert squid.count(text.splitlines(keepends=True)) == 4


def test_squid_compares_urls_as_they_are_written() -> None:
    urls = ("http://a.example/x?(1)|[2]{3}", "http://a.example/\\", "http://a.example/$^.*+")
    text = _text("squid", squid.URLS, _urls(*urls))
    (line,) = text.splitlines()[1:]
    assert all(re.fullmatch(line, url) for url in urls)
    assert not re.fullmatch(line, "http://aXexample/\\")
    assert squid.count(text.splitlines(keepends=True)) == len(urls)


def test_long_urls_push_out_the_worst_ones() -> None:
    good = [_entry(ObservableType.URL, f"http://z{n}.example/" + "a" * 300, 90) for n in range(100)]
    poor = [_entry(ObservableType.URL, f"http://a{n}.example/" + "a" * 300, 10) for n in range(900)]
    rows = sorted(good + poor, key=lambda row: row.observable)
    text = _text("squid", squid.URLS, rows)
    lines = text.splitlines()[1:]
    assert len(lines) <= 100
    assert max(map(len, lines)) < 2_048  # Squid cuts what is longer
    assert all(re.search(re.escape(re.escape(row.observable.value)), text) for row in good)
    assert 100 < squid.count(text.splitlines(keepends=True)) < 1_000


@pytest.mark.parametrize("line", ["EVIL.example\n", "^http://a.example/$\n", "^(a|)$\n", "192.0.2.300\n"])
def test_a_line_that_squid_would_read_otherwise_is_refused(line: str) -> None:
    with pytest.raises(PublishError):
        squid.count(["# entries: 1\n", line])


@pytest.mark.parametrize("form", ["haproxy", "nginx", "squid"])
@pytest.mark.parametrize(
    "value", ["#", "a;b.example", "{", "\\", "..", ".a.example", '"', "-i", "$x.example"]
)
def test_what_is_no_name_is_left_out_of_names(form: str, value: str) -> None:
    format_ = format_named(form)
    file = next(name for name in format_.files if "domains" in name)
    assert not format_.carries(_entry(ObservableType.DOMAIN, value), file)


@pytest.mark.parametrize("form", ["crowdsec", "haproxy", "ipset", "nftables", "nginx", "squid"])
@pytest.mark.parametrize("value", ["198.51.100.7/24", "198.51.100.0/255.255.255.0", "0.0.0.0/0", "localhost"])
def test_what_is_no_network_is_left_out_of_addresses(form: str, value: str) -> None:
    format_ = format_named(form)
    file = next(name for name, kinds in format_.files.items() if ObservableType.IPV4_NET in kinds)
    assert not format_.carries(_entry(ObservableType.IPV4_NET, value), file)


def test_a_crowdsec_decision_has_the_columns_of_its_header() -> None:
    rows = [_entry(ObservableType.IPV4, "192.0.2.7"), _entry(ObservableType.IPV4_NET, "198.51.100.0/24")]
    header, *lines = _text("crowdsec", "crowdsec/decisions.csv", rows).splitlines()
    assert header.split(",") == ["duration", "scope", "value", "type", "reason"]
    assert lines == ["48h,ip,192.0.2.7,ban,vigie", "48h,range,198.51.100.0/24,ban,vigie"]


@pytest.mark.whole
@pytest.mark.xdist_group("tools")
@pytest.mark.parametrize("name", ["haproxy", "nginx", "squid"])
def test_a_listed_name_stops_all_below_it_and_none_beside_it(name: str, tmp_path: Path) -> None:
    tool = tool_named(name)
    if tool.version() is None:
        pytest.skip(f"{tool.NAME} is not installed (package {tool.PACKAGE})")
    form, rows = format_named(tool.FORMAT), _names("listed.example.org", "example.net")
    for file, kinds in form.files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(
            _text(tool.FORMAT, file, [r for r in rows if r.observable.type in kinds])
        )
    (tmp_path / "work").mkdir()
    below = _names("listed.example.org", "a.listed.example.org", "www.example.net", "a.b.c.d.www.example.net")
    beside = _names("example.org", "notlisted.example.org", "xexample.net", "example.net.evil.test")
    with tool.loaded(tmp_path, tmp_path / "work") as stopped:
        assert stopped(row.observable for row in below) == {row.observable for row in below}
        assert stopped(row.observable for row in beside) == frozenset()
