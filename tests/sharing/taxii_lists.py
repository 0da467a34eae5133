"""Released lists on disk, written by the format itself, and a client that asks the application without a network."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import orjson

from records import TLP, Entry, Marking, Observable, ObservableType, Withdrawal, WithdrawalReason
from sharing.formats import ListedFile, format_named, text_of
from sharing.manifest import MANIFEST, ListedProfile, Manifest, manifest_text
from sharing.taxii.access import Reader
from sharing.taxii.application import About, Application
from sharing.taxii.snapshot import Lists, collection_id
from swap import new_tree, swap_in

FIRST = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
SECOND = FIRST + timedelta(minutes=15)
FILE = "indicators.stix.json"
TAXII = "application/taxii+json;version=2.1"
ALL = collection_id("")
OBJECTS = f"/clear/collections/{ALL}/objects/"
MANIFESTS = f"/clear/collections/{ALL}/manifest/"
GREEN = Reader("chu", TLP.GREEN, "geheimnis-des-chu")
READERS = (Reader("samu", TLP.CLEAR, "geheimnis-des-samu"), GREEN)
BEARER = {"Authorization": f"Bearer {GREEN.secret}"}
OPEN_BEARER = {"Authorization": f"Bearer {READERS[0].secret}"}


def entry(value: str, changed_at: datetime = FIRST, **known: Any) -> Entry:
    """A domain that was listed in the first release."""
    fields: dict[str, Any] = {
        "marking": Marking(),
        "confidence": 75,
        "sources": ("certfr",),
        "valid_from": FIRST,
        "listed_at": FIRST,
        "changed_at": changed_at,
    } | known
    return Entry(observable=Observable(ObservableType.DOMAIN, value), **fields)


def entries(number: int, changed_at: datetime = FIRST) -> list[Entry]:
    return [entry(f"n{place:03}.example.org", changed_at) for place in range(number)]


def withdrawn(row: Entry, at: datetime) -> Entry:
    return replace(row, changed_at=at, withdrawal=Withdrawal(at, WithdrawalReason.FALSE_POSITIVE))


def publish(
    published: Path,
    profiles: Mapping[str, Sequence[Entry]],
    *,
    number: int = 1,
    tlp: Mapping[str, TLP] | None = None,
    audience: TLP = TLP.CLEAR,
) -> None:
    """Release the entries of each profile; `tlp` is the profile's own, by default CLEAR."""
    tree, form, made_at = new_tree(published), format_named("stix21"), FIRST
    files, listed = [], []
    for name, rows in profiles.items():
        text = "".join(text_of(form, FILE, rows, made_at)).encode()
        path = tree / name / FILE
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text)
        file = f"{name}/{FILE}" if name else FILE
        digest = sha256(text).hexdigest()
        files.append(ListedFile(file, "stix21", form.media_type, digest, len(text), len(rows), made_at))
        listed.append(ListedProfile(name, (tlp or {}).get(name, TLP.CLEAR), len(rows)))
    said = Manifest(
        number=number,
        made_at=made_at,
        audience=audience,
        profiles=tuple(listed),
        deltas=(),
        files=tuple(files),
    )
    (tree / MANIFEST).write_text(manifest_text(said))
    swap_in(tree, published)


@dataclass
class Reply:
    """An answer as a client has it; `twice` also has headers that came more than once."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    twice: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    @property
    def ids(self) -> list[str]:
        return [item["id"] for item in self.json.get("objects", [])]

    @property
    def names(self) -> list[str]:
        return [item["name"] for item in self.json.get("objects", []) if item["type"] == "indicator"]


@dataclass
class Client:
    """Ask the application through the checker of PEP 3333 that the standard library has."""

    lists: Lists
    application: Application

    def ask(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request as a client does that accepts TAXII 2.1."""
        return self.send(path, urlencode(query or {}), method, {"Accept": TAXII} | dict(headers or {}))

    def send(self, path: str, query: str, method: str, headers: Mapping[str, str]) -> Reply:
        environ: dict[str, Any] = {}
        setup_testing_defaults(environ)
        environ |= {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "wsgi.input": io.BytesIO(),
        }
        for name, text in headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = text
        reply = Reply()

        def start(status: str, sent: list[tuple[str, str]], error: object = None) -> Any:
            reply.status, reply.headers, reply.twice = int(status[:3]), dict(sent), sent
            return lambda _: None

        answer = validator(self.application)(environ, start)
        reply.body = b"".join(answer)
        answer.close()  # type: ignore[attr-defined]
        return reply

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> list[Reply]:
        """Follow `next` to the end."""
        found = [self.ask(path, query)]
        while found[-1].json.get("more"):
            found.append(self.ask(path, {**(query or {}), "next": found[-1].json["next"]}))
        return found


def client(published: Path, readers: Sequence[Reader] = READERS, about: About | None = None) -> Client:
    lists = Lists(published)
    return Client(lists, Application(lists, readers, about))


def two_releases(published: Path) -> None:
    """Three domains, one changed and one withdrawn in the second release; and a profile of GREEN ones."""
    old, changed, gone = entries(3)
    rows = [old, entry(changed.observable.value, SECOND), withdrawn(gone, SECOND)]
    green = [entry("vert.example.org", marking=Marking(TLP.GREEN))]
    tlp = {"": TLP.CLEAR, "hopital": TLP.GREEN}
    publish(published, {"": rows, "hopital": [old, *green]}, tlp=tlp, audience=TLP.GREEN)
