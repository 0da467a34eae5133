"""The command line as its users meet it: every documented command is run, every mistake is one sentence."""

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import commands
import site_commands
import source_commands
import text_commands
from demo.server import serve as serve_week
from tests.conftest import ROOT

pytestmark = [pytest.mark.whole, pytest.mark.xdist_group("commands")]
FOUND = 3  # exit code of what finds something
GROUPS = ("Every day", "Step by step", "Give out", "Look")


def _vigie(folder: Path, *arguments: str, check: int | None = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "commands", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert check is None or done.returncode == check, f"{arguments}: {done.stdout}{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    return done


def _deployment(folder: Path, mirror: str, **changes: str) -> Path:
    lines = {"sources": str(ROOT / "demo" / "sources"), "database": "sqlite:///vigie.sqlite"} | changes
    settings = "".join(f'{key} = "{value}"\n' for key, value in lines.items())
    text = f'{settings}[fetch]\nmirror = "{mirror}"\ntimeout_seconds = 2\n[serve]\nport = 0\n'
    (folder / "vigie.toml").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def week() -> Iterator[str]:
    server = serve_week(ROOT / "demo" / "week")
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def played(week: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment that has collected the recorded week once."""
    folder = _deployment(tmp_path_factory.mktemp("played"), week)
    _vigie(folder, "collect")
    _vigie(folder, "assess")
    _vigie(folder, "release")
    _vigie(folder, "publish")
    _write_examples(folder)
    return folder


def _write_examples(folder: Path) -> None:
    """Write the files that the examples name."""
    report = "# Indicateurs\n\n- hxxp://relais[.]example[.]org/a\n- 203.0.113.77\n- chu-lille[.]fr\n"
    (folder / "report.md").write_text(report, "utf-8")
    (folder / "page.html").write_text("<html><h1>IOC</h1><p>relais[.]example[.]org</p></html>", "utf-8")
    line = {
        "id": "1",
        "title": "Pompe à perfusion vulnérable",
        "text": "Une pompe à perfusion. CVE-2025-0001",
    }
    (folder / "texts.jsonl").write_text(json.dumps(line, ensure_ascii=False) + "\n", "utf-8")
    (folder / "inventory.csv").write_text("Logiciel;Version\nFortiWeb;7.6.0\n", "utf-8")
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "components": [{"name": "Grafana", "version": "11.0"}],
    }
    (folder / "sbom.json").write_text(json.dumps(bill), "utf-8")
    found = {"type": "domain-name", "value": "EVIL[.]example.", "confidence": 80, "source": "cell"}
    (folder / "indicators.ndjson").write_text(json.dumps(found) + "\n", "utf-8")
    (folder / "queries.log").write_text("2025-07-20T10:00:00Z query: www.example.org A\n", "utf-8")
    (folder / "proxy.log.gz").write_bytes(gzip.compress(b"1753005600.000 GET http://www.example.org/\n"))
    shutil.copytree(folder / "build" / "site" / "donnees", folder / "copy" / "donnees")
    shutil.copytree(folder / "build" / "lists", folder / "lists")
    program = folder / "bin" / "vigie"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m commands "$@"\n', "utf-8")
    program.chmod(0o755)
    listed = {"name": "Ours", "version": 1, "type": "hostname", "list": ["ours.example"]}
    place = folder / "warninglists" / "ours" / "list.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(listed | {"matching_attributes": ["domain"]}), "utf-8")


def _examples() -> list[str]:
    """Every line of every verb's help that is an example."""
    apps = (commands.app, source_commands.sources_app, text_commands.shield_app, site_commands.crisis_app)
    registered = [command for app in apps for command in app.registered_commands]
    verbs = [*(command.callback for command in registered), source_commands.sources]
    found = []
    for verb in verbs:
        assert verb is not None and verb.__doc__ is not None
        lines = [line.strip() for line in verb.__doc__.splitlines() if line.strip().startswith("vigie ")]
        assert lines, f"{verb.__name__} has no example"
        found += lines
    return found


def _documented() -> list[str]:
    """Every line of every shell block of the README and the docs."""
    lines = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            lines += block.splitlines()
    return lines


@pytest.mark.parametrize("line", sorted({*_examples(), *_documented()}))
def test_documented_command_works(played: Path, line: str) -> None:
    program, *arguments = line.split()
    if program == "make":
        assert re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    elif arguments[-1] == "run":
        assert "Stopped cleanly." in _run_then_stop(played, arguments)
    elif arguments[-1] == "taxii":
        assert "Stopped cleanly." in _answer_then_stop(played, arguments)
    else:
        assert program == "vigie"
        done = _shell(played, line)
        assert done.returncode in ((0, FOUND) if arguments[0] in ("check", "hunt") else (0,)), done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def _shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line as a person types it, with its redirections and patterns."""
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "NO_COLOR": "1", "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _answer_then_stop(folder: Path, arguments: list[str]) -> str:
    """Start the TAXII server, ask what it has, and stop it as a service manager does."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "VIGIE_TAXII__PORT": "0"}
    command = [sys.executable, "-m", "commands", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address is not None
        kind = "application/taxii+json;version=2.1"
        asked = urllib.request.Request(address[0], headers={"Accept": kind})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            assert "api_roots" in json.load(answer)
        process.send_signal(signal.SIGTERM)
        return process.communicate(timeout=60)[0]


def _run_then_stop(folder: Path, arguments: list[str]) -> str:
    """Start the scheduler, wait for the site, read its home page, and stop it as a service manager does."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "commands", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address is not None
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and not (folder / "build" / "site" / "index.html").exists():
            time.sleep(0.2)
        with urllib.request.urlopen(address[0], timeout=10) as answer:
            assert "Vigie" in answer.read().decode()
        process.send_signal(signal.SIGTERM)
        said = process.stdout.read()
        assert process.wait(timeout=60) == 0
    return said


def test_help_is_grouped_and_loads_nothing_heavy() -> None:
    shown = _vigie(ROOT, "--help").stdout
    assert all(group in shown for group in GROUPS)
    program = "import sys, commands; print([m for m in sys.modules if m.split('.')[0] in HEAVY])"
    heavy = "{'scrapy','twisted','sqlalchemy','alembic','mkdocs','pydantic_settings','feedparser','stix2','pymisp','lxml'}"
    done = subprocess.run(
        [sys.executable, "-c", program.replace("HEAVY", heavy)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_sources_for_a_program_are_json(played: Path) -> None:
    rows = json.loads(_vigie(played, "sources", "--json").stdout)
    states = {row["id"]: row["state"] for row in rows}
    assert states["certfr-avis"] == "ok"
    assert {"id", "state", "since_at", "last_new_at", "held", "error"} <= rows[0].keys()


def test_rejected_items_are_shown_with_their_reason(played: Path) -> None:
    shown = _vigie(played, "sources", "show", "cisa-csaf").stdout
    assert "icsa-25-199-99.json" in shown and "document.tracking.id is missing" in shown


def test_replay_changes_nothing(played: Path) -> None:
    shown = _vigie(played, "collect", "--replay").stdout
    assert re.findall(r"(\d+) new, (\d+) modified, (\d+) withdrawn", shown)
    assert not [line for line in shown.splitlines() if " 0 new, 0 modified, 0 withdrawn" not in line]


def test_wrong_source_file_is_told_and_the_others_are_read(week: str, tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    for name in ("cisa-kev", "certfr-alertes"):
        good = (ROOT / "demo" / "sources" / f"{name}.toml").read_text("utf-8")
        (folder / f"{name}.toml").write_text(good, "utf-8")
    (folder / "wrong.toml").write_text('name = "x"\nkind = "rss"\nulr = "https://x.example/"\n', "utf-8")
    (folder / "torn.toml").write_text('name = "x\n', "utf-8")
    done = _vigie(_deployment(tmp_path, week, sources="sources"), "collect", check=2)
    assert "wrong.toml:3: unknown key 'ulr'; did you mean 'url'?" in done.stderr
    assert "wrong.toml: the key 'url' is missing; add it" in done.stderr
    assert "torn.toml:1: not valid TOML" in done.stderr
    assert done.stdout.count(" ok ") == 2


def test_machine_without_internet_is_told_per_source_and_publishes_its_status(tmp_path: Path) -> None:
    folder = _deployment(tmp_path, "http://127.0.0.1:9")
    done = _vigie(folder, "collect", check=1)
    assert done.stdout.count("the host cannot be reached") == 19
    _vigie(folder, "publish")
    page = (folder / "build" / "site" / "sources" / "index.html").read_text("utf-8")
    assert page.count("le serveur est injoignable") == 19


def test_second_vigie_on_the_same_archive_is_refused(played: Path) -> None:
    import store

    archive = store.open_archive(f"sqlite:///{played / 'vigie.sqlite'}")
    with archive.alone():
        for verb in ("run", "collect", "publish"):
            done = _vigie(played, verb, check=1)
            assert re.search(r"another vigie \(process \d+\) is at work on this archive", done.stderr)
        assert "another vigie is at work" in _vigie(played, "doctor").stdout
        _vigie(played, "sources")
    archive.close()


def test_archive_of_a_newer_vigie_is_refused(week: str, tmp_path: Path) -> None:
    folder = _deployment(tmp_path, week)
    _vigie(folder, "sources")
    engine = create_engine(f"sqlite:///{folder / 'vigie.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    assert "written by a newer Vigie" in _vigie(folder, "collect", check=1).stderr
    assert "BAD  database" in _vigie(folder, "doctor", check=1).stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["export", "pdf"], "no format called 'pdf'; use all, "),
        (["collect", "nowhere"], "no source called nowhere; 'vigie sources' lists them"),
        (["--settings", "absent.toml", "doctor"], ""),
        (["--settings", "absent.toml", "collect"], "absent.toml: no such settings file"),
    ],
)
def test_wrong_names_are_told(played: Path, arguments: list[str], sentence: str) -> None:
    done = _vigie(played, *arguments, check=None)
    assert done.returncode in (1, 2)
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) <= 1


def test_port_that_is_taken_is_told(played: Path, week: str) -> None:
    port = week.rpartition(":")[2]
    settings = (played / "vigie.toml").read_text("utf-8").replace("port = 0", f"port = {port}")
    (played / "taken.toml").write_text(settings, "utf-8")
    done = _vigie(played, "--settings", "taken.toml", "run", check=2)
    assert f"127.0.0.1:{port} cannot be used" in done.stderr and "set serve.port" in done.stderr


def test_full_disk_is_one_sentence_and_the_next_run_has_everything(week: str, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can mount the small disk that this test fills")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        folder = _deployment(tmp_path, week, database=f"sqlite:///{disk}/vigie.sqlite")
        done = _vigie(folder, "collect", check=1)
        assert "the disk is full" in done.stdout + done.stderr
        subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
        _vigie(folder, "collect")
        assert json.loads(_vigie(folder, "sources", "--json").stdout)[0]["state"] == "ok"
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_indicators_of_a_text_are_named_and_what_the_shield_hides_is_not(played: Path) -> None:
    rows = [json.loads(line) for line in _vigie(played, "extract", "report.md").stdout.splitlines()]
    values = {row["value"] for row in rows}
    assert {"http://relais.example.org/a", "203.0.113.77"} <= values and "chu-lille.fr" not in values
    shown = _vigie(played, "extract", "report.md", "--no-shield", "--tlp", "AMBER").stdout
    hidden = next(row for row in map(json.loads, shown.splitlines()) if row["value"] == "chu-lille.fr")
    assert hidden["hidden_by"] and hidden["tlp"] == "AMBER" and hidden["section"] == "Indicateurs"


def test_file_that_is_not_there_is_told_and_the_others_are_read(played: Path) -> None:
    done = _vigie(played, "extract", "nowhere.md", "report.md", check=2)
    assert "nowhere.md: cannot be read" in done.stderr and "203.0.113.77" in done.stdout


def test_texts_are_judged_line_by_line(played: Path) -> None:
    (played / "bad.jsonl").write_text('{"id": "1"}\n{"id": "2", "title": "Scanner", "text": ""}\n', "utf-8")
    done = _vigie(played, "assess", "bad.jsonl", check=1)
    assert "line 1" in done.stderr
    (row,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert row["id"] == "2" and set(row) >= {"score", "tier", "health", "reasons"}
    (good,) = [json.loads(line) for line in _vigie(played, "assess", "texts.jsonl").stdout.splitlines()]
    assert good["health"] and good["tier"] == "soin"
    assert all(reason["fr"] and reason["en"] for reason in good["reasons"])


def test_csv_of_a_stranger_s_text_runs_in_no_spreadsheet(played: Path) -> None:
    (played / "formula.md").write_text("# Liste\n\n- 203.0.113.9 ;=HYPERLINK(1);\n", "utf-8")
    shown = _vigie(played, "extract", "formula.md", "--format", "csv").stdout
    assert "203.0.113.9" in shown and ";" not in shown and ",-" not in shown, "a context begins with a dash"


def test_a_person_sees_why_a_value_is_listed_or_not(played: Path) -> None:
    shown = _vigie(played, "why", "www.google.com", "nobody-says-so.example.org").stdout
    assert "hidden by protected_names" in shown and "no source's statement may be acted on now" in shown
