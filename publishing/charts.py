"""Draw figures as inline SVG, at build time: no script, no style attribute, every label escaped.

A chart is laid out in units for text of `TEXT` units, the largest its style sheet sets, and scales with
its column. Colours come from the classes `chart-1` to `chart-6`; a pattern or a printed value says the
same without them. Values are never negative. The same input gives the same bytes.
"""

import csv
import io
import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from sharing.formats.csv_table import guarded

WIDTH = 480
PLOT = 190  # height of what is drawn over time
TEXT = 15
LINE = 20
COLOURS = 6
WIDEST_COLUMN = 46
WIDEST_AXIS = WIDTH * 0.3  # an axis whose numbers take more is drawn without them
MISSING = "–"

_SIGN = TEXT * 0.58  # width of a character of a sans-serif face
_GRAIN = (  # what is drawn in a square of 8 units over each colour; nothing over the first
    "",
    "M-1 9 9 -1M-3 3 3 -3M5 11 11 5",
    "M2 2h2v2h-2zM6 6h2v2h-2z",
    "M0 2h8M0 6h8",
    "M0 0 8 8M8 0 0 8",
    "M2 0v8M6 0v8",
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart says of itself, in one language: `id` is its own on its page (letters, digits, hyphens),
    `description` stands for the drawing where it is not seen, `number` writes a value.
    """

    id: str
    title: str
    description: str
    number: Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """Values in the order of a chart's labels, `None` where none is known.

    `marked` are the places of values that are not as published: they are shown with « ≈ ». Raises
    `ValueError` for a value that is negative or no number.
    """

    name: str
    values: tuple[float | None, ...]
    marked: frozenset[int] = field(default=frozenset())

    def __post_init__(self) -> None:
        for value in self.values:
            if value is not None and not 0 <= value < math.inf:
                raise ValueError(f"chart series {self.name!r}: {value} cannot be drawn; give 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart and what stands under it, in one language, for the macro `figure` of `_figures.html`.

    `head` and `rows` are the numbers it was drawn from, each row named by its first cell; `csv` is where the
    same numbers are, relative to the site's root. `period`, `perimeter`, `source` and `extracted` say of when,
    of what, by whom and as known when; `notes` are caveats, one sentence or more each.
    """

    chart: Markup
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    csv: str
    period: str
    perimeter: str
    source: str
    extracted: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where things stand: `left` of the first slot, `top` and `bottom` of the values, `full` at the top."""

    left: float
    top: float
    slot: float
    full: float

    @property
    def bottom(self) -> float:
        return self.top + PLOT

    def x(self, place: int) -> float:
        """Return the middle of a slot."""
        return self.left + self.slot * (place + 0.5)

    def y(self, value: float) -> float:
        return self.bottom - PLOT * (value / self.full)


def columns(labels: Sequence[str], series: Sequence[Series], words: Words, *, stacked: bool = True) -> Markup:
    """Return columns over time, the series on one another or side by side; empty where there is no label."""
    if not labels:
        return Markup()
    shown = [_total(series, place) for place in range(len(labels))] if stacked else []
    top = shown or [value for one in series for value in one.values]
    plot, parts = _axes(labels, series, top, words)
    for place in range(len(labels)):
        parts += _stack(plot, labels, series, place, words) if stacked else []
        parts += [] if stacked else _group(plot, labels, series, place, words)
    if stacked:
        marked = frozenset().union(*(one.marked for one in series))
        parts += _values(plot, Series("", tuple(shown), marked), words)
    return _svg(words, plot.bottom + LINE, _patterns(words, len(series)) + parts)


def line(labels: Sequence[str], series: Series, words: Words) -> Markup:
    """Return one line over time, broken where no value is known; empty where there is no label."""
    if not labels:
        return Markup()
    plot, parts = _axes(labels, [series], series.values, words)
    for run in _runs(series.values):
        points = " ".join(f"{_n(plot.x(place))},{_n(plot.y(value))}" for place, value in run)
        parts.append(Markup('<polyline class="chart-line" fill="none" points="{}"/>').format(points))
        parts += [_dot(plot, labels, series, place, words) for place, _ in run]
    return _svg(words, plot.bottom + LINE, parts + _values(plot, series, words))


def bars(rows: Sequence[tuple[str, float]], words: Words) -> Markup:
    """Return one horizontal bar for each label, in the order given; empty where there is none."""
    values = Series(words.title, tuple(value for _, value in rows)).values
    if not values:
        return Markup()
    full = max(value or 0 for value in values) or 1
    room = max(WIDTH - 8 - max(_width(words.number(value)) for _, value in rows), WIDTH * 0.2)
    parts = [Markup("<g>")]
    for place, (label, value) in enumerate(rows):
        y, length = place * 2.2 * LINE, room * (value / full)
        parts.append(Markup("<g><title>{} · {}</title>").format(label, words.number(value)))
        parts.append(_text(0, y + TEXT, _cut(label, WIDTH), "chart-label", "start"))
        parts.append(_rect("chart-1", (0, y + LINE, max(length, 1), LINE * 0.8)))
        parts.append(_text(max(length, 1) + 6, y + LINE + 13, words.number(value), "chart-value", "start"))
        parts.append(Markup("</g>"))
    return _svg(words, len(rows) * 2.2 * LINE, [*parts, Markup("</g>")])


def spark(values: Sequence[float], words: Words) -> Markup:
    """Return a line as small as a word, its last value marked; empty where there is no value."""
    checked = [value or 0 for value in Series(words.title, tuple(values)).values]
    if not checked:
        return Markup()
    full, step = max(checked) or 1, 92 / max(len(checked) - 1, 1)
    points = [(4 + step * place, 20 - 16 * (value / full)) for place, value in enumerate(checked)]
    parts = [
        Markup('<polyline class="chart-line" fill="none" points="{}"/>').format(
            " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        ),
        Markup('<circle class="chart-dot" cx="{}" cy="{}" r="3"/>').format(
            _n(points[-1][0]), _n(points[-1][1])
        ),
    ]
    return _svg(words, 24, parts, width=100, kind="chart spark")


def csv_bytes(head: Sequence[str], rows: Sequence[Sequence[str | float]]) -> bytes:
    """Return a table as CSV (RFC 4180, UTF-8, CRLF); no text in it is a formula to a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue().encode()


def _svg(
    words: Words, height: float, parts: Sequence[Markup], *, width: int = WIDTH, kind: str = "chart"
) -> Markup:
    """Put the parts of a chart into their frame, with its name and its description."""
    head = Markup(
        '<svg class="{kind}" role="img" aria-labelledby="{id}-titre {id}-texte" viewBox="0 0 {width} {height}"'
        ' font-size="13" direction="ltr" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{id}-titre">{title}</title><desc id="{id}-texte">{description}</desc>'
    ).format(
        kind=kind,
        id=words.id,
        width=width,
        height=_n(height + 4),
        title=words.title,
        description=words.description,
    )
    return Markup("").join([head, *parts, Markup("</svg>")])


def _axes(
    labels: Sequence[str], series: Sequence[Series], shown: Sequence[float | None], words: Words
) -> tuple[_Plot, list[Markup]]:
    """Return the plot that holds the values, and its legend, grid and labels."""
    legend, height = _legend(series, words) if len(series) > 1 else ([], 0.0)
    ticks = _ticks([value for value in shown if value is not None])
    axis = max(_width(words.number(tick)) for tick in ticks) + 6
    left = axis if axis <= WIDEST_AXIS else 0
    plot = _Plot(left, height + LINE, (WIDTH - left) / len(labels), ticks[-1])
    grid = []
    for tick in ticks:
        y = _n(plot.y(tick))
        grid.append(Markup('<path class="chart-grid" d="M{} {}H{}"/>').format(_n(left), y, WIDTH))
        if left:
            grid.append(_text(left - 6, plot.y(tick) + 5, words.number(tick), "chart-axis", "end"))
    short = [_cut(label, 130) for label in labels]
    for place in _spaced(short, plot.slot):
        grid.append(_centred(plot.x(place), plot.bottom + LINE - 3, short[place], "chart-label"))
    return plot, legend + grid


def _ticks(values: Sequence[float]) -> list[float]:
    """Return round values from 0 to the first that none exceeds, whole where all values are."""
    top = max(values, default=0) or 1
    whole = all(isinstance(value, int) for value in values)
    power = math.floor(math.log10(top / 4)) if top > 4 or not whole else 0
    unit: float = 10 ** max(power, 0) if power >= 0 else 10.0**power
    step = next((unit * times for times in (1, 2, 5) if unit * times * 4 >= top), unit * 10)
    return [step * count for count in range(math.ceil(top / step) + 1)]


def _legend(series: Sequence[Series], words: Words) -> tuple[list[Markup], float]:
    """Return a sample and the name of each series, on as many lines as they need, and their height."""
    parts, x, y = [], 0.0, 0.0
    for place, one in enumerate(series):
        name = _cut(one.name, WIDTH - 24)
        if x and x + 24 + _width(name) > WIDTH:
            x, y = 0.0, y + LINE
        parts.append(_rect(_shade(place), (x, y + 3, 14, 14), fill=_fill(words, place)))
        parts.append(_text(x + 20, y + TEXT, name, "chart-label", "start"))
        x += 20 + _width(name) + TEXT
    return parts, y + LINE * 1.3


def _stack(
    plot: _Plot, labels: Sequence[str], series: Sequence[Series], place: int, words: Words
) -> Iterator[Markup]:
    """Yield the parts of one column, the first series at the bottom."""
    base: float = 0
    width = min(plot.slot * 0.8, WIDEST_COLUMN)
    for number, one in enumerate(series):
        value = one.values[place]
        if value:
            box = (plot.x(place) - width / 2, plot.y(base + value), width, PLOT * (value / plot.full))
            yield _part(box, number, one, (labels[place], place), words)
            base += value


def _group(
    plot: _Plot, labels: Sequence[str], series: Sequence[Series], place: int, words: Words
) -> Iterator[Markup]:
    """Yield the columns of one slot, side by side, each with its value where there is room for it."""
    width = min(plot.slot * 0.8 / len(series), WIDEST_COLUMN)
    start = plot.x(place) - width * len(series) / 2
    for number, one in enumerate(series):
        value, x = one.values[place], start + width * number
        if value:
            box = (x, plot.y(value), width, PLOT * (value / plot.full))
            yield _part(box, number, one, (labels[place], place), words)
        written = _written(one, place, words)
        if _width(written) <= plot.slot / len(series):
            yield _centred(x + width / 2, plot.y(value or 0) - 4, written, "chart-value")


def _part(
    box: tuple[float, float, float, float], number: int, one: Series, at: tuple[str, int], words: Words
) -> Markup:
    """Return one rectangle that says what it stands for when it is pointed at."""
    label, place = at
    kind = f"{_shade(number)} chart-marked" if place in one.marked else _shade(number)
    said = Markup("<title>{} · {} · {}</title>").format(label, one.name, _written(one, place, words))
    return _rect(kind, box, fill=_fill(words, number), inner=said)


def _dot(plot: _Plot, labels: Sequence[str], series: Series, place: int, words: Words) -> Markup:
    kind = "chart-dot chart-marked" if place in series.marked else "chart-dot"
    return Markup('<circle class="{}" cx="{}" cy="{}" r="4"><title>{} · {}</title></circle>').format(
        kind,
        _n(plot.x(place)),
        _n(plot.y(series.values[place] or 0)),
        labels[place],
        _written(series, place, words),
    )


def _values(plot: _Plot, series: Series, words: Words) -> list[Markup]:
    """Return as many values as there is room for, the last always, each above its place."""
    written = [_written(series, place, words) for place in range(len(series.values))]
    return [
        _centred(plot.x(place), plot.y(series.values[place] or 0) - 7, written[place], "chart-value")
        for place in _spaced(written, plot.slot)
    ]


def _written(series: Series, place: int, words: Words) -> str:
    value = series.values[place]
    if value is None:
        return MISSING
    return f"≈\u00a0{words.number(value)}" if place in series.marked else words.number(value)


def _total(series: Sequence[Series], place: int) -> float | None:
    """Return the height of a stack, `None` where no series knows its value."""
    known = [value for one in series if (value := one.values[place]) is not None]
    return sum(known) if known else None


def _runs(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    """Yield the places and values between two gaps."""
    run: list[tuple[int, float]] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            run.append((place, value))
        elif run:
            yield run
            run = []


def _spaced(texts: Sequence[str], slot: float) -> list[int]:
    """Return the places of the texts that fit beside each other, evenly from the last backwards."""
    step = max(1, math.ceil((max(map(_width, texts)) + TEXT) / slot))
    return list(range(len(texts) - 1, -1, -step))[::-1]


def _patterns(words: Words, count: int) -> list[Markup]:
    """Return the pattern of each series after the first, by which they differ without colour."""
    form = Markup(
        '<pattern id="{}-{}" class="{}" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect width="8" height="8"/><path class="chart-grain" d="{}"/></pattern>'
    )
    made = [
        form.format(words.id, place + 1, _shade(place), _GRAIN[place])
        for place in range(1, min(count, COLOURS))
    ]
    return [Markup("<defs>"), *made, Markup("</defs>")] if made else []


def _shade(place: int) -> str:
    return f"chart-{place % COLOURS + 1}"


def _fill(words: Words, place: int) -> str:
    return f"url(#{words.id}-{place % COLOURS + 1})" if place % COLOURS else ""


def _rect(kind: str, box: tuple[float, float, float, float], *, fill: str = "", inner: str = "") -> Markup:
    x, y, width, height = map(_n, box)
    paint = Markup(' fill="{}"').format(fill) if fill else Markup()
    return Markup('<rect class="{}"{} x="{}" y="{}" width="{}" height="{}">{}</rect>').format(
        f"{kind} chart-patterned" if fill else kind, paint, x, y, width, height, inner
    )


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        kind, _n(x), _n(y), anchor, text
    )


def _centred(x: float, y: float, text: str, kind: str) -> Markup:
    """Return a text about `x`, moved where it would leave the chart."""
    half = min(_width(text) / 2, WIDTH / 2)
    return _text(min(max(x, half), WIDTH - half), y, text, kind, "middle")


def _width(text: str) -> float:
    return _SIGN * sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _cut(text: str, room: float) -> str:
    """Return a text that fits, its end cut with an ellipsis where it would not."""
    if _width(text) <= room:
        return text
    kept = 0
    while _width(text[: kept + 1]) + _SIGN <= room:
        kept += 1
    return f"{text[:kept].rstrip()}…"


def _n(value: float) -> str:
    """Write a coordinate to a tenth."""
    return f"{value:.1f}".removesuffix(".0")
