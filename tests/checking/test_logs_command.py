"""`vigie hunt` tells what it found to people, programs and, by its exit code, to scripts."""

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

import opening
from hunt_commands import hunt
from records import SettingsError

LINE = "2025-07-18T10:00:00Z client 10.0.0.7 query www.evil.example\n"


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    folder = tmp_path / "lists"
    folder.mkdir()
    for name in ("urls", "ipv4", "ipv6", "emails", "sha256", "sha1", "md5"):
        (folder / f"{name}.txt").write_text("")
    (folder / "domains.txt").write_text("evil.example\n")
    return folder


def run(*arguments: str | Path, stdin: str = "") -> Result:
    app = typer.Typer()
    app.command()(hunt)
    return CliRunner().invoke(app, [str(one) for one in arguments], input=stdin, env={"COLUMNS": "200"})


def test_finding_is_shown_defanged_with_its_place(tmp_path: Path, lists: Path) -> None:
    (tmp_path / "dns.log").write_text(f"\n{LINE}")
    told = run(tmp_path / "dns.log", "--lists", lists)
    assert told.exit_code == 3
    assert "evil[.]example" in told.stdout
    assert "2025-07-18T10:00:00Z" in told.stdout
    assert "1 found: 1 indicators looked for" in told.stdout


def test_nothing_found_ends_well(lists: Path) -> None:
    told = run("-", "--lists", lists, stdin="quiet.example\n")
    assert (told.exit_code, told.stdout) == (0, "Nothing found: 1 indicators looked for in 0.0 MB.\n")


def test_json_has_values_as_published(lists: Path) -> None:
    told = run("-", "--lists", lists, "--format", "json", stdin=LINE)
    report = json.loads(told.stdout)
    assert report["lists"]["domains.txt"] == 1
    assert report["bytes"] == len(LINE)
    assert report["findings"] == [
        {
            "type": "domain-name",
            "value": "evil.example",
            "count": 1,
            "first_line": 1,
            "last_line": 1,
            "first_at": "2025-07-18T10:00:00Z",
            "last_at": "2025-07-18T10:00:00Z",
            "file": "standard input",
            "samples": [LINE.strip()],
        }
    ]


def test_csv_runs_nothing_in_a_spreadsheet(lists: Path) -> None:
    told = run("-", "--lists", lists, "--format", "csv", stdin="=cmd;+x evil.example\n")
    [_, row] = csv.reader(told.stdout.splitlines())
    assert row[-1] == "'=cmd,+x evil.example"
    assert told.exit_code == 3


def test_unreadable_log_is_told_and_the_others_are_read(tmp_path: Path, lists: Path) -> None:
    told = run(tmp_path / "absent.log", "-", "--lists", lists, stdin=LINE)
    assert told.exit_code == 3
    assert "absent.log: cannot be read" in told.stderr
    assert run(tmp_path / "absent.log", "--lists", lists).exit_code == 1


def test_lists_of_the_last_release_are_the_default(
    tmp_path: Path, lists: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "build").mkdir()
    lists.rename(tmp_path / "build" / "lists")
    (tmp_path / "vigie.toml").write_text("")
    monkeypatch.setitem(opening.chosen, "settings", tmp_path / "vigie.toml")
    assert run("-", stdin=LINE).exit_code == 3


def test_one_list_alone(lists: Path) -> None:
    assert run("-", "--lists", lists / "ipv4.txt", stdin=LINE).exit_code == 0


def test_unknown_format_is_refused(lists: Path) -> None:
    told = run("-", "--lists", lists, "--format", "xml")
    assert isinstance(told.exception, SettingsError)
