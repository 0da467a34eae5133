"""Play the recorded public data under its real addresses, where the server that does so is at hand."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Recorded:
    """The running server: `address` is what `fetch.mirror` takes."""

    address: str

    def order(self, **what: object) -> None:
        """Set the day it stands at (`as_of`), add faults (`fault`), or forget all (`reset`)."""
        body = json.dumps(what).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.address}/_control", body), timeout=10):
            pass

    def asked(self) -> list[dict[str, object]]:
        """Return what it was asked since the last reset."""
        with urllib.request.urlopen(f"{self.address}/_requests", timeout=10) as answer:
            found: list[dict[str, object]] = json.load(answer)
        return found


@contextmanager
def playing(root: Path) -> Iterator[Recorded]:
    """Start the server on a free port of loopback; skips where it is not beside the data."""
    program = root.parent / "tools" / "recorded_server.py"
    if not program.is_file():
        pytest.skip(f"no server for the recorded public data at {program}")
    command = [sys.executable, str(program), "--root", str(root), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield Recorded(server.stdout.readline().split()[-1])
        finally:
            server.terminate()
