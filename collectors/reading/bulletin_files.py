"""Carry the three signed files of a bulletin as one document, and open it again once it is believed."""

import base64
import binascii
from hashlib import sha256
from typing import Any

import orjson

from collectors.fetching.local_files import read_file
from collectors.reading import minisign, text
from records import UnreadableError
from records.bulletins import VERSION

PARTS = {"json": ".json", "markdown": ".md", "signature": ".json.minisig"}


def envelope(folder: int, name: str, limit: int) -> bytes:
    """Return the parts of a bulletin that can be read as a JSON object of base64 texts.

    A part that is missing, larger than `limit` bytes or cannot be opened is not in it.
    """
    parts: dict[str, str] = {}
    for part, ending in PARTS.items():
        try:
            body = read_file(folder, name + ending, limit + 1)
        except OSError:
            continue  # whoever opens the envelope says so
        if len(body) <= limit:
            parts[part] = base64.b64encode(body).decode()
    return orjson.dumps(parts)


def verified(name: str, body: bytes, key: minisign.PublicKey) -> tuple[dict[str, Any], str]:
    """Return the JSON and the Markdown of the bulletin of this name, once its signature is checked.

    Raises `UnreadableError` where it is not signed with the key, was changed since, is cut short, is of
    another version, or is not the bulletin that its name says.
    """
    held = text.mapping(text.json_value(body))
    parts = {part: _decoded(held, name, part) for part in PARTS}
    try:
        minisign.check(key, parts["signature"], parts["json"])
    except ValueError as error:
        raise UnreadableError(f"the bulletin is refused: {error}") from error
    bulletin = text.mapping(text.json_value(parts["json"]))
    if bulletin.get("version") != VERSION:
        raise UnreadableError(f"the bulletin is of version {bulletin.get('version')!r}, not {VERSION}")
    if bulletin.get("id") != name:
        raise UnreadableError(f"the bulletin says it is {bulletin.get('id')!r}, not what its file is named")
    if bulletin.get("markdown_sha256") != sha256(parts["markdown"]).hexdigest():
        raise UnreadableError("the Markdown of the bulletin is not the one that was signed")
    try:
        return bulletin, parts["markdown"].decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError("the Markdown of the bulletin is not UTF-8") from error


def _decoded(held: dict[str, Any], name: str, part: str) -> bytes:
    try:
        return base64.b64decode(held[part], validate=True)
    except KeyError as error:
        raise UnreadableError(f"{name}{PARTS[part]} is missing, too large or cannot be opened") from error
    except (binascii.Error, TypeError, ValueError) as error:
        raise UnreadableError(f"the {part} of the document is not base64") from error
