"""What a web server says of our files besides their bytes: safety headers and media types.

`publishing.serve` sends them, `site/static/_headers` and `docs/serving/nginx.conf` repeat them for other
servers; a test keeps the three alike.
"""

import re
from pathlib import PurePosixPath

_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)

HEADERS = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # keep, but ask each time: the next edition is minutes away
}

OTHER = "application/octet-stream"  # a file of a kind we do not publish

TYPES = {
    "": "text/plain; charset=utf-8",  # SHA256SUMS
    ".atom": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".opml": "text/x-opml; charset=utf-8",
    ".png": "image/png",
    ".sha256": "text/plain; charset=utf-8",
    ".sha512": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".zip": "application/zip",
}

FEED_TYPES = {".json": "application/feed+json"}  # JSON Feed 1.1, "MIME type"

_FEEDS = re.compile(r"/?(?:[a-z]{2}/)?flux/")  # below the site's root or a language's
_PACKED = frozenset({"application/gzip", "application/zip", "image/png", OTHER})


def media_type(path: str) -> str:
    """Return the media type of the file at a URL path (`en/flux/tout.json`, below the site's root)."""
    suffix = PurePosixPath(path).suffix
    if suffix in FEED_TYPES and _FEEDS.match(path):
        return FEED_TYPES[suffix]
    return TYPES.get(suffix, OTHER)


def compressible(kind: str) -> bool:
    """Whether gzip makes a file of this media type smaller: it does, unless the file is packed already."""
    return kind not in _PACKED


def headers_file() -> str:
    """Return the `_headers` file by which hosts of static sites (Netlify, Cloudflare Pages) are told.

    Only what holds for every path is in it: such hosts differ in how they match parts of paths, know the
    media types, compress by themselves, and join a header given twice with a comma.
    """
    lines = ["# Made from publishing/headers.py; a test keeps it so.", "/*"]
    return "\n".join([*lines, *(f"  {name}: {value}" for name, value in HEADERS.items())]) + "\n"
