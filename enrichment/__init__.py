"""Say what records mean for hospitals. One module per rule, found by its file name.

A rule is a module with three names, none of which touches the network, the clock or the archive:

- `VERSION`: a whole number, raised whenever the rule may conclude differently from the same input,
  so that what it concluded before is computed again;
- `APPLIES_TO`: the type of record it reads;
- `assess(record, background)`: its conclusions on one record, the same for the same input.

Rules run in alphabetical order; `background.earlier` has what those before concluded about the
record, so that none repeats another's work. A rule that finds nothing there calls the other itself.
A rule never edits a record: facts and conclusions live apart.
"""

import importlib
import pkgutil
from dataclasses import replace
from functools import cache
from typing import Protocol, cast

from records import Assessment, Background, Record

NOT_RULES = frozenset(
    {
        "ageing",
        "any_text",
        "families",
        "likeness",
        "listing",
        "products",
        "same_story",
        "version_ranges",
        "voices",
    }
)  # about many records, or none


class Rule(Protocol):
    """What a module of this package offers."""

    VERSION: int
    APPLIES_TO: type[Record]

    def assess(self, record: Record, background: Background) -> list[Assessment]:
        """Return what the rule concludes about one record."""


def assess(record: Record, background: Background) -> list[Assessment]:
    """Return what all rules that apply conclude about one record, rules in alphabetical order."""
    made: tuple[Assessment, ...] = ()
    for rule in _rules().values():
        if isinstance(record, rule.APPLIES_TO):
            made += tuple(rule.assess(record, replace(background, earlier=made)))
    return list(made)


def rules() -> dict[str, int]:
    """Return the version of every rule by its name."""
    return {name: rule.VERSION for name, rule in _rules().items()}


@cache
def _rules() -> dict[str, Rule]:
    names = {module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg} - NOT_RULES
    return {name: cast(Rule, importlib.import_module(f"enrichment.{name}")) for name in sorted(names)}
