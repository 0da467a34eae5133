"""Read the recorded texts whose relevance is known, and part them into folds that share no story.

Texts are read as `vigie assess` would read them: from title and text alone. Two texts are kept in one
fold where they may be about the same thing: notices with the same vendor, posts with the same victim,
news with the same title or a long run of the same words.
"""

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from pathlib import Path

from enrichment.any_text import record_of
from enrichment.relevance.matching import fold
from enrichment.relevance.word_model import FILE
from records import Advisory

FUNCTION_WORDS = FILE.with_name("function_words.txt")
FOLDS = 5
RUN = 5  # words in a row
RUNS = 6  # that two texts share
RARE = 4  # texts in which a run may stand to tell anything
LONG_TITLE = 30  # characters; a shorter one may be anybody's
VENDOR = re.compile(r"Products: ([\w.-]+)")
FRENCH_VENDOR = re.compile(r"(?:dans|de|pour) (?:les produits |le |la |les |l.)?([\w.-]+)")
SEAT = re.compile(r"Company headquarters location: (.*)")
POST = re.compile(r"Leak-site post by the group (.*?)\. Victim: .*\. Country: (\w*)\.")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and what is known of it; `told` is false where CISA names health among other sectors."""

    source: str
    record: Advisory
    health: bool
    told: bool


def labelled_texts(recorded: Path) -> list[Labelled]:
    """Return the labelled texts of the recorded data; raises `SystemExit` where they are not there."""
    file = recorded / "relevance" / "train.jsonl"
    if not file.is_file():
        raise SystemExit(f"{file}: not there; name the folder of recorded public data")
    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Labelled(
            row["source"],
            record_of(row["id"], row["title"], row["text"], row["lang"], row["source"]),
            row["labels"]["health"],
            row["labels"]["health"] == row["labels"]["health_only"],
        )
        for row in rows
    ]


def names_of_health_bodies(recorded: Path) -> list[Advisory]:
    """Return the American health bodies that reported a breach, each as a text of its name alone."""
    file = recorded / "health" / "hhs-breach" / "breach_report.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        names = {
            row["Name of Covered Entity"].strip()
            for row in csv.DictReader(lines)
            if row["Covered Entity Type"] != "Business Associate"
        }
    return [record_of(name, name, "", "en", "hhs-breach") for name in sorted(names)]


def accidental_words(texts: Sequence[Labelled]) -> frozenset[str]:
    """Return words that say nothing of a text's subject: those of `function_words.txt`, the gangs and
    countries of leak-site posts, and where a vendor has its seat.
    """
    lines = FUNCTION_WORDS.read_text(encoding="utf-8").splitlines()
    listed = {word for line in lines if not line.startswith("#") for word in line.split()}
    heads = [head.search(text.record.summary) for text in texts for head in (POST, SEAT)]
    parts = [part for head in heads if head for part in head.groups()]
    return frozenset(listed | {word for part in parts for word in re.findall(r"\w+", fold(part))})


def folds(texts: Sequence[Labelled]) -> list[int]:
    """Return the fold, 0 to `FOLDS` - 1, of each text; largest groups first, then by digest."""
    groups: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate(_groups(texts)):
        groups[group].append(place)
    sizes = [0] * FOLDS
    placed = [0] * len(texts)
    for members in sorted(groups.values(), key=lambda group: (-len(group), _digest(texts[group[0]]))):
        smallest = sizes.index(min(sizes))
        sizes[smallest] += len(members)
        for place in members:
            placed[place] = smallest
    return placed


def _digest(text: Labelled) -> bytes:
    return sha256(text.record.native_id.encode()).digest()


def _groups(texts: Sequence[Labelled]) -> list[int]:
    """Return a number for each text, the same for those that may be about the same thing."""
    leader = list(range(len(texts)))

    def led(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for one, other in [*_same_subject(texts), *_same_words(texts)]:
        leader[led(other)] = led(one)
    return [led(place) for place in range(len(texts))]


def _same_subject(texts: Sequence[Labelled]) -> Iterator[tuple[int, int]]:
    first: dict[tuple[str, str], int] = {}
    for place, text in enumerate(texts):
        subject = _subject(text)
        if subject:
            yield first.setdefault((text.source, fold(subject)), place), place


def _subject(text: Labelled) -> str:
    """Return the vendor, victim or title; empty where a title may be anybody's."""
    title = text.record.title
    if text.source == "cisa-csaf":
        vendor = VENDOR.search(text.record.summary)
        return vendor[1] if vendor else title.split()[0]
    if text.source == "certfr":
        vendor = FRENCH_VENDOR.search(title)
        return vendor[1] if vendor else title
    return title if text.source == "ransomware-post" or len(title) > LONG_TITLE else ""


def _same_words(texts: Sequence[Labelled]) -> Iterator[tuple[int, int]]:
    runs: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for place, text in enumerate(texts):
        if text.source in ("press", "misp-galaxy"):
            words = re.findall(r"\w+", fold(text.record.summary))
            for start in range(len(words) - RUN + 1):
                runs[tuple(words[start : start + RUN])].add(place)
    shared = Counter(
        pair
        for places in runs.values()
        if 1 < len(places) <= RARE
        for pair in combinations(sorted(places), 2)
    )
    yield from (pair for pair, count in shared.items() if count >= RUNS)
