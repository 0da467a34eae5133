"""Keep one event of a MISP server up to date, with PyMISP: an attribute a value, created, changed and deleted by
its identifier.

`url` is the server's, `secret` its key. Event and attributes have identifiers made from this site's address, the
target's name and the value (UUIDv5). TLP decides how far an attribute goes on from there, and is a tag with
PAP; what may only be known, not acted on, has no `to_ids`. The event is published again after changes.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from records import SettingsError, record_id
from sharing.formats.lines import one_line
from sharing.push.kinds import Send, Terms
from sharing.push.misp_attributes import TAGS, attribute_id, attribute_of, event_of, tags_of
from sharing.push.planning import Change
from sharing.push.targets import RefusedError, Target, UnreachableError, address, need

if TYPE_CHECKING:
    from pymisp import MISPEvent, PyMISP

SENDS: Literal["values"] = "values"
BATCH = 100


def check(target: Target) -> None:
    """Raise `SettingsError` where address or key is missing, or PyMISP."""
    address(target, "https", "http")
    need(target, secret=target.secret)
    if find_spec("pymisp") is None:
        raise SettingsError(f"push.{target.name}: PyMISP is missing; install vigie[push]")


@contextmanager
def opened(target: Target, terms: Terms) -> Iterator[Send]:
    """Find or make the event, yield what changes its attributes, and publish it after the last batch."""
    event = event_of(record_id("push", terms.wire.origin, target.name), terms.made_at.date())
    with _failures():
        client = _client(target, terms)
        _find_or_make(client, event)
    yield lambda changes: _send(client, event, changes)
    with _failures():
        _asked(client.publish(event.uuid))


def _send(client: "PyMISP", event: "MISPEvent", changes: Sequence[Change]) -> Mapping[str, str]:
    """Bring a batch about: what is new in one request, what MISP has already one by one."""
    answers: dict[str, Any] = {}
    with _failures():
        known = _add(client, event, [one for one in changes if one.kind == "added"])
        for one in changes:
            if one.kind == "removed":
                answer: Any = client.delete_attribute(attribute_id(event.uuid, one))
                answers[one.key] = {} if _status(answer) == 404 else answer  # deleted before
            elif one.kind == "changed" or one in known:
                answers[one.key] = _edit(client, event, one)
    return {key: reason for key, answer in answers.items() if (reason := _fault(answer))}


def _add(client: "PyMISP", event: "MISPEvent", changes: Sequence[Change]) -> list[Change]:
    """Add attributes, and return those that MISP would not add: it has them, or has deleted them.

    The latter are brought back by an edit of the event, as servers tell each other, because MISP restores an
    attribute by the number of its row only; one that is merely wrong stays as it is and is told when edited.
    """
    if not changes:
        return []
    attributes = [attribute_of(event.uuid, one) for one in changes]
    for attribute, one in zip(attributes, changes, strict=True):
        for tag in tags_of(one.entry.marking):
            attribute.add_tag(tag)
    answer: Any = client.add_attribute(event.uuid, attributes)  # type: ignore[arg-type]
    made = answer.get("Attribute", []) if isinstance(answer, dict) else []
    names = {str(one["uuid"]) for one in ([made] if isinstance(made, dict) else made)}
    known = [one for one in changes if attribute_id(event.uuid, one) not in names]
    if known:
        again = deepcopy(event)
        again.attributes = [attribute_of(event.uuid, one) for one in known]
        _asked(client.update_event(again, metadata=True))
    return known


def _edit(client: "PyMISP", event: "MISPEvent", change: Change) -> Any:
    """Change an attribute and its two tags, and return what MISP answered."""
    name = attribute_id(event.uuid, change)
    answer = client.update_attribute(attribute_of(event.uuid, change))
    before = tags_of(change.held.marking) if change.held else TAGS
    wanted = tags_of(change.entry.marking)
    if before != wanted and not _fault(answer):
        for tag in sorted(set(before) - set(wanted)):
            client.untag(name, tag)
        for tag in wanted:
            client.tag(name, tag)
    return answer


def _client(target: Target, terms: Terms) -> "PyMISP":
    """Return PyMISP at work on a server; it follows no redirect, and logs nothing, as it would log bodies."""
    from pymisp import PyMISP
    from requests import PreparedRequest, Response
    from requests.auth import AuthBase

    class Straight(AuthBase):  # the one public place where a request can be given a hook
        def __call__(self, request: PreparedRequest) -> PreparedRequest:
            request.register_hook("response", refuse)
            return request

    def refuse(response: Response, **_: object) -> None:
        if 300 <= response.status_code < 400:
            raise RefusedError(
                f"it answered {response.status_code}: a redirect, which is not followed; correct url"
            )

    logging.getLogger("pymisp").setLevel(logging.CRITICAL + 1)
    wire = terms.wire
    return PyMISP(
        f"{target.url.rstrip('/')}/",
        target.secret,
        ssl=wire.ca_file or True,
        proxies={"http": wire.proxy, "https": wire.proxy},
        timeout=wire.timeout,
        auth=Straight(),
        tool=wire.user_agent,
    )


def _find_or_make(client: "PyMISP", event: "MISPEvent") -> None:
    """See to it that the event is there and ours: on another's event PyMISP would make proposals instead."""
    me: Any = _asked(client.get_user())
    found: Any = _asked(client.search("events", uuid=event.uuid, metadata=True))
    if not found:
        _asked(client.add_event(event, metadata=True))
    elif str(found[0]["Event"]["orgc_id"]) != str(me["User"]["org_id"]):
        raise RefusedError("its event was made by another organisation; use the key that made it")


def _asked(answer: Any) -> Any:
    """Return an answer; raises `RefusedError` where it tells an error."""
    if fault := _fault(answer):
        raise RefusedError(fault)
    return answer


def _status(answer: Any) -> int:
    """Return the status of an answer that PyMISP turned into errors, 0 for any other."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return int(errors[0]) if isinstance(errors, tuple) else 0


def _fault(answer: Any) -> str:
    """Return what MISP gives as the reason of an error, on one line; empty where there is none."""
    if not isinstance(answer, dict) or "errors" not in answer:
        return ""
    return one_line(str(answer["errors"]))[:200]


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what PyMISP and its transport raise into our two errors."""
    from pymisp.exceptions import MISPServerError, PyMISPError
    from requests import RequestException

    try:
        yield
    except (RequestException, MISPServerError) as error:
        raise UnreachableError(one_line(f"it does not answer: {error}")[:300]) from error
    except PyMISPError as error:
        cause = error.__context__
        if isinstance(cause, RefusedError):
            raise cause from error
        if isinstance(cause, RequestException | MISPServerError):
            raise UnreachableError(one_line(f"it does not answer: {cause}")[:300]) from error
        raise RefusedError(one_line(str(error))[:300]) from error
