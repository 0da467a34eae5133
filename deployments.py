"""What a deployment is: its settings, archive and sources, and who hears of what is done with them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import store
from collectors.fetching import Progress
from records import Run, Source
from settings import Settings


@dataclass(slots=True)
class Memory:
    """What one process remembers between two ticks: the sources it is reading, the states it last showed,
    whether it has assessed at all (a process that died may have saved without saying so), and when, and upto
    which run, the interlock last held a release.
    """

    reading: set[str] = field(default_factory=set)
    shown: dict[str, str] = field(default_factory=dict)
    assessed: bool = False
    held: tuple[datetime, int] | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a cycle works on. `report` hears of each run as it ends, `progress` of each step as it begins,
    `heard` of how each source gets on. Setting `stop` ends the cycle at the next step; what is saved
    stays saved.
    """

    settings: Settings
    archive: store.Archive
    sources: tuple[Source, ...]
    report: Callable[[Run], None] = lambda run: None
    progress: Callable[[str], None] = lambda step: None
    heard: Callable[[Progress], None] = lambda progress: None
    stop: threading.Event = field(default_factory=threading.Event)
    memory: Memory = field(default_factory=Memory)
