"""Ask Lighthouse what it thinks of a built site, served as `vigie serve` does, on a phone and on a desktop.

Run `python -m benchmarks.lighthouse SITE [PAGE…]`: SITE is a built site (`build/demo/site` after
`python -m demo --no-serve`), PAGE an address below its root; without one, the home page and the largest
page of a story. Lighthouse comes from npm (Node 18 or newer) the first time, and drives Debian's Chromium.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.screenshots import served
from tests.browser.page_types import page_types
from tests.browser.watching import CHROMIUM

LIGHTHOUSE = "lighthouse@12"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FORMS = {"phone": (), "desktop": ("--preset=desktop",)}
SECONDS = 300  # for one page


def main(tree: Path, pages: list[str]) -> None:
    """Print one line of scores (0–100) and bytes for each page and form factor, then what cost points."""
    if CHROMIUM is None or shutil.which("npx") is None:
        raise SystemExit("Lighthouse needs chromium and npx: apt-get install chromium nodejs npm")
    heads = "".join(f"{name:>16}" for name in CATEGORIES)
    print(f"{'page':<40}{'form':>9}{heads}{'transferred':>14}")
    lost: dict[str, None] = {}
    with served(tree, None) as address:
        for page in pages:
            for form, options in FORMS.items():
                report = _report(address + page, options)
                scores = "".join(f"{_score(report, name):>16}" for name in CATEGORIES)
                print(
                    f"/{page[-38:]:<39}{form:>9}{scores}{_transferred(report) / 1000:>11.1f} kB", flush=True
                )
                lost.update(dict.fromkeys(f"/{page} ({form}): {line}" for line in _lost(report)))
    print("\n".join(["", *lost]) if lost else "\nNothing cost a point.")


def _report(address: str, options: tuple[str, ...]) -> dict[str, Any]:
    """Return Lighthouse's report of one page."""
    command = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json", "--output-path=stdout"]
    flags = "--chrome-flags=--headless=new --no-sandbox"
    done = subprocess.run(
        [*command, flags, f"--only-categories={','.join(CATEGORIES)}", *options],
        env=os.environ | {"CHROME_PATH": str(CHROMIUM)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"Lighthouse failed on {address}: {done.stderr.strip()[-600:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _score(report: dict[str, Any], category: str) -> str:
    score = report["categories"][category]["score"]
    return "none" if score is None else f"{round(score * 100)}"


def _transferred(report: dict[str, Any]) -> int:
    """Return the bytes that came over the network, headers included."""
    requests = report["audits"]["network-requests"]["details"]["items"]
    return sum(request.get("transferSize", 0) for request in requests)


def _lost(report: dict[str, Any]) -> list[str]:
    """Return what cost points, as category, audit and what Lighthouse shows of it."""
    return [
        f"{name}: {audit['title']} {audit.get('displayValue', '')}".strip()
        for name in CATEGORIES
        for reference in report["categories"][name]["auditRefs"]
        if reference["weight"]
        for audit in [report["audits"][reference["id"]]]
        if audit["score"] is not None and audit["score"] < 0.9
    ]


def _default_pages(tree: Path) -> list[str]:
    stories = [place for place in page_types(tree) if place.startswith("avis/")]
    return ["", *stories[:1]]


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    site = Path(sys.argv[1])
    main(site, sys.argv[2:] or _default_pages(site))
