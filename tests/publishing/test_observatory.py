"""Official figures are shown as published: gaps as gaps, derived values marked, bad lines named."""

from pathlib import Path

import pytest

from publishing.layout import Site, Writer
from publishing.observatory import COLUMNS, CSV, figures, fragment, read
from records import PublishError
from tests.conftest import ROOT

WRITER = Writer(Site("Vigie", "https://vigie.example/", ROOT / "site"), "fr")
HEAD = ",".join(COLUMNS) + "\n"
SMALL = (
    HEAD
    + "Incidents déclarés,2018,1327,incidents,,S3\n"
    + 'Incidents déclarés,2020,593,incidents,"calculé : <b>une baisse</b>",S18\n'
    + "Origine malveillante,2019,43,%,,S4\n"
)


def _file(folder: Path, text: str) -> Path:
    path = folder / "observatoire.csv"
    path.write_text(text, "utf-8")
    return path


def test_the_table_of_the_site_has_all_three_figures() -> None:
    values = read(ROOT / "site" / "content" / CSV)
    drawn = figures(WRITER, values)
    assert [one.caption for one in drawn] == [
        "Incidents déclarés par les structures de santé, par an",
        "Part des incidents d’origine malveillante, par an",
        "Incidents de rançongiciel déclarés, par an",
    ]
    assert [row[0] for row in drawn[0].rows] == [str(year) for year in range(2018, 2026)]
    assert {row[0] for row in drawn[0].rows if row[1].startswith("≈")} == {"2022", "2025"}


def test_a_year_without_figure_is_a_gap_that_is_explained(tmp_path: Path) -> None:
    incidents, share = figures(WRITER, read(_file(tmp_path, SMALL)))
    assert incidents.rows == (
        ("2018", "1\u202f327", "", "S3"),
        ("2019", "–", "Non trouvé", ""),
        ("2020", "≈\u00a0593", "calculé : <b>une baisse</b>", "S18"),
    )
    assert any("chiffre non trouvé" in note for note in incidents.notes)
    assert share.rows[1][1] == "43\u00a0%"


def test_notes_are_escaped_in_the_page_and_the_file_is_offered(tmp_path: Path) -> None:
    html = fragment(WRITER, read(_file(tmp_path, SMALL)))
    assert "<b>une baisse</b>" not in html
    assert html.count(f'href="../{CSV}"') == 2
    assert "style=" not in html


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "first line"),
        ("a,b\n", "first line"),
        (HEAD + "Incidents déclarés,2018,327\n", ":2: 3 columns instead of 6"),
        (HEAD + "x,2018,12,%,,S\nx,deux mille,12,%,,S\n", ":3: 'deux mille'"),
        (HEAD + "x,2018,beaucoup,%,,S\n", "'beaucoup'"),
        (HEAD + "x,2018,-4,%,,S\n", "'-4'"),
        (HEAD + "x,2018,nan,%,,S\n", "'nan'"),
        (HEAD + 'x,2018,"4"x,%,,S\n', "cannot be read as CSV"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(PublishError, match=complaint):
        read(_file(tmp_path, text))


def test_a_table_in_another_encoding_or_none_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="cannot be read"):
        read(tmp_path / "absent.csv")
    path = tmp_path / "latin.csv"
    path.write_bytes(SMALL.encode("latin-1"))
    with pytest.raises(PublishError, match="UTF-8"):
        read(path)


def test_an_empty_table_has_no_figures(tmp_path: Path) -> None:
    assert figures(WRITER, read(_file(tmp_path, HEAD))) == ()
