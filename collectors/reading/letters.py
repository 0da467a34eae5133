"""Read what an e-mail says: headers, text and how many attachments, however badly it is written.

RFC 5322, MIME (RFC 2045–2047). The standard library's parser does the work under limits: its time
grows with lines × nesting and with the square of a header's length.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

from collectors.reading import text

MAX_HEADER = 16_000  # characters of one header
MAX_LINES, MAX_NESTING = 400_000, 30
MAX_PART = 2 << 20  # bytes of one text part; the rest is cut

_BOUNDARY = re.compile(rb"\bboundary\*?\d*\*?\s*=|^content-type:\s*message/", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"\s*\([^()]*\)\s*$")
_ADDRESS = re.compile(r"(?:.*<([^\s<>,()]+@[^\s<>,()]+)>|([^\s<>,()]+@[^\s<>,()]+)(?:\s*\([^()]*\))?)")
_LINK = re.compile(r"<\s*(https?:[^<>]*)>", re.IGNORECASE)
_NOT_TEXT = frozenset(  # codecs that are no character set, and take the square of their input's length
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What an e-mail says. `message_id` is without its angle brackets, `sender` an address in lower
    case, empty where there is none or several; `html` or `words` is empty where it has no such part.
    `archived_at` (RFC 5064), `archive` (RFC 2369) and `ways_out` (List-Unsubscribe) are addresses.
    """

    message_id: str
    sender: str
    subject: str
    sent_at: datetime | None
    html: str
    words: str
    attachments: int
    archived_at: str
    archive: str
    ways_out: tuple[str, ...]


def read_letter(body: bytes) -> Letter:
    """Return what an e-mail says; raises `ValueError` with the reason where it is beyond our limits.

    Broken encodings are read as far as they go. A forwarded e-mail counts as an attachment.
    """
    if body.count(b"\n") > MAX_LINES:
        raise ValueError(f"the message has more than {MAX_LINES} lines")
    if len(_BOUNDARY.findall(body)) > MAX_NESTING:
        raise ValueError(f"the message has more than {MAX_NESTING} parts in parts")
    message = message_from_bytes(body)
    for part in _all_parts(message):
        if any(len(value) > MAX_HEADER for _, value in part.raw_items()):
            raise ValueError(f"a header of the message has more than {MAX_HEADER} characters")
    html, words, attachments = _content(message)
    date = _COMMENT.sub("", _header(message, "date"))
    return Letter(
        message_id="".join(filter(str.isprintable, _header(message, "message-id"))).strip().strip("<>"),
        sender=_sender(_header(message, "from")),
        subject=text.line(_decoded(_header(message, "subject"))),
        sent_at=text.written_instant(date),
        html=html,
        words=words,
        attachments=attachments,
        archived_at=next(iter(_links(message, "archived-at")), ""),
        archive=next(iter(_links(message, "list-archive")), ""),
        ways_out=_links(message, "list-unsubscribe"),
    )


def _header(message: "Message[str, str]", name: str) -> str:
    """Return the first header of a name on one line, as written; bytes beyond ASCII should not be there."""
    written = next((value for key, value in message.raw_items() if key.lower() == name), "")
    raw = written.encode("ascii", "surrogateescape")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError:
        whole = raw.decode("cp1252", "replace")
    return " ".join(part.strip() for part in whole.splitlines()).strip()


def _decoded(header: str) -> str:
    """Undo the encoded words of a header (RFC 2047); one that cannot be decoded stays as written."""
    try:
        return str(make_header(decode_header(header)))
    except (MessageError, LookupError, ValueError):
        return header


def _sender(header: str) -> str:
    found = _ADDRESS.fullmatch(header)
    return (found[1] or found[2]).lower() if found else ""


def _links(message: "Message[str, str]", name: str) -> tuple[str, ...]:
    return tuple(filter(None, (text.link(found) for found in _LINK.findall(_header(message, name)))))


def _all_parts(message: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """Yield a message and all that is in it, outermost first, in order."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(_inside(part)))


def _leaves(message: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """Yield the parts that are no multipart, in order; a forwarded e-mail is one, unopened."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting.extend(reversed(_inside(part)))
        else:
            yield part


def _inside(part: "Message[str, str]") -> list["Message[str, str]"]:
    inside = part.get_payload()
    return [one for one in inside if isinstance(one, Message)] if isinstance(inside, list) else []


def _content(message: "Message[str, str]") -> tuple[str, str, int]:
    """Return the HTML, the plain text and the number of other parts of a message."""
    html: list[str] = []
    words: list[str] = []
    attachments = 0
    for part in _leaves(message):
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind not in ("text/html", "text/plain"):
            attachments += 1
        else:
            (html if kind == "text/html" else words).append(_part_text(part))
    return "\n".join(html), "\n\n".join(words), attachments


def _part_text(part: "Message[str, str]") -> str:
    """Return the text of a part in the character set it names, else in UTF-8, else in Windows-1252."""
    payload = part.get_payload(decode=True)
    raw = payload[:MAX_PART] if isinstance(payload, bytes) else b""
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            if codecs.lookup(charset).name not in _NOT_TEXT:
                return raw.decode(charset)
        except (LookupError, ValueError):
            continue
    return raw.decode("cp1252", "replace")
