"""Play the recorded week: collect, assess, release and publish it, then serve the site on 127.0.0.1."""

import argparse
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import store
from collectors.source_files import load_sources
from console import run_line
from demo.server import serve as serve_week
from deployments import Deployment
from publishing.serve import serve as serve_site
from records import Run
from scheduler import run_cycle
from settings import ROOT, FetchSettings, ReleaseSettings, Settings

HERE = Path(__file__).resolve().parent
END_OF_WEEK = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)


def main() -> None:
    """Run the demonstration; Ctrl-C ends it."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="where to serve the site (0: any free port)")
    parser.add_argument("--no-serve", action="store_true", help="stop when everything is built")
    asked = parser.parse_args()
    build = ROOT / "build" / "demo"
    shutil.rmtree(build, ignore_errors=True)
    play(build)
    if asked.no_serve:
        return
    site = serve_site(build, "127.0.0.1", asked.port)
    address = f"http://127.0.0.1:{site.server_port}/"
    print(f"\nThe site is at {address} (Ctrl-C to stop). Look at:")
    for path, what in SIGHTS:
        print(f"  {address}{path:<24} {what}")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print("\nStopped.")
    finally:
        site.shutdown()


SIGHTS = (
    ("", "what hospitals should do something about today"),
    ("alertes/", "all alerts, to be narrowed by priority, vendor, family, source"),
    ("alertes/niveau/soin/", "medical devices and clinical software, with the reasons"),
    ("mon-parc/", "drop an inventory: which alerts concern it, computed in the browser"),
    ("chasse/", "drop a log: which published indicators occur in it"),
    ("en/", "the English edition"),
    ("sources/", "which sources answer, and since when"),
    ("indicateurs/", "the lists, and how to use them"),
    ("listes/manifest.json", "the manifest: SHA-256 of every list"),
    ("flux/tout.xml", "the RSS feed"),
)


def play(build: Path) -> Deployment:
    """Play the week into `build`: its archive, lists and site; return what was played on."""
    week = serve_week(HERE / "week")
    mirror = f"http://127.0.0.1:{week.server_port}"
    settings = Settings(
        database=f"sqlite:///{build / 'vigie.sqlite'}",
        sources=HERE / "sources",
        build=build,
        release=ReleaseSettings(ledger=build / "ledger"),
        site_name="Vigie (semaine de démonstration)",
        fetch=FetchSettings(mirror=mirror),
    )
    sources, _ = load_sources(settings.sources)
    archive = store.open_archive(settings.database)
    house = Deployment(
        settings, archive, tuple(sources), report=_tell, progress=lambda step: print(f"{step}...", flush=True)
    )
    print(f"The week as it stood on {END_OF_WEEK:%d %B %Y}, played from {mirror}:")
    try:
        run_cycle(house, END_OF_WEEK)
        print("Archive: " + ", ".join(f"{count} {name}" for name, count in store.counts(archive).items()))
    finally:
        archive.close()
        week.shutdown()
    return house


def _tell(run: Run) -> None:
    print("  " + run_line(run), flush=True)


if __name__ == "__main__":
    main()
