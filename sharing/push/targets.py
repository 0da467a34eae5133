"""Say where a release is sent, what of it may go there, and on what terms."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from records import PAP, TLP, Entry, ObservableType, SettingsError, VigieError


class RefusedError(VigieError):
    """A target does not want what it is sent, or cannot be trusted; asking again would change nothing."""


class UnreachableError(VigieError):
    """A target did not answer, or not now; `after` is the number of seconds it asks for, if it does."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A system that gets every release: `kind` is the module that speaks with it, `url` where it is.

    `tlp` is the highest marking it may see, and RED is never sent; `pap` the same for actions, `None` for all.
    `min_confidence` (0–100), `only_health` and `types` choose values further. `files` are patterns of the names of
    lists, for kinds that send files. `plain` allows an address that is not encrypted and not this machine's.
    `seconds` is how long one push may take. What else a field means, its kind says.
    """

    name: str
    kind: str
    url: str
    user: str = ""
    secret: str = field(default="", repr=False)
    tlp: TLP = TLP.CLEAR
    pap: PAP | None = None
    min_confidence: int = 0
    only_health: bool = False
    types: frozenset[ObservableType] = frozenset(ObservableType)
    files: tuple[str, ...] = ("*",)
    body: Literal["ndjson", "json"] = "ndjson"
    region: str = "us-east-1"
    key_file: Path | None = None
    known_hosts: Path | None = None
    plain: bool = False
    seconds: float = 300

    @property
    def ceiling(self) -> TLP:
        """The highest marking that may be sent."""
        return min(self.tlp, TLP.AMBER_STRICT)

    def refusal(self, row: Entry) -> str:
        """Say which filter keeps an entry back: tlp, pap, confidence, health or type; empty where it may go."""
        if row.marking.tlp > self.ceiling:
            return "tlp"
        if self.pap is not None and row.marking.pap > self.pap:
            return "pap"
        if row.confidence < self.min_confidence:
            return "confidence"
        if self.only_health and not row.health:
            return "health"
        return "" if row.observable.type in self.types else "type"

    def place(self) -> str:
        """Return a text that is the same as long as the target is the same system."""
        return f"{self.kind} {self.url} {self.user if self.kind in ('s3', 'sftp') else ''}".strip()

    def filters(self) -> str:
        """Return a text that is the same as long as the same may go there."""
        chosen = f"{self.min_confidence} {self.only_health} {' '.join(sorted(self.types))}"
        return f"{self.ceiling.label} {'' if self.pap is None else self.pap.name} {chosen} {' '.join(self.files)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How this deployment reaches others: `origin` is its own site, by which targets tell deployments apart.

    `ca_file` is trusted beside the system's authorities; `timeout` in seconds for each step.
    """

    origin: str = "http://127.0.0.1:8000/"
    user_agent: str = "Vigie"
    proxy: str = ""
    ca_file: str = ""
    timeout: float = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time, as the caller has it: the instant, seconds that only rise, a way to wait, and chance from 0 to 1."""

    now: Callable[[], datetime]
    elapsed: Callable[[], float]
    sleep: Callable[[float], None]
    chance: Callable[[], float]


def address(target: Target, *schemes: str, encrypted: tuple[str, ...] = ("https",)) -> SplitResult:
    """Return the parts of a target's address; raises `SettingsError` where it may not be used.

    It is encrypted, or this machine's, or `plain` allows it. Names and passwords do not belong in it.
    """
    place = f"push.{target.name}: url"
    try:
        parts = urlsplit(target.url)
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"{place} is no address: {error}") from error
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        raise SettingsError(f"{place} must be an address that begins with {schemes[0]}:// and names a host")
    if parts.username or parts.password:
        raise SettingsError(f"{place} must not hold a name or password; write them as user and secret")
    if parts.scheme not in encrypted and not (target.plain or is_loopback(parts.hostname)):
        raise SettingsError(
            f"{place}: {parts.scheme}:// is not encrypted; use {encrypted[0]}:// or set plain = true"
        )
    return parts


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def need(target: Target, **fields: str | Path | None) -> None:
    """Raise `SettingsError` that names the first of some fields that is empty or holds a control character."""
    for name, value in fields.items():
        if not value:
            raise SettingsError(
                f"push.{target.name}: {name} is missing; a target of kind {target.kind} needs it"
            )
        if not str(value).isprintable():
            raise SettingsError(f"push.{target.name}: {name} holds a control character; write it anew")
