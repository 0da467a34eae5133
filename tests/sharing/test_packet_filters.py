"""The files of nftables and ipset: each release is loaded over the last one, whatever their sizes."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records import Entry, Marking, Observable, ObservableType, PublishError
from sharing.formats import format_named, ipset, nftables, text_of
from tests.tools import tool_named
from tests.tools._packets import inside, namespace
from tests.tools._running import found

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
LOADING = {
    "ipset": lambda path: [found("ipset") or "ipset", "restore", "-file", path],
    "nftables": lambda path: [found("nft") or "nft", "-f", path],
}


def _entries(count: int) -> list[Entry]:
    """Return addresses of which no two are neighbours."""
    return [
        Entry(
            observable=Observable(
                ObservableType.IPV4, f"45.{77 + (number >> 15)}.{number >> 7 & 255}.{number << 1 & 255}"
            ),
            marking=Marking(),
            confidence=80,
            sources=("cell",),
            valid_from=AT,
            listed_at=AT,
            changed_at=AT,
        )
        for number in range(count)
    ]


def _text(form: str, count: int) -> str:
    (file,) = format_named(form).files
    return "".join(text_of(format_named(form), file, _entries(count), AT))


@pytest.mark.parametrize("form", LOADING)
@pytest.mark.parametrize("count", [0, 1, 1_201])
def test_every_element_is_read_back(form: str, count: int) -> None:
    assert format_named(form).count(_text(form, count).splitlines(keepends=True)) == count


@pytest.mark.parametrize(
    "count, line",
    [
        (ipset.count, "add vigie4-new evil.example\n"),
        (nftables.count, "add element inet vigie ipv4 { evil }\n"),
    ],
)
def test_an_element_that_would_be_looked_up_is_refused(count: Callable[..., int], line: str) -> None:
    with pytest.raises(PublishError, match="evil"):
        count(["# entries: 1\n", line])


def test_the_bound_of_the_sets_does_not_follow_the_entries() -> None:
    created = [
        {line for line in _text("ipset", count).splitlines() if line.startswith("create ")}
        for count in (0, 40_000)
    ]
    assert created[0] == created[1]


@pytest.mark.whole
@pytest.mark.xdist_group("tools")
@pytest.mark.parametrize("form", LOADING)
def test_a_longer_and_a_shorter_list_replace_the_last_one(form: str, tmp_path: Path) -> None:
    tool = tool_named(form)
    if tool.version() is None:
        pytest.skip(
            f"{tool.NAME} is not installed, or this machine makes no networks (package {tool.PACKAGE})"
        )
    with namespace() as name:
        for count in (2, 40_000, 0, 1):
            path = tmp_path / str(count)
            path.write_text(_text(form, count))
            inside(name, LOADING[form](str(path)))
