"""The house rules that a reader cannot see at a glance: sizes, catches, pins, folders."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from collectors import kind, kinds
from tests.conftest import ROOT
from tests.test_layers import _modules

MODULE_LINES, FUNCTION_LINES = 400, 60


def _tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"))


@pytest.mark.parametrize("path", _modules(), ids=str)
def test_modules_and_functions_stay_short(path: Path) -> None:
    assert (ROOT / path).read_text("utf-8").count("\n") <= MODULE_LINES
    long = [
        f"{node.name}:{node.lineno}"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and "migrations" not in path.parts
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    ]
    assert not long, f"{path}: longer than {FUNCTION_LINES} lines: {long}"


def test_unexpected_errors_are_caught_in_one_place() -> None:
    broad = [
        path.as_posix()
        for path in _modules()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") == "Exception")
    ]
    assert broad == ["scheduler.py"]


def test_lock_pins_hashes_and_names_no_host() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)
    assert len(pinned) > 50
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "://" not in text and "index-url" not in text and "--find-links" not in text


def test_site_build_never_empties_the_sources_of_the_site() -> None:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda *_: None)
    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    config = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader)
    assert config["docs_dir"] == "build/pages"
    assert config["site_dir"] == "build/site"
    assert config["theme"]["custom_dir"] == "site/theme"


@pytest.mark.parametrize("name", kinds())
def test_every_kind_keeps_the_contract_and_has_a_fixture(name: str) -> None:
    module = kind(name)
    assert isinstance(module.COMPLETE, bool)
    assert all(callable(getattr(module, part)) for part in ("first_requests", "follow", "normalise"))
    assert any((ROOT / "tests" / "collectors" / "fixtures" / name).iterdir())


def test_no_module_of_the_package_is_taken_for_a_kind() -> None:
    files = {path.stem for path in (ROOT / "collectors").glob("*.py")} - {"__init__"}
    strangers = [name for name in kinds() if not hasattr(kind(name), "normalise")]
    assert not strangers
    assert set(kinds()) < files
