"""Hold the points that signals and plain words carry for health, read from a file anyone can edit.

`models/health_words.json` is written by `make train` and read by people: correct a number, and every
text with that word or signal moves. Points add up; ten points multiply the odds of health by e, about
2.7. The `scale` leads a sum to a score, straight between its corners: of the texts with a score of
80, four in five are about health. A *notice* and a piece of *news* have points and a scale each.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from enrichment.relevance.matching import Dictionary, Found, fold
from records import SettingsError

FILE = Path(__file__).parents[1] / "models" / "health_words.json"
TOKEN = re.compile(r"(?<![^\W_])[^\W\d_]{3,}(?![^\W_])")
STRICT = ConfigDict(strict=True, extra="forbid")


class Form(StrEnum):
    """What sort of text is judged."""

    NOTICE = "notice"  # of a product's weakness
    NEWS = "news"  # anything else


@dataclass(frozen=True, slots=True, config=STRICT)
class Word:
    """The points of a folded word, the language of most texts it was seen in, and of how many."""

    points: int
    language: str
    seen: int


@dataclass(frozen=True, slots=True, config=STRICT)
class Model:
    """Points by form: of words, and of signals by code and feature (see `health_signals`).

    `scale` has at least two corners (points, score 0–100), both growing.
    """

    about: str
    recipe: dict[str, int | float | str]
    scale: dict[Form, list[tuple[int, int]]]
    signals: dict[Form, dict[str, dict[str, int]]]
    words: dict[Form, dict[str, Word]]

    def score(self, form: Form, points: int) -> int:
        """Return the score, 0–100, that a sum of points stands for; beyond the scale, that of its end."""
        corners = self.scale[form]
        after = bisect_right(corners, points, key=lambda corner: corner[0])
        if after in (0, len(corners)):
            return corners[max(0, after - 1)][1]
        (left, low), (right, high) = corners[after - 1], corners[after]
        return round(low + (high - low) * (points - left) / (right - left))

    def find(self, form: Form, text: str) -> list[Found]:
        """Return the words of the model that stand in a text, by position."""
        found = _sought(tuple(self.words[form])).find(text)
        return [one for one in found if len(one.term) == one.end - one.start or fold(one.text) == one.term]


@lru_cache(maxsize=32)
def _sought(words: tuple[str, ...]) -> Dictionary:
    return Dictionary(words)


def tokens(text: str) -> set[str]:
    """Return the words that the model may learn from a text: folded, of three letters or more."""
    return set(TOKEN.findall(fold(text)))


@cache
def shipped() -> Model:
    """Return the model that is shipped, read once. Raises `SettingsError`, see `read`."""
    return read(FILE)


def read(file: Path) -> Model:
    """Return the model of a file. Raises `SettingsError` naming the file, the place and the remedy."""
    try:
        model = TypeAdapter(Model).validate_json(file.read_bytes(), strict=False)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read ({error.strerror}); run `make train`") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"{file}: {place}: {first['msg']}; correct it or run `make train`") from error
    _check_scale(file, model.scale)
    return model


def _check_scale(file: Path, scale: Mapping[Form, list[tuple[int, int]]]) -> None:
    for form in Form:
        corners = scale.get(form, [])
        points, scores = [corner[0] for corner in corners], [corner[1] for corner in corners]
        growing = points == sorted(set(points)) and scores == sorted(scores)
        if len(corners) < 2 or not growing or scores[0] < 0 or scores[-1] > 100:
            raise SettingsError(
                f"{file}: scale.{form}: needs two corners or more, growing, scores 0 to 100; "
                "correct it or run `make train`"
            )
