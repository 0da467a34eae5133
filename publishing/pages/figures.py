"""The charts of the observatory, put into its hand-written page."""

from pathlib import Path

from publishing import observatory
from publishing.layout import Site, Writer

PAGE = "observatoire/index.html"
PLACE = b"<!-- graphiques -->"  # where they go in it


def with_figures(writer: Writer, page: bytes) -> bytes:
    """Return the hand-written page with its charts."""
    values = observatory.read(table(writer.site))
    return page.replace(PLACE, observatory.fragment(writer, values).encode())


def table(site: Site) -> Path:
    """Return where the official figures are written."""
    return site.root / "content" / observatory.CSV
