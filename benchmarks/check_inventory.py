"""Measure how fast an inventory is matched against the published product index, by the command and by a browser.

Run `PYTHONPATH=. python benchmarks/check_inventory.py [ASSETS] [STORIES]` (50 000 and 10 000 by default). Vendors,
products, versions and stories are invented; a fifth of the products stands in nine tenths of the stories, as in
the notices of CERT-FR, and one asset in three is of a product that no story names. Two inventories are read
as CSV in Windows-1252: one with the versions of a house (many machines alike), one where no two assets are
alike. The browser's line needs Chromium and Playwright; its seconds are from the file to the table.
"""

import json
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from checking.inventory import read_inventory
from checking.matching import match
from checking.other_names import aliases
from checking.product_index import product_files, read_index
from publishing.cards import Card, CardProduct
from publishing.layout import Site, Writer
from publishing.serve import serve

ROOT = Path(__file__).resolve().parent.parent
SYLLABLES = [
    "ba",
    "cor",
    "dex",
    "fo",
    "gam",
    "hil",
    "jan",
    "kel",
    "lu",
    "mor",
    "nix",
    "ol",
    "pra",
    "qui",
    "ros",
    "sol",
    "tan",
    "ur",
    "vex",
    "zen",
]
KINDS = ["Manager", "Gateway", "Imager", "Server", "Monitor", "Suite", "Viewer", "Client", "Box", "Scope"]
PRODUCTS, START = 3_000, datetime(2026, 1, 1, tzinfo=UTC)
LEVELS = ("critique", "élevée", "modérée", "faible")
T = TypeVar("T")


def products(choose: random.Random) -> list[tuple[str, str]]:
    """Return vendors with their products."""
    vendors = ["".join(choose.sample(SYLLABLES, 2)).title() for _ in range(300)]
    return [
        (choose.choice(vendors), f"{''.join(choose.sample(SYLLABLES, 3)).title()} {choose.choice(KINDS)}")
        for _ in range(PRODUCTS)
    ]


def cards(named: list[tuple[str, str]], size: int, choose: random.Random) -> Iterator[Card]:
    """Yield the cards of stories, each about a few products in a few branches."""
    for number in range(size):
        at = START - timedelta(hours=3 * number)
        usual = named[: PRODUCTS // 5] if choose.random() < 0.9 else named
        told = [choose.choice(usual) for _ in range(choose.randint(1, 4))]
        yield Card(
            id=str(number),
            path=f"avis/{at.year}/essai--{number}/",
            title=f"Multiples vulnérabilités dans {told[0][1]}",
            language="fr",
            title_en=f"Multiple vulnerabilities in {told[0][1]}",
            language_en="en",
            native_ids=(),
            summary="",
            category="advisory",
            source="essai",
            sources=("essai",),
            published_at=at,
            changed_at=at,
            tier="socle",
            relevance=50,
            level=choose.choice(LEVELS),
            urgency=choose.randint(0, 100),
            products=tuple(
                CardProduct(
                    vendor,
                    product,
                    ((f"{major}.0", f"{major}.{choose.randint(1, 9)}", True, False),),
                    "affected",
                )
                for vendor, product in told
                for major in (choose.randint(1, 9),)
            ),
        )


def inventory(named: list[tuple[str, str]], size: int, choose: random.Random, *, alike: bool) -> bytes:
    """Return an inventory as CSV; `alike` gives every product three versions, else every line has its own."""
    lines = ["Éditeur;Logiciel;Version installée;Poste"]
    for number in range(size):
        vendor, product = choose.choice(named)
        if number % 3 == 0:
            vendor, product = f"Maison {number % 200}", f"Outil {number % 2_000} interne"
        version = f"{choose.randint(1, 9)}.{choose.randint(0, 9)}.{number}"
        if alike:
            version = f"{len(product) % 9 + 1}.{choose.randint(0, 2)}.{len(vendor)}"
        lines.append(f"{vendor};{product};{version};PC-{number}")
    return "\n".join(lines).encode("cp1252")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return seconds and result of some work."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def browser_seconds(files: dict[str, bytes], body: bytes) -> float | None:
    """Return how long Chromium takes from a file to the table, `None` where it cannot be asked."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    chromium = shutil.which("chromium")
    if chromium is None:
        return None
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        build = Path(folder)
        write_site(build / "site", files)
        (build / "inventory.csv").write_bytes(body)
        server = serve(build, "127.0.0.1", 0)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/mon-parc/")
        page.wait_for_function("Boolean(self.Parc && self.Parc.linked)")
        start = perf_counter()
        page.set_input_files("#parc-fichier", build / "inventory.csv")
        page.wait_for_selector("[data-parc-results] tbody tr", timeout=120_000)
        seconds = perf_counter() - start
        browser.close()
        server.shutdown()
    return seconds


def write_site(folder: Path, files: dict[str, bytes]) -> None:
    """Write the page, its scripts and the index."""
    shutil.copytree(ROOT / "site" / "theme" / "assets", folder / "assets")
    article = Writer(Site("Vigie", "https://example.org/", ROOT / "site"), "fr").fill(
        "mon-parc.html", "mon-parc/", title=""
    )
    scripts = "".join(f'<script src="../assets/{name}.js" defer></script>' for name in ("vigie", "parc"))
    (folder / "mon-parc").mkdir()
    page = f'<!doctype html><html lang="fr"><meta charset="utf-8">{scripts}<main>{article}</main></html>'
    (folder / "mon-parc" / "index.html").write_text(page, "utf-8")
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def main(assets: int, stories: int) -> None:
    """Print the figures."""
    choose = random.Random(5)
    named = products(choose)
    told = list(cards(named, stories, choose))
    seconds, files = timed(lambda: dict(product_files(told, aliases([]))))
    size = sum(map(len, files.values()))
    said = sum(year["statements"] for year in json.loads(files["donnees/produits/index.json"])["years"])
    print(f"{stories:,} stories, {said:,} statements; {assets:,} assets")
    print(f"{'writing the index':<44} {seconds:6.2f} s   {size / 1e6:6.1f} MB")
    by_name = {path.rpartition("/")[2]: content for path, content in files.items()}
    seconds, index = timed(lambda: read_index(by_name))
    print(f"{'reading the index':<44} {seconds:6.2f} s")
    for words, alike in (("as in a house", True), ("no two alike", False)):
        body = inventory(named, assets, choose, alike=alike)
        seconds, read = timed(lambda body=body: read_inventory(body))  # type: ignore[misc]
        print(f"{f'reading the inventory ({words})':<44} {seconds:6.2f} s   {len(body) / 1e6:6.1f} MB")
        seconds, found = timed(lambda read=read: sum(1 for _ in match(read.assets, index)))  # type: ignore[misc]
        print(f"{f'matching ({words})':<44} {seconds:6.2f} s   {found:,} matches")
        browser = browser_seconds(files, body)
        shown = "not measured: no Chromium" if browser is None else f"{browser:6.2f} s"
        print(f"{f'Chromium, from the file to the table ({words})':<44} {shown}")
    print(f"{'most memory, Python':<44} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MB")


if __name__ == "__main__":
    main(*(int(one) for one in (*sys.argv[1:], *("50000", "10000")[len(sys.argv) - 1 :])))
