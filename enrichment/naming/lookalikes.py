"""Tell values from the names and numbers of other things that are written like them.

The traps are file names whose ending is also a top-level domain (`setup.py`), code (`System.IO`,
`com.example.app`), a sentence that goes on without a space, versions (`firmware 4.3.2.1`) and digests of
other things than files (`imphash`). Names and addresses that cannot be clicked where they stand are not asked.
"""

import re

from enrichment.naming.suffixes import registrable

# Numbers of as many digits as a hash that are none of a file's bytes. Each branch begins with a letter, for
# which the engine skips ahead.
_OTHER_DIGESTS = re.compile(
    r"imp[ -]?hash|vhash|telf[ -]?hash|rich[ -]?hash|pe[ -]?hash|tlsh|authentihash|thumbprint|serial|commit|"
    r"j(?<=\bj)a(?:rm|3s?)\b|k(?<=\bk)ey\b"
)
_VERSION_BEFORE = re.compile(
    r"(?:\b(?:v|ver|versions?|firmware|release|build|rev|revision|update|patch|microprogramme|logiciel|prior to|"
    r"earlier than|antérieures? à|avant la)[\s.:]*|[<>=≤≥]\s*|\w/)\Z",
    re.IGNORECASE,
)
# Endings of files that are top-level domains too
_FILE_ENDINGS = frozenset(("md", "mov", "one", "pm", "ps", "py", "rs", "sh", "so", "zip"))
# Where names of packages begin, which are written from the top level down
_PACKAGES = frozenset(
    ("android", "androidx", "com", "dev", "edu", "gov", "io", "java", "javax", "net", "org", "system")
)


def is_version(text: str, start: int) -> bool:
    """Whether four numbers at `start` are introduced as a version or follow a product's name and a slash."""
    return _VERSION_BEFORE.search(_before(text, start, 20)) is not None


def is_other_digest(text: str, start: int) -> bool:
    """Whether the line up to `start` says that a digest is not of a file's bytes."""
    said = _before(text, start, 30).strip().lower()
    return bool(said) and _OTHER_DIGESTS.search(said) is not None


def is_part_of_code(text: str, start: int, end: int) -> bool:
    """Whether dotted labels are called as a function, or are part of a path, a variable or a handle."""
    before = text[max(start - 2, 0) : start]
    return text[end : end + 1] == "(" or (before[-1:] in ("/", "\\", "$", "@") and before != "//")


def is_code(written: str, name: str) -> bool:
    """Whether dotted labels are rather a file, a class, a package or two sentences than a domain.

    `name` is the canonical form of what is `written`.
    """
    labels, last = name.split("."), written.rpartition(".")[2]
    if last != last.lower() and not written.isupper():
        return True
    if labels[-1] in _FILE_ENDINGS and not (labels[0] == "www" or registrable(name).count(".") > 1):
        return True
    return labels[0] in _PACKAGES and len(labels) > 2


def _before(text: str, start: int, length: int) -> str:
    """Return up to `length` signs before a place, of its own line."""
    return text[max(start - length, 0) : start].rpartition("\n")[2]
