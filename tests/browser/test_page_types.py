from pathlib import Path

from tests.browser.page_types import page_types


def test_one_page_of_each_kind_is_chosen_and_the_longest(tmp_path: Path) -> None:
    sizes = {
        "index.html": 1,
        "404.html": 1,
        "avis/2025/a/index.html": 5,
        "avis/2025/b/index.html": 9,
        "avis/2026/c/index.html": 9,
        "alertes/index.html": 1,
        "alertes/toutes/index.html": 1,
        "alertes/mois/2025-07/index.html": 1,
        "en/index.html": 1,
        "en/avis/2025/a/index.html": 1,
    }
    for name, size in sizes.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * size)
    assert page_types(tmp_path) == [
        "",
        "404.html",
        "alertes/",
        "alertes/mois/2025-07/",
        "alertes/toutes/",
        "avis/2025/b/",
        "en/",
        "en/avis/2025/a/",
    ]
