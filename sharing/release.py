"""Publish the lists of an edition, whole, verified, signed and noted in the ledger, or not at all."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from records import (
    TLP,
    Edition,
    ListedIndicator,
    Observable,
    ObservableType,
    PublishError,
    WithdrawalReason,
)
from sharing import ledger, pieces
from sharing.comparing import Gone, second
from sharing.drafting import Added, Draft, Judges, draft
from sharing.filling import fill
from sharing.formats import ListedFile, format_named, formats
from sharing.interlock import Bounds, HeldError, Tally, Verdict, holds, stops
from sharing.manifest import (
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    SUMS,
    ListedDelta,
    ListedProfile,
    Manifest,
    digest_of,
    manifest_text,
    read_deltas,
    sums_text,
    verify,
)
from sharing.profiles import Profile
from sharing.shield import Shield
from sharing.signature import SigningKey, public_text, sign
from sharing.suppressions import Suppression
from swap import discard, new_tree, swap_in

_DOMAIN = f'{{"type":"{ObservableType.DOMAIN.value}"'.encode()
DELTAS = 96  # how many steps back a reader may have missed: a day of quarters of an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a deployment wants of its releases.

    `ledger` is the folder of the log of releases, by default beside the lists. Without a `key` nothing is signed.
    `gone` says why an observable that was listed is said no more. `approved` is what a human has let pass of
    what the interlock held, (rule, subject) pairs, with who and why in `approval`.
    """

    profiles: tuple[Profile, ...] = (Profile(),)
    ledger: Path | None = None
    key: SigningKey | None = None
    bounds: Bounds = field(default_factory=Bounds)
    approved: frozenset[tuple[str, str]] = frozenset()
    approval: Mapping[str, str] | None = None
    gone: Gone = lambda item: WithdrawalReason.UNSAID


@dataclass(frozen=True, slots=True)
class Release:
    """What was published: `entries` counts the standing entries, `suppressed` those of a list's types that it
    leaves out, by file name, where there are any; `shielded` says of each value that is on no list which list
    protects it and by which rule; `verdict` what the interlock held; `changes` counts them by kind.
    """

    made_at: datetime
    number: int
    files: tuple[ListedFile, ...]
    entries: int
    suppressed: Mapping[str, int]
    shielded: Mapping[Observable, Suppression]
    changes: Mapping[str, int] = field(default_factory=dict)
    verdict: Verdict = field(default_factory=Verdict)


def release(
    edition: Edition, published: Path, *, shield: Shield | None = None, terms: Terms | None = None
) -> Release:
    """Write every list of an edition beside `published`, verify it all, note it, then swap it in.

    `shield` says what may be on no list; without one, the shipped lists do. A list whose entries are those of
    the last release is that release's very file, so that readers who ask with `If-Modified-Since` or with a
    validator made from it (RFC 9110 § 8.8) fetch nothing; only manifest and checksums are new each time.

    Raises `PublishError` where the edition holds what its audience may not see or may not act on now, where
    what was written cannot be read again, or where the disk fails; `HeldError` where the interlock wants a
    human to decide. The last release then stays.
    """
    _refuse_unlistable(edition)
    terms = terms or Terms()
    folder = terms.ledger or published.with_name(f"{published.name}.ledger")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="draft-", dir=folder) as work:
            return _release(edition, published, _Place(folder, Path(work), terms, shield))
    except OSError as error:
        reason = error.strerror or str(error)
        raise PublishError(
            f"the lists could not be written beside {published}: {reason}; the last release stays, "
            "check free space and permissions and release again"
        ) from error


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a release is being made, and on what terms."""

    ledger: Path
    work: Path
    terms: Terms
    shield: Shield | None


def _release(edition: Edition, published: Path, place: _Place) -> Release:
    """Draft, examine, write, note and swap in a release."""
    made_at, terms = second(edition.made_at), place.terms
    last = ledger.last(place.ledger)
    made, verdict = _examined(edition.indicators, last, made_at, place)
    if verdict.stops:
        raise HeldError(verdict)
    tree = new_tree(published)
    try:
        written = fill(tree, made.spool, terms.profiles, made_at, pieces.remembered(published))
        files = tuple(one.file for one in written)
        verify(tree, files)
        noted = _noted(edition, files, last, made, terms)
        deltas = _deltas(tree, published, made, noted, last)
        _sign(tree, _manifest(noted, terms.profiles, made, deltas), terms.key)
        pieces.remember(tree, written)
        if last is None or noted.number != last.number:
            with made.changes.open("rb") as lines:
                ledger.append(place.ledger, noted, lines, made.spool)
        swap_in(tree, published)
    except (OSError, PublishError):
        discard(tree)
        raise
    return Release(
        made_at=made_at,
        number=noted.number,
        files=files,
        entries=made.standing.total(),
        suppressed=_suppressed(files, made),
        shielded=made.shielded,
        changes=made.counts,
        verdict=verdict,
    )


def review(
    edition: Edition, published: Path, *, shield: Shield | None = None, terms: Terms | None = None
) -> tuple[Verdict, Mapping[str, int]]:
    """Say what the interlock holds of a release that is not made, and how many changes of each kind it has."""
    terms = terms or Terms()
    folder = terms.ledger or published.with_name(f"{published.name}.ledger")
    with TemporaryDirectory(prefix="vigie-draft-") as work:
        place = _Place(folder, Path(work), terms, shield)
        made, verdict = _examined(edition.indicators, ledger.last(folder), second(edition.made_at), place)
        return verdict, made.counts


def _examined(
    rows: Iterable[ListedIndicator], last: ledger.Noted | None, made_at: datetime, place: _Place
) -> tuple[Draft, Verdict]:
    """Draft a release, without what the interlock holds of it."""
    terms = place.terms
    before = Tally.from_json(last.tally) if last else None
    judges = Judges(shield=place.shield, gone=terms.gone, profiles=terms.profiles)
    made = _drafted(rows, made_at, place, judges)
    names = _names(ledger.state_of(place.ledger))
    held = holds(before, Added(made.changes), terms.bounds, terms.approved, listed=names)
    if held:
        made = _drafted(rows, made_at, place, replace(judges, held=held))
    return made, Verdict(held, stops(before, _tally(made), made.ended, terms.bounds, terms.approved))


def _names(state: Path | None) -> Iterator[str]:
    """Yield the domain names of the last release; nothing is read before the first is asked for."""
    if state is None:
        return
    with state.open("rb") as lines:
        for line in lines:
            if line.startswith(_DOMAIN) and b',"withdrawn":{' not in line:
                yield str(orjson.loads(line)["value"])


def _drafted(rows: Iterable[ListedIndicator], made_at: datetime, place: _Place, judges: Judges) -> Draft:
    """Write a draft against the last state that the ledger knows."""
    state = ledger.state_of(place.ledger)
    if state is None:
        return draft(rows, (), place.work, made_at, judges)
    with state.open("rb") as before:
        return draft(rows, before, place.work, made_at, judges)


def _tally(made: Draft) -> Tally:
    types = {kind.value: number for kind, number in made.standing.items()}
    return Tally(made.standing.total(), types, dict(made.sources))


def _noted(
    edition: Edition,
    files: tuple[ListedFile, ...],
    last: ledger.Noted | None,
    made: Draft,
    terms: Terms,
) -> ledger.Noted:
    """Return what the ledger notes of a release; it has the last one's number where nothing has changed."""
    profiles = tuple(one.as_json() for one in terms.profiles)
    digests = {file.name: file.sha256 for file in files}
    same = (
        last is not None
        and not made.counts
        and last.profiles == profiles
        and {file.name: file.sha256 for file in last.files} == digests
    )
    return ledger.Noted(
        number=(last.number if last else 0) + (not same),
        made_at=second(edition.made_at),
        audience=edition.audience,
        profiles=profiles,
        files=files,
        formats={name: format_named(name).version for name in formats()},
        tally=_tally(made).as_json(),
        approval=terms.approval,
        entries=made.standing.total(),
        changes=dict(made.counts),
    )


def _deltas(
    tree: Path, published: Path, made: Draft, noted: ledger.Noted, last: ledger.Noted | None
) -> tuple[ListedDelta, ...]:
    """Put the last deltas into a tree: those of the published one, and what this release changes.

    A first release has none, and neither has one that changes more than it leaves: the lists are shorter.
    """
    kept = [one for one in read_deltas(published) if last is not None and one.number <= last.number]
    if last is not None and noted.number != last.number:
        if made.counts.total() > noted.entries:
            return ()
        kept.append(_delta(tree, made, noted))
    kept = [one for place, one in enumerate(kept) if one.number == noted.number + 1 + place - len(kept)][
        -DELTAS:
    ]
    (tree / "deltas").mkdir(exist_ok=True)
    for one in kept:
        if not (tree / one.name).exists():
            os.link(published / one.name, tree / one.name)
    return tuple(kept)


def _delta(tree: Path, made: Draft, noted: ledger.Noted) -> ListedDelta:
    name = f"deltas/{noted.number:08}.ndjson"
    (tree / "deltas").mkdir(exist_ok=True)
    shutil.copyfile(made.changes, tree / name)
    return ListedDelta(
        name=name,
        number=noted.number,
        made_at=noted.made_at,
        sha256=digest_of(tree / name),
        size=(tree / name).stat().st_size,
        added=made.counts["added"],
        removed=made.counts["removed"],
        changed=made.counts["changed"],
    )


def _manifest(
    noted: ledger.Noted, profiles: Sequence[Profile], made: Draft, deltas: tuple[ListedDelta, ...]
) -> Manifest:
    listed = [
        ListedProfile(
            one.name,
            noted.audience if one.tlp is None else min(one.tlp, noted.audience),
            made.passing[one.name],
        )
        for one in profiles
    ]
    return Manifest(
        number=noted.number,
        made_at=noted.made_at,
        audience=noted.audience,
        profiles=tuple(listed),
        deltas=deltas,
        files=noted.files,
    )


def _sign(tree: Path, manifest: Manifest, key: SigningKey | None) -> None:
    """Write the manifest, its signature where there is a key, and the checksums of everything."""
    text = manifest_text(manifest)
    texts = {MANIFEST: text}
    if key is not None:
        comment = f"file:{MANIFEST}\trelease:{manifest.number}"
        texts[SIGNATURE] = sign(text.encode(), key, comment=comment, at=manifest.made_at)
        texts[PUBLIC_KEY] = public_text(key)
    digests = [(file.name, file.sha256) for file in manifest.files]
    digests += [(one.name, one.sha256) for one in manifest.deltas]
    digests += [(name, sha256(said.encode()).hexdigest()) for name, said in texts.items()]
    texts[SUMS] = sums_text(digests)
    for name, said in texts.items():
        (tree / name).write_bytes(said.encode())


def _suppressed(files: Sequence[ListedFile], made: Draft) -> dict[str, int]:
    """Return file name -> indicators of its types that it does not hold, where there are any."""
    shielded = Counter(item.type for item in made.shielded)
    missing = {}
    for file in files:
        types = format_named(file.format).files.get(file.name)
        if types is not None:
            wanted = sum(made.standing[kind] + shielded[kind] for kind in types)
            missing[file.name] = wanted - file.entries
    return {name: number for name, number in missing.items() if number > 0}


def _refuse_unlistable(edition: Edition) -> None:
    """Raise `PublishError` on an indicator above the audience or outside its validity.

    The archive leaves these out; this is the second lock. The value itself is not said: a log has
    readers too.
    """
    for row in edition.indicators:
        fault = fault_of(row, edition.audience, edition.made_at)
        if fault:
            raise PublishError(
                f"an indicator ({row.observable.type} from {', '.join(row.sources)}) {fault}; nothing was "
                "published, the archive should not have listed it"
            )


def fault_of(row: ListedIndicator, audience: TLP, at: datetime) -> str:
    """Say why an indicator may not be listed for an audience at an instant; empty where it may."""
    if row.marking.tlp > audience:
        return f"is marked TLP:{row.marking.tlp.label}, above the audience TLP:{audience.label}"
    if row.valid_from is not None and at < row.valid_from:
        return f"is not valid before {row.valid_from.isoformat()}"
    if row.valid_until is not None and row.valid_until <= at:
        return f"is no longer valid since {row.valid_until.isoformat()}"
    return ""
