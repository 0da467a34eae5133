"""Post changes to an address, signed as Standard Webhooks 1.0 has it (standardwebhooks.com).

Three headers: `webhook-id`, the same whenever the same batch is sent again; `webhook-timestamp`, seconds since
1970 when it was sent; `webhook-signature`, `v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`. The
`secret` is the key: as that standard writes it (`whsec_` and Base64), or any text of at least 24 bytes. Only a
status from 200 to 299 confirms a batch. `body` chooses lines as in a delta (NDJSON) or one JSON object.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import orjson

from records import SettingsError, record_id
from sharing.formats.lines import rfc3339
from sharing.formats.ndjson import line_of
from sharing.push.kinds import Send, Terms
from sharing.push.planning import Change
from sharing.push.targets import Target, address, need
from sharing.push.web import Web

SENDS: Literal["values"] = "values"
BATCH = 1000
_SHORTEST = 24  # bytes of a key (Standard Webhooks, "Signature scheme")


def check(target: Target) -> None:
    """Raise `SettingsError` where address or secret cannot be used."""
    address(target, "https", "http")
    need(target, secret=target.secret)
    if len(_key(target)) < _SHORTEST:
        raise SettingsError(
            f"push.{target.name}: secret is shorter than {_SHORTEST} bytes; make a longer one"
        )


@contextmanager
def opened(target: Target, terms: Terms) -> Iterator[Send]:
    """Yield what posts a batch."""
    web = Web(terms.wire)

    def send(changes: Sequence[Change]) -> Mapping[str, str]:
        body = lines_of(changes) if target.body == "ndjson" else _object(changes, terms)
        web.ask("POST", target.url, body, headers(target, terms, body))
        return {}

    yield send


def headers(target: Target, terms: Terms, body: bytes) -> dict[str, str]:
    """Return the headers of a batch sent now."""
    digest = hashlib.sha256(body).hexdigest()
    name = record_id("push", terms.wire.origin, target.name, str(terms.number), digest)
    at = str(int(terms.clock.now().timestamp()))
    signed = hmac.digest(_key(target), f"{name}.{at}.".encode() + body, "sha256")
    return {
        "Content-Type": "application/x-ndjson" if target.body == "ndjson" else "application/json",
        "webhook-id": name,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        "Vigie-Release": str(terms.number),
    }


def lines_of(changes: Sequence[Change]) -> bytes:
    """Return changes as the lines of a delta."""
    return b"".join(f'{{"change":"{one.kind}",'.encode() + line_of(one.entry)[1:] for one in changes)


def _object(changes: Sequence[Change], terms: Terms) -> bytes:
    body = {
        "version": 1,
        "release": terms.number,
        "made_at": rfc3339(terms.made_at),
        "changes": [orjson.loads(line) for line in lines_of(changes).splitlines()],
    }
    return orjson.dumps(body)


def _key(target: Target) -> bytes:
    """Return the key; raises `SettingsError` where it is no Base64 after all."""
    text = target.secret.removeprefix("whsec_")
    if text == target.secret:
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise SettingsError(f"push.{target.name}: secret begins with whsec_ but is no Base64") from error
