"""The page for integrators shows what a release really writes.

Each fenced block below a heading that names a file is an example. Write them anew with `pytest
--update-expected`, then read the diff: the diff is the review.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from records import Edition, ListedIndicator
from sharing.comparing import entry_from
from sharing.formats import format_named, formats, text_of
from sharing.release import release

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
BLOCK = re.compile(
    r"(?<=^### `)(?P<name>[^`\n]+)(?P<between>`\n(?:(?!###|```).*\n)*```\w+\n)[^`]*(?=^```$)", re.MULTILINE
)
STIX = "indicators.stix.json"
SHOWN = ("indicators.csv", "ipv4.txt")  # in the manifest's example


@pytest.fixture
def examples(
    edition_of: Callable[..., Edition], weighed: tuple[ListedIndicator, ...], tmp_path: Path
) -> dict[str, str]:
    """File name -> the example that the page should show of it."""
    edition = edition_of(*weighed)
    lists = tmp_path / "lists"
    release(edition, lists)
    texts = {
        str(path.relative_to(lists)): path.read_text("utf-8") for path in lists.rglob("*") if path.is_file()
    }
    first = [entry_from(weighed[0], edition.made_at)]
    stix = "".join(text_of(format_named("stix21"), STIX, first, edition.made_at))
    texts[STIX] = _indented(_without_unused(json.loads(stix)))
    manifest = json.loads(texts["manifest.json"])
    manifest["files"] = [entry for entry in manifest["files"] if entry["name"] in SHOWN]
    texts["manifest.json"] = _indented(manifest)
    return texts


def _without_unused(bundle: dict[str, Any]) -> dict[str, Any]:
    """Leave out the markings that no object of the example has."""
    unused = ("TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED")
    return bundle | {"objects": [item for item in bundle["objects"] if item.get("name") not in unused]}


def _indented(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _page_with(examples: Mapping[str, str]) -> str:
    """Return the page with the examples in the place of those it shows."""
    return BLOCK.sub(lambda block: block["name"] + block["between"] + examples[block["name"]], _page())


def _page() -> str:
    return PAGE.read_text("utf-8")


def test_the_examples_are_what_a_release_writes(
    examples: dict[str, str], request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--update-expected"):
        PAGE.write_text(_page_with(examples), "utf-8")
    assert _page() == _page_with(examples)


@pytest.mark.parametrize("name", formats())
def test_every_format_has_an_example(name: str) -> None:
    shown = {block["name"] for block in BLOCK.finditer(_page())}
    assert shown & {*format_named(name).files, format_named(name).index_name}


@pytest.mark.parametrize("name", formats())
def test_the_page_says_what_each_format_is_and_loses(name: str) -> None:
    text = " ".join(_page().split())
    assert f"(`{name}`)" in text
    assert f"Media type `{format_named(name).media_type}`" in text
    assert f"Loses: {format_named(name).loses}" in text
