"""Read what STIX markings ask for (STIX 2.1 § 7.2): TLP 1 and 2, and PAP where a platform writes it.

Labels that mark (`TLP: AMBER`, `PAP:RED`) count too: MISP's tags come so, and so does the PAP of our own lists.
The strictest of all that is said holds, and what cannot be understood is RED (decision 0007).
"""

from dataclasses import dataclass
from typing import Any

from collectors.reading import misp_tags, text
from records import PAP, TLP, Marking, parse_tags

_TLP_2 = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_NOTHING, _UNKNOWN = Marking(), Marking(TLP.RED, PAP.CLEAR)

# The marking definitions that nobody may redefine: STIX 2.1 § 7.2.1.4, and the TLP 2.0 extension.
_STANDARD = {
    f"marking-definition--{uuid}": Marking(level)
    for uuid, level in {
        "613f2e26-407d-48c7-9eca-b8e91df99dc9": TLP.CLEAR,
        "34098fce-860f-48ae-8e50-ebd3cc5e41da": TLP.GREEN,
        "f88d31f6-486f-44da-b317-01333bde0b82": TLP.AMBER,
        "5e57c739-391a-4eb3-b6be-7d15ca92d5ed": TLP.RED,
        "94868c89-83c2-464b-929b-a1a8aa3c8487": TLP.CLEAR,
        "bab4a63c-aed9-4cf5-a766-dfca5abac2bb": TLP.GREEN,
        "55d920b0-5e8b-4f79-9ee9-91f868d9b421": TLP.AMBER,
        "939a9414-2ddd-4d32-a0cd-375ea402b003": TLP.AMBER_STRICT,
        "e828b379-4e03-4974-9ac4-e53a884c97c1": TLP.RED,
    }.items()
}


@dataclass(frozen=True, slots=True)
class Markings:
    """The marking of each definition by its id; `least` is what the source asks for, and in all of them."""

    defined: dict[str, Marking]
    least: Marking
    unknown: Marking

    def of(self, item: dict[str, Any]) -> Marking:
        """Return the strictest of all markings an object refers to or is labelled with.

        A granular one holds for the whole. A definition that is neither standard nor among the objects is read as RED.
        """
        stated = item.get("object_marking_refs", [])
        references = stated if isinstance(stated, list) else [stated]
        if "granular_markings" in item:
            granular = map(text.mapping, text.items(item["granular_markings"]))
            references = references + [part.get("marking_ref") for part in granular if "lang" not in part]
        found = self.least
        for reference in references:
            found = strictest(found, self.defined.get(text.string(reference), self.unknown))
        labels = tuple([label for label in text.items(item.get("labels")) if isinstance(label, str)])
        if labels:
            found = strictest(found, misp_tags.marking(labels, TLP.CLEAR, TLP.CLEAR, binding=False))
        return found


def read_markings(objects: list[dict[str, Any]], least: TLP) -> Markings:
    """Return the markings defined among the objects, and the standard ones."""
    own = {
        item["id"]: _definition(item)
        for item in objects
        if item.get("type") == "marking-definition" and text.string(item.get("id"))
    }
    floor = Marking(least)
    defined = {name: strictest(floor, marking) for name, marking in (own | _STANDARD).items()}
    return Markings(defined, floor, strictest(floor, _UNKNOWN))


def strictest(one: Marking, other: Marking) -> Marking:
    """Return what satisfies two markings."""
    return one if within(other, one) else Marking(max(one.tlp, other.tlp), max(one.pap, other.pap))


def within(marking: Marking, limit: Marking) -> bool:
    """Whether what is marked so may be told in a record that is marked `limit`."""
    return marking.tlp <= limit.tlp and marking.pap <= limit.pap


def _definition(item: dict[str, Any]) -> Marking:
    """Read what a marking definition asks for; a mere statement, such as a copyright, asks for nothing.

    Some platforms write TLP:AMBER+STRICT and PAP as a statement, or only in a name.
    """
    definition, extensions = text.mapping(item.get("definition")), text.mapping(item.get("extensions"))
    level = text.string(definition.get("tlp")) or text.string(
        text.mapping(extensions.get(_TLP_2)).get("tlp_2_0")
    )
    words = [item.get("name"), item.get("x_opencti_definition"), definition.get("statement")]
    tags = [f"tlp:{level}"] if level else []
    tags += [word for word in map(text.string, words) if word[:4].lower() in ("tlp:", "pap:")]
    if tags:
        return parse_tags(tags, least=_NOTHING)
    return _NOTHING if item.get("definition_type") == "statement" else _UNKNOWN
