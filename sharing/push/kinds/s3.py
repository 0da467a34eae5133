"""Put lists into a bucket of an S3-compatible store, each request signed (AWS Signature Version 4).

`url` is `https://host/bucket[/prefix]` (path style, which every such store speaks), `user` the access key's id,
`secret` the key, `region` the store's. Written out here because the official library weighs a hundred megabytes for
one verb. An object is replaced in one step; the manifest is the last.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from records import SettingsError
from sharing.push.kinds import Send, Terms
from sharing.push.planning import Parcel
from sharing.push.targets import RefusedError, Target, address, need
from sharing.push.web import Web

SENDS: Literal["files"] = "files"
BATCH = 1
_EMPTY = hashlib.sha256(b"").hexdigest()
_LARGEST = 5 * 2**30  # bytes of one PUT


def check(target: Target) -> None:
    """Raise `SettingsError` where the address names no bucket or a key is missing."""
    parts = address(target, "https", "http")
    if not parts.path.strip("/") or parts.query:
        raise SettingsError(f"push.{target.name}: url must name a bucket: https://host/bucket/prefix")
    need(target, user=target.user, secret=target.secret, region=target.region)


@contextmanager
def opened(target: Target, terms: Terms) -> Iterator[Send]:
    """Yield what puts or deletes an object."""
    web = Web(terms.wire)

    def send(changes: Sequence[Parcel]) -> Mapping[str, str]:
        for one in changes:
            _put(web, target, terms, one)
        return {}

    yield send


def _put(web: Web, target: Target, terms: Terms, one: Parcel) -> None:
    url = f"{target.url.rstrip('/')}/{quote(one.key, safe='/~')}"
    now = terms.clock.now()
    if one.kind == "removed":
        web.ask("DELETE", url, None, signed(target, now, "DELETE", url, {"x-amz-content-sha256": _EMPTY}))
        return
    size = one.path.stat().st_size
    if size > _LARGEST:
        raise RefusedError(f"{one.key} is larger than one request may be; leave it out with files")
    own = {"content-type": one.media_type, "x-amz-content-sha256": one.text}
    headers = {**signed(target, now, "PUT", url, own), "Content-Length": str(size)}
    with one.path.open("rb") as stream:
        web.ask("PUT", url, stream, headers)


def signed(
    target: Target, now: datetime, method: str, url: str, headers: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers of a request with its signature; names in lower case, the body's SHA-256 among them."""
    parts, stamp = urlsplit(url), now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    said = {**headers, "host": parts.netloc, "x-amz-date": stamp}
    names = ";".join(sorted(said))
    lines = "".join(f"{name}:{said[name].strip()}\n" for name in sorted(said))
    path = quote(unquote(parts.path) or "/", safe="/~")
    request = f"{method}\n{path}\n{parts.query}\n{lines}\n{names}\n{said['x-amz-content-sha256']}"
    scope = f"{stamp[:8]}/{target.region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{target.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"AWS4-HMAC-SHA256 Credential={target.user}/{scope}"
    return {**said, "Authorization": f"{credential}, SignedHeaders={names}, Signature={signature}"}
