"""What the TAXII server answers: its resources, filters, refusals and readers, without a network."""

from pathlib import Path

import pytest

from records import TLP
from sharing.formats import stix21
from sharing.taxii.application import About
from sharing.taxii.filters import LARGEST_PAGE
from sharing.taxii.snapshot import collection_id
from tests.sharing.taxii_lists import (
    ALL,
    BEARER,
    FIRST,
    MANIFESTS,
    OBJECTS,
    OPEN_BEARER,
    TAXII,
    Client,
    client,
    entries,
    publish,
    two_releases,
)

UNKNOWN = "indicator--00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Client:
    published = tmp_path_factory.mktemp("taxii") / "lists"
    two_releases(published)
    return client(published, about=About(title="Vigie", contact="mailto:cellule@example.org"))


def test_discovery_names_the_roots_that_the_reader_may_see(server: Client) -> None:
    reply = server.ask("/taxii2/")
    assert reply.json == {
        "title": "Vigie",
        "contact": "mailto:cellule@example.org",
        "default": "/clear/",
        "api_roots": ["/clear/"],
    }
    assert server.ask("/taxii2/", headers=BEARER).json["api_roots"] == ["/clear/", "/green/"]


def test_roots_stand_below_the_address_that_the_operator_gave(tmp_path: Path) -> None:
    publish(tmp_path / "lists", {"": entries(1)})
    served = client(tmp_path / "lists", about=About(address="https://taxii.example.org"))
    hostile = {"Host": "evil.example.org\r\nX: y"}
    assert served.ask("/taxii2/", headers=hostile).json["default"] == "https://taxii.example.org/clear/"


def test_root_says_its_version(server: Client) -> None:
    body = server.ask("/clear/").json
    assert (body["title"], body["versions"]) == ("Vigie (TLP:CLEAR)", [TAXII])
    assert isinstance(body["max_content_length"], int)


def test_collections_are_the_profiles_up_to_the_marking_of_the_root(server: Client) -> None:
    clear = server.ask("/clear/collections/").json["collections"]
    green = server.ask("/green/collections/", headers=BEARER).json["collections"]
    assert [one["id"] for one in clear] == [ALL]
    assert [one.get("alias") for one in green] == [None, "hopital"]
    assert all(one["can_read"] and not one["can_write"] for one in green)
    assert clear[0]["media_types"] == [stix21.MEDIA_TYPE]


@pytest.mark.parametrize("name", [collection_id("hopital"), "hopital"])
def test_a_collection_is_found_by_identifier_and_alias_where_it_is_shown(server: Client, name: str) -> None:
    path = f"/green/collections/{name}/"
    assert server.ask(path, headers=BEARER).json["id"] == collection_id("hopital")
    assert "vert.example.org" in server.ask(f"{path}objects/", headers=BEARER).names
    assert server.ask(f"/clear/collections/{name}/objects/", headers=BEARER).status == 404


def test_objects_come_by_date_then_identifier(server: Client) -> None:
    reply = server.ask(OBJECTS)
    dates = [item.get("modified", item["created"]) for item in reply.json["objects"]]
    places = list(zip(dates, reply.ids, strict=True))
    assert places == sorted(places) and len(set(reply.ids)) == 1 + len(TLP) + 3
    assert reply.json["more"] is False and "next" not in reply.json
    assert reply.headers["X-TAXII-Date-Added-First"] == "2022-10-01T00:00:00.000000Z"
    assert reply.headers["X-TAXII-Date-Added-Last"] == "2025-07-20T18:15:00.000000Z"
    assert reply.headers["Content-Type"] == TAXII


def test_a_withdrawn_indicator_is_a_new_version_that_is_revoked(server: Client) -> None:
    reply = server.ask(OBJECTS, {"added_after": "2025-07-20T18:00:00Z"})
    items = {item["name"]: item for item in reply.json["objects"]}
    assert set(items) == {"n001.example.org", "n002.example.org"}
    gone = items["n002.example.org"]
    assert (gone["revoked"], gone["labels"]) == (True, ["withdrawn:false-positive"])
    assert (gone["created"], gone["modified"]) == ("2025-07-20T18:00:00.000Z", "2025-07-20T18:15:00.000Z")


def test_manifest_says_the_same_of_the_same_objects(server: Client) -> None:
    objects, manifest = server.ask(OBJECTS), server.ask(MANIFESTS)
    assert manifest.ids == objects.ids
    for item, said in zip(objects.json["objects"], manifest.json["objects"], strict=True):
        assert said["version"] == item.get("modified", item["created"])
        assert said["date_added"] == said["version"].replace("Z", "000Z")
        assert said["media_type"] == stix21.MEDIA_TYPE
    for header in ("X-TAXII-Date-Added-First", "X-TAXII-Date-Added-Last"):
        assert manifest.headers[header] == objects.headers[header]


def test_one_object_and_its_versions(server: Client) -> None:
    (name,) = [
        one["id"] for one in server.ask(OBJECTS).json["objects"] if one.get("name") == "n001.example.org"
    ]
    reply = server.ask(f"{OBJECTS}{name}/")
    assert reply.names == ["n001.example.org"]
    assert reply.headers["X-TAXII-Date-Added-First"] == reply.headers["X-TAXII-Date-Added-Last"]
    versions = server.ask(f"{OBJECTS}{name}/versions/")
    assert versions.json == {"more": False, "versions": ["2025-07-20T18:15:00.000Z"]}
    assert versions.headers["X-TAXII-Date-Added-Last"] == "2025-07-20T18:15:00.000000Z"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, 9),
        ({"match[type]": "indicator"}, 3),
        ({"match[type]": "identity,marking-definition"}, 6),
        ({"match[type]": "malware"}, 0),
        ({"match[type]": ""}, 0),
        ({"match[spec_version]": "2.1"}, 9),
        ({"match[spec_version]": "2.0"}, 0),
        ({"match[spec_version]": "2.0,2.1"}, 9),
        ({"match[version]": "first"}, 9),
        ({"match[version]": "last"}, 9),
        ({"match[version]": "all"}, 9),
        ({"match[version]": "2025-07-20T18:15:00.000Z"}, 2),
        ({"match[version]": "2025-07-20T18:15:00Z,2025-07-20T18:00:00.000000Z"}, 3),
        ({"match[version]": "2025-07-20T18:15:00Z,last"}, 9),
        ({"match[version]": "2025-07-20T18:15:00.001Z"}, 0),
        ({"match[version]": "2025-07-20T18:15:00Z", "match[type]": "identity"}, 0),
        ({"match[version]": "2022-10-01T00:00:00Z", "match[type]": "marking-definition,indicator"}, 5),
        ({"added_after": "2025-07-20T18:00:00Z"}, 2),
        ({"added_after": "2025-07-20T17:59:59.999999Z"}, 3),
        ({"added_after": "2025-07-20T18:15:00.000Z"}, 0),
        ({"added_after": "2022-10-01T00:00:00Z", "match[type]": "identity"}, 1),
        ({"match[id]": UNKNOWN}, 0),
        ({"match[id]": "no identifier,malware--1,indicator--"}, 0),
        ({"match[name]": "n000.example.org", "sort": "up", "Limit": "0"}, 9),
    ],
)
def test_filters_choose_alike_from_objects_and_manifest(
    server: Client, query: dict[str, str], expected: int
) -> None:
    found = server.ask(OBJECTS, query)
    assert len(found.ids) == expected
    assert server.ask(MANIFESTS, query).ids == found.ids
    if not expected:
        assert found.status == 200 and found.json == {}
        assert "X-TAXII-Date-Added-First" not in found.headers


def test_identifiers_are_matched_with_the_other_filters(server: Client) -> None:
    names = server.ask(OBJECTS).ids
    chosen = {"match[id]": ",".join([names[-1], names[0], UNKNOWN])}
    assert server.ask(OBJECTS, chosen).ids == [names[0], names[-1]]
    assert server.ask(OBJECTS, chosen | {"match[type]": "indicator"}).ids == [names[-1]]
    assert server.ask(OBJECTS, chosen | {"added_after": "2025-07-20T18:00:00Z"}).ids == [names[-1]]
    assert server.ask(OBJECTS, chosen | {"match[version]": "2025-07-20T18:15:00Z"}).ids == [names[-1]]


def test_filters_of_one_object(server: Client) -> None:
    path = f"{OBJECTS}{server.ask(OBJECTS).ids[-1]}/"
    assert server.ask(path, {"added_after": "2025-07-20T18:15:00Z"}).json == {}
    assert server.ask(path, {"match[version]": "2025-07-20T18:00:00Z"}).json == {}
    assert server.ask(path, {"match[spec_version]": "2.0"}).json == {}
    assert len(server.ask(path, {"match[version]": "all", "limit": "1"}).ids) == 1
    assert server.ask(f"{path}versions/", {"added_after": "2025-07-20T18:15:00Z"}).json == {}
    assert server.ask(path, {"match[type]": "identity"}).status == 200, "has no meaning here"


@pytest.mark.parametrize(
    "query",
    [
        {"added_after": "yesterday"},
        {"added_after": ""},
        {"added_after": "2025-07-20"},
        {"added_after": "2025-07-20T18:00:00"},
        {"added_after": "2025-07-20T18:00:00+02:00"},
        {"added_after": "2025-13-20T18:00:00Z"},
        {"added_after": "٢٠٢٥-07-20T18:00:00Z"},
        {"match[version]": "newest"},
        {"match[version]": "2025-07-20T18:00:00Z,"},
        {"limit": "0"},
        {"limit": "-20"},
        {"limit": "1.5"},
        {"limit": "٣"},
        {"limit": ""},
        {"next": "abc"},
        {"next": "é\udcff"},
        {"next": "A" * 42},
        {"next": "=" * 9},
    ],
)
@pytest.mark.parametrize("path", [OBJECTS, MANIFESTS])
def test_a_filter_that_cannot_be_read_is_400_with_a_sentence(
    server: Client, path: str, query: dict[str, str]
) -> None:
    if "next" in query:
        query = {"next": query["next"].encode("utf-8", "surrogatepass").decode("latin-1")}
    reply = server.ask(path, query)
    assert (reply.status, reply.json["http_status"], reply.json["title"]) == (400, "400", "Bad Request")
    assert next(iter(query)) in reply.json["description"]
    assert reply.headers["Content-Type"] == TAXII


def test_a_filter_given_twice_is_400(server: Client) -> None:
    reply = server.send(OBJECTS, "match[type]=indicator&match[type]=identity", "GET", {"Accept": TAXII})
    assert reply.status == 400 and "match[type] is given twice" in reply.json["description"]


@pytest.mark.parametrize("limit", ["1000", "1001", "000000005000", "9" * 5_000])
def test_a_huge_limit_is_the_largest_page(tmp_path: Path, limit: str) -> None:
    publish(tmp_path / "lists", {"": entries(LARGEST_PAGE + 1)})
    served = client(tmp_path / "lists")
    reply = served.ask(OBJECTS, {"limit": limit, "match[type]": "indicator"})
    assert (len(reply.ids), reply.json["more"]) == (LARGEST_PAGE, True)


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/taxii+json;version=2.1", 200),
        ("application/taxii+json; version=2.1", 200),
        ('Application/TAXII+json; VERSION="2.1"; q=0.5', 200),
        ("application/taxii+json", 200),
        ("text/html, */*;q=0.8", 200),
        ("application/*", 200),
        ("", 200),
        ("application/taxii+json;version=2.0", 406),
        ("application/vnd.oasis.taxii+json; version=2.0", 406),
        ("application/json", 406),
        ("application/taxii+json;version=2.1;q=0", 406),
        ("text/html", 406),
        (",;=,", 406),
        ("a" * 60_000, 406),
    ],
)
def test_what_the_client_accepts_decides(server: Client, accept: str, status: int) -> None:
    for path in ("/taxii2/", OBJECTS):
        reply = server.ask(path, headers={"Accept": accept})
        assert (reply.status, reply.headers["Content-Type"]) == (status, TAXII)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", OBJECTS, 403),
        ("DELETE", f"{OBJECTS}{UNKNOWN}/", 404),
        ("DELETE", OBJECTS, 405),
        ("PUT", OBJECTS, 405),
        ("POST", MANIFESTS, 405),
        ("POST", "/taxii2/", 405),
        ("PATCH", "/clear/", 405),
        ("POST", f"/clear/collections/{UNKNOWN}/objects/", 404),
        ("TRACE", OBJECTS, 405),
    ],
)
def test_nothing_can_be_written(server: Client, method: str, path: str, status: int) -> None:
    reply = server.ask(path, method=method, headers={"Content-Type": TAXII})
    assert (reply.status, reply.json["http_status"]) == (status, str(status))
    assert reply.headers.get("Allow") == ("GET, HEAD" if status == 405 else None)


def test_an_object_cannot_be_deleted(server: Client) -> None:
    path = f"{OBJECTS}{server.ask(OBJECTS).ids[-1]}/"
    assert server.ask(path, method="DELETE").status == 403
    assert server.ask(path).status == 200


@pytest.mark.parametrize("kind", ["application/json", "application/taxii+json;version=2.0", ""])
def test_a_body_of_another_type_is_415(server: Client, kind: str) -> None:
    assert server.ask(OBJECTS, method="POST", headers={"Content-Type": kind}).status == 415


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//",
        "",
        "/taxii2/x/",
        "/trustgroup1/",
        "/red/",
        "/CLEAR/",
        "/clear/../green/collections/",
        "/clear//collections/",
        "/clear/collections/..%2f..%2fgreen/",
        "/clear/collections/../../../../etc/passwd",
        "/clear/collections//",
        "/clear/collections/\0/",
        f"/clear/collections/{ALL}/../{collection_id('hopital')}/objects/",
        f"/clear/collections/{ALL.upper()}/",
        f"{OBJECTS}indicator--{'0' * 36}/",
        f"{OBJECTS}{UNKNOWN}/",
        f"{OBJECTS}{UNKNOWN}/versions/",
        f"{OBJECTS}{UNKNOWN}/versions/x/",
        f"{MANIFESTS}{UNKNOWN}/",
        "/clear/status/2d086da7-4bdc-4f91-900e-d77486753710/",
    ],
)
def test_what_is_not_there_is_404(server: Client, path: str) -> None:
    reply = server.ask(path, headers=OPEN_BEARER)
    assert (reply.status, reply.json["title"], reply.headers["Content-Type"]) == (404, "Not Found", TAXII)


def test_an_address_may_lack_its_last_slash(server: Client) -> None:
    assert server.ask("/taxii2").status == server.ask(OBJECTS.rstrip("/")).status == 200


def test_head_is_get_without_its_body(server: Client) -> None:
    reply, whole = server.ask(OBJECTS, method="HEAD"), server.ask(OBJECTS)
    assert (reply.status, reply.body, reply.headers) == (200, b"", whole.headers)


@pytest.mark.parametrize(
    ("size", "status"), [(70_000, 414), (10_000_000, 414), (60_000, 200)], ids=["long", "10 MB", "fits"]
)
def test_a_query_of_any_length_is_answered(server: Client, size: int, status: int) -> None:
    query = f"match[id]={'a' * size}"
    assert server.send(OBJECTS, query, "GET", {"Accept": TAXII}).status == status


def test_many_fields_are_400(server: Client) -> None:
    query = "&".join(f"f{number}=1" for number in range(101))
    assert server.send(OBJECTS, query, "GET", {"Accept": TAXII}).status == 400


def test_what_a_sender_wrote_stays_in_the_body_and_is_cut(server: Client) -> None:
    reply = server.ask(OBJECTS, {"limit": "1\r\nSet-Cookie: a=b" + "x" * 9_000})
    assert reply.status == 400 and len(reply.body) < 400
    assert all("\r" not in text and "Set-Cookie" not in text for _, text in reply.twice)


def test_a_profile_without_the_format_has_no_collection(tmp_path: Path) -> None:
    publish(tmp_path / "lists", {})
    assert client(tmp_path / "lists").ask("/clear/collections/").json == {}


def test_everything_the_format_writes_is_served(server: Client) -> None:
    found = server.ask(f"/green/collections/{collection_id('hopital')}/objects/", headers=BEARER)
    assert {item["type"] for item in found.json["objects"]} == {"identity", "indicator", "marking-definition"}
    assert FIRST.isoformat()[:10] in found.headers["X-TAXII-Date-Added-Last"]
