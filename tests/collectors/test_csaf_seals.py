"""What vouches for a CSAF document: hashes, signatures and keys, good and bad, made here or recorded."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysequoia import Cert, SignatureMode, Tsk, sign
from pysequoia.packet import PacketPile

from collectors import Sealed, csaf, kind
from records import Document, SettingsError, Source, UnreadableError
from tests.conftest import START

URL = "https://example.org/white/a.json"
SHA512, SHA256, SIGNATURE = f"{URL}.sha512", f"{URL}.sha256", f"{URL}.asc"
BODY = b'{"document": {}}\n'

MakeSource = Callable[..., Source]


@dataclass(frozen=True, slots=True)
class Case:
    """A document and all that vouches for it."""

    document: Document
    seals: Mapping[str, bytes]
    keys: Mapping[str, bytes]


@pytest.fixture(scope="module")
def source(make_source: MakeSource) -> Source:
    return make_source("csaf", url="https://example.org/provider-metadata.json")


@pytest.fixture(scope="module")
def signer() -> Tsk:
    return Tsk.generate("Acme <security@acme.example>")


@pytest.fixture(scope="module")
def good(source: Source, make_document: Callable[..., Document], signer: Tsk) -> Case:
    seals = {
        SHA512: f"{hashlib.sha512(BODY).hexdigest()}  a.json\n".encode(),
        SIGNATURE: sign(signer.signer(), BODY, mode=SignatureMode.DETACHED),
    }
    return Case(make_document(source, BODY, URL), seals, key(signer))


def key(signer: Tsk) -> dict[str, bytes]:
    """The public key of a signer as its provider gives it."""
    certificate = signer.extract_certificate()
    fingerprint = certificate.fingerprint.upper()
    return {f"https://example.org/openpgp/key.asc#{fingerprint}": str(certificate).encode()}


def check(source: Source, case: Case, **options: str) -> None:
    csaf.verify(replace(source, options=options), case.document, case.seals, case.keys)


def test_kind_is_sealed() -> None:
    assert isinstance(kind("csaf"), Sealed)


@pytest.mark.parametrize("level", ["", "signed", "hashed", "none"])
def test_sealed_document_passes(source: Source, good: Case, level: str) -> None:
    check(source, good, **({"integrity": level} if level else {}))


@pytest.mark.parametrize(
    ("seals", "words"),
    [
        ({}, "gives no SHA-512 or SHA-256"),
        ({SHA512: b""}, "as its SHA-512 is none"),
        ({SHA512: b"<!DOCTYPE html>"}, "as its SHA-512 is none"),
        ({SHA512: hashlib.sha256(BODY).hexdigest().encode()}, "as its SHA-512 is none"),
        ({SHA512: f"{hashlib.sha512(b'other').hexdigest()}  b.json".encode()}, "not the one"),
        ({SHA256: hashlib.sha256(b"other").hexdigest().encode()}, "SHA-256 is not the one"),
        ({SHA256: hashlib.sha256(BODY).hexdigest().upper().encode()}, ""),
        ({SHA256: f"{hashlib.sha256(BODY).hexdigest()}\r\n".encode()}, ""),
    ],
)
def test_hash_must_be_the_documents(source: Source, good: Case, seals: dict[str, bytes], words: str) -> None:
    case = Case(good.document, seals, {})
    if words:
        with pytest.raises(UnreadableError, match=words):
            check(source, case)
    else:
        check(source, case)


def test_wrong_sha512_is_not_mended_by_a_right_sha256(source: Source, good: Case) -> None:
    right = hashlib.sha256(BODY).hexdigest().encode()
    with pytest.raises(UnreadableError, match="SHA-512 is not the one"):
        check(source, Case(good.document, {SHA256: right, SHA512: b"0" * 128}, {}))


def test_one_changed_byte_is_refused(
    source: Source, good: Case, make_document: Callable[..., Document]
) -> None:
    changed = BODY.replace(b"{}", b"[]")
    hashed = {**good.seals, SHA512: hashlib.sha512(changed).hexdigest().encode()}
    with pytest.raises(UnreadableError, match="not a good one"):
        check(source, Case(make_document(source, changed, URL), hashed, good.keys))


@pytest.mark.parametrize("signature", [None, b"", b"-----BEGIN PGP SIGNATURE-----\n", b"\xff" * 40])
def test_signature_is_compulsory_where_there_are_keys(
    source: Source, good: Case, signature: bytes | None
) -> None:
    seals = {SHA512: good.seals[SHA512], **({} if signature is None else {SIGNATURE: signature})}
    with pytest.raises(UnreadableError, match="signature"):
        check(source, Case(good.document, seals, good.keys))
    check(source, Case(good.document, seals, good.keys), integrity="hashed")


def test_signature_is_compulsory_where_the_source_asks_for_it(source: Source, good: Case) -> None:
    hashed = Case(good.document, {SHA512: good.seals[SHA512]}, {})
    check(source, hashed)
    with pytest.raises(UnreadableError, match="no OpenPGP key"):
        check(source, hashed, integrity="signed")


def test_signature_whose_keys_have_gone_is_no_good_one(source: Source, good: Case) -> None:
    with pytest.raises(UnreadableError, match="no OpenPGP key"):
        check(source, replace(good, keys={}))
    with pytest.raises(UnreadableError, match="none of its provider's keys can be used"):
        check(source, replace(good, keys=dict.fromkeys(good.keys, b"")))


def test_signature_by_another_key_is_refused(source: Source, good: Case) -> None:
    with pytest.raises(UnreadableError, match="not a good one"):
        check(source, replace(good, keys=key(Tsk.generate("Acme <security@acme.example>"))))


def test_one_of_several_keys_is_enough(source: Source, good: Case) -> None:
    keys = {"https://example.org/broken.asc": b"<html>", **key(Tsk.generate("Old")), **good.keys}
    check(source, replace(good, keys=keys))


def test_key_must_be_the_one_that_its_metadata_name(source: Source, good: Case) -> None:
    (body,) = good.keys.values()
    with pytest.raises(UnreadableError, match="is not the key ABAB"):
        check(source, replace(good, keys={f"https://example.org/key.asc#{'AB' * 20}": body}))
    check(source, replace(good, keys={"https://example.org/key.asc": body}))


def test_unreadable_key_is_told(source: Source, good: Case) -> None:
    with pytest.raises(UnreadableError, match="no OpenPGP certificate"):
        check(source, replace(good, keys={"https://example.org/key.asc": b""}))


def test_expired_key_is_refused(source: Source, good: Case, signer: Tsk) -> None:
    ends = datetime.now(UTC) + timedelta(days=1)  # the library makes no key that has ended
    certificate = signer.extract_certificate().set_expiration(ends, signer.certifier())
    keys = {"https://example.org/key.asc": bytes(certificate)}
    check(source, replace(good, keys=keys))
    late = replace(good.document, received_at=ends + timedelta(seconds=1))
    with pytest.raises(UnreadableError, match="expired on"):
        check(source, Case(late, good.seals, keys))


def test_revoked_key_is_refused(source: Source, good: Case, signer: Tsk) -> None:
    certificate = signer.extract_certificate()
    revocation = PacketPile.from_bytes(bytes(certificate.revoke(signer.certifier())))
    first, *others = PacketPile.from_bytes(bytes(certificate))
    revoked = Cert.from_packets([first, *revocation, *others])
    with pytest.raises(UnreadableError, match="is revoked"):
        check(source, replace(good, keys={"https://example.org/key.asc": bytes(revoked)}))


@given(signature=st.binary(), body=st.binary())
def test_no_bytes_pass_or_break_it(source: Source, good: Case, signature: bytes, body: bytes) -> None:
    for keys in (good.keys, {"https://example.org/key.asc": body}):
        seals = {SHA512: good.seals[SHA512], SIGNATURE: signature}
        with pytest.raises(UnreadableError):
            check(source, Case(good.document, seals, keys))


def test_level_of_another_name_is_told_at_once(make_source: MakeSource) -> None:
    with pytest.raises(SettingsError, match="none of signed, hashed, none"):
        csaf.first_requests(make_source("csaf", options={"integrity": "medium"}), START)


@pytest.mark.parametrize(
    ("level", "endings"),
    [("none", ()), ("hashed", (".sha512", ".sha256")), ("signed", (".sha512", ".sha256", ".asc"))],
)
def test_only_what_is_checked_is_asked_for(
    make_source: MakeSource, make_document: Callable[..., Document], level: str, endings: tuple[str, ...]
) -> None:
    source = make_source("csaf", url="https://example.org/white/index.txt", options={"integrity": level})
    (request,) = csaf.follow(source, make_document(source, b"a.json\n"))
    assert request.seals == tuple(f"{URL}{ending}" for ending in endings)


@pytest.mark.parametrize("provider", ["simple-directory-provider", "simple-rolie-provider"])
def test_recorded_test_providers_vouch_for_their_document(
    source: Source, make_document: Callable[..., Document], recorded: Path, provider: str
) -> None:
    folder, url = recorded / "csaf/test-providers" / provider, "https://provider.example"
    metadata = (folder / "provider-metadata.json").read_text("utf-8").replace("{{.URL}}", url)
    requests = csaf.follow(source, make_document(source, metadata.encode(), f"{url}/provider-metadata.json"))
    (address,) = {address for request in requests for address in request.keys}
    path = folder / "white/avendor-advisory-0004.json"
    name = f"{url}/white/{path.name}"
    endings = (".sha512", ".sha256", ".asc")
    case = Case(
        make_document(source, path.read_bytes(), name),
        {f"{name}{ending}": path.with_name(path.name + ending).read_bytes() for ending in endings},
        {address: (folder / "openpgp/pubkey.asc").read_bytes()},
    )
    check(source, case, integrity="signed")
    with pytest.raises(UnreadableError, match="not the one"):
        check(source, replace(case, document=make_document(source, BODY, name)))
