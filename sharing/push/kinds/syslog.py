"""Tell a SIEM of each change in a line of CEF (ArcSight Common Event Format, version 0) by syslog (RFC 5424).

`url` is `syslog+tls://host:6514` (RFC 5425), `syslog+tcp://host:601` (frames of RFC 6587 § 3.4.1, octet counting) or
`syslog+udp://host:514` (RFC 5426). Syslog confirms nothing: what was handed to an open connection counts as taken,
and of UDP what left. The last lines before a SIEM's crash may be lost; a changed or removed `name` of the target
makes everything be told anew.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

from records import ObservableType
from sharing.formats.lines import one_line, rfc3339
from sharing.push.kinds import Send, Terms
from sharing.push.planning import Change
from sharing.push.targets import RefusedError, Target, UnreachableError, address
from sharing.push.web import tls, untrusted

SENDS: Literal["values"] = "values"
BATCH = 500
_SCHEMES = ("syslog+tls", "syslog+tcp", "syslog+udp")
_PORTS = {"syslog+tls": 6514, "syslog+tcp": 601, "syslog+udp": 514}
_PRIORITY = 13 * 8 + 5  # log audit, notice (RFC 5424 § 6.2.1)
_KEYS = {  # CEF's own name of a value, where it has one
    ObservableType.DOMAIN: "dhost",
    ObservableType.IPV4: "dst",
    ObservableType.IPV6: "c6a3",
    ObservableType.URL: "request",
    ObservableType.MD5: "fileHash",
    ObservableType.SHA1: "fileHash",
    ObservableType.SHA256: "fileHash",
    ObservableType.EMAIL: "suser",
}
_LONGEST = 1023  # characters of an extension's value, as CEF bounds `request`


def check(target: Target) -> None:
    """Raise `SettingsError` where the address cannot be used."""
    address(target, *_SCHEMES, encrypted=("syslog+tls",))


@contextmanager
def opened(target: Target, terms: Terms) -> Iterator[Send]:
    """Connect, and yield what writes a batch."""
    parts = address(target, *_SCHEMES, encrypted=("syslog+tls",))
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    try:
        line = _connected(parts.scheme, host, port, terms)
    except ssl.SSLCertVerificationError as error:
        raise untrusted(error) from error
    except OSError as error:
        raise UnreachableError(f"it does not answer: {error}") from error
    with line:
        yield lambda changes: _write(line, changes, terms)


def _connected(scheme: str, host: str, port: int, terms: Terms) -> socket.socket:
    """Return an open connection; raises `OSError`."""
    if scheme == "syslog+udp":
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        line = socket.socket(family, kind, protocol)
        line.connect(place)
        return line
    line = socket.create_connection((host, port), timeout=terms.wire.timeout)
    return tls(terms.wire).wrap_socket(line, server_hostname=host) if scheme == "syslog+tls" else line


def _write(line: socket.socket, changes: Sequence[Change], terms: Terms) -> Mapping[str, str]:
    """Write one message a change; raises `RefusedError` where the connection is lost: another push opens a new one."""
    at = rfc3339(terms.clock.now())
    messages = [message(change, at).encode() for change in changes]
    try:
        if line.type == socket.SOCK_DGRAM:
            for one in messages:
                line.send(one)
        else:
            line.sendall(b"".join(b"%d %s" % (len(one), one) for one in messages))
            _still_there(line, terms.wire.timeout)
    except OSError as error:
        raise RefusedError(f"the connection was lost: {error}; the next push goes on from here") from error
    return {}


def _still_there(line: socket.socket, timeout: float) -> None:
    """Raise `OSError` where the other side has closed: it has not read what was written."""
    line.settimeout(0.0)
    try:
        if line.recv(1) == b"":
            raise ConnectionResetError("it closed the connection")
    except (BlockingIOError, ssl.SSLWantReadError):
        pass
    finally:
        line.settimeout(timeout)


def message(change: Change, at: str) -> str:
    """Return a change as one syslog message with a CEF event; `at` is when it is sent."""
    row = change.entry
    severity = 0 if change.kind == "removed" else min(row.confidence // 10, 10)
    extension = " ".join(f"{key}={_value(text)}" for key, text in _extension(change).items())
    name = f"Indicator {change.kind}"
    return f"<{_PRIORITY}>1 {at} - vigie - indicator - CEF:0|Vigie|Vigie|1|{change.kind}|{name}|{severity}|{extension}"


def _extension(change: Change) -> dict[str, str]:
    row, item = change.entry, change.entry.observable
    said = {
        "rt": str(int(row.changed_at.timestamp() * 1000)),
        "act": change.kind,
        "cs1Label": "indicator",
        "cs1": item.value,
        "cs2Label": "type",
        "cs2": item.type.value,
        "cs3Label": "marking",
        "cs3": f"TLP:{row.marking.tlp.label} PAP:{row.marking.pap.name}",
    }
    if item.type in _KEYS:
        said[_KEYS[item.type]] = item.value
    if row.withdrawal is not None:
        return {**said, "reason": row.withdrawal.reason.value}
    said |= {"cn1Label": "confidence", "cn1": str(row.confidence)}
    said |= {"cs4Label": "sources", "cs4": ",".join(row.sources)}
    if row.labels:
        said |= {"cs5Label": "labels", "cs5": ",".join(row.labels)}
    if row.valid_until is not None:
        said |= {"deviceCustomDate1Label": "valid until"}
        said |= {"deviceCustomDate1": str(int(row.valid_until.timestamp() * 1000))}
    return said


def _value(text: str) -> str:
    """Return a value as CEF writes it: one line, a backslash and an equals sign escaped."""
    return one_line(text)[:_LONGEST].replace("\\", "\\\\").replace("=", "\\=")
