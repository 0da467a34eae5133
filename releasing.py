"""On what terms a deployment releases its lists: key, profiles, bounds, and what people have decided."""

import getpass
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import cast

import store
from deployments import Deployment
from records import PAP, Observable, ObservableType, SettingsError, WithdrawalReason
from settings import ProfileSettings, Settings
from sharing import ledger
from sharing.formats import format_named, formats
from sharing.interlock import Bounds, Verdict
from sharing.profiles import Profile
from sharing.release import Terms
from sharing.signature import SigningKey, new_key, read_key


def terms_of(house: Deployment, now: datetime, *, approval: Mapping[str, str] | None = None) -> Terms:
    """Return the terms of a deployment's releases; raises `SettingsError`.

    An approval lets pass what the journal says was held last.
    """
    settings = house.settings
    ours = taken_off(house.archive)

    @cache
    def reasons() -> dict[Observable, WithdrawalReason]:
        return store.withdrawal_reasons(house.archive, house.sources, now=now, audience=settings.audience)

    def gone(item: Observable) -> WithdrawalReason:
        return ours.get(item) or reasons().get(item, WithdrawalReason.EXPIRED)

    return Terms(
        profiles=profiles_of(settings),
        ledger=settings.release.ledger,
        key=key_of(settings),
        bounds=Bounds(
            growth=settings.release.growth,
            shrinkage=settings.release.shrinkage,
            floor=settings.release.floor,
            source_growth=settings.release.source_growth,
            source_floor=settings.release.source_floor,
            mix=settings.release.mix,
            share=settings.release.share,
            crowd=settings.release.crowd,
        ),
        approved=held_last(house.archive) if approval is not None else frozenset(),
        approval=approval,
        gone=gone,
    )


def key_of(settings: Settings) -> SigningKey:
    """Return the key that signs a deployment's lists; raises `SettingsError` where it is missing.

    A deployment that never released and names no key gets one of its own.
    """
    path = settings.release.key or settings.release.ledger / "release.key"
    if settings.release.key is None and not path.exists() and ledger.last(settings.release.ledger) is None:
        return new_key(path)
    return read_key(path)


def profiles_of(settings: Settings) -> tuple[Profile, ...]:
    """Return the profiles of a deployment, the one that everyone gets first; raises `SettingsError`."""
    return (Profile(), *(_profile(name, said) for name, said in sorted(settings.profiles.items())))


def _profile(name: str, said: ProfileSettings) -> Profile:
    unknown = [one for one in said.formats if one not in formats()]
    if unknown:
        raise SettingsError(f"profiles.{name}: no format called {unknown[0]!r}; use {', '.join(formats())}")
    folders = {file.partition("/")[0] for one in formats() for file in format_named(one).files}
    if name in folders | {"deltas"}:
        raise SettingsError(f"profiles.{name}: the lists have a folder of this name; choose another")
    return Profile(
        name=name,
        formats=said.formats,
        most=said.max_entries,
        min_confidence=said.min_confidence,
        tlp=said.tlp,
        pap=None if said.pap is None else PAP[said.pap],
        only_health=said.only_health,
        types=frozenset(said.only_types or ObservableType),
    )


def note_holds(house: Deployment, now: datetime, verdict: Verdict) -> None:
    """Note in the journal what the interlock holds, where that is not what it held the last time."""
    held = sorted([breach.rule.value, breach.subject] for breach in verdict.breaches)
    last = store.last_entries(house.archive, "hold").get("lists")
    if held != (last.details["held"] if last else []):
        details = {"held": held, "said": [breach.english for breach in verdict.breaches]}
        store.write_journal(house.archive, "hold", "lists", at=now, details=details)


def held_last(archive: store.Archive) -> frozenset[tuple[str, str]]:
    """Return what the interlock held at the last release or review: rule and subject of each."""
    last = store.last_entries(archive, "hold").get("lists")
    pairs = cast(list[list[str]], last.details["held"]) if last else []
    return frozenset((rule, subject) for rule, subject in pairs)


def take_off(
    archive: store.Archive, item: Observable, now: datetime, *, reason: WithdrawalReason, note: str
) -> None:
    """Note that the cell takes an observable off the lists, whoever says it."""
    details = {"type": item.type.value, "reason": reason.value, "note": note}
    store.write_journal(archive, "withdraw", item.value, at=now, actor=who(), details=details)


def put_back(archive: store.Archive, item: Observable, now: datetime, *, note: str) -> None:
    """Note that the cell lets an observable be listed again, where a source says it."""
    details = {"type": item.type.value, "reason": "", "note": note}
    store.write_journal(archive, "withdraw", item.value, at=now, actor=who(), details=details)


def taken_off(archive: store.Archive) -> dict[Observable, WithdrawalReason]:
    """Return the observables that the cell took off the lists, and why."""
    found = {}
    for value, entry in store.last_entries(archive, "withdraw").items():
        if entry.details["reason"]:
            kind = ObservableType(cast(str, entry.details["type"]))
            found[Observable(kind, value)] = WithdrawalReason(cast(str, entry.details["reason"]))
    return found


def who() -> str:
    """Return the name of the person at this machine."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
