"""Read the words of CERT-FR's notices: Pandoc's Markdown, hard-wrapped and mixed with HTML.

What the site uses of Markdown is read: headings, lists inside one another, emphasis, links, code,
backslash escapes and hard line breaks. Time is linear in the length, unlike that of Markdown libraries.
"""

import re

from collectors.reading import text

MAX_NESTED = 4  # lists inside one another

_ESCAPED = re.compile(r"\\([^\w\s])")
_INLINE = (
    (re.compile(r"`+([^`\n]+)`+"), r"<code>\1</code>"),
    (re.compile(r"\[([^][\n]+)\]\((https?://[^()\s\"<>]+)\)"), r'<a href="\2">\1</a>'),
    (re.compile(r"<(https?://[^<>\s\"]+)>"), r'<a href="\1">\1</a>'),
    (re.compile(r"(?<![\w*])\*\*([^\s*][^*\n]*)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*([^\s*][^*\n]*)\*"), r"<em>\1</em>"),
)
_PLAIN = (
    (re.compile(r"^```.*$", re.MULTILINE), ""),
    (re.compile(r"\[([^][\n]+)\]\((https?://[^()\s]+)\)"), r"\1 (\2)"),
    (re.compile(r"<(https?://[^<>\s]+)>"), r"\1"),
    (re.compile(r"(?<![\w*])\*{1,2}([\w\\][^*\n]*)\*{1,2}"), r"\1"),
    (re.compile(r"`+([^`\n]+)`+"), r"\1"),
    (re.compile(r"\\<"), "&lt;"),
    (re.compile(r"\\>"), "&gt;"),
    (re.compile(r"\\([^\w\s])"), r"\1"),
)
_WRAPPED = re.compile(r"(?<!\n)\n(?!\n|[-*•] |\d{1,2}[.)] )")
_HEADING = re.compile(r"(#{1,6}) +(.*)")
_ITEM = re.compile(r"( *)(?:[-*•]|(\d{1,2})[.)]) +(.*)")


def plain(markup: str) -> str:
    """Return the text of a passage, its hard-wrapped lines joined, list items on lines of their own."""
    for pattern, replacement in _PLAIN:
        markup = pattern.sub(replacement, markup)
    return _WRAPPED.sub(" ", text.plain(markup))


def as_html(markup: str) -> str:
    """Return a passage as HTML, not yet clean; it is cut beyond `text.MAX_TEXT` characters."""
    opened: list[str] = []  # the lists that are open, outermost first
    parts: list[str] = []
    new_paragraph = True
    for line in _ESCAPED.sub(_reference, markup[: text.MAX_TEXT]).splitlines():
        words, heading, item = line.strip(), _HEADING.fullmatch(line), _ITEM.fullmatch(line)
        if not words or words.startswith("```"):
            new_paragraph = True
            continue
        if item:
            parts.append(_list_item(opened, len(item[1]) // 4, "ol" if item[2] else "ul") + item[3])
        elif heading:
            level = len(heading[1])
            parts.append(f"{_ends(opened, 0)}<h{level}>{heading[2]}</h{level}>")
        else:
            indent = len(line) - len(line.lstrip())
            end = _ends(opened, indent // 4) if new_paragraph else ""
            parts.append(f"{end}<p>{words}" if new_paragraph else f"{end}{words}")
        parts.append("<br>" if line.endswith("  ") else "\n")
        new_paragraph = bool(heading)
    whole = "".join(parts) + _ends(opened, 0)
    for pattern, replacement in _INLINE:
        whole = pattern.sub(replacement, whole)
    return whole


def _reference(escaped: re.Match[str]) -> str:
    """Write an escaped sign so that it is nothing but itself."""
    return f"&#{ord(escaped[1])};"


def _list_item(opened: list[str], depth: int, kind: str) -> str:
    """Return what begins an item at a depth, after what ends those deeper or beside it."""
    depth = min(depth, len(opened), MAX_NESTED - 1)
    end = _ends(opened, depth + 1)
    if len(opened) == depth:
        opened.append(kind)
        return f"{end}<{kind}><li>"
    return f"{end}</li><li>"


def _ends(opened: list[str], depth: int) -> str:
    """Close the open lists down to a depth and return what does."""
    closed = [f"</li></{opened.pop()}>" for _ in opened[depth:]]
    return "".join(closed)
