"""Say what each column of a spreadsheet holds, from its heading in French or English, or from its cells.

A browser does the same with the lists that are published with the product index.
"""

import re
from collections.abc import Mapping, Sequence

from checking.names import fold

ROLES = ("version", "cpe", "purl", "vendor", "product", "name")  # in the order in which they choose a column
SYNONYMS: Mapping[str, tuple[str, ...]] = {  # the best first; folded, letters and digits only
    "version": (
        "version", "versioninstallee", "versionlogicielle", "versionlogiciel", "displayversion", "softwareversion",
        "productversion", "versioninfo", "numerodeversion", "firmwareversion", "osversion", "release", "revision",
        "firmware", "micrologiciel", "build",
    ),
    "cpe": ("cpe", "cpe23", "cpe23type", "cpename"),
    "purl": ("purl", "packageurl"),
    "vendor": (
        "editeur", "fabricant", "vendor", "publisher", "manufacturer", "constructeur", "marque", "fournisseur",
        "supplier", "brand", "vendeur", "company", "societe",
    ),
    "product": (
        "produit", "product", "logiciel", "software", "application", "displayname", "productname", "softwarename",
        "nomdulogiciel", "nomduproduit", "package", "paquet", "progiciel", "composant", "component", "programme",
        "program", "modele", "model", "systemedexploitation", "operatingsystem", "os", "reference",
    ),
    "name": (
        "nom", "name", "libelle", "designation", "description", "intitule", "title", "equipement", "asset",
        "hostname", "machine", "poste", "ordinateur", "computer", "serveur", "hote", "host", "inventaire",
    ),
}  # fmt: skip
SHORTEST = 4  # letters of a synonym that may stand within a longer heading
_VERSION = re.compile(r"v?[0-9]+(?:\.[0-9]+)+\S*", re.IGNORECASE)

Columns = Mapping[str, int]  # role -> position, from 0


def columns_of_heading(cells: Sequence[str]) -> Columns:
    """Return which column of a heading plays which role; empty where the cells are no heading."""
    headings = [re.sub(r"[^a-z0-9]", "", fold(cell)) for cell in cells]
    found: dict[str, int] = {}
    for exact in (True, False):
        for role in ROLES:
            if role not in found:
                place = _best(headings, SYNONYMS[role], set(found.values()), exact)
                found |= {role: place} if place >= 0 else {}
    if "product" not in found and "name" in found:
        found["product"] = found.pop("name")
    return found if found.keys() & {"product", "cpe", "purl"} else {}


def _best(headings: Sequence[str], synonyms: Sequence[str], taken: set[int], exact: bool) -> int:
    """Return the position of the heading with the best synonym, -1 where there is none."""
    for synonym in synonyms:
        if not exact and len(synonym) < SHORTEST:
            continue
        for place, heading in enumerate(headings):
            if place not in taken and (heading == synonym if exact else synonym in heading):
                return place
    return -1


def columns_of_cells(rows: Sequence[Sequence[str]]) -> Columns:
    """Return which column plays which role where there is no heading, from the first rows.

    The column with the most versions is the version; of the first two that hold words, the one that says the
    same more often is the vendor.
    """
    width = max((len(row) for row in rows), default=0)
    cells = [[row[place].strip() for row in rows if place < len(row)] for place in range(width)]
    versions = [sum(1 for cell in column if _VERSION.fullmatch(cell)) for column in cells]
    version = versions.index(max(versions)) if max(versions, default=0) * 2 > len(rows) else -1
    texts = [place for place, column in enumerate(cells) if place != version and _holds_words(column)]
    if not texts:
        return {"product": 0} if width else {}
    found = {} if version < 0 else {"version": version}
    if len(texts) > 1:
        one, other = texts[:2]
        first_is_vendor = len(set(cells[one])) <= len(set(cells[other]))
        return (
            {"vendor": one, "product": other, **found}
            if first_is_vendor
            else {"vendor": other, "product": one, **found}
        )
    return {"product": texts[0], **found}


def _holds_words(column: Sequence[str]) -> bool:
    return sum(1 for cell in column if re.search(r"[^\W\d_]{2}", cell)) * 2 > len(column)
