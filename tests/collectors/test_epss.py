"""What EPSS's daily file gives, packed or not, whole or hostile."""

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import epss
from records import Document, Epss, Rejected, Source, UnreadableError, Vulnerability

HEAD = b"#model_version:v2025.03.14,score_date:2025-07-20T00:00:00+0000\ncve,epss,percentile\n"
ROW = b"CVE-2024-0001,0.1,0.2\n"

Read = Callable[[bytes], list[object]]


@pytest.fixture(scope="session")
def read(make_source: Callable[..., Source], make_document: Callable[..., Document]) -> Read:
    """Read the body of a file."""
    source = make_source("epss")
    return lambda body: list(epss.normalise(source, make_document(source, body)))


def test_recorded_day_is_read_whole(
    recorded: Path, make_source: Callable[..., Source], make_document: Callable[..., Document]
) -> None:
    (path,) = (recorded / "vuln" / "epss").glob("*.csv.gz")
    source = make_source("epss")
    records = epss.normalise(source, make_document(source, path.read_bytes()))
    first = next(records)
    assert isinstance(first, Vulnerability)
    assert (first.cve, first.epss) == ("CVE-1999-0001", Epss(0.00383, 0.73511, date(2024, 10, 27)))
    assert sum(isinstance(record, Vulnerability) for record in records) == 263_618


def test_packed_and_plain_file_say_the_same(read: Read) -> None:
    plain, packed = read(HEAD + ROW), read(gzip.compress(HEAD + ROW))
    assert [getattr(record, "epss", None) for record in plain] == [Epss(0.1, 0.2, date(2025, 7, 20))]
    assert [getattr(record, "epss", None) for record in packed] == [Epss(0.1, 0.2, date(2025, 7, 20))]


def test_bad_rows_are_named_then_counted(read: Read) -> None:
    records = read(HEAD + b"CVE-2024-1,0.1\n" * 250 + ROW)
    rejected = [record for record in records if isinstance(record, Rejected)]
    assert len(records) - len(rejected) == 1
    assert len(rejected) == 101
    assert rejected[0].native_id == "line 3"
    assert rejected[-1].reason == "150 further rows cannot be read"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_file_above_the_limit_is_refused(
    pack: Callable[[bytes], bytes], read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = HEAD + ROW * 100
    assert len(read(pack(body))) == 100
    monkeypatch.setattr(epss, "MAX_BYTES", len(body))
    assert len(read(pack(body))) == 100
    monkeypatch.setattr(epss, "MAX_BYTES", len(body) - 1)
    with pytest.raises(UnreadableError, match="more than"):
        read(pack(body))


@pytest.mark.parametrize("kept", [9, 20, -9, -1])
def test_packed_file_that_is_cut_short_is_refused(kept: int, read: Read) -> None:
    with pytest.raises(UnreadableError, match="cut short or damaged"):
        read(gzip.compress(HEAD + ROW * 100)[:kept])


def test_bomb_is_unpacked_no_further_than_the_limit(read: Read) -> None:
    with pytest.raises(UnreadableError, match="unpacks to more than"):
        read(gzip.compress(bytes(epss.MAX_BYTES + 2**20), compresslevel=1))


@pytest.mark.parametrize(
    "row",
    ["CVE-2024-0001,1.1,0.2", "CVE-2024-0001,0.1,-0.2", "CVE-2024-0001,nan,0.2", "CVE-2024-0001,0.1,inf"],
)
def test_score_out_of_range_is_rejected(row: str, read: Read) -> None:
    rejected, *others = read(HEAD + f"{row}\n".encode() + ROW)
    assert isinstance(rejected, Rejected) and "between 0 and 1" in rejected.reason
    assert [type(other) for other in others] == [Vulnerability]


@pytest.mark.parametrize(
    ("day", "good"), [("2025-07-21", True), ("2025-07-22", False), ("9999-12-31", False)]
)
def test_scores_of_a_day_to_come_are_refused(day: str, good: bool, read: Read) -> None:
    body = HEAD.replace(b"2025-07-20", day.encode()) + ROW
    if good:
        assert len(read(body)) == 1
    else:
        with pytest.raises(UnreadableError, match="not come yet"):
            read(body)


@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf", b"#score_date:2025-02-30\n", b"#score_date:\n"])
def test_file_without_a_score_date_is_refused(head: bytes, read: Read) -> None:
    with pytest.raises(UnreadableError):
        read(head + b"cve,epss,percentile\n" + ROW)


ROWS = st.lists(st.text("CVE-20241,.eE+_naif\t ", max_size=30) | st.just(ROW.decode().strip()))


@settings(deadline=None)
@given(
    body=st.binary() | st.binary().map(gzip.compress) | ROWS.map(lambda rows: HEAD + "\n".join(rows).encode())
)
def test_no_bytes_raise_anything_but_unreadable(
    body: bytes, make_source: Callable[..., Source], make_document: Callable[..., Document]
) -> None:
    source = make_source("epss")
    document = make_document(source, body)
    assert epss.follow(source, document) == []
    try:
        records = list(epss.normalise(source, document))
    except UnreadableError as error:
        assert str(error)
        return
    for record in records:
        if isinstance(record, Vulnerability):
            assert record.epss is not None and 0 <= record.epss.probability <= 1
