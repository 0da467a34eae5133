"""rsyslog, fed with its look-up table."""

import json
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from records import Observable, ObservableType
from tests.tools import RefusedError, Stopped
from tests.tools._running import found, run, version_of

NAME, PACKAGE, FORMAT, FILES = "rsyslog", "rsyslog", "rsyslog", ("siem/rsyslog.json",)
TYPES = frozenset(ObservableType) - {ObservableType.IPV4_NET, ObservableType.IPV6_NET}


def version() -> str | None:
    """Return the installed version."""
    return version_of("rsyslogd", "-v", word=1)


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Let messages whose text is a value through the table."""
    program = found("rsyslogd") or "rsyslogd"

    def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
        asked, folder = list(items), Path(mkdtemp(dir=work))
        messages, out, config = folder / "in.log", folder / "out.log", folder / "rsyslog.conf"
        messages.write_text("".join(f"{item.value}\n" for item in asked))
        config.write_text(
            f"""global(workDirectory="{folder}")
module(load="imfile" mode="polling" pollingInterval="1")
lookup_table(name="vigie" file="{lists / FILES[0]}")
template(name="said" type="string" string="%msg%\\t%$.kind%\\n")
input(type="imfile" File="{messages}" Tag="t:" addMetadata="off")
set $.kind = lookup("vigie", $msg);
action(type="omfile" file="{out}" template="said")
"""
        )
        run([program, "-N1", "-f", config], refuse=("error",))
        process = subprocess.Popen([program, "-n", "-f", config, "-i", folder / "pid"])
        try:
            lines = _lines(out, len(asked), process)
        finally:
            process.kill()  # it has written all it was asked for
            process.wait()
        found_kinds = dict(line.split("\t") for line in lines)
        return frozenset(item for item in asked if found_kinds.get(item.value))

    json.loads((lists / FILES[0]).read_text())
    yield stopped


def _lines(out: Path, wanted: int, process: subprocess.Popen[bytes]) -> list[str]:
    """Wait until as many lines are written as there are messages."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        lines = out.read_text().splitlines() if out.exists() else []
        if len(lines) >= wanted:
            return lines
        time.sleep(0.1)
    raise RefusedError("rsyslogd did not write what it was given")
