"""Say how far a request may see: what everyone may, or what a reader's secret opens."""

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from records import TLP

CHALLENGES = ('Basic realm="Vigie", charset="UTF-8"', 'Bearer realm="Vigie"')  # RFC 7617, RFC 6750


@dataclass(frozen=True, slots=True)
class Reader:
    """Someone who may see up to `tlp`: with the secret as a bearer token, or as the password of `name`."""

    name: str
    tlp: TLP
    secret: str = field(repr=False)


def reach(authorization: str, readers: Iterable[Reader]) -> TLP | None:
    """Return the highest marking that an `Authorization` header opens, CLEAR without one, `None` for a wrong one.

    Every reader is compared with, each in a time that does not tell how much was right.
    """
    if not authorization:
        return TLP.CLEAR
    scheme, _, said = authorization.partition(" ")
    shown, basic = said.strip().encode("latin-1", "replace"), scheme.lower() == "basic"
    if basic:
        try:
            shown = base64.b64decode(shown, validate=True)
        except binascii.Error:
            return None
    elif scheme.lower() != "bearer":
        return None
    opened: TLP | None = None
    for reader in readers:
        expected = (f"{reader.name}:{reader.secret}" if basic else reader.secret).encode()
        if hmac.compare_digest(shown, expected) and reader.secret:
            opened = reader.tlp if opened is None else max(opened, reader.tlp)
    return opened
