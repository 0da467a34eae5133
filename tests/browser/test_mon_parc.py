"""A reader learns which alerts concern his inventory, in a real browser, and tells nobody."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from publishing.layout import Site, Writer
from publishing.offline import script
from publishing.pages import plain
from tests.browser.watching import Watch
from tests.checking.stories import index_files
from tests.conftest import ROOT

pytestmark = pytest.mark.whole

SITE = Site("Vigie", "https://veille.example/", ROOT / "site")
SHELL = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="{root}assets/vigie.svg"><link rel="stylesheet" href="{root}assets/vigie.css">
<script src="{root}assets/vigie.js" defer></script>{scripts}</head>
<body><main class="md-typeset">{html}</main></body></html>"""
INVENTORY = """Éditeur;Logiciel;Version;Poste
Fortinet;FortiOS;7.4.3;PARE-FEU-1
Fortinet;FortiOS;7.4.3;PARE-FEU-2
Google;Chrome;126.0.6478.54;PC-1
Contoso;<img src=x onerror=alert(1)>;1.0;PC-2
Contoso;Néphrolog;4.2;PC-3
""".encode("cp1252")
KEEP = "Garder cet inventaire dans ce navigateur, sur cet ordinateur"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with the page, its scripts in both languages and the index of the shared vectors."""
    root = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "site" / "theme" / "assets", root / "assets")
    [page] = [page for page in plain.pages(Writer(SITE, "fr")) if page.path == "mon-parc/"]
    for language, place, up in (("fr", "mon-parc", "../"), ("en", "en/mon-parc", "../../")):
        scripts = "".join(f'<script src="{up}assets/{name}" defer></script>' for name in page.scripts)
        html = SHELL.format(language=language, title=page.title, root=up, scripts=scripts, html=page.html)
        (root / place).mkdir(parents=True)
        (root / place / "index.html").write_text(html, "utf-8")
    for name, content in index_files().items():
        path = f"donnees/produits/{name}"
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
        (root / f"{path}.js").write_bytes(script(path, content))
    return root


@pytest.fixture(scope="module")
def address(site: Path, served: Callable[..., str]) -> str:
    return f"{served(site)}mon-parc/"


def give(page: Page, body: bytes, name: str = "inventaire.csv") -> None:
    file: FilePayload = {"name": name, "mimeType": "text/plain", "buffer": body}
    page.locator("#parc-fichier").set_input_files([file])


def answer(page: Page) -> list[str]:
    """Wait for the answer; return what the rows name, with how surely."""
    expect(page.get_by_role("status")).to_contain_text("alerte")
    rows = page.locator("[data-parc-results] tbody tr").all()
    return [
        f"{row.locator('a').inner_text().split()[-1]} {row.locator('strong').inner_text()}" for row in rows
    ]


def test_inventory_from_a_spreadsheet_gets_its_alerts(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    give(browser_page, INVENTORY)
    assert answer(browser_page) == ["fortios Certaine", "unknown Possible"]
    row = browser_page.locator("[data-parc-results] tbody tr").first
    expect(row).to_contain_text("Priorité critique")
    expect(row).to_contain_text("2 lignes : PARE-FEU-1 (2), PARE-FEU-2 (3)")
    expect(row.locator("a")).to_have_attribute(
        "href", f"{address.removesuffix('mon-parc/')}avis/2026/essai--fortios/"
    )
    browser_page.get_by_label("Seulement les correspondances certaines").check()
    assert answer(browser_page) == ["fortios Certaine"]


def test_nothing_is_sent_and_nothing_is_kept(browser_page: Page, address: str) -> None:
    asked: list[str] = []
    browser_page.goto(address)
    browser_page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    give(browser_page, INVENTORY)
    answer(browser_page)
    known = ("/donnees/produits/index.json", "/donnees/produits/2026.json", "/donnees/produits/2025.json")
    assert all(one.startswith("GET ") and one.endswith((*known, ".js", ".svg")) for one in asked), asked
    assert browser_page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_hostile_names_stay_text(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    browser_page.get_by_text("Ou coller une liste").click()
    browser_page.get_by_label("Un produit par ligne").fill(
        "Produit;Version;Poste\nFortiOS;7.4.3;<img src=x onerror=alert(1)>\n"
    )
    browser_page.get_by_role("button", name="Comparer cette liste").click()
    answer(browser_page)
    assert browser_page.locator("[data-parc] img").count() == 0
    expect(browser_page.locator("[data-parc-results]")).to_contain_text("<img src=x onerror=alert(1)>")


def test_columns_are_shown_and_can_be_corrected(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    give(browser_page, b"Logiciel;Application;Version\nCommun;FortiOS;7.4.3\nCommun;Chrome;1.0\n")
    expect(browser_page.get_by_role("status")).to_contain_text("Aucune alerte")
    choice = browser_page.get_by_role("combobox", name="Produit")
    choice.focus()
    choice.select_option(label="2\u00a0: Application")
    assert answer(browser_page) == ["fortios Certaine", "chrome Certaine"]
    expect(choice).to_be_focused()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"PK\x03\x04rest", "enregistrer la feuille en CSV"),
        (b"{", "incomplet ou abîmé"),
        (b"<bom></bom>", "pas du CycloneDX"),
        (b"<!DOCTYPE b [<!ENTITY a 'x'>]><bom/>", "DOCTYPE"),
        (b"", "Aucun produit"),
    ],
)
def test_unusable_file_is_told(body: bytes, said: str, browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    give(browser_page, body)
    expect(browser_page.get_by_role("status")).to_contain_text(said)


def test_line_that_cannot_be_read_is_told(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    give(browser_page, 'Logiciel;Version\n"cassé;1\nFortiOS;7.4.3\n'.encode())
    assert answer(browser_page) == ["fortios Certaine"]
    browser_page.get_by_text("Une ligne n’a pas pu être lue").click()
    expect(browser_page.get_by_text("Ligne 2 : guillemet ouvert")).to_be_visible()


def test_bill_of_materials_in_xml(browser_page: Page, address: str) -> None:
    bill = """<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components><component><name>x</name>
      <version>2.14.1</version><purl>pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1</purl></component>
      <component><supplier><name>Contoso</name></supplier><name>Télécardio</name></component></components></bom>"""
    browser_page.goto(address)
    give(browser_page, bill.encode(), "bom.xml")
    assert answer(browser_page) == ["log4j Certaine", "all Certaine"]


def test_inventory_is_kept_when_asked_and_forgotten_when_asked(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    give(browser_page, INVENTORY)
    answer(browser_page)
    browser_page.get_by_label(KEEP).check()
    browser_page.reload()
    assert answer(browser_page) == ["fortios Certaine", "unknown Possible"]
    browser_page.get_by_role("button", name="Oublier l’inventaire gardé").click()
    assert browser_page.evaluate("localStorage.length") == 0
    browser_page.reload()
    expect(browser_page.locator("[data-parc-answer]")).to_be_hidden()


def test_private_link_shows_what_is_new_on_its_products(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    give(browser_page, INVENTORY)
    answer(browser_page)
    browser_page.get_by_role("button", name="Faire un lien privé").click()
    link = browser_page.get_by_label("Lien privé").input_value()
    assert link == f"{address}#p=Contoso~N%C3%A9phrolog;Fortinet~FortiOS"
    browser_page.goto("about:blank")
    browser_page.goto(link)
    expect(browser_page.get_by_role("status")).to_contain_text("2 alertes sur 2 produits")
    assert answer(browser_page) == ["fortios Possible", "unknown Possible"]


def test_damaged_private_link_is_no_link(browser_page: Page, address: str) -> None:
    browser_page.goto(f"{address}#p=%E0%A4%A~%;~;;")
    expect(browser_page.get_by_label("Fichier d’inventaire")).to_be_visible()
    expect(browser_page.locator("[data-parc-answer]")).to_be_hidden()


def test_export_is_a_spreadsheet_without_formulas(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    give(
        browser_page,
        b"Vendeur;Produit;Version\n=Fortinet;Contoso Nephrolog;1\nFortinet;FortiOS;7.4.3\n;Chrome;=1.0\n",
    )
    answer(browser_page)
    with browser_page.expect_download() as download:
        browser_page.get_by_role("button", name="Exporter en CSV").click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0].startswith('"Priorité";"Exploitée"')
    assert lines[1].split(";")[:7] == ['"critique"', '""', '"Certaine"', '"même produit, version touchée"', '"Fortinet"', '"FortiOS"', '"7.4.3"']  # fmt: skip
    assert ';"\'=1.0";' in lines[2]


def test_fifty_thousand_lines_leave_the_page_alive(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    lines = "".join(f"Société {n % 97};Outil {n};{n % 9}.{n % 5}\n" for n in range(49_999))
    give(browser_page, f"Éditeur;Logiciel;Version\n{lines}Fortinet;FortiOS;7.4.3\n".encode("cp1252"))
    expect(browser_page.get_by_role("status")).to_contain_text("1 alerte pour 50 000 éléments")
    assert answer(browser_page) == ["fortios Certaine"]


def test_copy_on_disk_answers_without_server_or_worker(browser_page: Page, site: Path) -> None:
    browser_page.goto((site / "mon-parc" / "index.html").as_uri())
    give(browser_page, INVENTORY)
    assert answer(browser_page) == ["fortios Certaine", "unknown Possible"]
    expect(browser_page.locator("[data-parc-results] a").first).to_have_attribute(
        "href", (site / "avis/2026/essai--fortios/index.html").as_uri()
    )


def test_scripts_answer_in_english(browser_page: Page, address: str) -> None:
    browser_page.goto(address.replace("/mon-parc/", "/en/mon-parc/"))
    give(browser_page, b"vendor,product,version\nFortinet,FortiOS,7.4.3\n")
    expect(browser_page.get_by_role("status")).to_have_text("1 alert for 1 item, 1 of them for certain.")
    expect(browser_page.locator("[data-parc-results] a")).to_have_attribute("lang", "fr")


def test_without_javascript_the_command_is_named(watch: Watch, address: str) -> None:
    page = watch.page(script=False)
    page.goto(address)
    expect(page.locator("noscript code")).to_be_visible()
    expect(page.locator("noscript code")).to_have_text("vigie check inventaire.csv")
    expect(page.get_by_label("Fichier d’inventaire")).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True])
def test_page_with_an_answer_is_accessible(
    dark: bool, browser: Callable[..., Page], axe: Callable[[Page], list[str]], address: str
) -> None:
    page = browser(dark=dark)
    page.goto(address)
    give(page, INVENTORY)
    answer(page)
    assert axe(page) == []


def test_keyboard_alone_gets_the_answer(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    browser_page.get_by_text("Ou coller une liste").focus()
    browser_page.keyboard.press("Enter")
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.type("FortiOS 7.4.3")
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.press("Enter")
    assert answer(browser_page) == ["fortios Certaine"]
