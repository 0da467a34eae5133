from pathlib import Path
from zipfile import ZipFile

import pytest

from publishing.offline import linked, pack, script
from records import PublishError


def site(tmp_path: Path) -> tuple[Path, Path]:
    tree, lists = tmp_path / "site", tmp_path / "lists"
    (tree / "avis" / "x").mkdir(parents=True)
    (tree / "donnees").mkdir()
    lists.mkdir()
    (tree / "index.html").write_text('<a href="avis/x/">x</a> <a href="./">ici</a>')
    (tree / "avis" / "x" / "index.html").write_text(
        '<a href="../../">a</a> <a href="/listes/domains.txt">l</a>'
    )
    (tree / "donnees" / "a.json").write_text('{"a": 1}')
    (lists / "domains.txt").write_text("malveillant.example\n")
    return tree, lists


def test_every_link_of_the_archive_names_a_file_in_it(tmp_path: Path) -> None:
    tree, lists = site(tmp_path)
    assert pack(tree, lists, tmp_path / "a.zip") == 6
    with ZipFile(tmp_path / "a.zip") as packed:
        names = set(packed.namelist())
        home = packed.read("vigie-hors-ligne/index.html").decode()
        page = packed.read("vigie-hors-ligne/avis/x/index.html").decode()
    assert home == '<a href="avis/x/index.html">x</a> <a href="./index.html">ici</a>'
    assert page == '<a href="../../index.html">a</a> <a href="../../listes/domains.txt">l</a>'
    assert {"vigie-hors-ligne/donnees/a.json.js", "vigie-hors-ligne/listes/domains.txt.js"} <= names


def test_the_same_site_gives_the_same_archive(tmp_path: Path) -> None:
    tree, lists = site(tmp_path)
    pack(tree, lists, tmp_path / "a.zip")
    pack(tree, lists, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        ('<a href="https://a.example/b/">', '<a href="https://a.example/b/">'),
        ('<a href="#bas">', '<a href="#bas">'),
        ('<a href="../mon-parc/#p=1">', '<a href="../mon-parc/index.html#p=1">'),
        ('<form action="../recherche/">', '<form action="../recherche/index.html">'),
        ('<link href="../assets/vigie.css">', '<link href="../assets/vigie.css">'),
        ('<a href="../famille/base-de-donnees/">', '<a href="../famille/base-de-donnees/index.html">'),
        ('<p data-lists="/v/listes/">', '<p data-lists="../listes/">'),
    ],
)
def test_links_are_changed_where_they_name_a_folder(link: str, wanted: str) -> None:
    assert linked(link.encode(), "x/index.html").decode() == wanted


def test_data_cannot_end_the_script_it_stands_in() -> None:
    assert script("a", '"\u2028"'.encode()) == b'Vigie.receive("a","\\u2028");\n'


def test_no_site_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="run `vigie publish` first"):
        pack(tmp_path, tmp_path, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()
