"""What `vigie check` says, and with which exit code."""

import csv
import io
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from check_commands import check
from opening import chosen
from records import SettingsError
from tests.checking.stories import index_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment whose site has the index of the shared vectors."""
    produits = tmp_path / "build" / "site" / "donnees" / "produits"
    produits.mkdir(parents=True)
    for name, content in index_files().items():
        (produits / name).write_bytes(content)
    settings = tmp_path / "vigie.toml"
    settings.write_text('site_url = "https://veille.example.org/"\n', "utf-8")
    monkeypatch.setitem(chosen, "settings", settings)
    return tmp_path


def _run(*arguments: str, given: bytes | None = None) -> Result:
    app = typer.Typer()
    app.command()(check)
    return CliRunner().invoke(app, list(arguments), input=given)


def _inventory(folder: Path, text: str) -> str:
    path = folder / "inventory.csv"
    path.write_text(text, "utf-8")
    return str(path)


def test_concerned_inventory_is_told_as_a_table(folder: Path) -> None:
    told = _run(_inventory(folder, "Éditeur;Produit;Version\nFortinet;FortiOS;7.4.3\nAucun;Rien;1\n"))
    assert told.exit_code == 3
    assert told.stdout.splitlines()[0].split() == [
        "priority", "certainty", "product", "version", "assets", "title", "address",
    ]  # fmt: skip
    assert "critique  certain    FortiOS" in told.stdout
    assert told.stdout.rstrip().endswith("https://veille.example.org/avis/2026/essai--fortios/")
    assert told.stderr == "2 assets, 1 concerned\n"


def test_inventory_that_is_not_concerned(folder: Path) -> None:
    told = _run(_inventory(folder, "Produit;Version\nFortiOS;7.4.5\n"))
    assert (told.exit_code, told.stdout) == (0, "")


def test_all_lists_what_nothing_is_known_of(folder: Path) -> None:
    told = _run(_inventory(folder, "Produit;Version\nFortiOS;7.4.5\n"), "--all")
    assert told.exit_code == 0
    assert "nothing known" in told.stdout


def test_standard_input_and_json(folder: Path) -> None:
    text = "Produit;Version\nFortiOS;7.4.3\nChrome;1.0\nFortiOS;7.4.3\n"
    told = _run("-", "--format", "json", given=text.encode())
    assert told.exit_code == 3
    first, second = json.loads(told.stdout)
    assert (first["assets"], first["lines"], second["product"]) == (2, [2, 4], "Chrome")


def test_cells_of_a_csv_are_no_formulas(folder: Path) -> None:
    told = _run(_inventory(folder, "Produit;Version\n=1+1;1.0\n"), "--format", "csv", "--all")
    [row] = csv.DictReader(io.StringIO(told.stdout))
    assert row["product"] == "'=1+1"


def test_line_that_cannot_be_read_is_told_and_the_others_are_used(folder: Path) -> None:
    told = _run(_inventory(folder, 'Produit;Version\n"cassé;1\nFortiOS;7.4.3\n'))
    assert told.exit_code == 3
    assert "line 2: opens a quote" in told.stderr


def test_terminal_is_not_steered_by_an_inventory(folder: Path) -> None:
    told = _run(_inventory(folder, "Produit;Version\nFortiOS\x1b[2J;7.4.3\nFortiOS;7.4.3\x1b[1A\n"), "--all")
    assert "\x1b" not in told.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.csv"], "missing.csv: cannot be read"),
        (["{inventory}", "--format", "xml"], "use table, csv, json"),
        (["{inventory}", "--index", "nowhere"], "nowhere/index.json: is missing"),
        (["{empty}"], "names no product"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(arguments: list[str], said: str, folder: Path) -> None:
    (folder / "empty.csv").write_bytes(b"")
    names = {"inventory": _inventory(folder, "Produit\nFortiOS\n"), "empty": str(folder / "empty.csv")}
    told = _run(*(one.format(**names) for one in arguments))
    assert isinstance(told.exception, SettingsError)
    assert said in str(told.exception)
