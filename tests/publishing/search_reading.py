"""Search as the page's script does, in Python: what `assets/recherche.js` must find, file by file."""

import json
import re
from collections.abc import Mapping

from publishing.search_index import DIGITS
from publishing.search_words import LONGEST, fold

FOLDER = "donnees/recherche"
_CVE = re.compile(r"cve[\s:_-]*((?:19|20)\d\d)[\s_-]+(\d{2,19})")
_CHUNK = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_NUMBER = re.compile(
    r"cve-\d{4}-\d{2,19}|[a-z]{2,12}(?:-[a-z]{1,12}){0,2}-(?:(?:19|20)\d\d|\d\d)(?:-[a-z0-9]+)+"
)
_VERSION = re.compile(r"v?\d+(?:\.\w+)+(?:-.*)?")


class Reading:
    """The files of a site, with those that were opened."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.opened: set[str] = set()

    def load(self, path: str) -> object:
        path = f"{FOLDER}/{path}.json"
        self.opened.add(path)
        return json.loads(self.files[path])


def search(reading: Reading, query: str, most: int = 20) -> list[str]:
    """Return the titles of the first pages found."""
    index = reading.load("index")
    assert isinstance(index, dict)
    totals: dict[int, list[int]] = {}
    for ways in parse(query, set(index["ignored"].split())):
        found: dict[int, int] = {}
        for tokens in ways:
            for page, score in _way(reading, index, tokens).items():
                found[page] = max(score, found.get(page, 0))
        for page, score in found.items():
            total = totals.setdefault(page, [0, 0])
            total[0] += 1
            total[1] += score
    best = max((count for count, _ in totals.values()), default=0)
    ranked = sorted(
        (page for page, (count, _) in totals.items() if count == best),
        key=lambda page: (-totals[page][1], page >= index["first"], -page),
    )
    return [_title(reading, index["block"], page) for page in ranked[:most]]


def parse(query: str, ignored: set[str]) -> list[list[list[tuple[str, bool]]]]:
    """Return for each word of a query its ways of being found: tokens, each with whether it is open."""
    text = _CVE.sub(r"cve-\1-\2", fold(query))
    chunks = list(_CHUNK.finditer(text))
    groups = [_ways(chunk[0], chunk.end() == len(text), ignored) for chunk in chunks]
    return [ways for ways in groups if ways]


def _ways(chunk: str, unfinished: bool, ignored: set[str]) -> list[list[tuple[str, bool]]]:
    if re.fullmatch(r"(?:19|20)\d\d-\d{4,19}", chunk):
        chunk = f"cve-{chunk}"
    ways = [[(chunk, unfinished)]] if _NUMBER.fullmatch(chunk) else []
    if chunk.startswith("cve-") and ways:
        return ways
    if _VERSION.fullmatch(chunk):
        return []
    parts = re.split(r"[-.]", chunk)
    kept = [
        (part[:LONGEST], unfinished and at == len(parts) - 1)
        for at, part in enumerate(parts)
        if len(part) > 1 and part not in ignored
    ]
    ways += [kept] if kept else []
    ways += [[("".join(parts)[:LONGEST], unfinished)]] if len(parts) > 1 else []
    return ways


def _way(reading: Reading, index: dict[str, str], tokens: list[tuple[str, bool]]) -> dict[int, int]:
    found = [_token(reading, index, token, unfinished) for token, unfinished in tokens]
    return {page: min(one[page] for one in found) for page in set.intersection(*map(set, found))}


def _token(reading: Reading, index: dict[str, str], token: str, unfinished: bool) -> dict[int, int]:
    path = _file(index, token)
    found: dict[int, int] = {}
    for word, lists in entries(str(reading.load(path))) if path else ():
        if word != token and not (unfinished and word.startswith(token)):
            continue
        for weight, pages in zip((3, 2, 1), lists, strict=False):
            score = weight + (0 if word != token else 97 if "-" in token else 4)
            for page in pages:
                found[page] = max(score, found.get(page, 0))
    return found


def _file(index: dict[str, str], token: str) -> str:
    if "-" not in token:
        name = token[:2] if token[:2].isascii() else "autres"
        return f"mots/{name}" if name in index["words"].split() else ""
    parts = token.split("-")
    for series in index["numbers"].split():
        name, _, twos = series.partition(":")
        if twos and name == "-".join(parts[:2]) and parts[2][:2] in twos.split(","):
            return f"numeros/{name}-{parts[2][:2]}"
        if not twos and f"{token}-".startswith(f"{name}-"):
            return f"numeros/{name}"
    return ""


def entries(text: str) -> list[tuple[str, list[list[int]]]]:
    """Return the words of a file with their pages by weight."""
    found, before = [], ""
    for entry in text.split(";"):
        head, *lists = entry.split(" ")
        before = before[: int(head[0], 36)] + head[1:]
        found.append((before, [numbers(one) for one in lists]))
    return found


def numbers(text: str) -> list[int]:
    """Return the numbers of pages that a text of digits stands for."""
    found: list[int] = []
    value, shift = 0, 0
    for digit in map(DIGITS.index, text):
        value += (digit & 31) << shift
        shift += 5
        if digit < 32:
            found.append(value + found[-1] + 1 if found else value)
            value, shift = 0, 0
    return found


def _title(reading: Reading, block: int, page: int) -> str:
    content = reading.load(f"pages/{page // block}")
    assert isinstance(content, dict)
    return str(content["rows"][page % block][0])
