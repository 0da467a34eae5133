"""Replace a published directory whole: readers see the old tree or the new one, never a mixture."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

KEPT = 3  # trees that stay on disk, the published one included


def new_tree(published: Path) -> Path:
    """Make an empty directory beside `published` in which to build its successor."""
    trees = published.parent / f"{published.name}.trees"
    trees.mkdir(parents=True, exist_ok=True)
    tree = Path(tempfile.mkdtemp(prefix="tree-", dir=trees))
    tree.chmod(0o755)
    return tree


def spare_tree(published: Path) -> tuple[Path, Path | None]:
    """Return a directory in which to build the successor, and the published one (`None` where there is none).

    The oldest kept tree is used again once there are enough of them: most of what it holds is wanted still.
    """
    last = published.resolve() if published.is_dir() else None
    trees = published.parent / f"{published.name}.trees"
    known = [path for path in trees.iterdir() if path.is_dir()] if trees.is_dir() else []
    others = [path for path in known if path.resolve() != last]
    others.sort(key=lambda path: (_keys(path).exists(), path.stat().st_mtime_ns))  # what failed comes first
    if len(others) >= KEPT - 1:
        return others[0], last
    return new_tree(published), last


def swap_in(tree: Path, published: Path) -> None:
    """Make `published` a link to `tree` in one step, then forget all but the last few trees.

    `tree` comes from `new_tree(published)`. A plain directory in the place of the link is moved into
    the kept trees first, so that a first swap over it loses nothing.
    """
    if published.is_dir() and not published.is_symlink():
        published.rename(tree.parent / f"tree-before-{tree.name}")
    os.utime(tree)
    link = published.with_name(f"{published.name}.next")
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(tree, published.parent), target_is_directory=True)
    link.replace(published)
    _forget(tree.parent, keep=published.resolve())


def discard(tree: Path) -> None:
    """Remove a tree that will not be published, with what is known of it."""
    _keys(tree).unlink(missing_ok=True)
    shutil.rmtree(tree, ignore_errors=True)


def _keys(tree: Path) -> Path:
    """Return where `publishing.keeping` notes what a whole tree holds."""
    return tree.with_name(f"{tree.name}.keys.json")


def _forget(trees: Path, *, keep: Path) -> None:
    """Remove the oldest trees; the published one is never among them.

    A tree that cannot be removed is left for the next time: the new one is already in its place.
    """
    with contextlib.suppress(OSError):
        others = [tree for tree in trees.iterdir() if tree.is_dir() and tree.resolve() != keep]
        others.sort(key=lambda tree: tree.stat().st_mtime_ns, reverse=True)
        for tree in others[KEPT - 1 :]:
            discard(tree)
