"""Turn the HTML of strangers into clean Markdown that can do nothing but be read.

Kept are paragraphs, headings, lists, quotations, tables, code, emphasis and links to the web. All
words are escaped, so that the result holds no HTML, attribute list or other construct of its own,
with any of Python-Markdown's extensions.
"""

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from collectors.reading import text

MAX_TAGS = 20_000  # of one text; what follows is cut, as it is beyond `text.MAX_TEXT` escaped characters
MAX_DEPTH = 40  # elements inside one another; deeper ones are read as if their tags were not there
MAX_INDENT = 4  # lists and quotations inside one another
MAX_COLUMNS = 20

_INLINE = {"a": "a", "b": "strong", "strong": "strong", "i": "em", "em": "em"} | dict.fromkeys(
    ("code", "kbd", "samp", "tt"), "code"
)
_LISTS = frozenset({"ul", "ol"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CELLS = frozenset({"td", "th"})
_STRUCTURE = _LISTS | _HEADINGS | {"pre", "blockquote", "table", "dl"}  # a cell with one is page layout
_ENDS: dict[
    str, tuple[Container[str], Container[str]]
] = {  # what the start of an element ends, and the elements in which it does not look further
    "li": ({"li"}, _LISTS),
    "dt": ({"dt", "dd"}, {"dl"}),
    "dd": ({"dt", "dd"}, {"dl"}),
    "td": (_CELLS, {"tr", "table"}),
    "th": (_CELLS, {"tr", "table"}),
    "tr": ({"tr"}, {"table"}),
}
_ROWS = frozenset({"table", "thead", "tbody", "tfoot", "tr"})
_NOT_PARAGRAPH = text.BLOCKS - {"p"}
_MARKS = {"strong": "**", "em": "*"}
_SPECIAL = re.compile(r"[&<>\[\]\\*_`{}|~#]")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_OPENING = re.compile(r"^(?:[-+=:!?]|\d+[.)](?=\s|$))")  # what would open a list, a rule or another block
_SPACE = re.compile(r"\s+")
_NOT_IN_CODE = re.compile(r"[<`|*\n]|^\W*$|\\$")
_BLANK_LINES = re.compile(r"\n\s*\n")
_BLANK_LINE = re.compile(r"^ +$", re.MULTILINE)
_LIST_ITEM = re.compile(r"(?:-|\d+\.) ")
_IN_ADDRESS = re.compile(r"[\[\](){}*_|^~]")


@dataclass(slots=True)
class _Element:
    """A node of the text: its tag's name, the address of a link, elements and words in order."""

    name: str
    address: str = ""
    children: list["_Element | str"] = field(default_factory=list)


def markdown(markup: str, base: str = "") -> str:
    """Return HTML as Markdown, empty where it has no words; time is linear in its length.

    Links are resolved against `base` and kept where they are http or https. Lost: images, attributes,
    form fields, scripts and styles, the text beyond `text.MAX_TEXT` characters or `MAX_TAGS` tags (an
    ellipsis says so), tables that only lay a page out (their cells become paragraphs). Text without
    any tag keeps its lines.
    """
    if not text.TAG.search(markup):
        return escaped(text.plain(markup))
    return "\n\n".join(_blocks(_tree(markup, base), 0))


def body(markup: str, base: str, summary: str) -> str:
    """Return HTML as Markdown, empty where its plain text `summary` already shows all there is."""
    whole = markdown(markup, base)
    return "" if whole.split() == escaped(summary).split() else whole


def escaped(words: str) -> str:
    """Return plain text (`\\n\\n` between paragraphs) as Markdown that shows just that text."""
    paragraphs = ("\n".join(map(_words, part.split("\n"))) for part in words.split("\n\n"))
    return "\n\n".join(filter(None, map(_lines, paragraphs)))


def _tree(markup: str, base: str) -> _Element:
    """Read HTML into a tree whose depth and size are bounded, closing what authors leave open."""
    root = _Element("body")
    path, left = [root], text.MAX_TEXT
    for words, tag in _pieces(markup):
        left -= _add(path[-1], words[: max(left, 0)])
        if left <= 0:
            root.children.append("…")
            break
        if tag is not None and tag["name"]:
            left -= _take(path, tag, base)
    return root


def _pieces(markup: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Yield the words before each tag, with the tag; last those after them all, or an ellipsis."""
    place = 0
    for number, tag in enumerate(text.TAG.finditer(markup)):
        if number == MAX_TAGS:
            yield "…", None
            return
        yield markup[place : tag.start()], tag
        place = tag.end()
    yield markup[place:], None


def _add(parent: _Element, piece: str) -> int:
    """Add words to an element and return how much room they take when written."""
    words = text.unescaped(piece)
    if words:
        parent.children.append(words)
    return len(words) + 5 * len(_SPECIAL.findall(words))


def _take(path: list[_Element], tag: re.Match[str], base: str) -> int:
    """Let a tag open or close an element at the end of the path; return the room its address takes."""
    name = tag["name"].lower()
    name = _INLINE.get(name, name)
    if name in ("br", "hr"):
        path[-1].children.append("\n" if any(one.name == "pre" for one in path) else _Element(name))
    elif tag["close"]:
        _close(path, {name}, frozenset() if name in _ROWS else _CELLS)
    elif name in text.BLOCKS:
        _open_block(path, name)
    elif name in _INLINE.values() and all(one.name != name for one in path):
        address = text.joined(base, _address(tag)) if name == "a" else ""
        _open(path, _Element(name, address))
        return len(address)
    return 0


def _open_block(path: list[_Element], name: str) -> None:
    """Open a block: it ends a paragraph before it, and takes the emphasis around it inside."""
    _close(path, {"p"}, _NOT_PARAGRAPH)
    _close(path, *_ENDS.get(name, ((), ())))
    around = []
    while path[-1].name not in text.BLOCKS:
        around.append(path.pop())
    _open(path, _Element(name))
    if name not in _LISTS | _ROWS:
        for one in reversed(around):
            _open(path, _Element(one.name, one.address))


def _open(path: list[_Element], element: _Element) -> None:
    if len(path) < MAX_DEPTH:
        path[-1].children.append(element)
        path.append(element)


def _close(path: list[_Element], names: Container[str], within: Container[str]) -> None:
    """End the innermost open element of these names, unless one of `within` lies between."""
    for place in range(len(path) - 1, 0, -1):
        if path[place].name in names:
            del path[place:]
            return
        if path[place].name in within:
            return


def _address(tag: re.Match[str]) -> str:
    """Return what a tag's `href` says, an empty text where it has none or leads to its own page."""
    for found in text.ATTRIBUTE.finditer(tag["attributes"].removesuffix(">")):
        if found["attribute"].lower() == "href":
            address = text.unescaped((found["value"] or "").strip("\"'")).strip()
            return "" if address.startswith("#") else address
    return ""


def _blocks(parent: _Element, indent: int) -> Iterator[str]:
    """Yield the Markdown blocks of an element, in order; words between blocks are paragraphs."""
    run: list[_Element | str] = []
    for child in parent.children:
        if isinstance(child, str) or child.name not in text.BLOCKS:
            run.append(child)
            continue
        yield from filter(None, (_lines(_inline(run)),))
        run = []
        yield from _block(child, indent)
    yield from filter(None, (_lines(_inline(run)),))


def _block(element: _Element, indent: int) -> Iterator[str]:
    """Yield the Markdown of one block element."""
    name = element.name
    if name in _HEADINGS and not _holds(element, _STRUCTURE | {"p"}):
        words = _line(element)
        if words:
            yield f"{'#' * int(name[1])} {words}"
    elif name == "pre":
        yield from _code(element, indent)
    elif name == "table":
        yield from _table(element, indent)
    elif name in _LISTS and indent < MAX_INDENT:
        yield from _list(element, indent)
    elif name == "blockquote" and indent < MAX_INDENT:
        quoted = "\n\n".join(_blocks(element, indent + 1))
        if quoted:
            yield "\n".join(f"> {line}" if line else ">" for line in quoted.split("\n"))
    else:
        yield from _blocks(element, indent)


def _list(element: _Element, indent: int) -> Iterator[str]:
    """Yield a list as one block: its items' further blocks are indented by four spaces."""
    items: list[str] = []
    loose = False
    for child in element.children:
        item = child if isinstance(child, _Element) else _Element("li", children=[child])
        blocks = list(_blocks(_Element("li", children=[item]), indent + 1))
        if not blocks:
            continue
        mark = f"{len(items) + 1}. " if element.name == "ol" else "- "
        tight = all(_LIST_ITEM.match(block) for block in blocks[1:]) and not _LIST_ITEM.match(blocks[0])
        loose = loose or not tight
        inside = ("\n" if tight else "\n\n").join(blocks).replace("\n", "\n    ")
        items.append(mark + inside)
    if items:
        yield _BLANK_LINE.sub("", ("\n\n" if loose else "\n").join(items))


def _code(element: _Element, indent: int) -> Iterator[str]:
    """Yield preformatted text: a fence that nothing in it ends, or lines of words inside a list."""
    content = "".join(_content(element)).strip("\n").rstrip()
    if not content:
        return
    if indent:
        yield escaped(_BLANK_LINES.sub("\n", content))
        return
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}\n{content}\n{fence}"


def _content(element: _Element) -> Iterator[str]:
    """Yield all words of an element as they are."""
    for child in element.children:
        if isinstance(child, str):
            yield child
        else:
            yield from _content(child)


def _table(element: _Element, indent: int) -> Iterator[str]:
    """Yield a table of words, its first row as head; the blocks inside where it lays a page out."""
    rows = [[cell for cell in row if cell.name in _CELLS] for row in _rows(element)]
    width = max(map(len, rows), default=0)
    layout = any(_holds(cell, _STRUCTURE) for row in rows for cell in row)
    if layout or not 2 <= width <= MAX_COLUMNS:
        yield from _blocks(_Element("div", children=element.children), indent)
        return
    lines = [[_line(cell) for cell in row] for row in rows]
    filled = [line + [""] * (width - len(line)) for line in lines if any(line)]
    if filled:
        filled.insert(1, ["---"] * width)
        yield "\n".join(f"| {' | '.join(line)} |" for line in filled)


def _rows(element: _Element) -> Iterator[list[_Element]]:
    """Yield the element children of each row of a table, not of the tables inside it."""
    for child in element.children:
        if isinstance(child, _Element) and child.name == "tr":
            yield [cell for cell in child.children if isinstance(cell, _Element)]
        elif isinstance(child, _Element) and child.name != "table":
            yield from _rows(child)


def _holds(element: _Element, names: Container[str]) -> bool:
    inside = (child for child in element.children if isinstance(child, _Element))
    return any(child.name in names or _holds(child, names) for child in inside)


def _line(element: _Element) -> str:
    """Return the words of an element as Markdown on one line."""
    return " ".join(_inline(element.children).split())


def _inline(children: Iterable[_Element | str]) -> str:
    """Return words, emphasis and links as Markdown, a line feed for each line break."""
    written = (_words(child) if isinstance(child, str) else _marked(child) for child in children)
    whole = ""
    for part in written:
        if part.startswith("[") and whole.endswith("!"):  # a link after "!" would be an image
            whole = f"{whole[:-1]}&#33;"
        whole += part
    return whole.replace("****", "").replace("``", "` `")  # emphasis that ends where the same begins


def _marked(element: _Element) -> str:
    """Return an element among words; the spaces at its edges stay outside its marks."""
    if element.name == "br":
        return "\n"
    if element.name in text.BLOCKS:
        return f" {_inline(element.children)} "
    if element.name == "code":
        content = _SPACE.sub(" ", "".join(_content(element)))
        return _words(content) if _NOT_IN_CODE.search(content.strip()) else f"`{content.strip()}`"
    inner = _inline(element.children)
    core = inner.strip()
    if not core or (element.name == "a" and not element.address):
        return inner
    before, _, after = inner.partition(core)
    if element.name == "a":
        target = _IN_ADDRESS.sub(lambda sign: f"%{ord(sign[0]):02X}", element.address)
        return f"{before}[{_SPACE.sub(' ', core)}]({target.replace('&', '&amp;')}){after}"
    mark = _MARKS[element.name]
    return f"{before}{mark}{core}{mark}{after}"


def _words(words: str) -> str:
    """Return words so that Markdown and HTML see nothing but words in them, on one line."""
    return _SPECIAL.sub(_reference, _SPACE.sub(" ", words))


def _lines(inline: str) -> str:
    """Return a paragraph: its lines without outer space or the beginning of a list, a rule or the like."""
    lines = (" ".join(line.split()) for line in inline.split("\n"))
    return "  \n".join(_OPENING.sub(_reference, line) for line in lines if line)


def _reference(match: re.Match[str]) -> str:
    """Write the last sign of a match as a character reference."""
    sign = match[0][-1]
    return match[0][:-1] + _NAMED.get(sign, f"&#{ord(sign)};")
