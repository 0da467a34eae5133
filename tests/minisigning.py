"""Sign as the vault and the minisign program do: a key that is no secret, and its signatures."""

import base64
from hashlib import blake2b

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_ID = b"vigie-te"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = base64.b64encode(b"Ed" + KEY_ID + PRIVATE.public_key().public_bytes_raw()).decode()


def sign(signed: bytes, comment: str = "timestamp:1752998400", private: Ed25519PrivateKey = PRIVATE) -> bytes:
    """Return the minisign signature file of some bytes."""
    signature = private.sign(blake2b(signed, digest_size=64).digest())
    over_comment = private.sign(signature + comment.encode())
    lines = (
        "untrusted comment: signature of a test",
        base64.b64encode(b"ED" + KEY_ID + signature).decode(),
        f"trusted comment: {comment}",
        base64.b64encode(over_comment).decode(),
    )
    return ("\n".join(lines) + "\n").encode()
