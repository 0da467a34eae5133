"""Turn each advisory of an edition into what its readers see of it, decided once for all pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from publishing import addresses
from publishing.escaping import plain
from publishing.weaknesses import Weakness, weaknesses
from records import Advisory, Assessment, Category, Difference, Source, Story, Tier, Vulnerability

RELEVANCE, PRIORITY, DECISION = "health_relevance", "priority", "priority_decision"
EXTRACTION = "ioc_extraction"
FIRST_YEAR = 1980  # no notice is older
QUOTED = 600  # characters of an article that are quoted; the rest is its publisher's to show

Said = Mapping[str, tuple[Vulnerability, ...]]  # what all sources say of each CVE


@dataclass(frozen=True, slots=True)
class Notice:
    """An advisory ready to be read: where it stands, how near it is to care, what its CVEs are worth.

    `path` is its page below the site's root, `title` what its publisher calls it, on one line, perhaps
    empty, `changed_at` the instant (UTC) of its last change, `first_seen_at` when the archive first had it,
    `assessments` the relevance first, then by rule. `changes` is what its newest version, first seen at
    `changes_seen_at`, changed in the one before.
    """

    advisory: Advisory
    source: Source
    path: str
    title: str
    changed_at: datetime
    first_seen_at: datetime
    tier: Tier
    assessments: tuple[Assessment, ...]
    found: tuple[Weakness, ...]
    changes: tuple[Difference, ...] = ()
    changes_seen_at: datetime | None = None

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
        return self._said(RELEVANCE)

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

    @property
    def told_at(self) -> datetime:
        """When its publisher told it first, as far as is known: publication, else our first reading."""
        return _believed(self.advisory.published_at) or self.first_seen_at

    @property
    def is_spared(self) -> bool:
        """Whether it says of all its products that they are not affected."""
        rows = self.advisory.affected
        return bool(rows) and all(one.status == "known_not_affected" for one in rows)

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
    def language(self) -> str:
        """The `lang` of its publisher's words: two letters, or empty, which is HTML for unknown."""
        code = self.advisory.language.lower()[:2]
        return code if len(code) == 2 and code.isascii() and code.isalpha() else ""

    def _said(self, rule: str) -> Assessment | None:
        return next((one for one in self.assessments if rule_name(one) == rule), None)


def notice(story: Story, said: Said) -> Notice:
    """Return what readers see of a story's advisory.

    It did not change after it was read, whatever date its publisher gives: a far date holds no first place.
    """
    advisory = story.advisory
    ordered = sorted(story.assessments.values(), key=lambda item: (rule_name(item) != RELEVANCE, item.rule))
    return Notice(
        advisory=advisory,
        source=story.source,
        path=addresses.advisory_page(advisory, story.first_seen_at),
        title=plain(advisory.title),
        changed_at=_changed_at(advisory),
        first_seen_at=story.first_seen_at or advisory.provenance.received_at,
        tier=_tier(ordered),
        assessments=tuple(ordered),
        found=weaknesses(advisory.cves, said),
        changes=tuple(
            one for one in story.changes if not (advisory.category is Category.NEWS and one.field == "body")
        ),
        changes_seen_at=story.changed_at,
    )


def rule_name(assessment: Assessment) -> str:
    """Return the rule an assessment speaks for, whether the rule or an analyst made it."""
    return assessment.rule.removesuffix("/analyst")


def _changed_at(advisory: Advisory) -> datetime:
    """Return when its publisher changed it, or took it back, never after it was read."""
    read_at = advisory.provenance.received_at
    dated = _believed(advisory.updated_at) or _believed(advisory.published_at) or read_at
    return max(min(dated, read_at), advisory.withdrawn_at or dated).astimezone(UTC)


def _believed(at: datetime | None) -> datetime | None:
    """Return a date, `None` for one that no notice can have: some tools write the year 1 for "unknown"."""
    return at if at is not None and at.year >= FIRST_YEAR else None


def _tier(assessments: list[Assessment]) -> Tier:
    """Read the tier from the relevance; a notice without one, or with an unknown value, is general."""
    values = {rule_name(item): item.value for item in assessments}
    return next((tier for tier in Tier if tier == values.get(RELEVANCE)), Tier.GENERAL)
