"""What lists of indicators give in each of their formats, with good, wrong and hostile lines."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import indicator_list
from records import Document, Indicator, Rejected, SettingsError, Source, UnreadableError
from records.sources import OptionValue
from tests.conftest import START

Options = dict[str, OptionValue]
Read = Callable[..., list[object]]


@pytest.fixture(scope="session")
def read(make_source: Callable[..., Source], make_document: Callable[..., Document]) -> Read:
    """Read the body of a list with the given options."""

    def normalised(body: bytes, **options: OptionValue) -> list[object]:
        source = make_source("indicator_list", options=options)
        return list(indicator_list.normalise(source, make_document(source, body)))

    return normalised


def _values(records: list[object]) -> list[str]:
    return [record.native_id for record in records if isinstance(record, Indicator)]


@pytest.mark.parametrize(
    ("pattern", "options", "found", "rejected"),
    [
        ("tweetfeed-blocklists/domains.txt", {"type": "domain"}, 4873, 2),
        ("tweetfeed-blocklists/urls.txt", {"type": "url"}, 5493, 2),
        ("tweetfeed-blocklists/urls.txt", {}, 5493, 2),
        ("tweetfeed-blocklists/ips.txt", {"type": "ip"}, 730, 0),
        ("tweetfeed-blocklists/hosts.txt", {"format": "hosts"}, 4873, 2),
        ("tweetfeed-blocklists/rpz.txt", {"format": "rpz"}, 4873, 4),
        (
            "infoblox-csv/*.csv",
            {"format": "csv", "columns": {"value": "indicator", "type": "type", "label": "classification"}},
            74_138,
            1,
        ),
        (
            "tweetfeed-csv/2024/202402/*.csv",
            {"format": "csv", "header": False, "columns": {"first_seen": "1", "type": "3", "value": "4"}},
            20_879,
            2,
        ),
        ("misc/threatfox.csv", {"format": "csv", "columns": {"value": "Address"}}, 24_733, 11),
        (
            "feodotracker/ipblocklist.csv",
            {"format": "csv", "type": "ip", "columns": {"value": "dst_ip", "first_seen": "first_seen_utc"}},
            28,
            0,
        ),
    ],
)
def test_recorded_lists_are_read(
    pattern: str, options: Options, found: int, rejected: int, recorded: Path, read: Read
) -> None:
    paths = sorted((recorded / "indicators").glob(pattern))
    records = [record for path in paths for record in read(path.read_bytes(), **options)]
    assert len(_values(records)) == found
    assert len(records) - found == rejected


def test_hosts_zone_and_plain_list_of_one_publisher_agree(recorded: Path, read: Read) -> None:
    folder = recorded / "indicators" / "tweetfeed-blocklists"
    plain = _values(read((folder / "domains.txt").read_bytes()))
    assert _values(read((folder / "hosts.txt").read_bytes(), format="hosts")) == plain
    assert _values(read((folder / "rpz.txt").read_bytes(), format="rpz")) == plain


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"format": "xml"}, "format 'xml' is none of plain, csv, hosts, rpz, ndjson"),
        ({"type": "mutex"}, "type 'mutex' is none of"),
        ({"format": "csv", "columns": {"name": "x"}}, "columns is not a table of value, type"),
        ({"format": "csv", "columns": "value"}, "columns is not a table"),
        ({"format": "csv", "columns": {"label": "x"}}, "columns does not say which holds the value"),
        ({"format": "csv", "delimiter": ";;"}, "delimiter is not one character"),
        ({"format": "csv", "header": False}, "without a header, columns names numbers"),
        ({"format": "csv", "header": False, "columns": {"value": "0"}}, "without a header"),
    ],
)
def test_wrong_option_is_said_before_anything_is_read(
    options: Options, said: str, make_source: Callable[..., Source]
) -> None:
    with pytest.raises(SettingsError, match=rf"^options of example: {said}"):
        indicator_list.first_requests(make_source("indicator_list", options=options), START)


def test_named_columns_alone_are_read(read: Read) -> None:
    body = b"ip,type,label\n192.0.2.1,loader,x\n"
    (record,) = read(body, format="csv", type="ip", columns={"value": "ip"})
    assert isinstance(record, Indicator)
    assert record.labels == ()


def test_first_line_of_a_value_holds(read: Read) -> None:
    body = b"value,label\nEXAMPLE.com,one\nexample.com,two\n"
    (record,) = read(body, format="csv")
    assert isinstance(record, Indicator)
    assert record.labels == ("one",)


def test_bad_lines_are_named_then_counted(read: Read) -> None:
    records = read(b"one two\n" * 250 + b"good.example\n")
    assert _values(records) == ["domain-name:good.example"]
    assert len(records) == 102
    assert isinstance(records[1], Rejected) and records[1].native_id == "line 1"
    assert isinstance(records[-1], Rejected) and records[-1].reason == "150 further lines cannot be read"


def test_list_without_any_indicator_is_refused(read: Read) -> None:
    with pytest.raises(UnreadableError, match="no line can be read as an indicator; line 1: 'one two'"):
        read(b"one two\nthree four\n")


def test_unbalanced_quote_loses_no_neighbour(read: Read) -> None:
    body = b'value\na.example\n"b.example\nc.example\n'
    assert _values(read(body, format="csv"))[::2] == ["domain-name:a.example", "domain-name:c.example"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings_are_told_apart_by_their_mark(encoding: str, read: Read) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    for newline in ("\n", "\r\n", "\r"):
        body = newline.join(("# comment", "hôpital.example", "b.example")).encode(encoding)
        assert _values(read(mark + body)) == ["domain-name:xn--hpital-ixa.example", "domain-name:b.example"]


def test_oversized_lines_lose_no_neighbour(read: Read) -> None:
    long = b"x" * 1_000_000
    assert len(_values(read(b"a.example\n" + long + b"\nb.example\n"))) == 2
    assert len(_values(read(b"value\na.example\n" + long + b"\nb.example\n", format="csv"))) == 2
    with pytest.raises(UnreadableError, match="no CSV header"):
        read(long + b"\na.example\n", format="csv")
    assert len(_values(read(b"n.example\n" * 200_000))) == 1


CHOICES: list[Options] = [
    {},
    {"type": "url"},
    {"format": "csv"},
    {"format": "csv", "header": False, "columns": {"value": "2", "label": "1", "confidence": "3"}},
    {"format": "hosts"},
    {"format": "rpz"},
    {"format": "ndjson"},
]
PIECES = st.sampled_from(
    [
        *("value", "a.example", "192.0.2.1", "0.0.0.0", "CNAME", ".", "@", "IN", "$TTL", "zz.rpz-ip", "*."),
        *("32.1.2.0.192.rpz-ip", "(", ")", ";", "#", "//", '"', "'", ",", "\n", "\r", "\t", " ", "hxxp://"),
        *('{"value":', '"a.example"', "}", "[", "]", "1", "null", "\x00", "\ufeff", "\u2028", "é", "[.]"),
    ]
)
LISTS = st.lists(PIECES, max_size=40).map(lambda pieces: "".join(pieces).encode())


@settings(deadline=None)
@given(
    body=st.binary() | LISTS | LISTS.map(lambda body: b"\xff\xfe" + body), options=st.sampled_from(CHOICES)
)
def test_no_bytes_raise_anything_but_unreadable(
    body: bytes,
    options: Options,
    make_source: Callable[..., Source],
    make_document: Callable[..., Document],
) -> None:
    source = make_source("indicator_list", options=options)
    document = make_document(source, body)
    assert indicator_list.follow(source, document) == []
    try:
        list(indicator_list.normalise(source, document))
    except UnreadableError as error:
        assert str(error)
