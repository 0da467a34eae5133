"""Measure what `enrichment.naming.extraction` finds against lists that publishers gave with their reports.

Run `python benchmarks/quality_extraction.py DATA` with the folder of the recorded data (`reports/pairs.csv`
names each text and its list). Libraries that do the same are measured in the same run where they can be
imported: iocextract, ioc-finder, iocsearcher; none is a dependency of ours.

Counted are the values of a list that stand in its text once refanged, case ignored. A found value of a
sort that the list does not have at all (an ESET list of SHA-1 names no domain) counts neither for nor
against. Values are compared without case, scheme of a bare name, and final slash. Speed is CPU time.
"""

import csv
import importlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from enrichment.naming.extraction import extract
from enrichment.naming.refanging import refang_all

Finder = Callable[[str], set[str]]

EVERY = 400  # characters of prose for each value sown into it
PROSE = 10_000_000  # characters of prose for us; the libraries get the first `SLICE` of it
SLICE = 200_000
SHAPES = {
    "hash": re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}"),
    "address": re.compile(r"[0-9.]{7,15}|[0-9a-f]*:[0-9a-f:]+"),
    "url": re.compile(r"(?:https?|ftp)://\S+|[\w.-]+\.\w+(?::\d+)?/\S*"),
    "email": re.compile(r"[^\s@/]+@[^\s@/]+"),
    "domain": re.compile(r"(?:[\w-]+\.)+[a-z][\w-]+"),
}
PATTERN = re.compile(r"(?::|\.)(?:value|hashes\.'?[\w-]+'?)\s*=\s*'((?:[^'\\]|\\.)*)'")
MISP = frozenset(
    ("md5", "sha1", "sha256", "domain", "hostname", "ip-dst", "ip-src", "url", "email-src", "email-dst")
)


@dataclass
class Score:
    """What one finder found, over all texts."""

    wanted: int = 0
    hit: int = 0
    wrong: int = 0
    seconds: float = 0.0

    def line(self, name: str, size: int) -> str:
        """Return recall, precision, F1 and speed on one line."""
        recall, precision = self.hit / self.wanted, self.hit / max(self.hit + self.wrong, 1)
        f1 = 2 * recall * precision / max(recall + precision, 1e-9)
        speed = size / 1e6 / max(self.seconds, 1e-9)
        return f"{name:24} recall {recall:.4f}  precision {precision:.4f}  F1 {f1:.4f}  {speed:6.2f} MB/s"


def ours(text: str) -> set[str]:
    """Return what we find."""
    return {found.value for found in extract(text)}


def libraries() -> dict[str, Finder]:
    """Return the finders that can be imported, by their name, and say which cannot."""
    makers = {"iocextract": _iocextract, "ioc_finder": _ioc_finder, "iocsearcher": _iocsearcher}
    found = {}
    for name, make in makers.items():
        try:
            found[name] = make()
        except ImportError:
            print(f"{name}: cannot be imported here, not measured")
    return found


def _iocextract() -> Finder:
    library = importlib.import_module("iocextract")
    return lambda text: set(library.extract_iocs(text, refang=True))


def _ioc_finder() -> Finder:
    library = importlib.import_module("ioc_finder")

    def find(text: str) -> set[str]:
        return {
            value
            for values in library.find_iocs(text).values()
            if isinstance(values, list)
            for value in values
        }

    return find


def _iocsearcher() -> Finder:
    searcher = importlib.import_module("iocsearcher.searcher").Searcher()
    return lambda text: {found.value for found in searcher.search_data(text)}


def truth(path: Path) -> set[str]:
    """Return the values of a published list: hashes one a line, a MISP event, STIX 1 or 2 in JSON."""
    text = path.read_text("utf-8", errors="replace")
    if path.suffix != ".json":
        return {line.strip() for line in text.splitlines()}
    document = json.loads(text)
    found: set[str] = set()
    for item in _objects(document):
        found.update(_misp(item) if isinstance(item.get("type"), str) else _stix_1(item))
        found.update(re.sub(r"\\(.)", r"\1", part) for part in PATTERN.findall(str(item.get("pattern", ""))))
    return found


def _misp(item: dict[str, object]) -> set[str]:
    """Return the values of a MISP attribute, of `domain|ip` both and of `filename|sha1` the second."""
    kind, value = str(item["type"]), str(item.get("value", ""))
    if "|" in kind:
        parts = value.split("|")
        return set(parts) if kind.startswith("domain") else set(parts[1:])
    return {value} if kind in MISP else set()


def _stix_1(item: dict[str, object]) -> set[str]:
    """Return the value of an object's property, which may itself be one with a `value`."""
    value = item.get("value", item.get("address_value", item.get("simple_hash_value")))
    value = value.get("value") if isinstance(value, dict) else value
    return {value} if isinstance(value, str) else set()


def _objects(part: object) -> Iterator[dict[str, object]]:
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _objects(inner)


def normal(values: set[str]) -> dict[str, str]:
    """Return values as they are compared, each with its shape; those of no shape are left out."""
    found = {}
    for value in values:
        written = value.strip().lower()
        for shape, pattern in SHAPES.items():
            if pattern.fullmatch(written):
                bare = written.partition("://")[2] if shape == "url" and "://" in written else written
                found[bare.rstrip("/")] = shape
                break
    return found


def harmless(folder: Path) -> frozenset[str]:
    """Return the names on MISP's warninglists: what a shield with all of them could take away."""
    names: set[str] = set()
    for path in folder.rglob("*.json"):
        content = json.loads(path.read_text("utf-8"))
        if content.get("type") in ("hostname", "string"):
            names.update(str(name).lower().lstrip(".") for name in content["list"])
    return frozenset(name for name in names if "." in name)


def shielded(found: dict[str, str], names: frozenset[str]) -> dict[str, str]:
    """Return what is found without the domains of `names` or below them."""
    kept = {}
    for value, shape in found.items():
        labels = value.split(".")
        if shape != "domain" or not any(".".join(labels[start:]) in names for start in range(len(labels))):
            kept[value] = shape
    return kept


def pairs(folder: Path) -> dict[Path, set[str]]:
    """Return each text with all that its lists hold."""
    found: dict[Path, set[str]] = defaultdict(set)
    with (folder / "reports" / "pairs.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found[folder / row["text"]] |= truth(folder / row["truth"])
    return dict(found)


def measure(find: Finder, texts: dict[Path, set[str]], names: frozenset[str] = frozenset()) -> Score:
    """Return how one finder does on all texts; `names` are taken away from what it finds."""
    score = Score()
    for path, listed in texts.items():
        text = path.read_text("utf-8", errors="replace")
        start = process_time()
        values = find(text)
        score.seconds += process_time() - start
        found, wanted = shielded(normal(values), names), normal(listed)
        whole = refang_all(text).text.lower()
        wanted = {value: shape for value, shape in wanted.items() if value in whole}
        score.wanted += len(wanted)
        score.hit += len(wanted.keys() & found.keys())
        lengths = {(shape, len(value) if shape == "hash" else 0) for value, shape in normal(listed).items()}
        score.wrong += sum(
            1
            for value, shape in found.items()
            if value not in wanted and (shape, len(value) if shape == "hash" else 0) in lengths
        )
    return score


def prose(folder: Path) -> str:
    """Return recorded notices with one invented value sown in for every `EVERY` characters."""
    with (folder / "relevance" / "train.jsonl").open(encoding="utf-8") as lines:
        words = " ".join(json.loads(line)["text"] for line in lines).split(" ")
    pieces, since, size, count = [], 0, 0, 0
    while size < PROSE:
        for word in words:
            pieces.append(word)
            since += len(word) + 1
            if since > EVERY:
                pieces.append(_sown(count))
                size, since, count = size + since, 0, count + 1
    return " ".join(pieces)[:PROSE]


def _sown(count: int) -> str:
    return (
        f"203[.]0[.]113[.]{count % 250}",
        f"c{count}.example[.]org",
        f"hxxps://d{count}.example.net/a/{count}",
        f"{count * 2**200 + 7919**9:064x}",
        f"{count * 2**90 + 7919**7:032x}",
    )[count % 5]


def main(folder: Path) -> None:
    """Print the figures."""
    texts = pairs(folder)
    size = sum(path.stat().st_size for path in texts)
    names = harmless(folder / "lists" / "misp-warninglists")
    extract("example.org")  # the suffix list is read once
    print(f"{len(texts)} reports, {size / 1e6:.2f} MB")
    print(measure(ours, texts).line("vigie", size))
    print(measure(ours, texts, names).line("vigie + warninglists", size))
    finders = libraries()
    for name, find in finders.items():
        print(measure(find, texts).line(name, size))
    text = prose(folder)
    print(f"prose, one value for every {EVERY} characters")
    for name, find, part in [
        ("vigie", ours, text),
        *((name, find, text[:SLICE]) for name, find in finders.items()),
    ]:
        start = process_time()
        count = len(find(part))
        print(
            f"{name:24} {len(part) / 1e6 / (process_time() - start):6.2f} MB/s, {count} values of {len(part):,} characters"
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python benchmarks/quality_extraction.py DATA")
    main(Path(sys.argv[1]))
