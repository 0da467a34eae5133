"""Gather what the objects of one STIX document lend to its indicators and reports: labels and CVEs.

A label has the forms of MISP's galaxies (`collectors.reading.misp_tags`): `actor:FIN12`, `malware:Ryuk`,
`campaign:…`, `tool:…`, `sector:healthcare`. Nothing that is revoked lends anything, and nothing is lent
to a record that may travel further than what it comes from (decision 0007). What refers to an object of
another document, such as another page of a collection, is lent nothing either.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from collectors.reading import misp_tags, text
from collectors.reading.stix_markings import Markings, strictest, within
from records import Marking

CONTEXT = frozenset({"malware", "threat-actor", "intrusion-set", "campaign", "tool", "identity"})
MAX_LENT = 100  # labels of one report, and labels lent to one record
MAX_LENDERS = 20  # reports and relationships that are looked at for one indicator
MAX_SECTORS = 40  # of one identity; more than STIX has a word for
MAX_LABEL = 300  # characters

_PREFIXES = {"threat-actor": "actor", "intrusion-set": "actor"}  # of others, their own type
# What STIX 2.0 has a report's labels say of itself (`report-label-ov`), not of what it tells of.
_OF_THE_REPORT = frozenset(
    {"attack-pattern", "campaign", "identity", "indicator", "intrusion-set", "malware", "observed-data"}
    | {"threat-actor", "threat-report", "tool", "vulnerability"}
)


@dataclass(frozen=True, slots=True)
class Lent:
    """A label or a CVE, and how far it may travel."""

    text: str
    marking: Marking


@dataclass(frozen=True, slots=True)
class Relations:
    """Labels and CVEs by the id of the object that has them, and the labels lent to each indicator.

    `used` are the ids of the objects that were referred to and had labels to lend.
    """

    labels: dict[str, list[Lent]] = field(default_factory=dict)
    cves: dict[str, list[Lent]] = field(default_factory=dict)
    lenders: dict[str, list[list[Lent]]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def labels_of(self, indicator_id: str, marking: Marking) -> tuple[str, ...]:
        """Return the labels lent to an indicator, once each."""
        lenders = self.lenders.get(indicator_id)
        return _open((one for lender in lenders for one in lender), marking, MAX_LENT) if lenders else ()

    def labels_of_report(self, report: dict[str, Any], marking: Marking) -> tuple[str, ...]:
        """Return the labels of all that a report refers to, but for its author's sectors."""
        return _open(_referred(_told_of(report), self.labels, self.used), marking, MAX_LENT)

    def cves_of_report(self, report: dict[str, Any], marking: Marking) -> tuple[str, ...]:
        """Return the CVEs of all vulnerabilities that a report refers to."""
        return _open(_referred(_told_of(report), self.cves, self.used), marking, text.MAX_CVES)


def read_relations(objects: list[dict[str, Any]], markings: Markings) -> Relations:
    """Return what the objects lend to one another, of which there is one version each."""
    relations = Relations()
    lending = [
        item for item in objects if item.get("type") != "indicator" and item.get("revoked") is not True
    ]
    for item in lending:
        _take_in(relations, item, markings)
    for item in lending:
        if is_indication(item):
            found = list(_referred([item.get("target_ref")], relations.labels, relations.used))
            _lend(relations, [item.get("source_ref")], found, markings.of(item))
        elif item.get("type") == "report":
            marking = markings.of(item)
            own = [Lent(label, marking) for label in labels(item) if _tells_of_content(label)]
            found = [*own, *_referred(_told_of(item), relations.labels, relations.used)][:MAX_LENT]
            _lend(relations, text.items(item.get("object_refs")), found, marking)
    return relations


def _take_in(relations: Relations, item: dict[str, Any], markings: Markings) -> None:
    """Keep what an object has to lend, if there is anything."""
    kind, name = text.string(item.get("type")), text.string(item.get("id"))
    has = _names(item) if kind in CONTEXT else cves_of(item) if kind == "vulnerability" else ()
    if has and name:
        marking = markings.of(item)
        lent = relations.labels if kind in CONTEXT else relations.cves
        lent[name] = [Lent(one, marking) for one in has]


def is_indication(item: dict[str, Any]) -> bool:
    """Whether an object says what an indicator indicates (STIX 2.1 § 4.7.2), the one relationship read."""
    return item.get("type") == "relationship" and item.get("relationship_type") == "indicates"


def labels(item: dict[str, Any], *further: str) -> tuple[str, ...]:
    """Return the labels of an object and its open vocabularies of these names, in our forms.

    Left out are MISP's `misp:…`, in which its export keeps fields of its own.
    """
    values = text.items(item.get("labels"))
    for key in further:
        values = values + text.items(item.get(key))
    kept = [value for value in values if isinstance(value, str) and value[:5] != "misp:"]
    return misp_tags.labels(tuple(kept), {}, ())


def cves_of(item: dict[str, Any]) -> tuple[str, ...]:
    """Return the CVEs that an object's external references (STIX 2.1 § 2.5) and its name give."""
    references = text.mappings(item.get("external_references"))
    named = [text.string(one.get("external_id")) for one in references if one.get("source_name") == "cve"]
    return text.cves(" ".join([*named, text.string(item.get("name"))]))


def _names(item: dict[str, Any]) -> list[str]:
    """Return what an object is called in a label; of an identity, the sectors it is of.

    Platforms write a sector itself as an identity of the class `class`, named like the sector.
    """
    kind, name = text.string(item.get("type")), text.line(text.string(item.get("name"))[:MAX_LABEL])
    if kind != "identity":
        return [f"{_PREFIXES.get(kind, kind)}:{name}"] if name else []
    stated = map(text.string, text.items(item.get("sectors"))[:MAX_SECTORS])
    sectors = [text.line(sector[:MAX_LABEL]) for sector in stated]
    if item.get("identity_class") == "class":
        sectors.append(name)
    return [f"sector:{sector}" for sector in sectors if sector]


def _tells_of_content(label: str) -> bool:
    """Whether a report's label says more than what sort of report it is and how far it may travel."""
    return label.lower() not in _OF_THE_REPORT and not label.lower().startswith(("tlp:", "pap:"))


def _told_of(report: dict[str, Any]) -> list[Any]:
    """Return what a report refers to, but for its author."""
    author = report.get("created_by_ref")
    return [reference for reference in text.items(report.get("object_refs")) if reference != author]


def _referred(references: list[Any], lent: dict[str, list[Lent]], used: set[str]) -> Iterator[Lent]:
    for reference in dict.fromkeys(map(text.string, references)):
        if reference in lent:
            used.add(reference)
            yield from lent[reference]


def _lend(relations: Relations, references: list[Any], found: list[Lent], marking: Marking) -> None:
    """Lend labels to the indicators among the references, as far as their lender may travel."""
    lender = [Lent(one.text, strictest(one.marking, marking)) for one in found]
    for reference in references if lender else ():
        if isinstance(reference, str) and reference.startswith("indicator--"):
            lenders = relations.lenders.setdefault(reference, [])
            if len(lenders) < MAX_LENDERS:
                lenders.append(lender)


def _open(lent: Iterable[Lent], marking: Marking, most: int) -> tuple[str, ...]:
    """Return, once each, what may be told in a record of this marking."""
    told = dict.fromkeys(one.text for one in lent if within(one.marking, marking))
    return tuple(islice(told, most))
