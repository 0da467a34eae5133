"""Who may import whom, who may reach the network, who may read the clock."""

import ast
import subprocess
import sys
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest

from tests.conftest import ROOT

OURS = frozenset(
    [
        "collectors",
        "enrichment",
        "publishing",
        "records",
        "sharing",
        "store",
        "alarms",
        "check_commands",
        "checking",
        "commands",
        "console",
        "delivering",
        "demo",
        "deployments",
        "digest_commands",
        "doctor",
        "editions",
        "extracting",
        "hunt_commands",
        "intake",
        "lists_settings",
        "opening",
        "release_commands",
        "pushing",
        "releasing",
        "scheduler",
        "settings",
        "site_commands",
        "source_commands",
        "subscribe_commands",
        "swap",
        "text_commands",
        "incidents",
        "desk",
    ]
)
VERBS = {"check_commands", "digest_commands", "extracting", "hunt_commands", "opening"}
VERBS |= {"release_commands", "site_commands", "source_commands", "subscribe_commands", "text_commands"}
ALLOWED: dict[str, AbstractSet[str]] = {
    "records": set(),
    "lists_settings": {"records"},
    "settings": {"records", "lists_settings"},
    "alarms": {"records", "settings"},
    "swap": set(),
    "collectors": {"records", "settings"},
    "enrichment": {"records"},
    "store": {"records"},
    "sharing/formats": {"records"},
    "sharing": {"records", "swap"},
    "checking": {
        "records",
        "sharing",
    },  # of sharing what is pure in its formats: names of files, cells of CSV
    "publishing/pages": {"records"},
    "publishing": {"records", "settings", "swap", "enrichment", "checking", "sharing"},  # of sharing as above
    "console": {"records"},
    "intake": {"records", "collectors", "store"},
    "scheduler": OURS - {"incidents", "desk", "commands", "demo", "doctor", "console", "scheduler"} - VERBS,
    "editions": {"records", "store", "enrichment"},
    "deployments": {"records", "settings", "collectors", "store"},
    "pushing": {"records", "settings", "sharing"},
    "releasing": {"records", "settings", "store", "deployments", "sharing"},
    "delivering": {
        "records",
        "releasing",
        "settings",
        "store",
        "deployments",
        "editions",
        "enrichment",
        "publishing",
        "sharing",
    },
    "extracting": {"records", "collectors", "enrichment", "sharing"},
    "opening": {"records", "settings", "collectors", "store", "console", "deployments"},
    "check_commands": {"opening", "records", "settings", "checking"},
    "hunt_commands": {"opening", "records", "settings", "checking"},
    "release_commands": {
        "opening",
        "records",
        "settings",
        "delivering",
        "extracting",
        "releasing",
        "sharing",
        "pushing",
    },
    "subscribe_commands": {"records", "sharing"},
    "digest_commands": {"opening", "records", "delivering", "publishing"},
    "site_commands": {"opening", "records", "settings", "delivering", "publishing"},
    "source_commands": {"opening", "collectors", "store", "console", "doctor"},
    "text_commands": {"opening", "records", "settings", "enrichment", "sharing", "extracting"},
    "doctor": {"records", "settings", "collectors", "store"},
    "commands": OURS - {"commands", "demo"},
    "demo": OURS - {"commands", "demo", "doctor"},
}
NETWORK = frozenset(
    [
        "aiohttp",
        "ftplib",
        "http.client",
        "httpx",
        "imaplib",
        "requests",
        "scrapy",
        "smtplib",
        "socket",
        "ssl",
        "twisted",
        "urllib.request",
        "urllib3",
    ]
)
MAY_REACH_OUT = ("alarms.py", "collectors", "sharing/push", "sharing/subscribing/fetching.py")
CLOCK_FREE = ("records", "enrichment", "sharing", "publishing", "store", "collectors")
READ_THE_CLOCK = {
    "collectors/fetching/spider.py",
    "collectors/fetching/politeness.py",
}  # Retry-After is about this machine's now


def _modules() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [Path(line) for line in listed.stdout.splitlines()]
    return [path for path in found if path.parts[0] not in ("tests", "benchmarks") and (ROOT / path).exists()]


def _tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"))


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _layer(path: Path) -> str:
    place = path.with_suffix("").as_posix()
    return max((layer for layer in ALLOWED if f"{place}/".startswith(f"{layer}/")), key=len)


@pytest.mark.parametrize("path", _modules(), ids=str)
def test_imports_follow_the_plan(path: Path) -> None:
    layer = _layer(path)
    used = {name.split(".")[0] for name in _imports(path)} & OURS
    forbidden = used - ALLOWED[layer] - {layer.split("/")[0]}
    assert not forbidden, f"{path} ({layer}) must not import {sorted(forbidden)}"


@pytest.mark.parametrize("path", _modules(), ids=str)
def test_only_collectors_and_push_reach_out(path: Path) -> None:
    if path.as_posix().startswith(MAY_REACH_OUT):
        return
    reached = {name for name in _imports(path) if any(f"{name}.".startswith(f"{one}.") for one in NETWORK)}
    assert not reached, f"{path} opens connections through {sorted(reached)}"


@pytest.mark.parametrize(
    "path",
    [path for path in _modules() if path.parts[0] in CLOCK_FREE and path.as_posix() not in READ_THE_CLOCK],
    ids=str,
)
def test_deciding_code_has_no_clock(path: Path) -> None:
    read = [
        f"{ast.unparse(node)}:{node.lineno}"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today", "time", "monotonic")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("datetime", "date", "time")
    ]
    assert not read, f"{path} reads the clock: {read}; `now` is a parameter"


def test_site_holds_no_python() -> None:
    assert not list((ROOT / "site").rglob("*.py"))
    command = [sys.executable, "-c", "import site; site.getsitepackages"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def test_no_module_hides_a_standard_one() -> None:
    tops = {path.parts[0].removesuffix(".py") for path in _modules()}
    assert not tops & set(sys.stdlib_module_names)


def test_sql_is_spoken_in_one_place() -> None:
    speakers = {
        path.parts[0]
        for path in _modules()
        if any(
            name.split(".")[0] in ("sqlalchemy", "sqlite3", "alembic", "psycopg") for name in _imports(path)
        )
    }
    assert speakers == {"store"}
