"""Say who makes the products of an advisory, and what families they are of, in names for readers.

Names come from the word lists (`relevance.lexicon`), so that a facet has one spelling of each: a vendor is
kept as the lists write it, else as published, without its legal form and not in capitals. Where a notice
gives no vendor, as CERT-FR did until 2014 and news do, those of the products in its title are taken.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from enrichment.relevance.health_signals import named
from enrichment.relevance.lexicon import PRODUCTS, Kind, shipped
from enrichment.relevance.matching import Dictionary, fold
from enrichment.relevance.mentions import mentions
from enrichment.relevance.sector_labels import health_labels
from records import Advisory

MOST = 12  # vendors of one advisory; one that names more is about no vendor in particular
LONGEST = 300  # characters of a published vendor that are read

# Other names of vendors: their key (see `_key`) and how readers are told them.
ALIASES = {
    "abbottlaboratories": "Abbott",
    "apachesoftwarefoundation": "Apache",
    "arubanetworks": "HPE Aruba Networking",
    "aruba": "HPE Aruba Networking",
    "avevasoftware": "AVEVA",
    "bbraunmedical": "B. Braun",
    "bectondickinson": "BD",
    "bectondickinsonand": "BD",
    "carrierlenels2": "LenelS2",
    "checkpointsoftwaretechnologies": "Check Point",
    "ciscosystems": "Cisco",
    "citrixsystems": "Citrix",
    "dellemc": "Dell",
    "delltechnologies": "Dell",
    "draegerwerk": "Dräger",
    "draeger": "Dräger",
    "dragerwerk": "Dräger",
    "f5networks": "F5",
    "frsauter": "Sauter",
    "fujitsusoftware": "Fujitsu",
    "grafana": "Grafana Labs",
    "hewlettpackard": "HP",
    "hewlettpackardenterprise": "HPE",
    "hpearuba": "HPE Aruba Networking",
    "internationalbusinessmachines": "IBM",
    "internetsystemsconsortium": "ISC",
    "juniper": "Juniper Networks",
    "keysighttechnologies": "Keysight",
    "koninklijkephilips": "Philips",
    "linuxkernel": "Linux",
    "loytecelectronics": "Loytec",
    "mozillafoundation": "Mozilla",
    "paloalto": "Palo Alto Networks",
    "pepperlfuchs": "Pepperl+Fuchs",
    "philipshealthcare": "Philips",
    "phillips": "Philips",
    "phpgroup": "PHP",
    "progresssoftware": "Progress",
    "pythonsoftwarefoundation": "Python",
    "rochediagnostics": "Roche",
    "sautercontrols": "Sauter",
    "schneider": "Schneider Electric",
    "schneiderelectricsoftware": "Schneider Electric",
    "siemenshealthcare": "Siemens Healthineers",
    "typo3": "TYPO3",
    "veeamsoftware": "Veeam",
    "wibusystems": "Wibu-Systems",
    "xen": "Xen Project",
    "zebra": "Zebra Technologies",
    "zyxelcommunications": "Zyxel",
}
NO_NAME = frozenset({"", "na", "none", "multiple", "several", "unknown", "unspecified", "various", "vendor"})

# Vendors whose name alone is plain enough to be sought in a title, beside those in the lists' own rows.
PLAIN = (
    "Adobe",
    "Apache",
    "Apple",
    "Atlassian",
    "Cisco",
    "Citrix",
    "Debian",
    "Drupal",
    "Fortinet",
    "Google",
    "Huawei",
    "IBM",
    "Intel",
    "Ivanti",
    "Joomla!",
    "Juniper",
    "Microsoft",
    "Moodle",
    "Mozilla",
    "NetApp",
    "Novell",
    "OpenSSL",
    "Oracle",
    "phpMyAdmin",
    "QNAP",
    "Red Hat",
    "Samba",
    "Schneider",
    "Siemens",
    "SonicWall",
    "Splunk",
    "Squid",
    "SUSE",
    "Symantec",
    "Synology",
    "Trend Micro",
    "Ubuntu",
    "VMware",
    "WordPress",
)

_LEGAL = re.compile(
    r"[\s,]+(?:inc(?:orporated)?|l\.?l\.?c|ltda(?:\s+me)?|ltd|limited|g?mbh|&\s*co\.?\s*kg|kg|a\.?g|s\.?a\.?s?|s\.?e"
    r"|s\.?a\.?r\.?l|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|a/s|aps|ab|aktiebolag|oyj?|plc|corp(?:oration)?"
    r"|co(?:mpany)?|pte|pty|k\.?k)\.?[\s,-]*\Z",
    re.IGNORECASE,
)
_PARENTHESIS = re.compile(r"\s*\([^()]*\)")
_BETWEEN = re.compile(r"\s*[,;]\s*(?:(?:and\s+|et\s+)|an?\s+subsidiary\s+of\s+)?")
_CAPITALS = re.compile(r"[^\W\d_]{6,}")  # a shorter word in capitals is an acronym: ABB, WAGO, SUSE
_NOT_A_KEY = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class _Makers:
    """The vendors of the word lists by key, and by the terms of their products as texts write them."""

    names: Mapping[str, str]
    terms: Mapping[str, str]
    dictionary: Dictionary


def families(advisory: Advisory) -> tuple[str, ...]:
    """Return the families (in French, as in `lexicons/families.csv`) of the products that title and product
    list name, the clinical ones first, then by first mention; empty where the lists know none.

    The family of a vendor as a whole gives way to that of a product of his that is named too.
    """
    found = mentions(replace(advisory, summary=""))
    labels = health_labels(advisory.labels)
    cared = bool(labels and labels.alone) or any(one.entry.kind is Kind.DEVICE for one in found)
    entries = [one.entry for kind in (Kind.CLINICAL, Kind.SOCLE) for one in named(found, kind, cared=cared)]
    named_whole = {entry.name for entry in entries}
    special = {whole for whole in named_whole if any(name.startswith(f"{whole} ") for name in named_whole)}
    return tuple(dict.fromkeys(entry.french for entry in entries if entry.name not in special))


def vendors(advisory: Advisory) -> tuple[str, ...]:
    """Return the names of at most `MOST` vendors, each once, in the order of first mention.

    What a notice clears (`known_not_affected`) is not what it is about.
    """
    products = [one for one in advisory.affected if one.status != "known_not_affected"]
    published = dict.fromkeys(one.vendor for one in products)
    found = dict.fromkeys(name for text in published for name in vendor_names(text))
    found = found or dict.fromkeys(_named_in(advisory.title))
    if not found:
        names = dict.fromkeys(one.name for one in products)
        found = dict.fromkeys(name for text in names for name in _named_in(text))
    return tuple(found)[:MOST]


@lru_cache(maxsize=4096)
def vendor_names(published: str) -> tuple[str, ...]:
    """Return the vendors that one published name stands for; empty where it stands for none ("N/A")."""
    text = " ".join(_PARENTHESIS.sub("", _mended(published[:LONGEST])).split())
    if _key(_bare(text)) in ALIASES:
        return (_shown(_bare(text)),)
    parts = (_bare(part) for part in _BETWEEN.split(text))
    kept = (part for part in parts if _is_name(part))
    return tuple(dict.fromkeys(_shown(part) for part in kept))


def _named_in(text: str) -> Iterator[str]:
    """Yield the vendors who are named in a text, or whose products are; of names that overlap, the longest.

    What is written without the capital that the name has is a plain word: an oracle is no vendor.
    """
    makers, reached = _makers(), 0
    for found in sorted(makers.dictionary.find(text), key=lambda one: (one.start, -one.end)):
        if found.end > reached and not (found.text.islower() and not found.term.islower()):
            reached = found.end
            yield makers.terms[found.term]


def _is_name(text: str) -> bool:
    key = _key(text)
    return key not in NO_NAME and not text.lower().startswith(("multiple ", "several ", "various "))


def _bare(text: str) -> str:
    """Return a name without the legal form at its end."""
    before, bare = "", f" {text}"
    while bare != before:
        before, bare = bare, _LEGAL.sub("", bare)
    return bare.strip(" ,;-")


def _shown(bare: str) -> str:
    known = _makers().names.get(_key(bare).removeprefix("the"))
    if known:
        return known
    return _CAPITALS.sub(lambda word: word[0].title() if word[0].isupper() else word[0], bare)


def _key(name: str) -> str:
    """Return what is the same in all spellings of a name: its letters and digits, folded."""
    return _NOT_A_KEY.sub("", fold(name))


def _mended(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252.

    Workaround for CISA (csaf_files, January 2024), "GeutebrÃ¼ck" for Geutebrück.
    """
    try:
        return text.encode("cp1252").decode() if "Ã" in text else text
    except UnicodeError:
        return text


@cache
def _makers() -> _Makers:
    rows = list(_product_rows())
    makers = dict.fromkeys(row["vendor"] for row in rows if row["product"])
    names = {_key(_bare(name)): _bare(name) for name in (*makers, *PLAIN, *ALIASES.values())} | ALIASES
    terms = {name: names[_key(name)] for name in PLAIN}
    for row in rows:
        maker = names.get(_key(_bare(row["vendor"])))
        if maker and row["needs_context"] == "no":
            for term in (row["product"] or row["vendor"], *filter(None, row["aliases"].split("|"))):
                terms.setdefault(term.strip(), maker)
    return _Makers(names, terms, Dictionary(terms))


def _product_rows() -> Iterator[dict[str, str]]:
    """Yield the rows of the shipped lists of products, but for those that stand for no vendor."""
    for path in shipped():
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            if tuple(reader.fieldnames or ()) == PRODUCTS:
                yield from (row for row in reader if row["vendor"] != "several vendors")
