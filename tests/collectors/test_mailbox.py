"""A mailbox is read without a trace, no message is skipped, and no server can hang its reader."""

import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from socket import create_server

import pytest

from collectors import mailbox
from collectors.mailbox import cursor, first_requests, normalise, read
from records import (
    AddressState,
    Document,
    FetchError,
    FetchState,
    Rejected,
    SettingsError,
    Source,
    Start,
    UnreadableError,
)
from settings import Credentials, FetchSettings
from tests.conftest import NOW, START
from tests.imap_server import PASSWORD, USER, Mailbox, certificate, imap_server

FIXTURES = Path(__file__).parent / "fixtures" / "mailbox"
SENDERS = {"senders": ["news.example.org"]}
MakeSource = Callable[..., Source]
MakeDocument = Callable[..., Document]


def message(number: int, words: str = "Hello") -> bytes:
    head = f"From: a@news.example.org\r\nSubject: {number}\r\nMessage-ID: <{number}@news.example.org>\r\n"
    return f"{head}\r\n{words}\r\n".encode()


@pytest.fixture
def maildir(make_source: MakeSource, tmp_path: Path) -> Source:
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
    return make_source("mailbox", url=f"maildir://{tmp_path}", options=SENDERS)


def _put(folder: Path, name: str, body: bytes, age: int = 0) -> None:
    (folder / name).write_bytes(body)
    os.utime(folder / name, (1_750_000_000 - age, 1_750_000_000 - age))


def _known(documents: list[Document] | tuple[Document, ...], cursor: str | None = None) -> Start:
    return Start(
        NOW, FetchState({one.url: AddressState(digest=one.digest) for one in documents}, cursor=cursor)
    )


# a maildir


def test_maildir_is_read_oldest_first_and_stays_as_it_was(maildir: Source, tmp_path: Path) -> None:
    _put(tmp_path / "new", "2.host", message(2), age=1)
    _put(tmp_path / "cur", "1.host:2,S", message(1), age=2)
    _put(tmp_path / "tmp", "3.host", message(3))
    documents = read(maildir, START, FetchSettings())
    assert [one.url for one in documents] == ["maildir:1.host", "maildir:2.host"]
    assert [one.body for one in documents] == [message(1), message(2)]
    assert {one.media_type for one in documents} == {"message/rfc822"} and documents[0].received_at == NOW
    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["1.host:2,S", "2.host", "3.host"]


def test_message_that_is_moved_and_flagged_is_not_read_twice(maildir: Source, tmp_path: Path) -> None:
    _put(tmp_path / "new", "1.host", message(1))
    known = _known(tuple(read(maildir, START, FetchSettings())))
    (tmp_path / "new" / "1.host").rename(tmp_path / "cur" / "1.host:2,RS")
    assert read(maildir, known, FetchSettings()) == []


def test_late_message_with_an_old_date_is_not_skipped(maildir: Source, tmp_path: Path) -> None:
    _put(tmp_path / "new", "2.host", message(2))
    known = _known(tuple(read(maildir, START, FetchSettings())))
    _put(tmp_path / "new", "1.host", message(1), age=1_000_000)
    assert [one.url for one in read(maildir, known, FetchSettings())] == ["maildir:1.host"]


def test_run_takes_so_many_messages_and_the_next_the_rest(
    maildir: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MAX_MESSAGES", 3)
    for number in range(5):
        _put(tmp_path / "new", f"{number}.host", message(number), age=-number)
    first = read(maildir, START, FetchSettings())
    second = read(maildir, _known(tuple(first)), FetchSettings())
    assert [one.url[-6] for one in (*first, *second)] == list("01234")


def test_message_beyond_the_size_is_told_and_its_neighbour_kept(maildir: Source, tmp_path: Path) -> None:
    _put(tmp_path / "new", "1.host", message(1, "x" * (1 << 20)))
    _put(tmp_path / "new", "2.host", message(2))
    large, small = read(replace(maildir, max_megabytes=1), START, FetchSettings())
    assert large.media_type == "text/rfc822-headers" and len(large.body) < 200
    (refused,) = normalise(replace(maildir, max_megabytes=1), large)
    assert isinstance(refused, Rejected) and "larger than 1 MB" in refused.reason
    assert small.body == message(2)


def test_link_out_of_the_maildir_is_not_followed(maildir: Source, tmp_path: Path) -> None:
    _put(tmp_path, "secret", message(1))
    (tmp_path / "new" / "1.host").symlink_to(tmp_path / "secret")
    _put(tmp_path / "new", "2.host", message(2))
    bodies = {one.url: one.body for one in read(maildir, START, FetchSettings())}
    assert bodies == {"maildir:1.host": b"", "maildir:2.host": message(2)}


def test_message_that_could_not_be_opened_is_tried_again(
    maildir: Source, make_document: MakeDocument
) -> None:
    with pytest.raises(UnreadableError, match="mend its permissions"):
        list(normalise(maildir, make_document(maildir, b"", "maildir:1.host")))


def test_folder_that_is_no_maildir_is_told(maildir: Source) -> None:
    with pytest.raises(FetchError, match="nowhere/new: the folder cannot be read"):
        read(replace(maildir, url="nowhere"), START, FetchSettings())


# an IMAP folder


@pytest.fixture(scope="module")
def server() -> Iterator[Mailbox]:
    with imap_server() as running:
        yield running


def _settings(running: Mailbox, **values: object) -> FetchSettings:
    good = {
        "ca_file": str(running.ca_file),
        "allow_private": ("127.0.0.1",),
        "credentials": {"example": Credentials(user=USER, password=PASSWORD)},
        "timeout_seconds": 10,
    }
    return FetchSettings.model_validate(good | values)


@pytest.fixture
def inbox(make_source: MakeSource, server: Mailbox) -> Source:
    return make_source("mailbox", url=server.url, options=SENDERS)


def _last(source: Source, documents: list[Document]) -> str | None:
    return max((found for one in documents if (found := cursor(source, one))), default=None)


@pytest.mark.whole
def test_imap_folder_is_read_in_order_without_a_trace(inbox: Source, server: Mailbox) -> None:
    for number in range(11):
        server.deliver(f"{100 + number}.host", message(number))
    before = server.names()
    documents = list(read(inbox, START, _settings(server)))
    assert [one.body for one in documents] == [message(number) for number in range(11)]
    assert documents[0].url.startswith(f"{server.url};UIDVALIDITY=") and documents[0].url.endswith("/;UID=1")
    assert server.names() == before and all(":2," not in name or name.endswith(":2,") for name in before)

    last = _last(inbox, documents)
    assert list(read(inbox, _known([], last), _settings(server))) == []
    server.deliver("200.host", message(11))
    assert [one.body for one in read(inbox, _known([], last), _settings(server))] == [message(11)]

    renumbered = "0000000001:0000009999"
    assert len(read(inbox, _known([], renumbered), _settings(server))) == 12


@pytest.mark.whole
def test_large_message_of_an_imap_folder_is_told(make_source: MakeSource) -> None:
    with imap_server() as running:
        running.deliver("1.host", message(1, "x" * (1 << 20)))
        running.deliver("2.host", message(2))
        source = make_source("mailbox", url=running.url, options=SENDERS, max_megabytes=1)
        large, small = read(source, START, _settings(running))
    assert (large.media_type, small.body) == ("text/rfc822-headers", message(2))


@pytest.mark.whole
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"credentials": {}}, "no login for it: set user and password in fetch.credentials.example"),
        ({"credentials": {"example": Credentials(user=USER, password="wrong")}}, "Authentication failed"),
        ({"ca_file": ""}, "certificate verify failed"),
        ({"allow_private": ()}, r"127\.0\.0\.1 is a private address; name it in fetch\.allow_private"),
    ],
)
def test_mailbox_that_cannot_be_opened_is_told(
    inbox: Source, server: Mailbox, values: dict[str, object], words: str
) -> None:
    with pytest.raises(FetchError, match=words) as caught:
        read(inbox, START, _settings(server, **values))
    assert "wrong" not in str(caught.value) and PASSWORD not in str(caught.value)


@pytest.mark.whole
def test_folder_that_the_server_does_not_have_is_told(inbox: Source, server: Mailbox) -> None:
    with pytest.raises(FetchError, match=r"the server refuses the folder 'Absent': .*exist"):
        read(replace(inbox, url=server.url.replace("INBOX", "Absent")), START, _settings(server))


def test_server_that_is_not_there_is_told(make_source: MakeSource, tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    source = make_source("mailbox", url=f"imaps://127.0.0.1:{port}/INBOX", options=SENDERS)
    settings = FetchSettings(
        allow_private=("127.0.0.1",), credentials={"example": Credentials(user="a", password="b")}
    )
    with pytest.raises(FetchError, match=r"127\.0\.0\.1: .*refused"):
        read(source, START, settings)


@contextmanager
def _scripted(folder: Path, *said: bytes) -> Iterator[int]:
    """Serve one TLS connection that says these lines, each after one of the client's, and hangs then."""
    certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    ended = threading.Event()
    server = create_server(("127.0.0.1", 0))

    def talk() -> None:
        connection, _ = server.accept()
        with context.wrap_socket(connection, server_side=True) as stream, stream.makefile("rwb") as lines:
            tag = b"*"
            for line in said:
                try:
                    lines.write(line.replace(b"TAG", tag))
                    lines.flush()
                    tag = (lines.readline().split() or [b"*"])[0]
                except OSError:
                    return
            ended.wait(10)

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    with server:
        port: int = server.getsockname()[1]
        yield port
        ended.set()
        thread.join(10)


HELLO = (
    b"* OK ready\r\n",
    b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n",
    b"+ \r\n",
)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ((b"* BYE go away\r\n",), "go away"),
        ((b"HTTP/1.1 400 Bad Request\r\n",), "unexpected|HTTP"),
        ((b"* OK " + b"x" * 2_000_000,), "more than 1000000 bytes"),
        ((b"* OK ready\r\n", b"* CAPABILITY \xff\r\nTAG OK done\r\n"), "decode|compliant"),
        ((*HELLO, b"* 1 FETCH (BODY[] {999999999999}\r\n"), "sends more than was asked for"),
        ((*HELLO, b"* 1 FETCH (BODY[] {" + b"9" * 5_000 + b"}\r\n"), "limit|digits"),
        ((*HELLO, b"* 1 EXISTS\r\n" * 10_000_000), "sends more than was asked for"),
        (HELLO, "timed out"),
    ],
    ids=["bye", "not-imap", "endless-line", "not-ascii", "huge-literal", "huge-number", "flood", "silence"],
)
def test_hostile_server_is_left(
    make_source: MakeSource, tmp_path: Path, said: tuple[bytes, ...], words: str
) -> None:
    with _scripted(tmp_path, *said) as port:
        source = make_source(
            "mailbox", url=f"imaps://127.0.0.1:{port}/INBOX", options=SENDERS, max_megabytes=1
        )
        settings = FetchSettings(
            ca_file=str(tmp_path / "cert.pem"),
            allow_private=("127.0.0.1",),
            credentials={"example": Credentials(user="a", password="b")},
            timeout_seconds=0.5,
        )
        with pytest.raises(FetchError, match=words):
            read(source, START, settings)


def test_server_that_says_one_thing_after_the_other_is_left_in_time(
    make_source: MakeSource, tmp_path: Path
) -> None:
    with _scripted(tmp_path, *HELLO) as port:
        source = make_source("mailbox", url=f"imaps://127.0.0.1:{port}/INBOX", options=SENDERS)
        settings = FetchSettings(
            ca_file=str(tmp_path / "cert.pem"),
            allow_private=("127.0.0.1",),
            credentials={"example": Credentials(user="a", password="b")},
            source_minutes=0.01,
        )
        with pytest.raises(FetchError, match=r"EOF|closed|timed out"):
            read(source, START, settings)


# a source file


@pytest.mark.parametrize(
    ("url", "senders", "words"),
    [
        ("imaps://user:hunter2@h.example/INBOX", ["a.example"], "the address carries a login"),
        ("imaps:///INBOX", ["a.example"], "is not imaps://host"),
        ("imaps://h.example:port/INBOX", ["a.example"], "not an address"),
        ("imaps://h.example/Éléments", ["a.example"], "modified UTF-7"),
        ("imaps://h.example/a%22%0D%0Ax", ["a.example"], "modified UTF-7"),
        ("imap://h.example/INBOX", ["a.example"], "is not a folder; write maildir:///path"),
        ("imaps://h.example/INBOX", [], "senders must list"),
        ("imaps://h.example/INBOX", "a.example", "senders must list"),
        ("imaps://h.example/INBOX", ["everyone"], "'everyone' is neither an address nor a domain"),
    ],
)
def test_source_that_cannot_be_used_is_told(
    make_source: MakeSource, url: str, senders: object, words: str
) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        first_requests(make_source("mailbox", url=url, options={"senders": senders}), START)
    assert "hunter2" not in str(caught.value)


def test_cursor_orders_as_numbers_do(make_source: MakeSource, make_document: MakeDocument) -> None:
    source = make_source("mailbox", options=SENDERS)
    urls = [f"imaps://h/INBOX;UIDVALIDITY=7/;UID={number}" for number in (9, 10, 2_000_000_000)]
    cursors = [str(cursor(source, make_document(source, b"x", url))) for url in urls]
    assert cursors == sorted(cursors)
    assert cursor(source, make_document(source, b"x", "maildir:1.host")) is None
