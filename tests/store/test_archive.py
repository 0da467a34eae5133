"""The archive opens, migrates, guards itself and says plainly what is wrong."""

import os
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import store
from records import ArchiveBusyError, SettingsError, StoreError
from store.archive import HEAD
from store.tables import METADATA
from tests.store import examples


def test_migrations_make_exactly_the_tables_of_the_code(archive: store.Archive) -> None:
    with archive.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_head_is_the_newest_migration() -> None:
    versions = sorted(path.name for path in Path(store.__file__).parent.glob("migrations/versions/*.py"))
    assert versions[-1].startswith(f"{HEAD}_")


def test_opening_twice_changes_nothing(address: str, now: datetime) -> None:
    first = store.open_archive(address)
    store.write_journal(first, "test", "x", at=now)
    first.close()
    second = store.open_archive(address)
    assert len(list(store.read_journal(second))) == 1
    second.close()


def test_archive_of_a_newer_version_is_refused_unchanged(address: str) -> None:
    archive = store.open_archive(address)
    with archive.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    archive.close()
    with pytest.raises(StoreError, match=r"newer Vigie \(revision 9999.*upgrade Vigie"):
        store.open_archive(address)


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = 'x'", "DELETE FROM {}"])
@pytest.mark.parametrize(("table", "column"), [("journal", "actor"), ("run", "error")])
def test_ledger_and_journal_only_grow(
    archive: store.Archive, now: datetime, statement: str, table: str, column: str
) -> None:
    store.write_journal(archive, "test", "x", at=now)
    store.record_run(archive, examples.run(now))
    with pytest.raises(StoreError, match="append-only"), archive.writing() as connection:
        connection.execute(text(statement.format(table, column)))


def test_second_process_is_kept_away(archive: store.Archive, address: str) -> None:
    other = store.open_archive(address)
    with archive.alone(), pytest.raises(ArchiveBusyError, match="another vigie"), other.alone():
        pass
    with other.alone():
        pass
    other.close()


def test_work_that_fails_in_the_middle_leaves_nothing(archive: store.Archive, now: datetime) -> None:
    def readings() -> object:
        yield store.Reading(examples.document(now), [examples.advisory(now)], complete=True)
        raise RuntimeError("the reader died")

    with pytest.raises(RuntimeError):
        store.save(archive, "example", readings(), None, now=now)  # type: ignore[arg-type]
    assert not any(store.counts(archive).values())


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://localhost/vigie", "not supported; use SQLite or PostgreSQL"),
        ("vigie.sqlite", "not a database address"),
    ],
)
def test_wrong_database_address_is_said(url: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        store.open_archive(url)


def test_damaged_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "vigie.sqlite"
    path.write_bytes(b"this is no database, " * 100)
    with pytest.raises(StoreError, match=r"vigie.sqlite: .*not a database; restore the last backup"):
        store.open_archive(f"sqlite:///{path}")


def test_full_disk_is_said_and_nothing_is_lost(tmp_path: Path, now: datetime) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can mount the small disk that this test fills")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    mount = subprocess.run(command, capture_output=True, check=False)
    if mount.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        archive = store.open_archive(f"sqlite:///{disk / 'vigie.sqlite'}")
        kept = store.Reading(examples.document(now), [examples.advisory(now)], complete=True)
        store.save(archive, "example", [kept], None, now=now)
        large = [examples.advisory(now, f"B-{n}", summary=f"{n} " * 500) for n in range(2_000)]
        with pytest.raises(StoreError, match="the disk is full; nothing of this step was written"):
            store.save(
                archive,
                "example",
                [store.Reading(examples.document(now), large, complete=True)],
                None,
                now=now,
            )
        assert store.counts(archive)["advisory"] == 1
        assert store.integrity(archive) == ""
        archive.close()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
