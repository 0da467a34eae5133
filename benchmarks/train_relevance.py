"""Train the word model of the health rule and write it where the rule reads it.

Run `make train VIGIE_TEST_DATA=FOLDER` with the folder of recorded public data; the same data give
the same file. The texts
are those of `relevance/train.jsonl`, but for those that CISA labels as health among other sectors:
nothing in them tells. The names of American health bodies teach how victims are called; each counts
`NAME_WEIGHT` times as much as a text.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import labelled_texts as labelled
from enrichment.health_relevance import form_of
from enrichment.relevance.training import example, train
from enrichment.relevance.word_model import FILE, Form, Model
from records import Advisory

NAME_WEIGHT = 0.2
ABOUT = (
    "Points of words and signals for health, trained by `make train` on labelled public texts and on "
    "names of health bodies that reported breaches. Edit a number, and every text with that word moves."
)


def trained(
    texts: Sequence[labelled.Labelled],
    folds: Sequence[int],
    names: Sequence[Advisory],
    excluded: frozenset[str],
) -> Model:
    """Return the model that the told ones among some texts, in these folds, and some names teach."""
    told = [(text, fold) for text, fold in zip(texts, folds, strict=True) if text.told]
    shown = [example(text.record, form_of(text.record), health=text.health) for text, _ in told]
    shown += [example(name, Form.NEWS, health=True, weight=NAME_WEIGHT) for name in names]
    parted = [fold for _, fold in told] + [place % labelled.FOLDS for place in range(len(names))]
    return train(shown, parted, excluded, ABOUT)


def written(model: Model) -> Iterator[str]:
    """Yield the lines of a model's file, a word or a signal on each."""
    yield "{"
    yield f' "about": {json.dumps(model.about)},'
    yield f' "recipe": {json.dumps(model.recipe)},'
    yield ' "scale": {'
    yield from _listed({form: json.dumps(corners) for form, corners in model.scale.items()}, "  ")
    yield " },"
    yield ' "signals": {'
    yield from _nested({form: dict(codes) for form, codes in model.signals.items()})
    yield " },"
    yield ' "words": {'
    yield from _nested(
        {form: {word: asdict(held) for word, held in words.items()} for form, words in model.words.items()}
    )
    yield " }"
    yield "}"


def _nested(forms: dict[Form, dict[str, object]]) -> Iterator[str]:
    for number, (form, rows) in enumerate(forms.items(), start=1):
        yield f'  "{form}": {{'
        yield from _listed({key: json.dumps(row, ensure_ascii=False) for key, row in rows.items()}, "   ")
        yield "  }," if number < len(forms) else "  }"


def _listed(rows: dict[str, str], margin: str) -> Iterator[str]:
    for number, (key, row) in enumerate(rows.items(), start=1):
        yield f"{margin}{json.dumps(str(key), ensure_ascii=False)}: {row}{',' if number < len(rows) else ''}"


def main() -> None:
    """Train on everything and write the shipped file."""
    recorded = Path(*sys.argv[1:2])
    texts = labelled.labelled_texts(recorded)
    model = trained(
        texts,
        labelled.folds(texts),
        labelled.names_of_health_bodies(recorded),
        labelled.accidental_words(texts),
    )
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text("\n".join(written(model)) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {sum(len(words) for words in model.words.values())} words")


if __name__ == "__main__":
    main()
