"""Fill a tree with the files of a draft: every profile's lists, and the indexes made of them."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

from sharing.formats import ListedFile, format_named, formats
from sharing.profiles import Profile
from sharing.spool import chunks_of
from sharing.writing import Job, Last, Order, Written, jobs_of, write_files

_MANY = 50_000_000  # bytes of a spool from which a second process is worth its start
_PROCESSES = 2


def fill(
    tree: Path, spool: Path, profiles: Sequence[Profile], made_at: datetime, last: Last | None = None
) -> list[Written]:
    """Write all files of some profiles into an empty tree; raises `OSError` and `PublishError`."""
    jobs = [job for one in profiles for job in jobs_of(one, one.formats or formats())]
    order = Order(tree, spool, chunks_of(spool), made_at, last)
    if spool.stat().st_size < _MANY:
        written = write_files(jobs, order)
    else:
        parts = _parts(jobs)
        with ProcessPoolExecutor(len(parts), mp_context=get_context("spawn")) as pool:
            done = pool.map(write_files, parts, [order] * len(parts))
            written = [one for part in done for one in part]
    for one in profiles:
        written += _indexes(one, [each for each in written if _is_of(each.file, one)], order)
    return sorted(written, key=lambda one: one.file.name)


def _parts(jobs: Sequence[Job]) -> list[list[Job]]:
    """Part the files so that each process has about as much to write.

    Files of one format stay together, and so do all that hold the best entries only: what a process has
    read for one of them serves the others.
    """
    uncapped = sorted((job for job in jobs if job.most is None), key=lambda job: job.format)
    groups = [list(some) for _, some in groupby(uncapped, key=lambda job: job.format)]
    groups.append([job for job in jobs if job.most is not None])
    parts: list[list[Job]] = [[] for _ in range(_PROCESSES)]
    for group in sorted(groups, key=_weight, reverse=True):
        min(parts, key=_weight).extend(group)
    return [part for part in parts if part]


def _weight(jobs: Sequence[Job]) -> int:
    """Return about how much there is to write: types of observables over all files."""
    return sum(len(format_named(job.format).files[job.file]) for job in jobs)


def _is_of(file: ListedFile, profile: Profile) -> bool:
    """Say whether a file stands in the folder of a profile."""
    return file.name.startswith(f"{profile.name}/") if profile.name else True


def _indexes(profile: Profile, written: Sequence[Written], order: Order) -> Iterator[Written]:
    """Write the files that formats make of what is said of their others."""
    prefix = f"{profile.name}/" if profile.name else ""
    for name in profile.formats or formats():
        form = format_named(name)
        if not form.index_name:
            continue
        others = [replace(one.file, name=one.file.name.removeprefix(prefix)) for one in written]
        mine = [file for file in others if file.format == name and file.name in form.files]
        yield _index(prefix + form.index_name, name, form.index(mine).encode(), order)


def _index(path: str, name: str, text: bytes, order: Order) -> Written:
    """Write one index, or take that of the last release where it says the same."""
    digest = sha256(text)
    last = order.last.written.get(path) if order.last else None
    (order.tree / path).parent.mkdir(parents=True, exist_ok=True)
    if order.last is not None and last is not None and last.file.sha256 == digest.hexdigest():
        os.link(order.last.tree / path, order.tree / path)
        return last
    (order.tree / path).write_bytes(text)
    form = format_named(name)
    file = ListedFile(
        name=path,
        format=name,
        media_type=form.media_type_of(form.index_name),
        sha256=digest.hexdigest(),
        size=len(text),
        entries=0,
        made_at=order.made_at,
    )
    return Written(file, "index", b"", digest.digest())
