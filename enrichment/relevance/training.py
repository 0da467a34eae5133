"""Train the word model on texts whose relevance is known: logistic regression, in plain Python.

The lexicon was written by people who had read some of these texts, and knows them better than it will
know tomorrow's. So every example is shown four times: whole, twice with a part of the lexicon hidden
(which part is decided by a digest of the name), and once without clinical products; words and weaker
signals learn to do without. Words must stand in `LEAST_SEEN` texts or more, in at most `MOST_SEEN` of
them, and go with health (or its absence) more than chance does. All is deterministic.
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from enrichment.relevance.health_signals import signals, words
from enrichment.relevance.lexicon import Kind
from enrichment.relevance.mentions import Mention, mentions
from enrichment.relevance.word_model import Form, Model, Word
from records import Advisory

SEED = 7
HIDDEN_WEIGHT = 0.3  # of an example with a part of the lexicon hidden
ROUNDS = 15  # how often every example is seen
STEP = 0.3  # of the first correction; later ones shrink (AdaGrad)
DECAY = 0.0005  # pull of a word's points towards zero, for each example
LEAST_SEEN = 5  # texts
MOST_SEEN = 0.06  # share of the texts of a form
CHANCE = 2.5  # standard deviations from what chance gives
LEAST_POINTS = 5
POINTS = 10  # for each unit of log-odds
RIDGE = 1e-3  # keeps the scale's steps finite
START = "bias"
CORNERS = range(-60, 161, 10)  # sums of points at which the scale has its corners

View = tuple[frozenset[str], frozenset[str], float]  # signal features, words, how much it counts


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text as the trainer sees it; the first view is the whole text."""

    form: Form
    language: str
    health: bool
    name_only: bool
    views: tuple[View, ...]


def example(record: Advisory, form: Form, *, health: bool, weight: float = 1.0) -> Example:
    """Return an advisory as an example that counts `weight` times."""
    found = mentions(record, traps=True)
    hidings: list[tuple[Callable[[Mention], bool], float]] = [
        (lambda mention: False, weight),
        (lambda mention: _drawn(mention, "a"), weight * HIDDEN_WEIGHT),
        (lambda mention: _drawn(mention, "b"), weight * HIDDEN_WEIGHT),
        (lambda mention: mention.entry.kind in (Kind.CLINICAL, Kind.VENDOR), weight * HIDDEN_WEIGHT),
    ]
    views = tuple(
        _view(record, form, [mention for mention in found if not hides(mention)], counts)
        for hides, counts in hidings
    )
    return Example(form, record.language, health, not record.summary, views)


def _drawn(mention: Mention, salt: str) -> bool:
    """Whether a digest puts this entry among the hidden half; traps never are."""
    return (
        mention.entry.kind is not Kind.TRAP
        and sha256(f"{salt}{mention.entry.kind}{mention.entry.name}".encode()).digest()[0] < 128
    )


def _view(record: Advisory, form: Form, found: Sequence[Mention], weight: float) -> View:
    features = {f"{signal.code}.{feature}" for signal in signals(found, form) for feature in signal.features}
    return frozenset(features), frozenset(words(record, found)), weight


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learnt for one form: the points of the words that matter, and of features."""

    words: dict[str, int]
    features: dict[str, int]

    def points(self, view: View) -> int:
        """Return the sum of a view's points."""
        features, held, _ = view
        known = [self.features.get(feature, 0) for feature in features]
        return sum(known) + sum(self.words.get(word, 0) for word in held)


def train(examples: Sequence[Example], folds: Sequence[int], excluded: frozenset[str], about: str) -> Model:
    """Return the model of all examples; texts of one fold are never scaled by what they taught."""
    learnt, scales = {}, {}
    for form in Form:
        chosen = [(shown, fold) for shown, fold in zip(examples, folds, strict=True) if shown.form is form]
        sums: list[tuple[int, bool, float]] = []
        for held in sorted(set(folds)):
            weights = weigh([shown for shown, fold in chosen if fold != held], excluded)
            out = [shown for shown, fold in chosen if fold == held and not shown.name_only]
            sums += [(weights.points(view), shown.health, view[2]) for shown in out for view in shown.views]
        scales[form] = scale(sums)
        learnt[form] = weigh([shown for shown, _ in chosen], excluded)
    return Model(
        about=about,
        recipe=_recipe(examples),
        scale=scales,
        signals={form: _by_code(weights.features) for form, weights in learnt.items()},
        words={form: _described(examples, form, weights.words) for form, weights in learnt.items()},
    )


def _recipe(examples: Sequence[Example]) -> dict[str, int | float | str]:
    return {
        "texts": len(examples),
        "health": sum(shown.health for shown in examples),
        "seed": SEED,
        "hidden_weight": HIDDEN_WEIGHT,
        "rounds": ROUNDS,
        "step": STEP,
        "decay": DECAY,
        "least_seen": LEAST_SEEN,
        "most_seen": MOST_SEEN,
        "chance": CHANCE,
        "least_points": LEAST_POINTS,
    }


def _by_code(features: dict[str, int]) -> dict[str, dict[str, int]]:
    """Return the points of features by the code of their signal."""
    codes: dict[str, dict[str, int]] = {}
    for name, points in features.items():
        if name != START:
            code, _, feature = name.partition(".")
            codes.setdefault(code, {})[feature] = points
    return codes


def _described(examples: Sequence[Example], form: Form, points: dict[str, int]) -> dict[str, Word]:
    """Return words with the language of most of their texts, and how many these are."""
    languages: dict[str, Counter[str]] = defaultdict(Counter)
    for shown in examples:
        if shown.form is form:
            for word in {word for view in shown.views for word in view[1]} & points.keys():
                languages[word][shown.language] += 1
    return {
        word: Word(points[word], counted.most_common(1)[0][0], counted.total())
        for word, counted in sorted(languages.items())
    }


def weigh(examples: Sequence[Example], excluded: frozenset[str] = frozenset()) -> Weights:
    """Return what the examples of one form teach; `excluded` words are not learnt."""
    seen = _seen(examples)
    telling = _telling(examples, seen) - excluded
    shown = [
        ([START, *sorted(features)], sorted(held & telling), example.health, weight)
        for example in examples
        for features, held, weight in example.views
    ]
    pull = {word: DECAY * len(shown) / (seen[word] * len(examples[0].views)) for word in telling}
    learnt: dict[str, float] = defaultdict(float)
    moved: dict[str, float] = defaultdict(lambda: 1.0)
    order = random.Random(SEED)
    for _ in range(ROUNDS):
        order.shuffle(shown)
        for features, held, health, weight in shown:
            inputs = [*features, *held]
            wrong = weight * (_chance(sum(learnt[name] for name in inputs)) - health)
            for name in inputs:
                slope = wrong + pull.get(name, 0.0) * learnt[name]
                moved[name] += slope * slope
                learnt[name] -= STEP * slope / math.sqrt(moved[name])
    points = {name: round(POINTS * value) for name, value in learnt.items()}
    return Weights(
        words={word: points[word] for word in sorted(telling) if abs(points.get(word, 0)) >= LEAST_POINTS},
        features={name: value for name, value in sorted(points.items()) if name not in telling},
    )


def _seen(examples: Iterable[Example]) -> Counter[str]:
    """Return in how many texts each word stands, inside what the lexicon knows or outside."""
    return Counter(word for example in examples for word in {w for view in example.views for w in view[1]})


def _telling(examples: Sequence[Example], seen: Counter[str]) -> frozenset[str]:
    """Return the words that go with health or its absence more than chance does."""
    healthy = [example for example in examples if example.health]
    among, share = _seen(healthy), len(healthy) / len(examples)
    spread = share * (1 - share)
    return frozenset(
        word
        for word, texts in seen.items()
        if LEAST_SEEN <= texts <= MOST_SEEN * len(examples)
        and abs(among[word] - texts * share) >= CHANCE * math.sqrt(texts * spread)
    )


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def scale(sums: Sequence[tuple[int, bool, float]]) -> list[tuple[int, int]]:
    """Return the scale that leads sums of points to the share of texts that is about health.

    `sums` are of texts that were not trained on: points, truth, and how much each counts. A logistic
    curve through them (Platt's method), fitted by Newton's method and written at `CORNERS`.
    """
    slope, height = 1.0 / POINTS, -3.0
    for _ in range(25):
        a, b, c, down, across = RIDGE, RIDGE, 0.0, 0.0, 0.0
        for points, health, counts in sums:
            chance = _chance(slope * points + height)
            spread, wrong = counts * chance * (1 - chance), counts * (chance - health)
            a, b, c = a + spread * points * points, b + spread, c + spread * points
            down, across = down + wrong * points, across + wrong
        slope -= (b * down - c * across) / (a * b - c * c)
        height -= (a * across - c * down) / (a * b - c * c)
    return [(corner, round(100 * _chance(slope * corner + height))) for corner in CORNERS]
