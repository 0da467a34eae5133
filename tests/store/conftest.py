"""Archives to test on: SQLite always, PostgreSQL where its server programs are installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import store


def _server_program(name: str) -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or next((str(place) for place in places), None)


def _unprivileged() -> str | None:
    """The user to run PostgreSQL as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a private PostgreSQL cluster, on a socket in a folder of its own."""
    initdb, pg_ctl = _server_program("initdb"), _server_program("pg_ctl")
    if not initdb or not pg_ctl:
        pytest.skip("PostgreSQL's server programs (initdb, pg_ctl) are not installed")
    user = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="vigie-pg-") as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)
        folder.chmod(0o755)
        cluster = str(folder / "cluster")

        def run(*command: str) -> None:
            quiet = subprocess.DEVNULL
            subprocess.run(command, user=user, cwd=name, stdout=quiet, timeout=120, check=True)

        run(initdb, "-D", cluster, "-U", "vigie", "-A", "trust", "-E", "UTF8", "-N")
        options = f"-c listen_addresses= -c unix_socket_directories={name} -c fsync=off"
        run(pg_ctl, "-D", cluster, "-w", "-o", options, "-l", f"{name}/log", "start")
        try:
            yield f"postgresql+psycopg://vigie@/postgres?host={name}"
        finally:
            run(pg_ctl, "-D", cluster, "-m", "immediate", "stop")


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=[pytest.mark.whole, pytest.mark.xdist_group("postgres")]),
    ]
)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an archive that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'vigie.sqlite'}"
    cluster: str = request.getfixturevalue("postgres")
    from sqlalchemy import create_engine, text

    name = f"vigie_{os.getpid()}_{abs(hash(tmp_path)):x}"
    engine = create_engine(cluster, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return cluster.replace("/postgres?", f"/{name}?")


@pytest.fixture
def archive(address: str) -> Iterator[store.Archive]:
    """An empty archive."""
    opened = store.open_archive(address)
    yield opened
    opened.close()
