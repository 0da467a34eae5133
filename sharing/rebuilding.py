"""Make a list of the past again from the ledger, byte for byte, or say why that is not possible."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from records import PublishError
from sharing import ledger
from sharing.formats import format_named
from sharing.formats.lines import rfc3339
from sharing.profiles import Profile
from sharing.spool import chunks_of
from sharing.writing import Order, jobs_of, write_files


def rebuilt(folder: Path, name: str, at: datetime) -> bytes:
    """Return the bytes of the list that was published at an instant under a name, such as `domains.txt`.

    Raises `PublishError` where there was no such list, where its format has changed since, or where what
    was made is not what the ledger noted.
    """
    noted = ledger.noted_at(folder, at)
    file = next((one for one in noted.files if one.name == name), None)
    if file is None:
        names = ", ".join(one.name for one in noted.files[:12])
        raise PublishError(f"the release of {rfc3339(noted.made_at)} has no list {name!r}; it has {names}, …")
    then, now = noted.formats.get(file.format), format_named(file.format).version
    if then != now:
        raise PublishError(
            f"{name} was written by version {then} of its format and this Vigie has version {now}; "
            "use the Vigie of that time"
        )
    with TemporaryDirectory(prefix="vigie-ledger-") as work:
        text = _made(folder, noted, name, file.made_at, Path(work))
    if sha256(text).hexdigest() != file.sha256:
        raise PublishError(
            f"{name} of {rfc3339(noted.made_at)} cannot be made again as it was: the ledger is damaged"
        )
    return text


def _made(folder: Path, noted: ledger.Noted, name: str, made_at: datetime, work: Path) -> bytes:
    """Write the files of a list's format and profile from the entries of then, and return the list's."""
    spool, tree = work / "spool.ndjson", work / "lists"
    with spool.open("wb") as stream:
        stream.writelines(ledger.lines_of(folder, noted.number))
    tree.mkdir()
    for profile in map(Profile.from_json, noted.profiles):
        prefix = f"{profile.name}/" if profile.name else ""
        own = name.removeprefix(prefix)
        form = next((one.format for one in noted.files if one.name == name), "")
        if not name.startswith(prefix) or own not in {
            *format_named(form).files,
            format_named(form).index_name,
        }:
            continue
        if own == format_named(form).index_name:
            return _index(noted, form, prefix)
        jobs = [job for job in jobs_of(profile, [form]) if job.file == own]
        write_files(jobs, Order(tree, spool, chunks_of(spool), made_at))
        return (tree / name).read_bytes()
    raise PublishError(f"{name} is of no profile that the ledger knows of that release")


def _index(noted: ledger.Noted, form: str, prefix: str) -> bytes:
    """Return the index of a format, made of what the ledger noted of its files."""
    files = [replace(one, name=one.name.removeprefix(prefix)) for one in noted.files if one.format == form]
    mine = [file for file in files if file.name in format_named(form).files]
    return format_named(form).index(mine).encode()
