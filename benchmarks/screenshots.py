"""Take a picture of every kind of page, at three widths, light and dark, and lay them out to be looked at.

Run `python -m benchmarks.screenshots SITE OUT [LISTS]`: SITE is a built site (`build/demo/site` after
`python -m demo --no-serve`), LISTS the lists beside it; open `OUT/index.html`. What pages say to the
console, ask of other hosts, or let hang over the edge of the screen is printed.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from playwright.sync_api import FloatRect, Page

from publishing.serve import serve
from tests.browser.page_types import page_types
from tests.browser.watching import Watch, launched

WIDTHS = (390, 768, 1440)
SCHEMES = ("light", "dark")
TALLEST = 6_000  # pixels of a page that are kept

SHEET = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Every kind of page</title>
<style>
body {{ font: 15px sans-serif; margin: 1rem; background: #888 }}
h2 {{ position: sticky; top: 0; background: #888; padding: .3rem 0 }}
div {{ display: flex; gap: 1rem; overflow-x: auto; align-items: flex-start }}
figure {{ margin: 0 }} img {{ display: block; max-height: 75vh; border: 1px solid #444 }}
</style>
<h1>Every kind of page</h1>
{rows}
</html>
"""


def main(tree: Path, out: Path, lists: Path | None) -> None:
    """Write the pictures and their sheet into `out`, and print what went wrong on the way."""
    out.mkdir(parents=True, exist_ok=True)
    places = page_types(tree)
    with served(tree, lists) as address, launched() as chromium:
        watch = Watch(chromium)
        for width in WIDTHS:
            for scheme in SCHEMES:
                page = watch.page(dark=scheme == "dark", width=width)
                for place in places:
                    _picture(page, address + place, out / _name(place, width, scheme))
        watch.close()
    (out / "index.html").write_text(SHEET.format(rows="\n".join(map(_row, places))), "utf-8")
    print(
        f"{len(places)} kinds of pages, {len(places) * len(WIDTHS) * len(SCHEMES)} pictures: {out}/index.html"
    )
    for trouble in dict.fromkeys(watch.troubles):
        print(trouble)


@contextmanager
def served(tree: Path, lists: Path | None) -> Iterator[str]:
    """Serve a site as `vigie serve` does; give its address."""
    with tempfile.TemporaryDirectory() as build:
        (Path(build) / "site").symlink_to(tree.resolve())
        if lists is not None:
            (Path(build) / "lists").symlink_to(lists.resolve())
        server = serve(Path(build), "127.0.0.1", 0)
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        server.server_close()


def _picture(page: Page, address: str, path: Path) -> None:
    page.goto(address, wait_until="networkidle")
    width, height = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    shown = page.evaluate("document.documentElement.clientWidth")
    if width > shown:
        print(f"{address}: {width} px wide on a screen of {shown} px")
    clip = FloatRect(x=0, y=0, width=shown, height=min(height, TALLEST))
    page.screenshot(path=path, full_page=True, clip=clip)


def _row(place: str) -> str:
    names = [_name(place, width, scheme) for width in WIDTHS for scheme in SCHEMES]
    pictures = "".join(
        f'<figure><figcaption>{name}</figcaption><a href="{name}"><img src="{name}" loading="lazy"></a></figure>'
        for name in names
    )
    return f"<h2>/{escape(place)}</h2><div>{pictures}</div>"


def _name(place: str, width: int, scheme: str) -> str:
    stem = place.strip("/").removesuffix(".html").replace("/", "_") or "accueil"
    return f"{stem[:80]}-{width}-{scheme}.png"


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) == 4 else None)
