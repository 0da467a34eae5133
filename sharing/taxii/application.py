"""Answer the requests of TAXII 2.1 (OASIS Standard, 10 June 2021) as a WSGI application (PEP 3333).

`/taxii2/` is discovery; each TLP label up to the audience of the lists is an API root: `/clear/` for everyone,
`/green/`, `/amber/`, … for readers with a secret. Whatever would write is refused (`can_write` is false).
"""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from records import TLP
from sharing.taxii import answers
from sharing.taxii.access import CHALLENGES, Reader, reach
from sharing.taxii.answers import MEDIA_TYPE, Answer, RefusedError
from sharing.taxii.filters import Wanted, page_of, wanted
from sharing.taxii.index import key_of
from sharing.taxii.snapshot import Collection, Lists, Snapshot

DISCOVERY = "taxii2"
ROOTS = {tlp.label.lower().replace("+", "-"): tlp for tlp in TLP}

_PAGING = frozenset({"added_after", "limit", "next", "match[spec_version]"})
_OBJECT = _PAGING | {"match[version]"}  # § 5.6
_OBJECTS = _OBJECT | {"match[id]", "match[type]"}  # §§ 5.3 and 5.4
_ACCEPTED = re.compile(r"application/taxii\+json(?:;version=\"?2\.1\"?)?|application/\*|\*/\*")
_NO_WEIGHT = re.compile(r";q=0(?:\.0*)?$")

_log = logging.getLogger("vigie.taxii")


@dataclass(frozen=True, slots=True)
class About:
    """What the server says of itself. `address` stands before the paths of API roots in discovery, such as
    `https://taxii.example.org`; without it they are relative, which the standard allows (§ 4.1.1).
    """

    title: str = "Vigie"
    contact: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that may be answered: its method, its path in parts, its query, how far it may see, and the release."""

    method: str
    parts: tuple[str, ...]
    query: str
    reach: TLP
    snapshot: Snapshot


class Application:
    """The WSGI application. Each request is answered from the release that is the newest when it comes."""

    def __init__(self, lists: Lists, readers: Sequence[Reader] = (), about: About | None = None) -> None:
        self._lists, self._readers, self._about = lists, readers, about or About()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; nothing of its body is read."""
        try:
            answer = self._answer(environ)
        except RefusedError as refused:
            answer = answers.error(refused)
        except OSError:
            _log.exception("taxii: an object could not be read")
            sentence = "the released lists cannot be read; try again later"
            answer = answers.error(RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, sentence))
        caching = "no-store" if environ.get("HTTP_AUTHORIZATION") else "no-cache"
        headers = [
            ("Content-Type", MEDIA_TYPE),
            ("Content-Length", str(len(answer.body))),
            ("Cache-Control", caching),
            ("Vary", "Accept, Authorization"),
            ("X-Content-Type-Options", "nosniff"),
            *answer.headers,
        ]
        start_response(f"{answer.status.value} {answer.status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        """Return the answer; refusals come in the order: who asks, what for, how it is asked for."""
        asked = self._asked(environ)
        resource = self._resource(asked)
        _require_reading(asked, environ.get("CONTENT_TYPE", ""))
        _require_accepted(environ.get("HTTP_ACCEPT", ""))
        return resource()

    def _asked(self, environ: WSGIEnvironment) -> _Asked:
        """Return the request once it is known who asks; raises `RefusedError` 401, 404 or 503."""
        parts = tuple(environ.get("PATH_INFO", "").removeprefix("/").removesuffix("/").split("/"))
        seen = reach(environ.get("HTTP_AUTHORIZATION", ""), self._readers)
        root = ROOTS.get(parts[0], TLP.CLEAR)
        if seen is None or (root > TLP.CLEAR and not environ.get("HTTP_AUTHORIZATION")):
            challenges = [("WWW-Authenticate", challenge) for challenge in CHALLENGES]
            sentence = "this is for readers with a secret: send it as a bearer token, or as a password with your name"
            raise RefusedError(HTTPStatus.UNAUTHORIZED, sentence, challenges)
        snapshot = self._lists.current()
        if snapshot is None:
            sentence = "no release has been published yet; try again later"
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, sentence, [("Retry-After", "60")])
        if parts[0] in ROOTS and root > min(seen, snapshot.audience):
            raise _missing("API root")
        return _Asked(environ["REQUEST_METHOD"], parts, environ.get("QUERY_STRING", ""), seen, snapshot)

    def _resource(self, asked: _Asked) -> Callable[[], Answer]:
        """Return what answers a path; raises `RefusedError` 404 where nothing does."""
        if asked.parts == (DISCOVERY,):
            return lambda: self._discovery(asked)
        tlp = ROOTS.get(asked.parts[0])
        if tlp is None:
            raise _missing("API root")
        match asked.parts[1:]:
            case ():
                return lambda: answers.root(self._about.title, tlp)
            case ("collections",):
                return lambda: answers.collections(asked.snapshot.below(tlp))
            case ("collections", name, *rest):
                return _in_collection(_named(asked.snapshot.below(tlp), name), tuple(rest), asked.query)
            case ("status", _):
                raise _missing("status: nothing can be added here, so there is no request to tell of")
            case _:
                raise _missing("resource")

    def _discovery(self, asked: _Asked) -> Answer:
        """Name the API roots that the reader may see."""
        furthest = min(asked.reach, asked.snapshot.audience)
        roots = [f"{self._about.address}/{name}/" for name, tlp in ROOTS.items() if tlp <= furthest]
        return answers.discovery(self._about.title, self._about.contact, roots)


def _in_collection(found: Collection, rest: tuple[str, ...], query: str) -> Callable[[], Answer]:
    """Return what answers a path below a collection."""

    def asking(resource: str, known: frozenset[str]) -> Wanted:
        return wanted(query, f"{found.id}/{resource}", known)

    match rest:
        case ():
            return lambda: answers.collection(found)
        case ("objects",):
            return lambda: answers.envelope(page_of(found.index, asking("objects", _OBJECTS)))
        case ("manifest",):
            return lambda: answers.manifest(page_of(found.index, asking("manifest", _OBJECTS)))
        case ("objects", name):
            key = _object(found, name)
            return lambda: answers.envelope(page_of(found.index, asking(name, _OBJECT), key))
        case ("objects", name, "versions"):
            key = _object(found, name)
            return lambda: answers.versions(page_of(found.index, asking(f"{name}/versions", _PAGING), key))
        case _:
            raise _missing("resource")


def _named(offered: Sequence[Collection], name: str) -> Collection:
    """Return the collection of an identifier or alias."""
    for one in offered:
        if name and name in (one.id, one.profile):
            return one
    raise _missing("collection")


def _object(found: Collection, name: str) -> bytes:
    """Return the packed identifier of an object that the collection holds."""
    key = key_of(name)
    if key is None or found.index.found(key) is None:
        raise _missing("object")
    return key


def _require_reading(asked: _Asked, content_type: str) -> None:
    """Refuse what would write: with 403 where a collection could be written to by others (§§ 5.5 and 5.7)."""
    if asked.method in ("GET", "HEAD"):
        return
    below = asked.parts[3:] if asked.parts[1:2] == ("collections",) else ()
    posts = asked.method == "POST" and below == ("objects",)
    if posts and content_type.replace(" ", "").lower() != MEDIA_TYPE:
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"a body is read as {MEDIA_TYPE} only")
    if posts or (asked.method == "DELETE" and len(below) == 2 and below[0] == "objects"):
        raise RefusedError(HTTPStatus.FORBIDDEN, "this collection can be read only, as its can_write says")
    sentence = "this resource can be read only; use GET"
    raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, sentence, [("Allow", "GET, HEAD")])


def _require_accepted(accept: str) -> None:
    """Refuse a request that takes no answer of TAXII 2.1 (§ 1.6.8); one that says nothing takes any."""
    ranges = [part.replace(" ", "").lower() for part in accept.split(",")]
    for part in ranges:
        kind = re.sub(r";q=[0-9.]+$", "", part)
        if not _NO_WEIGHT.search(part) and (not accept.strip() or _ACCEPTED.fullmatch(kind)):
            return
    raise RefusedError(HTTPStatus.NOT_ACCEPTABLE, f"this server answers in {MEDIA_TYPE}; accept it")


def _missing(what: str) -> RefusedError:
    return RefusedError(HTTPStatus.NOT_FOUND, f"there is no such {what}, or it is not for you")
