"""The programs that hospitals load the lists into, driven for real: one module per program.

A module drives one program that is installed on this machine; what is not is skipped, with its reason.
Each offers:

- `NAME`: what readers call it; `PACKAGE`: the Debian (or Python) package that brings it;
- `FORMAT`, `FILES`: the format it is fed with, and which of that format's files;
- `TYPES`: the types of observables it can be asked about;
- `version()`: the installed version, `None` where the program is not there;
- `loaded(lists, work)`: a context manager that loads the files found below the folder `lists` into the
  running program, using the empty folder `work` for all it writes, and yields a function `stopped(items)`
  that presents each observable to the program as real traffic, a file or a lookup would, and returns
  those that it blocked or alerted on. It leaves nothing running and nothing changed outside `work`
  (network namespaces where needed). Raises `RefusedError` with the program's own words where it refuses
  the files or complains of a line: some programs say so and go on with exit code 0.

`python -m tests.tools` measures them and writes the compatibility table.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Protocol, cast

from records import Observable, ObservableType

Stopped = Callable[[Iterable[Observable]], frozenset[Observable]]
NOT_TOOLS = frozenset({"__main__"})


class RefusedError(Exception):
    """A program refused a list or complained of it; the text is what it said."""


class Tool(Protocol):
    """What a module of this package offers."""

    NAME: str
    PACKAGE: str
    FORMAT: str
    FILES: tuple[str, ...]
    TYPES: frozenset[ObservableType]

    def version(self) -> str | None:
        """Return the installed version, `None` where the program is not there."""

    def loaded(self, lists: Path, work: Path) -> AbstractContextManager[Stopped]:
        """Load the lists into the program; see the package's text."""


@cache
def tools() -> tuple[str, ...]:
    """Return the names of all driven programs, in alphabetical order."""
    names = {module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")}
    return tuple(sorted(names - NOT_TOOLS))


def tool_named(name: str) -> Tool:
    """Return the module that drives a program."""
    return cast(Tool, importlib.import_module(f"tests.tools.{name}"))
