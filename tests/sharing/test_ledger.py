"""The ledger: no release is lost, doubled or altered unseen, and every one can be made again."""

import gzip
import os
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from records import (
    TLP,
    Entry,
    ListedIndicator,
    Marking,
    Observable,
    ObservableType,
    PublishError,
    WithdrawalReason,
)
from sharing import ledger
from sharing.comparing import compared
from sharing.drafting import change_line
from sharing.formats import ListedFile
from sharing.formats.ndjson import entry_of

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KILLED = 9
KINDS = (ObservableType.DOMAIN, ObservableType.IPV4, ObservableType.SHA256, ObservableType.URL)
FILE = ListedFile("domains.txt", "edl", "text/plain", "0" * 64, 12, 1, AT)


@dataclass(frozen=True)
class Step:
    """A release to note: its lines and what it changes."""

    number: int
    made_at: datetime
    lines: tuple[bytes, ...]
    changes: tuple[bytes, ...]

    @property
    def noted(self) -> ledger.Noted:
        entries = [entry_of(line) for line in self.lines]
        return ledger.Noted(
            number=self.number,
            made_at=self.made_at,
            audience=TLP.CLEAR,
            profiles=({"name": "pare-feu", "most": 40},),
            files=(FILE,),
            formats={"edl": 2},
            tally={"entries": len(entries)},
            approval={"by": "analyste", "reason": "Source vérifiée"},
            entries=sum(1 for one in entries if one.withdrawal is None),
            changes={"changed": len(self.changes)},
        )


def _row(kind: ObservableType, number: int, confidence: int) -> ListedIndicator:
    value = {
        ObservableType.DOMAIN: f"n{number}.example.org",
        ObservableType.IPV4: f"192.0.2.{number}",
        ObservableType.SHA256: f"{number:064x}",
        ObservableType.URL: f"https://exämple.org/{number}?a=b,c",
    }[kind]
    return ListedIndicator(
        observable=Observable(kind, value),
        marking=Marking(),
        confidence=confidence,
        sources=("cell",),
        labels=('"withdrawn":{', "Santé"),
        valid_from=AT,
    )


def _steps(count: int, *, apart: timedelta = HOUR, seed: int = 1, most: int = 12) -> Iterator[Step]:
    """Yield releases that add, change, take and bring back a third of a few values: two of them make a checkpoint."""
    chance, lines = random.Random(seed), tuple[bytes, ...]()
    for number in range(1, count + 1):
        kept = [kind for kind in KINDS for _ in range(most)]
        rows = [_row(kind, place % most, 2 + (chance.random() < 0.1)) for place, kind in enumerate(kept)]
        rows = sorted((row for row in rows if chance.random() < 0.9), key=lambda row: row.observable)
        made_at = AT + number * apart
        found = list(compared(rows, lines, made_at, lambda _: WithdrawalReason.REVOKED))
        lines = tuple(one.line for one in found)
        yield Step(number, made_at, lines, tuple(change_line(one) for one in found if one.kind))


def _append(folder: Path, step: Step) -> None:
    folder.mkdir(exist_ok=True)
    state = folder / "draft.ndjson"
    state.write_bytes(b"".join(step.lines))
    ledger.append(folder, step.noted, _told(step.changes), state)


def _told(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines, each of them a point at which a test may kill."""
    for line in lines:
        sys.audit("tests.line")
        yield line


def _filled(folder: Path, count: int, **how: int) -> list[Step]:
    steps = list(_steps(count, **how))  # type: ignore[arg-type]
    for step in steps:
        _append(folder, step)
    return steps


def _state(folder: Path) -> bytes:
    path = ledger.state_of(folder)
    assert path is not None
    return path.read_bytes()


def _checkpoints(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.entries.ndjson.gz"))


def test_an_empty_ledger_knows_nothing(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        assert ledger.last(folder) is None
        assert ledger.state_of(folder) is None
        assert list(ledger.releases(folder)) == []
        assert ledger.verify(folder) == []


def test_what_was_noted_is_read_again(tmp_path: Path) -> None:
    steps = _filled(tmp_path, 3)
    noted = ledger.last(tmp_path)
    assert noted is not None
    own = {"previous": "", "state": "", "since": 0}
    assert replace(noted, **own) == steps[-1].noted  # type: ignore[arg-type]
    assert [one.number for one in ledger.releases(tmp_path)] == [1, 2, 3]
    assert list(ledger.changes_of(tmp_path, 2)) == list(steps[1].changes)
    assert _state(tmp_path) == b"".join(steps[-1].lines)


def test_the_same_releases_give_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "other"):
        _filled(tmp_path / name, 6)
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "other")
    )
    assert one == other
    packed = [text for name, text in one.items() if name.endswith(".gz")]
    assert len(packed) > 6
    assert {text[4:8] for text in packed} == {bytes(4)}  # no time in them: RFC 1952 § 2.3


@pytest.mark.parametrize("seed", range(5))
def test_every_release_is_made_again(tmp_path: Path, seed: int) -> None:
    steps = _filled(tmp_path, 12, seed=seed)
    assert 1 < len(_checkpoints(tmp_path)) < 9
    for step in steps:
        assert tuple(ledger.lines_of(tmp_path, step.number)) == step.lines
    assert ledger.verify(tmp_path) == []


def test_every_release_is_made_again_without_checkpoints(tmp_path: Path) -> None:
    steps = _filled(tmp_path, 8)
    for path in _checkpoints(tmp_path):
        path.unlink()
    for step in steps:
        assert tuple(ledger.lines_of(tmp_path, step.number)) == step.lines


def test_a_withdrawal_that_is_forgotten_stays_so(tmp_path: Path) -> None:
    steps = list(_steps(6, apart=timedelta(days=31)))
    for step in steps:
        _append(tmp_path, step)
    for path in _checkpoints(tmp_path):
        path.unlink()
    for step in steps:
        assert tuple(ledger.lines_of(tmp_path, step.number)) == step.lines
    told = {line for step in steps[:-1] for line in step.lines if b'"withdrawn":{"at"' in line}
    assert told
    assert not told & set(steps[-1].lines)


def test_entries_of_a_release_are_sorted(tmp_path: Path) -> None:
    _filled(tmp_path, 2)
    entries: list[Entry] = list(ledger.entries_of(tmp_path, 2))
    assert [one.observable for one in entries] == sorted(one.observable for one in entries)
    assert entries


def test_the_release_of_an_instant_is_the_one_that_was_out(tmp_path: Path) -> None:
    _filled(tmp_path, 4)
    assert ledger.noted_at(tmp_path, AT + 2 * HOUR).number == 2
    assert ledger.noted_at(tmp_path, AT + 3 * HOUR - timedelta(seconds=1)).number == 2
    assert ledger.noted_at(tmp_path, AT + 900 * HOUR).number == 4
    with pytest.raises(PublishError, match="knows no release at 2026-05-01T08:00:00Z; ask for a later"):
        ledger.noted_at(tmp_path, AT)


def test_a_number_is_given_once(tmp_path: Path) -> None:
    steps = _filled(tmp_path, 2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(PublishError, match="the release 2 is noted already; run one at a time"):
        _append(tmp_path, replace(steps[0], number=2))
    (tmp_path / "draft.ndjson").unlink()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_changes_that_fail_on_the_way_note_nothing(tmp_path: Path) -> None:
    steps = list(_steps(2))
    _append(tmp_path, steps[0])

    def torn() -> Iterator[bytes]:
        yield steps[1].changes[0]
        raise OSError("disk full")

    (tmp_path / "draft.ndjson").write_bytes(b"".join(steps[1].lines))
    with pytest.raises(OSError, match="disk full"):
        ledger.append(tmp_path, steps[1].noted, torn(), tmp_path / "draft.ndjson")
    assert [one.number for one in ledger.releases(tmp_path)] == [1]
    assert _state(tmp_path) == b"".join(steps[0].lines)
    assert not list(tmp_path.glob("*.part"))


def _killed_at(folder: Path, step: Step, operation: int) -> bool:
    """Append in a process of its own that dies at an operation on a file, or at a line; say whether it died."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
    left = operation

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in {"tests.line", "open", "os.rename", "os.link", "os.remove", "os.scandir", "os.listdir"}:
            left -= 1
            if not left:
                os._exit(KILLED)

    try:
        sys.addaudithook(count)
        _append(folder, step)
        os._exit(0)
    finally:
        os._exit(1)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_kill_at_any_point_neither_loses_nor_doubles_a_release(tmp_path: Path, step: int) -> None:
    steps, operation, seen = list(_steps(4)), 0, set()
    while True:
        operation += 1
        folder = tmp_path / str(operation)
        for one in steps[:step]:
            _append(folder, one)
        died = _killed_at(folder, steps[step], operation)
        noted = ledger.last(folder)
        assert noted is not None
        assert ledger.verify(folder) == []
        assert _state(folder) == b"".join(steps[noted.number - 1].lines)
        seen.add(noted.number)
        if noted.number == step:
            _append(folder, steps[step])
        assert [one.number for one in ledger.releases(folder)] == list(range(1, step + 2))
        assert tuple(ledger.lines_of(folder, step + 1)) == steps[step].lines
        assert ledger.verify(folder) == []
        if not died:
            break
    assert seen == {step, step + 1}
    assert operation > 12 + len(steps[step].changes)


@pytest.mark.parametrize("text", [None, b"", b"torn"])
def test_a_state_that_was_lost_or_torn_is_made_again(tmp_path: Path, text: bytes | None) -> None:
    steps = _filled(tmp_path, 3)
    path = tmp_path / "entries-00000003.ndjson"
    if text is None:
        path.unlink()
    else:
        path.write_bytes(text)
    assert _state(tmp_path) == b"".join(steps[-1].lines)


def _altered(path: Path, old: bytes, new: bytes) -> None:
    """Write a packed file again as someone would who wants nobody to see it."""
    text = gzip.decompress(path.read_bytes())
    assert old in text
    path.write_bytes(gzip.compress(text.replace(old, new, 1), 3, mtime=0))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_altered_log_is_told(tmp_path: Path, number: int) -> None:
    _filled(tmp_path, 3)
    _altered(tmp_path / f"{number:08}.ndjson.gz", b'"confidence":2', b'"confidence":9')
    faults = ledger.verify(tmp_path)
    assert len(faults) == 1
    assert f"{min(number + 1, 3):08}.ndjson.gz" in faults[0]


@pytest.mark.parametrize("kept", [0, 5, 200, -20, -1])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_torn_log_is_told_by_its_name(tmp_path: Path, number: int, kept: int) -> None:
    _filled(tmp_path, 3)
    for path in _checkpoints(tmp_path):
        path.unlink()
    path = tmp_path / f"{number:08}.ndjson.gz"
    path.write_bytes(path.read_bytes()[:kept])
    words = f"{path.name}: the ledger is damaged here .*; bring this file back from your backup"
    with pytest.raises(PublishError, match=words):
        list(ledger.lines_of(tmp_path, 3))
    faults = ledger.verify(tmp_path)
    assert f"{path.name}: the ledger is damaged here" in faults[0]


@pytest.mark.parametrize("line", [b"[]\n", b"{}\n", b"nothing\n", b'{"change":"added","type":1}\n'])
def test_a_line_that_is_no_entry_is_told_by_its_file(tmp_path: Path, line: bytes) -> None:
    _filled(tmp_path, 1)
    path = tmp_path / "00000001.ndjson.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + line, 3, mtime=0))
    assert f"{path.name}: the ledger is damaged here (a line cannot be read" in ledger.verify(tmp_path)[0]


@pytest.mark.parametrize("header", [b"[]\n", b"{}\n", b"x\n", b'{"release":1}\n'])
def test_a_header_that_cannot_be_read_is_told_by_its_file(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "00000001.ndjson.gz").write_bytes(gzip.compress(header))
    with pytest.raises(PublishError, match=r"00000001.ndjson.gz: .*its header cannot be read"):
        ledger.last(tmp_path)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_missing_log_is_told(tmp_path: Path, number: int) -> None:
    _filled(tmp_path, 3)
    (tmp_path / f"{number:08}.ndjson.gz").unlink()
    assert f"the releases {number} to {number} are missing" in ledger.verify(tmp_path)[0]


def test_a_damaged_checkpoint_may_be_removed(tmp_path: Path) -> None:
    steps = _filled(tmp_path, 6)
    path = _checkpoints(tmp_path)[-1]
    whole = path.read_bytes()
    for text in (whole[:-9], gzip.compress(gzip.decompress(whole)[:-300])):
        path.write_bytes(text)
        faults = ledger.verify(tmp_path)
        assert [f"{path.name}: this checkpoint is damaged" in fault for fault in faults] == [True]
        assert faults[0].endswith("remove it: the logs say the same")
    path.unlink()
    assert ledger.verify(tmp_path) == []
    assert tuple(ledger.lines_of(tmp_path, 6)) == steps[-1].lines
