"""Each document under `fixtures/<kind>/` gives exactly the requests and records written beside it.

`<file>.expected.json` is what comes of it; `<file>.source.toml`, where there is one, holds keys of its
source (such as `[options]`). Write the expected files anew with `pytest tests/collectors
--update-expected`, then read the diff: the diff is the review.
"""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from collectors import kind
from records import Document, Source, UnreadableError, parse_tlp

FIXTURES = Path(__file__).parent / "fixtures"
BESIDE = (".expected.json", ".source.toml", "README.md")
DOCUMENTS = sorted(path for path in FIXTURES.glob("*/*") if not path.name.endswith(BESIDE))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_document_gives_expected_records(
    path: Path,
    request: pytest.FixtureRequest,
    make_source: Callable[..., Source],
    make_document: Callable[..., Document],
    readable: Callable[..., list[object]],
) -> None:
    settings = path.with_name(f"{path.name}.source.toml")
    values = tomllib.loads(settings.read_text("utf-8")) if settings.is_file() else {}
    if "tlp" in values:
        values["tlp"] = parse_tlp(values["tlp"])
    source = make_source(path.parent.name, **{"url": f"https://example.org/{path.name}", **values})
    document = make_document(source, path.read_bytes())
    found = _outcome(path.parent.name, source, document, readable)
    expected = path.with_name(f"{path.name}.expected.json")
    if request.config.getoption("--update-expected"):
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")
    assert found == json.loads(expected.read_text("utf-8"))


def _outcome(name: str, source: Source, document: Document, readable: Callable[..., list[object]]) -> object:
    """Return what `follow` and `normalise` make of a document, or why they cannot read it."""
    module = kind(name)
    try:
        return {
            "requests": readable(module.follow(source, document)),
            "records": readable(module.normalise(source, document)),
        }
    except UnreadableError as error:
        return {"unreadable": str(error)}
