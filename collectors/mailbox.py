"""Read a mailbox that newsletters are sent to: an IMAP folder or a maildir.

The source's address is `imaps://host[:port]/FOLDER` (see `collectors.fetching.imap`; its login stands in
`fetch.credentials`), or a maildir: `maildir:///path` or a relative path. Nothing is marked, moved or
removed. Anyone can write to a mailbox: `options.senders` names whose messages are kept. A sender is
what the message says of itself; DKIM is not checked, so let the mail server refuse what is forged.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from urllib.parse import quote

from collectors.fetching import imap, maildir
from collectors.reading import text
from collectors.reading.language import detected
from collectors.reading.letters import Letter, read_letter
from collectors.reading.markup import markdown
from collectors.reading.subscription import online, without_ways_out
from records import (
    Advisory,
    Category,
    Document,
    LeftOut,
    Marking,
    Provenance,
    Rejected,
    Request,
    SettingsError,
    Source,
    Start,
    UnreadableError,
    record_id,
)
from settings import FetchSettings

COMPLETE = False
LISTS_ALL = False
OPTIONS = {"senders": "addresses or domains (and those below them) whose messages are kept; required"}

MAX_MESSAGES = 500  # of one run; the rest come with the next
MAX_BYTES = 64 << 20  # of one run, after which it takes no further message
MAX_HEAD, MAX_SUMMARY, MAX_ID = 64 << 10, 1_500, 500
WHOLE, HEAD_ONLY = "message/rfc822", "text/rfc822-headers"  # RFC 2046 § 5.2.1, RFC 6522 § 4

_UID = re.compile(r";UIDVALIDITY=(\d+)/;UID=(\d+)$")


def first_requests(source: Source, start: Start) -> list[Request]:
    """Return nothing to ask; raises `SettingsError` for an address or a sender it cannot use."""
    if source.url.startswith("imaps:"):
        imap.place(source)
    else:
        maildir.place(source)
    _senders(source)
    return []


def follow(source: Source, document: Document) -> list[Request]:
    """Return nothing: a message is one document."""
    return []


def cursor(source: Source, document: Document) -> str | None:
    """Return a message's UIDVALIDITY and UID, `None` in a maildir, whose bookmark is the names it knows."""
    found = _UID.search(document.url)
    return f"{int(found[1]):010}:{int(found[2]):010}" if found else None


def read(source: Source, start: Start, settings: FetchSettings) -> Sequence[Document]:
    """Return the messages that are new, oldest first, up to the limits of one run.

    Of a message larger than the source's `max_megabytes` only the head is returned, as one of those
    that `normalise` rejects. Raises `FetchError` where the mailbox cannot be read.
    """
    limit = (source.max_megabytes << 20) + 1
    if source.url.startswith("imaps:"):
        messages = _from_imap(source, start, settings, limit)
    else:
        messages = maildir.new_messages(source, start.state.addresses, limit=limit)
    documents: list[Document] = []
    size = 0
    with closing(messages):
        for url, body in messages:
            documents.append(_document(source, start, url, body, limit))
            size += len(body)
            if len(documents) >= MAX_MESSAGES or size >= MAX_BYTES:
                break
    return documents


def normalise(source: Source, document: Document) -> Iterator[Advisory | Rejected | LeftOut]:
    """Yield the advisory of a message, and its attachments as left out.

    A message of another sender, or beyond the limits, is rejected. Raises `UnreadableError` for a file
    of a maildir that could not be opened, so that it is tried again.
    """
    if not document.body and document.url.startswith("imaps:"):
        yield Rejected(source.id, document.url, "", "the server does not give this message")
        return
    if not document.body:
        raise UnreadableError("the message is empty or its file cannot be opened; mend its permissions")
    if document.media_type == HEAD_ONLY:
        reason = f"the message is larger than {source.max_megabytes} MB; raise max_megabytes to read such"
        yield Rejected(source.id, document.url, "", reason)
        return
    try:
        letter = read_letter(document.body)
    except ValueError as error:
        yield Rejected(source.id, document.url, "", str(error))
        return
    native_id = _native_id(letter, document)
    if not _is_accepted(letter.sender, _senders(source)):
        named = f"the sender {letter.sender[:100]!r} is none of options.senders"
        reason = named if letter.sender else "the message does not name one sender"
        yield Rejected(source.id, document.url, native_id, reason)
        return
    yield _advisory(source, document, letter, native_id)
    if letter.attachments:
        yield LeftOut("attachment", letter.attachments)


def _senders(source: Source) -> list[str]:
    """Return the addresses and domains whose messages are kept, in lower case."""
    named = source.options.get("senders")
    if not isinstance(named, list) or not named:
        raise SettingsError(
            f"options of {source.id}: senders must list the addresses or domains whose messages are kept"
        )
    wrong = [name for name in named if not re.fullmatch(r"(?:[^\s@]+@)?[\w-]+(?:\.[\w-]+)+", name)]
    if wrong:
        raise SettingsError(f"options of {source.id}: sender {wrong[0]!r} is neither an address nor a domain")
    return [name.lower() for name in named]


def _is_accepted(sender: str, senders: list[str]) -> bool:
    """Whether a sender is one of these addresses, or of one of these domains or below one."""
    domain = sender.rpartition("@")[2]
    return any(
        sender == name if "@" in name else domain == name or domain.endswith(f".{name}") for name in senders
    )


def _from_imap(
    source: Source, start: Start, settings: FetchSettings, limit: int
) -> Generator[tuple[str, bytes]]:
    """Yield the address and bytes of each message after the cursor."""
    validity, _, uid = (start.state.cursor or "0:0").partition(":")
    after = (int(validity), int(uid))
    where = imap.place(source)
    for message in imap.new_messages(source, settings, after, limit=limit, allowance=MAX_BYTES + limit):
        yield where.message(message.validity, message.uid), message.body


def _document(source: Source, start: Start, url: str, body: bytes, limit: int) -> Document:
    """Return a message as a document, or only its head where it was cut at the limit."""
    kind = WHOLE
    if len(body) >= limit:
        kind, body = HEAD_ONLY, re.split(rb"\r?\n\r?\n", body[:MAX_HEAD], maxsplit=1)[0] or b"\n"
    return Document(source.id, url, start.now, kind, sha256(body).hexdigest(), body)


def _native_id(letter: Letter, document: Document) -> str:
    """Return the Message-ID, its hash where it is very long, and the message's own where there is none."""
    if not letter.message_id:
        return f"sha256:{document.digest}"
    if len(letter.message_id) > MAX_ID:
        return f"sha256:{sha256(letter.message_id.encode('utf-8', 'replace')).hexdigest()}"
    return letter.message_id


def _advisory(source: Source, document: Document, letter: Letter, native_id: str) -> Advisory:
    body = without_ways_out(markdown(letter.html), letter.ways_out) if letter.html else ""
    words = without_ways_out(text.plain(letter.html or letter.words), letter.ways_out)
    summary = _beginning(words) if body else words
    title = letter.subject or words.partition("\n")[0][:120] or native_id
    return Advisory(
        id=record_id(source.id, native_id),
        source_id=source.id,
        native_id=native_id,
        category=Category.NEWS,
        title=title,
        url=letter.archived_at or online(letter.html) or letter.archive or source.homepage,
        language=detected(f"{title}\n{words}", source.language),
        marking=Marking(source.tlp),
        provenance=Provenance(
            source.id, f"mid:{quote(native_id, safe='@')}", document.digest, document.received_at
        ),
        summary=summary,
        body=body,
        published_at=letter.sent_at,
        cves=text.cves(f"{title}\n{words}"),
    )


def _beginning(words: str) -> str:
    """Return the first paragraphs of a text, as many as a summary may have."""
    if len(words) <= MAX_SUMMARY:
        return words
    return f"{words[:MAX_SUMMARY].rpartition(' ')[0] or words[:MAX_SUMMARY]}…"
