"""Publish the lists of an edition, whole and verified, or not at all."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from records import Edition, ListedIndicator, Observable, PublishError, observable
from sharing.formats import Format, format_named, formats
from sharing.formats.lines import is_one_word
from sharing.manifest import ListedFile, digest_of, documents, verify
from sharing.shield import Shield, suppression
from sharing.suppressions import ShieldRule, Suppression
from swap import discard, new_tree, swap_in


@dataclass(frozen=True, slots=True)
class Release:
    """What was published: `entries` counts the indicators that at least one list holds, `suppressed`
    those of a list's types that it leaves out, by file name, where there are any; `shielded` says of each
    value that is on no list which list protects it and by which rule.
    """

    made_at: datetime
    files: tuple[ListedFile, ...]
    entries: int
    suppressed: Mapping[str, int]
    shielded: Mapping[Observable, Suppression]


def release(edition: Edition, published: Path, *, shield: Shield | None = None) -> Release:
    """Write every list of an edition beside `published`, read it all again, then swap it in.

    `shield` says what may be on no list; without one, the shipped lists do.

    A list whose bytes are those of the last release keeps its modification time, so that readers who
    ask with `If-Modified-Since` or with a validator made from it (RFC 9110 § 8.8) fetch nothing; only
    the manifest and the checksums are new each time.

    Raises `PublishError` where the edition holds what its audience may not see or may not act on now,
    where what was written cannot be read again, or where the disk fails; the last release then stays.
    """
    _refuse_unlistable(edition)
    try:
        tree = new_tree(published)
        made = _build(edition, tree, published, shield)
        swap_in(tree, published)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PublishError(
            f"the lists could not be written beside {published}: {reason}; the last release stays, "
            "check free space and permissions and release again"
        ) from error
    return made


def export(
    name: str, rows: Sequence[ListedIndicator], made_at: datetime, *, shield: Shield | None = None
) -> Iterator[tuple[str, Iterator[str]]]:
    """Return (file name, its text in pieces) for each file of one format, lazily, as `release` writes it.

    Raises `KeyError` where there is no format of that name (`formats()` lists them).
    """
    module = format_named(name)
    kept, _ = _judged(rows, shield)
    return (
        (file_name, module.render(_rows_of(module, file_name, kept), made_at=made_at))
        for file_name in sorted(module.FILES)
    )


def _refuse_unlistable(edition: Edition) -> None:
    """Raise `PublishError` on an indicator above the audience or outside its validity.

    The archive leaves these out; this is the second lock. The value itself is not said: a log has
    readers too.
    """
    for row in edition.indicators:
        fault = _fault(row, edition)
        if fault:
            raise PublishError(
                f"an indicator ({row.observable.type} from {', '.join(row.sources)}) {fault}; nothing was "
                "published, the archive should not have listed it"
            )


def _fault(row: ListedIndicator, edition: Edition) -> str:
    """Say why an indicator may not be listed in an edition; empty where it may."""
    if row.marking.tlp > edition.audience:
        return f"is marked TLP:{row.marking.tlp.label}, above the audience TLP:{edition.audience.label}"
    if row.valid_from is not None and edition.made_at < row.valid_from:
        return f"is not valid before {row.valid_from.isoformat()}"
    if row.valid_until is not None and row.valid_until <= edition.made_at:
        return f"is no longer valid since {row.valid_until.isoformat()}"
    return ""


def _build(edition: Edition, tree: Path, published: Path, shield: Shield | None) -> Release:
    """Write and verify the lists in `tree`, which is removed where that fails."""
    kept, shielded = _judged(edition.indicators, shield)
    try:
        files = tuple(
            _write_list(tree / file_name, name, kept, edition.made_at)
            for name in formats()
            for file_name in sorted(format_named(name).FILES)
        )
        texts = documents(files, made_at=edition.made_at, audience=edition.audience)
        for name, text in texts.items():
            (tree / name).write_bytes(text.encode())
        verify(tree, files, texts)
        _keep_times(files, tree, published)
    except (OSError, PublishError):
        discard(tree)
        raise
    return Release(edition.made_at, files, len(kept), _suppressed(files, edition), shielded)


def _judged(
    rows: Iterable[ListedIndicator], shield: Shield | None
) -> tuple[list[ListedIndicator], dict[Observable, Suppression]]:
    """Part the rows that may be listed from those that may not, and say why of the latter."""
    kept, shielded = [], {}
    for row in rows:
        found = _refusal(row.observable, shield)
        if found is None:
            kept.append(row)
        else:
            shielded[row.observable] = found
    return kept, shielded


def _refusal(item: Observable, shield: Shield | None) -> Suppression | None:
    """Say why a value may not be listed: it is not one word in its one form, or the shield refuses it.

    Any other form may be a trap: an address list with a name in it makes some firewalls ask the name
    servers.
    """
    try:
        canonical = is_one_word(item) and observable(item.type, item.value) == item
    except ValueError:
        canonical = False
    if not canonical:
        return Suppression("shield", ShieldRule.FORM, str(item.type))
    return suppression(item, shield)


def _rows_of(module: Format, file_name: str, rows: Sequence[ListedIndicator]) -> Iterator[ListedIndicator]:
    """Yield the rows that a file of a format holds, in their order."""
    types = module.FILES[file_name]
    return (row for row in rows if row.observable.type in types and module.carries(row))


def _write_list(path: Path, name: str, kept: Sequence[ListedIndicator], made_at: datetime) -> ListedFile:
    """Write one file of the format `name`, and say what it should hold."""
    module = format_named(name)
    rows = list(_rows_of(module, path.name, kept))
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as stream:
        for text in module.render(rows, made_at=made_at):
            piece = text.encode()
            digest.update(piece)
            size += stream.write(piece)
    return ListedFile(path.name, name, module.MEDIA_TYPE, digest.hexdigest(), size, len(rows))


def _keep_times(files: tuple[ListedFile, ...], tree: Path, published: Path) -> None:
    """Give each list that has not changed the modification time it has in the last release."""
    for file in files:
        last = published / file.name
        if last.is_file() and digest_of(last) == file.sha256:
            times = last.stat()
            os.utime(tree / file.name, ns=(times.st_atime_ns, times.st_mtime_ns))


def _suppressed(files: tuple[ListedFile, ...], edition: Edition) -> dict[str, int]:
    """Return file name -> indicators of its types that it does not hold, where there are any."""
    missing = {}
    for file in files:
        types = format_named(file.format).FILES[file.name]
        wanted = sum(1 for row in edition.indicators if row.observable.type in types)
        if wanted > file.entries:
            missing[file.name] = wanted - file.entries
    return missing
