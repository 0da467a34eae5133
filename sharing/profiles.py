"""Choose what a device gets: the entries that pass a profile's filters, the best ones where there are too many."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from records import PAP, TLP, Entry, ListedIndicator, Observable, ObservableType, parse_tlp


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one kind of device may and can hold; the profile without a name is what everyone gets.

    `formats` are names of formats, none for all. `most` is the entries one file may hold. `min_confidence` is
    0–100; `tlp` and `pap` the highest marking that passes, `None` for the deployment's audience.
    """

    name: str = ""
    formats: tuple[str, ...] = ()
    most: int | None = None
    min_confidence: int = 0
    tlp: TLP | None = None
    pap: PAP | None = None
    only_health: bool = False
    types: frozenset[ObservableType] = frozenset(ObservableType)

    def takes(self, row: Entry | ListedIndicator) -> bool:
        """Say whether an entry passes the filters; what was withdrawn passes as it did when it stood."""
        return (
            row.confidence >= self.min_confidence
            and (self.tlp is None or row.marking.tlp <= self.tlp)
            and (self.pap is None or row.marking.pap <= self.pap)
            and (row.health or not self.only_health)
            and row.observable.type in self.types
        )

    def key(self) -> str:
        """Return a text that is the same for the same choice of entries, whatever the name."""
        types = ",".join(sorted(self.types))
        return f"{self.min_confidence} {self.tlp} {self.pap} {self.only_health} {types}"

    def as_json(self) -> dict[str, Any]:
        """Return it as the ledger keeps it."""
        return {
            "name": self.name,
            "formats": list(self.formats),
            "most": self.most,
            "min_confidence": self.min_confidence,
            "tlp": None if self.tlp is None else self.tlp.label,
            "pap": None if self.pap is None else self.pap.name,
            "only_health": self.only_health,
            "types": sorted(kind.value for kind in self.types),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Profile":
        """Return what `as_json` gave."""
        return cls(
            name=body["name"],
            formats=tuple(body["formats"]),
            most=body["most"],
            min_confidence=body["min_confidence"],
            tlp=None if body["tlp"] is None else parse_tlp(body["tlp"]),
            pap=None if body["pap"] is None else PAP[body["pap"]],
            only_health=body["only_health"],
            types=frozenset(map(ObservableType, body["types"])),
        )


Rank = tuple[int, bool, float, int]


def rank(row: Entry) -> Rank:
    """Order entries from the worst to the best: by confidence, then by relevance to health, then by when it was
    last seen (or listed), then by how many sources say so.
    """
    seen = row.last_seen_at or row.listed_at
    return row.confidence, row.health, seen.timestamp(), len(row.sources)


class Best:
    """The best `most` of the entries it is shown, in little memory. Equals are told apart by value."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._heap: list[tuple[Rank, Observable, Entry]] = []

    def show(self, row: Entry, ranked: Rank) -> None:
        """Keep an entry if it is among the best so far."""
        place = (ranked, row.observable, row)
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, place)
        elif self._heap and place[:2] > self._heap[0][:2]:
            heapq.heapreplace(self._heap, place)

    def chosen(self) -> list[Entry]:
        """Return what was kept, by type and value."""
        return sorted((row for _, _, row in self._heap), key=lambda row: row.observable)
