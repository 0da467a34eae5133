"""What a webhook receives can be read, checked and told from a replay."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace

from records import TLP
from sharing.formats.ndjson import entry_of
from sharing.push.targets import Target
from tests.sharing.push.answering import Answered, Asked, answering
from tests.sharing.push.conftest import SECRET, House, Story, row

KEY = "k" * 32


def hook(url: str) -> Target:
    return Target(name="crochet", kind="webhook", url=url, secret=KEY)


def signature(asked: Asked, key: bytes) -> str:
    signed = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode() + asked.body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def test_a_receiver_recomputes_the_signature_and_reads_the_lines(house: House) -> None:
    house.release(row("a.example.org"))
    with answering(lambda asked: Answered()) as site:
        house.one(hook(site.address))
    (asked,) = site.asked
    assert asked.headers["webhook-signature"] == signature(asked, KEY.encode())
    assert asked.headers["webhook-timestamp"] == str(int(house.at.timestamp()))
    assert asked.headers["content-type"] == "application/x-ndjson"
    assert entry_of(asked.body).observable.value == "a.example.org"


def test_a_key_in_the_standard_s_own_writing_is_the_same_key(house: House) -> None:
    house.release(row("a.example.org"))
    with answering(lambda asked: Answered()) as site:
        house.one(replace(hook(site.address), secret="whsec_" + base64.b64encode(KEY.encode()).decode()))
    assert site.asked[0].headers["webhook-signature"] == signature(site.asked[0], KEY.encode())


def test_one_json_object_on_demand(house: House) -> None:
    house.release(row("a.example.org"))
    with answering(lambda asked: Answered()) as site:
        house.one(replace(hook(site.address), body="json"))
    body = json.loads(site.asked[0].body)
    assert (body["version"], body["release"], body["made_at"]) == (1, 1, "2026-11-24T18:01:00Z")
    assert [(one["change"], one["value"]) for one in body["changes"]] == [("added", "a.example.org")]


def test_a_withdrawal_says_why(house: House) -> None:
    with answering(lambda asked: Answered()) as site:
        house.release(row("a.example.org"), row("b.example.org"))
        house.one(hook(site.address))
        house.release(row("a.example.org"))
        house.one(hook(site.address))
    body = json.loads(site.asked[1].body)
    assert body["withdrawn"] == {"at": "2026-11-24T18:02:00Z", "reason": "unsaid"}


def test_a_webhook_never_sees_what_is_above_its_ceiling(secret_story: Story) -> None:
    with answering(lambda asked: Answered()) as site:
        secret_story(hook(site.address))
    assert len(site.asked) == 2 and SECRET.encode() not in site.seen()


def test_what_the_ceiling_lets_pass_arrives(secret_story: Story) -> None:
    with answering(lambda asked: Answered()) as site:
        secret_story(replace(hook(site.address), tlp=TLP.AMBER))
    assert SECRET.encode() in site.seen()
