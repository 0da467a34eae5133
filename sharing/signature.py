"""Sign what is published with Ed25519 in minisign's file format, so that a public tool can verify it.

Keys are minisign's too, without password (`minisign -G -W`): a release is made at night, with nobody to type
one. What protects the key is its file's permissions.
"""

import base64
import binascii
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from records import SettingsError, UnreadableError

_ALGORITHM, _PREHASHED, _NO_KDF, _CHECKSUM = b"Ed", b"ED", b"\0\0", b"B2"
_NO_PASSWORD = bytes(32 + 8 + 8)  # salt, operations and memory of a key derivation that is not done


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair and its 8-byte identifier."""

    id: bytes
    private: Ed25519PrivateKey


def new_key(path: Path) -> SigningKey:
    """Make a key and write it to a new file that only its owner may read; raises `SettingsError`."""
    key = SigningKey(secrets.token_bytes(8), Ed25519PrivateKey.generate())
    secret = key.private.private_bytes_raw() + key.private.public_key().public_bytes_raw()
    checksum = blake2b(_ALGORITHM + key.id + secret, digest_size=32).digest()
    body = _ALGORITHM + _NO_KDF + _CHECKSUM + _NO_PASSWORD + key.id + secret + checksum
    text = f"untrusted comment: minisign secret key of Vigie\n{base64.b64encode(body).decode()}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
    except OSError as error:
        raise SettingsError(f"{path}: the key cannot be written: {error.strerror}") from error
    return key


def read_key(path: Path) -> SigningKey:
    """Return the key of a file; raises `SettingsError` where it is not there or cannot be used."""
    try:
        text = path.read_text("ascii")
    except FileNotFoundError as error:
        raise SettingsError(
            f"{path}: the key that signs the lists is missing, so nothing is released; bring it back from your "
            "backup, or, where it is lost, make a new one with `vigie key new` and tell the readers"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the key that signs the lists cannot be read: {error}") from error
    try:
        body = base64.b64decode(text.split("\n")[1], validate=True)
    except (IndexError, binascii.Error) as error:
        raise SettingsError(f"{path}: not a minisign secret key; give the file of `vigie key new`") from error
    return _key(path, body)


def _key(path: Path, body: bytes) -> SigningKey:
    if len(body) != 158 or body[:2] != _ALGORITHM or body[4:6] != _CHECKSUM:
        raise SettingsError(f"{path}: not a minisign secret key; give the file of `vigie key new`")
    if body[2:4] != _NO_KDF:
        raise SettingsError(
            f"{path}: the key has a password, which nobody can type at night; make one without: `minisign -G -W`"
        )
    name, secret, checksum = body[54:62], body[62:126], body[126:158]
    if checksum not in (bytes(32), blake2b(_ALGORITHM + name + secret, digest_size=32).digest()):
        raise SettingsError(f"{path}: the key is damaged; bring it back from your backup")
    private = Ed25519PrivateKey.from_private_bytes(secret[:32])
    if private.public_key().public_bytes_raw() != secret[32:]:
        raise SettingsError(f"{path}: the key is damaged; bring it back from your backup")
    return SigningKey(name, private)


def sign(data: bytes, key: SigningKey, *, comment: str, at: datetime) -> str:
    """Return the signature file of some bytes; the same bytes, key, comment and instant give the same text."""
    signature = key.private.sign(blake2b(data, digest_size=64).digest())
    trusted = f"timestamp:{int(at.timestamp())}\t{comment}"
    over = key.private.sign(signature + trusted.encode())
    return (
        f"untrusted comment: signature by Vigie\n{_text(_PREHASHED + key.id + signature)}\n"
        f"trusted comment: {trusted}\n{_text(over)}\n"
    )


def public_text(key: SigningKey) -> str:
    """Return the file by which anyone verifies what the key signs."""
    body = _ALGORITHM + key.id + key.private.public_key().public_bytes_raw()
    return f"untrusted comment: minisign public key {key.id[::-1].hex().upper()}\n{_text(body)}\n"


def verify_signature(data: bytes, signature: str, public: str) -> str:
    """Check a minisign signature and return its trusted comment.

    `public` is the text of the public key's file, or its second line alone. Raises `UnreadableError` where the
    bytes are not those that the key's owner signed.
    """
    try:
        name, key = _public(public)
        lines = signature.split("\n")
        body, over = base64.b64decode(lines[1], validate=True), base64.b64decode(lines[3], validate=True)
        trusted = lines[2].removeprefix("trusted comment: ")
    except (IndexError, ValueError) as error:
        raise UnreadableError(
            "the signature or the public key is not one of minisign; fetch it again"
        ) from error
    if len(body) != 74 or body[2:10] != name:
        raise UnreadableError(
            "the signature is by another key than the one that is trusted here; do not use it"
        )
    signed = blake2b(data, digest_size=64).digest() if body[:2] == _PREHASHED else data
    try:
        key.verify(body[10:], signed)
        key.verify(over, body[10:] + trusted.encode())
    except InvalidSignature as error:
        raise UnreadableError(
            "the signature does not fit: what was fetched was altered; do not use it"
        ) from error
    return trusted


def _public(text: str) -> tuple[bytes, Ed25519PublicKey]:
    """Return identifier and key of a public key; raises `ValueError`."""
    body = base64.b64decode(text.strip().split("\n")[-1], validate=True)
    if len(body) != 42 or body[:2] != _ALGORITHM:
        raise ValueError("not a public key of minisign")
    return body[2:10], Ed25519PublicKey.from_public_bytes(body[10:])


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
