"""Write all indicators as one STIX 2.1 bundle (OASIS Standard, 10 June 2021), one object per line.

The text is made from templates, because the stix2 library builds a few thousand objects a second; the
tests read it with that library and validate it. Identifiers are UUIDv5 (§ 2.9): an observable keeps
its indicator from one release to the next. Objects appear before or with the first that refers to
them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

import orjson

from records import PAP, TLP, Entry, Observable, ObservableType, record_id
from sharing.formats.lines import is_one_word, labels, one_line, rfc3339

FILES: Mapping[str, frozenset[ObservableType]] = {"indicators.stix.json": frozenset(ObservableType)}
MEDIA_TYPE = "application/stix+json;version=2.1"
LOSES = (
    "Which source said what, once several are merged; when an indicator was first and last seen; labels beyond 50 and "
    "characters beyond 200 in one; and the PAP, which STIX lacks, is kept as a label only."
)

_IDENTITY = f"identity--{record_id('sharing', 'identity')}"
_BUNDLE = f"bundle--{record_id('sharing', 'bundle')}"
_HEAD = (
    f'{{"type":"bundle","id":"{_BUNDLE}","objects":[\n'
    f'{{"type":"identity","spec_version":"2.1","id":"{_IDENTITY}","created":"2025-01-01T00:00:00.000Z",'
    '"modified":"2025-01-01T00:00:00.000Z","name":"Vigie","identity_class":"system"}'
)
WITHDRAWS = True
VERSION = 2
_SECOND = timedelta(seconds=1)  # the precision of what is written

_PATTERNS = {  # patterns of STIX 2.1 § 9; a network holds its addresses: ISSUBSET, § 9.6.1
    ObservableType.IPV4: "[ipv4-addr:value = '{}']",
    ObservableType.IPV6: "[ipv6-addr:value = '{}']",
    ObservableType.IPV4_NET: "[ipv4-addr:value ISSUBSET '{}']",
    ObservableType.IPV6_NET: "[ipv6-addr:value ISSUBSET '{}']",
    ObservableType.DOMAIN: "[domain-name:value = '{}']",
    ObservableType.URL: "[url:value = '{}']",
    ObservableType.EMAIL: "[email-addr:value = '{}']",
    ObservableType.MD5: "[file:hashes.MD5 = '{}']",
    ObservableType.SHA1: "[file:hashes.'SHA-1' = '{}']",
    ObservableType.SHA256: "[file:hashes.'SHA-256' = '{}']",
}
# OASIS published these objects with its TLP 2.0 extension; their identifiers and date are given.
_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_MARKINGS = {
    TLP.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    TLP.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    TLP.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    TLP.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    TLP.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}


def carries(row: Entry, name: str = "") -> bool:
    """Say whether a value is one printable word; anything else is no observable."""
    return is_one_word(row.observable)


def head(name: str, made_at: datetime) -> str:
    """Return the beginning of the bundle, with who speaks and the markings."""
    return _HEAD + "".join(f",\n{_marking(level)}" for level in TLP)


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield an object a piece; a withdrawn one is revoked (§ 3.2) and says why among its labels."""
    return (f",\n{_indicator(row)}" for row in rows if carries(row))


def tail(name: str) -> str:
    """Return the end of the bundle."""
    return "\n]}\n"


def count(lines: Iterable[str]) -> int:
    """Return the number of indicators that are not revoked, reading each of them as JSON."""
    objects = (orjson.loads(line.rstrip(",\n")) for line in lines if line.startswith('{"type":"indicator"'))
    return sum(1 for item in objects if item["pattern"] and not item.get("revoked"))


def _marking(tlp: TLP) -> str:
    """Return the marking definition of a TLP 2.0 label, as OASIS published it."""
    return (
        f'{{"type":"marking-definition","spec_version":"2.1","id":"{_MARKINGS[tlp]}",'
        f'"created":"2022-10-01T00:00:00.000Z","name":"TLP:{tlp.label}","extensions":{{"{_TLP_EXTENSION}":'
        f'{{"extension_type":"property-extension","tlp_2_0":"{tlp.label.lower()}"}}}}}}'
    )


def _indicator(row: Entry) -> str:
    """Return an indicator object (§ 4.7) on one line."""
    item = row.observable
    native_id = record_id("sharing", item.type, item.value)
    revoked = '"revoked":true,' if row.withdrawal else ""
    return (
        f'{{"type":"indicator","spec_version":"2.1","id":"indicator--{native_id}",'
        f'"created_by_ref":"{_IDENTITY}","created":"{_stamp(row.listed_at)}",'
        f'"modified":"{_stamp(row.changed_at)}",{revoked}"confidence":{row.confidence},'
        f"{_labels(_said(row), row.marking.pap)}{_sources(row.sources)}"
        f'"object_marking_refs":["{_MARKINGS[row.marking.tlp]}"],"name":{_json(item.value)},'
        f'"indicator_types":["malicious-activity"],"pattern":{_json(_pattern(item))},'
        f'"pattern_type":"stix","pattern_version":"2.1",{_validity(row)}}}'
    )


def _said(row: Entry) -> tuple[str, ...]:
    return (*row.labels, f"withdrawn:{row.withdrawal.reason.value}") if row.withdrawal else row.labels


def _pattern(item: Observable) -> str:
    """Return the pattern of an observable; a backslash and a quote are escaped by a backslash (§ 9.2)."""
    value = item.value.replace("\\", "\\\\").replace("'", "\\'")
    return _PATTERNS[item.type].replace("{}", value)


def _validity(row: Entry) -> str:
    """Return `valid_from`, and `valid_until` where it is known, which must be the later (§ 4.7)."""
    if row.valid_until is None:
        return f'"valid_from":"{rfc3339(row.valid_from)}"'
    start = row.valid_from if row.valid_from < row.valid_until else row.valid_until - _SECOND
    return f'"valid_from":"{rfc3339(start)}","valid_until":"{rfc3339(row.valid_until)}"'


def _stamp(at: datetime) -> str:
    """Write an instant with the milliseconds that `created` and `modified` require (§ 3.2)."""
    return rfc3339(at, "milliseconds")


@lru_cache(maxsize=4096)
def _labels(texts: tuple[str, ...], pap: PAP) -> str:
    found = list(labels(texts))
    if pap > PAP.CLEAR:
        found.append(f"PAP:{pap.name}")
    return f'"labels":{_json(found)},' if found else ""


@lru_cache(maxsize=4096)
def _sources(names: tuple[str, ...]) -> str:
    """Name the sources as external references, which need more than a name (§ 2.5)."""
    references = [
        {"source_name": one_line(name), "description": "Source of this indicator"} for name in names
    ]
    return f'"external_references":{_json(references)},' if references else ""


def _json(value: str | list[str] | list[dict[str, str]]) -> str:
    return orjson.dumps(value).decode()
