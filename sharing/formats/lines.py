"""Keep what outsiders wrote on the line where it belongs.

The archive keeps canonical values only, yet a format does not rely on it: what it writes is parsed by
firewalls line by line, and a value that reaches the next line blocks something else.
"""

from datetime import UTC, datetime
from functools import lru_cache

from records import Observable

MAX_LABELS = 50  # per indicator; with MAX_LABEL far below the 131 072 characters of a CSV reader's cell
MAX_LABEL = 200  # characters


def is_one_word(item: Observable) -> bool:
    """Say whether a value is one printable word: nothing in it ends a line, a field or a word.

    Control, format (bidirectional, zero-width) and surrogate characters and every kind of space are
    not printable (`str.isprintable`), except the plain space.
    """
    value = item.value
    return bool(value) and value.isprintable() and " " not in value


def one_line(text: str) -> str:
    """Return text with everything that is not printable replaced by a space, and no space around it."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else " " for sign in text)
    return text.strip()


@lru_cache(maxsize=4096)
def labels(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return an indicator's labels, each on one line and once, in their order.

    At most `MAX_LABELS` of at most `MAX_LABEL` characters: they are publishers' free text. The answer
    is kept, because thousands of indicators share a few sets of labels.
    """
    clean = (one_line(text[:MAX_LABEL]) for text in texts[:MAX_LABELS])
    return tuple(text for text in dict.fromkeys(clean) if text)


@lru_cache(maxsize=65_536)
def rfc3339(at: datetime, timespec: str = "seconds") -> str:
    """Write an instant in UTC with `Z` (RFC 3339), cut to `timespec` as `datetime.isoformat` has it.

    The answer is kept: a whole feed bears one instant, and writing instants is half of the work.
    """
    return at.astimezone(UTC).isoformat(timespec=timespec).removesuffix("+00:00") + "Z"
