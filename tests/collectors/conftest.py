"""What the tests of the kinds share: a source and a document of one, and the records as readable JSON."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from hashlib import sha256

import orjson
import pytest
from hypothesis import strategies as st

from records import Document, Marking, Record, Rejected, Request, Source

RECEIVED_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)

MakeSource = Callable[..., Source]
MakeDocument = Callable[..., Document]
Readable = Callable[[Iterable[Record | Rejected | Request]], list[object]]

HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["http://[", "9999-12-31T23:59:59-14:00", "CVE-2025-0001", "<p", "\x00", "&#0;"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="session")
def make_source() -> MakeSource:
    """Make a source of a kind: `make_source("kev", options={…})`."""

    def make(kind: str, **values: object) -> Source:
        start = {"id": "example", "name": "Example", "url": f"https://example.org/{kind}"}
        return Source(**{**start, "kind": kind, **values})  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def make_document() -> MakeDocument:
    """Make a document of a source as received at one fixed instant: `make_document(source, body)`."""

    def make(source: Source, body: bytes, url: str = "") -> Document:
        return Document(
            source_id=source.id,
            url=url or source.url,
            received_at=RECEIVED_AT,
            media_type="application/octet-stream",
            digest=sha256(body).hexdigest(),
            body=body,
        )

    return make


@pytest.fixture(scope="session")
def readable() -> Readable:
    """Write records as JSON values a person can review: type first, empty fields left out."""

    def write(records: Iterable[Record | Rejected | Request]) -> list[object]:
        return [{"type": type(record).__name__, **_fields(record)} for record in records]

    return write


@pytest.fixture(scope="session")
def damaged() -> Callable[[bytes, st.DataObject], bytes]:
    """Put something else in one place of a JSON document: `damaged(body, data)`, with hypothesis' data."""

    def damage(value: object, data: st.DataObject) -> object:
        places = (
            list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        )
        if not places or data.draw(st.integers(0, 5)) == 0:
            return data.draw(HOSTILE)
        place = data.draw(st.sampled_from(places))
        value[place] = damage(value[place], data)  # type: ignore[index]
        return value

    return lambda body, data: orjson.dumps(damage(orjson.loads(body), data))


def _fields(record: object) -> dict[str, object]:
    """Return the fields of a dataclass that are neither empty nor `None`, nor an ordinary request's."""
    pairs = ((field.name, getattr(record, field.name)) for field in fields(record))  # type: ignore[arg-type]
    return {
        name: _json(value)
        for name, value in pairs
        if value is not None
        and value != ""
        and value != ()
        and not (value is False and name in ("once", "optional"))
    }


def _json(value: object) -> object:
    """Return one field's value as JSON: labels for markings, RFC 3339 for instants."""
    if isinstance(value, Marking):
        return f"TLP:{value.tlp.label} PAP:{value.pap.name}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if is_dataclass(value):
        return _fields(value)
    return value
