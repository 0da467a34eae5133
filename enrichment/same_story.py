"""Group the notices that tell one story: who said it first, who said it after, and why we think so.

One story is one event: the same flaws in the same products, one attack, one report. A monthly bulletin
is a story of its own and swallows none of the notices on single flaws of it; a library's flaw is another
story in each product that ships it. What makes two notices alike is in `likeness.py`.

Links are followed from the surest down. One that would stretch a story over more than `DAYS` is not, so
that a chain of weekly updates stays many stories; nor is one that an analyst forbids. All stories are made
anew from all notices (20 000 in a few seconds): a new notice changes what is rare, and a result that depended
on the order of arrival could not be replayed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from enrichment.likeness import Link, dated, links
from records import Advisory, Reason

DAYS = 120

Pair = tuple[str, str]  # two ids of advisories, in any order


@dataclass(frozen=True, slots=True)
class Locks:
    """What analysts decided: pairs that tell one story whatever we find, and pairs that do not."""

    together: frozenset[Pair] = frozenset()
    apart: frozenset[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class Cluster:
    """The notices of one story by id, who said it first at the head, and the links that tie them."""

    ids: tuple[str, ...]
    links: tuple[Link, ...]


def clusters(advisories: Iterable[Advisory], locks: Locks = Locks()) -> list[Cluster]:
    """Return the stories that two or more notices tell, the oldest first; no notice is in two of them.

    The result depends on the notices and locks only, not on their order. Locks on ids that are not among the
    advisories are passed over. Raises `ValueError` where locks contradict each other.
    """
    every = sorted({one.id: one for one in advisories}.values(), key=lambda one: (dated(one), one.id))
    stories = _Stories(every, locks)
    for pair in sorted(tuple(sorted(pair)) for pair in locks.together):
        stories.lock(pair[0], pair[1])
    for link in links(every):
        stories.follow(link)
    return stories.told(every)


class _Stories:
    """Sets of notices that grow together, each with its first and last date."""

    def __init__(self, every: Sequence[Advisory], locks: Locks) -> None:
        self._members = {one.id: [one.id] for one in every}
        self._span: dict[str, tuple[datetime, datetime]] = {one.id: (dated(one), dated(one)) for one in every}
        self._story = {one.id: one.id for one in every}
        self._links: list[Link] = []
        self._apart: dict[str, set[str]] = {}
        for one, other in locks.apart:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)

    def lock(self, one: str, other: str) -> None:
        """Put two notices together because an analyst says so."""
        if one not in self._story or other not in self._story:
            return
        if self._forbidden(one, other):
            raise ValueError(f"locks want {one} and {other} both together and apart; remove one of them")
        first, second = sorted((one, other), key=lambda name: (self._span[name], name))
        self._links.append(Link(first, second, 1.0, _LOCKED))
        self._join(one, other)

    def follow(self, link: Link) -> None:
        """Put the notices of a link together, unless that is forbidden or makes the story too long."""
        one, other = self._story[link.first_id], self._story[link.second_id]
        first = min(self._span[one][0], self._span[other][0])
        last = max(self._span[one][1], self._span[other][1])
        if one != other and last - first <= timedelta(days=DAYS) and not self._forbidden(one, other):
            self._links.append(link)
            self._join(one, other)

    def told(self, every: Sequence[Advisory]) -> list[Cluster]:
        """Return the stories of more than one notice; `every` is in the order of dates."""
        ids: dict[str, list[str]] = {}
        for one in every:
            ids.setdefault(self._story[one.id], []).append(one.id)
        tied: dict[str, list[Link]] = {}
        for link in self._links:
            tied.setdefault(self._story[link.first_id], []).append(link)
        return [Cluster(tuple(each), tuple(tied[story])) for story, each in ids.items() if len(each) > 1]

    def _forbidden(self, one: str, other: str) -> bool:
        """Whether an analyst keeps a notice of one story apart from a notice of the other."""
        one, other = self._story[one], self._story[other]
        if one == other:
            return False
        few, many = sorted((self._members[one], self._members[other]), key=len)
        story = self._story[many[0]]
        return any(self._story.get(enemy) == story for each in few for enemy in self._apart.get(each, ()))

    def _join(self, one: str, other: str) -> None:
        one, other = self._story[one], self._story[other]
        if one == other:
            return
        few, many = sorted((one, other), key=lambda story: (len(self._members[story]), story))
        for each in self._members[few]:
            self._story[each] = many
        self._members[many] += self._members.pop(few)
        spans = (self._span[few], self._span[many])
        self._span[many] = min(span[0] for span in spans), max(span[1] for span in spans)


_LOCKED = Reason("analyst", 0, "Réunis par un analyste", "Put together by an analyst")
