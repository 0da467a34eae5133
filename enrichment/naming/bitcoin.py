"""Tell a Bitcoin address from any other run of letters and digits, by the checksum it carries."""

from hashlib import sha256

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_VERSIONS = (0x00, 0x05)  # pay to public key hash, pay to script hash, both of the main network


def is_address(text: str) -> bool:
    """Whether a text is an address of Bitcoin's main network whose checksum holds.

    Legacy addresses are Base58Check; those that begin with `bc1` are Bech32 for witness version 0
    (BIP 173) and Bech32m for later ones (BIP 350), in one case.
    """
    if text[:3].lower() == "bc1":
        return text in (text.lower(), text.upper()) and _is_segwit(text.lower())
    return 26 <= len(text) <= 35 and text[0] in "13" and _is_base58(text)


def _is_base58(text: str) -> bool:
    number = 0
    for sign in text:
        place = _BASE58.find(sign)
        if place < 0:
            return False
        number = number * 58 + place
    if number >= 1 << 200:
        return False
    raw = number.to_bytes(25, "big")
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    if raw[0] not in _VERSIONS or (zeros != len(text) - len(text.lstrip("1"))):
        return False
    return sha256(sha256(raw[:21]).digest()).digest()[:4] == raw[21:]


def _is_segwit(text: str) -> bool:
    """Check length, version and checksum of the part after `bc1`."""
    values = [_BECH32.find(sign) for sign in text[3:]]
    if not 11 <= len(values) <= 71 or -1 in values or values[0] > 16:
        return False
    constant = 1 if values[0] == 0 else 0x2BC830A3
    prefix = [ord(sign) >> 5 for sign in "bc"] + [0] + [ord(sign) & 31 for sign in "bc"]
    return _polymod(prefix + values) == constant


def _polymod(values: list[int]) -> int:
    """Return the checksum of BIP 173."""
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            check ^= generator if top >> place & 1 else 0
    return check
