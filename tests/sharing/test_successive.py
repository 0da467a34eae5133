"""One release after another: what is copied, what leaves and how it is told, what can be made again."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from records import (
    TLP,
    Edition,
    ListedIndicator,
    Marking,
    Observable,
    ObservableType,
    PublishError,
    WithdrawalReason,
)
from sharing import ledger, pieces
from sharing.filling import fill
from sharing.formats import format_named, formats
from sharing.formats.ndjson import entry_of
from sharing.interlock import Bounds, HeldError
from sharing.manifest import digest_of
from sharing.profiles import Profile
from sharing.rebuilding import rebuilt
from sharing.release import Release, Terms, release

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KINDS = (ObservableType.DOMAIN, ObservableType.IPV4, ObservableType.SHA256, ObservableType.URL)
PROFILES = (Profile(), Profile(name="pare-feu", formats=("edl", "stix21"), most=40, min_confidence=20))


def _value(kind: ObservableType, number: int) -> str:
    if kind is ObservableType.DOMAIN:
        return f"n{number}.malware-drop.xyz"
    if kind is ObservableType.IPV4:
        return f"45.77.{number >> 8}.{number & 255}"
    return (
        f"{number:064x}" if kind is ObservableType.SHA256 else f"https://n{number}.malware-drop.xyz/{number}"
    )


def _rows(count: int) -> list[ListedIndicator]:
    rows = [
        ListedIndicator(
            observable=Observable(kind, _value(kind, number)),
            marking=Marking(),
            confidence=number % 101,
            sources=("cell",) if number % 3 else ("cell", "feodo"),
            labels=("Lockbit",),
            health=number % 7 == 0,
            valid_from=AT - HOUR,
            last_seen_at=AT - timedelta(minutes=number),
        )
        for kind in KINDS
        for number in range(count)
    ]
    return sorted(rows, key=lambda row: row.observable)


def _release(rows: list[ListedIndicator], at: datetime, place: Path, **terms: object) -> Release:
    edition = Edition(
        made_at=at,
        audience=TLP.CLEAR,
        stories=(),
        vulnerabilities={},
        indicators=tuple(rows),
        sources=(),
    )
    chosen: dict[str, object] = {"profiles": PROFILES, "ledger": place / "ledger"} | terms
    return release(edition, place / "lists", terms=Terms(**chosen))  # type: ignore[arg-type]


def _changed(rows: list[ListedIndicator], seed: int) -> list[ListedIndicator]:
    """Change, take and add some."""
    chance = random.Random(seed)
    kept = [replace(row, confidence=chance.randrange(101)) if chance.random() < 0.03 else row for row in rows]
    kept = [row for row in kept if chance.random() > 0.02]
    added = [
        replace(row, observable=Observable(ObservableType.DOMAIN, f"new{seed}-{n}.malware-drop.xyz"))
        for n, row in enumerate(kept[:9])
    ]
    return sorted(kept + added, key=lambda row: row.observable)


def _contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_what_is_copied_is_what_would_be_written_anew(tmp_path: Path) -> None:
    rows = _rows(600)
    for step in range(4):
        made = _release(rows, AT + step * HOUR, tmp_path)
        state = ledger.state_of(tmp_path / "ledger")
        assert state is not None
        anew = tmp_path / f"anew-{step}"
        anew.mkdir()
        for one in fill(anew, state, PROFILES, AT + step * HOUR):
            published = next(file for file in made.files if file.name == one.file.name)
            is_index = (
                one.file.name == format_named(one.file.format).index_name
            )  # tells when the others changed
            if published.made_at == one.file.made_at and not is_index:
                assert digest_of(anew / one.file.name) == published.sha256, one.file.name
            assert published.entries == one.file.entries
        rows = _changed(rows, step)


def test_a_change_of_some_leaves_most_of_the_text_as_it_was(tmp_path: Path) -> None:
    rows = _rows(1_500)
    _release(rows, AT, tmp_path)
    before = pieces.remembered(tmp_path / "lists")
    _release([replace(rows[0], confidence=3), *rows[1:]], AT + HOUR, tmp_path)
    after = pieces.remembered(tmp_path / "lists")
    assert before is not None
    assert after is not None
    old, new = (last.written["indicators.csv"].pieces for last in (before, after))
    assert len(new) > 20
    assert len({piece.key for piece in new} - {piece.key for piece in old}) == 1


def test_a_delta_makes_the_new_list_of_the_old_byte_for_byte(tmp_path: Path) -> None:
    rows = _rows(200)
    _release(rows, AT, tmp_path)
    old = (tmp_path / "lists" / "indicators.ndjson").read_bytes().splitlines(keepends=True)
    made = _release(_changed(rows, 1), AT + HOUR, tmp_path)
    assert set(made.changes) == {"added", "changed", "removed"}
    lines = {(entry_of(line).observable): line for line in old}
    for change in (tmp_path / "lists" / "deltas" / "00000002.ndjson").read_bytes().splitlines(keepends=True):
        line = b"{" + change.partition(b",")[2]
        entry = entry_of(line)
        if json.loads(change)["change"] == "removed":
            del lines[entry.observable]
            assert entry.withdrawal is not None
        else:
            lines[entry.observable] = line
    text = b"".join(lines[item] for item in sorted(lines))
    assert text == (tmp_path / "lists" / "indicators.ndjson").read_bytes()


def test_every_list_of_the_past_is_made_again_as_it_was(tmp_path: Path) -> None:
    rows, past = _rows(120), []
    for step in range(5):
        _release(rows, AT + step * HOUR, tmp_path)
        past.append(_contents(tmp_path / "lists"))
        rows = _changed(rows, step)
    names = [name for name in past[0] if not name.startswith(("deltas/", "manifest", "SHA256SUMS", "mini"))]
    chosen = {name for name in names if not name.startswith("misp/")} | {
        "misp/manifest.json",
        "misp/hashes.csv",
    }
    for step, contents in enumerate(past):
        for name in sorted(chosen):
            assert rebuilt(tmp_path / "ledger", name, AT + step * HOUR + HOUR / 2) == contents[name], name
    with pytest.raises(PublishError, match="knows no release at"):
        rebuilt(tmp_path / "ledger", "domains.txt", AT - HOUR)
    with pytest.raises(PublishError, match="has no list 'nothing"):
        rebuilt(tmp_path / "ledger", "nothing.txt", AT)


@pytest.mark.parametrize("reason", WithdrawalReason)
def test_what_leaves_is_in_no_list_and_its_reason_is_told(tmp_path: Path, reason: WithdrawalReason) -> None:
    rows = _rows(30)
    _release(rows, AT, tmp_path)
    left = [row for row in rows if row.observable.value in {"n7.malware-drop.xyz", "45.77.0.7", f"{8:064x}"}]
    stay = [row for row in rows if row not in left]
    made = _release(stay, AT + HOUR, tmp_path, gone=lambda _: reason)
    assert made.changes == {"removed": 3}
    contents = _contents(tmp_path / "lists")
    for name in formats():
        form = format_named(name)
        if not form.withdraws:
            for file in form.files:
                for row in left:
                    assert f"{row.observable.value}\n".encode() not in contents[file], file
    delta = [json.loads(line) for line in contents["deltas/00000002.ndjson"].splitlines()]
    assert [one["withdrawn"]["reason"] for one in delta] == [reason.value] * 3
    objects = json.loads(contents["indicators.stix.json"])["objects"]
    revoked = [one for one in objects if one.get("revoked")]
    assert sorted(one["name"] for one in revoked) == sorted(row.observable.value for row in left)
    assert all(f"withdrawn:{reason.value}" in one["labels"] for one in revoked)
    events = [
        json.loads(text) for name, text in contents.items() if name.startswith("misp/") and len(name) == 46
    ]
    attributes = [one for event in events for one in event["Event"]["Attribute"]]
    deleted = {one["value"] for one in attributes if one.get("deleted")}
    assert deleted == {row.observable.value for row in left}


def test_a_withdrawal_is_remembered_for_thirty_days_and_the_value_may_come_back(tmp_path: Path) -> None:
    rows = _rows(20)
    _release(rows, AT, tmp_path)
    _release(rows[1:], AT + HOUR, tmp_path)

    def revoked() -> int:
        objects = json.loads((tmp_path / "lists" / "indicators.stix.json").read_text())["objects"]
        return sum(1 for one in objects if one.get("revoked"))

    assert revoked() == 1
    _release(rows[1:], AT + timedelta(days=29), tmp_path)
    assert revoked() == 1
    _release(rows, AT + timedelta(days=29, hours=2), tmp_path)
    assert revoked() == 0
    _release(rows[1:], AT + timedelta(days=30), tmp_path)
    _release(rows[1:], AT + timedelta(days=61), tmp_path)
    assert revoked() == 0
    assert ledger.verify(tmp_path / "ledger") == []


def test_nothing_new_is_no_new_release(tmp_path: Path) -> None:
    rows = _rows(20)
    first = _release(rows, AT, tmp_path)
    again = _release(rows, AT + HOUR, tmp_path)
    assert (first.number, again.number) == (1, 1)
    assert json.loads((tmp_path / "lists" / "manifest.json").read_text())["made_at"] == "2026-05-01T09:00:00Z"


def test_a_profile_holds_the_best_that_pass(tmp_path: Path) -> None:
    rows = _rows(90)
    _release(rows, AT, tmp_path)
    held = (tmp_path / "lists" / "pare-feu" / "domains.txt").read_text().splitlines()
    best = sorted(
        (row for row in rows if row.observable.type is ObservableType.DOMAIN),
        key=lambda row: (row.confidence, row.health, row.last_seen_at, len(row.sources)),
    )[-40:]
    assert set(held) == {row.observable.value for row in best}
    assert held == sorted(held)


def test_lists_that_shrink_for_no_reason_stop_and_a_human_lets_them_pass(tmp_path: Path) -> None:
    rows = _rows(100)
    _release(rows, AT, tmp_path)
    before = _contents(tmp_path / "lists")
    with pytest.raises(HeldError, match="shrink from 400 to 200") as raised:
        _release(rows[:200], AT + HOUR, tmp_path)
    assert _contents(tmp_path / "lists") == before
    approved = frozenset(breach.key for breach in raised.value.verdict.stops)
    approval = {"by": "analyst", "reason": "source closed"}
    made = _release(rows[:200], AT + HOUR, tmp_path, approved=approved, approval=approval)
    assert made.entries == 200
    noted = ledger.last(tmp_path / "ledger")
    assert noted is not None
    assert noted.approval == approval


def test_what_expires_leaves_however_much_it_is(tmp_path: Path) -> None:
    rows = _rows(100)
    _release(rows, AT, tmp_path)
    made = _release(rows[:10], AT + HOUR, tmp_path, gone=lambda _: WithdrawalReason.EXPIRED)
    assert made.entries == 10


def test_a_crash_after_the_log_is_written_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _rows(60)
    _release(rows, AT, tmp_path)

    def torn(*_: object) -> None:
        raise OSError("killed")

    monkeypatch.setattr("sharing.release.swap_in", torn)
    with pytest.raises(PublishError):
        _release(_changed(rows, 1), AT + HOUR, tmp_path)
    monkeypatch.undo()
    for state in (tmp_path / "ledger").glob("entries-*"):
        state.unlink()
    rows = _changed(_changed(rows, 1), 2)
    made = _release(rows, AT + 2 * HOUR, tmp_path, bounds=Bounds(floor=1_000))
    assert made.number == 3
    assert made.entries == len(rows)
    assert ledger.verify(tmp_path / "ledger") == []
    manifest = json.loads((tmp_path / "lists" / "manifest.json").read_text())
    assert [one["number"] for one in manifest["deltas"]] == [3]


def test_a_damaged_ledger_is_told(tmp_path: Path) -> None:
    rows = _rows(30)
    for step in range(3):
        _release(rows, AT + step * HOUR, tmp_path)
        rows = _changed(rows, step)
    path = tmp_path / "ledger" / "00000002.ndjson.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert any("damaged here" in fault for fault in ledger.verify(tmp_path / "ledger"))
    path.unlink()
    assert any("are missing" in fault for fault in ledger.verify(tmp_path / "ledger"))
