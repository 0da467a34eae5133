"""What the lists of the last release hold, as their manifest says: after the shield, before any page."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson


@dataclass(frozen=True, slots=True)
class Released:
    """The plain lists of a release: when it was made, and how many values each file holds, by its name."""

    made_at: datetime | None = None
    counts: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        """How many values the plain lists hold together."""
        return sum(count for _, count in self.counts)


def last_release(lists: Path) -> Released:
    """Return what the published lists hold; nothing where there are none."""
    try:
        manifest = orjson.loads((lists / "manifest.json").read_bytes())
        rows = ((str(one["name"]), int(one["entries"])) for one in manifest["files"])
        plain = tuple(
            sorted((name, count) for name, count in rows if name.endswith(".txt") and "/" not in name)
        )
        return Released(datetime.fromisoformat(manifest["made_at"]), plain)
    except (OSError, ValueError, KeyError, TypeError):
        return Released()
