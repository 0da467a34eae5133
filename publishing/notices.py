"""Turn each story of an edition into what its readers see of it, decided once for all pages."""

from dataclasses import dataclass
from datetime import datetime

from publishing import addresses, french
from publishing.markdown import plain
from publishing.weaknesses import Weakness, weaknesses
from records import Advisory, Assessment, Category, Difference, Edition, Source, Story, Tier

RELEVANCE, PRIORITY, DECISION = "health_relevance", "priority", "priority_decision"
EXTRACTION = "ioc_extraction"
LIST_TITLE = 160  # characters of a title in a list; its own page shows it whole
QUOTED = 600  # characters of an article that are quoted; the rest is its publisher's to show


@dataclass(frozen=True, slots=True)
class Notice:
    """A story ready to be read: where it stands, how near it is to care, what its CVEs are worth.

    `path` is its page, `title` never empty, `changed_at` the instant (UTC) of its last change,
    `assessments` the relevance first, then by rule. `changes` is what its newest version,
    first seen at `changes_seen_at`, changed in the one before. `together` are the ids of all
    that tell the same story, itself included, the first to tell it coming first.
    """

    advisory: Advisory
    source: Source
    path: str
    title: str
    changed_at: datetime
    tier: Tier
    assessments: tuple[Assessment, ...]
    found: tuple[Weakness, ...]
    changes: tuple[Difference, ...] = ()
    changes_seen_at: datetime | None = None
    together: tuple[str, ...] = ()

    @property
    def exploited(self) -> bool:
        """Whether a catalogue lists one of its CVEs as exploited."""
        return any(item.listings for item in self.found)

    @property
    def score(self) -> int:
        """The relevance, 0–100; 0 where no rule has spoken."""
        return self.assessments[0].score if self.relevance else 0

    @property
    def relevance(self) -> Assessment | None:
        """The assessment that places it in its tier, `None` where no rule has spoken."""
        first = self.assessments[0] if self.assessments else None
        return first if first and rule_name(first) == RELEVANCE else None

    @property
    def priority(self) -> Assessment | None:
        """The assessment that says how urgent it is, `None` where no rule has spoken."""
        return self._said(PRIORITY)

    @property
    def decision(self) -> Assessment | None:
        """The assessment that says what to do, `None` where no rule has spoken."""
        return self._said(DECISION)

    @property
    def named_indicators(self) -> Assessment | None:
        """The assessment that lists the indicators its text names, `None` where it names none."""
        found = self._said(EXTRACTION)
        return found if found and found.reasons else None

    @property
    def urgency(self) -> int:
        """The priority, 0–100; 0 where no rule has spoken."""
        return self.priority.score if self.priority else 0

    def _said(self, rule: str) -> Assessment | None:
        return next((one for one in self.assessments if rule_name(one) == rule), None)

    @property
    def short_title(self) -> str:
        """The title, cut at a word for lists."""
        if len(self.title) <= LIST_TITLE:
            return self.title
        return f"{self.title[:LIST_TITLE].rsplit(' ', 1)[0]}…"

    @property
    def is_quoted(self) -> bool:
        """Whether only the beginning of its text may be shown: an article is its publisher's work, a
        security notice is made to be passed on.
        """
        return self.advisory.category is Category.NEWS

    @property
    def summary(self) -> str:
        """Its summary, of an article no more than a quotation."""
        words = self.advisory.summary
        if not self.is_quoted or len(words) <= QUOTED:
            return words
        return f"{words[:QUOTED].rsplit(' ', 1)[0]} […]"

    @property
    def tier_name(self) -> str:
        """The tier as it stands in addresses and style sheets."""
        return addresses.TIER_NAMES[self.tier]

    @property
    def tier_label(self) -> str:
        """The tier as readers see it."""
        return french.TIERS[self.tier]

    @property
    def language(self) -> str:
        """The `lang` of its publisher's words: two letters, or empty, which is HTML for unknown."""
        code = self.advisory.language.lower()[:2]
        return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def notices(edition: Edition) -> tuple[Notice, ...]:
    """Return the edition's stories in its order, newest first."""
    return tuple(_notice(story, edition) for story in edition.stories)


def rule_name(assessment: Assessment) -> str:
    """Return the rule an assessment speaks for, whether the rule or an analyst made it."""
    return assessment.rule.removesuffix("/analyst")


def _notice(story: Story, edition: Edition) -> Notice:
    advisory = story.advisory
    ordered = sorted(story.assessments.values(), key=lambda item: (rule_name(item) != RELEVANCE, item.rule))
    return Notice(
        advisory=advisory,
        source=story.source,
        path=addresses.advisory_page(advisory),
        title=plain(advisory.title) or f"Sans titre ({plain(advisory.native_id)})",
        changed_at=min(
            addresses.changed(advisory), edition.made_at
        ),  # a far date cannot hold the first place
        tier=_tier(ordered),
        assessments=tuple(ordered),
        found=weaknesses(advisory.cves, edition.vulnerabilities),
        changes=tuple(
            one for one in story.changes if not (advisory.category is Category.NEWS and one.field == "body")
        ),
        changes_seen_at=story.changed_at,
        together=edition.together.get(advisory.id, ()),
    )


def _tier(assessments: list[Assessment]) -> Tier:
    """Read the tier from the relevance; a notice without one, or with an unknown value, is general."""
    values = {rule_name(item): item.value for item in assessments}
    return next((tier for tier in Tier if tier == values.get(RELEVANCE)), Tier.GENERAL)
