"""Write captures of traffic that shows observables: questions, requests, answers with files, plain packets.

Names are asked for in mixed case, as resolvers do against forged answers.
"""

import struct
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

from records import Observable, ObservableType
from tests.tools._files import content, hashed
from tests.tools._requests import ADDRESSES, address_in

CLIENTS, SERVER = {4: int(IPv4Address("10.9.0.0")), 6: int(IPv6Address("fd00::"))}, "10.8.8.80"
FIRST_PORT = 20_000  # each item has a port and a client of its own, by which alerts are told apart
_HASHES = (ObservableType.MD5, ObservableType.SHA1, ObservableType.SHA256)


def capture(items: Iterable[Observable], path: Path) -> dict[int, Observable]:
    """Write a capture (raw IP) in which each item is shown once; return port -> item."""
    ports = dict(enumerate(items, FIRST_PORT))
    write(path, (packet for port, item in ports.items() for packet in _shown(item, port)))
    return ports


def write(path: Path, packets: Iterable[bytes]) -> None:
    """Write IP packets as a capture, one each millisecond."""
    with path.open("wb") as stream:
        stream.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 101))
        for clock, packet in enumerate(packets, 1_777_622_400_000):
            at = clock // 1_000, clock % 1_000 * 1_000
            stream.write(struct.pack("<IIII", *at, len(packet), len(packet)) + packet)


def _shown(item: Observable, port: int) -> Iterator[bytes]:
    """Yield the packets of one item."""
    if item.type is ObservableType.DOMAIN:
        yield question(port, item.value.title())
    elif item.type in ADDRESSES:
        yield ping(port, address_in(item))
    elif item.type is ObservableType.URL:
        parts = urlsplit(item.value)
        path = item.value.split(parts.netloc, 1)[1] or "/"
        yield from request(port, parts.netloc, path, b"ok")
    elif item.type in _HASHES:
        known = {hashed(item.type, number): content(number) for number in range(64)}
        yield from request(port, "files.test", "/file.bin", known.get(item, b"nothing"))


def ping(port: int, address: str) -> bytes:
    """Return a datagram to an address."""
    return _ip(port, address, 17, struct.pack("!HHHH", port, 9_999, 12, 0) + b"ping")


def question(port: int, name: str) -> bytes:
    """Return a DNS question for the address of a name (RFC 1035 § 4.1)."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    asked = struct.pack("!HHHHHH", port, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)
    return _ip(port, SERVER, 17, struct.pack("!HHHH", port, 53, 8 + len(asked), 0) + asked)


def hello(port: int, name: str) -> Iterator[bytes]:
    """Yield the opening of a TLS connection to a server by name (RFC 8446 § 4.1.2, RFC 6066 § 3)."""
    host = name.encode()
    said = struct.pack("!HBH", len(host) + 3, 0, len(host)) + host
    extension = struct.pack("!HH", 0, len(said)) + said
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0"
    body += struct.pack("!H", len(extension)) + extension
    record = b"\x01" + len(body).to_bytes(3) + body
    yield from _talk(port, 443, b"\x16\x03\x01" + struct.pack("!H", len(record)) + record, b"")


def request(port: int, host: str, path: str, body: bytes) -> Iterator[bytes]:
    """Yield an HTTP conversation in which a file is fetched."""
    asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\n\r\n".encode()
    told = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: "
    told += str(len(body)).encode() + b"\r\n\r\n" + body
    yield from _talk(port, 80, asked, told)


def _talk(port: int, service: int, asked: bytes, told: bytes) -> Iterator[bytes]:
    """Yield a whole TCP conversation: opening, question, answer, end."""
    mine, yours = (port, service), (service, port)
    sent, answered = 1_001 + len(asked), 5_001 + len(told)
    yield _tcp(mine, 1_000, 0, 0x02)
    yield _tcp(yours, 5_000, 1_001, 0x12)
    yield _tcp(mine, 1_001, 5_001, 0x10)
    yield _tcp(mine, 1_001, 5_001, 0x18, asked)
    yield _tcp(yours, 5_001, sent, 0x10)
    if told:
        yield _tcp(yours, 5_001, sent, 0x18, told)
    yield _tcp(mine, sent, answered, 0x11)
    yield _tcp(yours, answered, sent + 1, 0x11)
    yield _tcp(mine, sent + 1, answered + 1, 0x10)


def _tcp(ends: tuple[int, int], sequence: int, acknowledged: int, flags: int, data: bytes = b"") -> bytes:
    """Return a segment from one port to another; the client's is the higher one."""
    header = struct.pack("!HHIIBBHHH", *ends, sequence, acknowledged, 5 << 4, flags, 64_000, 0, 0)
    return _ip(max(ends), SERVER, 6, header + data, asks=ends[0] > ends[1])


def _ip(port: int, other: str, protocol: int, data: bytes, *, asks: bool = True) -> bytes:
    """Return a packet between the client of a port and another address; checksums are not looked at."""
    there = ip_address(other)
    ends = [type(there)(CLIENTS[there.version] + port).packed, there.packed]
    if not asks:
        ends.reverse()
    if there.version == 6:
        return struct.pack("!IHBB", 6 << 28, len(data), protocol, 64) + b"".join(ends) + data
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 1, 0, 64, protocol, 0)
    return head + b"".join(ends) + data
