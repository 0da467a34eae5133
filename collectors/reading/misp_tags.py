"""Read the context that MISP tags, galaxies and `distribution` give: marking, labels, retention.

The strictest of all that is said holds, and what cannot be understood is RED (decision 0007).
`distribution` says who sees an element on its server, not who may be told. On a server we are guests
of (`binding`) it limits the marking whatever the tags say. A feed is already a publication: there it
only counts where no TLP tag says more, because publishers leave it at a value of their own server
(CERT-FR: `distribution` 0 beside `cert-fr:TLP="clear"`). Both rules are ours.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from collectors.reading import text
from records import TLP, Marking, parse_tags

# Who sees an element (MISP core format, `distribution`), as the least marking that keeps it there: its
# organisation; the community of its server; the communities connected to that; all; a sharing group,
# whose members we do not know. 5 is that of the holder; any other value is unknown.
DISTRIBUTIONS = {"0": TLP.RED, "1": TLP.AMBER, "2": TLP.GREEN, "3": TLP.CLEAR, "4": TLP.RED}
INHERITED = "5"

# What a galaxy's clusters are called in a label, `actor:FIN12`; of a galaxy not named here, its own type.
PREFIXES = {
    "sector": "sector",
    "target-information": "target",
    **dict.fromkeys(
        (
            "threat-actor",
            "360net-threat-actor",
            "microsoft-activity-group",
            "mitre-intrusion-set",
            "mitre-enterprise-attack-intrusion-set",
            "mitre-ics-groups",
        ),
        "actor",
    ),
    "ransomware": "ransomware",
    **dict.fromkeys(
        (
            "android",
            "backdoor",
            "banker",
            "botnet",
            "cryptominers",
            "exploit-kit",
            "malpedia",
            "mitre-enterprise-attack-malware",
            "mitre-ics-software",
            "mitre-malware",
            "rat",
            "stealer",
        ),
        "malware",
    ),
    **dict.fromkeys(("mitre-enterprise-attack-tool", "mitre-tool", "tool"), "tool"),
    **dict.fromkeys(
        ("mitre-attack-pattern", "mitre-enterprise-attack-attack-pattern", "mitre-ics-techniques"),
        "technique",
    ),
}

MAX_TAG = 300  # characters read of a tag; MISP itself keeps 255
MAX_TAGS = 200  # of one element, and labels of one record
_MORE = "tlp:more tags than are read"  # an unknown marking: what is not read may be one

# Markings as people and other taxonomies write them: `TLP AMBER`, `iep:traffic-light-protocol="RED"`.
_MARKING = re.compile(
    r"(?:(tlp|pap)(?![a-z0-9])|(?:[^=\"]*:)?(tlp|pap|traffic[-_]light[-_]protocol)[ ]?(?=[:=]))[\s:=_-]*(.*)",
    re.IGNORECASE | re.DOTALL,
)
# French state markings (taxonomy `fr-classif`): all but these close a record to us.
_STATE_MARKING = re.compile(r"fr-classif\s*:", re.IGNORECASE)
_UNPROTECTED = re.compile(r"NON[-_ ]?(?:PROTEGEE?S?|CLASSIFIEE?S?)", re.IGNORECASE)
_CLUSTER_TAG = re.compile(r'misp-galaxy:([^="]+)="(.*)"', re.IGNORECASE)
_RETENTION = re.compile(r"retention:(?:(expired)|(\d{1,4})([dwmy]))", re.IGNORECASE)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}  # as the taxonomy's own numerical values


def names(holder: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the tags of an event, object, attribute or report, as written.

    An element with more than `MAX_TAGS` is RED.
    """
    tags = text.mappings(holder.get("Tag"))
    found = [name for tag in tags[:MAX_TAGS] if isinstance(name := tag.get("name"), str)]
    return tuple(found) if len(tags) <= MAX_TAGS else (*found, _MORE)


@lru_cache(maxsize=1024)
def marking(tags: tuple[str, ...], distribution: TLP, least: TLP, *, binding: bool) -> Marking:
    """Return the strictest of `least`, of what all tags say, and of the distribution where it counts."""
    standard = [_standard(tag) for tag in tags]
    said = parse_tags([*tags, *standard], least=Marking(least))
    if not binding and any(tag.startswith("tlp:") for tag in standard):
        return said
    return Marking(max(said.tlp, distribution), said.pap)


def _standard(tag: str) -> str:
    """Return `tlp:VALUE` or `pap:VALUE` for a tag that marks, in whatever taxonomy; others as they are."""
    tag = tag[:MAX_TAG].strip()
    found = _MARKING.fullmatch(tag)
    if found:
        name = "pap" if (found[1] or found[2]).lower() == "pap" else "tlp"
        return f"{name}:{found[3].replace('=', ' ')}"  # a value with a sign of its own is unknown: RED
    if _STATE_MARKING.match(tag) and not _UNPROTECTED.search(tag.partition("=")[2]):
        return "tlp:red"
    return tag


def distribution(element: dict[str, Any], inherited: TLP) -> TLP:
    """Return what an element's distribution means; 5 and none at all are its holder's, never less."""
    said = element.get("distribution")
    if said is None or said in ("", INHERITED, int(INHERITED)):
        return inherited
    level = str(said) if isinstance(said, str | int) and not isinstance(said, bool) else repr(said)
    return max(inherited, DISTRIBUTIONS.get(level, TLP.RED))


def labels(tags: tuple[str, ...], holder: dict[str, Any], inherited: tuple[str, ...]) -> tuple[str, ...]:
    """Return the inherited labels, then the tags and galaxy clusters of an element, once each.

    A cluster is `prefix:value` (see `PREFIXES`), whether it comes as a galaxy or as a machine tag.
    """
    clusters = [
        (text.string(cluster.get("type") or galaxy.get("type")), text.string(cluster.get("value")))
        for galaxy in text.mappings(holder.get("Galaxy"))
        for cluster in text.mappings(galaxy.get("GalaxyCluster"))
    ]
    return _labels(inherited, tags, tuple(clusters[:MAX_TAGS]))


@lru_cache(maxsize=1024)
def _labels(
    inherited: tuple[str, ...], tags: tuple[str, ...], clusters: tuple[tuple[str, str], ...]
) -> tuple[str, ...]:
    named = [text.line(tag[:MAX_TAG]) for tag in tags]
    found = [_CLUSTER_TAG.fullmatch(name) for name in named]
    of_tags = [_cluster(one[1], one[2]) if one else name for one, name in zip(found, named, strict=True)]
    of_galaxies = [_cluster(sort, text.line(value[:MAX_TAG])) for sort, value in clusters]
    return tuple(dict.fromkeys([*inherited, *filter(None, of_tags + of_galaxies)]))[:MAX_TAGS]


def _cluster(sort: str, value: str) -> str:
    sort = text.line(sort[:MAX_TAG]).lower()
    prefix = PREFIXES.get(sort, sort)
    return f"{prefix}:{value}" if prefix and value else value


def retained_until(tags: tuple[str, ...], dated_at: datetime | None) -> datetime | None:
    """Return the instant until which an event's addresses are to be acted on, `None` where no tag says.

    MISP taxonomy `retention`: the period counts from the date of the event; `retention:expired` has
    ended with it. Of several the shortest holds.
    """
    found = [one for one in map(_RETENTION.fullmatch, tags) if one]
    if not found or dated_at is None:
        return None
    days = min(0 if one[1] else int(one[2]) * _DAYS[one[3].lower()] for one in found)
    try:
        return dated_at + timedelta(days=days)
    except OverflowError:
        return None
