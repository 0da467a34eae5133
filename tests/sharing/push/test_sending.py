"""Every target gets every release, once, whatever happens on the way."""

import fcntl
import json
from dataclasses import replace
from pathlib import Path

import pytest

from records import TLP, PublishError, SettingsError
from sharing.push import sending
from sharing.push.kinds import kinds, webhook
from sharing.push.retrying import retried
from sharing.push.targets import Target, UnreachableError
from tests.sharing.push.answering import Answered, Asked, answering
from tests.sharing.push.conftest import SECRET, House, row

KEY = "k" * 32


def hook(url: str, name: str = "crochet") -> Target:
    return Target(name=name, kind="webhook", url=url, secret=KEY)


def changes(body: bytes) -> list[tuple[str, str]]:
    return [(one["change"], one["value"]) for one in map(json.loads, body.splitlines())]


def test_a_target_gets_all_then_what_changes_then_nothing(house: House) -> None:
    house.release(row("a.example.org"), row("b.example.org"))
    with answering(lambda asked: Answered()) as site:
        target = hook(site.address)
        assert house.one(target) == ({"added": 2}, "")
        assert house.one(target) == ({}, "")
        house.release(row("b.example.org", confidence=80), row("c.example.org"))
        house.release(row("b.example.org", confidence=90), row("c.example.org"))
        assert house.one(target) == ({"removed": 1, "changed": 1, "added": 1}, "")
        assert house.one(target) == ({}, "")
    assert [changes(one.body) for one in site.asked] == [
        [("added", "a.example.org"), ("added", "b.example.org")],
        [("removed", "a.example.org"), ("changed", "b.example.org"), ("added", "c.example.org")],
    ]


def test_a_crash_between_batches_repeats_none_that_was_confirmed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "BATCH", 1)
    house.release(*(row(f"{letter}.example.org") for letter in "abcd"))
    ends = [b"c.example.org"]
    with answering(lambda asked: Answered(400 if ends[-1] in asked.body else 200)) as site:
        target = hook(site.address)
        told, error = house.one(target)
        assert told == {"added": 2} and "400" in error
        log = house.state / "crochet.held"
        log.write_bytes(log.read_bytes() + b"domain-name c.exam")  # the crash cut a line short
        ends.append(b"d.example.org")
        assert house.one(target)[0] == {"added": 1}
        ends.append(b"nothing more")
        assert house.one(target) == ({"added": 1}, "")
        assert house.one(target) == ({}, "")
    assert [changes(one.body)[0][1][0] for one in site.asked] == ["a", "b", "c", "c", "d", "d"]


def test_filters_that_change_and_change_back_amid_a_push_lose_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "BATCH", 1)
    house.release(row("a.example.org", confidence=40), row("b.example.org", confidence=40))
    ends = [b"nothing"]
    with answering(lambda asked: Answered(400 if ends[-1] in asked.body else 200)) as site:
        target = hook(site.address)
        house.one(target)
        ends.append(b"b.example.org")
        narrow = replace(target, min_confidence=50)
        assert house.one(narrow)[0] == {"removed": 1}
        ends.append(b"nothing")
        assert house.one(target) == ({"added": 1}, "")
        ends.append(b"a.example.org")  # it came back, so it is the last
        assert house.one(narrow)[0] == {"removed": 1}
        ends.append(b"nothing")
        assert house.one(narrow) == ({"removed": 1}, "")


def test_a_dead_target_is_asked_again_with_back_off_and_the_next_one_goes_on(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.release(row("a.example.org"))
    with answering(lambda asked: Answered()) as site:
        dead = hook("http://127.0.0.1:9/", "mort")
        first, second = house.push(dead, hook(site.address))
    assert "does not answer" in first.error and second.told == {"added": 1}
    assert house.waited == [1.0, 2.0, 4.0]
    assert "push: mort: release 1: 0 added" in caplog.text and "a.example.org" not in caplog.text


def test_a_busy_target_says_when_to_come_back(house: House) -> None:
    answers = [Answered(503, headers={"Retry-After": "7"}), Answered()]
    house.release(row("a.example.org"))
    with answering(lambda asked: answers.pop(0)) as site:
        assert house.one(hook(site.address)) == ({"added": 1}, "")
    assert house.waited == [7.0]
    assert site.asked[0].headers["webhook-id"] == site.asked[1].headers["webhook-id"]


def test_no_wait_goes_beyond_the_time_of_a_target(house: House) -> None:
    def dead() -> None:
        raise UnreachableError("no", 30)

    with pytest.raises(UnreachableError):
        retried(dead, house.clock(), until=20)
    assert not house.waited


def test_a_slow_target_goes_on_at_the_next_push(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "BATCH", 1)
    house.release(row("a.example.org"), row("b.example.org"))

    def slow(asked: Asked) -> Answered:
        house.spent += 400
        return Answered()

    with answering(slow) as site:
        told, error = house.one(hook(site.address))
        assert told == {"added": 1} and "its time is up" in error
        assert house.one(hook(site.address)) == ({"added": 1}, "")


def test_a_rehearsal_speaks_with_nobody_and_keeps_nothing(house: House) -> None:
    house.release(row("a.example.org"), row(SECRET, TLP.AMBER))
    outcome = house.rehearse(hook("https://example.org/"))
    assert (outcome.told, outcome.left_out, outcome.error) == ({"added": 1}, {"tlp": 1}, "")
    assert not house.state.exists()
    assert sending.said(outcome) == "crochet: release 1: 1 added, 0 changed, 0 removed; kept back 1 by tlp"


def test_a_narrower_filter_takes_back_what_it_no_longer_lets_pass(house: House) -> None:
    house.release(row("a.example.org", confidence=40), row("b.example.org", confidence=90))
    with answering(lambda asked: Answered()) as site:
        target = hook(site.address)
        house.one(target)
        assert house.one(replace(target, min_confidence=50)) == ({"removed": 1}, "")
        assert house.one(target) == ({"added": 1}, "")


def test_a_broken_chain_of_deltas_is_no_hindrance(house: House) -> None:
    with answering(lambda asked: Answered()) as site:
        for letters in ("ab", "bc", "cd"):
            house.release(*(row(f"{letter}.example.org") for letter in letters))
            if letters == "ab":
                house.one(hook(site.address))
        manifest = house.published / "manifest.json"
        body = json.loads(manifest.read_text())
        body["deltas"] = body["deltas"][-1:]
        manifest.write_text(json.dumps(body))
        assert house.one(hook(site.address)) == ({"removed": 2, "added": 2}, "")


def test_an_altered_list_is_not_sent(house: House) -> None:
    house.release(row("a.example.org"))
    with answering(lambda asked: Answered()) as site:
        path = house.published / "indicators.ndjson"
        path.write_bytes(path.read_bytes().replace(b"a.example.org", b"x.example.org"))
        assert "is not what was released" in house.one(hook(site.address))[1]
    assert not site.asked


def test_a_moved_target_gets_everything_anew(house: House) -> None:
    house.release(row("a.example.org"))
    with answering(lambda asked: Answered()) as site:
        assert house.one(hook(f"{site.address}/1"))[0] == {"added": 1}
        assert house.one(hook(f"{site.address}/2"))[0] == {"added": 1}


def test_two_pushes_to_one_target_do_not_meet(house: House) -> None:
    house.release(row("a.example.org"))
    house.state.mkdir()
    with (house.state / "crochet.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another push" in house.one(hook("https://example.org/"))[1]


def test_a_damaged_memory_is_said_and_not_overwritten(house: House) -> None:
    house.release(row("a.example.org"))
    house.state.mkdir()
    (house.state / "crochet.json").write_text("{")
    assert "cannot be read" in house.one(hook("https://example.org/"))[1]
    assert (house.state / "crochet.json").read_text() == "{"


def test_without_a_release_nothing_is_pushed(house: House) -> None:
    with pytest.raises(PublishError, match="run vigie release first"):
        house.push(hook("https://example.org/"))


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        (hook("http://example.org/"), "not encrypted"),
        (hook("https://user:pass@example.org/"), "must not hold a name or password"),
        (hook("file:///etc/passwd"), "begins with https://"),
        (replace(hook("https://example.org/"), secret=""), "secret is missing"),
        (replace(hook("https://example.org/"), secret="kurz"), "shorter than 24 bytes"),
        (replace(hook("https://example.org/"), secret="whsec_%%"), "no Base64"),
        (replace(hook("https://example.org/"), secret=KEY + "\r\nX: y"), "control character"),
        (replace(hook("https://example.org/"), kind="fax"), "no kind called 'fax'; use folder,"),
        (Target(name="d", kind="folder", url="lists"), "absolute path"),
        (Target(name="d", kind="folder", url="/srv", min_confidence=3), "gets whole files"),
        (Target(name="t", kind="taxii", url="https://example.org/taxii2/"), "collections/<id>/"),
        (Target(name="s", kind="s3", url="https://example.org/", user="a", secret="b"), "name a bucket"),
        (Target(name="s", kind="sftp", url="sftp://example.org/x", user="a"), "key_file is missing"),
        (Target(name="s", kind="syslog", url="syslog+udp://example.org"), "not encrypted"),
        (Target(name="m", kind="misp", url="https://example.org/"), "secret is missing"),
    ],
)
def test_settings_that_cannot_be_used_are_told(target: Target, fault: str) -> None:
    with pytest.raises(SettingsError, match=f"push.{target.name}: .*{fault}"):
        sending.check(target)


def test_what_is_allowed_in_plain_is_said_by_the_operator() -> None:
    sending.check(replace(hook("http://example.org/"), plain=True))


def test_a_redirect_is_not_followed(house: House) -> None:
    house.release(row("a.example.org"))
    with answering(lambda asked: Answered()) as elsewhere:
        away = Answered(307, headers={"Location": f"{elsewhere.address}/"})
        with answering(lambda asked: away) as site:
            assert "a redirect, which is not followed" in house.one(hook(site.address))[1]
    assert not elsewhere.asked


def test_every_kind_is_found() -> None:
    assert kinds() == ("folder", "misp", "s3", "sftp", "syslog", "taxii", "webhook")


def test_a_secret_is_never_shown() -> None:
    assert KEY not in repr(hook("https://example.org/"))


def test_a_manifest_that_names_a_file_elsewhere_is_refused(house: House, tmp_path: Path) -> None:
    house.release(row("a.example.org"))
    manifest = house.published / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"domains.txt"', '"../../etc/passwd"'))
    with pytest.raises(PublishError):
        house.push(Target(name="d", kind="folder", url=str(tmp_path)))
