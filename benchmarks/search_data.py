"""Measure the search data and the lists of years: bytes a page, bytes of typical queries, seconds.

Run `python -m benchmarks.search_data DATA`: DATA is a folder of recorded data with `certfr`, `csaf/cisa`,
`health/press` and `health/fda`. Cards are made of their notices and, beyond those, of the same notices two
years earlier each time, under other numbers and with the name of another device as product, so that the
vocabulary grows too. Where a Python that has Pagefind is named as second argument, it indexes pages of the
same titles, products and CVEs beside.
"""

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from pathlib import Path
from time import process_time

from publishing.cards import Card, CardProduct
from publishing.facets import facet_files
from publishing.search_index import search_files
from publishing.search_words import card_words, words
from records import Level, Tier
from tests.publishing.search_reading import Reading, search

SIZES = (10_000, 20_000)
LIMIT_BYTES, LIMIT_QUERY, LIMIT_SECONDS = 300, 150_000, 0.3
QUERIES = (
    "fortinet", "rançongiciel", "CVE-2024-3400", "microsoft exchange", "linux", "s7-1500", "siemens simatic",
    "CERTFR-2025-AVI-0305", "philips intellivue", "pompe à perfusion", "noyau linux de debian", "vmware esxi",
    "cve-2024-26", "ivanti", "hôpital", "ge healthcare", "oracle java", "google chrome", "citrix netscaler", "mic",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """What a card is made of."""

    source: str
    number: str
    title: str
    language: str
    day: str
    cves: tuple[str, ...]
    vendors: tuple[str, ...]
    products: tuple[str, ...]
    summary: str = ""


def notices(folder: Path) -> list[Notice]:
    """Return the recorded notices and headlines, newest first."""
    found = [*_certfr(folder), *_cisa(folder), *_press(folder)]
    return sorted(found, key=lambda notice: (notice.day, notice.number), reverse=True)


def cards(folder: Path, size: int) -> list[Card]:
    """Return so many cards, with their words, the recorded ones first."""
    recorded = notices(folder)
    with (folder / "health" / "fda" / "foiclass.txt").open(encoding="latin-1") as stream:
        devices = [row["DEVICENAME"] for row in csv.DictReader(stream, delimiter="|")]
    made = []
    for number in range(size):
        notice = recorded[number % len(recorded)]
        earlier = number // len(recorded)
        card = _card(_earlier(notice, 2 * earlier, devices[number % len(devices)]) if earlier else notice)
        made.append(replace(card, words=card_words(card)))
    return made


def _certfr(folder: Path) -> Iterator[Notice]:
    for path in sorted(folder.glob("certfr/20*/*.json")):
        notice = json.loads(path.read_bytes())
        if not notice.get("revisions"):
            continue
        sold = [system["product"] for system in notice["affected_systems"] if system.get("product")]
        yield Notice(
            "certfr-avis",
            notice["reference"],
            notice["title"],
            "fr",
            notice["revisions"][0]["revision_date"][:10],
            tuple(dict.fromkeys(cve["name"] for cve in notice["cves"])),
            tuple(dict.fromkeys(product["vendor"]["name"] for product in sold)),
            tuple(dict.fromkeys(product["name"] for product in sold if product["name"] != "N/A")),
            notice["summary"] or "",
        )


def _cisa(folder: Path) -> Iterator[Notice]:
    for path in sorted(folder.glob("csaf/cisa/**/ics*.json")):
        notice = json.loads(path.read_bytes())
        tracking = notice["document"]["tracking"]
        branches = notice.get("product_tree", {}).get("branches", [])
        yield Notice(
            "cisa-csaf",
            tracking["id"],
            notice["document"]["title"],
            "en",
            tracking["initial_release_date"][:10],
            tuple(dict.fromkeys(v["cve"] for v in notice.get("vulnerabilities", ()) if "cve" in v)),
            tuple(dict.fromkeys(branch["name"] for branch in branches)),
            tuple(dict.fromkeys(_named(branches))),
            next((n["text"] for n in notice["document"].get("notes", ()) if n["category"] == "summary"), ""),
        )


def _named(branches: list[dict[str, object]]) -> Iterator[str]:
    for branch in branches:
        if branch.get("category") == "product_name":
            yield str(branch["name"])
        below = branch.get("branches", [])
        if isinstance(below, list):
            yield from _named(below)


def _press(folder: Path) -> Iterator[Notice]:
    for item in json.loads((folder / "health" / "press" / "press_all.json").read_bytes())["results"]:
        title = item["title"] or item["victim"]
        digest = sha256(title.encode()).hexdigest()[:12]
        number = f"https-press-example-org-{'-'.join(words(title))[:56]}--{digest}"
        yield Notice("zataz", number, title, "fr", item["date"], (), (), (), item["summary"] or "")


def _earlier(notice: Notice, years: int, device: str) -> Notice:
    def shifted(text: str) -> str:
        return f"{int(text[:4]) - years:04}{text[4:]}"

    day = shifted(notice.day).replace("-02-29", "-02-28")
    cves = tuple(f"CVE-{shifted(cve[4:])}" for cve in notice.cves)
    number = notice.number
    for part in number.split("-")[1:2]:
        if part.isdigit():
            number = number.replace(f"-{part}-", f"-{(int(part) - years) % 10 ** len(part):0{len(part)}}-", 1)
    return replace(notice, day=day, cves=cves, number=number, products=(*notice.products[:3], device[:60]))


def _card(notice: Notice) -> Card:
    at = datetime.fromisoformat(notice.day).replace(tzinfo=UTC)
    french = notice.language == "fr"
    title = (
        notice.title if french else f"{', '.join(notice.products[:2])} : {len(notice.cves)} vulnérabilités"
    )
    draw = sha256(notice.number.encode()).digest()
    return Card(
        id=notice.number,
        path=f"avis/{at.year}/{notice.source}--{notice.number.lower()}/",
        title=title,
        language="fr",
        title_en=notice.title,
        language_en=notice.language,
        native_ids=(notice.number,),
        summary=notice.summary[:600],
        category="advisory" if notice.cves else "news",
        source=notice.source,
        sources=(notice.source,),
        published_at=at,
        changed_at=at,
        tier=tuple(Tier)[draw[0] % 4].value,
        relevance=draw[1] % 101,
        level=tuple(Level)[draw[2] % 5].value,
        exploited_on=at.date() if draw[3] < 8 else None,
        cves=notice.cves,
        vendors=notice.vendors,
        families=("Système d’exploitation",) if draw[4] < 128 else ("Réseau et pare-feu",),
        products=tuple(CardProduct(vendor=(notice.vendors or ("",))[0], product=p) for p in notice.products),
    )


def measure(folder: Path, size: int) -> list[str]:
    """Print the figures of so many cards; return what misses its limit, in words."""
    made = cards(folder, size)
    seconds = min(_seconds(made) for _ in range(3))
    files = dict(search_files(made, (), {}))
    a_page = sum(map(len, files.values())) / size
    loads = {query: _loaded(files, query) for query in QUERIES}
    years = dict(facet_files(made, {}, {}))
    print(
        f"{size} cards: {a_page:.0f} bytes a page in {len(files)} files, built in {seconds:.2f} s of processor"
    )
    for folder_name in ("index.json", "marques.json", "pages/", "mots/", "numeros/"):
        part = [len(content) for path, content in files.items() if f"/recherche/{folder_name}" in path]
        print(
            f"  {folder_name:13} {sum(part) / size:6.1f} bytes a page, {len(part):5} files, largest {max(part)}"
        )
    for query, loaded in loads.items():
        print(f"  {query:24} {loaded / 1000:6.1f} kB")
    print(f"  changed by one new card: {_changed(made, files)} files")
    for year in ("2022", "2023", "2024"):
        content = years[f"donnees/listes/{year}.json"]
        rows = len(json.loads(content)["titles"])
        print(f"  list of {year}: {rows} cards, {len(content) / rows:.0f} bytes each")
    return [
        f"{size}: {what}"
        for what, missed in (
            (f"{a_page:.0f} bytes a page", a_page > LIMIT_BYTES),
            (f"{max(loads.values())} bytes for a query", max(loads.values()) > LIMIT_QUERY),
            (f"{seconds:.2f} s", size == SIZES[0] and seconds > LIMIT_SECONDS),
        )
        if missed
    ]


def _seconds(made: list[Card]) -> float:
    started = process_time()
    for _ in search_files(made, (), {}):
        pass
    return process_time() - started


def _loaded(files: Mapping[str, bytes], query: str) -> int:
    reading = Reading(files)
    search(reading, query)
    return sum(len(files[path]) for path in reading.opened)


def _changed(made: list[Card], files: Mapping[str, bytes]) -> int:
    newest = max(made, key=lambda card: (card.published_at, card.path))
    new = replace(newest, id="new", path=f"{newest.path[:-1]}-new/", native_ids=("CERTFR-2026-AVI-9999",))
    after = dict(search_files([*made, new], (), {}))
    return sum(files.get(path) != content for path, content in after.items())


def pagefind(python: str, made: list[Card]) -> None:
    """Print what Pagefind makes of pages with the same titles, products and CVEs."""
    with tempfile.TemporaryDirectory() as folder:
        for card in made:
            page = Path(folder, card.path, "index.html")
            page.parent.mkdir(parents=True, exist_ok=True)
            said = " ".join((*card.vendors, *(p.product for p in card.products), *card.cves))
            page.write_text(
                f'<html lang="fr"><title>{escape(card.title)}</title><body><h1>{escape(card.title)}</h1>'
                f"<p>{escape(said)}</p></body></html>",
                "utf-8",
            )
        subprocess.run([python, "-m", "pagefind", "--site", folder], check=True, capture_output=True)
        sizes = [path.stat().st_size for path in Path(folder, "pagefind").rglob("*") if path.is_file()]
    print(f"Pagefind: {sum(sizes) / len(made):.0f} bytes a page in {len(sizes)} files")


def main(arguments: list[str]) -> int:
    """Measure at every size; 1 where a limit is missed."""
    folder = Path(arguments[0])
    missed = [line for size in SIZES for line in measure(folder, size)]
    if len(arguments) > 1:
        pagefind(arguments[1], cards(folder, SIZES[0]))
    print("\n".join(f"MISSED {line}" for line in missed) or "all limits kept")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
