"""A MISP server as PyMISP meets it: the endpoints a push calls, with the answers and refusals of MISP 2.5."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.sharing.push.answering import Answered, Asked

KEY = "m" * 40
Body = dict[str, Any]


@dataclass
class Misp:
    """`attributes` by identifier; one with `deleted` is neither edited nor deleted again, as in MISP."""

    event: Body | None = None
    attributes: dict[str, Body] = field(default_factory=dict)
    published: int = 0
    organisation: str = "1"
    refuses: str = "nothing"
    breaks: str = ""
    calls: list[str] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answered:
        if asked.headers.get("authorization") != KEY:
            return _said({"message": "Authentication failed."}, 403)
        what, _, name = asked.path.strip("/").removesuffix("/metadata:1").partition("/")
        verb, _, name = name.partition("/")
        self.calls.append(f"{what}/{verb}")
        if self.breaks and self.breaks == f"{what}/{verb}":
            return Answered(500, b"broken")
        body = json.loads(asked.body or b"{}")
        found = getattr(self, f"_{what}_{verb}".replace(".json", ""), None)
        return found(name, body) if found else _said({"message": "Not found"}, 404)

    def standing(self) -> dict[str, Body]:
        """The attributes that are not deleted, by value."""
        return {str(one["value"]): one for one in self.attributes.values() if not one.get("deleted")}

    def _servers_getPyMISPVersion(self, name: str, body: Body) -> Answered:
        return _said({"version": "2.5.34"})

    def _servers_getVersion(self, name: str, body: Body) -> Answered:
        return _said({"version": "2.5.34"})

    def _users_view(self, name: str, body: Body) -> Answered:
        user = {"id": "1", "org_id": self.organisation, "email": "vigie@example.org"}
        return _said({"User": user, "Role": {"perm_add": True}, "UserSetting": {}})

    def _events_restSearch(self, name: str, body: Body) -> Answered:
        assert body["metadata"]
        same = self.event is not None and self.event["uuid"] == body["uuid"]
        return _said({"response": [{"Event": self.event}] if same else []})

    def _events_add(self, name: str, body: Body) -> Answered:
        self.event = {**body, "id": "7", "orgc_id": self.organisation}
        return _said({"Event": self.event})

    def _events_edit(self, name: str, body: Body) -> Answered:
        for one in body.pop("Attribute", []):
            if one["uuid"] in self.attributes:
                self.attributes[one["uuid"]] |= one
        return _said({"Event": self.event})

    def _events_publish(self, name: str, body: Body) -> Answered:
        self.published += 1
        return _said({"saved": True, "message": "Job queued"})

    def _attributes_add(self, name: str, body: Any) -> Answered:
        made, errors = [], {}
        for place, one in enumerate(body):
            if one["uuid"] in self.attributes or self.refuses in one["value"]:
                errors[f"attribute_{place}"] = {
                    "value": ["A similar attribute already exists for this event."]
                }
            else:
                self.attributes[one["uuid"]] = {**one, "deleted": False}
                made.append(one)
        if not made:
            return _said({"saved": False, "name": "Could not add Attributes", "errors": errors}, 403)
        body = {"Attribute": made[0] if len(made) == 1 else made}
        return _said({**body, "errors": errors} if errors else body)

    def _attributes_edit(self, name: str, body: Body) -> Answered:
        known = self.attributes.get(name)
        if known is None or known["deleted"]:
            return _said({"message": "Invalid attribute"}, 404)
        known |= {key: value for key, value in body.items() if key not in ("Tag", "uuid")}
        return _said({"Attribute": known})

    def _attributes_delete(self, name: str, body: Body) -> Answered:
        known = self.attributes.get(name)
        if known is None or known["deleted"]:
            return _said({"message": "Invalid attribute"}, 404)
        known["deleted"] = True
        return _said({"message": "Attribute deleted."})

    def _tags_attachTagToObject(self, name: str, body: Body) -> Answered:
        tags = self.attributes[body["uuid"]].setdefault("Tag", [])
        if {"name": body["tag"]} not in tags:
            tags.append({"name": body["tag"]})
        return _said({"message": "attached"})

    def _tags_removeTagFromObject(self, name: str, body: Body) -> Answered:
        tags = self.attributes[body["uuid"]]["Tag"]
        if {"name": body["tag"]} not in tags:
            return _said({"message": "Invalid tag"}, 404)
        tags.remove({"name": body["tag"]})
        return _said({"message": "removed"})


def _said(body: Any, status: int = 200) -> Answered:
    return Answered(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
