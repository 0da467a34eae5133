"""Put together the notices that tell one story: where it stands, whose words lead it, what all of them say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from hashlib import blake2b

import orjson

from publishing.addresses import advisory_page
from publishing.notices import Notice, Said, notice
from publishing.weaknesses import Weakness, first_listing, weaknesses
from records import Assessment, Category, Edition, Story, Tier

_NEAREST = {tier: place for place, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Group:
    """The members of one story, and the digest of all that its pages show.

    `address` is the member that the archive has had longest: its page, at `path` below the site's root, is
    the story's, and stays so whoever joins later.
    """

    address: Story
    members: tuple[Story, ...]
    path: str
    key: str

    @property
    def paths(self) -> list[str]:
        """The pages of its notices, the story's own among them."""
        others = [
            advisory_page(one.advisory, one.first_seen_at) for one in self.members if one is not self.address
        ]
        return [self.path, *others]


@dataclass(frozen=True, slots=True)
class View:
    """A story ready to be read.

    `address` is the notice at whose address it stands, `voice` the one whose words lead (French before other
    languages, a security notice before an article), `told` all notices, who told it first coming first.
    `found` are the CVEs of those that stand.
    """

    address: Notice
    voice: Notice
    told: tuple[Notice, ...]
    found: tuple[Weakness, ...]

    @property
    def path(self) -> str:
        """Where the story stands, below the site's root."""
        return self.address.path

    @property
    def standing(self) -> tuple[Notice, ...]:
        """The notices that their publishers did not take back; all of them where none stands."""
        return tuple(one for one in self.told if not one.advisory.withdrawn_at) or self.told

    @property
    def relevance(self) -> Assessment | None:
        """The assessment that places it nearest to care."""
        judged = [one for one in self.standing if one.relevance]
        best = min(judged, key=lambda one: (_NEAREST[one.tier], -one.score, one.path), default=None)
        return best.relevance if best else None

    @property
    def tier(self) -> Tier:
        """How near it is to care: as its nearest notice."""
        return min((one.tier for one in self.standing), key=_NEAREST.__getitem__)

    @property
    def most_urgent(self) -> Notice:
        """The notice whose priority is the story's."""
        return max(
            self.standing, key=lambda one: (one.priority is not None, one.urgency, one.path == self.path)
        )

    @property
    def published_at(self) -> datetime:
        """When it was told first, never after it was read (UTC)."""
        first = self.told[0]
        return min(first.told_at, first.first_seen_at).astimezone(UTC)

    @property
    def changed_at(self) -> datetime:
        """When any of its notices changed last, or one of its CVEs was listed as exploited (UTC)."""
        changed = [self.published_at, *(one.changed_at for one in self.told)]
        listed = self.listed_on
        if listed:
            changed.append(datetime.combine(listed, time(), UTC))
        return max(changed)

    @property
    def withdrawn(self) -> bool:
        """Whether every publisher took it back."""
        return all(one.advisory.withdrawn_at for one in self.told)

    @property
    def exploited(self) -> bool:
        """Whether a catalogue lists one of its CVEs as exploited."""
        return self.listed_on is not None

    @property
    def at_stake(self) -> tuple[Weakness, ...]:
        """The CVEs that some standing notice does not only say to spare its products."""
        named = {cve for one in self.standing if not one.is_spared for cve in one.advisory.cves}
        return tuple(one for one in self.found if one.cve in named)

    @property
    def listed_on(self) -> date | None:
        """When a catalogue first listed one of the CVEs at stake as exploited, `None` where none does."""
        return first_listing(self.at_stake)

    @property
    def named_indicators(self) -> tuple[Assessment, ...]:
        """What each notice's text names as indicators."""
        return tuple(one.named_indicators for one in self.told if one.named_indicators)


def groups(edition: Edition) -> Iterator[Group]:
    """Yield the stories of an edition, in the order of its newest member; no advisory is in two of them."""
    by_id = {story.advisory.id: story for story in edition.stories}
    stated = {cve: _digest(said) for cve, said in edition.vulnerabilities.items()}
    done: set[str] = set()
    for story in edition.stories:
        if story.advisory.id in done:
            continue
        names = edition.together.get(story.advisory.id) or (story.advisory.id,)
        members = tuple(by_id[name] for name in names if name in by_id)
        done.update(one.advisory.id for one in members)
        address = min(members, key=_age)
        page = advisory_page(address.advisory, address.first_seen_at)
        yield Group(address, members, page, _key(members, stated))


def view(group: Group, said: Said) -> View:
    """Return what readers see of a group."""
    told = sorted((notice(one, said) for one in group.members), key=lambda one: (one.told_at, one.path))
    address = next(one for one in told if one.advisory.id == group.address.advisory.id)
    shown = View(address, min(told, key=lambda one: _voice(one, address)), tuple(told), ())
    cves = tuple(cve for one in shown.standing for cve in one.advisory.cves)
    return replace(shown, found=weaknesses(cves, said))


def _voice(one: Notice, address: Notice) -> tuple[bool, bool, bool, bool, datetime]:
    """Order notices by how well their words lead: standing, French, no article, that of the address."""
    return (
        one.advisory.withdrawn_at is not None,
        one.language != "fr",
        one.advisory.category is Category.NEWS,
        one.path != address.path,
        one.told_at,
    )


def _age(story: Story) -> tuple[datetime, str]:
    return story.first_seen_at or story.advisory.provenance.received_at, story.advisory.id


def _key(members: Sequence[Story], stated: Mapping[str, bytes]) -> str:
    """Digest all that a story's pages depend on."""
    digest = blake2b(digest_size=16)
    for story in members:
        digest.update(_dump((story.advisory, story.source, _by_rule(story), story.changes)))
        digest.update(_dump((story.changed_at, story.first_seen_at)))
        for cve in story.advisory.cves:
            digest.update(stated.get(cve, b"-"))
    return digest.hexdigest()


def _by_rule(story: Story) -> list[tuple[str, Assessment]]:
    return sorted(story.assessments.items(), key=lambda item: item[0])


def _digest(said: Iterable[object]) -> bytes:
    return blake2b(_dump(tuple(said)), digest_size=16).digest()


def _dump(value: object) -> bytes:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(value: object) -> object:
    """Give orjson what it does not know itself: mappings that are no dicts."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no digest of {type(value).__name__}")
