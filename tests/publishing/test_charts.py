"""Charts are well-formed, safe, readable without colour, and sound at the edges."""

import csv
import io
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from publishing import french
from publishing.charts import WIDTH, Series, Words, bars, columns, csv_bytes, line, spark
from publishing.escaping import plain
from tests.publishing.editions import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"


def _count(value: float) -> str:
    return french.integer(round(value))


WORDS = Words("essai", "Récits", "Trois mois de récits.", _count)
WORDS_FLOAT = Words("essai", "Valeurs", "", lambda value: f"{value:g}")
LONG = "Établissement " * 28 + "fin."


def _drawn(chart: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(chart)


def _texts(chart: Markup) -> list[str]:
    return [text.text or "" for text in _drawn(chart).iter(f"{SVG}text")]


def _boxes(chart: Markup) -> list[tuple[float, float, float]]:
    """Return left, top and height of the columns, samples of the legend and patterns left out."""
    return [
        (float(box.attrib["x"]), float(box.attrib["y"]), float(box.attrib["height"]))
        for box in _drawn(chart).iter(f"{SVG}rect")
        if box.find(f"{SVG}title") is not None
    ]


def test_a_chart_has_a_name_and_a_description_for_who_does_not_see_it() -> None:
    drawn = _drawn(columns(["mai", "juin"], [Series("Soin", (1, 2))], WORDS))
    assert drawn.attrib["role"] == "img"
    named = drawn.attrib["aria-labelledby"].split()
    by_id = {part.attrib["id"]: part.text for part in drawn.iter() if "id" in part.attrib}
    assert [by_id[name] for name in named] == ["Récits", "Trois mois de récits."]


@pytest.mark.parametrize("text", [plain(text) for text in HOSTILE])
def test_labels_cannot_leave_their_place(text: str) -> None:
    words = Words("essai", text, text, _count)
    for chart in (
        columns([text], [Series(text, (1,)), Series(text, (2,))], words),
        line([text], Series(text, (1,)), words),
        bars([(text, 1)], words),
        spark([1, 2], words),
    ):
        drawn = {part.tag.removeprefix(SVG) for part in _drawn(chart).iter()}
        assert drawn <= {
            "svg",
            "title",
            "desc",
            "defs",
            "pattern",
            "g",
            "rect",
            "path",
            "polyline",
            "circle",
            "text",
        }
        assert text in [part.text for part in _drawn(chart).iter(f"{SVG}title")]


def test_a_chart_has_no_style_and_no_script_of_its_own() -> None:
    for part in _drawn(columns(["a"], [Series("x", (1,)), Series("y", (2,))], WORDS)).iter():
        assert "style" not in part.attrib
        assert not [name for name in part.attrib if name.startswith("on")]


def test_every_series_after_the_first_has_a_pattern_of_its_own() -> None:
    series = [Series(f"s{n}", (1,)) for n in range(6)]
    drawn = _drawn(columns(["a"], series, WORDS))
    grains = [path.attrib["d"] for path in drawn.iter(f"{SVG}path") if path.attrib["class"] == "chart-grain"]
    assert len(set(grains)) == 5
    filled = {box.attrib["fill"] for box in drawn.iter(f"{SVG}rect") if "fill" in box.attrib}
    assert filled == {f"url(#essai-{n})" for n in range(2, 7)}
    names = [text.text for text in drawn.iter(f"{SVG}text")]
    assert all(one.name in names for one in series)


def test_stacked_columns_print_their_total_and_heights_add_up() -> None:
    chart = columns(["mai"], [Series("Soin", (30,)), Series("Socle", (70,))], WORDS)
    assert "100" in _texts(chart)
    below, above = _boxes(chart)
    assert below[2] / above[2] == pytest.approx(30 / 70, rel=0.01)
    assert above[1] + above[2] == pytest.approx(below[1], abs=0.2)


def test_grouped_columns_stand_side_by_side_with_their_values() -> None:
    chart = columns(["mai"], [Series("a", (3,)), Series("b", (5,))], WORDS, stacked=False)
    left, right = _boxes(chart)
    assert left[0] < right[0]
    assert {"3", "5"} <= set(_texts(chart))


def test_nothing_to_show_gives_no_chart() -> None:
    assert (
        columns([], [], WORDS) == line([], Series("", ()), WORDS) == bars([], WORDS) == spark([], WORDS) == ""
    )


def test_zeros_are_printed_as_zeros() -> None:
    chart = columns(["mai", "juin"], [Series("Soin", (0, 0))], WORDS)
    assert not _boxes(chart)
    assert _texts(chart).count("0") == 3  # the axis, and both months
    assert "0" in _texts(bars([("rien", 0)], WORDS))


def test_a_gap_is_a_gap_and_not_a_zero() -> None:
    chart = line(["2018", "2019", "2020", "2021"], Series("Part", (1, None, 3, 4)), WORDS)
    drawn = _drawn(chart)
    assert "–" in _texts(chart)
    assert [len((run.attrib["points"]).split()) for run in drawn.iter(f"{SVG}polyline")] == [1, 2]
    assert "–" in _texts(columns(["a", "b"], [Series("s", (1, None))], WORDS))


def test_a_derived_value_is_marked_in_words_and_in_its_outline() -> None:
    chart = columns(["2021", "2022"], [Series("Incidents", (733, 593), frozenset({1}))], WORDS)
    assert "≈\u00a0593" in _texts(chart)
    assert str(chart).count("chart-marked") == 1


def test_long_labels_are_cut_inside_the_chart_and_whole_beside_it() -> None:
    chart = bars([(LONG, 5)], WORDS)
    assert LONG not in _texts(chart)
    assert _texts(chart)[0].endswith("…")
    assert LONG in chart


@pytest.mark.parametrize("value", [1, 10**15, 0.001, 4, 5, 99_999])
def test_columns_stay_inside_the_chart_whatever_the_values(value: float) -> None:
    chart = columns(["a"] * 24, [Series("x", (value,) * 24), Series("y", (value,) * 24)], WORDS_FLOAT)
    height = float(_drawn(chart).attrib["viewBox"].split()[3])
    for box in _drawn(chart).iter(f"{SVG}rect"):
        assert 0 <= float(box.attrib.get("x", 0)) <= WIDTH
        assert 0 <= float(box.attrib.get("y", 0)) <= height


def test_counts_have_whole_numbers_on_their_axis() -> None:
    axis = [
        text.text
        for text in _drawn(columns(["a"], [Series("x", (2,))], WORDS_FLOAT)).iter(f"{SVG}text")
        if text.attrib["class"] == "chart-axis"
    ]
    assert axis == ["0", "1", "2"]


def test_months_are_not_written_over_each_other() -> None:
    labels = [f"{n:02}/26" for n in range(24)]
    chart = columns(labels, [Series("x", (1,) * 24)], WORDS)
    shown = [text for text in _texts(chart) if text in labels]
    assert shown[-1] == labels[-1]
    assert len(shown) <= 8


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_a_negative_or_impossible_value_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        Series("x", (value,))


def test_a_spark_line_of_one_value_is_a_point() -> None:
    assert len(list(_drawn(spark([3], WORDS)).iter(f"{SVG}circle"))) == 1


def test_a_table_as_csv_is_read_back_and_holds_no_formula() -> None:
    rows = [("=HYPERLINK(1)", 3), ('deux, "trois"', 4)]
    read = list(csv.reader(io.StringIO(csv_bytes(("nom", "récits"), rows).decode())))
    assert read == [["nom", "récits"], ["'=HYPERLINK(1)", "3"], ['deux, "trois"', "4"]]
