"""Check signatures in minisign's format: Ed25519 over the BLAKE2b-512 of the file ("ED").

Format: minisign 0.8 and later. A signature file is four lines: an untrusted comment, the base64 of
algorithm (2 bytes), key id (8) and signature (64), a trusted comment, and the base64 of a signature
over the first signature and that comment.
"""

import base64
import binascii
from dataclasses import dataclass
from hashlib import blake2b

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TRUSTED = "trusted comment: "
KEY_BYTES, SIGNATURE_BYTES = 42, 74


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whose signatures are believed: the key and the eight bytes by which signatures name it."""

    id: bytes
    key: Ed25519PublicKey


def public_key(line: str) -> PublicKey:
    """Read the second line of a minisign public key file; raises `ValueError` where it is none."""
    raw = _base64(line.strip())
    if len(raw) != KEY_BYTES or raw[:2] != b"Ed":
        raise ValueError("not the base64 line of a minisign public key (it begins with RW)")
    return PublicKey(raw[2:10], Ed25519PublicKey.from_public_bytes(raw[10:]))


def check(key: PublicKey, signature: bytes, signed: bytes) -> str:
    """Return the trusted comment of a signature; raises `ValueError` with why it must not be believed."""
    try:
        lines = signature.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError("the signature is not text") from error
    if len(lines) != 4 or not lines[2].startswith(TRUSTED):
        raise ValueError("the signature is not the four lines of a minisign signature")
    raw, over_comment = _base64(lines[1]), _base64(lines[3])
    if len(raw) != SIGNATURE_BYTES or raw[:2] != b"ED":
        raise ValueError("the signature is not one over a BLAKE2b-512 (ED); sign with minisign 0.10 or later")
    if raw[2:10] != key.id:
        raise ValueError("the signature is of another key")
    comment = lines[2].removeprefix(TRUSTED)
    try:
        key.key.verify(raw[10:], blake2b(signed, digest_size=64).digest())
        key.key.verify(over_comment, raw[10:] + comment.encode())
    except InvalidSignature as error:
        raise ValueError("the signature does not fit what is signed") from error
    return comment


def _base64(line: str) -> bytes:
    try:
        return base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the key or the signature is not base64") from error
