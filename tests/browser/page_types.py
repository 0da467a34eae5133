"""Choose one page of each kind of a built site, so that looking at a few is looking at all."""

from pathlib import Path


def page_types(tree: Path) -> list[str]:
    """Return the addresses below the site's root, in order, of one page per language, section and depth.

    Of the pages alike it is the one with the most bytes: the one most likely to go wrong.
    """
    chosen: dict[tuple[str, ...], tuple[int, str]] = {}
    for page in sorted(tree.rglob("*.html")):
        address = page.relative_to(tree).as_posix().removesuffix("index.html")
        found = (page.stat().st_size, address)
        key = _kind(address)
        if key not in chosen or found[0] > chosen[key][0]:
            chosen[key] = found
    return sorted(address for _, address in chosen.values())


def _kind(address: str) -> tuple[str, ...]:
    """Return what pages alike share: `("", "avis", "3")` for `avis/2025/x/`."""
    parts = address.split("/")
    language = parts.pop(0) if len(parts) > 1 and len(parts[0]) == 2 else ""
    return (language, parts[0], str(len(parts)))
