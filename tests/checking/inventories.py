"""The invented inventories that both readers must read alike."""

import json
from collections.abc import Mapping
from pathlib import Path

INVENTORIES = json.loads(Path(__file__).with_name("inventories.json").read_text("utf-8"))


def body(case: Mapping[str, str]) -> bytes:
    """Return a case as a file; in the encoding "mixed", lines that begin with # are Windows-1252 (without #)."""
    if case["encoding"] != "mixed":
        return case["text"].encode(case["encoding"])
    lines = case["text"].split("\n")
    return b"\n".join(line[1:].encode("cp1252") if line[:1] == "#" else line.encode() for line in lines)
