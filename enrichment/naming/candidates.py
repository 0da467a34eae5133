"""Find in a restored text the places that look like a value, and say which form each has.

Two steps, because most words of a text are no value: the text is split into words and each gets a cheap
test; only the words that pass are read with one alternation of all forms. What a form really is (a file
name or a domain, a version or an address) is for `enrichment.naming.values`.

Every form begins where a run of its signs begins and is bounded in length, so that the work grows with
the length of the text only, whatever the text is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

BLOCK = 32_768  # signs split at a time
LONG = 25  # signs: a longer word may be a hash or a Bitcoin address
# Each branch begins with one sign, for which the engine skips ahead.
_LIKELY = re.compile(
    r"\.(?:[^\W\d]|\d{1,3}\.\d)|@\w|:[0-9a-fA-F:/]|-\d{4}-\d|T[A0-9]\d{3}|S[01]\d{3}|G[01]\d{3}"
)


class Form(StrEnum):
    """How a candidate is written; the names are those of the groups below."""

    URL = "url"
    CVE = "cve"
    EMAIL = "email"
    IPV4 = "ipv4"  # or a version
    NAME = "name"  # labels with dots between: a domain, a file, a class
    IPV6 = "ipv6"
    HASH = "hash"
    BITCOIN = "bitcoin"
    ATTACK = "attack"


_SPACE = re.compile(r"\s")
_BY_NAME = {form.value: form for form in Form}
_FORMS = re.compile(
    r"""
    (?<![0-9A-Za-z])(?:  # every form begins where a word does: tested once for all of them
    (?P<hash>[0-9a-f]{128}|[0-9a-f]{64}|(?:[0-9a-f]{40}|[0-9a-f]{32})(?!\.\w))(?![0-9A-Za-z@])
  | (?P<url>(?:https?|ftp)://(?:\[[0-9a-f:.]{2,45}\])?[^\s<>"'`|\\^{}\[\]\u201c\u201d\u00ab\u00bb]{1,8000})
  | (?P<cve>CVE[-_\u2010-\u2014]\d{4}[-_\u2010-\u2014]\d{4,19})(?!\d)
  | (?<![\w-])(?P<attack>(?:TA|[TSG])\d{4}(?:\.\d{3})?)(?!\.?\w)
  | (?<![\w.+%-])(?P<email>[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,126}[\w-]{2,63})
  | (?<![\w:.])(?P<ipv6>(?=[0-9a-f]{0,4}:[0-9a-f]{0,4}:)[0-9a-f:.]{2,45}(?:/\d{1,3})?)(?![\w:])
  | (?<![\w.-])[.-]{0,3}(?:(?P<ipv4>[0-9]{1,3}(?:\.[0-9]{1,3}){3})|(?P<name>\w[\w-]{0,62}(?:\.[\w-]{1,63}){0,126}\.[^\W\d_][\w-]{0,61}\w?))
      (?!\.?\w)(?P<rest>(?::\d{1,5})?/[^\s<>"'`|\\^{}\[\],;\u201c\u201d\u00ab\u00bb]{0,8000})?
  | (?P<bitcoin>bc1[02-9ac-hj-np-z]{11,71}|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?![0-9A-Za-z])
    )""",
    re.IGNORECASE | re.VERBOSE,
)


class Candidate(NamedTuple):
    """One place, half-open, in the restored text. `rest` is what follows a name without a space and
    makes it a URL without a scheme: a port and a path, or a network's length.
    """

    form: Form
    start: int
    end: int
    text: str
    rest: str = ""


def candidates(text: str) -> Iterator[Candidate]:
    """Yield the candidates of a text in their order, none inside another."""
    words = [word for block in _blocks(text) for word in _likely(block)]
    # Read as one text of those words alone; `starts` says where each begins there, `origins` where it stood.
    starts, origins = _where(words, text)
    for found in _FORMS.finditer("\n".join(words)):
        name, rest = found.lastgroup or "", ""
        if name == "rest":
            name, rest = "ipv4" if found["ipv4"] else "name", found["rest"]
        start, end = found.span(name)
        word = bisect_right(starts, start) - 1
        shift = origins[word] - starts[word]
        yield Candidate(_BY_NAME[name], start + shift, end + shift, found[name], rest)


def _blocks(text: str) -> Iterator[str]:
    """Yield a text in pieces that end between words: a million words at once would cost twice the time."""
    start = 0
    while start < len(text):
        space = _SPACE.search(text, start + BLOCK)
        end = space.end() if space else len(text)
        yield text[start:end]
        start = end


def _likely(text: str) -> list[str]:
    """Return the words that may be a value; neither a hash nor a Bitcoin address is of letters only."""
    likely = _LIKELY.search
    return [
        word
        for word in text.split()
        if not word.isalpha() and (len(word) > LONG or (not word[:-1].isalpha() and likely(word)))
    ]


def _where(words: list[str], text: str) -> tuple[list[int], list[int]]:
    """Return where words begin when written one a line, and where each stood in the text, in its order.

    What is found is each very word: an earlier one that holds the same signs would be among them.
    """
    starts, origins = [], []
    here = at = 0
    for word in words:
        at = text.find(word, at)
        starts.append(here)
        origins.append(at)
        here += len(word) + 1
        at += len(word)
    return starts, origins
