"""Run Suricata over captures with rules of ours only."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from records import Observable
from tests.tools import Stopped
from tests.tools._running import found, run, version_of
from tests.tools._traffic import capture

CONFIG = Path("/etc/suricata/suricata.yaml")


def version() -> str | None:
    """Return the installed version; `None` too without its own configuration."""
    return version_of("suricata", "-V", word=4) if CONFIG.is_file() else None


@contextmanager
def loaded_rules(rules: Path, work: Path) -> Iterator[Stopped]:
    """Test the rules, then play captures to them."""
    base = command(rules, work)
    run([*base, "-T", "-l", work], refuse=("Error:", "error parsing", "Warning: detect", "rules failed"))

    def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
        folder = Path(mkdtemp(dir=work))
        ports = capture(items, folder / "traffic.pcap")
        if ports:
            run([*base, "-r", folder / "traffic.pcap", "-l", folder, "--runmode", "single"])
        seen = {event[end] for event in alerts(folder) for end in ("src_port", "dest_port")}
        return frozenset(ports[port] for port in seen & ports.keys())

    yield stopped


def command(rules: Path, work: Path) -> list[str | Path]:
    """Return the beginning of a command with Debian's configuration, in which all hashes of files are made."""
    config = work / "suricata.yaml"
    text = CONFIG.read_text().replace("#force-hash: [md5]", "force-hash: [md5, sha1, sha256]")
    config.write_text(text)
    base: list[str | Path] = [found("suricata") or "suricata", "-c", config, "-S", rules, "-k", "none"]
    return [*base, "--set", f"default-rule-path={rules.parent}"]


def alerts(folder: Path) -> list[dict[str, Any]]:
    """Return the alerts of our rules among the events that a run wrote into a folder."""
    written = folder / "eve.json"
    events = [json.loads(line) for line in written.read_text().splitlines()] if written.exists() else []
    return [
        event
        for event in events
        if event["event_type"] == "alert" and event["alert"]["signature"].startswith("Vigie")
    ]
