"""One event of a MISP server follows the releases, attribute by attribute."""

from dataclasses import replace

import pytest

from records import PAP, TLP, Marking
from sharing.push.targets import Target
from tests.sharing.push.answering import Answered, answering
from tests.sharing.push.conftest import SECRET, House, Story, row
from tests.sharing.push.misp_server import KEY, Misp


def misp(url: str) -> Target:
    return Target(name="misp", kind="misp", url=url, secret=KEY, tlp=TLP.AMBER)


def names(attribute: dict[str, list[dict[str, str]]]) -> set[str]:
    return {tag["name"] for tag in attribute["Tag"]}


def test_attributes_come_change_go_and_come_back_under_one_identifier(house: House) -> None:
    server = Misp()
    with answering(server.answer) as site:
        house.release(row("a.example.org"), row("b.example.org"))
        assert house.one(misp(site.address)) == ({"added": 2}, "")
        first = {value: one["uuid"] for value, one in server.standing().items()}
        house.release(row("b.example.org", confidence=90))
        assert house.one(misp(site.address)) == ({"removed": 1, "changed": 1}, "")
        assert set(server.standing()) == {"b.example.org"} and len(server.attributes) == 2
        assert server.standing()["b.example.org"]["comment"] == "confidence 90; certfr; Lockbit"
        house.release(row("a.example.org"), row("b.example.org", confidence=90))
        assert house.one(misp(site.address)) == ({"added": 1}, "")
    assert {value: one["uuid"] for value, one in server.standing().items()} == first
    assert server.published == 3 and server.calls.count("events/add") == 1


def test_nothing_is_asked_where_nothing_changed(house: House) -> None:
    server = Misp()
    house.release(row("a.example.org"))
    with answering(server.answer) as site:
        house.one(misp(site.address))
        calls = len(server.calls)
        assert house.one(misp(site.address)) == ({}, "")
    assert len(server.calls) == calls


@pytest.mark.parametrize(("tlp", "distribution"), [(TLP.CLEAR, 3), (TLP.GREEN, 2), (TLP.AMBER, 1)], ids=str)
def test_the_marking_decides_how_far_an_attribute_goes(house: House, tlp: TLP, distribution: int) -> None:
    server = Misp()
    house.release(row("a.example.org", tlp))
    with answering(server.answer) as site:
        house.one(misp(site.address))
    (attribute,) = server.attributes.values()
    assert int(attribute["distribution"]) == distribution
    assert names(attribute) == {f"tlp:{tlp.label.lower()}", "PAP:CLEAR"}


def test_a_marking_that_rises_takes_its_old_tag_along(house: House) -> None:
    server = Misp()
    with answering(server.answer) as site:
        for tlp in (TLP.CLEAR, TLP.AMBER):
            house.release(row("a.example.org", tlp))
            assert not house.one(misp(site.address))[1]
    (attribute,) = server.attributes.values()
    assert int(attribute["distribution"]) == 1 and names(attribute) == {"tlp:amber", "PAP:CLEAR"}


def test_what_may_only_be_known_makes_no_signature(house: House) -> None:
    server = Misp()
    house.release(replace(row("a.example.org"), marking=Marking(pap=PAP.AMBER)), row("b.example.org"))
    with answering(server.answer) as site:
        house.one(misp(site.address))
    assert {value: one["to_ids"] for value, one in server.standing().items()} == {
        "a.example.org": False,
        "b.example.org": True,
    }


def test_an_attribute_that_misp_has_already_is_no_error(house: House) -> None:
    server = Misp()
    house.release(row("a.example.org"), row("b.example.org"))
    with answering(server.answer) as site:
        house.one(misp(site.address))
        for name in ("misp.json", "misp.held"):
            (house.state / name).unlink()  # as after a crash between the answer and the note of it
        assert house.one(misp(site.address)) == ({"added": 2}, "")
    assert len(server.attributes) == 2


def test_an_attribute_that_was_deleted_there_already_is_no_error(house: House) -> None:
    server = Misp()
    with answering(server.answer) as site:
        house.release(row("a.example.org"), row("b.example.org"))
        house.one(misp(site.address))
        for one in server.attributes.values():
            one["deleted"] = one["value"] == "a.example.org"
        house.release(row("b.example.org"))
        assert house.one(misp(site.address)) == ({"removed": 1}, "")


def test_an_attribute_that_misp_refuses_leaves_its_neighbours(house: House) -> None:
    server = Misp(refuses="a.example.org")
    house.release(row("a.example.org"), row("b.example.org"), row("c.example.org"))
    with answering(server.answer) as site:
        (outcome,) = house.push(misp(site.address))
        assert outcome.told == {"added": 2} and list(outcome.refused) == ["domain-name a.example.org"]
        server.refuses = "nothing"
        assert house.one(misp(site.address)) == ({"added": 1}, "")


def test_a_push_that_could_not_publish_publishes_at_the_next(house: House) -> None:
    server = Misp(breaks="events/publish")
    house.release(row("a.example.org"))
    with answering(server.answer) as site:
        assert "does not answer" in house.one(misp(site.address))[1]
        server.breaks = ""
        assert house.one(misp(site.address)) == ({}, "")
    assert server.published == 1


def test_another_organisation_s_event_is_left_alone(house: House) -> None:
    server = Misp()
    with answering(server.answer) as site:
        house.release(row("a.example.org"))
        house.one(misp(site.address))
        server.organisation = "2"
        house.release(row("a.example.org", confidence=90))
        assert "made by another organisation" in house.one(misp(site.address))[1]
    assert "attributes/edit" not in server.calls


def test_a_wrong_key_is_told_without_being_shown(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.release(row("a.example.org"))
    wrong = "w" * 40
    with answering(Misp().answer) as site:
        _, error = house.one(replace(misp(site.address), secret=wrong))
    assert "Authentication failed" in error and wrong not in error + caplog.text
    assert not house.waited


def test_a_server_that_breaks_is_asked_again_and_its_body_stays_out_of_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.release(row("a.example.org"))
    with answering(Misp(breaks="attributes/add").answer) as site:
        told, error = house.one(misp(site.address))
    assert not told and "does not answer" in error and len(house.waited) == 3
    assert "a.example.org" not in caplog.text


def test_a_redirect_is_not_followed(house: House) -> None:
    house.release(row("a.example.org"))
    with answering(lambda asked: Answered()) as elsewhere:
        away = Answered(302, headers={"Location": f"{elsewhere.address}/"})
        with answering(lambda asked: away) as site:
            assert "a redirect, which is not followed" in house.one(misp(site.address))[1]
    assert not elsewhere.asked


def test_misp_never_sees_what_is_above_its_ceiling(secret_story: Story) -> None:
    server = Misp()
    with answering(server.answer) as site:
        secret_story(replace(misp(site.address), tlp=TLP.CLEAR))
    assert set(server.standing()) == {"b.example.org"} and SECRET.encode() not in site.seen()


def test_what_the_ceiling_lets_pass_arrives(secret_story: Story) -> None:
    server = Misp()
    with answering(server.answer) as site:
        secret_story(misp(site.address))
    assert int(server.standing()[SECRET]["distribution"]) == 2
