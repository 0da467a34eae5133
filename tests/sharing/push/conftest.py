"""Real releases on disk, and a clock that never waits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from records import TLP, Edition, ListedIndicator, Marking, Observable, ObservableType
from sharing.profiles import Profile
from sharing.push.sending import Outcome, push, rehearse
from sharing.push.targets import Clock, Target, Wire
from sharing.release import Terms, release

START = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
SECRET = "geheim.example.org"  # what only AMBER may see
CLEAR = Profile(name="clair", formats=("edl",), tlp=TLP.CLEAR)


def row(
    value: str, tlp: TLP = TLP.CLEAR, confidence: int = 75, kind: ObservableType = ObservableType.DOMAIN
) -> ListedIndicator:
    return ListedIndicator(
        observable=Observable(kind, value),
        marking=Marking(tlp),
        confidence=confidence,
        sources=("certfr",),
        labels=("Lockbit",),
        valid_from=START,
    )


@dataclass
class House:
    """One deployment: it releases a minute later each time, and pushes."""

    folder: Path
    wire: Wire = field(default_factory=Wire)
    at: datetime = START
    waited: list[float] = field(default_factory=list)
    spent: float = 0.0

    @property
    def published(self) -> Path:
        return self.folder / "lists"

    @property
    def state(self) -> Path:
        return self.folder / "push"

    def release(self, *rows: ListedIndicator) -> None:
        self.at += timedelta(minutes=1)
        edition = Edition(
            made_at=self.at,
            audience=TLP.AMBER,
            stories=(),
            vulnerabilities={},
            indicators=tuple(sorted(rows, key=lambda one: one.observable)),
            sources=(),
        )
        everyone = Profile(formats=("ndjson", "edl"))
        release(edition, self.published, terms=Terms(profiles=(everyone, CLEAR)))

    def clock(self) -> Clock:
        return Clock(
            now=lambda: self.at, elapsed=lambda: self.spent, sleep=self.waited.append, chance=lambda: 0.5
        )

    def push(self, *targets: Target) -> list[Outcome]:
        return list(push(targets, self.published, self.state, self.wire, self.clock()))

    def one(self, target: Target) -> tuple[dict[str, int], str]:
        """Push to one target; what it confirmed, and why it ended early."""
        (outcome,) = self.push(target)
        return dict(outcome.told), outcome.error

    def rehearse(self, target: Target) -> Outcome:
        (outcome,) = rehearse([target], self.published, self.state)
        return outcome


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


Story = Callable[[Target], None]


@pytest.fixture
def secret_story(house: House) -> Story:
    """Push four releases in which a value above the target's ceiling comes, changes and goes."""

    def told(target: Target) -> None:
        plain = [row("b.example.org"), row("c.example.org")]
        house.release(*plain, row(SECRET, TLP.AMBER))
        assert not house.one(target)[1]
        house.release(*plain, row(SECRET, TLP.AMBER, confidence=10))
        assert not house.one(target)[1]
        house.release(*plain)
        assert not house.one(target)[1]
        house.release(row("b.example.org"), row(SECRET, TLP.GREEN))
        assert not house.one(target)[1]

    return told
