"""The shipped sources: each is read, is what docs/sources.md says it is, and asks politely. No network."""

import re
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from collectors.source_files import load_sources
from records import TLP, Source

ROOT = Path(__file__).resolve().parents[2]
SOURCES, PROBLEMS = load_sources(ROOT / "sources")
BY_ID = {source.id: source for source in SOURCES}
ON = [source for source in SOURCES if source.enabled]
LANGUAGES = {"de", "en", "fr", "it", "pl"}
UNSEEN = "# address not seen answering: check before switching on"
COLUMNS = ["id", "kind", "on", "language", "licence", "what it is", "how its address was checked"]

one_by_one = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)


def _file(source: Source) -> str:
    return (ROOT / "sources" / f"{source.id}.toml").read_text("utf-8")


def _documented() -> list[list[str]]:
    """Return the cells of each row of the first table of docs/sources.md, its heading first."""
    lines = (ROOT / "docs" / "sources.md").read_text("utf-8").split("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [rows[0], *rows[2:]]


def test_every_file_is_read() -> None:
    assert PROBLEMS == []
    assert len(SOURCES) == len(list((ROOT / "sources").glob("*.toml")))


def test_a_new_cell_has_a_pack_from_the_first_day() -> None:
    french = [source for source in ON if source.language == "fr"]
    assert len(ON) >= 40
    assert len(french) >= 12
    assert {"certfr", "csaf", "cvelist", "epss", "indicator_list", "kev", "misp_feed", "rss"} <= {
        source.kind for source in ON
    }


@one_by_one
def test_a_source_says_whose_it_is_and_on_what_terms(source: Source) -> None:
    assert source.licence
    assert source.language in LANGUAGES
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", source.group)
    for address in (source.url, source.homepage):
        assert urlsplit(address).scheme == "https"


@one_by_one
def test_a_name_is_typeset_as_french_is(source: Source) -> None:
    assert not re.search(r" [:;?!»]|« |'", source.name)


@one_by_one
def test_a_source_is_asked_politely_and_missed_in_time(source: Source) -> None:
    assert 15 <= source.interval_minutes <= 1440
    assert source.interval_minutes < source.expected_days * 1440
    assert 40 <= source.confidence <= 95


@one_by_one
def test_a_source_that_is_off_says_why(source: Source) -> None:
    assert source.enabled or _file(source).startswith("# ")
    assert not source.enabled or UNSEEN not in _file(source)


def test_no_address_is_read_twice() -> None:
    seen = defaultdict(set)
    for source in SOURCES:
        part = str(source.options.get("only", ""))  # of one CSAF provider
        seen[source.url.removeprefix("https://www.").rstrip("/").lower(), part].add(source.id)
    assert [ids for ids in seen.values() if len(ids) > 1] == []


def test_sources_of_one_publisher_are_one_voice() -> None:
    groups = defaultdict(set)
    for source in SOURCES:
        groups[urlsplit(source.homepage).hostname].add(source.group)
    assert {host: found for host, found in groups.items() if len(found) > 1} == {}
    expected = {"cisa-kev": "cisa-csaf", "certfr-misp": "anssi-actualites", "talos-blog": "cisco-psirt"}
    for one, other in expected.items():
        assert BY_ID[one].group == BY_ID[other].group


def test_what_may_not_be_passed_on_is_marked() -> None:
    kept = {source.id for source in SOURCES if "redistribution sur accord" in source.licence}
    assert kept == {"malwarebazaar-misp", "threatfox-misp", "urlhaus-misp"}
    assert {BY_ID[one].tlp for one in kept} == {TLP.AMBER}


def test_the_documentation_lists_exactly_the_sources_there_are() -> None:
    heading, *rows = _documented()
    assert heading == COLUMNS
    assert [row[0] for row in rows] == sorted(BY_ID)


def test_the_documentation_says_what_the_files_say() -> None:
    for name, kind, on, language, licence, what, how in _documented()[1:]:
        source = BY_ID[name]
        switch = "yes" if source.enabled else "no"
        assert (kind, on, language, licence) == (source.kind, switch, source.language, source.licence)
        assert what
        assert how
