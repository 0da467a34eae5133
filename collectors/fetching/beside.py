"""Decide what is read beside a document: the seals that vouch for it, and its site's robots.txt."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from records import Request

MAX_ROBOTS = 512 << 10  # bytes that are parsed (RFC 9309 § 2.5)
GONE = frozenset({404, 410})
_SHA512, _SHA256, _SIGNATURE = ".sha512", ".sha256", ".asc"


def next_seal(
    request: Request, keys: tuple[str, ...], read: Collection[str], missing: Collection[str]
) -> str:
    """Return the address to read next before a document may be kept, an empty text when all is there.

    One hash is enough: a `.sha256` is only read where the `.sha512` is missing. A signature is only
    read where there are `keys` to check it with, and those only where there is a signature.
    """
    done = {*read, *missing}
    hashed = any(_path(one).endswith((_SHA512, _SHA256)) for one in read)
    signed = any(_path(one).endswith(_SIGNATURE) for one in read)
    for address in sorted(request.seals, key=lambda one: _path(one).endswith(_SHA256)):
        path = _path(address)
        if path.endswith((_SHA512, _SHA256)) and hashed:
            continue
        if path.endswith(_SIGNATURE) and not keys:
            continue
        if address not in done:
            return address
    return next((key for key in keys if signed and key not in done), "")


def _path(address: str) -> str:
    return urlsplit(address).path.lower()


@dataclass(frozen=True, slots=True)
class RobotRules:
    """What the robots.txt of a site allows (RFC 9309); `reason` says why where nothing is allowed."""

    rules: Protego | None = None
    reason: str = ""

    def refusal(self, url: str, agent: str) -> str:
        """Say why an address must not be asked, or return an empty text."""
        if self.reason:
            return self.reason
        if self.rules is not None and not self.rules.can_fetch(url, agent):
            return "the site's robots.txt asks that it not be read"
        return ""


def robot_rules(status: int, body: bytes) -> RobotRules:
    """Read a robots.txt: absent (4xx) allows all, unreachable (5xx or no answer, `status` 0) nothing.

    RFC 9309 §§ 2.3.1.3, 2.3.1.4.
    """
    if status == 200:
        return RobotRules(Protego.parse(body[:MAX_ROBOTS].decode("utf-8", "replace")))
    if 400 <= status < 500:
        return RobotRules()
    return RobotRules(reason="the site's robots.txt cannot be read, so nothing of it is (RFC 9309 § 2.3.1.4)")
