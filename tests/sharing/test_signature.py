"""What we sign, minisign believes; what minisign signs, we believe; and nothing that was altered."""

import base64
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from records import SettingsError, UnreadableError
from sharing.signature import SigningKey, new_key, public_text, read_key, sign, verify_signature
from tests import minisigning

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
DATA = b'{"manifest": 2}\n'
KEY = SigningKey(minisigning.KEY_ID, minisigning.PRIVATE)
SIGNED = sign(DATA, KEY, comment="file:manifest.json", at=AT)
NEEDS_MINISIGN = pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not installed")


def _edited(line: int, text: str) -> str:
    lines = SIGNED.split("\n")
    lines[line] = text
    return "\n".join(lines)


def _minisign(folder: Path, *words: str) -> int:
    return subprocess.run(["minisign", *words], cwd=folder, check=False, capture_output=True).returncode


def test_a_signature_tells_when_and_what() -> None:
    assert verify_signature(DATA, SIGNED, public_text(KEY)) == "timestamp:1777622400\tfile:manifest.json"


def test_the_second_line_of_a_public_key_is_enough() -> None:
    assert verify_signature(DATA, SIGNED, public_text(KEY).split("\n")[1])
    assert public_text(KEY).split("\n")[1] == minisigning.PUBLIC


def test_the_same_is_signed_the_same_way() -> None:
    assert sign(DATA, KEY, comment="file:manifest.json", at=AT) == SIGNED
    assert sign(DATA, KEY, comment="file:other.json", at=AT) != SIGNED


@pytest.mark.parametrize(
    ("data", "signature", "words"),
    [
        (DATA + b" ", SIGNED, "does not fit"),
        (DATA, _edited(2, "trusted comment: timestamp:1777622401\tfile:manifest.json"), "does not fit"),
        (DATA, _edited(3, base64.b64encode(bytes(64)).decode()), "does not fit"),
        (DATA, _edited(3, ""), "does not fit"),
        (DATA, _edited(1, base64.b64encode(b"ED" + b"other-id" + bytes(64)).decode()), "another key"),
        (DATA, _edited(1, base64.b64encode(b"Ed" + bytes(72)).decode()), "of a kind that is not used"),
        (DATA, _edited(1, ""), "of a kind that is not used"),
        (DATA, _edited(1, "é"), "not one of minisign"),
        (DATA, SIGNED.split("trusted")[0], "not one of minisign"),
        (DATA, "", "not one of minisign"),
    ],
)
def test_what_was_altered_is_refused_with_the_reason(data: bytes, signature: str, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        verify_signature(data, signature, public_text(KEY))


@pytest.mark.parametrize("public", ["", "é", "RWQ", base64.b64encode(bytes(42)).decode()])
def test_what_is_no_public_key_is_refused(public: str) -> None:
    with pytest.raises(UnreadableError, match="public key is not one of minisign"):
        verify_signature(DATA, SIGNED, public)


@given(st.text(max_size=300))
def test_no_text_is_taken_for_a_signature(noise: str) -> None:
    with pytest.raises(UnreadableError):
        verify_signature(DATA, noise, public_text(KEY))


def test_a_new_key_is_for_its_owner_alone_and_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "release.key"
    key = new_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["release.key"]
    assert public_text(read_key(path)) == public_text(key)


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "release.key"
    new_key(path)
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="cannot be written: File exists"):
        new_key(path)
    assert path.read_bytes() == before


def test_a_key_that_could_not_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left on device"):
        new_key(tmp_path / "release.key")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_key_says_that_nothing_is_released(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="missing, so nothing is released; bring it back"):
        read_key(tmp_path / "release.key")


def test_a_key_that_everyone_can_read_is_refused(tmp_path: Path) -> None:
    new_key(tmp_path / "release.key")
    (tmp_path / "release.key").chmod(0o644)
    with pytest.raises(SettingsError, match=r"everyone on this machine may use the key .* `chmod o= "):
        read_key(tmp_path / "release.key")
    (tmp_path / "release.key").chmod(0o640)
    assert read_key(tmp_path / "release.key")


def _key_body(tmp_path: Path) -> bytearray:
    new_key(tmp_path / "whole.key")
    return bytearray(base64.b64decode((tmp_path / "whole.key").read_text().split("\n")[1]))


def _written(tmp_path: Path, body: bytes) -> Path:
    path = tmp_path / "release.key"
    path.write_text(f"untrusted comment: a key\n{base64.b64encode(body).decode()}\n")
    path.chmod(0o600)
    return path


def test_a_key_with_a_password_says_how_to_make_one_without(tmp_path: Path) -> None:
    body = _key_body(tmp_path)
    body[2:4] = b"Sc"
    with pytest.raises(SettingsError, match="has a password, which nobody can type at night"):
        read_key(_written(tmp_path, bytes(body)))


@pytest.mark.parametrize("place", [54, 62, 94, 126])
def test_a_damaged_key_signs_nothing(tmp_path: Path, place: int) -> None:
    body = _key_body(tmp_path)
    body[place] ^= 1
    with pytest.raises(SettingsError, match="the key is damaged"):
        read_key(_written(tmp_path, bytes(body)))


@pytest.mark.parametrize(
    "text", [b"", b"\xff\xfe", b"one line", b"a\nb", b"a\n" + b"A" * 9_000, b"a\nRWQ=\n"]
)
def test_what_is_no_key_is_told(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "release.key"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match=r"not a secret key of minisign|it is not text"):
        read_key(path)


def test_a_folder_in_the_place_of_the_key_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        read_key(tmp_path)


@NEEDS_MINISIGN
def test_minisign_believes_our_signature_and_not_one_of_other_bytes(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(DATA)
    (tmp_path / "manifest.json.minisig").write_text(SIGNED)
    (tmp_path / "minisign.pub").write_text(public_text(KEY))
    assert _minisign(tmp_path, "-V", "-H", "-m", "manifest.json") == 0
    (tmp_path / "manifest.json").write_bytes(DATA + b" ")
    assert _minisign(tmp_path, "-V", "-H", "-m", "manifest.json") != 0


@NEEDS_MINISIGN
def test_minisign_signs_with_our_key_and_we_believe_it(tmp_path: Path) -> None:
    key = new_key(tmp_path / "release.key")
    (tmp_path / "manifest.json").write_bytes(DATA)
    words = ("-S", "-W", "-s", "release.key", "-m", "manifest.json", "-t", "file:manifest.json")
    assert _minisign(tmp_path, *words) == 0
    signature = (tmp_path / "manifest.json.minisig").read_text()
    assert verify_signature(DATA, signature, public_text(key)) == "file:manifest.json"


@NEEDS_MINISIGN
def test_we_sign_with_a_key_of_minisign(tmp_path: Path) -> None:
    assert _minisign(tmp_path, "-G", "-W", "-s", "release.key", "-p", "minisign.pub") == 0
    key = read_key(tmp_path / "release.key")
    assert public_text(key) == (tmp_path / "minisign.pub").read_text()
    (tmp_path / "manifest.json").write_bytes(DATA)
    (tmp_path / "manifest.json.minisig").write_text(sign(DATA, key, comment="file:manifest.json", at=AT))
    assert _minisign(tmp_path, "-V", "-m", "manifest.json") == 0


def test_the_signature_of_another_key_is_refused() -> None:
    other = SigningKey(minisigning.KEY_ID, Ed25519PrivateKey.from_private_bytes(b"x" * 32))
    with pytest.raises(UnreadableError, match="does not fit"):
        verify_signature(DATA, sign(DATA, other, comment="", at=AT), public_text(KEY))
