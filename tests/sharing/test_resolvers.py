"""The lists of names for resolvers without policies: their lines, and how far each reaches in its resolver."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from records import Entry, Marking, Observable, ObservableType
from sharing.formats import bind_zones, format_named, text_of
from sharing.formats.rpz import is_name
from tests.sharing.test_formats import ANYTHING, hostile_rows
from tests.tools import tool_named

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
LINES = {
    "bind_zones": 'zone "{}" {{ type primary; file "vigie-empty.zone"; }};\n',
    "dnsmasq": "address=/{}/\n",
    "hosts": "0.0.0.0 {0}\n:: {0}\n",
    "unbound": 'local-zone: "{}." always_nxdomain\n',
}
FILES = {name: next(file for file, kinds in format_named(name).files.items() if kinds) for name in LINES}
UNUSUAL = (
    "0123.example",
    "1.2.3.a1",
    "_dmarc.evil.example",
    "a.b",
    "ab--cd.example",
    "xn--bcher-kva.example",
    ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61]),
)
NO_NAMES = (
    "",
    "#",
    "*",
    "*.example",
    ".",
    "@",
    "$INCLUDE",
    "1.2.3.4",
    "::1",
    "EVIL.example",
    "a..b",
    "a.example.",
    "-a.example",
    "a-.example",
    "a/example",
    'a"b.example',
    "a;b.example",
    "a\nb.example",
    "a.example\n",
    "é.example",
    "localhost",
    f"{'a' * 64}.example",
    ".".join(["a" * 63] * 4),
)


def _named(*names: str) -> list[Entry]:
    return [
        Entry(
            observable=Observable(ObservableType.DOMAIN, name),
            marking=Marking(),
            confidence=80,
            sources=("cell",),
            valid_from=AT,
            listed_at=AT,
            changed_at=AT,
        )
        for name in names
    ]


def _text(form: str, rows: Iterable[Entry]) -> str:
    return "".join(format_named(form).render(iter(rows), FILES[form]))


@pytest.mark.parametrize("form", LINES)
@pytest.mark.parametrize("name", UNUSUAL)
def test_an_unusual_name_has_its_line(form: str, name: str) -> None:
    assert _text(form, _named(name)) == LINES[form].format(name)


@pytest.mark.parametrize("form", LINES)
@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_left_out_beside_a_good_one(form: str, name: str) -> None:
    assert _text(form, _named(name, "evil.example")) == LINES[form].format("evil.example")


@pytest.mark.parametrize("form", LINES)
@ANYTHING
@given(rows=hostile_rows)
def test_every_line_says_one_name(form: str, rows: list[Entry]) -> None:
    carried = [row for row in rows if format_named(form).carries(row, FILES[form])]
    names = [row.observable.value for row in carried if row.observable.type is ObservableType.DOMAIN]
    assert all(is_name(name) for name in names)
    mine = (row for row in rows if row.observable.type is ObservableType.DOMAIN)
    assert _text(form, mine) == "".join(LINES[form].format(name) for name in names)


def test_the_empty_zone_is_complete_without_entries() -> None:
    text = "".join(text_of(format_named("bind_zones"), f"bind/{bind_zones.EMPTY}", (), AT))
    assert [line.split()[:2] for line in text.splitlines()] == [["$TTL", "300"], ["@", "SOA"], ["@", "NS"]]


@pytest.mark.whole
@pytest.mark.xdist_group("tools")
@pytest.mark.parametrize("form", LINES)
def test_a_resolver_stops_what_lies_below_a_listed_name_where_it_can(form: str, tmp_path: Path) -> None:
    tool = tool_named(form)
    if tool.version() is None:
        pytest.skip(f"{tool.NAME} is not installed (package {tool.PACKAGE})")
    for name in format_named(form).files:
        path = tmp_path / "lists" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = _named(*NO_NAMES, *UNUSUAL) if name == FILES[form] else []
        path.write_text("".join(text_of(format_named(form), name, rows, AT)), "utf-8")
    (tmp_path / "work").mkdir()
    listed, below, passing = (
        [row.observable for row in _named(*names)]
        for names in (UNUSUAL, ("www.ab--cd.example", "x.y.a.b"), ("evil.example", "xab--cd.example", "b.c"))
    )
    with tool.loaded(tmp_path / "lists", tmp_path / "work") as stopped:
        wanted = listed if form == "hosts" else [*listed, *below]
        assert stopped([*listed, *below, *passing]) == frozenset(wanted)
