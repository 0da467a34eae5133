"""Draw the official figures of declared incidents, as published: gaps stay gaps, what was derived is marked.

They come from a table written by hand, `observatoire-signalements.csv`: indicator, year, value, unit, note,
source. A note that begins with « calculé » or « de seconde main » marks a value that no publication of the
cell prints. Other counts of the same year stay in the notes: published figures are never reconciled.
"""

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from publishing.charts import MISSING, Figure, Series, Words, columns, line
from publishing.layout import Writer
from records import PublishError

CSV = "observatoire-signalements.csv"  # relative to the site's root
COLUMNS = ["indicator", "year", "value", "unit", "note", "source"]
DERIVED = ("calculé", "de seconde main")
READ_IN = (2026, 9)  # year and month in which the table was last held against its sources


@dataclass(frozen=True, slots=True)
class Value:
    """One published figure: `unit` is « % » (0–100) or what is counted, `source` a code of the page's list."""

    indicator: str
    year: int
    value: int | float
    unit: str
    note: str
    source: str

    @property
    def derived(self) -> bool:
        """Whether it is not as published."""
        return self.note.startswith(DERIVED)


def read(path: Path) -> tuple[Value, ...]:
    """Return the figures of a table, in its order; raises `PublishError` naming the line that cannot be read."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, strict=True)
            if next(rows, None) != COLUMNS:
                raise PublishError(f"{path}: the first line must be {','.join(COLUMNS)}")
            return tuple(_value(row, f"{path}:{rows.line_num}") for row in rows if row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PublishError(f"{path}: cannot be read as CSV in UTF-8: {error}") from error


def fragment(writer: Writer, values: Sequence[Value]) -> str:
    """Return the figures as HTML for the page of the observatory."""
    return writer.fill("observatoire-figures.html", "observatoire/", figures=figures(writer, values))


def figures(writer: Writer, values: Sequence[Value]) -> tuple[Figure, ...]:
    """Return the figures of declared incidents, of the share of malicious ones, and of ransomware.

    All cover the same years, the first to the last of the table; an indicator it lacks has no figure.
    """
    _ = writer.translate
    asked = (
        (
            "signalements",
            "Incidents déclarés",
            _("Incidents déclarés par les structures de santé, par an"),
            (),
        ),
        (
            "malveillance",
            "Origine malveillante",
            _("Part des incidents d’origine malveillante, par an"),
            (
                _(
                    "Les parts sont tantôt arrondies, tantôt tronquées : un point d’écart n’est pas une tendance."
                ),
            ),
        ),
        (
            "rancongiciels",
            "Rançongiciels",
            _("Incidents de rançongiciel déclarés, par an"),
            (_("Les comptes diffèrent selon les sources : voir les remarques du tableau."),),
        ),
    )
    years = range(
        min((one.year for one in values), default=0), max((one.year for one in values), default=-1) + 1
    )
    return tuple(
        _figure(writer, (name, caption, notes), years, found)
        for name, indicator, caption, notes in asked
        if (found := {one.year: one for one in values if one.indicator == indicator})
    )


def _figure(
    writer: Writer, told: tuple[str, str, tuple[str, ...]], years: Sequence[int], found: dict[int, Value]
) -> Figure:
    """Return one indicator over the years: a share as a line, a count as columns."""
    _, say = writer.translate, writer.say
    name, caption, notes = told
    share = next(iter(found.values())).unit == "%"
    series = Series(
        caption,
        tuple(found[year].value if year in found else None for year in years),
        frozenset(place for place, year in enumerate(years) if year in found and found[year].derived),
    )
    labels = [str(year) for year in years]
    said = "\u00a0; ".join(f"{year} {_written(writer, found.get(year))}" for year in years)
    words = Words(name, caption, said, lambda value: _number(writer, value, share=share))
    return Figure(
        chart=line(labels, series, words) if share else columns(labels, [series], words),
        caption=caption,
        head=(_("Année"), _("Valeur"), _("Remarque"), _("Source")),
        rows=tuple(_row(writer, year, found.get(year)) for year in years),
        csv=CSV,
        period=f"{years[0]} – {years[-1]}",
        perimeter=_("incidents déclarés aux autorités par les structures de santé, en France"),
        source=_(
            "CERT Santé, d’après ses publications et la presse ; les codes renvoient à la liste de cette page"
        ),
        extracted=say.month(*READ_IN),
        notes=(
            *_marks(writer, found.values(), gaps=len(found) < len(years)),
            *notes,
            _(
                "Plus de déclarations peut vouloir dire un meilleur signalement, et non davantage d’incidents."
            ),
        ),
    )


def _marks(writer: Writer, found: Iterable[Value], *, gaps: bool) -> tuple[str, ...]:
    """Return what the signs of a chart mean, for those it has."""
    _ = writer.translate
    derived = _("« ≈ » : valeur calculée ou de seconde main.")
    missing = _("« – » : chiffre non trouvé, et non pas zéro.")
    return ((derived,) if any(one.derived for one in found) else ()) + ((missing,) if gaps else ())


def _row(writer: Writer, year: int, value: Value | None) -> tuple[str, ...]:
    if value is None:
        return str(year), MISSING, writer.translate("Non trouvé"), ""
    note = value.note
    if note and writer.language != "fr":  # the table's own words, in French
        note = Markup('<span lang="fr">{}</span>').format(note)
    return str(year), _written(writer, value), note, value.source


def _written(writer: Writer, value: Value | None) -> str:
    if value is None:
        return MISSING
    number = _number(writer, value.value, share=value.unit == "%")
    return f"≈\u00a0{number}" if value.derived else number


def _number(writer: Writer, value: float, *, share: bool) -> str:
    """Write a value, with no more decimals than it has."""
    say = writer.say
    text = str(say.integer(int(value)) if value == int(value) else say.decimal(value))
    if not share:
        return text
    return f"{text}\u00a0%" if writer.language == "fr" else f"{text}%"


def _value(row: Sequence[str], where: str) -> Value:
    """Return the figure of a row."""
    if len(row) != len(COLUMNS):
        raise PublishError(f"{where}: {len(row)} columns instead of {len(COLUMNS)}: quote texts with commas")
    indicator, year, text, unit, note, source = (cell.strip() for cell in row)
    try:
        value = float(text)
        if not (year.isascii() and year.isdecimal() and 0 <= value < math.inf):
            raise ValueError
    except ValueError:
        raise PublishError(f"{where}: {year!r} and {text!r} must be a year and a number from 0 on") from None
    return Value(indicator, int(year), int(value) if value == int(value) else value, unit, note, source)
