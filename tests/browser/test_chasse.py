"""The hunt in a real browser: the worker agrees with Python, and a reader finds what is in his logs."""

import csv
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from publishing.layout import Site, Writer
from tests.browser.watching import Watch
from tests.conftest import ROOT

pytestmark = pytest.mark.whole

VECTORS = json.loads((ROOT / "tests" / "checking" / "hunting.json").read_text("utf-8"))
ENGINE = ("times", "lists", "plain", "scan", "trails", "reading", "result")
SCRIPTS = (*(f"chasse-{name}.js" for name in ENGINE), "chasse.js")
FRAME = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Chasse</title><link rel="icon" href="../assets/vigie.svg">
<link rel="stylesheet" href="../assets/vigie.css"><script src="../assets/vigie.js" defer></script>{scripts}</head>
<body><main class="md-typeset">{article}</main></body></html>"""
LISTS = {
    "domains.txt": "evil.example\n",
    "ipv4.txt": "192.0.2.7\n198.51.100.0/24\n",
    "ipv6.txt": "",
    "urls.txt": "http://bad.example/a/b\n",
    "emails.txt": "",
    "sha256.txt": "",
    "sha1.txt": "",
}
LINE = "2025-07-18T10:{:02}:{:02}Z client 10.0.0.{} query www{}.example.org IN A\n"

IN_WORKER = """([cases, writtenAt]) => Promise.all(cases.map((one) => new Promise((resolve, reject) => {
  const body = one.log_hex === undefined
    ? one.log.join("\\n")
    : Uint8Array.from(one.log_hex.match(/../g), (byte) => parseInt(byte, 16));
  const texts = Object.fromEntries(Object.entries(one.lists).map(([name, lines]) => [name, lines.join("\\n")]));
  const worker = new Worker("../assets/chasse-worker.js");
  worker.onerror = (event) => reject(new Error(event.message));
  worker.onmessage = ({ data }) => {
    if (!data.done) return;
    worker.terminate();
    resolve(data.done.findings.map((found) => [found.type, found.value, found.count, found.first_line,
      found.last_line, found.first_at, found.last_at]));
  };
  worker.postMessage({ files: [new File([body], "a.log", { lastModified: Date.parse(writtenAt) })], texts });
})))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as the site has it, without the theme around it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "site" / "theme" / "assets", folder / "assets")
    writer = Writer(Site("Vigie", "https://veille.example/", ROOT / "site"), "fr")
    article = writer.fill("chasse.html", "chasse/")
    tags = "".join(f'<script src="../assets/{name}" defer></script>' for name in SCRIPTS)
    (folder / "chasse").mkdir()
    (folder / "chasse" / "index.html").write_text(FRAME.format(scripts=tags, article=article), "utf-8")
    return folder


@pytest.fixture(scope="module")
def address(site: Path, served: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    lists = tmp_path_factory.mktemp("lists")
    for name, text in LISTS.items():
        (lists / name).write_text(text, "utf-8")
    return f"{served(site, lists)}chasse/"


@pytest.fixture
def page(address: str, watch: Watch) -> Page:
    watch.expected.append("404")  # md5.txt is absent on purpose
    page = watch.page()
    page.goto(address)
    return page


def log(lines: int, *planted: str) -> bytes:
    """A DNS log of so many lines, with others planted in its middle."""
    clean = [LINE.format(n // 60 % 60, n % 60, n % 250, n) for n in range(lines)]
    clean[lines // 2 : lines // 2] = [f"{line}\n" for line in planted]
    return "".join(clean).encode()


def hunt(page: Page, *files: tuple[str, bytes]) -> None:
    payload: list[FilePayload] = [
        {"name": name, "mimeType": "text/plain", "buffer": body} for name, body in files
    ]
    page.get_by_label("Un ou plusieurs fichiers").set_input_files(payload)
    page.get_by_role("button", name="Chercher").click()


def test_worker_agrees_with_the_shared_vectors(page: Page) -> None:
    found = page.evaluate(IN_WORKER, [VECTORS["cases"], VECTORS["written_at"]])
    for case, finds in zip(VECTORS["cases"], found, strict=True):
        assert sorted(finds, key=str) == sorted(case["finds"], key=str), case["name"]


def test_reader_finds_what_is_in_his_logs(page: Page, tmp_path: Path) -> None:
    evil = "2025-07-18T11:00:00Z client 10.0.0.9 query mail.evil.example <script>alert(1)</script>"
    proxy = "1752825600.123 45 10.0.0.7 GET http://bad.example/a/b?x - text/html;"
    hunt(page, ("dns.log", log(60_000, evil, evil)), ("proxy.log.gz", gzip.compress(log(10_000, proxy))))
    status = page.get_by_role("status")
    expect(status).to_contain_text("2 indicateurs trouvés")
    expect(status).to_contain_text("Listes absentes, non cherchées : md5.txt")
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("evil[.]example")
    expect(rows.nth(0)).to_contain_text("lignes 30001 à 30002")
    expect(rows.nth(0)).to_contain_text("2025-07-18 11:00:00 UTC")
    expect(rows.nth(1)).to_contain_text("hxxp://bad[.]example/a/b")
    rows.nth(0).get_by_text("Exemples").click()
    expect(rows.nth(0)).to_contain_text("<script>alert(1)</script>")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Enregistrer en CSV").click()
    saved.value.save_as(tmp_path / "chasse.csv")
    with (tmp_path / "chasse.csv").open(newline="", encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    assert [(row["value"], row["count"], row["file"]) for row in table] == [
        ("evil.example", "2", "dns.log"),
        ("http://bad.example/a/b", "1", "proxy.log.gz"),
    ]
    assert table[1]["sample"].endswith("text/html,")


def test_line_of_megabytes_is_read(page: Page) -> None:
    line = (
        b"x "
        + b"y" * 3_000_000
        + b" evil.example "
        + b"z " * 1_500_000
        + b"www.evil.example notevil.example\n"
    )
    hunt(page, ("one.json", line + b"evil.example"))
    row = page.get_by_role("table").locator("tbody tr")
    expect(row).to_contain_text("one.json, lignes 1 à 2")
    expect(row.locator("td").nth(1)).to_have_text("2")


def test_dropped_log_is_hunted(page: Page) -> None:
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["dst=198.51.100.9\\n"], "fw.log"));
          document.querySelector("[data-hunt-drop]").dispatchEvent(new DragEvent("drop", { dataTransfer: data }));
        }"""
    )
    expect(page.get_by_role("table")).to_contain_text("198[.]51[.]100[.]0/24")


def test_clean_log_says_so(page: Page) -> None:
    hunt(page, ("dns.log", log(1_000)))
    expect(page.get_by_role("status")).to_contain_text(
        "Aucun indicateur trouvé : 4 indicateurs cherchés dans"
    )
    expect(page.get_by_role("table")).to_have_count(0)


def test_what_cannot_be_unpacked_is_told_and_its_neighbours_are_read(page: Page) -> None:
    broken = gzip.compress(log(20_000, "evil.example"))[:-20]
    hunt(page, ("old.xz", b"\xfd7zXZ\0rest"), ("half.gz", broken), ("dns.log", b"evil.example"))
    status = page.get_by_role("status")
    expect(status).to_contain_text("old.xz : compressé par xz")
    expect(status).to_contain_text("half.gz : illisible jusqu’au bout")
    expect(page.get_by_role("table")).to_contain_text("dns.log, ligne 1")


def test_hunt_stops_when_told(page: Page) -> None:
    body = log(20_000, "evil.example")
    page.evaluate(
        """(line) => {
          const files = new DataTransfer();
          for (let n = 0; n < 60; n++) files.items.add(new File([line.repeat(100)], n + ".log"));
          document.querySelector("[name=logs]").files = files.files;
        }""",
        body.decode()[:60_000],
    )
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("button", name="Arrêter").click()
    expect(page.get_by_role("status")).to_contain_text("Recherche arrêtée avant la fin")
    expect(page.get_by_role("button", name="Chercher")).to_be_enabled()


def test_lists_that_cannot_be_fetched_are_chosen_by_the_reader(site: Path, watch: Watch) -> None:
    watch.expected.append("")  # a copy on disk may fetch nothing, and the browser says so for each list
    page = watch.page()
    page.goto((site / "chasse" / "index.html").as_uri())
    hunt(page, ("dns.log", b"evil.example\n"))
    expect(page.get_by_role("status")).to_contain_text("Les listes ne peuvent pas être lues d’ici")
    chosen: FilePayload = {"name": "domains.txt", "mimeType": "text/plain", "buffer": b"evil.example\n"}
    page.get_by_label("Les fichiers du dossier").set_input_files(chosen)
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("table")).to_contain_text("evil[.]example")


def test_page_without_script_names_the_command(address: str, browser: Callable[..., Page]) -> None:
    page = browser(script=False)
    page.goto(address)
    assert "vigie hunt" in page.content().partition("<noscript>")[2].partition("</noscript>")[0]
    expect(page.locator("form")).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True])
def test_page_is_accessible(address: str, watch: Watch, axe: Callable[[Page], list[str]], dark: bool) -> None:
    watch.expected.append("404")
    page = watch.page(dark=dark)
    page.goto(address)
    hunt(page, ("dns.log", b"2025-07-18T10:00:00Z evil.example\n"))
    expect(page.get_by_role("table")).to_be_visible()
    assert axe(page) == []


def test_keyboard_reaches_everything(page: Page) -> None:
    hunt(page, ("dns.log", b"evil.example\n"))
    expect(page.get_by_role("table")).to_be_visible()
    page.get_by_label("Un ou plusieurs fichiers").focus()
    reached: list[Any] = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim().slice(0, 18)"))
    assert reached[:3] == ["Chercher", "Enregistrer en CSV", "Exemples"]
