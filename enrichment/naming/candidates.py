"""Find in a restored text the places that look like a value, and say which form each has.

Two steps, because most words of a text are no value: one look at the whole text finds the words that may
hold one; only these are read with one alternation of all forms, each once however often the text repeats it.
What a form really is (a file name or a domain, a version or an address) is for `enrichment.naming.values`.

Every form begins where a run of its signs begins and is bounded in length, so that the work grows with
the length of the text only, whatever the text is.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from enrichment.naming.suffixes import is_top_level

# A sign that most words lack, for which the engine skips ahead; what must stand around it; the rest of its word.
_LIKELY = re.compile(
    r"[.@:0-9](?!\s)(?:"
    r"(?<=\.)(?:[^\W\d]|[0-9]{1,3}\.[0-9])|(?<=@)\w|(?<=:)[0-9a-fA-F:/]|(?<=[0-9])(?:"
    r"[0-9]{3}(?:(?<=T....)|(?<=TA....)|(?<=[SG][01]...)|(?<=[-_\u2010-\u2014]....)[-_\u2010-\u2014])"
    r"|[0-9A-Za-z]{6}"  # of a hash or a Bitcoin address: neither is of letters only
    r"))\S*"
)
_SHORTEST_INSIDE = len("CVE-2024-1234")  # of what a label of a name may be itself


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
    known: dict[str, list[Candidate]] = {}
    for at, word in _likely(text):
        held = known.get(word)
        if held is None:
            held = known[word] = _held(word)
        for form, start, end, written, rest in held:
            yield Candidate(form, at + start, at + end, written, rest)


def _likely(text: str) -> Iterator[tuple[int, str]]:
    """Yield the words that may hold a value, each with where it begins."""
    done = 0
    for found in _LIKELY.finditer(text):
        start, end = found.span()
        before = text[done:start]
        if before and not before[-1].isspace():
            start -= len(before.rsplit(None, 1)[-1])
        yield start, text[start:end]
        done = end


def _held(word: str) -> list[Candidate]:
    """Return the candidates of a word, each with its place there."""
    held = []
    for found in _FORMS.finditer(word):
        name, rest = found.lastgroup or "", ""
        if name == "rest":
            name, rest = "ipv4" if found["ipv4"] else "name", found["rest"]
        written = found[name]
        if name != "name" or len(written) >= _SHORTEST_INSIDE or is_top_level(written.rpartition(".")[2]):
            held.append(Candidate(_BY_NAME[name], *found.span(name), written, rest))
    return held
