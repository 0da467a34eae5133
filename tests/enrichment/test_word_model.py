"""The word model: read, scored by and trained on texts we made up."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.train_relevance import written
from enrichment.relevance.training import LEAST_SEEN, Example, example, scale, train, weigh
from enrichment.relevance.word_model import FILE, Form, Model, read, shipped, tokens
from records import Category, SettingsError
from tests.enrichment.conftest import Build

NEWS = Category.NEWS
CITIES = ("Lyon", "Lille", "Metz", "Brest", "Nice", "Tours", "Dijon", "Nancy", "Pau", "Albi", "Caen", "Gap")


def test_shipped_model_is_read() -> None:
    model = shipped()
    assert set(model.words) == set(model.signals) == set(model.scale) == set(Form)
    assert model.words[Form.NEWS]["hospital"].points > 0


def test_score_follows_the_scale_between_its_corners() -> None:
    model = Model("", {}, {Form.NEWS: [(0, 10), (20, 50), (40, 100)]}, {}, {})
    assert [model.score(Form.NEWS, points) for points in (-99, 0, 10, 20, 30, 40, 999)] == [
        10,
        10,
        30,
        50,
        75,
        100,
        100,
    ]


def test_words_are_found_as_they_are_learnt() -> None:
    assert tokens("L’Hôpital d'Évry, covid19, ab, hôpital") == {"hopital", "evry"}
    model = Model("", {}, {}, {}, {Form.NEWS: shipped().words[Form.NEWS]})
    (found,) = model.find(Form.NEWS, "Un HÔPITAL")
    assert (found.term, found.text) == ("hopital", "HÔPITAL")
    assert [one.term for one in model.find(Form.NEWS, "hopitals")] == []


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda held: held["words"]["news"]["hospital"].update(points="many"), "words.news.hospital.points"),
        (lambda held: held["words"].update(blog={}), "words.blog"),
        (lambda held: held.pop("signals"), "signals"),
        (lambda held: held.update(extra=1), "extra"),
        (lambda held: held["scale"]["news"].reverse(), "scale.news"),
        (lambda held: held["scale"].update(notice=[[0, 50]]), "scale.notice"),
        (lambda held: held["scale"].pop("notice"), "scale.notice"),
    ],
)
def test_model_edited_wrongly_is_refused_with_the_place(tmp_path: Path, change: Change, said: str) -> None:
    held = json.loads(FILE.read_text(encoding="utf-8"))
    change(held)
    file = tmp_path / "model.json"
    file.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(SettingsError, match="make train") as refused:
        read(file)
    assert said in str(refused.value) and str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]"])
def test_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.json"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="make train"):
        read(file)
    with pytest.raises(SettingsError, match="cannot be read"):
        read(tmp_path / "none.json")


def test_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text("\n".join(written(shipped())), encoding="utf-8")
    assert read(file) == shipped()


@pytest.fixture(scope="module")
def taught(advisory: Build) -> list[Example]:
    """Texts in which "zorblax" goes with health, "quuxel" with its absence, and "plinth" with neither."""
    shown = []
    for place, city in enumerate(CITIES * 4):
        health = place % 2 == 0
        title = f"{'zorblax' if health else 'quuxel'} {'plinth' if place % 4 < 2 else ''} {city}"
        shown.append(example(advisory(title, "text", category=NEWS), Form.NEWS, health=health))
        shown.append(example(advisory(f"{title} notice", "text"), Form.NOTICE, health=health))
    return shown


@pytest.fixture
def common(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words of a small set may stand in most of its texts."""
    monkeypatch.setattr("enrichment.relevance.training.MOST_SEEN", 0.6)


@pytest.mark.usefixtures("common")
def test_telling_words_are_learnt_and_others_are_not(taught: list[Example]) -> None:
    learnt = weigh([shown for shown in taught if shown.form is Form.NEWS])
    assert set(learnt.words) == {"zorblax", "quuxel"}
    assert learnt.words["zorblax"] > 0 > learnt.words["quuxel"]


@pytest.mark.usefixtures("common")
def test_excluded_and_rare_words_are_not_learnt(taught: list[Example]) -> None:
    news = [shown for shown in taught if shown.form is Form.NEWS]
    assert set(weigh(news, frozenset({"zorblax"})).words) == {"quuxel"}
    assert weigh(news[: 2 * (LEAST_SEEN - 1)]).words == {}


@pytest.mark.usefixtures("common")
def test_training_is_repeatable(taught: list[Example]) -> None:
    folds = [place // 2 % 3 for place in range(len(taught))]
    model = train(taught, folds, frozenset(), "a test")
    assert model == train(taught, folds, frozenset(), "a test")
    assert model.words[Form.NEWS]["zorblax"].seen == len(CITIES) * 2
    assert model.score(Form.NEWS, 100) > 90
    assert model.score(Form.NEWS, -60) < 10


def test_part_of_the_lexicon_is_hidden_in_the_other_views(advisory: Build) -> None:
    whole, *_, poorest = example(advisory("MicroDicom DICOM Viewer"), Form.NOTICE, health=True).views
    assert "clinical_product.named" in whole[0]
    assert "clinical_product.named" not in poorest[0]
    assert "viewer" in poorest[1] and whole[2] > poorest[2]


def test_scale_leads_to_the_share_that_is_health() -> None:
    sums = [(50, place < 8, 1.0) for place in range(10)] + [(0, place < 1, 1.0) for place in range(10)]
    corners = dict(scale(sums))
    assert abs(corners[50] - 80) <= 1 and abs(corners[0] - 10) <= 1
