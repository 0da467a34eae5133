"""A collection of a TAXII server holds what was released, and what left is revoked there."""

import base64
import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from stix2 import parse
from stix2validator import ValidationOptions, validate_instance

from records import TLP
from sharing.push.targets import Target
from tests.sharing.push.answering import Answered, Asked, answering
from tests.sharing.push.conftest import SECRET, House, Story, row

ID = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
STATUS = "2d086da7-4bdc-4f91-900e-d77486753710"
MEDIA_TYPE = "application/taxii+json;version=2.1"


@dataclass
class Collection:
    """A TAXII 2.1 collection: it accepts envelopes, and says later what it made of them (§ 4.3.1, § 5.4)."""

    writable: bool = True
    refuses: str = "nothing"
    polls: int = 1
    versions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _failures: list[dict[str, str]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answered:
        assert asked.headers["accept"] == MEDIA_TYPE
        if asked.headers.get("authorization") != "Basic " + base64.b64encode(b"vigie:pass").decode():
            return Answered(401, b'{"title": "who are you?"}')
        if asked.path == f"/taxii2/api/collections/{ID}/":
            return self._said({"id": ID, "title": "x", "can_read": True, "can_write": self.writable})
        if asked.path == f"/taxii2/api/collections/{ID}/objects/" and asked.method == "POST":
            assert asked.headers["content-type"] == MEDIA_TYPE
            self._failures = []
            for one in json.loads(asked.body)["objects"]:
                self._take(one)
            return self._status(self.polls == 0, 202)
        if asked.path == f"/taxii2/api/status/{STATUS}/":
            self.polls -= 1
            return self._status(self.polls <= 0, 200)
        return Answered(404)

    def _take(self, one: dict[str, Any]) -> None:
        if self.refuses in str(one.get("name")):
            self._failures.append({"id": one["id"], "version": "x", "message": "schema"})
            return
        known = self.versions.setdefault(one["id"], [])
        if one.get("modified") not in [old.get("modified") for old in known]:
            known.append(one)

    def _status(self, complete: bool, code: int) -> Answered:
        state = "complete" if complete else "pending"
        return self._said(
            {"id": STATUS, "status": state, "failures": self._failures if complete else []}, code
        )

    def _said(self, body: dict[str, Any], status: int = 200) -> Answered:
        return Answered(status, json.dumps(body).encode(), {"Content-Type": MEDIA_TYPE})

    def indicators(self) -> dict[str, list[dict[str, Any]]]:
        """The versions of each indicator, by its name."""
        found = [all_ for all_ in self.versions.values() if all_[0]["type"] == "indicator"]
        return {versions[0]["name"]: versions for versions in found}


def taxii(address: str) -> Target:
    url = f"{address}/taxii2/api/collections/{ID}/"
    return Target(name="taxii", kind="taxii", url=url, user="vigie", secret="pass")


def test_objects_are_added_changed_and_revoked(house: House) -> None:
    collection = Collection()
    with answering(collection.answer) as site:
        house.release(row("a.example.org"), row("b.example.org"))
        assert house.one(taxii(site.address)) == ({"added": 2}, "")
        house.release(row("b.example.org", confidence=90))
        assert house.one(taxii(site.address)) == ({"removed": 1, "changed": 1}, "")
    found = collection.indicators()
    assert [one.get("revoked", False) for one in found["a.example.org"]] == [False, True]
    assert [one["confidence"] for one in found["b.example.org"]] == [75, 90]
    for old, new in found.values():
        assert old["created"] == new["created"] and old["modified"] < new["modified"]


def test_what_is_sent_is_stix(house: House) -> None:
    collection = Collection()
    with answering(collection.answer) as site:
        house.release(row("a.example.org"))
        house.one(taxii(site.address))
        house.release(row("b.example.org"))
        house.one(taxii(site.address))
    sent = [version for versions in collection.versions.values() for version in versions]
    names = {one["id"] for one in sent}
    for one in sent:
        parse(one, allow_custom=True)
        assert validate_instance(one, ValidationOptions(version="2.1")).is_valid
        assert set(one.get("object_marking_refs", ())) <= names


def test_it_waits_until_what_was_accepted_is_added(house: House) -> None:
    house.release(row("a.example.org"))
    with answering(Collection(polls=3).answer) as site:
        assert house.one(taxii(site.address)) == ({"added": 1}, "")
    assert house.waited == [0.5, 1.0, 1.5]


def test_what_is_never_complete_is_not_confirmed(house: House) -> None:
    house.release(row("a.example.org"))
    with answering(Collection(polls=10_000).answer) as site:
        told, error = house.one(replace(taxii(site.address), seconds=4))
    assert not told and "does not say that what it accepted was added" in error


def test_an_object_that_is_refused_leaves_its_neighbours_and_is_tried_again(house: House) -> None:
    house.release(row("a.example.org"), row("b.example.org"))
    collection = Collection(refuses="a.example.org")
    with answering(collection.answer) as site:
        (outcome,) = house.push(taxii(site.address))
        assert outcome.told == {"added": 1} and list(outcome.refused.values()) == ["schema"]
        collection.refuses = "nothing"
        assert house.one(taxii(site.address)) == ({"added": 1}, "")


@pytest.mark.parametrize(
    ("collection", "secret", "fault"),
    [
        (Collection(writable=False), "pass", "may not be written to"),
        (Collection(), "wrong", "401: .*who are you"),
    ],
)
def test_a_collection_that_takes_nothing_is_told(
    house: House, collection: Collection, secret: str, fault: str
) -> None:
    house.release(row("a.example.org"))
    with answering(collection.answer) as site:
        _, error = house.one(replace(taxii(site.address), secret=secret))
    assert re.search(fault, error)


def test_a_collection_never_sees_what_is_above_its_ceiling(secret_story: Story) -> None:
    collection = Collection()
    with answering(collection.answer) as site:
        secret_story(taxii(site.address))
    assert set(collection.indicators()) == {"b.example.org", "c.example.org"}
    assert SECRET.encode() not in site.seen()


def test_what_the_ceiling_lets_pass_is_revoked_when_it_goes(secret_story: Story) -> None:
    collection = Collection()
    with answering(collection.answer) as site:
        secret_story(replace(taxii(site.address), tlp=TLP.AMBER))
    states = [one.get("revoked", False) for one in collection.indicators()[SECRET]]
    assert states == [False, False, True, False]
