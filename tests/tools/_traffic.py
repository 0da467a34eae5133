"""Write captures of traffic that shows observables: questions, requests, answers with files, plain packets."""

import ipaddress
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from records import Observable, ObservableType
from tests.tools._files import content, hashed
from tests.tools._requests import ADDRESSES, address_in

CLIENT, SERVER = {4: "10.9.8.7", 6: "fd00::7"}, "10.9.8.80"
FIRST_PORT = 20_000  # each item has a port of its own, by which alerts are told apart
_HASHES = (ObservableType.MD5, ObservableType.SHA1, ObservableType.SHA256)


def capture(items: Iterable[Observable], path: Path) -> dict[int, Observable]:
    """Write a capture (raw IP) in which each item is shown once; return port -> item."""
    ports: dict[int, Observable] = {}
    with path.open("wb") as stream:
        stream.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 101))
        clock = 1_777_622_400_000_000
        for number, item in enumerate(items):
            ports[FIRST_PORT + number] = item
            for packet in _shown(item, FIRST_PORT + number):
                clock += 1_000
                stream.write(
                    struct.pack("<IIII", *divmod(clock, 1_000_000), len(packet), len(packet)) + packet
                )
    return ports


def _shown(item: Observable, port: int) -> Iterator[bytes]:
    """Yield the packets of one item."""
    if item.type is ObservableType.DOMAIN:
        labels = b"".join(bytes([len(part)]) + part.encode() for part in item.value.split("."))
        question = (
            struct.pack("!HHHHHH", port, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)
        )
        yield _ip(SERVER, 17, struct.pack("!HHHH", port, 53, 8 + len(question), 0) + question)
    elif item.type in ADDRESSES:
        yield _ip(address_in(item), 17, struct.pack("!HHHH", port, 9_999, 12, 0) + b"ping")
    elif item.type is ObservableType.URL:
        parts = urlsplit(item.value)
        path = item.value.split(parts.netloc, 1)[1] or "/"
        yield from _http(port, parts.netloc, path, b"ok")
    elif item.type in _HASHES:
        known = {hashed(item.type, number): content(number) for number in range(64)}
        yield from _http(port, "files.test", "/file.bin", known.get(item, b"nothing"))


def _http(port: int, host: str, path: str, body: bytes) -> Iterator[bytes]:
    """Yield a whole conversation: opening, question, answer, end."""
    asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\n\r\n".encode()
    told = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: "
    told += str(len(body)).encode() + b"\r\n\r\n" + body
    mine, yours = 1_000, 5_000
    yield _tcp(port, True, mine, 0, 0x02)
    yield _tcp(port, False, yours, mine + 1, 0x12)
    mine, yours = mine + 1, yours + 1
    yield _tcp(port, True, mine, yours, 0x10)
    yield _tcp(port, True, mine, yours, 0x18, asked)
    mine += len(asked)
    yield _tcp(port, False, yours, mine, 0x10)
    yield _tcp(port, False, yours, mine, 0x18, told)
    yours += len(told)
    yield _tcp(port, True, mine, yours, 0x11)
    yield _tcp(port, False, yours, mine + 1, 0x11)
    yield _tcp(port, True, mine + 1, yours + 1, 0x10)


def _tcp(port: int, asks: bool, sequence: int, acknowledged: int, flags: int, data: bytes = b"") -> bytes:
    ends = (port, 80) if asks else (80, port)
    header = struct.pack("!HHIIBBHHH", *ends, sequence, acknowledged, 5 << 4, flags, 64_000, 0, 0)
    return _ip(SERVER, 6, header + data, asks=asks)


def _ip(other: str, protocol: int, data: bytes, *, asks: bool = True) -> bytes:
    """Return a packet between the client and another address; checksums are not looked at."""
    there = ipaddress.ip_address(other)
    ends = [ipaddress.ip_address(CLIENT[there.version]).packed, there.packed]
    if not asks:
        ends.reverse()
    if there.version == 6:
        return struct.pack("!IHBB", 6 << 28, len(data), protocol, 64) + b"".join(ends) + data
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 1, 0, 64, protocol, 0)
    return head + b"".join(ends) + data
