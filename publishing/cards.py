"""What lists, feeds, search and the product index need of a story; its page has the rest.

A card is kept with the page it was made with, so that a rebuild reads ten thousand cards and makes ten.
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class CardProduct:
    """A product of a story as an inventory is matched against it.

    `vendor` and `product` are as published, `vendor` empty where it is unknown. `ranges` are alternatives
    `(low, high, low_included, high_included)` as in `enrichment.version_ranges.Range` (an empty end is
    none, `("", "", True, True)` all versions); no ranges: the versions are not known. `status` is one of
    affected, fixed, not affected, under investigation, or empty.
    """

    vendor: str
    product: str
    ranges: tuple[tuple[str, str, bool, bool], ...] = ()
    status: str = ""
    cpe: str = ""
    purl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One story, in short. Instants are aware UTC; texts are plain, on one line, not escaped.

    `id` is the UUID of the advisory at whose address the story stands, `path` that address relative to
    the site (`avis/2026/certfr-avis--certfr-2026-avi-0001/`), the same in every language and for ever.
    `title` is for French readers, `title_en` for English ones, each with the `lang` it is in. `source` is the
    source (id) of the address, `sources` all that tell the story, the first to tell it first. `category`
    is a `records.Category`, `tier` a `records.Tier`, `level` a `records.Level`, `decision` a
    `records.Decision`, each empty where no rule has spoken; `relevance` and `urgency` are 0–100. `worst` is
    the highest CVSS base score, 0 where there is none. `vendors` and `families` are names for readers
    (families in French, as in the lexicon), `tags` the labels of its publishers. `reason` and `reason_en` say
    in one line why it is urgent.
    """

    id: str
    path: str
    title: str
    language: str
    title_en: str
    language_en: str
    native_ids: tuple[str, ...]
    summary: str
    category: str
    source: str
    sources: tuple[str, ...]
    published_at: datetime
    changed_at: datetime
    tier: str
    relevance: int
    level: str = ""
    urgency: int = 0
    decision: str = ""
    reason: str = ""
    reason_en: str = ""
    exploited_on: date | None = None
    ransomware: bool = False
    withdrawn: bool = False
    cves: tuple[str, ...] = ()
    worst: float = 0
    vendors: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    products: tuple[CardProduct, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def exploited(self) -> bool:
        """Whether a catalogue lists one of its CVEs as exploited."""
        return self.exploited_on is not None
