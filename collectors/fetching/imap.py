"""Read the new messages of an IMAP folder over TLS, without leaving a trace in it.

IMAP4rev1 (RFC 3501): EXAMINE and BODY.PEEK, so that nothing is marked as read or removed. There is no
proxy for it: `fetch.proxy` and `fetch.mirror` are about HTTP.
"""

import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from collectors.fetching.limits import is_private
from records import FetchError, SettingsError, Source
from settings import FetchSettings

PORT = 993
OVERHEAD = 16 << 20  # bytes of a session that are not messages: lists of numbers, envelopes
LINE = 1_000  # bytes that a line counts for at least, so that a flood of short ones ends soon


@dataclass(frozen=True, slots=True)
class Place:
    """An IMAP folder as its address names it (RFC 5092): `imaps://host[:port]/FOLDER`."""

    host: str
    port: int
    folder: str

    def message(self, validity: int, uid: int) -> str:
        """Return the address of one message (RFC 5092 § 4)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORT else f":{self.port}"
        return f"imaps://{host}{port}/{quote(self.folder)};UIDVALIDITY={validity}/;UID={uid}"


def place(source: Source) -> Place:
    """Read a source's address; raises `SettingsError` where it is none we can use.

    A folder's name is taken as the server writes it: ASCII, other letters in modified UTF-7 (RFC 3501
    § 5.1.3).
    """
    try:
        parts = urlsplit(source.url)
        host, port = parts.hostname or "", parts.port or PORT
    except ValueError as error:
        raise SettingsError(f"url of {source.id}: not an address: {error}") from error
    if "@" in parts.netloc:
        raise SettingsError(
            f"url of {source.id}: the address carries a login; it belongs in fetch.credentials.{source.id}"
        )
    folder = unquote(parts.path).strip("/") or "INBOX"
    if parts.scheme != "imaps" or not host or parts.query or parts.fragment:
        raise SettingsError(f"url of {source.id}: {source.url!r} is not imaps://host[:port]/FOLDER")
    if not re.fullmatch(r"[ !#-\[\]-~]+", folder):
        raise SettingsError(f"url of {source.id}: write the folder as the server does, in modified UTF-7")
    return Place(host, port, folder)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a folder, cut at the limit that was asked; empty where the server refuses it."""

    validity: int
    uid: int
    body: bytes


def new_messages(
    source: Source, settings: FetchSettings, after: tuple[int, int], *, limit: int, allowance: int
) -> Iterator[Message]:
    """Yield the messages that came since `after` (UIDVALIDITY, UID), by rising UID, read as asked for.

    All are new where the folder's UIDVALIDITY is another (RFC 3501 § 2.3.1.1). A message is cut after
    `limit` bytes; a session that brings more than `allowance` bytes is ended. Raises `FetchError`.
    """
    where = place(source)
    with _session(source, where, settings, allowance + OVERHEAD) as session:
        _answer(session.select(f'"{where.folder}"', readonly=True), f"the folder {where.folder!r}")
        validity = _number(session.response("UIDVALIDITY")[1][0])
        last = after[1] if after[0] == validity else 0
        found = _answer(session.uid("SEARCH", "UID", f"{last + 1}:*"), "the search")
        numbers = {int(one) for line in found if isinstance(line, bytes) for one in line.split()}
        for uid in sorted(number for number in numbers if number > last):  # n:* holds the last one always
            status, parts = session.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{limit}>)")
            body = next((part[1] for part in parts if isinstance(part, tuple)), b"")
            if body or status != "OK":  # one that was removed meanwhile has none
                yield Message(validity, uid, body)


@contextmanager
def _session(source: Source, where: Place, settings: FetchSettings, allowance: int) -> Iterator["_Session"]:
    """Lend a session that is logged in, and say in one sentence what goes wrong with it."""
    shown = settings.credentials.get(source.id)
    if shown is None or not shown.user or not shown.password:
        raise FetchError(
            source.id, f"no login for it: set user and password in fetch.credentials.{source.id}"
        )
    session: _Session | None = None
    try:
        session = _Session(where, settings, allowance)
        _log_in(session, shown.user, shown.password)
        yield session
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        raise FetchError(source.id, f"{where.host}: {_said(error)}") from error
    finally:
        if session is not None:
            session.end()


def _log_in(session: "_Session", user: str, password: str) -> None:
    """Log in, by SASL PLAIN (RFC 4616) where the server offers it: LOGIN knows ASCII only."""
    if "AUTH=PLAIN" in session.capabilities:
        proof = f"\x00{user}\x00{password}".encode()
        session.authenticate("PLAIN", lambda challenge: proof)
    elif not (user + password).isascii():
        raise imaplib.IMAP4.error("the server takes no login with letters beyond ASCII")
    else:
        session.login(f'"{user}"', password)


class _Session(imaplib.IMAP4_SSL):
    """An IMAP connection that reaches public addresses only and ends after its time or its bytes."""

    def __init__(self, where: Place, settings: FetchSettings, allowance: int) -> None:
        self.settings, self.allowance = settings, allowance
        self.limit: threading.Timer | None = None
        context = ssl.create_default_context()
        if settings.ca_file:
            context.load_verify_locations(settings.ca_file)
        super().__init__(where.host, where.port, ssl_context=context, timeout=settings.timeout_seconds)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        """Connect, with a timeout for every step and `fetch.source_minutes` for the whole session."""
        plain = _connected(self.host, self.port, self.settings)
        connection: ssl.SSLSocket = self.ssl_context.wrap_socket(
            plain, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.limit = threading.Timer(self.settings.source_minutes * 60, _hang_up, (connection,))
        self.limit.daemon = True
        self.limit.start()
        try:
            connection.do_handshake()
        except OSError:
            self.limit.cancel()
            connection.close()
            raise
        return connection

    def read(self, size: int) -> bytes:
        """Read so many bytes; a server that announces more than we asked for is not believed."""
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        """Read one line."""
        line = super().readline()
        self._spend(max(len(line), LINE))
        return line

    def _spend(self, size: int) -> None:
        self.allowance -= size
        if self.allowance < 0:
            raise self.error("the server sends more than was asked for")

    def shutdown(self) -> None:
        """Close the connection."""
        if self.limit is not None:
            self.limit.cancel()
        super().shutdown()

    def end(self) -> None:
        """Log out and close, whatever state the connection is in."""
        try:
            self.logout()
        except (imaplib.IMAP4.error, OSError, ValueError):
            with suppress(OSError):
                self.shutdown()


def _hang_up(connection: socket.socket) -> None:
    """End a connection under a thread that may be reading from it, which then reads its end."""
    with suppress(OSError):  # it may have ended
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _connected(host: str, port: int, settings: FetchSettings) -> socket.socket:
    """Connect to the first address of a host that answers; raises `OSError`, for a private one too."""
    problem = OSError("the name has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if host not in settings.allow_private and is_private(str(address[0]), settings.allow_private):
            raise OSError(
                f"{address[0]} is a private address; name it in fetch.allow_private if it may be read"
            )
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(settings.timeout_seconds)
        try:
            connection.connect(address)
        except OSError as error:
            connection.close()
            problem = error
            continue
        return connection
    raise problem


def _answer(answer: tuple[str, Sequence[object]], asked: str) -> Sequence[object]:
    """Return what the server gave; raises `IMAP4.error` where it refused."""
    status, given = answer
    if status != "OK":
        said = given[0].decode("ascii", "replace") if given and isinstance(given[0], bytes) else status
        raise imaplib.IMAP4.error(f"the server refuses {asked}: {said}")
    return given


def _number(value: object) -> int:
    """Return the UIDVALIDITY a server gives, 0 for none."""
    return int(value) if isinstance(value, bytes) and value.isdigit() else 0


def _said(error: Exception) -> str:
    """Return the words of an error on one line."""
    said = error.args[0] if isinstance(error, imaplib.IMAP4.error) and error.args else error
    words = said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(words.split())[:300] or type(error).__name__
