"""Read a STIX pattern as the observables it stands for (STIX 2.1 § 9).

A pattern that is a choice of values is as many observables. AND is read where it still describes one
thing: hashes and size of one file, or address, type and port of one end of a connection. A file's name
beside its hash is refused: a renamed copy of a system's own tool is bad by its name only. The port is
dropped, as that of MISP's `ip-dst|port` is.
"""

import re
from typing import NamedTuple

from collectors.reading.stix_grammar import TEXT, Comparison, Joined, alternatives, unescaped
from records import Observable, ObservableType, observable

_TYPES = {
    "ipv4-addr": ObservableType.IPV4,
    "ipv6-addr": ObservableType.IPV6,
    "domain-name": ObservableType.DOMAIN,
    "url": ObservableType.URL,
    "email-addr": ObservableType.EMAIL,
}
_PATHS = {
    **{f"{name}:value": kind for name, kind in _TYPES.items()},
    "email-message:from_ref.value": ObservableType.EMAIL,
    "email-message:sender_ref.value": ObservableType.EMAIL,
}
_HASHES = {"MD5": ObservableType.MD5, "SHA1": ObservableType.SHA1, "SHA256": ObservableType.SHA256}
_OTHER_HASHES = frozenset(
    ["SHA224", "SHA384", "SHA512", "SHA3256", "SHA3512", "SSDEEP", "TLSH", "IMPHASH", "VHASH", "AUTHENTIHASH"]
)
_NETWORKS = frozenset({ObservableType.IPV4, ObservableType.IPV6})
_ENDS = frozenset({"ipv4-addr", "ipv6-addr", "domain-name"})

# The one shape that nearly all indicators have, read without the rest of this module.
_USUAL = re.compile(
    r"\[ *(?:(?P<type>ipv4-addr|ipv6-addr|domain-name|url|email-addr):value"
    r"|file:hashes\.(?:'(?P<quoted>MD5|SHA-?1|SHA-?256)'|(?P<hash>MD5|SHA1|SHA256)))"
    rf" *= *{TEXT} *\]"
)


class Values(NamedTuple):
    """What a pattern is a choice of: its observables, once each; how many of its alternatives are
    something else (`left_out`); and why others are no such observable, empty where all are.
    """

    found: list[Observable]
    left_out: int = 0
    refused: str = ""


def read_pattern(pattern: str) -> Values:
    """Return the values of a pattern; raises `ValueError` with the reason where there is not one."""
    usual = _USUAL.fullmatch(pattern)
    if usual is not None:
        return Values([_observable(pattern, *_usual(usual))])
    found: list[Observable] = []
    refused: list[str] = []
    read = alternatives(pattern)
    stated = [_values(joined) for joined in read]
    for kind, value in (one for values in stated for one in values):
        try:
            found.append(_observable(pattern, kind, value))
        except ValueError as error:
            refused.append(str(error))
    more = f" (and {len(refused) - 1} more of its values)" if len(refused) > 1 else ""
    reason = f"{refused[0]}{more}" if refused else ""
    if not found:
        raise ValueError(reason or _reason(pattern, read[0]))
    return Values(list(dict.fromkeys(found)), stated.count([]), reason)


def _usual(match: re.Match[str]) -> tuple[ObservableType, str]:
    name = match["type"]
    kind = _TYPES[name] if name else _HASHES[(match["quoted"] or match["hash"]).replace("-", "")]
    return kind, unescaped(match["text"])


def _observable(pattern: str, kind: ObservableType, value: str) -> Observable:
    try:
        return observable(kind, value)
    except ValueError as error:
        raise ValueError(f"{pattern[:120]!r}: {error}") from error


def _reason(pattern: str, joined: Joined) -> str:
    """Say what is asked for instead of an observable."""
    paths = " AND ".join(f"{one.path} {one.operator} …" for one in joined[:5])
    return f"the pattern is not an observable we exchange ({paths[:200]}): {pattern[:120]!r}"


def _values(joined: Joined) -> list[tuple[ObservableType, str]]:
    """Return the observables of one alternative, as written; none where it is something else."""
    values = {one.path: one for one in joined}
    if len(values) < len(joined):
        return []
    return _single(values) or _file(values) or _end_of_connection(values)


def _single(values: dict[str, Comparison]) -> list[tuple[ObservableType, str]]:
    (path, one), *others = values.items()
    kind = _PATHS.get(path)
    if others or kind is None or (one.operator != "=" and kind not in _NETWORKS):
        return []
    return [(kind, one.value)]


def _file(values: dict[str, Comparison]) -> list[tuple[ObservableType, str]]:
    """Return each hash that we exchange of a file described by nothing but hashes and its size."""
    found = []
    for path, one in values.items():
        holder, _, name = path.rpartition(".")
        algorithm = name.upper().replace("-", "") if holder == "file:hashes" else ""
        if one.operator != "=" or not (
            algorithm in _HASHES or algorithm in _OTHER_HASHES or path == "file:size"
        ):
            return []
        if algorithm in _HASHES:
            found.append((_HASHES[algorithm], one.value))
    return found


def _end_of_connection(values: dict[str, Comparison]) -> list[tuple[ObservableType, str]]:
    """Return the address or domain at one end of a connection, whose type must be stated."""
    for end in ("src", "dst"):
        kind, value = (values.get(f"network-traffic:{end}_ref.{name}") for name in ("type", "value"))
        port = f"network-traffic:{end}_port"
        if kind and value and len(values) == 2 + (port in values) and kind.operator == "=":
            return _single({f"{kind.value}:value": value}) if kind.value in _ENDS else []
    return []
