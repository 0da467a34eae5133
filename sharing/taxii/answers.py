"""Write the resources of TAXII 2.1 (§§ 4 and 5): what a request is answered with, and why it is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import orjson

from records import TLP
from sharing.formats import stix21
from sharing.taxii.index import Index
from sharing.taxii.snapshot import Collection

MEDIA_TYPE = "application/taxii+json;version=2.1"
MOST_POSTED = 1  # byte: nothing can be added, and an API root must say how much could (§ 4.2.1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: a status, a body of JSON, and headers beside the usual ones; a header may come twice."""

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    headers: Sequence[tuple[str, str]] = field(default=())


class RefusedError(Exception):
    """A request that is not answered; the text is one sentence for who sent it."""

    def __init__(self, status: HTTPStatus, sentence: str, headers: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(sentence)
        self.status, self.headers = status, headers


@dataclass(frozen=True, slots=True)
class Page:
    """Some objects of an index, by position, in the order in which they were added; `next` is the cursor to what
    follows, empty where nothing does.
    """

    index: Index
    positions: Sequence[int]
    next: str = ""


def error(refused: RefusedError) -> Answer:
    """Return an error message (§ 3.6.1)."""
    body = {
        "title": refused.status.phrase,
        "description": str(refused),
        "http_status": str(refused.status.value),
    }
    return Answer(orjson.dumps(body), refused.status, refused.headers)


def discovery(title: str, contact: str, roots: Sequence[str]) -> Answer:
    """Return the discovery resource (§ 4.1.1); `roots` are addresses, from the most open to the most closed."""
    body: dict[str, object] = {"title": title}
    if contact:
        body["contact"] = contact
    return Answer(orjson.dumps(body | {"default": roots[0], "api_roots": list(roots)}))


def root(title: str, tlp: TLP) -> Answer:
    """Return the information on an API root (§ 4.2.1)."""
    body = {
        "title": f"{title} (TLP:{tlp.label})",
        "versions": [MEDIA_TYPE],
        "max_content_length": MOST_POSTED,
    }
    return Answer(orjson.dumps(body))


def collections(found: Sequence[Collection]) -> Answer:
    """Return the collections of an API root (§ 5.1.1); none is an empty object."""
    return Answer(orjson.dumps({"collections": [_described(one) for one in found]} if found else {}))


def collection(found: Collection) -> Answer:
    """Return one collection (§ 5.2.1)."""
    return Answer(orjson.dumps(_described(found)))


def envelope(page: Page) -> Answer:
    """Return objects, as they stand in the file (§ 3.7)."""
    return _resource("objects", page, b",".join(map(page.index.text, page.positions)))


def manifest(page: Page) -> Answer:
    """Return what is said of objects in place of them (§ 5.3.1)."""
    records = [
        {
            "id": page.index.id(place),
            "date_added": date_added(page.index.added(place)),
            "version": version(page.index.added(place)),
            "media_type": stix21.MEDIA_TYPE,
        }
        for place in page.positions
    ]
    return _resource("objects", page, orjson.dumps(records)[1:-1])


def versions(page: Page) -> Answer:
    """Return the versions of an object (§ 5.8.1): the last one, older ones are not kept."""
    found = [version(page.index.added(place)) for place in page.positions]
    return _resource("versions", page, orjson.dumps(found)[1:-1])


def date_added(added: int) -> str:
    """Write an instant, in microseconds since 1970, with all of them (§ 3.3)."""
    return _instant(added).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def version(added: int) -> str:
    """Write an instant as the format writes `modified`: with milliseconds."""
    return _instant(added).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _described(found: Collection) -> Mapping[str, object]:
    """Describe a collection; the name of a profile may stand for its identifier in addresses."""
    named = {"alias": found.profile} if found.profile else {}
    return {
        "id": found.id,
        "title": f"Indicateurs\u00a0: {found.profile}" if found.profile else "Indicateurs",
        **named,
        "can_read": True,
        "can_write": False,
        "media_types": [stix21.MEDIA_TYPE],
    }


def _resource(name: str, page: Page, items: bytes) -> Answer:
    """Return a list with where it goes on, and between which dates its objects were added (§ 3.4); none is `{}`."""
    if not page.positions:
        return Answer(b"{}")
    more = b'"more":true,"next":%b' % orjson.dumps(page.next) if page.next else b'"more":false'
    first, last = page.positions[0], page.positions[-1]
    headers = (
        ("X-TAXII-Date-Added-First", date_added(page.index.added(first))),
        ("X-TAXII-Date-Added-Last", date_added(page.index.added(last))),
    )
    return Answer(b'{%b,"%b":[%b]}' % (more, name.encode(), items), headers=headers)


def _instant(added: int) -> datetime:
    return _EPOCH + timedelta(microseconds=added)
