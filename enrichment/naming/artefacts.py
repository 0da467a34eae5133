"""Find what malware leaves on a Windows machine, as a text names it: paths, registry keys, mutexes.

These contain spaces and backslashes, so they are read from the text itself before it is split into words.
"""

import re
from collections.abc import Iterator

from enrichment.naming.values import ArtefactType, Value

_PART = r"[^\\/:*?\"<>|\n\r\t`'\u201c\u201d\u00ab\u00bb,;]"
_PATH = re.compile(
    r"(?:(?<![A-Za-z0-9])[A-Za-z]:|%[A-Za-z][A-Za-z0-9_()]{1,40}%|(?<![\\\w:])\\\\[\w.$-]{1,63})\\{1,2}"
    rf"(?:{_PART}{{1,100}}\\{{1,2}}){{0,32}}(?:[^\\/:*?\"<>|\s`',;\u201c\u201d\u00ab\u00bb]{{1,200}})?"
)
_REGISTRY = re.compile(
    r"(?<![A-Za-z0-9_])(?P<hive>HKEY_(?:LOCAL_MACHINE|CURRENT_USER|CLASSES_ROOT|USERS|CURRENT_CONFIG)|HKLM|HKCU|HKCR|HKU|HKCC)"
    rf":?\\{{1,2}}(?:{_PART}{{1,100}}\\{{1,2}}){{0,32}}[^\\/:?\"<>|\s`',;\u201c\u201d\u00ab\u00bb]{{1,200}}",
    re.IGNORECASE,
)
_HIVES = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
}
_SHARED = re.compile(r"(?<![\\\w])(?:Global|Local)\\{1,2}[\w{}.$-]{3,120}")
_QUOTES = "\"'`\u201c\u201d\u00ab\u00bb"
_MUTEX = re.compile(
    rf"\bmutex(?:es)?\b(?:[^\n{_QUOTES}]{{0,40}}?[{_QUOTES}]\s?(?P<quoted>[^\s{_QUOTES}]{{3,120}})"
    r"|(?: name)?[ \t]*[:=][ \t]*(?P<told>[^\s\"'`]{3,120}))",
    re.IGNORECASE,
)
_BEHIND, _AHEAD = 200, 4_000  # signs of a line, around a backslash, that are read


def artefacts(text: str) -> Iterator[Value]:
    """Yield the artefacts of a text, those of one line together.

    Doubled backslashes, as in code, are read as one; hives get their long names. Mutexes are told by
    the word before them or by their `Global\\` or `Local\\` prefix. Only lines with a backslash, or that word,
    are read at all.
    """
    for start, end in _around(text, "\\"):
        for found in _REGISTRY.finditer(text, start, end):
            hive, _, rest = _tidy(found[0]).partition("\\")
            hive = hive.rstrip(":").upper()
            yield Value(ArtefactType.REGISTRY, f"{_HIVES.get(hive, hive)}\\{rest}", *_span(found, 0))
        for found in _PATH.finditer(text, start, end):
            path = _tidy(found[0])
            if not path.endswith("\\"):
                yield Value(ArtefactType.PATH, path, *_span(found, 0))
        for found in _SHARED.finditer(text, start, end):
            yield Value(ArtefactType.MUTEX, _tidy(found[0]), *_span(found, 0))
    for start, end in _around(text, "utex"):
        for found in _MUTEX.finditer(text, start, end):
            group = found.lastgroup or ""
            yield Value(ArtefactType.MUTEX, _tidy(found[group]), *_span(found, group))


def _around(text: str, sign: str) -> Iterator[tuple[int, int]]:
    """Yield the lines that hold a sign, of very long ones what is around it; none overlaps another."""
    done = 0
    at = text.find(sign)
    while at >= 0:
        start = max(text.rfind("\n", max(at - _BEHIND, done), at) + 1, at - _BEHIND, done)
        stop = text.find("\n", at, at + _AHEAD)
        done = stop if stop >= 0 else min(at + _AHEAD, len(text))
        yield start, done
        at = text.find(sign, done)


def _tidy(written: str) -> str:
    """Return an artefact with single backslashes, without the punctuation of the sentence around it."""
    start = "\\\\" if written.startswith("\\\\") else ""
    return start + re.sub(r"\\+", r"\\", written[len(start) :]).rstrip(".,;:!)]* ")


def _span(found: re.Match[str], group: str | int) -> tuple[int, int]:
    """Return the span of a group without the punctuation that `_tidy` takes away."""
    return found.start(group), found.start(group) + len(found[group].rstrip(".,;:!)]* "))
