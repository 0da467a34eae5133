"""Say which stories concern an inventory, how surely and why.

`site/theme/assets/parc-matching.js` is the same, function by function; `tests/checking/matching.json` holds
what both must answer. Where names are found to be the same: `checking.lookup`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checking.assets import Asset
from checking.lookup import Lookup
from checking.product_index import CLEARED, LEVELS, IndexedStory, ProductIndex, Statement
from checking.published import Ranges
from checking.versions import within

CERTAIN, POSSIBLE = "certain", "possible"
SURE_NAMES = ("cpe", "purl", "same", "alias")


@dataclass(frozen=True, slots=True)
class Match:
    """Assets that say the same, and a story that concerns them, "certain" or "possible".

    `why_name` is one of cpe, purl, same, alias, near (a name that lists put beside it), edition (one of the names
    says more of edition, platform or version), contained (in a longer name), ambiguous (without a vendor, the
    name is that of several). `why_version` is one of inside, no version (of the asset), no range (of the story),
    unclear (not to be compared exactly), unconfirmed (the story does not say that the product is affected).
    """

    assets: tuple[Asset, ...]
    story: IndexedStory
    certainty: str
    why_name: str
    why_version: str


def match(assets: Iterable[Asset], index: ProductIndex) -> Iterator[Match]:
    """Yield what concerns the assets: most urgent first, then certain before possible.

    Assets with the same vendor, product, version and identifiers are told together, with each story once. A
    story that was withdrawn concerns nobody; nor does one that says the very version is not affected.
    """
    alike: dict[tuple[str, ...], list[Asset]] = defaultdict(list)
    for one in assets:
        alike[(one.vendor, one.product, one.version, one.cpe, one.purl)].append(one)
    lookup = Lookup(index)
    found = [one for group in alike.values() for one in _matches(tuple(group), lookup)]
    return iter(sorted(found, key=_rank))


def _rank(one: Match) -> tuple[int, int, int, bool, str, int]:
    story = one.story
    day = int(story.published_on.replace("-", ""))
    return (
        LEVELS.index(story.level),
        -story.urgency,
        -day,
        one.certainty != CERTAIN,
        story.path,
        one.assets[0].line,
    )


def _matches(group: tuple[Asset, ...], lookup: Lookup) -> Iterator[Match]:
    """Yield what concerns one asset and its likes, a story once."""
    found: dict[str, Match] = {}
    cleared: set[str] = set()
    for candidate in lookup.candidates(group[0]):
        version = group[0].version or candidate.version
        known: dict[Ranges, str] = {}  # many stories name the same versions
        for statement in candidate.statements:
            path, ranges = statement.story.path, statement.ranges
            why = known.get(ranges)
            if why is None:
                why = known[ranges] = _why_version(version, candidate.number, ranges)
            if statement.status in CLEARED:
                if why == "inside" and candidate.why in SURE_NAMES:
                    cleared.add(path)
            elif why:
                match = _match(group, statement, candidate.why, why)
                if path not in found or match.certainty == CERTAIN != found[path].certainty:
                    found[path] = match
    return (match for path, match in found.items() if path not in cleared)


def _match(group: tuple[Asset, ...], statement: Statement, why_name: str, why_version: str) -> Match:
    if statement.status != "affected" and why_version == "inside":
        why_version = "unconfirmed"
    sure = why_name in SURE_NAMES and why_version == "inside"
    return Match(group, statement.story, CERTAIN if sure else POSSIBLE, why_name, why_version)


def _why_version(version: str, number: str, ranges: Ranges) -> str:
    """Say how a version lies in the ranges of a statement; empty where it is outside."""
    answers = [within(version, *one) for one in ranges]
    if "yes" in answers:
        return "inside"
    if "unknown" in answers:
        return "unclear" if version else "no version"
    if answers:
        return ""
    if number and version and within(version, f"{number}.x", f"{number}.x", True, True) == "no":
        return ""  # the story says "Enterprise Linux 9", the asset is an 8.6
    return "no range"
