"""Bring every target up to a finished release, or say what that would take.

Each target is on its own: one that is down gets its releases later, and neither a release nor another target
waits for it.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from records import ObservableType, SettingsError, VigieError
from sharing.push.held import Held, held_by, read
from sharing.push.kinds import Send, Terms, kind_of
from sharing.push.planning import Change, Parcel, View, parcels, plan
from sharing.push.published import Published, read_published
from sharing.push.retrying import retried
from sharing.push.targets import Clock, Target, Wire

log = logging.getLogger("vigie")


@dataclass(slots=True)
class Outcome:
    """What became of one target: how many changes it confirmed by kind (or, of a rehearsal, would get), what its
    filters keep back by filter, what it does not take (key -> reason), and why the push to it ended early, if it did.
    """

    target: str
    number: int
    told: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)
    error: str = ""


def check(target: Target) -> None:
    """Raise `SettingsError` where a target's settings cannot be used."""
    kind = kind_of(target)
    narrowed = target.pap is not None or target.min_confidence or target.only_health
    if kind.SENDS == "files" and (narrowed or target.types != frozenset(ObservableType)):
        raise SettingsError(
            f"push.{target.name}: a target of kind {target.kind} gets whole files; make a profile with these "
            'filters and send its folder, files = ["<profile>/*"]'
        )
    kind.check(target)


def push(
    targets: Iterable[Target], published: Path, folder: Path, wire: Wire, clock: Clock
) -> Iterator[Outcome]:
    """Bring each target up to the published release, one after the other, and yield what became of it.

    `folder` is where is kept what each target holds. Raises `PublishError` where there is no release; a target's
    failure is told in its outcome and in the log, and the next one goes on.
    """
    release = read_published(published)
    for target in targets:
        outcome = Outcome(target.name, release.number)
        try:
            check(target)
            with held_by(target, folder) as held:
                _deliver(target, release, held, outcome, (wire, clock))
        except (VigieError, OSError) as error:
            outcome.error = outcome.error or str(error)
        _note(outcome)
        yield outcome


def rehearse(targets: Iterable[Target], published: Path, folder: Path) -> Iterator[Outcome]:
    """Say what `push` would tell each target, and speak with none; raises `PublishError`."""
    release = read_published(published)
    for target in targets:
        outcome = Outcome(target.name, release.number)
        try:
            check(target)
            held = read(target, folder)
            for change in _changes(target, release, held, outcome):
                outcome.told[change.kind] += 1
        except (VigieError, OSError) as error:
            outcome.error = str(error)
        yield outcome


def said(outcome: Outcome) -> str:
    """Say in one sentence what became of a target; no value is named, as a log has readers too."""
    told = ", ".join(f"{outcome.told[kind]} {kind}" for kind in ("added", "changed", "removed"))
    kept = ", ".join(f"{number} by {name}" for name, number in sorted(outcome.left_out.items()))
    parts = [f"{outcome.target}: release {outcome.number}: {told}"]
    if kept:
        parts.append(f"kept back {kept}")
    if outcome.refused:
        reason = next(iter(outcome.refused.values()))
        parts.append(f"{len(outcome.refused)} not taken, the first because {reason}")
    if outcome.error:
        parts.append(f"not finished: {outcome.error}")
    return "; ".join(parts)


def _deliver(
    target: Target, release: Published, held: Held, outcome: Outcome, means: tuple[Wire, Clock]
) -> None:
    """Tell a target what it lacks, batch by batch; what it confirms is kept at once."""
    wire, clock = means
    kind, until = kind_of(target), clock.elapsed() + target.seconds
    changes = _changes(target, release, held, outcome)
    first = list(islice(changes, kind.BATCH))
    if first or held.begun:
        held.begin()
        terms = Terms(release.number, release.made_at, wire, clock, until)
        with ExitStack() as stack:
            send = retried(lambda: stack.enter_context(kind.opened(target, terms)), clock, until)
            while first:
                _send(first, send, held, outcome, terms)
                first = list(islice(changes, kind.BATCH))
    if not outcome.refused:
        held.finish(release.number)


def _send(batch: list[Any], send: Send, held: Held, outcome: Outcome, terms: Terms) -> None:
    if terms.clock.elapsed() >= terms.until:
        raise VigieError("its time is up; the next push goes on from here")
    refused = retried(lambda: send(batch), terms.clock, terms.until)
    outcome.refused.update(refused)
    taken = [change for change in batch if change.key not in refused]
    held.confirm((change.key, change.text) for change in taken)
    outcome.told.update(change.kind for change in taken)


def _changes(
    target: Target, release: Published, held: Held, outcome: Outcome
) -> Iterator[Change] | Iterator[Parcel]:
    if kind_of(target).SENDS == "files":
        return parcels(held.things, release.chosen(target.files, target.ceiling))
    view = View(target, held.things, release.made_at, outcome.left_out)
    return plan(view, release, held.number, same=held.same)


def _note(outcome: Outcome) -> None:
    level = logging.WARNING if outcome.error or outcome.refused else logging.INFO
    log.log(level, "push: %s", said(outcome))
