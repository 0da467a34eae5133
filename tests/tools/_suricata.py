"""Run Suricata over a capture with rules of ours only."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from records import Observable
from tests.tools import Stopped
from tests.tools._running import found, run, version_of
from tests.tools._traffic import capture

CONFIG = "/etc/suricata/suricata.yaml"


def version() -> str | None:
    """Return the installed version; `None` too without its own configuration."""
    return version_of("suricata", "-V", word=4) if Path(CONFIG).is_file() else None


@contextmanager
def loaded_rules(rules: Path, work: Path) -> Iterator[Stopped]:
    """Test the rules, then play captures to them."""
    program = found("suricata") or "suricata"
    base: list[str | Path] = [program, "-c", CONFIG, "-S", rules, "-k", "none"]
    base += ["--set", f"default-rule-path={rules.parent}"]
    run([*base, "-T", "-l", work], refuse=("Error:", "error parsing", "Warning: detect", "rules failed"))

    def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
        folder = Path(mkdtemp(dir=work))
        ports = capture(items, folder / "traffic.pcap")
        if ports:
            run([*base, "-r", folder / "traffic.pcap", "-l", folder, "--runmode", "single"])
        found_in: set[Observable] = set()
        events = folder / "eve.json"
        for line in events.read_text().splitlines() if events.exists() else ():
            event = json.loads(line)
            if event["event_type"] == "alert" and event["alert"]["signature"].startswith("Vigie"):
                found_in.update(
                    ports[port] for port in (event["src_port"], event["dest_port"]) if port in ports
                )
        return frozenset(found_in)

    yield stopped
