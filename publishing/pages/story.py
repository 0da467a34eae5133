"""The page of a story, and the smaller ones of the other notices that tell it."""

from dataclasses import dataclass

from markupsafe import Markup, escape

from publishing.cards import Card
from publishing.escaping import body, paragraphs
from publishing.layout import Head, Page, Writer
from publishing.notices import Notice
from publishing.stories import View
from publishing.weaknesses import CVE

FOLDED_CVES = 20  # rows of CVEs that stand open
LISTED_CVES = 120  # with more, the rest is numbers only: their scores are in the JSON twin
LISTED: dict[str, object] = {
    "listed_products": 150,
    "listed_remediations": 40,
    "listed_indicators": 200,
    "listed_references": 80,
    "listed_lines": 40,
    "listed_cves": LISTED_CVES,
    "named_cves": 4_000,
    "listed_risks": 30,
    "folded_cves": FOLDED_CVES,
    "folded_items": 8,
}
TEXT = 30_000  # characters of a text that its page shows: a page weighs 200 kB at most


@dataclass(frozen=True, slots=True)
class Text:
    """What is shown of a notice's words: safe HTML, whether it is the whole text or a summary, whether cut."""

    html: Markup
    whole: bool
    is_cut: bool


def story_page(writer: Writer, view: View, card: Card, words: Text, *, csaf: str = "") -> Page:
    """Return the page of a story whose voice has these words (`text`); `csaf` is the path of its CSAF
    document, empty where it has none.
    """
    title = card.title if writer.language == "fr" else card.title_en
    return writer.page(
        "avis.html",
        card.path,
        Head(
            title=title,
            section="bulletins" if card.category == "bulletin" else "alertes",
            description=card.reason if writer.language == "fr" else card.reason_en,
            translated=False,
        ),
        view=view,
        card=card,
        csaf=csaf,
        text=words,
        tlp=max(one.advisory.marking.tlp for one in view.told).label,
        view_changes=[one for one in view.told if one.changes and one.changes_seen_at],
        is_cve=lambda words: bool(CVE.fullmatch(words)),
        limit=LISTED,
    )


def voice_page(writer: Writer, notice: Notice, card: Card, words: Text) -> Page:
    """Return the page of a notice that tells a story standing at another's address."""
    return writer.page(
        "voix.html",
        notice.path,
        Head(title=notice.title or notice.advisory.native_id, section="alertes", translated=False),
        notice=notice,
        card=card,
        text=words,
        limit=LISTED,
    )


def text(notice: Notice) -> Text:
    """Return what may be shown of a notice's words."""
    words = notice.advisory.body
    if words and not notice.is_quoted:
        cut = words if len(words) <= TEXT else words[:TEXT].rsplit("\n\n", 1)[0]
        return Text(body(cut), whole=True, is_cut=cut != words)
    parts = paragraphs(notice.summary[:TEXT])
    html = Markup("\n").join(Markup(f"<p>{escape(part)}</p>") for part in parts)
    return Text(html, whole=False, is_cut=len(notice.summary) > TEXT)
