"""Read a STIX pattern as the one observable it stands for (STIX 2.1 § 9)."""

import re

from stix2patterns.exceptions import ParseException
from stix2patterns.v21.pattern import Pattern

from records import Observable, ObservableType, observable

MAX_PARSED = 2_000  # characters; the grammar is slow, and nothing longer is one simple comparison

_VALUES = {
    "ipv4-addr": ObservableType.IPV4,
    "ipv6-addr": ObservableType.IPV6,
    "domain-name": ObservableType.DOMAIN,
    "url": ObservableType.URL,
    "email-addr": ObservableType.EMAIL,
}
_HASHES = {
    "MD5": ObservableType.MD5,
    "SHA1": ObservableType.SHA1,
    "SHA-1": ObservableType.SHA1,
    "SHA256": ObservableType.SHA256,
    "SHA-256": ObservableType.SHA256,
}
# The one shape that nearly all indicators have; anything else goes to the grammar.
_SIMPLE = re.compile(
    r"\[ *(?:(?P<type>ipv4-addr|ipv6-addr|domain-name|url|email-addr):value"
    r"|file:hashes\.(?:'(?P<quoted>MD5|SHA-?1|SHA-?256)'|(?P<hash>MD5|SHA1|SHA256)))"
    r" *= *'(?P<text>(?:[^'\\]|\\['\\])*)' *\]"
)
_ESCAPED = re.compile(r"\\(['\\])")


def single_observable(pattern: str) -> Observable:
    """Return the observable of a pattern that is one equality on a value or file hash we exchange.

    Raises `ValueError` with the reason for any other pattern: compound, of another object, wrong.
    """
    kind, property_name, literal = simple_comparison(pattern) or parsed_comparison(pattern)
    found = _VALUES.get(kind) if property_name == "value" else None
    if kind == "file":
        found = _HASHES.get(property_name.upper())
    if found is None:
        raise ValueError(f"the pattern is not a single observable we exchange: {pattern[:120]!r}")
    try:
        return observable(found, literal)
    except ValueError as error:
        raise ValueError(f"{pattern[:120]!r}: {error}") from error


def simple_comparison(pattern: str) -> tuple[str, str, str] | None:
    """Return object, property (`value`, or a hash's name) and text of the usual shape, else `None`.

    Agrees with the grammar wherever it returns something (tested), at a hundredth of its cost.
    """
    match = _SIMPLE.fullmatch(pattern)
    if match is None:
        return None
    literal = _ESCAPED.sub(r"\1", match["text"])
    if match["type"]:
        return match["type"], "value", literal
    return "file", match["quoted"] or match["hash"], literal


def parsed_comparison(pattern: str) -> tuple[str, str, str]:
    """Return object, property and text of a pattern that the grammar reads as one equality.

    Raises `ValueError` where it is no valid pattern, or another one.
    """
    if len(pattern) > MAX_PARSED:
        raise ValueError(f"the pattern is not a single observable: it has {len(pattern)} characters")
    try:
        read = Pattern(pattern).inspect()
    except (ParseException, RecursionError) as error:
        raise ValueError(f"not a STIX pattern: {pattern[:120]!r}") from error
    comparisons = [(kind, *one) for kind, found in read.comparisons.items() for one in found]
    kind, path, operator, literal = comparisons[0] if len(comparisons) == 1 else ("", [], "", "")
    single = operator in ("=", "==") and literal.startswith("'") and not read.qualifiers
    if not single or "EXISTS" in pattern.replace(literal, ""):  # the inspector does not report EXISTS
        raise ValueError(f"the pattern is not a single observable: {pattern[:120]!r}")
    names = [str(step) for step in path]
    hashed = kind == "file" and len(names) == 2 and names[0] == "hashes"
    return kind, names[1] if hashed else ".".join(names), _ESCAPED.sub(r"\1", literal[1:-1])
