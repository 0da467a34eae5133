"""Write the indicators as one OpenIOC 1.1 document (Mandiant), for tools that read nothing younger."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from xml.sax.saxutils import escape

from records import Entry, ObservableType, record_id
from sharing.formats.lines import is_one_word, rfc3339

FILES: Mapping[str, frozenset[ObservableType]] = {"openioc/vigie.ioc": frozenset(ObservableType)}
MEDIA_TYPE = "application/xml"
MOST = 10_000
LOSES = "All but the best 10 000 entries; validity, confidence, marking, sources and labels."

_ITEMS = {
    ObservableType.IPV4: ("PortItem", "PortItem/remoteIP", "IP"),
    ObservableType.IPV6: ("PortItem", "PortItem/remoteIP", "IP"),
    ObservableType.IPV4_NET: ("PortItem", "PortItem/remoteIP", "IP"),
    ObservableType.IPV6_NET: ("PortItem", "PortItem/remoteIP", "IP"),
    ObservableType.DOMAIN: ("Network", "Network/DNS", "string"),
    ObservableType.URL: ("UrlHistoryItem", "UrlHistoryItem/URL", "string"),
    ObservableType.EMAIL: ("Email", "Email/From", "string"),
    ObservableType.MD5: ("FileItem", "FileItem/Md5sum", "md5"),
    ObservableType.SHA1: ("FileItem", "FileItem/Sha1sum", "sha1"),
    ObservableType.SHA256: ("FileItem", "FileItem/Sha256sum", "sha256"),
}


def carries(row: Entry, name: str = "") -> bool:
    """Say whether an entry stands and its value is one printable word that XML 1.0 can hold."""
    return row.withdrawal is None and is_one_word(row.observable)


def head(name: str, made_at: datetime) -> str:
    """Return the beginning of the document."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<OpenIOC xmlns="http://openioc.org/schemas/OpenIOC_1.1" id="{record_id("sharing", "openioc")}" '
        f'last-modified="{rfc3339(made_at)}" published-date="{rfc3339(made_at)}">\n'
        "<metadata><short_description>Vigie</short_description><authored_by>Vigie</authored_by></metadata>\n"
        f'<criteria><Indicator id="{record_id("sharing", "openioc", "criteria")}" operator="OR">\n'
    )


def render(rows: Iterable[Entry], name: str = "") -> Iterator[str]:
    """Yield one item a line."""
    return (_item(row) for row in rows if carries(row))


def tail(name: str) -> str:
    """Return the end of the document."""
    return "</Indicator></criteria>\n</OpenIOC>\n"


def count(lines: Iterable[str]) -> int:
    """Return the number of items."""
    return sum(line.startswith("<IndicatorItem ") for line in lines)


def _item(row: Entry) -> str:
    document, search, kind = _ITEMS[row.observable.type]
    native_id = record_id("sharing", "openioc", row.observable.type, row.observable.value)
    return (
        f'<IndicatorItem id="{native_id}" condition="is"><Context document="{document}" search="{search}" type="mir"/>'
        f'<Content type="{kind}">{escape(row.observable.value)}</Content></IndicatorItem>\n'
    )
