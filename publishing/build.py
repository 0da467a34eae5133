"""Build the site of an edition beside the last one, check it, and put it in its place."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import swap
from publishing import checks, french
from publishing.feeds import feeds
from publishing.pages import Site, pages
from records import Edition, Marking, PublishError
from settings import ROOT

MKDOCS_SECONDS = 3_600  # 10 000 pages take about one minute


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication made: Markdown pages, how many files differed from the last, feeds."""

    pages: int
    written: int
    feeds: int


def publish(edition: Edition, build: Path, *, name: str, url: str, root: Path = ROOT) -> Published:
    """Publish an edition as `<build>/site`; readers see the old site or the new one, whole.

    `name` and `url` (ending in `/`) are the site's; `root` holds `site/` and `mkdocs.yml`. The
    Markdown is kept in `<build>/pages`. The same edition gives the same bytes.

    Raises `PublishError`; the last good site then still stands, and publishing again is safe.
    """
    check_markings(edition)
    site = Site(name=name, url=url, templates=root / "site" / "templates")
    try:
        expected, written, fed = _write_sources(edition, site, build / "pages", root)
        config = _write_config(edition, site, build, root)
        with _tree(build / "site") as tree:
            _run_mkdocs(edition, config, tree)
            checks.check(tree, site_url=url, pages=expected, audience=edition.audience)
            swap.swap_in(tree, build / "site")
    except OSError as error:
        raise PublishError(f"the site could not be written: {error}; the last one stands") from error
    return Published(pages=expected, written=written, feeds=fed)


@contextmanager
def _tree(published: Path) -> Iterator[Path]:
    """Give an empty tree beside `published`, which is gone again unless it was swapped in."""
    tree = swap.new_tree(published)
    try:
        yield tree
    finally:
        if published.resolve() != tree.resolve():
            swap.discard(tree)


def check_markings(edition: Edition) -> None:
    """Refuse an edition that holds anything marked above its audience (TLP 2.0); nothing is written."""
    above = [name for name, marking in _marked(edition) if marking.tlp > edition.audience]
    if above:
        raise PublishError(
            f"{len(above)} records are marked above TLP:{edition.audience.label}, first {above[0]};"
            " nothing was published: correct the audience or the archive's selection"
        )


def _marked(edition: Edition) -> Iterator[tuple[str, Marking]]:
    """Yield every marking of an edition with the identifier of its record."""
    for story in edition.stories:
        yield story.advisory.id, story.advisory.marking
        yield story.advisory.id, Marking(story.source.tlp)
    for statements in edition.vulnerabilities.values():
        yield from ((said.id, said.marking) for said in statements)
    for item in edition.indicators:
        yield f"an indicator of {', '.join(item.sources)}", item.marking


def _write_sources(edition: Edition, site: Site, folder: Path, root: Path) -> tuple[int, int, int]:
    """Bring `folder` to what MkDocs reads; return the pages, the files that changed, and the feeds."""
    content = sorted((root / "site" / "content").glob("*.md"))
    hand_written = ((path.name, path.read_text("utf-8")) for path in content)
    kept: set[Path] = set()
    written = 0
    counts = {".md": 0, ".xml": 0}
    for files in (pages(edition, site), hand_written, feeds(edition, site)):
        for name, text in files:
            path = folder / name
            if path in kept:
                raise PublishError(f"two pages claim the address {name}; the last site stands")
            kept.add(path)
            counts[path.suffix] += 1
            written += _write_changed(path, text)
    _remove_others(folder, kept)
    return counts[".md"], written, counts[".xml"]


def _write_changed(path: Path, text: str) -> bool:
    """Write a file unless it already holds this text; return whether it was written."""
    body = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == body:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return True


def _remove_others(folder: Path, kept: set[Path]) -> None:
    """Remove the files of earlier editions, then the folders that are left empty."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()


def _write_config(edition: Edition, site: Site, build: Path, root: Path) -> Path:
    """Write the configuration that inherits `mkdocs.yml` with this deployment's name and folders.

    JSON is YAML. Paths are absolute, since MkDocs reads them from the configuration's folder.
    """
    values = {
        "INHERIT": str((root / "mkdocs.yml").resolve()),
        "site_name": site.name,
        "site_url": site.url,
        "docs_dir": str((build / "pages").resolve()),
        "site_dir": str((build / "site").absolute()),
        "theme": {"custom_dir": str((root / "site" / "theme").resolve())},
        "extra": {"edition": french.instant(edition.made_at)},
    }
    path = build / "mkdocs.yml"
    _write_changed(path, json.dumps(values, ensure_ascii=False, indent=2) + "\n")
    return path


def _run_mkdocs(edition: Edition, config: Path, tree: Path) -> None:
    """Build into `tree`; every date MkDocs writes is the edition's, so that bytes do not change."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    environment = os.environ | {
        "SOURCE_DATE_EPOCH": str(int(edition.made_at.timestamp())),
        "NO_MKDOCS_2_WARNING": "1",
        "DISABLE_MKDOCS_2_WARNING": "true",
        "PYTHONUTF8": "1",
    }
    try:
        done = subprocess.run(
            [*command, "-f", str(config.resolve()), "--site-dir", str(tree.resolve())],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=MKDOCS_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PublishError(f"MkDocs did not end within {MKDOCS_SECONDS} s; the last site stands") from error
    if done.returncode:
        raise PublishError(f"MkDocs failed: {_complaint(done.stderr + done.stdout)}; the last site stands")


def _complaint(output: str) -> str:
    """Return what the tool said last, preceded by its last warning where that says more."""
    lines = [" ".join(line.split()) for line in output.splitlines() if line.strip()]
    named = [line for line in lines if line.startswith(("WARNING", "ERROR"))]
    said = dict.fromkeys([*named[-1:], *lines[-1:]])
    return " / ".join(line[:300] for line in said) or "it said nothing"
