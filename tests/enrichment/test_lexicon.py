"""The word lists are complete and consistent, and a row that is wrong is said, file and line."""

import csv
import re
from pathlib import Path

import pytest

from enrichment.relevance.lexicon import CARE, FAMILIES, PRODUCTS, WORDS, Kind, lexicon, load, shipped
from enrichment.relevance.matching import fold
from tests.conftest import ROOT

HEADER = ",".join(PRODUCTS)
ROW = "clinical,Exemple,Dossier,,dossier patient,dossier,,no,house"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def faults(path: Path, *lines: str) -> list[str]:
    """Return what is said of a file with these lines below the header, without the path."""
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return [fault.removeprefix(str(path)).lstrip(", ") for fault in load([path]).faults]


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return tmp_path / "local.csv"


def test_shipped_lists_have_no_fault() -> None:
    assert lexicon().faults == ()


def test_documentation_counts_the_rows_of_every_file() -> None:
    text = (ROOT / "docs" / "lexicons.md").read_text("utf-8")
    told = {
        name: int(count.replace(" ", ""))
        for name, count in re.findall(r"\| `([\w-]+\.csv)` \| ([\d ]+) \|", text)
    }
    assert told == {path.name: len(rows(path)) for path in [*shipped(), FAMILIES]}


def test_lists_hold_thousands_of_products() -> None:
    assert sum(len(rows(path)) for path in shipped()) >= 2_500


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_a_source_that_names_a_site_names_a_domain(path: Path) -> None:
    sites = [row["source"] for row in rows(path) if row["source"].startswith("vendor site")]
    assert [
        site for site in sites if not re.fullmatch(r"vendor site: [\w.-]+\.\w{2,}(?:/[\w-]+)?", site)
    ] == []


def test_names_taken_from_the_medical_advisories_stand_apart() -> None:
    taken = {path.name for path in shipped() for row in rows(path) if row["source"].startswith("cisa-icsma")}
    assert taken == {"cisa-icsma.csv"}
    assert all(row["source"].startswith("cisa-icsma: ICSMA-") for row in rows(shipped()[0]))


def test_every_family_is_used_and_said_in_both_languages() -> None:
    used = {entry.french for entries in lexicon().entries.values() for entry in entries} - {""}
    assert {row["french"] for row in rows(FAMILIES)} == used
    assert all(row["english"] for row in rows(FAMILIES))


def test_french_market_is_there() -> None:
    names = {entry.name for entries in lexicon().entries.values() for entry in entries}
    assert {
        "Dedalus ORBIS",
        "Maincare M-CrossWay",
        "Softway Medical Hôpital Manager",
        "Evolucare",
        "Technidata TDNexLabs",
        "Netika KaliSil",
        "Teranga Software NetSoins",
    } <= names


def test_every_kind_of_entry_is_there() -> None:
    kinds = {entry.kind for entries in lexicon().entries.values() for entry in entries}
    assert kinds == set(Kind)


@pytest.mark.parametrize(
    "name",
    [
        "ORBIS",
        "Easily",
        "Aria",
        "Monaco",
        "Titan",
        "Pharma",
        "Xplore",
        "Osiris",
        "Résurgences",
        "Sillage",
        "Venus",
    ],
)
def test_common_word_that_is_a_product_needs_its_vendor(name: str) -> None:
    terms = [term for term in lexicon().entries if fold(term) == fold(name)]
    entries = [entry for term in terms for entry in lexicon().entries[term] if entry.kind is Kind.CLINICAL]
    assert entries and all(entry.vendor for entry in entries)


def test_vendor_that_is_a_common_word_needs_words_of_care() -> None:
    (roche,) = (entry for entry in lexicon().entries["Roche"] if entry.kind is Kind.CLINICAL)
    assert roche.vendor == CARE


def test_row_of_a_deployment_is_read(local: Path) -> None:
    row = 'clinical,Exemple,Soins Plus,SoinsPlus|"C++ (soins)",dossier patient,dossier,exemple:soins_plus,yes,house'
    local.write_text(f"\ufeff{HEADER}\r\n{row.replace(chr(34), '')}\r\n\r\n", encoding="utf-8")
    lists = load([local])
    assert lists.faults == ()
    assert set(lists.entries) == {"Soins Plus", "SoinsPlus", "C++ (soins)", "Exemple"}
    (entry,) = lists.entries["C++ (soins)"]
    assert (entry.name, entry.english, entry.cpes) == (
        "Exemple Soins Plus",
        "patient record",
        ("exemple:soins_plus",),
    )
    assert [found.text for found in lists.dictionary.find("un c++ (soins) installé")] == ["c++ (soins)"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("clinical,Exemple,Doss[ie]r,,dossier patient,,,no,house", "“Doss[ie]r” holds “[”"),
        ("clinical,Exemple,Dos.*ier,,dossier patient,,,no,house", "“Dos.*ier” holds “*”"),
        ("clinical,Exemple,Dossier,ab|^c,dossier patient,,,no,house", "“^c” holds “^”"),
        (
            "clinique,Exemple,Dossier,,dossier patient,,,no,house",
            "“clinique” is no kind; write one of clinical, socle",
        ),
        ("device,Exemple,Dossier,,dossier patient,,,no,house", "“device” is no kind"),
        ("clinical,Exemple,Dossier,,papeterie,,,no,house", "“papeterie” is no family"),
        ("clinical,Exemple,Dossier,,dossier patient,,,peut-être,house", "needs_context is “peut-être”"),
        ("clinical,Exemple,Dossier,,dossier patient,,Exemple,no,house", "“Exemple” is no CPE"),
        ("clinical,Exemple,Dossier,,dossier patient,,,no,", "has no source"),
        ("clinical,,Dossier,,dossier patient,,,no,house", "has no vendor"),
        ("socle,Exemple,,,réseau,,,yes,house", "needs the context of a vendor; name the product"),
        ("clinical,Exemple,é,,dossier patient,,,no,house", "“é” is too short"),
        ("clinical,Exemple,Dossier,a b|,dossier patient,,,no,house", "“” is too short"),
        ("clinical,Exemple,Dossier,DOSSIER,dossier patient,,,no,house", "names “DOSSIER” again"),
        ("clinical,Exemple,Dossier", "has 3 columns instead of 9"),
        ('clinical,"Exemple,Dossier,,dossier patient,,,no,house', "is no line of CSV"),
    ],
)
def test_wrong_row_is_said_and_stops_no_other(local: Path, row: str, said: str) -> None:
    before, after = ROW.replace("Dossier", "Avant"), ROW.replace("Dossier", "Après")
    (fault,) = faults(local, before, row, after)
    assert fault.startswith(f"line 3: {said}")
    assert {"Avant", "Après"} == set(load([local]).entries)


def test_row_twice_names_both_places(local: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    local.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    other.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    (fault,) = load([local, other]).faults
    assert fault == f"{other}, line 2: names “Dossier” again (first in {local}, line 2); keep one of them"


def test_same_name_of_two_vendors_needs_context_for_both(local: Path) -> None:
    yes = ROW.replace(",no,", ",yes,")
    assert faults(local, yes, yes.replace("Exemple", "Autre")) == []
    assert len(faults(local, yes, ROW.replace("Exemple", "Autre"))) == 1


def test_words_are_read_too(local: Path) -> None:
    local.write_text(
        f"{','.join(WORDS)}\nscanner de test,device,house\nsoin,remède,house\n", encoding="utf-8"
    )
    lists = load([local])
    assert [entry.kind for entry in lists.entries["scanner de test"]] == [Kind.DEVICE]
    assert lists.faults == (f"{local}, line 3: “remède” is no kind; write one of device, body, trade, trap",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ", line 1: begins with neither"),
        (b"vendor;product\n", ", line 1: begins with neither"),
        ("kind,vendé".encode("latin-1"), ": is not UTF-8 (byte 9); save it as UTF-8"),
    ],
)
def test_wrong_file_is_said_and_stops_no_other(local: Path, content: bytes, said: str) -> None:
    local.write_bytes(content)
    lists = load([local, *shipped()])
    assert lists.faults[0].startswith(f"{local}{said}")
    assert len(lists.entries) == len(lexicon().entries)


def test_missing_file_is_said(local: Path) -> None:
    assert load([local]).faults == (
        f"{local}: cannot be read (No such file or directory); check its name and permissions",
    )


def test_letters_of_another_alphabet_do_no_harm(local: Path) -> None:
    assert faults(local, ROW.replace("Dossier", "Dоssier")) == []  # a Cyrillic о
    assert [found.term for found in load([local]).dictionary.find("un Dоssier, un Dossier")] == ["Dоssier"]
