"""Let MkDocs Material render what does not change with the news: the shells and the hand-written pages."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from importlib import metadata
from pathlib import Path

from publishing.layout import LANGUAGES, Site
from publishing.stamping import Shell
from records import PublishError

MKDOCS_SECONDS = 600
KEPT = 2  # rendered themes that stay on disk
SHELL = "coque"  # the page whose article is a token, in each language
RENDERERS = ("mkdocs", "mkdocs-material", "markdown", "jinja2")

_ELSEWHERE = re.compile(r'<a (?![^>]*rel=)([^>]*href="https?://)')
_LEFT_OUT = (".map", ".gz", "404.html", "sitemap.xml")
_UNUSED = ("assets/javascripts/", "assets/images/", "assets/stylesheets/palette.", "search/")  # of the theme


@dataclass(frozen=True, slots=True)
class Theme:
    """What MkDocs made: a shell per language, and the folder of all other files, by path below it.

    `key` changes with anything that these depend on.
    """

    key: str
    shells: dict[str, Shell]
    folder: Path
    files: tuple[str, ...]


def theme(site: Site, mkdocs: Path, build: Path) -> Theme:
    """Return the theme of `site.root` (`content/`, `theme/`) and `mkdocs.yml`, rendered if it is new.

    Raises `PublishError` with what MkDocs complains of; nothing is kept then.
    """
    key = _key(site, mkdocs)
    folder = build / "theme" / key
    if not folder.is_dir():
        _render(site, mkdocs, build, folder)
    os.utime(folder)
    _forget(folder)
    shells = {code: Shell(code, (folder / _shell(code)).read_text("utf-8")) for code in LANGUAGES}
    return Theme(key, shells, folder, tuple(_files(folder)))


def _key(site: Site, mkdocs: Path) -> str:
    """Digest all that MkDocs reads: our files, the site's name and address, the versions of the tools."""
    digest = blake2b(digest_size=16)
    versions = [f"{name} {metadata.version(name)}" for name in RENDERERS]
    digest.update("\n".join([site.name, site.url, site.phone, *versions]).encode())
    digest.update(mkdocs.read_bytes())
    for path in _sources(site):
        digest.update(f"\n{path.relative_to(site.root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _sources(site: Site) -> Iterator[Path]:
    for name in ("content", "theme"):
        yield from sorted(path for path in (site.root / name).rglob("*") if path.is_file())


def _shell(language: str) -> str:
    return f"{SHELL}/index.html" if language == "fr" else f"{language}/{SHELL}/index.html"


def _files(folder: Path) -> Iterator[str]:
    """Yield the files to publish, in order."""
    shells = {_shell(code) for code in LANGUAGES}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        wanted = name not in shells and not name.endswith(_LEFT_OUT) and not name.startswith(_UNUSED)
        if wanted and path.is_file():
            yield name


def _render(site: Site, mkdocs: Path, build: Path, folder: Path) -> None:
    """Render into `folder`, which appears whole or not at all."""
    work = build / "theme.next"
    shutil.rmtree(work, ignore_errors=True)
    _assemble(site, work / "pages")
    config = _config(site, mkdocs, work)
    _run_mkdocs(config)
    for path in (work / "site").rglob("*.html"):
        path.write_text(_tidied(path.read_text("utf-8")), "utf-8")
    folder.parent.mkdir(parents=True, exist_ok=True)
    (work / "site").rename(folder)
    shutil.rmtree(work, ignore_errors=True)


def _tidied(page: str) -> str:
    """Return a page without the blank lines of the template, its links elsewhere telling nothing of the reader."""
    return _ELSEWHERE.sub(r'<a rel="noreferrer" \1', page.lstrip())


def _assemble(site: Site, pages: Path) -> None:
    """Lay out the hand-written pages, French at the root, and a stub for each shell."""
    for code in LANGUAGES:
        target = pages if code == "fr" else pages / code
        shutil.copytree(site.root / "content" / code, target, dirs_exist_ok=True)
        (target / f"{SHELL}.md").write_text("---\ntitle: shell\nshell: true\n---\n", "utf-8")


def _config(site: Site, mkdocs: Path, work: Path) -> Path:
    """Write the configuration that inherits `mkdocs.yml` with this site's name and folders. JSON is YAML."""
    values = {
        "INHERIT": str(mkdocs.resolve()),
        "site_name": site.name,
        "site_url": site.url,
        "docs_dir": str((work / "pages").resolve()),
        "site_dir": str((work / "site").resolve()),
        "theme": {"custom_dir": str((site.root / "theme").resolve())},
        "extra": {"phone": site.phone, "stylesheets": [*_stylesheets(), *_own_stylesheets(site)]},
    }
    path = work / "mkdocs.yml"
    path.write_text(json.dumps(values, ensure_ascii=False, indent=2), "utf-8")
    return path


def _stylesheets() -> list[str]:
    """Return where the installed Material keeps its style sheet: the name changes with each version."""
    templates = Path(str(metadata.distribution("mkdocs-material").locate_file("material/templates")))
    return [
        path.relative_to(templates).as_posix() for path in templates.glob("assets/stylesheets/main.*.css")
    ]


def _own_stylesheets(site: Site) -> list[str]:
    names = ("vigie.css", "graphiques.css")
    return [f"assets/{name}" for name in names if (site.root / "theme" / "assets" / name).is_file()]


def _run_mkdocs(config: Path) -> None:
    """Run MkDocs in a process of its own; every date it writes is the same."""
    environment = os.environ | {
        "SOURCE_DATE_EPOCH": "0",
        "NO_MKDOCS_2_WARNING": "1",
        "DISABLE_MKDOCS_2_WARNING": "true",
        "PYTHONUTF8": "1",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config.resolve())],
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


def _forget(used: Path) -> None:
    """Remove the oldest themes; what cannot be removed is left for the next time."""
    others = sorted(
        (path for path in used.parent.iterdir() if path != used), key=lambda path: path.stat().st_mtime
    )
    for path in others[: -(KEPT - 1) or None]:
        shutil.rmtree(path, ignore_errors=True)
