import ast
import os
import re
import string
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from publishing.catalogue import read_catalogue, translations
from publishing.pages.indicators import FILES
from publishing.pages.lists import KINDS, listings
from records import PublishError
from tests.conftest import ROOT
from tests.publishing.editions import card

SITE = ROOT / "site"
CATALOGUE = SITE / "words" / "en.po"
FRENCH_SIGNS = re.compile(r"\s[:;?!]|[«»\u00a0\u202f]")  # spaces before punctuation, quotes
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def _root(tmp_path: Path, entries: str) -> Path:
    path = tmp_path / "words" / "en.po"
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEADER + entries, "utf-8")
    return tmp_path


def test_french_is_said_as_it_is_written(tmp_path: Path) -> None:
    assert translations(tmp_path, "fr")("À faire maintenant") == "À faire maintenant"


def test_a_phrase_is_said_in_english(tmp_path: Path) -> None:
    say = translations(_root(tmp_path, 'msgid "À faire maintenant"\nmsgstr "To do now"\n'), "en")
    assert say("À faire maintenant") == "To do now"
    assert say("") == ""


@pytest.mark.parametrize(
    "entry",
    ["", 'msgid "Bonjour"\nmsgstr ""\n', '#, fuzzy\nmsgid "Bonjour"\nmsgstr "Goodbye"\n'],
    ids=["absent", "empty", "fuzzy"],
)
def test_a_phrase_without_translation_is_named(tmp_path: Path, entry: str) -> None:
    with pytest.raises(PublishError, match=r"en\.po: no translation of “Bonjour”"):
        translations(_root(tmp_path, entry), "en")("Bonjour")


def test_a_changed_catalogue_is_read_again(tmp_path: Path) -> None:
    root = _root(tmp_path, 'msgid "Bonjour"\nmsgstr "Hello"\n')
    assert translations(root, "en")("Bonjour") == "Hello"
    _root(tmp_path, 'msgid "Bonjour"\nmsgstr "Morning"\n')
    os.utime(root / "words" / "en.po", ns=(1, 1))
    assert translations(root, "en")("Bonjour") == "Morning"


def test_an_unchanged_catalogue_is_read_once(tmp_path: Path) -> None:
    root = _root(tmp_path, "")
    assert translations(root, "en") is translations(root, "en")


def test_a_language_without_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"de\.po: No such file"):
        translations(tmp_path, "de")


def test_a_broken_catalogue_names_its_line(tmp_path: Path) -> None:
    root = _root(tmp_path, 'msgid "Bonjour"\nmsgstr "Hello"\nnonsense\n')
    with pytest.raises(PublishError, match=r"en\.po: line 7 is not gettext: nonsense"):
        translations(root, "en")


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    root = _root(tmp_path, "")
    (root / "words" / "en.po").write_bytes(HEADER.encode() + b'msgid "\xe9"\nmsgstr "e"\n')
    with pytest.raises(PublishError, match="cannot be read as a gettext catalogue"):
        translations(root, "en")


def _words() -> dict[str, str]:
    """Return the site's own catalogue without its header."""
    return {phrase: said for phrase, said in read_catalogue(CATALOGUE).items() if phrase}


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_translations_keep_the_values_of_their_phrases() -> None:
    words = _words()
    assert {phrase for phrase, said in words.items() if _fields(phrase) != _fields(said)} == set()


def test_english_is_spaced_and_quoted_as_english() -> None:
    assert [said for said in _words().values() if FRENCH_SIGNS.search(said)] == []


def test_every_phrase_of_the_catalogue_is_said_and_used() -> None:
    catalogue = read_po(BytesIO(CATALOGUE.read_bytes()))
    written = {phrase.id for phrase in catalogue if phrase.id}
    assert written == _words().keys(), "empty or fuzzy"
    assert sorted(written - _of_templates() - _of_modules()) == [], "nothing says them any more"
    assert not catalogue.obsolete


def test_every_phrase_of_the_templates_is_said_in_english() -> None:
    assert sorted(_of_templates() - _words().keys()) == []


def test_every_phrase_of_the_modules_is_said_in_english() -> None:
    assert sorted(_of_modules() - _words().keys()) == []


def _of_templates() -> set[str]:
    """Return the phrases that templates hand to `_()`."""
    found: set[str] = set()
    for path in sorted((SITE / "templates").glob("*.html")):
        with path.open("rb") as file:
            for _, _, messages, _ in babel_extract(file, ("_",), [], {}):
                assert isinstance(messages, str), f"{path.name}: _() takes one phrase, written out"
                found.add(messages)
    return found


def _of_modules() -> set[str]:
    """Return the phrases that `publishing` hands to the translator, those it keeps in tables included."""
    cards = [card(name, vendors=("Éditeur",), families=("pare-feu",)) for name in ("a", "b")]
    found = {one.title for one in listings(cards, {})} | {*KINDS.values()} | {*dict(FILES).values()}
    for path in sorted((ROOT / "publishing").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call):
                literal = (one.value for one in _spoken(node) if isinstance(one, ast.Constant))
                found.update(str(phrase) for phrase in literal)
    return found


def _spoken(call: ast.Call) -> list[ast.expr]:
    """Return what a call hands to the translator: `_(phrase)`, `….translate(phrase)`, or the title and
    description of `Head(…)` unless they are not to be translated.
    """
    match call.func:
        case ast.Name(id="_") | ast.Attribute(attr="translate"):
            return call.args
        case ast.Name(id="Head") if "translated" not in {one.arg for one in call.keywords}:
            return [one.value for one in call.keywords if one.arg in ("title", "description")]
    return []
