"""The papers stay true: decisions are numbered and named, links and paths lead somewhere."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

DECISIONS = ROOT / "docs" / "decisions"
FILE_NAME = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
MENTION = re.compile(r"\bdecisions?\s+(?:#\s*)?(\d+(?:(?:,\s*|\s+and\s+|–)\d{4})*)", re.IGNORECASE)
TEXTS = (".py", ".md", ".toml", ".yml", ".yaml", ".html", ".css", ".mako", "Makefile")

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
TEST = re.compile(r"(tests/[\w./-]+\.py)::(test_\w+)")
OURS_BY_NAME = (".py", ".toml", ".lock", ".md", ".yml", ".yaml")

INDEX = re.compile(r"\b(?:pypi|pythonhosted|npmjs|anaconda)\.\w+|-index-url|/simple/", re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.:/<>-])/(?:home|root|Users|mnt|work\w*)/\w|\b[A-Z]:\\")


def _listed() -> list[Path]:
    """Every file of ours, relative to the repository, whether committed yet or not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(line) for line in done.stdout.splitlines() if (ROOT / line).is_file()]


FILES = _listed()
FOLDERS = {folder for file in FILES for folder in file.parents if folder.name}
TEXT_FILES = [file for file in FILES if file.name.endswith(TEXTS)]
# what is below site/ is read by MkDocs, whose links are those of the built site
PAPERS = [file for file in FILES if file.suffix == ".md" and file.parts[0] != "site"]
# decisions are dated and not edited afterwards: what they name may have moved since
LIVING = [
    file
    for file in PAPERS
    if file.as_posix() in ("README.md", "CONTRIBUTING.md", "SECURITY.md") or file.parent == Path("docs")
]


def _text(file: Path) -> str:
    return (ROOT / file).read_text("utf-8", "replace")  # fixtures may be wrong on purpose


def _decisions() -> dict[str, Path]:
    found = [FILE_NAME.fullmatch(path.name) for path in sorted(DECISIONS.glob("*.md"))]
    return {name[1]: DECISIONS / name[0] for name in found if name}


def missing_paths(text: str) -> list[str]:
    """Return what stands in backticks, looks like a file, folder or test of ours, and is none."""
    missing = []
    for word in CODE.findall(FENCE.sub("", text)):
        test = TEST.fullmatch(word)
        if test:
            file = ROOT / test[1]
            if not file.is_file() or f"def {test[2]}(" not in file.read_text("utf-8"):
                missing.append(word)
        elif PATH.fullmatch(word) and not _exists(word):
            missing.append(word)
    return missing


def _exists(word: str) -> bool:
    """Whether a word names a file or folder of ours, or does not look like one."""
    path = Path(word)
    if "/" not in word:
        return path.suffix not in OURS_BY_NAME or any(file.name == word for file in FILES)
    return Path(path.parts[0]) not in FOLDERS or path in FOLDERS or path in FILES


def dead_links(text: str, folder: Path) -> list[str]:
    """Return the relative links that lead to nothing, as seen from a folder."""
    targets = LINK.findall(CODE.sub("", FENCE.sub("", text)))
    relative = (target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:", target))
    return [target for target in relative if target and not (folder / target).exists()]


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(number) for number in _decisions()]
    assert numbers == list(range(1, len(numbers) + 1))
    strangers = {path.name for path in DECISIONS.iterdir()} - {path.name for path in _decisions().values()}
    assert strangers == {"README.md"}, "two of one number, or a file that is no decision"


def test_every_decision_is_listed_by_its_title() -> None:
    listed = (DECISIONS / "README.md").read_text("utf-8")
    for number, path in _decisions().items():
        title = path.read_text("utf-8").splitlines()[0].removeprefix(f"# {number} – ")
        assert f"[{number} – {title}]({path.name})" in listed


@pytest.mark.parametrize("path", _decisions().values(), ids=lambda path: path.stem)
def test_a_decision_has_its_number_date_and_parts(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith(f"# {path.name[:4]} – ")
    assert re.match(r"Date: \d{4}-\d{2}-\d{2}\.", lines[2])
    headings = [line for line in lines if line.startswith("## ")]
    assert headings == ["## Context", "## Decision", "## Consequences"]


def test_every_decision_that_is_mentioned_exists() -> None:
    known = _decisions()
    wrong = [
        f"{file}: {mention[0]}"
        for file in TEXT_FILES
        for mention in MENTION.finditer(_text(file))
        for number in re.findall(r"\d+", mention[1])
        if number not in known
    ]
    assert not wrong, "write a decision as four digits, of one that exists"


def test_a_mention_is_found_wherever_a_line_breaks() -> None:
    words = ["see decision\n    0004", "(Decisions 0001, 0002 and 0003)", f"decision {5}"]
    found = [re.findall(r"\d+", mention[1]) for text in words for mention in MENTION.finditer(text)]
    assert found == [["0004"], ["0001", "0002", "0003"], ["5"]]


@pytest.mark.parametrize("file", PAPERS, ids=str)
def test_relative_links_lead_somewhere(file: Path) -> None:
    assert not dead_links(_text(file), (ROOT / file).parent)


def test_a_dead_link_is_seen() -> None:
    text = "[a](README.md#top) [b](gone.md) `[c](code.md)` [d](https://example.org/) [e](#here)"
    assert dead_links(text, ROOT) == ["gone.md"]


@pytest.mark.parametrize("file", LIVING, ids=str)
def test_files_and_tests_that_are_named_exist(file: Path) -> None:
    assert not missing_paths(_text(file))


def test_a_missing_file_is_seen() -> None:
    text = "`tests/gone.py` `gone.py` `docs/gone/` `tests/conftest.py::test_gone` `build/site` `Makefile`"
    seen = ["tests/gone.py", "gone.py", "docs/gone/", "tests/conftest.py::test_gone"]
    assert missing_paths(text) == seen


@pytest.mark.parametrize("file", PAPERS, ids=str)
def test_no_paper_names_an_index_or_the_folder_of_a_machine(file: Path) -> None:
    text = _text(file)
    assert not INDEX.findall(text) + MACHINE.findall(text)


def test_hooks_before_a_commit_are_local() -> None:
    config = yaml.safe_load(_text(Path(".pre-commit-config.yaml")))
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    assert {hook["language"] for hook in config["repos"][0]["hooks"]} == {"system"}
