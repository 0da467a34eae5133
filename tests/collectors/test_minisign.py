"""A minisign signature is believed where the program minisign believes it, and nowhere else."""

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from collectors.reading import minisign
from tests.minisigning import PUBLIC, sign

SIGNED = b"what is signed\n"
KEY = minisign.public_key(PUBLIC)
NEEDS_MINISIGN = pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not installed")


def _edited(line: int, text: str) -> bytes:
    lines = sign(SIGNED).decode().splitlines()
    lines[line] = text
    return "\n".join(lines).encode()


def test_good_signature_gives_its_trusted_comment() -> None:
    assert minisign.check(KEY, sign(SIGNED, "file:a.json"), SIGNED) == "file:a.json"


@pytest.mark.parametrize(
    ("signature", "signed", "words"),
    [
        (sign(SIGNED), SIGNED + b" ", "does not fit"),
        (sign(SIGNED, private=Ed25519PrivateKey.from_private_bytes(b"x" * 32)), SIGNED, "does not fit"),
        (_edited(2, "trusted comment: another"), SIGNED, "does not fit"),
        (_edited(1, base64.b64encode(b"ED" + b"other-id" + bytes(64)).decode()), SIGNED, "another key"),
        (_edited(1, base64.b64encode(b"Ed" + bytes(72)).decode()), SIGNED, "BLAKE2b-512"),
        (_edited(1, "not base64"), SIGNED, "not base64"),
        (_edited(3, "é"), SIGNED, "not base64"),
        (sign(SIGNED)[:-100], SIGNED, "four lines|not base64|does not fit"),
        (b"", SIGNED, "four lines"),
        (b"\xff\xfe", SIGNED, "not text"),
    ],
)
def test_bad_signature_is_refused_with_the_reason(signature: bytes, signed: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        minisign.check(KEY, signature, signed)


@pytest.mark.parametrize("line", ["", "é", "RWQ", base64.b64encode(bytes(42)).decode()])
def test_what_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"minisign public key|not base64"):
        minisign.public_key(line)


@given(st.binary(max_size=300))
def test_no_bytes_are_taken_for_a_signature(noise: bytes) -> None:
    with pytest.raises(ValueError):
        minisign.check(KEY, noise, SIGNED)


@NEEDS_MINISIGN
def test_minisign_believes_our_signature(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(SIGNED)
    (tmp_path / "a.json.minisig").write_bytes(sign(SIGNED))
    command = ["minisign", "-V", "-P", PUBLIC, "-m", "a.json"]
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 0


@NEEDS_MINISIGN
def test_we_believe_the_signature_of_minisign(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(SIGNED)
    made = [["minisign", "-G", "-W", "-p", "key.pub", "-s", "key"]]
    made += [["minisign", "-S", "-s", "key", "-m", "a.json", "-t", "file:a.json"]]
    for command in made:
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    key = minisign.public_key((tmp_path / "key.pub").read_text("utf-8").splitlines()[1])
    assert minisign.check(key, (tmp_path / "a.json.minisig").read_bytes(), SIGNED) == "file:a.json"
