"""Speak with one kind of system. One module per kind, found by its file name.

A kind must have:

- `SENDS`: `"values"`, whose changes are `planning.Change`, or `"files"`, whose changes are `planning.Parcel`;
- `BATCH`: how many changes one call takes at most;
- `check(target)`: raises `SettingsError` where the target's settings cannot be used;
- `opened(target, terms)`: a context manager that yields `send(changes)`. It tells the target a batch and
  returns key -> reason of those that it does not take; the others are confirmed. It must be safe to
  repeat a batch, wholly or in part done. It raises `RefusedError` where nothing of it was taken and asking again will not
  help, `UnreachableError` where it may. What ends with the context is done only after the last batch.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, Protocol, cast

from records import SettingsError
from sharing.push.targets import Clock, Target, Wire

Send = Callable[[Sequence[Any]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a kind needs to know of a push: the release, how to reach others, the time, and when it is up
    (an instant of `clock.elapsed`).
    """

    number: int
    made_at: datetime
    wire: Wire
    clock: Clock
    until: float


class Kind(Protocol):
    """What a module of this package offers."""

    SENDS: Literal["values", "files"]
    BATCH: int

    def check(self, target: Target) -> None:
        """Raise `SettingsError` where a target's settings cannot be used."""

    def opened(self, target: Target, terms: Terms) -> AbstractContextManager[Send]:
        """Begin to speak with a target; see the package's text."""


@cache
def kinds() -> tuple[str, ...]:
    """Return the names of all kinds, in alphabetical order, without importing them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def kind_of(target: Target) -> Kind:
    """Return the module that speaks with a target; raises `SettingsError` where there is none."""
    if target.kind not in kinds():
        raise SettingsError(f"push.{target.name}: no kind called {target.kind!r}; use {', '.join(kinds())}")
    return cast(Kind, importlib.import_module(f"sharing.push.kinds.{target.kind}"))
