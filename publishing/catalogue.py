"""Say our own phrases, written in French in the templates, in the language of an edition of the site."""

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.pofile import PoFileError, read_po

from records import PublishError


def translations(root: Path, language: str) -> Callable[[str], str]:
    """Return the function that says a French phrase in a language (ISO 639-1).

    French needs no catalogue: the phrase itself. Others are read from `words/<language>.po` under `root`
    (gettext), once for each state of that file; a translation marked fuzzy is none. Raises `PublishError`
    where the catalogue cannot be read; the function raises it for a phrase the catalogue does not say.
    """
    if language == "fr":
        return _unchanged
    path = root / "words" / f"{language}.po"
    try:
        state = path.stat()
    except OSError as error:
        raise PublishError(f"{path}: {error.strerror}; no page can be written in “{language}”") from error
    return _translator(path, state.st_mtime_ns, state.st_size)


def read_catalogue(path: Path) -> dict[str, str]:
    """Return the translations of a gettext file by French phrase, those that are empty or fuzzy left out.

    Raises `PublishError` that says where the file is not gettext.
    """
    try:
        catalogue = read_po(BytesIO(path.read_bytes()), abort_invalid=True)
    except PoFileError as error:
        raise PublishError(f"{path}: line {error.lineno + 1} is not gettext: {error.line}") from error
    except (OSError, ValueError) as error:
        raise PublishError(f"{path}: cannot be read as a gettext catalogue: {error}") from error
    return {
        phrase.id: phrase.string
        for phrase in catalogue
        if isinstance(phrase.id, str)
        and isinstance(phrase.string, str)
        and phrase.string
        and not phrase.fuzzy
    }


def _unchanged(phrase: str) -> str:
    return phrase


@lru_cache(maxsize=8)
def _translator(path: Path, _written_at: int, _size: int) -> Callable[[str], str]:
    """Return the translator of one state of a catalogue; time and size stand for its content."""
    words = read_catalogue(path)
    words[""] = ""  # gettext keeps the file's own header under the empty phrase

    def translate(phrase: str) -> str:
        try:
            return words[phrase]
        except KeyError:
            raise PublishError(f"{path}: no translation of “{phrase}”; add it and publish again") from None

    return translate
