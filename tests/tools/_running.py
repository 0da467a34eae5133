"""Start programs for the drivers, wait until they answer, and end them whatever happens."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from tests.tools import RefusedError

PATIENCE = 120  # seconds that a program may take to load a list


def found(program: str) -> str | None:
    """Return where a program is, in the places of administrators too."""
    return shutil.which(program, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")


def version_of(program: str, *arguments: str, word: int = -1) -> str | None:
    """Return a word of the first line that a program says of itself; `None` where it is not there."""
    path = found(program)
    if path is None:
        return None
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False, timeout=60)
    words = (done.stdout + done.stderr).split("\n")[0].split()
    return words[word].strip("(),") if words else "unknown"


def run(command: Sequence[str | Path], *, refuse: tuple[str, ...] = (), **options: object) -> str:
    """Run a program to its end and return what it said; raises `RefusedError` where it fails or says one of
    the words that mean a refusal.
    """
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        **options,  # type: ignore[call-overload]
    )
    said = str(done.stdout) + str(done.stderr)
    if done.returncode or any(word in said for word in refuse):
        raise RefusedError(f"{command[0]}: {said[-2000:]}")
    return said


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses now."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str | Path], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the end of the block, once it answers on a TCP port."""
    with log.open("wb") as stream:
        process = subprocess.Popen([str(word) for word in command], stdout=stream, stderr=stream)
    try:
        _wait(process, port, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RefusedError(
                f"ended with {process.returncode}: {log.read_text('utf-8', 'replace')[-2000:]}"
            )
        with closing(socket.socket()) as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RefusedError(f"did not answer within {PATIENCE} s: {log.read_text('utf-8', 'replace')[-2000:]}")


def wait_for_words(log: Path, words: str) -> None:
    """Wait until a program has said some words in its log."""
    end = time.monotonic() + PATIENCE
    while words not in log.read_text("utf-8", "replace"):
        if time.monotonic() > end:
            raise RefusedError(f"did not say {words!r}: {log.read_text('utf-8', 'replace')[-2000:]}")
        time.sleep(0.05)
