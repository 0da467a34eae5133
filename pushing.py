"""Send the last release to the systems that the settings name; none of them can hold up a release."""

import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from records import PAP, ObservableType, SettingsError
from settings import PushSettings, Settings
from sharing.push.sending import Outcome, push, rehearse
from sharing.push.targets import Clock, Target, Wire


def pushed(settings: Settings, names: Sequence[str] = (), *, dry_run: bool = False) -> Iterator[Outcome]:
    """Send the release that is out to some targets, to all where none is named, one after the other.

    Raises `SettingsError` for a name that no target has, `PublishError` where there is no release.
    """
    unknown = set(names) - settings.push.keys()
    if unknown:
        known = ", ".join(sorted(settings.push)) or "none"
        raise SettingsError(f"no target called {min(unknown)!r}; the settings have {known}")
    targets = [_target(name, one) for name, one in settings.push.items() if not names or name in names]
    lists, folder = settings.build / "lists", settings.release.ledger.with_name("push")
    if dry_run:
        return rehearse(targets, lists, folder)
    fetch = settings.fetch
    wire = Wire(
        origin=settings.site_url,
        user_agent=f"Vigie (+{fetch.contact})",
        proxy=fetch.proxy,
        ca_file=fetch.ca_file,
        timeout=fetch.timeout_seconds,
    )
    clock = Clock(
        now=lambda: datetime.now(UTC), elapsed=time.monotonic, sleep=time.sleep, chance=random.random
    )
    return push(targets, lists, folder, wire, clock)


def _target(name: str, said: PushSettings) -> Target:
    chosen = {key: value for key, value in said if key not in ("only_types", "pap")}
    types = frozenset(said.only_types) or frozenset(ObservableType)
    return Target(name=name, types=types, pap=None if said.pap is None else PAP[said.pap], **chosen)
