"""Every list, in the real program: what is listed is stopped, what is not passes, and what left passes again."""

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records import TLP, ListedIndicator, Marking, Observable, ObservableType
from sharing.exporting import export
from sharing.profiles import Profile
from sharing.shield import load_shield
from tests.tools import Tool, tool_named, tools
from tests.tools._files import hashed

pytestmark = [pytest.mark.whole, pytest.mark.xdist_group("tools")]
MADE_AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
HASHES = frozenset({ObservableType.MD5, ObservableType.SHA1, ObservableType.SHA256})
DOMAINS = (
    "listed-1.malware-drop.xyz",
    "_under.listed-2.malware-drop.xyz",
    "a.listed-3.malware-drop.xyz",
    "listed-3.malware-drop.xyz",
    "xn--bcher-kva.malware-drop.xyz",
    "0123.malware-drop.xyz",
)
ADDRESSES = ("45.77.1.2", "45.77.1.3", "45.77.1.9")
SIX = ("2a0e:97c0:1::7", "2a0e:97c0:1:0:0:1:0:7", "2a0e:97c0::")
URLS = (
    "http://url-1.malware-drop.xyz/a/b.exe",
    "http://url-2.malware-drop.xyz/it's?q=(1)&x=[2]",
    "http://45.77.3.4/x$(reboot)`id`;drop",
)


def _rows(kind: ObservableType, values: Iterable[str]) -> list[ListedIndicator]:
    return [
        ListedIndicator(
            observable=Observable(kind, value),
            marking=Marking(),
            confidence=80,
            sources=("cell",),
            labels=('"; #',),
            valid_from=MADE_AT,
        )
        for value in values
    ]


def _listed() -> list[ListedIndicator]:
    rows = _rows(ObservableType.DOMAIN, DOMAINS) + _rows(ObservableType.URL, URLS)
    rows += _rows(ObservableType.IPV4, ADDRESSES) + _rows(
        ObservableType.IPV4_NET, ["45.78.0.0/20", "45.77.1.8/30"]
    )
    rows += _rows(ObservableType.IPV6, (str(ipaddress.ip_address(text)) for text in SIX))
    rows += _rows(ObservableType.IPV6_NET, ["2a0e:97c1::/48"])
    rows += _rows(ObservableType.EMAIL, ["facture@malware-drop.xyz"])
    for place, kind in enumerate(sorted(HASHES)):
        rows += _rows(kind, [hashed(kind, 4 * place + number).value for number in range(4)])
    return sorted(rows, key=lambda row: row.observable)


def _hostile() -> list[ListedIndicator]:
    """Rows that must cost none of their neighbours."""
    texts = ('evil.example"; };', "evil.example\n0.0.0.0/0", "a b.example", "EVIL.Example.", "#", "")
    rows = [row for text in texts for row in _rows(ObservableType.DOMAIN, [text])]
    rows += _rows(ObservableType.IPV4, ["010.0.0.1", "0.0.0.0", "8.8.8.8", "45.77.1.300"])
    rows += _rows(ObservableType.IPV4_NET, ["45.77.1.7/24", "0.0.0.0/0", "10.0.0.0/8"])
    rows += _rows(ObservableType.MD5, ["44d8", "Z" * 32])
    rows += _rows(
        ObservableType.URL, ['http://q.malware-drop.xyz/";)alert', "http://l.malware-drop.xyz/" + "a" * 7_900]
    )
    return rows


def _written(rows: list[ListedIndicator], out: Path, tool: Tool) -> Path:
    profile = Profile(formats=(tool.FORMAT,))
    rows = sorted(rows, key=lambda row: row.observable)
    export(rows, out, profile, made_at=MADE_AT, audience=TLP.CLEAR, shield=load_shield())
    return out


def _never_listed(tool: Tool) -> list[Observable]:
    found = [
        Observable(ObservableType.DOMAIN, "notlisted.malware-drop.org"),
        Observable(ObservableType.DOMAIN, "xlisted-1.malware-drop.xyz"),
        Observable(ObservableType.IPV4, "45.77.1.4"),
        Observable(ObservableType.IPV4_NET, "45.78.16.1/32"),
        Observable(ObservableType.IPV6, "2a0e:97c0:1::8"),
        Observable(ObservableType.URL, "http://url-1.malware-drop.xyz/a/c.exe"),
        *(hashed(kind, 20) for kind in HASHES),
    ]
    return [item for item in found if item.type in tool.TYPES and item.type is not ObservableType.IPV4_NET]


@pytest.fixture(params=tools())
def tool(request: pytest.FixtureRequest) -> Tool:
    module = tool_named(request.param)
    if module.version() is None:
        pytest.skip(f"{module.NAME} is not installed (package {module.PACKAGE})")
    return module


def test_what_is_listed_is_stopped_and_nothing_else(tool: Tool, tmp_path: Path) -> None:
    rows = _listed()
    lists = _written(rows + _hostile(), tmp_path / "lists", tool)
    asked = [row.observable for row in rows if row.observable.type in tool.TYPES]
    wanted = [item for item in asked if _is_carried(tool, item)]
    (tmp_path / "work").mkdir()
    with tool.loaded(lists, tmp_path / "work") as stopped:
        assert wanted
        assert stopped(wanted) == frozenset(wanted)
        assert stopped(_never_listed(tool)) == frozenset()


def test_what_left_passes_again(tool: Tool, tmp_path: Path) -> None:
    rows = [row for row in _listed() if row.observable.type in tool.TYPES]
    left = next(row for row in rows if _is_carried(tool, row.observable) and _is_alone(row.observable))
    lists = _written([row for row in rows if row is not left], tmp_path / "lists", tool)
    (tmp_path / "work").mkdir()
    with tool.loaded(lists, tmp_path / "work") as stopped:
        assert stopped([left.observable]) == frozenset()


def test_an_empty_list_is_loaded_and_stops_nothing(tool: Tool, tmp_path: Path) -> None:
    lists = _written([], tmp_path / "lists", tool)
    (tmp_path / "work").mkdir()
    with tool.loaded(lists, tmp_path / "work") as stopped:
        assert stopped(_never_listed(tool)) == frozenset()


def _is_alone(item: Observable) -> bool:
    """Whether no other entry of the sample covers an item."""
    return item.value != "a.listed-3.malware-drop.xyz" and item.value != "45.77.1.9"


def _is_carried(tool: Tool, item: Observable) -> bool:
    """Whether one of the files that a tool is fed with can say an item."""
    from sharing.comparing import entry_from
    from sharing.formats import format_named

    form = format_named(tool.FORMAT)
    (row,) = _rows(item.type, [item.value])
    entry = entry_from(row, MADE_AT)
    return any(item.type in form.files[name] and form.carries(entry, name) for name in tool.FILES)
