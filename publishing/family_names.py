"""What the families of products are called in English: the lexicon of rules names them in French."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from settings import ROOT

FILE = Path("enrichment") / "lexicons" / "families.csv"


@cache
def english_names() -> Mapping[str, str]:
    """Return the English name of each family by its French one."""
    with (ROOT / FILE).open(encoding="utf-8", newline="") as stream:
        return {row["french"]: row["english"] for row in csv.DictReader(stream)}
