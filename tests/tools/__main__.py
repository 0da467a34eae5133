"""Measure the tools and write the compatibility table: `python -m tests.tools [SIZE]` (100 000 by default).

For each program: its version, the largest list that it loaded without complaint, how long that took, and how many
listed and unlisted values it was shown. The time is from the start of the program to its answers on the listed. A program that is not installed keeps the line it had.
"""

import json
import re
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import md5, sha1, sha256
from html import escape
from ipaddress import IPv6Address
from pathlib import Path
from time import perf_counter

from records import TLP, ListedIndicator, Marking, Observable, ObservableType
from sharing.exporting import export
from sharing.formats import format_named
from sharing.profiles import Profile
from tests.tools import RefusedError, Tool, tool_named, tools
from tests.tools._files import content

ROOT = Path(__file__).resolve().parents[2]
FACTS = ROOT / "tests" / "tools" / "compatibility.json"
PAGES = {
    ROOT / "docs" / "compatibility.md": "docs",
    ROOT / "site" / "content" / "fr" / "compatibilite.md": "fr",
    ROOT / "site" / "content" / "en" / "compatibilite.md": "en",
}
MADE_AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
SHOWN = 6  # listed values of each type that a program is shown


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    tool: str
    version: str
    files: str
    entries: int
    seconds: float
    shown: int
    unlisted: int


def made_up(kind: ObservableType, number: int) -> str:
    """Return the value of a number."""
    if kind is ObservableType.DOMAIN:
        return f"n{number}.{number % 977}.malware-drop.xyz"
    if kind is ObservableType.URL:
        return f"http://n{number}.malware-drop.xyz/a/{number}.exe"
    if kind is ObservableType.EMAIL:
        return f"n{number}@malware-drop.xyz"
    if kind is ObservableType.IPV4:
        return f"45.{number >> 15 & 255}.{number >> 7 & 255}.{number << 1 & 255}"
    if kind is ObservableType.IPV6:
        return str(IPv6Address(f"2a0e:97c0:{number >> 16:x}:{number & 0xFFFF:x}::7"))
    digest = {ObservableType.MD5: md5, ObservableType.SHA1: sha1, ObservableType.SHA256: sha256}[kind]
    return digest(content(number)).hexdigest()


def rows_of(tool: Tool, size: int) -> list[ListedIndicator]:
    """Return indicators of a tool's types, as many of each."""
    kinds = sorted(kind for kind in tool.TYPES if not kind.value.endswith("-net"))
    found = {Observable(kind, made_up(kind, n)) for kind in kinds for n in range(size // len(kinds))}
    return [
        ListedIndicator(
            observable=item, marking=Marking(), confidence=80, sources=("cell",), valid_from=MADE_AT
        )
        for item in sorted(found)
    ]


def measured(tool: Tool, size: int) -> Line:
    """Load a list of a size into a program and show it values; raises `RefusedError`."""
    form = format_named(tool.FORMAT)
    with tempfile.TemporaryDirectory() as folder:
        lists, work = Path(folder) / "lists", Path(folder) / "work"
        work.mkdir()
        most = min((form.most_of(name) or size for name in tool.FILES), default=size)
        rows = rows_of(tool, min(size, most * (4 if form.mosts else 1)))
        made = export(rows, lists, Profile(formats=(tool.FORMAT,)), made_at=MADE_AT, audience=TLP.CLEAR)
        held = min(len(rows), sum(file.entries for file in made.files if file.name in tool.FILES))
        kinds = sorted({row.observable.type for row in rows})
        listed = [Observable(kind, made_up(kind, n)) for kind in kinds for n in range(SHOWN)]
        unlisted = [Observable(kind, made_up(kind, size * 8 + n)) for kind in kinds for n in range(SHOWN)]
        start = perf_counter()
        with tool.loaded(lists, work) as stopped:
            passed = frozenset(listed) - stopped(listed)
            took = perf_counter() - start
            if wrong := passed | stopped(unlisted):
                raise RefusedError(f"wrong about {sorted(item.value for item in wrong)}")
        return Line(
            tool.NAME,
            tool.version() or "",
            ", ".join(_shown(tool)),
            held,
            round(took, 1),
            len(listed),
            len(unlisted),
        )


def _shown(tool: Tool) -> list[str]:
    """Return the files of a tool, or the folder of many."""
    return list(tool.FILES) if len(tool.FILES) <= 3 else [f"{tool.FILES[0].partition('/')[0]}/"]


def known() -> dict[str, Line]:
    """Return the lines of the last time."""
    return {line["tool"]: Line(**line) for line in json.loads(FACTS.read_text())} if FACTS.exists() else {}


HEADS = {
    "en": ("Tool", "Version", "Files", "Entries loaded", "Seconds", "Listed, stopped", "Unlisted, passed"),
    "fr": (
        "Outil",
        "Version",
        "Fichiers",
        "Entrées chargées",
        "Secondes",
        "Listées, arrêtées",
        "Absentes, passées",
    ),
}
TABLE = re.compile(r'(?:^\|.*\n)+|^<div class="scroll".*?^</div>\n', re.MULTILINE | re.DOTALL)


def markdown(lines: list[Line]) -> str:
    """Return the table for the docs."""
    body = [f"| {' | '.join(HEADS['en'])} |", "|---|---|---|---:|---:|---:|---:|"]
    return "\n".join(body + [f"| {' | '.join(cells(line, 'en'))} |" for line in lines]) + "\n"


def html(lines: list[Line], language: str) -> str:
    """Return the table for a page of the site, which scrolls by itself on a phone."""
    name = {"en": "Tools tried", "fr": "Outils essayés"}[language]
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS[language])
    rows = (
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in (cells(line, language) for line in lines)
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">\n<table>\n<caption>{name}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>\n</div>\n"
    )


def cells(line: Line, language: str) -> tuple[str, ...]:
    """Return the cells of a line, its numbers as the language writes them."""
    entries, seconds = f"{line.entries:,}", f"{line.seconds:.1f}"
    if language == "fr":
        entries, seconds = entries.replace(",", "\u202f"), seconds.replace(".", ",")
    return line.tool, line.version, line.files, entries, seconds, str(line.shown), str(line.unlisted)


def write(lines: list[Line]) -> None:
    """Write the facts and put the table into each page, in the place of the one there."""
    FACTS.write_text(
        json.dumps([asdict(line) for line in lines], indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    for path, page in PAGES.items():
        made = markdown(lines) if page == "docs" else html(lines, page)
        text = path.read_text("utf-8")
        path.write_text(TABLE.sub(made.replace("\\", r"\\"), text, count=1), "utf-8")


def main(size: int) -> None:
    """Measure every installed tool."""
    lines = known()
    for name in tools():
        tool = tool_named(name)
        if tool.version() is None:
            print(f"{tool.NAME}: not installed")
            continue
        try:
            lines[tool.NAME] = measured(tool, size)
            print(lines[tool.NAME])
        except RefusedError as error:
            print(f"{tool.NAME}: {error}")
    write(sorted(lines.values(), key=lambda line: line.tool.lower()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
