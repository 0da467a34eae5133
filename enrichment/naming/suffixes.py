"""Say which part of a domain name anyone can register, by the public suffix list shipped beside this module.

The list (`public_suffixes.txt`, its origin and licence in its head) is data of the release and never
fetched: a name means the same on every machine. Its format: https://publicsuffix.org/list/.
"""

from functools import cache
from pathlib import Path


def registrable(name: str) -> str:
    """Return the registrable part of a canonical domain: a public suffix and the label before it.

    `name` is as `records.observable` writes it, lower-case ASCII. The result is empty where the name
    ends in no suffix of the list (the list's default rule `*` is not applied: an unknown ending is a
    file name or code far more often than a new top-level domain) and where the name is itself a suffix,
    as `co.uk` or a provider's shared zone.
    """
    rules, wildcards, exceptions = _rules()
    longer, tail = "", name
    while tail:  # the longest rule that matches wins
        if tail in exceptions:
            return tail
        parent = tail.partition(".")[2]
        if tail in rules or parent in wildcards:
            return longer
        longer, tail = tail, parent
    return ""


def is_top_level(label: str) -> bool:
    """Whether names can end in a label, in any case and script: a quick test before the name is read."""
    return not label.isascii() or label.lower() in _top_level()


@cache
def _top_level() -> frozenset[str]:
    rules, wildcards, _ = _rules()
    return frozenset(rule.rpartition(".")[2] for rule in rules | wildcards)


@cache
def _rules() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return plain rules, the parents of `*.` rules, and the names excepted by `!`, all in ASCII."""
    text = Path(__file__).with_name("public_suffixes.txt").read_text("utf-8")
    lines = [_ascii(line) for line in text.splitlines() if line and not line.startswith("//")]
    return (
        frozenset(line for line in lines if line[0] not in "*!"),
        frozenset(line[2:] for line in lines if line.startswith("*.")),
        frozenset(line[1:] for line in lines if line.startswith("!")),
    )


def _ascii(rule: str) -> str:
    return rule if rule.isascii() else rule.encode("idna").decode("ascii")
