"""The pages that show nothing of a story: tools that run in the reader's browser, and the wrong address."""

from collections.abc import Iterator

from publishing.layout import Head, Page, Writer

# The worker reads its parts from beside itself, so they keep these names.
HUNT_PARTS = ("times", "lists", "plain", "scan", "trails", "reading", "result")
HUNT = (*(f"chasse-{part}.js" for part in HUNT_PARTS), "chasse.js")


def pages(writer: Writer) -> Iterator[Page]:
    """Yield the search page and the reader's own tools."""
    yield writer.page(
        "recherche.html",
        "recherche/",
        Head(title="Rechercher", section="alertes", scripts=("cartes.js", "recherche.js")),
    )
    yield writer.page(
        "mon-parc.html",
        "mon-parc/",
        Head(
            title="Mon parc",
            description="Les alertes qui touchent mon inventaire, sans l’envoyer à personne.",
            section="parc",
            scripts=("parc.js",),
        ),
    )
    yield writer.page(
        "chasse.html",
        "chasse/",
        Head(
            title="Chasse dans mes journaux",
            description="Les indicateurs publiés qui se trouvent dans mes journaux, sans les envoyer à personne.",
            section="indicateurs",
            scripts=HUNT,
        ),
    )


def not_found(writer: Writer) -> Page:
    """Return the page of a wrong address; its links begin at the site's root, whatever the address was."""
    return writer.page("introuvable.html", "introuvable/", Head(title="Page introuvable"))


def at_any_depth(page: bytes, writer: Writer) -> bytes:
    """Return the page of a wrong address with addresses that begin at the host's root: it is served anywhere."""
    root = "../" * f"{writer.prefix}introuvable/".count("/")
    return page.replace(f'="{root}'.encode(), f'="{writer.site.base}'.encode())
