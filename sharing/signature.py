"""Sign what is published with Ed25519 in minisign's file format, so that a public tool can verify it.

Keys are minisign's too, without password (`minisign -G -W`): a release is made at night, with nobody to type
one. What protects the key is its file's permissions. Format: minisign 0.8 and later, signatures over the
BLAKE2b-512 of what is signed ("ED").
"""

import base64
import binascii
import os
import secrets
import stat
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from records import SettingsError, UnreadableError

_ALGORITHM, _PREHASHED, _NO_KDF, _CHECKSUM = b"Ed", b"ED", b"\0\0", b"B2"
_KEY, _SIGNATURE, _PUBLIC = 158, 74, 42  # bytes of each, before base64
_LARGEST = 4_096  # characters of a key's file; minisign writes about 300
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
    body = _ALGORITHM + _NO_KDF + _CHECKSUM + _NO_PASSWORD + key.id + secret + _checksum(key.id, secret)
    text = f"untrusted comment: minisign secret key of Vigie\n{base64.b64encode(body).decode()}\n"
    try:
        _write_secret(path, text)
    except OSError as error:
        raise SettingsError(f"{path}: the key cannot be written: {error.strerror}") from error
    return key


def _write_secret(path: Path, text: str) -> None:
    """Write a file that is new, only for its owner, on the disk at once, and there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def read_key(path: Path) -> SigningKey:
    """Return the key of a file; raises `SettingsError` where it is not there or cannot be used."""
    try:
        with path.open(encoding="ascii") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            lines = stream.read(_LARGEST).splitlines()
    except FileNotFoundError as error:
        raise SettingsError(
            f"{path}: the key that signs the lists is missing, so nothing is released; bring it back from your "
            f"backup, or, where it is lost, make a new one with `minisign -G -W -s {path}` and tell the readers"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingsError(f"{path}: the key that signs the lists cannot be read: {reason}") from error
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        raise SettingsError(
            f"{path}: everyone on this machine may use the key that signs the lists: `chmod o= {path}`, and "
            "think of making a new one"
        )
    try:
        body = base64.b64decode(lines[1], validate=True)
    except (IndexError, binascii.Error) as error:
        raise _no_key(path) from error
    return _key(path, body)


def _key(path: Path, body: bytes) -> SigningKey:
    if len(body) != _KEY or body[:2] != _ALGORITHM or body[4:6] != _CHECKSUM:
        raise _no_key(path)
    if body[2:4] != _NO_KDF:
        raise SettingsError(
            f"{path}: the key has a password, which nobody can type at night; make one without: `minisign -G -W`"
        )
    name, secret, checksum = body[54:62], body[62:126], body[126:]
    private = Ed25519PrivateKey.from_private_bytes(secret[:32])
    summed = checksum in (bytes(32), _checksum(name, secret))  # minisign writes none without a password
    if not summed or private.public_key().public_bytes_raw() != secret[32:]:
        raise SettingsError(f"{path}: the key is damaged; bring it back from your backup")
    return SigningKey(name, private)


def _no_key(path: Path) -> SettingsError:
    return SettingsError(f"{path}: not a secret key of minisign; make one with `minisign -G -W -s {path}`")


def _checksum(name: bytes, secret: bytes) -> bytes:
    return blake2b(_ALGORITHM + name + secret, digest_size=32).digest()


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
    if len(body) != _SIGNATURE or body[:2] != _PREHASHED:
        raise UnreadableError(
            "the signature is of a kind that is not used here; sign with minisign 0.10 or later"
        )
    if body[2:10] != name:
        raise UnreadableError(
            "the signature is by another key than the one that is trusted here; do not use it"
        )
    try:
        key.verify(body[10:], blake2b(data, digest_size=64).digest())
        key.verify(over, body[10:] + trusted.encode())
    except InvalidSignature as error:
        raise UnreadableError(
            "the signature does not fit: what was fetched was altered; do not use it"
        ) from error
    return trusted


def _public(text: str) -> tuple[bytes, Ed25519PublicKey]:
    """Return identifier and key of a public key; raises `ValueError`."""
    body = base64.b64decode(text.strip().split("\n")[-1], validate=True)
    if len(body) != _PUBLIC or body[:2] != _ALGORITHM:
        raise ValueError("not a public key of minisign")
    return body[2:10], Ed25519PublicKey.from_public_bytes(body[10:])


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
