"""Who may see which root of the TAXII server."""

import base64

import pytest

from records import TLP
from sharing.taxii.access import Reader, reach
from sharing.taxii.application import Application
from tests.sharing.taxii_lists import BEARER, GREEN, OPEN_BEARER, READERS, Client, client, two_releases


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Client:
    published = tmp_path_factory.mktemp("taxii") / "lists"
    two_releases(published)
    return client(published)


@pytest.mark.parametrize("path", ["/green/", "/green/collections/", "/amber-strict/", "/red/status/1/"])
def test_restricted_roots_ask_who_is_there(server: Client, path: str) -> None:
    reply = server.ask(path)
    challenges = [text for name, text in reply.twice if name == "WWW-Authenticate"]
    assert reply.status == 401
    assert [text.split()[0] for text in challenges] == ["Basic", "Bearer"]


def _basic(said: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(said.encode()).decode()}"}


def test_a_reader_comes_in_by_token_or_password(server: Client) -> None:
    for headers in (BEARER, _basic(f"chu:{GREEN.secret}"), {"Authorization": f"bearer  {GREEN.secret} "}):
        reply = server.ask("/green/collections/", headers=headers)
        assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-store")


def test_a_root_above_the_lists_is_not_there_for_anyone(server: Client) -> None:
    served = Client(server.lists, Application(server.lists, [Reader("anssi", TLP.RED, "geheim")]))
    headers = {"Authorization": "Bearer geheim"}
    assert served.ask("/taxii2/", headers=headers).json["api_roots"] == ["/clear/", "/green/"]
    assert served.ask("/green/", headers=headers).status == 200
    assert served.ask("/amber/", headers=headers).status == 404


def test_a_reader_sees_nothing_above_its_label_nor_above_the_lists(server: Client) -> None:
    assert server.ask("/green/", headers=OPEN_BEARER).status == 404
    assert server.ask("/amber/", headers=BEARER).status == 404
    assert server.ask("/amber/", headers={"Authorization": "Bearer x"}).status == 401


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer nothing-of-the-kind",
        "Bearer",
        "Bearer ",
        "Basic",
        "Basic !!!",
        "Basic é",
        "Digest username=chu",
        f"Token {GREEN.secret}",
        _basic(f"samu:{GREEN.secret}")["Authorization"],
        _basic("chu:")["Authorization"],
        _basic(GREEN.secret)["Authorization"],
        f"Bearer {GREEN.secret}x",
        f"Bearer {GREEN.secret[:-1]}",
    ],
)
def test_a_wrong_secret_opens_nothing_not_even_what_is_public(server: Client, authorization: str) -> None:
    for path in ("/clear/", "/green/"):
        assert server.ask(path, headers={"Authorization": authorization}).status == 401


def test_a_reader_without_a_secret_is_nobody() -> None:
    empty = [Reader("chu", TLP.RED, "")]
    assert reach("Bearer ", empty) is reach("Basic Y2h1Og==", empty) is None


def test_a_secret_is_not_shown() -> None:
    assert GREEN.secret not in repr(READERS)
