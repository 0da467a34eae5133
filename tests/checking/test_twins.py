"""What the browser's scripts answer, beside what the command answers: the same, for every shared vector."""

import base64
import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from checking.matching import match
from checking.product_index import read_index
from tests.checking.inventories import INVENTORIES, body
from tests.checking.stories import MATCHING, asset, index_files
from tests.conftest import ROOT

ASSETS = ROOT / "site" / "theme" / "assets"
SCRIPTS = [ASSETS / f"parc-{name}.js" for name in ("versions", "lookup", "matching", "bills", "inventory")]
VERSIONS = json.loads(Path(__file__).with_name("versions.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def answers() -> Any:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the browser tests run the same scripts")
    files = {name: json.loads(content) for name, content in index_files().items()}
    asked = {
        "scripts": [str(path) for path in SCRIPTS],
        "index": files["index.json"],
        "years": [files[year["file"]] for year in files["index.json"]["years"]],
        "compare": [[one, other] for one, other, _ in VERSIONS["compare"]],
        "within": [case[:5] for case in VERSIONS["within"]],
        "assets": [asdict(asset(line, case["asset"])) for line, case in enumerate(MATCHING["cases"], 1)],
        "inventories": [base64.b64encode(body(case)).decode() for case in INVENTORIES],
    }
    run = subprocess.run(
        [node, str(Path(__file__).with_name("twins.js"))],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_scripts_compare_versions_alike(answers: Any) -> None:
    assert answers["compare"] == [order for _, _, order in VERSIONS["compare"]]
    assert answers["within"] == [case[5] for case in VERSIONS["within"]]


@pytest.mark.parametrize("number", range(len(MATCHING["cases"])))
def test_scripts_match_alike(number: int, answers: Any) -> None:
    case = MATCHING["cases"][number]
    found = [[path.rstrip("/").rpartition("--")[2], *why] for path, *why in answers["matches"][number]]
    assert found == case["expected"], case["case"]


def test_scripts_sort_alike(answers: Any) -> None:
    assets = [asset(line, case["asset"]) for line, case in enumerate(MATCHING["cases"], 1)]
    ours = match(assets, read_index(index_files()))
    assert answers["order"] == [[one.assets[0].line, one.story.path] for one in ours]


@pytest.mark.parametrize("number", range(len(INVENTORIES)))
def test_scripts_read_inventories_alike(number: int, answers: Any) -> None:
    case, read = INVENTORIES[number], answers["inventories"][number]
    columns = ("line", "name", "vendor", "product", "version", "cpe", "purl")
    assert [[one[column] for column in columns] for one in read["assets"]] == case["assets"]
    assert [fault["line"] for fault in read["faults"]] == case["faults"]
