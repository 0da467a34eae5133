"""YARA rules of hashes: their text, and that a bound list of the worst kind still compiles."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from records import Entry, Marking, Observable, ObservableType
from sharing.formats import yara
from tests.sharing.test_formats import ANYTHING, hostile_rows
from tests.tools._running import found, run

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


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


TEST = r'hash\.(?:md5|sha1|sha256)\(0, filesize\) == "[0-9a-f]+"'
RULE = re.compile(
    rf"rule vigie_(?:md5|sha1|sha256)_[0-9a-f]{{2}}\n\{{\n  condition:\n    {TEST}(?: or\n    {TEST})*\n\}}\n"
)


def _text(rows: Iterable[Entry]) -> str:
    return "".join(yara.render(row for row in rows if row.observable.type in yara.FILES["yara/vigie.yar"]))


def test_hashes_that_begin_alike_share_a_rule() -> None:
    rows = [_entry(ObservableType.MD5, start + "0" * 30) for start in ("aa", "ab")]
    rows.insert(1, _entry(ObservableType.MD5, "aa" + "1" * 30))
    assert re.findall(r"^rule (\w+)$", _text(rows), re.MULTILINE) == ["vigie_md5_aa", "vigie_md5_ab"]
    assert yara.count(_text(rows).splitlines(keepends=True)) == 3


@ANYTHING
@given(rows=hostile_rows)
def test_no_value_breaks_out_of_its_rule(rows: list[Entry]) -> None:
    assert RULE.sub("", _text(rows)) == 'import "hash"\n'


@pytest.mark.whole
def test_as_many_hashes_as_allowed_compile_even_if_all_begin_alike(tmp_path: Path) -> None:
    program = found("yarac")
    if program is None:
        pytest.skip("YARA is not installed (package yara)")
    rows = (_entry(ObservableType.SHA256, f"{number:064x}") for number in range(yara.MOST))
    (tmp_path / "vigie.yar").write_text(_text(rows))
    run([program, tmp_path / "vigie.yar", tmp_path / "out"], refuse=("warning", "error"))
