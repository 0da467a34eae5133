"""Check what vouches for a CSAF document: hash, OpenPGP signature and key (CSAF 2.0 §§ 7.1.18-7.1.20).

How much is asked is the source's `options.integrity`: a hash, and a signature too where the provider
gives keys, where it says nothing; `signed`, a hash and a signature in any case; `hashed`, a hash
whatever else there is; `none`, nothing, for publishers of the lowest role, who need not give a hash
(§ 7.2). One good hash is enough, SHA-512 before SHA-256; one good signature by one key is enough.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import urldefrag, urlsplit

from pysequoia import Cert, Sig, verify

from records import Document, SettingsError, Source, UnreadableError

LEVELS = ("signed", "hashed", "none")
HASHES = {".sha512": "SHA-512", ".sha256": "SHA-256"}  # the better one first
SIGNATURE = ".asc"


def integrity(source: Source) -> str:
    """Return how much a source's documents are checked, an empty text where its file does not say.

    Raises `SettingsError` for another word.
    """
    level = source.options.get("integrity", "")
    if level and level not in LEVELS:
        raise SettingsError(f"options.integrity of source {source.id} is none of {', '.join(LEVELS)}")
    return str(level)


def seal_addresses(source: Source, address: str, named: Collection[str] = ()) -> tuple[str, ...]:
    """Return the addresses of what vouches for a document: those its feed names, or the usual ones.

    The usual ones are the document's own address with `.sha512`, `.sha256` and `.asc` after it.
    """
    level = integrity(source)
    if level == "none":
        return ()
    hashes = [one for one in named if _ending(one) in HASHES] or [f"{address}{ending}" for ending in HASHES]
    signatures = [one for one in named if _ending(one) == SIGNATURE] or [f"{address}{SIGNATURE}"]
    return tuple(hashes if level == "hashed" else hashes + signatures)


def check_seals(
    source: Source, document: Document, seals: Mapping[str, bytes], keys: Mapping[str, bytes]
) -> None:
    """Raise `UnreadableError` where a document is not what its publisher vouches for.

    `seals` and `keys` are what was read, by address, a key empty where it could not be; its address
    ends in `#` and the fingerprint that provider metadata give it, where they give one.
    """
    level = integrity(source)
    if level == "none":
        return
    _check_hash(document, seals)
    signature = next((body for address, body in seals.items() if _ending(address) == SIGNATURE), None)
    if level == "hashed" or not (level == "signed" or keys or signature is not None):
        return
    if not keys:
        raise UnreadableError("there is no OpenPGP key of its provider to check its signature with")
    if signature is None:
        raise UnreadableError("its provider gives OpenPGP keys, and there is no signature of it")
    _check_signature(document, signature, keys)


def _ending(address: str) -> str:
    return PurePosixPath(urlsplit(address).path).suffix.lower()


def _check_hash(document: Document, seals: Mapping[str, bytes]) -> None:
    """Compare the best hash given, a file of `<hexadecimal>  <file name>` or the first alone."""
    for ending, name in HASHES.items():
        given = next((body for address, body in seals.items() if _ending(address) == ending), None)
        if given is None:
            continue
        actual = hashlib.new(name.replace("-", ""), document.body).hexdigest()
        said = re.match(rb"\s*([0-9A-Fa-f]+)(?:\s|$)", given)
        if said is None or len(said[1]) != len(actual):
            raise UnreadableError(f"what its publisher gives as its {name} is none")
        if said[1].decode("ascii").lower() != actual:
            raise UnreadableError(
                f"its {name} is not the one its publisher gives; it is read again next time, and refused "
                "until the two agree"
            )
        return
    raise UnreadableError(
        "its publisher gives no SHA-512 or SHA-256 of it; if that is so for all of its documents, "
        'write integrity = "none" into the options of the source'
    )


def _check_signature(document: Document, signature: bytes, keys: Mapping[str, bytes]) -> None:
    reasons: list[str] = []
    certificates: list[Cert] = []
    for address, body in keys.items():
        for certificate in _certificates(body):
            reason = _refusal(certificate, urldefrag(address).fragment, document.received_at)
            certificates += [] if reason else [certificate]
            reasons += [reason] if reason else []
    if not certificates:
        why = "; ".join(reasons) or "what is at their addresses is no OpenPGP certificate"
        raise UnreadableError(f"none of its provider's keys can be used: {why}")
    try:
        verify(document.body, store=lambda _: certificates, signature=Sig.from_bytes(signature))
    except (
        RuntimeError
    ) as error:  # all that the library raises, a stack trace of its own after the first line
        reason = str(error).partition("\n")[0]
        raise UnreadableError(f"its signature is not a good one of its provider's keys ({reason})") from error


def _certificates(body: bytes) -> list[Cert]:
    """Return the OpenPGP certificates in a file, armoured or not; none where it is something else."""
    try:
        return Cert.split_bytes(body)
    except RuntimeError:
        return []


def _refusal(certificate: Cert, fingerprint: str, now: datetime) -> str:
    """Say why a key must not be used, an empty text where it may."""
    name = certificate.fingerprint.upper()
    if fingerprint and fingerprint.upper() != name:
        return f"{name} is not the key {fingerprint.upper()} that its metadata name"
    if certificate.is_revoked:
        return f"{name} is revoked"
    if certificate.expiration is not None and certificate.expiration <= now:
        return f"{name} expired on {certificate.expiration.date()}"
    return ""
