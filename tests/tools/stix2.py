"""The libraries of OASIS: stix2, which reads the whole bundle, and its validator."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from itertools import islice
from pathlib import Path

import orjson

from records import Observable, ObservableType
from sharing.formats import format_named
from tests.tools import RefusedError, Stopped

NAME, PACKAGE, FORMAT = "stix2 and stix2-validator", "stix2, stix2-validator (Python)", "stix21"
FILES = tuple(sorted(format_named("stix21").files))
TYPES = frozenset(ObservableType)
_VALIDATED = 2_000  # objects; the validator takes 3 ms each, so of a long list it sees the first ones
_LEFT_OUT = "uuid-check,indicator-properties"  # § 2.9 allows UUIDv5; a description would say nothing new
_PATHS = {  # object paths of STIX 2.1 § 9.7
    ObservableType.DOMAIN: "domain-name:value",
    ObservableType.EMAIL: "email-addr:value",
    ObservableType.IPV4: "ipv4-addr:value",
    ObservableType.IPV4_NET: "ipv4-addr:value",
    ObservableType.IPV6: "ipv6-addr:value",
    ObservableType.IPV6_NET: "ipv6-addr:value",
    ObservableType.MD5: "file:hashes.MD5",
    ObservableType.SHA1: "file:hashes.'SHA-1'",
    ObservableType.SHA256: "file:hashes.'SHA-256'",
    ObservableType.URL: "url:value",
}
_NETWORKS = frozenset({ObservableType.IPV4_NET, ObservableType.IPV6_NET})


def version() -> str | None:
    """Return the installed versions, of which both are needed."""
    try:
        return f"{installed('stix2')}, {installed('stix2-validator')}"
    except PackageNotFoundError:
        return None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Read the bundle; an item is stopped where an indicator that is not revoked has the pattern of the library."""
    import stix2

    text = (lists / FILES[0]).read_text("utf-8")
    _validate(text)
    try:
        objects = stix2.parse(text).objects
    except (stix2.exceptions.STIXError, ValueError) as error:
        raise RefusedError(f"stix2: {error}") from error
    patterns = {one.pattern for one in objects if one.type == "indicator" and not one.revoked}

    def stopped(items: Iterable[Observable]) -> frozenset[Observable]:
        return frozenset(item for item in items if pattern_of(item) in patterns)

    yield stopped


def pattern_of(item: Observable) -> str:
    """Return the pattern that the library writes for an item."""
    import stix2

    compared = (
        stix2.IsSubsetComparisonExpression if item.type in _NETWORKS else stix2.EqualityComparisonExpression
    )
    return str(stix2.ObservationExpression(compared(_PATHS[item.type], stix2.StringConstant(item.value))))


def _validate(text: str) -> None:
    """Validate the bundle strictly, cut after its first objects; raises `RefusedError`."""
    import stix2validator

    bundle = orjson.loads(text)
    bundle["objects"] = list(islice(bundle["objects"], _VALIDATED))
    options = stix2validator.ValidationOptions(
        version="2.1", strict=True, strict_types=True, strict_properties=True, disabled=_LEFT_OUT
    )
    result = stix2validator.validate_string(orjson.dumps(bundle).decode(), options)
    if not result.is_valid:
        raise RefusedError(f"stix2-validator: {'; '.join(str(error) for error in result.errors[:5])}")
