"""Read an inventory in whatever form a house keeps it: a spreadsheet as CSV, CycloneDX or SPDX."""

import re
from collections.abc import Mapping

from checking.assets import Inventory
from checking.bills import read_json, read_tags, read_xml
from checking.spreadsheets import decoded, read_spreadsheet
from records import UnreadableError

LARGEST = 200 << 20  # bytes
ZIP = b"PK\x03\x04"  # a spreadsheet in its own form
_TAG_VALUE = re.compile(r"(?:\s*#[^\n]*\n)*\s*SPDXVersion:")


def read_inventory(body: bytes, columns: Mapping[str, int] | None = None) -> Inventory:
    """Return the assets of a file, told by its first signs what it is written in.

    `columns` says which column of a CSV, from 0, plays which of the roles of `checking.columns.ROLES`; by default
    that is told from the heading or from the cells. Raises `UnreadableError` where nothing of it can be used.
    """
    if len(body) > LARGEST:
        raise UnreadableError(f"is larger than {LARGEST >> 20} MB; split it")
    if body.startswith(ZIP):
        raise UnreadableError("is a workbook or an archive; save the sheet as CSV")
    start = body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return read_json(body.removeprefix(b"\xef\xbb\xbf"))
    if start.startswith(b"<"):
        return read_xml(body)
    text = decoded(body)
    if _TAG_VALUE.match(text[:10_000]):
        return read_tags(text)
    if text.lstrip().startswith("<"):  # XML in UTF-16
        return read_xml(body)
    inventory = read_spreadsheet(text, columns)
    if not inventory.assets:
        raise UnreadableError("names no product; give it a column with the products' names")
    return inventory
