"""Write the card of a story from what its readers see of it."""

from dataclasses import replace

from enrichment.families import families, vendors
from enrichment.products import ProductRange, from_affected
from publishing import french
from publishing.cards import Card, CardProduct
from publishing.escaping import plain
from publishing.notices import Notice
from publishing.search_words import card_words
from publishing.stories import View
from publishing.weaknesses import CVE
from records import Category, Level

SUMMARY = 600  # characters of a summary in lists and feeds
PRODUCTS = 400  # products of one story that an inventory is matched with
NAMED = 2  # products that a made title names
TITLE = 200  # characters of a title
TAG = 80  # characters of a label


def card(view: View) -> Card:
    """Return the card of a story; the same story gives the same card."""
    voice, urgent = view.voice, view.most_urgent
    title, language = title_for(view, "fr")
    title_en, language_en = title_for(view, "en")
    relevance = view.relevance
    made = Card(
        id=view.address.advisory.id,
        path=view.path,
        title=title,
        language=language,
        title_en=title_en,
        language_en=language_en,
        native_ids=tuple(dict.fromkeys(plain(one.advisory.native_id)[:TITLE] for one in view.told)),
        summary=_cut(plain(voice.summary), SUMMARY),
        category=str(voice.advisory.category),
        source=view.address.source.id,
        sources=tuple(dict.fromkeys(one.source.id for one in view.told)),
        published_at=view.published_at,
        changed_at=view.changed_at,
        tier=str(view.tier),
        relevance=relevance.score if relevance else 0,
        level=_level(urgent),
        urgency=urgent.urgency,
        decision=urgent.decision.value if urgent.decision else "",
        reason=_reason(urgent, "fr"),
        reason_en=_reason(urgent, "en"),
        exploited_on=view.listed_on,
        ransomware=any(listing.ransomware for one in view.at_stake for listing in one.listings),
        withdrawn=view.withdrawn,
        cves=tuple(one.cve for one in view.found if CVE.fullmatch(one.cve)),
        worst=max((one.worst for one in view.found), default=0),
        vendors=tuple(dict.fromkeys(name for one in view.standing for name in vendors(one.advisory)))[:12],
        families=tuple(dict.fromkeys(name for one in view.standing for name in families(one.advisory))),
        tags=tuple(
            dict.fromkeys(plain(label)[:TAG] for one in view.standing for label in one.advisory.labels)
        )[:20],
        products=_products(view),
    )
    return _with_words(made)


def title_for(view: View, language: str) -> tuple[str, str]:
    """Return the title for readers of a language, and the language it is in (empty: unknown).

    The words of a publisher who writes in that language come first. For French readers of a security
    notice without any, one is made of its products: « Philips Vue PACS : 13 vulnérabilités ».
    """
    spoken = [one for one in (view.voice, *view.told) if one.language == language and one.title]
    if spoken:
        return _cut(spoken[0].title, TITLE * 2), language
    made = _made_title(view) if language == "fr" else ""
    if made:
        return made, "fr"
    if view.voice.title:
        return _cut(view.voice.title, TITLE * 2), view.voice.language
    untitled = "Sans titre" if language == "fr" else "Untitled"
    return f"{untitled} ({_cut(plain(view.voice.advisory.native_id), TITLE)})", language


def _made_title(view: View) -> str:
    """Name the products of a security notice and the number of its weaknesses, in French."""
    if view.voice.advisory.category not in (Category.ADVISORY, Category.ALERT) or not view.found:
        return ""
    names = dict.fromkeys(
        _name(product.vendor, product.name) for one in view.told for product in one.advisory.affected
    )
    chosen = [plain(name) for name in names if plain(name)]
    if not chosen:
        return ""
    more = (
        f" et {french.count(len(chosen) - NAMED, 'autre produit', 'autres produits')}"
        if len(chosen) > NAMED
        else ""
    )
    number = len(view.found)
    what = view.found[0].cve if number == 1 else french.count(number, "vulnérabilité")
    return f"{_cut(', '.join(chosen[:NAMED]), TITLE)}{more}{french.NBSP}: {what}"


def _name(vendor: str, name: str) -> str:
    return name if not vendor or name.casefold().startswith(vendor.casefold()) else f"{vendor} {name}"


def _level(urgent: Notice) -> str:
    value = urgent.priority.value if urgent.priority else ""
    return value if value in {str(level) for level in Level} else ""


def _reason(urgent: Notice, language: str) -> str:
    """Return the weightiest reason of its priority, in one line."""
    reasons = urgent.priority.reasons if urgent.priority else ()
    heaviest = max(reasons, key=lambda reason: reason.weight, default=None)
    if heaviest is None or heaviest.weight <= 0:
        return ""
    return plain(heaviest.french if language == "fr" else heaviest.english)


def _products(view: View) -> tuple[CardProduct, ...]:
    """Return the products that are affected or said not to be; the same once, notices in order."""
    read = (one for notice in view.standing for one in from_affected(notice.advisory.affected))
    return tuple(dict.fromkeys(map(_product, read)))[:PRODUCTS]


def _product(read: ProductRange) -> CardProduct:
    return CardProduct(
        vendor=plain(read.vendor),
        product=plain(read.product),
        ranges=tuple((one.low, one.high, one.low_included, one.high_included) for one in read.versions),
        status=str(read.status) if read.status else "",
        cpe=read.cpe,
        purl=read.purl,
    )


def _cut(text: str, length: int) -> str:
    """Return a text, cut at a word where it is longer."""
    return text if len(text) <= length else f"{text[:length].rsplit(' ', 1)[0]}…"


def _with_words(made: Card) -> Card:
    return replace(made, words=card_words(made))
