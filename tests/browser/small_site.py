"""A site of a few invented stories with just what search and facets need: their pages, scripts and data."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copytree

from publishing.cards import Card, CardProduct
from publishing.facets import facet_files
from publishing.layout import Site, Writer
from publishing.search_index import OtherPage, search_files
from publishing.search_words import card_words
from tests.conftest import ROOT
from tests.publishing.editions import card

NAMES = {"certfr-avis": "CERT-FR", "zataz": "Zataz"}
FICHE = OtherPage("fiches/rancongiciel/", "Rançongiciel : que faire", "Débrancher.", "Ransomware: what to do")
SHELL = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title} · Vigie</title>
<link rel="icon" href="{root}assets/vigie.svg"><link rel="stylesheet" href="{root}assets/vigie.css"><script src="{root}assets/scheme.js"></script>
<script src="{root}assets/vigie.js" defer></script>{scripts}</head>
<body><main id="contenu"><article class="md-typeset">{html}</article></main></body></html>"""
LISTS = """<h1 id="titre">Alertes</h1><div data-facets></div>
<div data-facets-static><p>Toutes les listes</p></div>"""


def stories() -> list[Card]:
    """Return 60 notices on Zorgmed of 2025, one a day, and a few others, an older year among them."""
    usual = [
        _story(
            f"certfr-2025-avi-{n:04}",
            f"Multiples vulnérabilités dans Zorgmed {n}",
            day=n,
            vendors=("Zorgmed",),
            families=("moniteur",),
            level=("critique", "faible")[n % 2],
            tier=("soin", "socle", "général")[n % 3],
            cves=(f"CVE-2025-{1000 + n}",),
        )
        for n in range(60)
    ]
    at = usual[0].published_at
    return [
        *usual,
        _story(
            "certfr-2025-avi-0100",
            "Vulnérabilité dans <b>Siemens</b> S7-1500 & co",
            vendors=("Siemens",),
            products=(CardProduct("Siemens", "SIMATIC S7-1500"),),
            cves=("CVE-2025-12345", "CVE-2025-1007"),
            exploited_on=at.date(),
            level="critique",
        ),
        _story(
            "actu",
            "L’hôpital de Trifouillis touché par un rançongiciel",
            day=70,
            title_en="Trifouillis hospital hit",
            source="zataz",
            sources=("zataz", "certfr-avis"),
            path="avis/2025/zataz--actu/",
            tier="secteur",
        ),
        _story("certfr-2024-avi-0001", "Ancienne faille dans Zorgmed", year=2024, vendors=("Zorgmed",)),
    ]


def lay(folder: Path, cards: list[Card]) -> None:
    """Write the site into a folder."""
    copytree(ROOT / "site" / "theme" / "assets", folder / "assets")
    template = Writer(Site("Vigie", "https://vigie.example/", ROOT / "site"), "fr")
    for language, root in (("fr", "../"), ("en", "../../")):
        below = folder if language == "fr" else folder / "en"
        html = template.fill("recherche.html", "recherche/")
        _page(below / "recherche", language, root, ("cartes.js", "recherche.js"), html)
        _page(below / "alertes", language, root, ("cartes.js", "facettes.js"), LISTS)
    for path, content in (
        *search_files(cards, [FICHE], NAMES),
        *facet_files(cards, NAMES, {"moniteur": "monitor"}),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def _page(folder: Path, language: str, root: str, scripts: tuple[str, ...], html: str) -> None:
    tags = "".join(f'<script src="{root}assets/{name}" defer></script>' for name in scripts)
    folder.mkdir(parents=True)
    page = SHELL.format(language=language, title="Page", root=root, scripts=tags, html=html)
    (folder / "index.html").write_text(page, "utf-8")


def _story(name: str, title: str, *, year: int = 2025, day: int = 0, **fields: object) -> Card:
    at = card(name, year=year).published_at + timedelta(days=day)
    own = {
        "title": title,
        "title_en": title,
        "language_en": "fr",
        "native_ids": (name.upper(),),
        "published_at": at,
    }
    made = card(name, year=year, **(own | fields))
    return replace(made, words=card_words(made))
