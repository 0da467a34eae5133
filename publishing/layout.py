"""Fill a template: the article of one page, in one language, before the theme is put around it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from jinja2 import Environment, TemplateError, TemplateSyntaxError
from markupsafe import Markup, escape

from publishing import english, french
from publishing.addresses import TIER_NAMES
from publishing.cards import Card
from publishing.catalogue import translations
from publishing.escaping import environment, plain
from publishing.family_names import english_names
from records import PublishError

ROOT = "@@root@@"  # in a row, stands for the way to the site's root, which each page has its own
SHORT = 160  # characters of a line in a list
LONG = 1_500  # characters of a paragraph among many

LANGUAGES: Mapping[str, ModuleType] = {"fr": french, "en": english}


@dataclass(frozen=True, slots=True)
class Site:
    """What the site is called, its address (ending in `/`), the folder it is made from (`content/`,
    `templates/`, `theme/`, `words/`), and what its operator says of himself: name of the cell, where to report
    on security, telephone; empty where he says nothing.
    """

    name: str
    url: str
    root: Path
    contact: str = ""
    phone: str = ""
    cell: str = ""

    @property
    def base(self) -> str:
        """The path of the site on its host, ending in `/`."""
        return urlsplit(self.url).path or "/"

    @property
    def lists(self) -> str:
        """The path, on the site's own host, under which the block lists are served."""
        return f"{self.base}listes/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a page says of itself: title and description in plain text, section, scripts and feed as in `Page`.

    Title and description are French phrases of ours, which are said in the page's language, unless they are
    not `translated`.
    """

    title: str
    description: str = ""
    section: str = ""
    scripts: tuple[str, ...] = ()
    feed: str = ""
    translated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The article of one page, ready for the theme.

    `path` is where it is served below its language's root: empty for the home page, else ending in `/`.
    `section` is the part of the site it belongs to (a name of `SECTIONS`, or empty), `html` its article,
    `scripts` the files of `assets/` that it runs.
    """

    path: str
    language: str
    section: str
    title: str
    description: str
    html: str
    scripts: tuple[str, ...] = ()
    feed: str = ""

    @property
    def place(self) -> str:
        """Where the page is served below the site's root: French at the root, English under `en/`."""
        return self.path if self.language == "fr" else f"{self.language}/{self.path}"


SECTIONS = ("accueil", "alertes", "menaces", "indicateurs", "bulletins", "fiches", "parc", "observatoire")


class Writer:
    """Fills templates in one language for one site.

    `source_names` gives the names of sources by id, `rows` the rows that lists show (see `pages.rows`) by the
    path of their story.
    """

    def __init__(
        self,
        site: Site,
        language: str,
        source_names: Mapping[str, str] | None = None,
        rows: Mapping[str, str] | None = None,
    ) -> None:
        self.site = site
        self.source_names = source_names or {}
        self._rows = rows or {}
        self.language = language
        self.say = LANGUAGES[language]
        self._templates = _templates(site.root, language)

    def page(self, template: str, path: str, head: Head, **values: object) -> Page:
        """Return the page that a template makes of these values; raises `PublishError` naming the template."""
        title, description = head.title, head.description
        if head.translated:
            title, description = self.translate(title), self.translate(description)
        return Page(
            path=path,
            language=self.language,
            section=head.section,
            title=title,
            description=description,
            html=self.fill(template, path, title=title, description=description, **values),
            scripts=head.scripts,
            feed=head.feed,
        )

    def fill(self, template: str, path: str, **values: object) -> str:
        """Return the text of a template for the page at `path`; raises `PublishError` naming the template."""
        place = path if self.language == "fr" else f"{self.language}/{path}"
        root = "../" * place.count("/") or "./"
        here = root if self.language == "fr" else f"{root}{self.language}/"
        given: dict[str, object] = {
            "site": self.site,
            "source_names": self.source_names,
            "path": path,
            "root": root,
            "url": lambda target: here + target,
            "file": lambda target: root + target,
            "table_of": lambda cards: self._table(cards, root),
        }
        try:
            return self._templates.get_template(template).render(given | values)
        except TemplateError as error:
            where = f"{error.name}:{error.lineno}" if isinstance(error, TemplateSyntaxError) else template
            raise PublishError(f"template {where}: {error.message}; the last site stands") from error

    def say_family(self, name: str) -> str:
        """Return a family of products, named in French in the lexicon, in this writer's language."""
        return name if self.language == "fr" else english_names().get(name, name)

    def _table(self, cards: Iterable[Card], root: str) -> Markup:
        return Markup("".join(self._rows[card.path] for card in cards).replace(f'="{ROOT}', f'="{root}'))

    @property
    def prefix(self) -> str:
        """Where the pages of this language begin, below the site's root."""
        return "" if self.language == "fr" else f"{self.language}/"

    def translate(self, phrase: str) -> str:
        """Return one of our own phrases, written in French, in this writer's language."""
        return translations(self.site.root, self.language)(phrase)


@lru_cache(maxsize=8)
def _templates(root: Path, language: str) -> Environment:
    templates = environment(root / "templates")
    say = LANGUAGES[language]
    translate = translations(root, language)

    @lru_cache(maxsize=4096)
    def gettext(phrase: str) -> Markup:
        return escape(translate(phrase))

    names = ("count", "day", "decimal", "instant", "integer", "percent", "month", "short_day", "versions")
    filters: dict[str, Callable[..., object]] = {name: getattr(say, name) for name in names}
    templates.filters.update(filters)
    templates.filters["shorten"] = shorten
    templates.filters["cut"] = lambda text: text if len(text) <= LONG else f"{text[:LONG]}…"
    templates.globals.update(_=gettext, say=say, language=language, tier_names=TIER_NAMES)
    return templates


def shorten(text: str) -> str:
    """Return a text on one line, cut at a word where it is too long for a list."""
    line = plain(text)
    return line if len(line) <= SHORT else f"{line[:SHORT].rsplit(' ', 1)[0]}…"
