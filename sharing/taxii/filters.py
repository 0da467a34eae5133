"""Read what a request asks for in its query (TAXII 2.1 § 3.4), and where its next page begins.

A cursor says which object came last, by date added and identifier, and not how many came before it: it stays right when
a release comes between two pages, and any process can go on from it. What was changed meanwhile comes again at the end.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus
from itertools import islice
from urllib.parse import parse_qsl

from sharing.taxii.answers import Page, RefusedError
from sharing.taxii.index import KEY, Index, instant_of, key_of

LARGEST_PAGE = 1_000  # objects, and what is given where no limit is asked for
LARGEST_QUERY = 65_536  # characters
MOST_FIELDS = 100
NEVER = -1  # no object was added or changed then

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?Z", re.ASCII)  # STIX 2.1 § 2.13
_LIMIT = re.compile(r"0*[1-9][0-9]*", re.ASCII)
_KEYWORDS = frozenset({"first", "last", "all"})  # of one version, each says that one
_CHECK = 6  # bytes
_CURSOR = 8 + KEY + _CHECK


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a collection is asked for: `None` leaves it open. `ids` are packed identifiers, `versions` and
    `added_after` microseconds since 1970. `scope` tells questions apart, whatever their limit and page.
    """

    added_after: int | None
    ids: frozenset[bytes] | None
    types: frozenset[str] | None
    versions: frozenset[int] | None
    limit: int
    last: tuple[int, bytes] | None
    scope: bytes


def wanted(query: str, resource: str, known: frozenset[str]) -> Wanted:
    """Read a query, of which the fields `known` have a meaning to `resource` and others are passed over.

    Raises `RefusedError` for what cannot be read: 400, or 414 for a query that is too long.
    """
    fields = {name: value for name, value in _fields(query).items() if name in known}
    asked = sorted((name, value) for name, value in fields.items() if name not in ("limit", "next"))
    scope = repr((resource, asked)).encode("utf-8", "surrogatepass")
    specs = _values(fields, "match[spec_version]")
    ids = _values(fields, "match[id]")
    versions = _versions(_values(fields, "match[version]"))
    after = fields.get("added_after")
    return Wanted(
        added_after=None if after is None else _instant("added_after", after),
        ids=None if ids is None else frozenset(filter(None, map(key_of, ids))),
        types=_values(fields, "match[type]"),
        versions=versions if specs is None or "2.1" in specs else frozenset({NEVER}),
        limit=_limit(fields.get("limit")),
        last=_cursor(fields["next"], scope) if fields.get("next") else None,
        scope=scope,
    )


def page_of(index: Index, asked: Wanted, only: bytes | None = None) -> Page:
    """Return the first page of what is asked for after the cursor; of the object `only`, if it is given."""
    start = 0 if asked.added_after is None else index.after(asked.added_after)
    if asked.last is not None:
        start = max(start, index.after(*asked.last))
    keys = asked.ids if only is None else frozenset({only})
    found = index.positions(start, kinds=asked.types, keys=keys, dates=asked.versions)
    places = list(islice(found, asked.limit + 1))
    if len(places) <= asked.limit:
        return Page(index, places)
    places.pop()
    return Page(index, places, _text(index.added(places[-1]), index.key(places[-1]), asked.scope))


def _fields(query: str) -> Mapping[str, str]:
    """Return the fields of a query; each may come once (§ 3.4)."""
    if len(query) > LARGEST_QUERY:
        raise RefusedError(
            HTTPStatus.REQUEST_URI_TOO_LONG,
            f"the query is longer than {LARGEST_QUERY} characters; ask for less",
        )
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise _bad(f"the query has more than {MOST_FIELDS} fields; ask for less") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise _bad(f"{_shown(name)} is given twice; write its values into one, with commas between them")
        fields[name] = value
    return fields


def _values(fields: Mapping[str, str], name: str) -> frozenset[str] | None:
    """Return the values of a field, any of which is asked for; an empty field asks for nothing."""
    if name not in fields:
        return None
    return frozenset(value.strip() for value in fields[name].split(","))


def _versions(values: frozenset[str] | None) -> frozenset[int] | None:
    if values is None or values & _KEYWORDS:
        return None
    return frozenset(_instant("match[version]", value) for value in values)


def _instant(name: str, text: str) -> int:
    """Read a timestamp, cut to the microsecond."""
    try:
        if not _TIMESTAMP.fullmatch(text):
            raise ValueError(text)
        whole, _, rest = text.removesuffix("Z").partition(".")
        return instant_of(f"{whole}.{rest[:6]:0<6}+00:00")
    except ValueError as error:
        words = "first, last, all or " if name == "match[version]" else ""
        raise _bad(
            f"{name}={_shown(text)} is not {words}a timestamp in UTC such as 2026-05-01T08:00:00.000Z"
        ) from error


def _limit(text: str | None) -> int:
    """Read a limit; more than the largest page is the largest page."""
    if text is None:
        return LARGEST_PAGE
    if not _LIMIT.fullmatch(text):
        raise _bad(f"limit={_shown(text)} is not a whole number from 1 on")
    digits = text.lstrip("0")
    return LARGEST_PAGE if len(digits) > len(str(LARGEST_PAGE)) else min(int(digits), LARGEST_PAGE)


def _text(added: int, key: bytes, scope: bytes) -> str:
    """Write a cursor."""
    place = added.to_bytes(8) + key
    return urlsafe_b64encode(place + _check(place, scope)).decode().rstrip("=")


def _cursor(text: str, scope: bytes) -> tuple[int, bytes]:
    """Read a cursor. It opens nothing that the request may not see, so it bears a check and no signature."""
    try:
        found = urlsafe_b64decode((text + "=" * (-len(text) % 4)).encode("ascii"))
    except ValueError:
        found = b""
    place = found[:-_CHECK]
    if len(found) != _CURSOR or found[-_CHECK:] != _check(place, scope):
        raise _bad(
            "next is not what the page before gave for these filters; repeat its value and the filters as they "
            "were, or begin anew without it"
        )
    return int.from_bytes(place[:8]), place[8:]


def _check(place: bytes, scope: bytes) -> bytes:
    return blake2b(place, digest_size=_CHECK, key=blake2b(scope, digest_size=32).digest()).digest()


def _bad(sentence: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, sentence)


def _shown(text: str) -> str:
    """Return a sender's text, short enough to be repeated."""
    return text if len(text) <= 60 else f"{text[:60]}…"
