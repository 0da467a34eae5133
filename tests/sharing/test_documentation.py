"""The page for integrators shows what a release really writes.

Each fenced block below a heading that names a file is an example. Write them anew with `pytest
--update-expected`, then read the diff: the diff is the review.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from records import Edition, ListedIndicator
from sharing.formats import format_named, formats
from sharing.release import export, release

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
BLOCK = re.compile(
    r"(?<=^### `)(?P<name>[^`\n]+)(?P<between>`\n(?:(?!###|```).*\n)*```\w+\n)[^`]*(?=^```$)", re.MULTILINE
)
SHOWN = ("indicators.csv", "ipv4.txt")  # in the manifest's example


@pytest.fixture
def examples(
    edition_of: Callable[..., Edition], rows: tuple[ListedIndicator, ...], tmp_path: Path
) -> dict[str, str]:
    """File name -> the example that the page should show of it."""
    edition = edition_of(*rows)
    release(edition, tmp_path / "lists")
    texts = {path.name: path.read_text("utf-8") for path in (tmp_path / "lists").iterdir()}
    ((name, pieces),) = export("stix21", rows[:1], edition.made_at)
    texts[name] = _indented(json.loads("".join(pieces)))
    manifest = json.loads(texts["manifest.json"])
    manifest["files"] = [entry for entry in manifest["files"] if entry["name"] in SHOWN]
    texts["manifest.json"] = _indented(manifest)
    return texts


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


def test_every_published_file_has_its_example(examples: dict[str, str]) -> None:
    assert {block["name"] for block in BLOCK.finditer(_page())} == examples.keys()


@pytest.mark.parametrize("name", formats())
def test_the_page_says_what_each_format_is_and_loses(name: str) -> None:
    text = " ".join(_page().split())
    assert f"(`{name}`)" in text
    assert f"Media type `{format_named(name).MEDIA_TYPE}`" in text
    assert f"Loses: {format_named(name).LOSES}" in text
