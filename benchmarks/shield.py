"""Measure the shield beside pymispwarninglists, on the same lists and indicators, and explain what differs.

Run `python benchmarks/shield.py DATA [LISTS]`: DATA is a folder of recorded data with the warninglists
below `lists/misp-warninglists` and indicators below `indicators`; LISTS another clone of the warninglists.
Where pymispwarninglists is installed its slow mode, the right one, judges a sample of 2 000 indicators,
and each verdict that differs is put under the rule of ours that is behind it; the last number, of those
without such a rule, must be 0.
"""

import csv
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from time import process_time
from typing import Protocol
from urllib.parse import urlsplit

from records import Observable, ObservableType, observable
from sharing.shield import Shield, load_shield, suppression
from sharing.suppressions import ShieldRule, Suppression
from sharing.warninglists_index import POLICY, Policy, build_index

SAMPLE, PLANTED = 2_000, 200
NAMED, NAMES = (ObservableType.DOMAIN, ObservableType.URL), {"domain", "hostname"}
KINDS = (
    ObservableType.IPV4,
    ObservableType.IPV6,
    ObservableType.SHA256,
    ObservableType.SHA1,
    ObservableType.MD5,
    ObservableType.DOMAIN,
    ObservableType.URL,
)


class Witness(Protocol):
    """What we use of a list of pymispwarninglists."""

    name: str
    matching_attributes: list[str]

    def __contains__(self, value: str) -> bool:
        """Say whether the list has a value, as MISP would."""


def indicators(folder: Path) -> list[Observable]:
    """Return the recorded indicators, each once: every cell of every CSV that is a value and no time."""
    found: dict[Observable, None] = {}
    for path in sorted(folder.glob("*-csv/**/*.csv")):
        with path.open(encoding="utf-8", errors="replace", newline="") as stream:
            for row in csv.reader(stream):
                found.update(dict.fromkeys(_values(row)))
    return list(found)


def _values(row: list[str]) -> Iterator[Observable]:
    for cell in row[:4]:
        for kind in KINDS:
            try:
                yield observable(kind, cell)
            except ValueError:
                continue
            break


def timed(work: Callable[[], object]) -> float:
    """Return the processor time of `work`, in seconds."""
    start = process_time()
    work()
    return process_time() - start


def judge(items: list[Observable], shield: Shield) -> list[Suppression | None]:
    """Return the verdicts on all items."""
    return [suppression(item, shield) for item in items]


def memory() -> float:
    """Return the memory this process holds now, in MiB, the mapped index included (Linux only)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def ours(items: list[Observable], index: Path) -> Shield:
    """Print what our shield costs on all indicators, and return it."""
    before = memory()
    shields: list[Shield] = []
    took = timed(lambda: shields.append(load_shield(index=index)))
    print(f"load {took:.3f} s from an index of {index.stat().st_size / 1e6:.1f} MB")
    verdicts: list[Suppression | None] = []
    took = timed(lambda: verdicts.extend(judge(items, shields[0])))
    hits = Counter(found.list for found in verdicts if found)
    print(
        f"judge {len(items) / took:,.0f} indicators/s ({len(items):,} in {took:.2f} s), "
        f"memory +{memory() - before:.0f} MiB, suppressed {sum(hits.values()):,}"
    )
    for kind in KINDS:
        some = [item for item in items if item.type is kind]
        if some:
            took = timed(partial(judge, some, shields[0]))
            print(f"  {kind:12} {len(some):7,} {len(some) / took:12,.0f}/s")
    print("  lists:", ", ".join(f"{name} {count}" for name, count in hits.most_common(12)))
    return shields[0]


def sample(items: list[Observable], lists: list[Witness]) -> list[Observable]:
    """Return indicators to compare, a tenth of them planted: entries of the lists themselves."""
    random = Random(2026)
    entries = sorted({str(entry) for one in lists for entry in getattr(one, "list", ())})
    planted: list[Observable] = []
    for entry in random.sample(entries, min(len(entries), 10 * PLANTED)):
        planted.extend(_values([entry]))
    return random.sample(items, SAMPLE - PLANTED) + planted[:PLANTED]


def explanation(item: Observable, mine: Suppression | None, theirs: list[Witness], index: Shield) -> str:
    """Name the rule behind a verdict that differs; empty where there is none."""
    if mine:
        if mine.list not in (index.index.lists if index.index else ()):
            return "our own lists and rules"
        if mine.rule is ShieldRule.PARENT:
            return "parent of an entry"
        if item.type is ObservableType.URL:
            return "host of a whole site or an address, which string and cidr lists see only bare"
        return "entry written otherwise (a dot before it, capitals)" if mine.entry != item.value else ""
    host, page = item.value, False
    if item.type is ObservableType.URL:
        parts = urlsplit(item.value)
        host, page = parts.hostname or "", bool(parts.path.strip("/") or parts.query)
    asked = (
        NAMES | {str(item.type)}
        if "." in host and item.type in NAMED
        else {"ip-src", "ip-dst", str(item.type)}
    )
    if not any(asked & set(getattr(one, "matching_attributes", asked)) for one in theirs):
        return "list that does not speak of this type (matching_attributes)"
    if page:
        return "page below a host that has many owners, or a piece beside the host"
    labels = host.split(".")
    parents = {".".join(labels[start:]) for start in range(1, len(labels))}
    return "tenant of a shared platform" if parents & index.platforms else ""


def compare(items: list[Observable], lists: list[Witness], shield: Shield) -> None:
    """Print how fast the witness is, and how the verdicts agree."""
    some = sample(items, lists)
    found: list[list[Witness]] = []
    took = timed(lambda: found.extend([one for one in lists if item.value in one] for item in some))
    print(f"pymispwarninglists, slow search: {len(some) / took:,.1f} indicators/s, {memory():.0f} MiB held")
    reasons: Counter[str] = Counter()
    for item, theirs in zip(some, found, strict=True):
        mine = suppression(item, shield)
        if bool(mine) == bool(theirs):
            reasons["same: " + ("suppressed" if mine else "may be listed")] += 1
            continue
        reason = explanation(item, mine, theirs, shield)
        reasons[f"differs: {reason}" if reason else "differs: UNEXPLAINED"] += 1
        if not reason:
            print(f"  ? {item} {mine} {[one.name for one in theirs]}")
    for reason, count in sorted(reasons.items(), key=lambda pair: (pair[0][:4] != "same", -pair[1])):
        print(f"  {count:5} {reason}")
    print(f"  {reasons['differs: UNEXPLAINED']:5} differs without a rule")


def main(data: Path, lists: Path) -> None:
    """Print the figures."""
    items = indicators(data / "indicators")
    with tempfile.TemporaryDirectory() as folder:
        for name, policy in (("our policy", POLICY), ("as MISP reads them", Policy())):
            index = Path(folder) / "shield.idx"
            took = timed(partial(build_index, lists, index, policy))
            print(f"\n{name}: built in {took:.1f} s")
            shield = ours(items, index)
    try:
        from pymispwarninglists import WarningLists  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        print("\npymispwarninglists is not installed: nothing to compare with")
        return
    print()
    theirs: list[Witness] = []
    took = timed(lambda: theirs.extend(WarningLists(slow_search=True, path_to_repo=lists).values()))
    print(f"pymispwarninglists, slow search: load {took:.1f} s")
    compare(items, theirs, shield)


if __name__ == "__main__":
    recorded = Path(sys.argv[1])
    main(recorded, Path(sys.argv[2]) if len(sys.argv) > 2 else recorded / "lists" / "misp-warninglists")
