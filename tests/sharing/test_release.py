"""A release is whole and allowed, or the last one stays."""

import csv
import hashlib
import json
import os
import resource
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from records import PAP, TLP, Edition, ListedIndicator, Marking, Observable, ObservableType, PublishError
from sharing.exporting import export
from sharing.formats import format_named, formats
from sharing.manifest import verify
from sharing.profiles import Profile
from sharing.release import release

EditionOf = Callable[..., Edition]
Rows = tuple[ListedIndicator, ...]


def _contents(published: Path) -> dict[str, bytes]:
    paths = (path for path in published.rglob("*") if path.is_file())
    return {str(path.relative_to(published)): path.read_bytes() for path in paths}


def _trees(published: Path) -> int:
    return sum(path.is_dir() for path in published.with_name(f"{published.name}.trees").iterdir())


def test_a_release_holds_every_list_the_manifest_and_the_checksums(
    edition_of: EditionOf, weighed: Rows, tmp_path: Path
) -> None:
    made = release(edition_of(*weighed), tmp_path / "lists")
    names = {name for one in formats() for name in format_named(one).files}
    names |= {format_named(one).index_name for one in formats()} - {""}
    assert _contents(tmp_path / "lists").keys() == names | {"manifest.json", "SHA256SUMS"}
    assert made.entries == len(weighed)
    assert made.suppressed["domains.txt"] == 1
    assert "indicators.csv" not in made.suppressed


def test_the_manifest_says_what_the_files_are(edition_of: EditionOf, weighed: Rows, tmp_path: Path) -> None:
    release(edition_of(*weighed), tmp_path / "lists")
    files = _contents(tmp_path / "lists")
    manifest = json.loads(files["manifest.json"])
    assert {key: manifest[key] for key in ("manifest", "number", "made_at", "audience", "profiles")} == {
        "manifest": 2,
        "number": 1,
        "made_at": "2025-07-20T18:00:00Z",
        "audience": "TLP:CLEAR",
        "profiles": [{"name": "", "tlp": "TLP:CLEAR", "entries": 11}],
    }
    names = [entry["name"] for entry in manifest["files"]]
    assert names == sorted(files.keys() - {"manifest.json", "SHA256SUMS"})
    for entry in manifest["files"]:
        content = files[entry["name"]]
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["bytes"] == len(content)
    assert {entry["name"]: entry["entries"] for entry in manifest["files"]}["ipv4.txt"] == 2


def test_sha256sum_accepts_the_checksums_and_sees_an_altered_list(
    edition_of: EditionOf, weighed: Rows, tmp_path: Path
) -> None:
    tool = shutil.which("sha256sum")
    if tool is None:
        pytest.skip("sha256sum is not installed")
    release(edition_of(*weighed), tmp_path / "lists")

    def status() -> int:
        command = [tool, "--check", "--strict", "--quiet", "SHA256SUMS"]
        done = subprocess.run(command, check=False, cwd=tmp_path / "lists", capture_output=True, timeout=30)
        return done.returncode

    assert status() == 0
    with (tmp_path / "lists" / "ipv4.txt").open("a") as stream:
        stream.write("203.0.113.9\n")
    assert status() == 1


def _alter(tree: Path) -> None:
    path = tree / "ipv4.txt"
    path.write_bytes(path.read_bytes().replace(b"192", b"193"))


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        (_alter, "ipv4.txt is not what was written"),
        (lambda tree: (tree / "urls.txt").unlink(), "urls.txt is not what was written: 0 bytes"),
    ],
)
def test_tampering_is_found(
    edition_of: EditionOf, weighed: Rows, tmp_path: Path, tamper: Callable[[Path], None], sentence: str
) -> None:
    made = release(edition_of(*weighed), tmp_path / "lists")
    verify(tmp_path / "lists", made.files)
    tamper(tmp_path / "lists")
    with pytest.raises(PublishError, match=sentence):
        verify(tmp_path / "lists", made.files)


def _smuggled(weighed: Rows, now: datetime) -> dict[str, ListedIndicator]:
    return {
        "above": replace(weighed[0], marking=Marking(TLP.GREEN, PAP.CLEAR)),
        "expired": replace(weighed[0], valid_until=now),
        "early": replace(weighed[0], valid_from=now + timedelta(seconds=1)),
    }


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("above", "marked TLP:GREEN, above the audience TLP:CLEAR"),
        ("expired", "no longer valid since"),
        ("early", "not valid before"),
    ],
)
def test_a_smuggled_indicator_stops_the_release_and_the_last_one_stays(
    edition_of: EditionOf, weighed: Rows, tmp_path: Path, now: datetime, fault: str, sentence: str
) -> None:
    published = tmp_path / "lists"
    release(edition_of(*weighed), published)
    before = _contents(published)
    with pytest.raises(PublishError, match=sentence) as raised:
        release(edition_of(_smuggled(weighed, now)[fault], *weighed[2:]), published)
    assert "malware.example.org" not in str(raised.value)
    assert _contents(published) == before
    assert _trees(published) == 1


def test_an_indicator_is_listed_until_the_instant_before_its_end(
    edition_of: EditionOf, weighed: Rows, tmp_path: Path, now: datetime
) -> None:
    row = replace(weighed[0], valid_from=now, valid_until=now + timedelta(microseconds=1))
    assert release(edition_of(row), tmp_path / "lists").entries == 1


@pytest.mark.parametrize("value", ["EVIL.example.org", "evil.example.org\n0.0.0.0/0", "999.1.1.1", "#"])
def test_a_value_out_of_form_is_suppressed_and_its_neighbours_stay(
    edition_of: EditionOf, weighed: Rows, tmp_path: Path, value: str
) -> None:
    trap = replace(weighed[0], observable=Observable(ObservableType.DOMAIN, value))
    made = release(edition_of(trap, weighed[0]), tmp_path / "lists")
    assert (tmp_path / "lists" / "domains.txt").read_text() == "malware.example.org\n"
    assert {made.suppressed[name] for name in ("domains.txt", "indicators.csv", "indicators.stix.json")} == {
        1
    }
    assert made.entries == 1


def test_an_unchanged_list_keeps_its_time_and_a_changed_one_does_not(
    edition_of: EditionOf, weighed: Rows, tmp_path: Path, now: datetime
) -> None:
    published = tmp_path / "lists"
    release(edition_of(*weighed), published)
    for path in published.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    release(edition_of(*weighed[1:], made_at=now + timedelta(minutes=15)), published)
    kept = {name for name in _contents(published) if (published / name).stat().st_mtime == 1_000_000_000}
    assert {"ipv4.txt", "emails.txt", "sha256.txt"} <= kept
    assert not {"domains.txt", "indicators.csv", "indicators.ndjson", "manifest.json"} & kept


def test_an_edition_without_indicators_is_published(edition_of: EditionOf, tmp_path: Path) -> None:
    assert release(edition_of(), tmp_path / "lists").entries == 0
    assert (tmp_path / "lists" / "ipv4.txt").read_bytes() == b""


def test_a_full_disk_is_one_sentence_and_the_last_release_stays(
    edition_of: EditionOf, weighed: Rows, tmp_path: Path
) -> None:
    published = tmp_path / "lists"
    release(edition_of(*weighed), published)
    before = _contents(published)
    many = tuple(
        replace(weighed[0], observable=Observable(ObservableType.DOMAIN, f"n{number}.example.org"))
        for number in range(2_000)
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(PublishError, match="the last release stays"):
            release(edition_of(*many), published)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert _contents(published) == before
    assert _trees(published) == 1


def test_a_place_that_is_no_folder_is_one_sentence(
    edition_of: EditionOf, weighed: Rows, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PublishError, match="could not be written"):
        release(edition_of(*weighed), tmp_path / "file" / "lists")


def test_export_gives_the_files_that_a_release_does(
    edition_of: EditionOf, weighed: Rows, tmp_path: Path, now: datetime
) -> None:
    release(edition_of(*weighed), tmp_path / "lists")
    export(weighed, tmp_path / "out", Profile(), made_at=now, audience=TLP.CLEAR)
    out = _contents(tmp_path / "out")
    for name, text in _contents(tmp_path / "lists").items():
        if name not in ("manifest.json", "SHA256SUMS"):
            assert out[name] == text


@pytest.mark.whole
def test_recorded_addresses_come_back_from_a_release(
    edition_of: EditionOf, weighed: Rows, recorded: Path, tmp_path: Path
) -> None:
    lines = (recorded / "indicators" / "feodotracker").glob("*.csv")
    addresses = sorted(
        {
            line[1]
            for path in lines
            for line in csv.reader(path.open())
            if len(line) > 5 and line[1][:1].isdigit()
        }
    )
    listed = [replace(weighed[3], observable=Observable(ObservableType.IPV4, text)) for text in addresses]
    release(edition_of(*listed), tmp_path / "lists")
    assert addresses
    assert (tmp_path / "lists" / "ipv4.txt").read_text().splitlines() == addresses
