"""Which lines does a log hold? Any log, packed or not, in pieces of bounded size."""

import bz2
import gzip
import lzma
import re
import zlib
from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

BLOCK = 1 << 20  # bytes read at once; a longer line is cut
OVERLAP = 10_000  # bytes of a cut line that its next piece repeats: more than the longest URL
READ_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError)

_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_CUTS = (b" ", b"\t", b'"', b",", b";")  # where a long line may be cut: no indicator holds them

# What stands for other signs, by the sign it begins with: defanged values, the labels of the Windows DNS debug
# log, (4)evil(7)example(0), and of URLs inside URLs the escapes. One search each: `replace` for all is slower.
_WRITINGS = {
    b"[": re.compile(rb"\[(\.|:|://|@|(?i:dot|at))\]"),
    b"(": re.compile(rb"\((?:(\.|@|(?i:dot|at))\)|\d{1,2}\)(?:[\w-]+\(\d{1,2}\))+)"),
    b"{": re.compile(rb"\{(\.)\}"),
    b"%": re.compile(rb"%(2[Ff]|3[Aa]|2[Ee]|40)"),
}
_MEANT = {b"dot": b".", b"at": b"@", b"2f": b"/", b"3a": b":", b"2e": b".", b"40": b"@"}
_LENGTH = re.compile(rb"\(\d{1,2}\)")
_JSON_SPACE = re.compile(rb"(?<!\\)\\[nrt]")
_PUNCTUATION = re.compile(rb"\xc2[\x80-\xbf]|\xe2[\x80\x81][\x80-\xbf]|\xef\xbb\xbf")  # in UTF-8: « ’ “


class Readable(Protocol):
    """What is read of a stream."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines of a log, or a piece of a line longer than `BLOCK`.

    `line` is the number of the first one, from 1; `continued` says that it began in an earlier chunk, whose
    end this one repeats.
    """

    body: bytes
    line: int
    continued: bool = False


class _Again:
    """A stream whose beginning was read already, to be read from there again."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self.head = head
        self.stream = stream

    def read(self, size: int) -> bytes:
        """Return at most so many bytes, none at the end."""
        if not self.head:
            return self.stream.read(size)
        given, self.head = self.head[:size], self.head[size:]
        return given


def unpacked(stream: BinaryIO) -> Readable:
    """Return the stream of what a gzip, bzip2 or xz file holds, known by its first bytes; others as they are.

    Raises `OSError` for Zstandard, which the standard library of Python 3.11 does not read.
    """
    head = stream.read(BLOCK)
    whole = _Again(head, stream)
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=whole)  # type: ignore[call-overload, no-any-return]  # it only reads
    if head.startswith(b"BZh"):
        return bz2.BZ2File(whole)  # type: ignore[call-overload, no-any-return]
    if head.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMAFile(whole)  # type: ignore[arg-type]
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        raise OSError("packed by zstd, which is not read here; use zstd -dc FILE | vigie hunt -")
    return whole


def chunks(stream: Readable) -> Iterator[Chunk]:
    """Yield a log in order; raises one of `READ_ERRORS` where the file ends early or cannot be read."""
    rest, line, continued = b"", 1, False
    for block in _as_utf8(stream):
        body = rest + block
        end = body.rfind(b"\n") + 1
        if end:
            yield Chunk(body[:end], line, continued)
            line += body.count(b"\n", 0, end)
            rest, continued = body[end:], False
        elif len(body) < BLOCK:
            rest = body
        else:
            end = _cut(body, len(body))
            end = end if end > OVERLAP else len(body)  # cut through a word too long to be an indicator
            yield Chunk(body[:end], line, continued)
            rest, continued = body[_cut(body, end - OVERLAP) :], True
    if rest:
        yield Chunk(rest, line, continued)


def plain(body: bytes) -> bytes:
    """Undo what hides indicators in logs: defanging, JSON and percent escapes of separators, DNS labels by
    length, typographic punctuation. Lines stay lines.
    """
    for sign, writing in _WRITINGS.items():
        if sign in body:
            body = writing.sub(_meant, body)
    if b"\\" in body:
        body = _JSON_SPACE.sub(b" ", body.replace(b"\\/", b"/"))
    return body if body.isascii() else _PUNCTUATION.sub(b" ", body)


def _meant(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return _MEANT.get(found[1].lower(), found[1])
    before = found.string[max(found.start() - 1, 0) : found.start()]
    if before.isalnum():  # the flags of BIND: +E(0)K
        return found[0]
    return _LENGTH.sub(b".", found[0])[:-1] + b" "


def _as_utf8(stream: Readable) -> Iterator[bytes]:
    """Yield the bytes of a log; UTF-16, which Windows writes, becomes UTF-8."""
    block = stream.read(BLOCK)
    encoding = _utf16(block)
    if encoding is None:
        while block:
            yield block
            block = stream.read(BLOCK)
        return
    decoder = getincrementaldecoder(encoding)("replace")
    while block:
        yield decoder.decode(block).encode("utf-8", "replace")
        block = stream.read(BLOCK)


def _utf16(block: bytes) -> str | None:
    """Return the sort of UTF-16 that a log begins in: by its mark, or because every other byte is zero."""
    if block[:2] in _MARKS:
        return _MARKS[block[:2]]
    head = block[:512]
    if len(head) < 8 or not head.strip(b"\0"):
        return None
    for encoding, zeros, signs in (
        ("utf-16-le", head[1::2], head[::2]),
        ("utf-16-be", head[::2], head[1::2]),
    ):
        if zeros.count(0) > 0.9 * len(zeros) and signs.count(0) < 0.1 * len(signs):
            return encoding
    return None


def _cut(body: bytes, limit: int) -> int:
    """Return the place after the last separator before `limit`; `limit` itself where there is none."""
    return max(body.rfind(sign, 0, limit) for sign in _CUTS) + 1 or limit
