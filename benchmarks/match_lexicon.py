"""Measure how fast the word lists are sought in texts: megabytes of UTF-8 per second, on one core.

Run `VIGIE_TEST_DATA=FOLDER python benchmarks/match_lexicon.py [TERMS]` (20 000 by default) with the
folder of the recorded public data, whose French notices are the text. The shipped terms are filled
up to TERMS with names made of their own words. Folding, seeking, borders and spans are all included;
Folding alone is shown as well. The last line compares with one alternation of
regular expressions, on few texts and few terms, where it is not yet at its worst.
"""

import json
import os
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

from enrichment.relevance.lexicon import lexicon
from enrichment.relevance.matching import Dictionary, fold

REPEATS = 7  # the best is shown
COMPARED_TERMS, COMPARED_TEXTS = 1_000, 100  # given to the regular expression, which is slow


def notices(folder: Path) -> list[str]:
    """Return the French notices, each as one text: title, summary, content and affected systems."""
    texts = []
    for file in sorted((folder / "certfr").glob("*/*.json")):
        notice = json.loads(file.read_bytes())
        systems = [system.get("description") or "" for system in notice.get("affected_systems") or []]
        parts = [notice["title"], notice.get("summary") or "", notice.get("content") or "", *systems]
        texts.append("\n\n".join(parts))
    return texts


def terms(size: int) -> list[str]:
    """Return the shipped terms, filled up to `size` with two or three of their words put together."""
    shipped = list(lexicon().entries)
    words = sorted({word for term in shipped for word in term.split() if len(word) > 3 and "*" not in word})
    choose = random.Random(4)
    made = set(shipped)
    while len(made) < size:
        made.add(" ".join(choose.sample(words, choose.choice((2, 3)))))
    return sorted(made)[:size]


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` keeps a processor at best, whatever else the machine does meanwhile."""

    def once() -> float:
        start = process_time()
        work()
        return process_time() - start

    return min(once() for _ in range(REPEATS))


def megabytes(texts: list[str]) -> float:
    """Return the size of texts in UTF-8."""
    return sum(len(text.encode()) for text in texts) / 1e6


def main(size: int) -> None:
    """Print the figures."""
    texts = notices(Path(os.environ["VIGIE_TEST_DATA"]))
    sought = terms(size)
    dictionary = Dictionary(sought)
    found = sum(len(dictionary.find(text)) for text in texts)

    def seek() -> None:
        for text in texts:
            dictionary.find(text)

    whole = megabytes(texts)
    print(f"{len(texts):,} notices, {whole:.1f} MB, {len(sought):,} terms, {found:,} found")
    print(f"building {seconds(lambda: Dictionary(sought)):8.2f} s")
    print(f"folding  {whole / seconds(lambda: [fold(text) for text in texts]):8.1f} MB/s")
    print(f"in all   {whole / seconds(seek):8.1f} MB/s")
    compare(texts[:: max(1, len(texts) // COMPARED_TEXTS)], sought[:: max(1, size // COMPARED_TERMS)])


def compare(texts: list[str], sought: list[str]) -> None:
    """Print how much slower one alternation is that folds the same and checks the same borders."""
    ours = Dictionary(sought)
    escaped = "|".join(re.escape(fold(term.strip("*"))) for term in sorted(sought, key=len, reverse=True))
    alternation = re.compile(rf"(?<!\w)(?:{escaped})s?(?!\w)")
    fast = seconds(lambda: [ours.find(text) for text in texts])
    slow = seconds(lambda: [alternation.findall(fold(text)) for text in texts])
    print(
        f"{len(sought):,} terms, {len(texts)} notices: one regular expression is {slow / fast:,.0f} times slower"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
