"""Measure the build of the site beside Hugo and plain MkDocs Material on the same stories, in one run.

Run `python -m benchmarks.build_site [PAGES] [--with hugo] [--with mkdocs]` (10 000 pages by default). Ours
renders PAGES / 2 stories in two languages, from records, with their JSON twins, lists, feeds and search data;
the others render PAGES Markdown files made of the same stories. Each is timed for a first build and for a
rebuild after ten new stories; wall seconds, and the memory of the largest process.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from publishing.build import publish
from publishing.layout import Site
from publishing.stamping import TOKEN
from publishing.theme import theme
from records import Edition, Story
from settings import ROOT
from tests.publishing import editions

NEW = 10
TARGETS = (
    "targets: rebuild <= 1.5 s, first build <= 12 s and <= 250 MB at 10 000; under Hugo's rebuild at 50 000"
)


def main() -> None:
    """Print a table of all builders asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", type=int, nargs="?", default=10_000)
    parser.add_argument("--with", dest="others", action="append", choices=("hugo", "mkdocs"), default=[])
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        print(json.dumps(_ours(asked.pages, Path(asked.alone))))
        return
    print(
        f"{'builder':<10}{'pages':>8}{'first s':>10}{'rebuild s':>11}{'same s':>8}{'MB':>7}{'files made':>12}"
    )
    with tempfile.TemporaryDirectory() as folder:
        _row("vigie", asked.pages, _alone(asked.pages, Path(folder) / "vigie"))
        for name in asked.others:
            if shutil.which(name) or name == "mkdocs":
                _row(name, asked.pages, _other(name, asked.pages, Path(folder) / name))
            else:
                print(f"{name:<10}not installed")
    print(TARGETS)


def _row(name: str, pages: int, seen: dict[str, float]) -> None:
    same = f"{seen['same']:.2f}" if "same" in seen else "-"
    made = f"{seen['made']:.0f}" if "made" in seen else "-"
    print(
        f"{name:<10}{pages:>8}{seen['first']:>10.2f}{seen['rebuild']:>11.2f}{same:>8}{seen['mb']:>7.0f}{made:>12}",
        flush=True,
    )


def _alone(pages: int, folder: Path) -> dict[str, float]:
    """Measure ours in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.build_site", str(pages), "--alone", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return dict(json.loads(done.stdout))


def _ours(pages: int, folder: Path) -> dict[str, float]:
    folder.mkdir(parents=True)
    site = Site(name="Vigie", url="http://127.0.0.1:8000/", root=ROOT / "site")
    whole = editions.large(pages // 2)
    before = replace(whole, stories=whole.stories[NEW:])
    with_memory: list[float] = []

    def build(edition: Edition) -> tuple[float, int]:
        seconds, made = _timed(lambda: publish(edition, folder, site).made)
        with_memory.append(_megabytes())
        return seconds, made

    first, _ = build(before)
    build(before)  # the trees that are used again come into being
    build(before)
    rebuild, made = build(whole)
    same, _ = build(whole)
    return {"first": first, "rebuild": rebuild, "same": same, "made": made, "mb": with_memory[0]}


def _other(name: str, pages: int, folder: Path) -> dict[str, float]:
    whole = editions.large(pages + NEW)
    content = folder / "content" / "avis"
    for path, text in _markdown(whole.stories[NEW:]):
        (content / path).parent.mkdir(parents=True, exist_ok=True)
        (content / path).write_text(text, "utf-8")
    home = "_index.md" if name == "hugo" else "index.md"  # with index.md Hugo takes all pages for its parts
    (folder / "content" / home).write_text("# Accueil\n")
    command = _hugo(folder) if name == "hugo" else _mkdocs(folder)
    first, kibibytes = _timed(lambda: _run(command))
    for path, text in _markdown(whole.stories[:NEW]):
        (content / path).parent.mkdir(parents=True, exist_ok=True)
        (content / path).write_text(text, "utf-8")
    rebuild, _ = _timed(lambda: _run(command))
    return {"first": first, "rebuild": rebuild, "mb": kibibytes * 1024 / 1e6}


def _markdown(stories: tuple[Story, ...]) -> Iterator[tuple[str, str]]:
    """Yield a page for each story: front matter with tags, table, lists and two links, about sixty lines."""
    for place, story in enumerate(stories):
        one = story.advisory
        rows = "\n".join(
            f"| {product.vendor} {product.name} | {product.versions} |" for product in one.affected
        )
        cves = "\n".join(f"- {cve}" for cve in one.cves)
        links = "\n".join(f"- <{reference.url}>" for reference in one.references)
        front = f'title: "{one.title}"\ndate: {one.published_at:%Y-%m-%d}\ntags: [socle, cve, produit{place % 50}]'
        sections = f"## Vulnérabilités\n\n{cves}\n\n## Produits\n\n| Produit | Versions |\n|---|---|\n{rows}"
        text = (
            f"---\n{front}\n---\n\n# {one.title}\n\n{one.summary}\n\n{sections}\n\n## Références\n\n{links}\n"
        )
        yield f"{place % 24:02}/{one.native_id.lower()}.md", text


def _hugo(folder: Path) -> list[str]:
    """Set a site up whose pages have our shell around them; return the command that builds it."""
    layouts = folder / "layouts" / "_default"
    layouts.mkdir(parents=True)
    site = Site(name="Vigie", url="http://127.0.0.1:8000/", root=ROOT / "site")
    shell = theme(site, ROOT / "mkdocs.yml", folder.parent / "shell").shells["fr"].html
    whole = TOKEN.sub(lambda found: {"title": "{{ .Title }}", "article": "@@"}.get(found[1], ""), shell)
    before, after = whole.split("@@")
    (layouts / "single.html").write_text(f"{before}<h1>{{{{ .Title }}}}</h1>{{{{ .Content }}}}{after}")
    rows = "{{ range .Pages }}<p><a href='{{ .RelPermalink }}'>{{ .Title }}</a></p>{{ end }}"
    (layouts / "list.html").write_text(f"{before}{rows}{after}")
    (folder / "config.toml").write_text('baseURL = "http://127.0.0.1/"\nlanguageCode = "fr"\n')
    return ["hugo", "--quiet", "--source", str(folder)]


def _mkdocs(folder: Path) -> list[str]:
    """Set Material up with search and tags, the archive out of the navigation; return the command."""
    config = {
        "site_name": "Vigie",
        "docs_dir": str(folder / "content"),
        "site_dir": str(folder / "site"),
        "theme": {"name": "material", "font": False},
        "plugins": ["search", "tags"],
        "nav": ["index.md"],
        "not_in_nav": "/avis/",
    }
    path = folder / "mkdocs.yml"
    path.write_text(json.dumps(config))
    return [sys.executable, "-m", "mkdocs", "build", "-q", "-f", str(path)]


def _run(command: list[str]) -> int:
    """Run a builder; return its largest memory in kibibytes."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed")
    return used.ru_maxrss


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    started = time.monotonic()
    made = work()
    return time.monotonic() - started, made


def _megabytes() -> float:
    """Return the memory of the largest process so far, this one or one that it started (10^6 bytes)."""
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(peaks) * 1024 / 1e6


if __name__ == "__main__":
    main()
