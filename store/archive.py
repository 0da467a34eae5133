"""Open the archive: one SQLite file or one PostgreSQL database, migrated, guarded, with errors translated."""

import contextlib
import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from records import ArchiveBusyError, SettingsError, StoreError

HEAD = "0002"  # the newest revision in store/migrations/versions
PRAGMAS = (
    "journal_mode = WAL",  # readers never wait for the writer
    "synchronous = FULL",  # what was acknowledged survives a power cut
    "foreign_keys = ON",
    "busy_timeout = 10000",
    "cache_size = -65536",  # 64 MiB: bulk loads take twice as long with SQLite's default
    "temp_store = MEMORY",
)
LOCK_KEY = 0x7669676965  # "vigie", for PostgreSQL's advisory lock


@dataclass(frozen=True, slots=True)
class Archive:
    """An open archive; all of `store`'s functions take one. Safe to share between threads."""

    engine: Engine
    url: URL
    turn: threading.RLock = field(default_factory=threading.RLock)  # one writer at a time in this process

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection on one consistent state of the archive."""
        with _translated(self.url), self.engine.connect() as connection:
            if self.url.get_backend_name() == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose work is kept whole at the end, or not at all if an error passes."""
        writer = self.engine.execution_options(writing=True)
        with self.turn, _translated(self.url), writer.begin() as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other writer away until the end; raises `ArchiveBusyError` where there is one."""
        hold = _file_lock if self.url.get_backend_name() == "sqlite" else _server_lock
        with hold(self):
            yield

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_archive(url: str) -> Archive:
    """Open, create or migrate the archive at an SQLAlchemy URL.

    Raises `SettingsError` for a URL that names no database we speak, `StoreError` where it cannot be
    reached, is damaged, or was written by a newer Vigie; nothing is changed then.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise SettingsError(
                f"database: {parsed.get_backend_name()} is not supported; use SQLite or PostgreSQL"
            )
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        remote = parsed.get_backend_name() == "postgresql"
        waiting = {"connect_timeout": 10} if remote else {}
        engine = create_engine(parsed, pool_pre_ping=remote, connect_args=waiting)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:  # the address may hold a password
        raise SettingsError("database: not a database address; see docs/operations.md") from error
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"database: {error.name} is not installed; install the extra 'postgres'"
        ) from error
    except OSError as error:
        raise StoreError(f"{parsed.database}: the folder cannot be made: {error.strerror}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    archive = Archive(engine, parsed)
    try:
        _bring_up_to_date(archive)
    except StoreError:
        archive.close()
        raise
    return archive


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN, not the driver: see _begin
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Start a real transaction; the driver's own begins only at the first write (SQLAlchemy docs)."""
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _bring_up_to_date(archive: Archive) -> None:
    """Run the migrations an older or empty archive lacks; refuse a newer one."""
    with archive.reading() as connection:
        present = inspect(connection).has_table("alembic_version")
        found = connection.scalar(text("SELECT version_num FROM alembic_version")) if present else None
    if found == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"{place(archive.url)}: written by a newer Vigie (revision {found}, this one knows up to {HEAD}); "
            "upgrade Vigie or restore an older backup"
        )
    with archive.alone(), archive.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def integrity(archive: Archive) -> str:
    """Return what the database itself finds damaged, or an empty text (SQLite only; PostgreSQL has its
    own tools).
    """
    if archive.url.get_backend_name() != "sqlite":
        return ""
    with archive.reading() as connection:
        said = str(connection.scalar(text("PRAGMA quick_check(1)")))
    return "" if said == "ok" else said


def place(url: URL) -> str:
    """Name an archive without its password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string()


@contextmanager
def _translated(url: URL) -> Iterator[None]:
    """Turn a database's exceptions into one sentence; the transaction is already rolled back."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(f"{place(url)}: {_sentence(cause)}") from error
    except sqlite3.Error as error:
        raise StoreError(f"{place(url)}: {_sentence(error)}") from error


def _sentence(cause: BaseException) -> str:
    said = " ".join(str(cause).split())
    if "disk I/O error" in said:
        return "the disk cannot be read or written (full, or damaged): make room or replace it, and run again"
    if "disk is full" in said or "No space left" in said:
        return "the disk is full; nothing of this step was written: make room and run again"
    if "readonly" in said or "unable to open" in said:
        return f"{said}; check that the file and its folder can be written by this user"
    if "not a database" in said or "malformed" in said:
        return f"{said}; restore the last backup"
    return said[:300]


@contextmanager
def _file_lock(archive: Archive) -> Iterator[None]:
    """Hold a lock file beside the SQLite file; the kernel frees it when the process dies."""
    path = Path(f"{archive.url.database}.lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            raise ArchiveBusyError(
                f"{place(archive.url)}: another vigie (process {holder or 'unknown'}) is at work on this archive; "
                "wait for it or stop it"
            ) from error
        with contextlib.suppress(OSError):  # a full disk: the lock holds, only its holder has no name
            os.truncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _server_lock(archive: Archive) -> Iterator[None]:
    """Hold a PostgreSQL advisory lock; the server frees it when the connection ends."""
    with _translated(archive.url), archive.engine.connect() as connection:
        held = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK_KEY})
        connection.commit()
        if not held:
            raise ArchiveBusyError(
                f"{place(archive.url)}: another vigie is at work on this archive; wait for it or stop it"
            )
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
            connection.commit()
