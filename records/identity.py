"""Give a record the same identifier on every machine and every replay."""

from hashlib import sha1
from uuid import UUID

NAMESPACE = UUID("6f0f3a52-6a0e-5d8f-9a5c-0c8d7a1be001")  # ours, chosen once


def record_id(source_id: str, *native: str) -> str:
    """Return the UUIDv5 (RFC 9562 § 5.5) of a source and the publisher's own identifier.

    Identity never depends on mutable text such as a title or an author (decision 0007). Written out
    here because `uuid.uuid5` costs more than the rest of a bulk load.
    """
    name = "\x1f".join((source_id, *native)).encode("utf-8", "surrogatepass")
    digest = bytearray(sha1(NAMESPACE.bytes + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
