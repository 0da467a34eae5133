import csv
import re
from functools import cache

import pytest
import yaml

from publishing.layout import SECTIONS
from tests.conftest import ROOT

CONTENT = ROOT / "site" / "content"
PAGES = sorted(path.relative_to(CONTENT / "fr").as_posix() for path in (CONTENT / "fr").rglob("*.md"))
SHEETS = sorted(page for page in PAGES if page.startswith("fiches/") and not page.endswith("index.md"))
EVERY = [f"{language}/{page}" for language in ("fr", "en") for page in PAGES]

PORTAL = 'href="https://signalement.social-sante.gouv.fr/"'
PHONE = "09 72 43 91 25"
NOT_PROSE = re.compile(r"`[^`]*`|<[^>]*>|\]\([^)]*\)|https?://\S+")


@cache
def _read(page: str) -> tuple[dict[str, str], str]:
    """Return the front matter and the body of a page, named with its language."""
    _, head, body = (CONTENT / page).read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(head), body


def _headings(body: str) -> list[str]:
    return re.findall(r"^## (.+)$", body, re.MULTILINE)


def test_both_languages_have_the_same_pages() -> None:
    assert (
        sorted(path.relative_to(CONTENT / "en").as_posix() for path in (CONTENT / "en").rglob("*.md"))
        == PAGES
    )


@pytest.mark.parametrize("page", EVERY)
def test_a_page_says_what_it_is(page: str) -> None:
    head, body = _read(page)
    assert head.keys() == {"title", "description", "section"}
    assert head["title"] and head["description"]
    assert head["section"] in ("", *SECTIONS)
    assert re.findall(r"^# .+$", body, re.MULTILINE) == [body.strip().split("\n")[0]]


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_tell_the_same_in_the_same_order(page: str) -> None:
    shapes = [
        re.findall(
            r"^(#+ |\d+\. |- |\| |<details|<dt>|<tr>|<!-- \w+)", _read(f"{code}/{page}")[1], re.MULTILINE
        )
        for code in ("fr", "en")
    ]
    if page in ("aide.md", "a-propos.md"):  # English readers need more words explained
        shapes = [[mark for mark in shape if mark.startswith("#")] for shape in shapes]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("page", EVERY)
def test_nothing_in_a_page_breaks_the_security_policy(page: str) -> None:
    _, body = _read(page)
    assert not re.search(
        r"<(script|style|iframe|img|link)\b|\sstyle=|\son\w+=|=.javascript:", body, re.IGNORECASE
    )
    outside = re.findall(r'<a [^>]*href="https?://[^>]*>', body)
    assert all('rel="noreferrer"' in link for link in outside)
    assert not re.search(r"\]\(https?:", body), (
        "a link to another host is written as HTML, with rel=noreferrer"
    )


@pytest.mark.parametrize("page", [page for page in EVERY if page.startswith("fr/")])
def test_french_is_set_with_its_own_spaces_and_apostrophes(page: str) -> None:
    head, body = _read(page)
    prose = "\n".join([head["title"], head["description"], NOT_PROSE.sub("", body)])
    assert not re.findall(r".{0,12}[^\u00a0][;?!»]", prose)
    assert not re.findall(r".{0,12} [:%]|« .{0,12}", prose)
    assert "'" not in prose


@pytest.mark.parametrize("page", SHEETS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_sheet_follows_the_template_of_the_field(language: str, page: str) -> None:
    _, body = _read(f"{language}/{page}")
    headings = _headings(body)
    assert headings[:2] == (
        ["Qualification", "Endiguement"] if language == "fr" else ["Qualification", "Containment"]
    )
    assert len(headings) == 6  # then: what not to do, evidence, what comes next, contacts
    assert body.count("<dt>") == 5
    steps = re.findall(r"^\d+\. (.)", body, re.MULTILINE)
    assert len(steps) >= 16 and set(steps) == {"☐"}
    assert PORTAL in body and "CNIL" in body and "72" in body
    assert f"| {PHONE} | ……" in body
    assert re.search(r"\| …{8,}", body), "no line to write a telephone number on"


def test_every_sheet_is_reached_from_the_index_and_in_a_crisis() -> None:
    for language in ("fr", "en"):
        index, crisis = _read(f"{language}/fiches/index.md")[1], _read(f"{language}/crise.md")[1]
        assert {f"fiches/{name}" for name in re.findall(r"\]\(([a-z-]+\.md)\)", index)} == set(SHEETS)
        assert set(re.findall(r"\]\((fiches/[a-z-]+\.md)\)", crisis)) == set(SHEETS)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_decision_helper_asks_the_five_criteria_without_a_script(language: str) -> None:
    _, body = _read(f"{language}/dois-je-declarer.md")
    questions = re.findall(r"<details class=\"critere\">\n<summary><strong>(C\d)\.", body)
    assert questions == ["C1", "C2", "C3", "C4", "C5"]
    assert PORTAL in body and PHONE in body


def _published() -> tuple[list[str], dict[tuple[str, int], int]]:
    """Return the indicators of the CSV in order, and the value of each in each year."""
    with (CONTENT / "observatoire-signalements.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    values = {(row["indicator"], int(row["year"])): int(row["value"]) for row in rows}
    assert len(values) == len(rows), "an indicator has two values for one year"
    return list(dict.fromkeys(row["indicator"] for row in rows)), values


def _table(language: str) -> list[list[str]]:
    """Return the cells of the observatory's table of figures, by row, its heading first."""
    table = _read(f"{language}/observatoire.md")[1].split("</table>")[0]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*)</tr>", table)]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_observatory_shows_the_figures_of_its_csv(language: str) -> None:
    heading, *rows = _table(language)
    names, values = _published()
    shown: dict[tuple[str, int], int] = {}
    for name, row in zip(names, rows, strict=True):
        cells = [re.sub(r"<sup>.*?</sup>|[≈%\s]", "", cell) for cell in row[1:]]
        years = zip(heading[1:], cells, strict=True)
        shown |= {(name, int(year)): int(cell) for year, cell in years if cell != "–"}
    assert shown == values
    if language == "fr":
        assert [row[0] for row in rows] == names


def test_the_observatory_lists_the_sources_of_its_csv() -> None:
    with (CONTENT / "observatoire-signalements.csv").open(encoding="utf-8", newline="") as file:
        cited = {row["source"] for row in csv.DictReader(file)}
    for language in ("fr", "en"):
        assert cited <= set(
            re.findall(r"^\| (S\d+) \|", _read(f"{language}/observatoire.md")[1], re.MULTILINE)
        )


def test_what_is_not_as_published_is_marked_in_the_table() -> None:
    with (CONTENT / "observatoire-signalements.csv").open(encoding="utf-8", newline="") as file:
        derived = [
            row for row in csv.DictReader(file) if row["note"].startswith(("calculé", "de seconde main"))
        ]
    rows = {row[0]: row[1:] for row in _table("fr")}
    for row in derived:
        assert any(cell.startswith(f"≈\u00a0{row['value']}") for cell in rows[row["indicator"]])
    assert sum(cell.startswith("≈") for cells in rows.values() for cell in cells) == len(derived)
