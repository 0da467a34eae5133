"""The response policy zone: what it says, what it refuses to say, and how far its triggers reach in resolvers."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given

from records import Entry, Marking, Observable, ObservableType
from sharing.formats import format_named, rpz, text_of
from tests.sharing.test_formats import ANYTHING, hostile_rows
from tests.tools import Tool, tool_named

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
FILE = "rpz/vigie.rpz"
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
LINE = re.compile(rf"(?:\*\.)?(?:{LABEL}\.)+{LABEL} CNAME \.", re.ASCII)
LONGEST = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 25])


def _entry(kind: ObservableType, value: str) -> Entry:
    return Entry(
        observable=Observable(kind, value),
        marking=Marking(),
        confidence=80,
        sources=("cell",),
        valid_from=AT,
        listed_at=AT,
        changed_at=AT,
    )


def _named(*names: str) -> list[Entry]:
    return [_entry(ObservableType.DOMAIN, name) for name in names]


def _body(rows: Iterable[Entry]) -> list[str]:
    return "".join(rpz.render(iter(rows), FILE)).splitlines()


def test_a_name_is_there_with_all_below_it() -> None:
    assert _body(_named("evil.example")) == ["evil.example CNAME .", "*.evil.example CNAME ."]


@pytest.mark.parametrize(
    ("kind", "value", "owner"),
    [
        (ObservableType.IPV4, "192.0.2.7", "32.7.2.0.192.rpz-ip"),
        (ObservableType.IPV4_NET, "198.51.100.0/24", "24.0.100.51.198.rpz-ip"),
        (ObservableType.IPV6, "2001:db8::7", "128.7.zz.db8.2001.rpz-ip"),
        (ObservableType.IPV6, "2001:db8:0:1:0:1:0:1", "128.1.0.1.0.1.0.db8.2001.rpz-ip"),
        (ObservableType.IPV6, "2001:db8::", "128.zz.db8.2001.rpz-ip"),
        (ObservableType.IPV6, "::7", "128.7.zz.rpz-ip"),
        (ObservableType.IPV6_NET, "2001:db8:7::/48", "48.zz.7.db8.2001.rpz-ip"),
    ],
)
def test_an_address_is_a_trigger_on_answers(kind: ObservableType, value: str, owner: str) -> None:
    assert _body([_entry(kind, value)]) == [f"{owner} CNAME ."]


@pytest.mark.parametrize(
    "name",
    [
        "1.0.0.0.0.rpz-ip",
        "1.0.0.0.0.rpz-client-ip",
        "32.7.2.0.192.rpz-nsip",
        "ns.evil.example.rpz-nsdname",
    ],
)
def test_a_name_that_would_be_a_trigger_is_left_out(name: str) -> None:
    assert _body(_named("good.example", name)) == _body(_named("good.example"))


def test_a_name_below_a_label_like_a_trigger_stays() -> None:
    assert len(_body(_named("rpz-ip.evil.example"))) == 2


def test_a_name_too_long_to_stand_below_the_zone_is_left_out() -> None:
    assert len(LONGEST) == 217
    assert len(_body(_named(LONGEST, f"e{LONGEST}"))) == 2


@pytest.mark.parametrize(
    "value", ["fe80::1%eth0", "::ffff:192.0.2.7", "2001:DB8::7", "192.0.2.0/255.255.255.0"]
)
def test_an_address_in_another_writing_is_left_out(value: str) -> None:
    assert _body([_entry(ObservableType.IPV6, value)]) == []


@ANYTHING
@given(rows=hostile_rows)
def test_every_line_is_one_trigger(rows: list[Entry]) -> None:
    lines = _body(row for row in rows if row.observable.type in rpz.FILES[FILE])
    assert [line for line in lines if not LINE.fullmatch(line)] == []


def test_the_serial_only_rises_and_fits_its_32_bits() -> None:
    def serial(at: datetime) -> int:
        return int(rpz.head(FILE, at).split("hostmaster.localhost. ")[1].split()[0])

    assert serial(AT) < serial(AT + timedelta(seconds=1)) < serial(AT + timedelta(days=20 * 365)) < 2**32


@pytest.fixture(params=["bind", "knot", "powerdns", "unbound_rpz"])
def tool(request: pytest.FixtureRequest) -> Tool:
    module = tool_named(request.param)
    if module.version() is None:
        pytest.skip(f"{module.NAME} is not installed (package {module.PACKAGE})")
    return module


@pytest.mark.whole
@pytest.mark.xdist_group("tools")
def test_what_lies_below_a_listed_name_and_within_a_listed_network_is_stopped(
    tool: Tool, tmp_path: Path
) -> None:
    rows = _named("_dmarc.evil.example", "evil-2.example", LONGEST, "1.0.0.0.128.rpz-ip")
    rows.append(_entry(ObservableType.IPV4_NET, "198.18.4.0/22"))
    rows.append(_entry(ObservableType.IPV6_NET, "2001:db8:7::/48"))
    listed = [
        Observable(ObservableType.DOMAIN, "evil-2.example"),
        Observable(ObservableType.DOMAIN, "a.b.evil-2.example"),
        Observable(ObservableType.DOMAIN, f"x.{LONGEST}"),
        Observable(ObservableType.IPV4, "198.18.7.255"),
        Observable(ObservableType.IPV6, "2001:db8:7:ffff::1"),
    ]
    passing = [
        Observable(ObservableType.DOMAIN, "evil.example"),
        Observable(ObservableType.DOMAIN, "notevil-2.example"),
        Observable(ObservableType.IPV4, "198.18.8.0"),
        Observable(ObservableType.IPV6, "2001:db8:8::1"),
    ]
    (tmp_path / "lists" / "rpz").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    text = "".join(text_of(format_named("rpz"), FILE, rows, AT))
    (tmp_path / "lists" / FILE).write_text(text, "utf-8")
    with tool.loaded(tmp_path / "lists", tmp_path / "work") as stopped:
        wanted = frozenset(item for item in listed if item.type in tool.TYPES)
        assert stopped([*listed, *passing]) == wanted
