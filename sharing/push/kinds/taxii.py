"""Add objects to a collection of a TAXII 2.1 server (OASIS Standard, 10 June 2021, § 5.4 and § 4.3).

`url` is the collection's: `https://host/<api root>/collections/<id>/`. With `user` and `secret` it is HTTP Basic,
with `secret` alone a bearer token. Objects bear the identifiers of the STIX bundle; what left is a newer version
with `revoked`, which says no more than the target knew. A batch is confirmed once its status resource is complete.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import urlsplit

import orjson

from records import SettingsError
from sharing.formats import stix21
from sharing.push.kinds import Send, Terms
from sharing.push.planning import Change
from sharing.push.targets import RefusedError, Target, UnreachableError, address, need
from sharing.push.web import Web

SENDS: Literal["values"] = "values"
BATCH = 200
_MEDIA_TYPE = "application/taxii+json;version=2.1"
_POLLS = 20  # of one status, a little later each time


def check(target: Target) -> None:
    """Raise `SettingsError` where the address is no collection's or a user has no secret."""
    parts = address(target, "https", "http")
    if parts.path.rstrip("/").split("/")[-2:-1] != ["collections"] or parts.query:
        raise SettingsError(
            f"push.{target.name}: url must end with /collections/<id>/, the collection's address"
        )
    if target.user:
        need(target, user=target.user, secret=target.secret)


@contextmanager
def opened(target: Target, terms: Terms) -> Iterator[Send]:
    """Ask whether the collection may be written to, and yield what adds a batch to it."""
    server = _Server(target, terms)
    collection = server.ask("GET", server.collection)
    if collection.get("can_write") is not True:
        raise RefusedError("its collection may not be written to with these credentials")
    about = _about(terms)

    def send(changes: Sequence[Change]) -> Mapping[str, str]:
        objects = {_id(one): one for one in map(_object, changes)}
        answer = server.ask("POST", f"{server.collection}objects/", {"objects": [*about, *objects.values()]})
        failed = server.failures(answer)
        keys = {_id(_object(change)): change.key for change in changes} if failed else {}
        return {keys[name]: reason for name, reason in failed.items() if name in keys}

    yield send


class _Server:
    """One collection and its API root."""

    def __init__(self, target: Target, terms: Terms) -> None:
        self.collection = f"{target.url.rstrip('/')}/"
        self._root = self.collection.removesuffix(self.collection.split("/")[-2] + "/").removesuffix(
            "collections/"
        )
        self._terms, self._web = terms, Web(terms.wire)
        self._headers = {"Accept": _MEDIA_TYPE, **_authorization(target)}

    def ask(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the object that the server answers with."""
        headers = self._headers if body is None else {**self._headers, "Content-Type": _MEDIA_TYPE}
        answer = self._web.ask(method, url, None if body is None else orjson.dumps(body), headers)
        try:
            found = orjson.loads(answer.body)
        except ValueError as error:
            raise RefusedError(f"it answers no JSON at {urlsplit(url).path}; correct url") from error
        if not isinstance(found, dict):
            raise RefusedError(f"it answers no object at {urlsplit(url).path}; correct url")
        return found

    def failures(self, status: dict[str, Any]) -> dict[str, str]:
        """Wait until a status is complete, and return identifier -> reason of the objects it failed to add."""
        for attempt in range(_POLLS):
            if status.get("status") == "complete":
                return {
                    str(one.get("id")): str(one.get("message", "it gives no reason"))[:200]
                    for one in status.get("failures", ())
                    if isinstance(one, dict)
                }
            wait = min(0.5 * (attempt + 1), 5.0)
            name = str(status.get("id", ""))
            if not name.replace("-", "").isalnum():
                raise RefusedError("its status has no id (TAXII 2.1 § 4.3.1)")
            if self._terms.clock.elapsed() + wait > self._terms.until:
                break
            self._terms.clock.sleep(wait)
            status = self.ask("GET", f"{self._root}status/{name}/")
        raise UnreachableError("it does not say that what it accepted was added")


def _authorization(target: Target) -> dict[str, str]:
    if target.user:
        shown = base64.b64encode(f"{target.user}:{target.secret}".encode()).decode()
        return {"Authorization": f"Basic {shown}"}
    return {"Authorization": f"Bearer {target.secret}"} if target.secret else {}


def _about(terms: Terms) -> list[dict[str, Any]]:
    """Return who speaks and the markings, to which indicators refer."""
    objects = orjson.loads(stix21.head("", terms.made_at) + stix21.tail(""))["objects"]
    return [one for one in objects if one.get("name") != "TLP:RED"]


def _object(change: Change) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads("".join(stix21.render([change.entry])).removeprefix(",\n"))
    return found


def _id(body: Mapping[str, Any]) -> str:
    return str(body["id"])
