"""Published indicators are found in logs, wherever and however they are written, and nothing else is."""

import bz2
import gzip
import io
import json
import lzma
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checking import log_reading
from checking.logs import SAMPLE, SAMPLES, Hunt, Hunted, Log, hunt, read_lists
from records import SettingsError

VECTORS = json.loads((Path(__file__).parent / "hunting.json").read_text("utf-8"))
WRITTEN_AT = datetime.fromisoformat(VECTORS["written_at"])


def lists(folder: Path, values: dict[str, list[str]]) -> Hunted:
    for name, lines in values.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return read_lists(folder)


def log(body: bytes, name: str = "dns.log") -> Log:
    return Log(name, io.BytesIO(body), WRITTEN_AT)


def shown(at: datetime | None) -> str | None:
    if at is None:
        return None
    text = at.isoformat(timespec="milliseconds" if at.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def finds(done: Hunt) -> list[list[Any]]:
    return sorted(
        [
            f.item.type.value,
            f.item.value,
            f.count,
            f.first_line,
            f.last_line,
            shown(f.first_at),
            shown(f.last_at),
        ]
        for f in done.findings
    )


@pytest.fixture
def evil(tmp_path: Path) -> Hunted:
    return lists(tmp_path, {"domains.txt": ["evil.example"]})


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_vector(case: dict[str, Any], tmp_path: Path) -> None:
    body = bytes.fromhex(case["log_hex"]) if "log_hex" in case else "\n".join(case["log"]).encode()
    assert finds(hunt([log(body)], lists(tmp_path, case["lists"]))) == case["finds"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_log_is_read(pack: Any, evil: Hunted) -> None:
    [finding] = hunt([log(pack(b"a\nevil.example\n") + pack(b"evil.example\n"))], evil).findings
    assert (finding.count, finding.first_line, finding.last_line) == (2, 2, 3)


def test_truncated_log_keeps_what_came_before_and_its_neighbours(evil: Hunted) -> None:
    packed = gzip.compress(b"evil.example\n" + bytes(range(256)) * 20_000)[:-100]
    done = hunt([log(packed, "old.gz"), log(b"evil.example", "new")], evil)
    assert [finding.file for finding in done.findings] == ["old.gz", "new"]
    assert [fault.split(":")[0] for fault in done.faults] == ["old.gz"]


def test_zstandard_is_refused_with_the_way_out(evil: Hunted) -> None:
    [fault] = hunt([log(b"\x28\xb5\x2f\xfd\x00")], evil).faults
    assert "zstd -dc FILE | vigie hunt -" in fault


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_reading, "BLOCK", 64)
    monkeypatch.setattr(log_reading, "OVERLAP", 24)


@pytest.mark.usefixtures("small_blocks")
def test_lines_across_blocks_and_longer_than_one(evil: Hunted) -> None:
    body = b"".join(b"%d %s evil.example\n" % (number, b"x " * (number % 90)) for number in range(300))
    [finding] = hunt([log(body)], evil).findings
    assert (finding.count, finding.first_line, finding.last_line) == (300, 1, 300)


@pytest.mark.usefixtures("small_blocks")
def test_cut_line_invents_no_border(evil: Hunted) -> None:
    for length in range(120):
        assert not hunt([log(b" " * length + b"notevil.example evil.example.org, " * 9)], evil).findings


@pytest.mark.usefixtures("small_blocks")
def test_line_is_read_on_after_an_endless_word(evil: Hunted) -> None:
    body = b"x " + b"y" * 500 + b" evil.example " + b"z" * 500 + b"\nevil.example\n"
    [finding] = hunt([log(body)], evil).findings
    assert (finding.count, finding.first_line, finding.last_line) == (2, 1, 2)


def test_endless_line_is_read_in_bounded_pieces(evil: Hunted) -> None:
    class Endless(io.RawIOBase):
        left = 40

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.left -= 1
            piece = b"x" * (len(buffer) - 14) + b" evil.example "
            buffer[: len(piece)] = piece
            return len(piece) if self.left > 0 else 0

    pieces: list[int] = []
    stream = io.BufferedReader(Endless(), 1 << 20)
    [finding] = hunt([Log("endless", stream, WRITTEN_AT)], evil, pieces.append).findings
    assert (finding.count, finding.last_line) == (1, 1)
    assert max(pieces) <= 2 * log_reading.BLOCK + log_reading.OVERLAP
    assert finding.first_at is None


def test_samples_are_few_short_and_harmless(evil: Hunted) -> None:
    line = b"\x1b[31m" + b"x" * 5_000 + b" evil.example " + "\u202e".encode() + b"y" * 5_000 + b"\n"
    [finding] = hunt([log(line * 10)], evil).findings
    assert len(finding.samples) == SAMPLES
    for sample in finding.samples:
        assert "evil.example" in sample
        assert len(sample) <= SAMPLE + 2
        assert sample.isprintable()


def test_findings_name_their_file(evil: Hunted) -> None:
    done = hunt([log(b"evil.example", "a"), log(b"\nwww.evil.example", "b")], evil)
    assert [(finding.file, finding.first_line) for finding in done.findings] == [("a", 1), ("b", 2)]


def test_progress_tells_each_byte_once(evil: Hunted) -> None:
    told: list[int] = []
    done = hunt([log(b"x\n" * 2_000_000)], evil, told.append)
    assert sum(told) == done.size == 4_000_000


def test_absent_list_and_bad_line_are_told(tmp_path: Path) -> None:
    hunted = lists(tmp_path, {"domains.txt": ["evil.example", "not a domain"], "ipv4.txt": ["192.0.2.7"]})
    assert hunted.counts == {"domains.txt": 1, "ipv4.txt": 1}
    assert any("domains.txt:2: left out" in fault for fault in hunted.faults)
    assert any("urls.txt: no such list" in fault for fault in hunted.faults)


def test_folder_without_lists_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no published list"):
        read_lists(tmp_path)


def test_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("evil.example\n")
    with pytest.raises(SettingsError, match=r"mine\.txt: not the name of a published list"):
        read_lists([tmp_path / "mine.txt"])


def test_some_lists_alone(tmp_path: Path) -> None:
    lists(tmp_path, {"domains.txt": ["evil.example"], "ipv4.txt": ["192.0.2.7"]})
    hunted = read_lists([tmp_path / "ipv4.txt"])
    assert finds(hunt([log(b"evil.example 192.0.2.7")], hunted)) == [
        ["ipv4-addr", "192.0.2.7", 1, 1, 1, None, None]
    ]


def test_utc_is_kept_apart_from_unknown_zone(evil: Hunted) -> None:
    [finding] = hunt(
        [log(b"2025-07-18T10:00:00Z evil.example\n2025-07-18T11:00:00 evil.example")], evil
    ).findings
    assert finding.first_at == datetime(2025, 7, 18, 10, tzinfo=UTC)
    assert finding.last_at == datetime(2025, 7, 18, 11)


def _numbers() -> Iterator[bytes]:
    for number in range(50_000):
        yield b"2025-07-18 10:00:00 client 10.0.%d.%d query host%d.example.org\n" % (
            number >> 8 & 255,
            number & 255,
            number,
        )


def test_clean_log_finds_nothing(evil: Hunted) -> None:
    assert not hunt([log(b"".join(_numbers()))], evil).findings
