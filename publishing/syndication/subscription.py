"""The page on which a reader chooses what he is told of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from publishing.layout import Head, Page, Writer
from publishing.syndication.files import OUTLINES, WHOLE
from publishing.syndication.selection import GROUPS, Selection

PATH = "abonnement/"


@dataclass(frozen=True, slots=True)
class Choice:
    """A feed a reader may choose: its stem, its label, the language both are in, whether it has whole texts."""

    stem: str
    label: str
    language: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader chooses by: the group's name in addresses, its heading, its feeds, its OPML file."""

    name: str
    heading: str
    choices: tuple[Choice, ...]
    outlines: str


def subscription_page(writer: Writer, selections: Sequence[Selection]) -> Page:
    """Return the page with every feed there is, by what it is about.

    In English too it lists all of them: those that are published in French only are marked so.
    """
    return writer.page(
        "abonnement.html",
        PATH,
        Head(
            title="S’abonner",
            description="Recevoir les alertes par flux RSS, Atom ou JSON : toutes, ou celles que l’on choisit.",
            scripts=("abonnement.js",),
        ),
        questions=tuple(_questions(writer.language, selections)),
        all_outlines=f"{OUTLINES}.opml" if writer.language == "fr" else f"{writer.language}/{OUTLINES}.opml",
        whole=WHOLE,
    )


def _questions(language: str, selections: Sequence[Selection]) -> Iterator[Question]:
    for name, group in GROUPS.items():
        choices = tuple(_choice(one, language) for one in selections if one.group == name)
        if choices:
            heading = group.heading if language == "fr" else group.heading_en
            yield Question(name, heading, choices, f"{OUTLINES}-{name}.opml")


def _choice(selection: Selection, language: str) -> Choice:
    spoken = language if language in selection.languages else "fr"
    label = selection.label if language == "fr" else selection.label_en
    return Choice(selection.address(spoken), label, spoken, selection.whole and spoken == "fr")
