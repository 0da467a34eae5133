import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from publishing.layout import Site
from publishing.theme import theme
from settings import ROOT
from tests.publishing.test_content import SHEETS

pytestmark = pytest.mark.whole


def test_every_sheet_prints_on_two_pages(chromium: Browser, tmp_path: Path) -> None:
    dress = theme(Site("Vigie", "http://127.0.0.1/", ROOT / "site"), ROOT / "mkdocs.yml", tmp_path)
    lengths = {}
    page = chromium.new_page()
    for name in (f"{place}{sheet}" for place in ("", "en/") for sheet in SHEETS):
        page.goto((dress.folder / name).with_suffix("").joinpath("index.html").as_uri())
        lengths[name] = len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(prefer_css_page_size=True)))
    page.close()
    assert len(lengths) == 2 * len(SHEETS)
    assert {name: count for name, count in lengths.items() if count > 2} == {}
