"""Which other names products and vendors go by: renamed products from our own table, the rest from word lists."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from pathlib import Path

from checking.names import Vendors, is_generic, read_name

RENAMED = Path(__file__).with_name("renamed.csv")  # vendor, product (empty: the vendor itself), aliases


@dataclass(frozen=True, slots=True, order=True)
class Alias:
    """Another name of a product, or of a vendor where `product` is empty.

    `sure` where both are one product; else `other` is found in lists that also put neighbours of a product
    beside it, and what is found through it is only possible.
    """

    vendor: str
    product: str
    other: str
    sure: bool


def aliases(rows: Iterable[Mapping[str, str]]) -> tuple[Alias, ...]:
    """Return the other names that word lists give (columns `vendor`, `product`, `aliases`, `cpe`), with our own.

    Names of several lists are separated by `|`. Products of one vendor and one CPE are surely the same. Left
    out are names that differ in a number or only in spelling, and those that mean nothing without a vendor.
    """
    found = {*_renamed(), *_of_one_cpe(rows := tuple(rows))}
    sure = {(one.vendor, one.product, one.other) for one in found}
    for row in rows:
        vendor, product = (row["vendor"], row["product"]) if row["product"] else ("", row["vendor"])
        for other in filter(None, row["aliases"].split("|")):
            if _tells(vendor, product, other) and (vendor, product, other) not in sure:
                found.add(Alias(vendor, product, other, sure=False))
    return tuple(sorted(found))


@cache
def _renamed() -> tuple[Alias, ...]:
    with RENAMED.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return tuple(
        Alias(row["vendor"], row["product"], other, sure=True)
        for row in rows
        for other in row["aliases"].split("|")
    )


def _of_one_cpe(rows: Iterable[Mapping[str, str]]) -> Iterator[Alias]:
    products: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        if row["cpe"] and row["product"]:
            products[(row["vendor"], row["cpe"])].add(row["product"])
    for (vendor, _), names in products.items():
        for product, other in permutations(sorted(names), 2):
            if product < other and _tells(vendor, product, other):
                yield Alias(vendor, product, other, sure=True)


def _tells(vendor: str, product: str, other: str) -> bool:
    """Whether another name is one that reading the product's own would not find, and a safe one."""
    if "*" in other:
        return False
    ours, theirs = (read_name(vendor, name, Vendors()) for name in (product, other))
    return (
        ours.core != theirs.core
        and not is_generic(theirs.words)
        and not (ours.qualifiers ^ theirs.qualifiers)
    )
