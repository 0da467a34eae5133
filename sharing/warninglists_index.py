"""Compile a folder of MISP warninglists (github.com/MISP/misp-warninglists, CC0-1.0) into one index.

A list is a JSON file `<name>/list.json` with `type` (cidr, hostname, string, substring, regex), `list`
and `matching_attributes`. All lists of the folder count, as MISP would read them, but for what
`Policy` says: some name places where every address or name belongs to somebody else.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import BaseModel, Field, ValidationError

from records import ObservableType, PublishError, SettingsError, observable
from sharing.shield_index import FAMILIES, compiled
from sharing.shield_index_draft import Draft, write_index
from sharing.shield_lists import parents

MAX_FILE = 200_000_000  # bytes of one list; the largest known has 30 million
SHORTEST_PIECE = 5  # characters of a substring: a shorter one hides what nobody meant
WIDEST = {4: 4, 6: 7}  # bits: wider than any block of the registries that is whole (240/4, fc00::/7)
TOLD = 3  # entries of one list that are quoted when left out
ADDRESSES = frozenset({"ip-src", "ip-dst"})
NAMES = frozenset({"domain", "hostname", "url", "uri"})
MAILBOXES = frozenset({"email", "email-src", "email-dst"})
HASHES = frozenset({"md5", "sha1", "sha256"})
_HASH_TYPES = {32: ObservableType.MD5, 40: ObservableType.SHA1, 64: ObservableType.SHA256}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is read otherwise than MISP does; the sets hold names of lists.

    `left_out`: says nothing about harm. `held`: networks let machine by machine, where one address may
    be blocked and a network may not. `platforms`: names below which strangers register, where a name
    below may be blocked though a list of great sites protects all of the platform.
    """

    left_out: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()


POLICY = Policy(
    left_out=frozenset(
        {
            "disposable-email",  # a throw-away address is no harmless one
            "google-chrome-crux-1million",  # among a million names are those of attackers: decision 0021
            "tranco",  # the same; the ten thousand first are a list of their own
        }
    ),
    held=frozenset(
        {
            "amazon-aws",
            "github",  # GitHub's own statement counts the rented machines its builds run on
            "google-gcp",
            "microsoft-azure",
            "microsoft-azure-china",
            "microsoft-azure-germany",
            "microsoft-azure-us-gov",
            "oracle-oci",
            "vpn-ipv4",
            "vpn-ipv6",
        }
    ),
    platforms=frozenset({"dynamic-dns", "lots-project", "public-ipfs-gateways", "second-level-tlds"}),
)


@dataclass(frozen=True, slots=True)
class Built:
    """What went into an index: lists and entries, and a sentence for each file or part left out."""

    lists: int
    entries: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Origin:
    """What is known of the list an entry comes from: its number, what it speaks of, what `Policy` says."""

    number: int
    attributes: frozenset[str]
    held: bool
    platforms: bool

    def asks(self, family: frozenset[str]) -> bool:
        """Say whether the list speaks of a family of values: no attributes at all means of everything."""
        return not self.attributes or bool(self.attributes & family)


class _ListFile(BaseModel):
    type: str
    entries: list[object] = Field(alias="list")
    matching_attributes: list[str] = []


def build_index(folder: Path, out: Path, policy: Policy = POLICY) -> Built:
    """Compile every `<name>/list.json` at or below `folder/lists` (or `folder`) into the file `out`.

    The same lists give the same bytes. `out` is replaced in one step; a reader of the old file keeps it.
    A file that is no warninglist, and an entry that cannot be read, are told in `faults`; the others
    count. Raises `SettingsError` where the folder has no list, `PublishError` where `out` cannot be
    written.
    """
    lists = folder / "lists"
    paths = sorted((lists if lists.is_dir() else folder).glob("*/list.json"))
    if not paths:
        raise SettingsError(f"{folder} has no warninglist (<name>/list.json); name a clone of the collection")
    draft = Draft()
    for path in paths:
        if path.parent.name not in policy.left_out:
            _add_file(draft, path, policy)
    try:
        write_index(draft, out)
    except OSError as error:
        raise PublishError(
            f"the index {out} could not be written: {error.strerror}; the last one stays"
        ) from error
    return Built(len(draft.names), draft.entries, tuple(draft.faults))


def _add_file(draft: Draft, path: Path, policy: Policy) -> None:
    """Take one list, or say why not."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise ValueError(f"it has more than {MAX_FILE // 1_000_000} MB")
        content = _ListFile.model_validate(_plain(orjson.loads(path.read_bytes())))
    except OSError as error:
        draft.faults.append(f"{path}: {error.strerror}; the list is left out")
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        draft.faults.append(f"{path}: {place}: {first['msg']}; the list is left out")
    except ValueError as error:
        draft.faults.append(f"{path}: no JSON of a warninglist: {error}; the list is left out")
    else:
        _add_list(draft, path, content, policy)


def _plain(document: object) -> object:
    """Return a list's document; entries with comments (an object) become a list of entries."""
    if isinstance(document, dict) and isinstance(document.get("list"), dict):
        return {**document, "list": list(document["list"])}
    return document


def _add_list(draft: Draft, path: Path, content: _ListFile, policy: Policy) -> None:
    take = _TAKERS.get(content.type)
    if take is None:
        draft.faults.append(f"{path}: unknown type {content.type!r}; the list is left out")
        return
    name = path.parent.name
    origin = _Origin(
        number=len(draft.names),
        attributes=frozenset(content.matching_attributes),
        held=name in policy.held,
        platforms=name in policy.platforms,
    )
    draft.names.append(name)
    refused: list[str] = []
    for entry in content.entries:
        try:
            draft.entries += take(draft, origin, _text(entry))
        except ValueError as error:
            refused.append(f"{str(entry)[:60]!r} ({error})" if len(refused) < TOLD else "")
    if refused:
        quoted = ", ".join(filter(None, refused))
        draft.faults.append(f"{path}: {len(refused)} entries are left out, the others count: {quoted}")


def _text(entry: object) -> str:
    if isinstance(entry, str):
        return entry.strip()
    raise ValueError("not a text")


def _take_cidr(draft: Draft, origin: _Origin, entry: str) -> bool:
    if not origin.asks(ADDRESSES):
        return False
    network = ipaddress.ip_network(entry, strict=False)
    version = network.version
    if network.prefixlen < WIDEST[version]:
        raise ValueError(f"wider than /{WIDEST[version]}")
    reach = "held" if origin.held else "all"
    row = (int(network[0]), int(network[-1]), origin.number)
    draft.networks[version, reach].append(row)
    mapped = network[0].ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is not None and network.prefixlen == 128:  # a mapped address is kept as the IPv4 it is
        draft.networks[4, reach].append((int(mapped), int(mapped), row[2]))
    return True


def _take_hostname(draft: Draft, origin: _Origin, entry: str) -> bool:
    if not origin.asks(NAMES):
        return False
    host = observable(ObservableType.DOMAIN, entry.strip(".")).value
    if origin.platforms:
        draft.platforms.add(host)
    draft.below.setdefault(host, (origin.number, entry))
    _add_parents(draft, origin, host, entry)
    return True


def _take_string(draft: Draft, origin: _Origin, entry: str) -> bool:
    if len(entry) in _HASH_TYPES and "." not in entry:
        if not origin.asks(HASHES):
            return False
        value = observable(_HASH_TYPES[len(entry)], entry).value
    elif "@" in entry:
        value = observable(ObservableType.EMAIL, entry).value
    elif "." not in entry or not origin.asks(NAMES):
        return False  # a top-level domain, or a sort of value that we do not exchange
    else:
        value = observable(ObservableType.DOMAIN, entry.strip(".")).value
        if origin.platforms:
            draft.platforms.add(value)
        _add_parents(draft, origin, value, entry)
    draft.exact.setdefault(value, (origin.number, entry))
    return True


def _add_parents(draft: Draft, origin: _Origin, host: str, entry: str) -> None:
    for parent in parents(host):
        if draft.above.setdefault(parent, (origin.number, entry))[1] != entry:
            break  # the parents above this one are known too


def _take_substring(draft: Draft, origin: _Origin, entry: str) -> bool:
    try:
        ipaddress.ip_address(entry)
    except ValueError:
        pass
    else:
        return _take_cidr(draft, origin, entry)
    if len(entry) < SHORTEST_PIECE:
        raise ValueError(f"shorter than {SHORTEST_PIECE} characters")
    for family in _families(origin):
        draft.substrings[family].append((entry.lower(), origin.number))
    return True


def _take_regex(draft: Draft, origin: _Origin, entry: str) -> bool:
    compiled(entry)
    for family in _families(origin):
        draft.regexes[family].append((entry, origin.number))
    return True


def _families(origin: _Origin) -> list[str]:
    return [family for family, asked in zip(FAMILIES, (NAMES, MAILBOXES), strict=True) if origin.asks(asked)]


_TAKERS: dict[str, Callable[[Draft, _Origin, str], bool]] = {
    "cidr": _take_cidr,
    "hostname": _take_hostname,
    "string": _take_string,
    "substring": _take_substring,
    "regex": _take_regex,
}
