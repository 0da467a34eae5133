"""Keep our own subscription out of what a newsletter says: links that are its receiver's alone."""

import html
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from collectors.reading import text

MAX_SEARCHED, MAX_FURNITURE = 100_000, 200  # characters: of HTML that is searched, of a line that is dropped

_VIEW = "(?:view|read|voir|lire|version|visualiser|consulter)"
_ONLINE = "(?:online|browser|en ligne|navigateur)"
_TAG = r"<a\s[^<>]{0,2000}?href\s{0,9}=\s{0,9}[\"']?(https?:[^\"'\s<>]{1,2000}+)[^<>]{0,2000}+>"
_WORDS = r"(?:[^<]|<(?!/?a\b))"  # one sign of what stands inside a link
_ONLINE_LINK = re.compile(rf"{_TAG}(?={_WORDS}{{0,300}}?{_VIEW}{_WORDS}{{0,80}}?{_ONLINE})", re.IGNORECASE)
_FURNITURE = re.compile(rf"\W*{_VIEW}\b[^.]{{0,60}}{_ONLINE}\W*", re.IGNORECASE)
_WAY_OUT = re.compile(
    r"unsubscri|opt[- ]?out|d[ée]sabonn|d[ée]sinscri|(?:email|subscription) preferences|préférences d.abonnement",
    re.IGNORECASE,
)
_TARGET = re.compile(r"\(https?:[^()\s]*\)|https?:[^\s<>()]*", re.IGNORECASE)
_PERSONAL = re.compile(r"(?:e|mc_eid|email|mail|recipient|subscriber|contact|utm_\w+)", re.IGNORECASE)


def without_ways_out(words: str, ways_out: Sequence[str]) -> str:
    """Leave out what leads out of the mailing list: whoever followed it would end our subscription.

    `ways_out` are the addresses that do, as the message's headers say. A long line that holds one keeps
    its words and loses all its links. Works on text and on Markdown.
    """
    ways = [unquote(way) for way in ways_out]
    kept: list[str] = []
    for line in words.split("\n"):
        bare = _TARGET.sub("", line)
        if _FURNITURE.fullmatch(bare):
            continue  # the page that shows it links there itself
        written = unquote(html.unescape(line))
        if not _WAY_OUT.search(line) and not any(way in written for way in ways):
            kept.append(line)
        elif len(bare) > MAX_FURNITURE:
            kept.append(bare)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def online(markup: str) -> str:
    """Return the link under words such as "view in your browser", without what names its receiver."""
    found = _ONLINE_LINK.search(markup[:MAX_SEARCHED])
    address = text.link(html.unescape(found[1])) if found else ""
    if not address:
        return ""
    parts = urlsplit(address)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode(
        [(name, value) for name, value in pairs if not _PERSONAL.fullmatch(name) and "@" not in value]
    )
    return parts._replace(query=query, fragment="").geturl()
