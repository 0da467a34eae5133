"""Find the names of a product index that an asset may go by, each with why it is thought to be the same.

The first half of `site/theme/assets/parc-matching.js` does the same.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import permutations
from typing import TypeVar
from urllib.parse import unquote

from checking.assets import Asset
from checking.names import (
    Name,
    Vendors,
    Words,
    is_distinctive,
    is_generic,
    is_narrower,
    read_name,
    vendor_words,
    words_of,
)
from checking.other_names import Alias
from checking.product_index import ProductIndex, Statement

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Statements about what an asset may be, and why: a `why_name` of `matching.Match`.

    `version` is the one that only the asset's name or identifier tells, `number` what the name of the story
    says of the version and the asset's does not; both mostly empty.
    """

    statements: tuple[Statement, ...]
    why: str
    version: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class _Named:
    name: Name
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class _OtherName:
    """From the name it is found by to the name of the product."""

    by: Name
    target: Name
    sure: bool


class Lookup:
    """The names of an index by what finds them: core, first word, alias, CPE and package URL."""

    def __init__(self, index: ProductIndex) -> None:
        statements = [one for one in index.statements if not one.story.withdrawn]
        self.vendors = _vendors(statements, index.aliases)
        self.named: dict[str, list[_Named]] = defaultdict(list)
        self.longer: dict[str, set[Words]] = defaultdict(set)  # first word -> words of cores
        self.aliases = _other_names(index.aliases, self.vendors)
        for (vendor, product), said in _grouped(statements, lambda one: (one.vendor, one.product)).items():
            name = read_name(vendor, product, self.vendors)
            self.named[name.core].append(_Named(name, said))
            if sum(map(is_distinctive, name.words)) > 1:
                self.longer[name.words[0]].add(name.words)
        self.by_cpe = _grouped(statements, lambda one: cpe_key(one.cpe)[0])
        self.by_purl = _grouped(statements, lambda one: purl_key(one.purl)[0])

    def candidates(self, asset: Asset) -> Iterator[Candidate]:
        """Yield what an asset may be, the surest reason first."""
        for why, found, (key, version) in (
            ("cpe", self.by_cpe, cpe_key(asset.cpe)),
            ("purl", self.by_purl, purl_key(asset.purl)),
        ):
            if key and key in found:
                yield Candidate(found[key], why, version)
        name = read_name(asset.vendor, asset.product, self.vendors)
        if "." in asset.version:  # it may stand in the name as well
            name = replace(name, qualifiers=name.qualifiers - set(words_of(asset.version)))
        if not name.core:
            return
        known = [*self._by_name(name, asset, ""), *self._by_alias(name, asset)]
        yield from known or self._contained(name, asset)

    def _by_name(self, name: Name, asset: Asset, why: str) -> Iterator[Candidate]:
        """Yield what has the core of a name; `why` replaces the reason "same"."""
        named = self.named.get(name.core, [])
        ambiguous = not name.vendor and self._makers(named) > 1
        for one in named:
            candidate = self._compared(name, one, asset)
            if candidate is None:
                continue
            if ambiguous:
                yield replace(candidate, why="ambiguous")
            else:
                yield replace(candidate, why=why or "same") if candidate.why == "same" else candidate

    def _makers(self, named: Iterable[_Named]) -> int:
        """Count vendors that share a core."""
        distinct: list[Words] = []
        for one in named:
            vendor = one.name.vendor
            if vendor and not any(self.vendors.related(vendor, other) for other in distinct):
                distinct.append(vendor)
        return len(distinct)

    def _compared(self, name: Name, one: _Named, asset: Asset) -> Candidate | None:
        """Return a name of the same core as a candidate, if vendors and qualifiers allow it."""
        if not self._vendors_fit(name, one.name):
            return None
        more, less = name.qualifiers - one.name.qualifiers, one.name.qualifiers - name.qualifiers
        if more and less:
            return None
        numbers = [word for word in more or less if word[0].isdigit()]
        number = numbers[0] if len(numbers) == 1 else ""
        if more and not asset.version and len(more) == 1 and number:
            return Candidate(one.statements, "same", version=number)
        why = "same" if not less and all(map(is_narrower, more)) else "edition"
        return Candidate(one.statements, why, number=number if less else "")

    def _vendors_fit(self, name: Name, other: Name) -> bool:
        if name.vendor and other.vendor:
            return self.vendors.related(name.vendor, other.vendor)
        return not is_generic(name.words)

    def _by_alias(self, name: Name, asset: Asset) -> Iterator[Candidate]:
        for one in self.aliases.get(name.core, ()):
            if one.by.qualifiers <= name.qualifiers and self._vendors_fit(name, one.by):
                qualifiers = (name.qualifiers - one.by.qualifiers) | one.target.qualifiers
                vendor = name.vendor or one.target.vendor
                target = replace(one.target, vendor=vendor, qualifiers=qualifiers)
                for candidate in self._by_name(target, asset, "alias"):
                    yield candidate if one.sure else replace(candidate, why="near")

    def _contained(self, name: Name, asset: Asset) -> Iterator[Candidate]:
        """Yield the longest name of two words or more that mean something and stand within a longer one."""
        best: Words = ()
        for place, word in enumerate(name.words):
            for words in self.longer.get(word, ()):
                if name.words[place : place + len(words)] == words and len(words) > len(best):
                    best = words
        if best:
            shorter = replace(name, words=best, core="".join(best).replace(".", ""))
            for candidate in self._by_name(shorter, asset, ""):
                yield replace(candidate, why="contained")


def cpe_key(cpe: str) -> tuple[str, str]:
    """Return vendor and product of a CPE name, and its version; empty where it says none."""
    text = cpe.strip().lower()
    start = next((one for one in ("cpe:2.3:", "cpe:/") if text.startswith(one)), "")
    parts = text.replace("\\:", "%3a").replace("\\", "").removeprefix(start).split(":")
    if not start or len(parts) < 3:
        return "", ""
    version = unquote(parts[3]) if len(parts) > 3 and parts[3] not in ("*", "-") else ""
    update = unquote(parts[4]) if len(parts) > 4 and parts[4] not in ("*", "-") else ""
    return unquote(f"{parts[1]}:{parts[2]}"), f"{version} {update}".strip() if version else ""


def purl_key(purl: str) -> tuple[str, str]:
    """Return type, namespace and name of a package URL (ECMA-427), and its version; empty where it is none."""
    path, _, version = purl.strip().partition("?")[0].partition("#")[0].rpartition("@")
    if not path or "/" in version:  # no version: what stands there is the name, or an npm scope and the name
        path, version = f"{path}@{version}" if path else version, ""
    if not path.lower().startswith("pkg:") or "/" not in path:
        return "", ""
    return unquote(path[4:].strip("/").lower()), unquote(version)


def _grouped(
    statements: Iterable[Statement], key: Callable[[Statement], K]
) -> dict[K, tuple[Statement, ...]]:
    """Return the statements by a key; those whose key is empty are of no group."""
    groups: dict[K, list[Statement]] = defaultdict(list)
    for one in statements:
        if found := key(one):
            groups[found].append(one)
    return {found: tuple(group) for found, group in groups.items()}


def _vendors(statements: Iterable[Statement], aliases: Iterable[Alias]) -> Vendors:
    same: dict[Words, Words] = {}
    known = {vendor_words(one.vendor) for one in statements}
    for one in aliases:
        if one.sure:
            known.add(vendor_words(one.vendor))
        if one.sure and not one.product:
            known.add(vendor_words(one.other))
            same[vendor_words(one.other)] = vendor_words(one.vendor)
    return Vendors(frozenset(known - {()}), same)


def _other_names(aliases: Iterable[Alias], vendors: Vendors) -> dict[str, list[_OtherName]]:
    """Return other names by the core that finds them; of those that are surely the same each finds all."""
    found: dict[str, list[_OtherName]] = defaultdict(list)
    sure: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in aliases:
        if one.sure and one.product:
            sure[(one.vendor, one.product)].append(one.other)
        elif one.product:
            by, target = (read_name(one.vendor, name, vendors) for name in (one.other, one.product))
            found[by.core].append(_OtherName(by, target, sure=False))
    for (vendor, product), others in sure.items():
        names = [read_name(vendor, name, vendors) for name in (product, *others)]
        for by, target in permutations(names, 2):
            found[by.core].append(_OtherName(by, target, sure=True))
    return found
