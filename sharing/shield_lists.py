"""Read the lists that protect names and networks: those we ship, and the deployment's own allow-list.

A list is a text file, one entry a line, `#` before what is for people only:

- `.name` (or `*.name`) protects a name and all below it, but for what lies below a shared platform;
- `name` protects it alone;
- `start-*.name` protects names of that shape: the star stands for words of letters joined by hyphens,
  without any word of `BAIT`, because whoever lures hospital staff registers names of that shape too;
- an address, a network, an e-mail address, a hash or a URL protects itself.

The parents of names are protected too: blocking `name` blocks all below it. The allow-list and
`health_domains` speak for bodies that answer for all they hold: what lies below their names is protected
without exception, URLs and mailboxes included; in the allow-list each name is meant with all below it.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from records import ObservableType, SettingsError, observable
from sharing.ranges import Network, Ranges, Row, ranges
from sharing.suppressions import ShieldRule, Suppression

SHIPPED = Path(__file__).with_name("warninglists")
PROTECTED_NAMES = Path(__file__).with_name("protected_names.txt")
# The release's own copy of the public suffix list (publicsuffix.org); `enrichment` reads the same file.
SUFFIXES = Path(__file__).parents[1] / "enrichment" / "naming" / "public_suffixes.txt"
PLATFORMS, HEALTH = "shared_platforms", "health_domains"
MAX_LINE = 8_200  # characters: the longest URL and its end

# What lures say and the names of hospitals do not, as whole words.
BAIT = (
    "acces access account admin agent alerte auth authentification avis banque citrix colis compte confirm"
    " confirmation connect connexion covid direct document drive espace extranet facture facturation file form"
    " formulaire help impots info infos intranet it ligne live login mail mailbox messagerie message mfa mobile"
    " mutuelle my net office online outlook owa paie paiement pass password pay payment portail portal"
    " recrutement remboursement rh secure secured securise securite security service services sharepoint sign"
    " signin sso support teams update verif verification verify virement vpn web webmail www"
)
_STAR = re.compile(r"[a-z0-9-]+\*(?:\.[a-z0-9-]+)+")
_WORDS = (
    rf"(?!(?:[a-z]{{1,20}}-){{0,5}}(?:{BAIT.replace(' ', '|')})s?[-.])[a-z]{{2,20}}(?:-[a-z]{{1,20}}){{0,5}}"
)
_HASHES = {32: ObservableType.MD5, 40: ObservableType.SHA1, 64: ObservableType.SHA256}


@dataclass(slots=True)
class OwnLists:
    """What the shipped lists and the allow-list say.

    `exact` holds values and the parents of names; `below` the names that protect the names below them,
    `whole` those that protect all below them, whatever it is; `platforms` the names below which strangers
    register. `patterns` is tried on names that end in one
    of `endings`; the groups of its match are in the order of `shapes`. `faults` says which lines could
    not be read.
    """

    exact: dict[str, Suppression] = field(default_factory=dict)
    below: dict[str, Suppression] = field(default_factory=dict)
    whole: dict[str, Suppression] = field(default_factory=dict)
    platforms: set[str] = field(default_factory=set)
    networks: dict[int, list[Row]] = field(default_factory=lambda: {4: [], 6: []})
    entries: list[Suppression] = field(default_factory=list)
    shapes: list[Suppression] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    endings: tuple[str, ...] = ()
    patterns: re.Pattern[str] | None = None
    ranges: dict[int, Ranges] = field(default_factory=dict)


def read_lists(allow_list: Path | None = None, names: Iterable[str] = ()) -> OwnLists:
    """Read the shipped lists and, before them, a deployment's allow-list: its reason is the one shown. Its own
    `names` are protected as those of the allow-list are; public suffixes come last.

    Lines that cannot be read are told in `faults`, the others count. Raises `SettingsError` where the
    allow-list is no file that can be read as UTF-8.
    """
    own = OwnLists()
    _add(own, "own_names", names, allowed=True)
    if allow_list is not None:
        _add(own, allow_list.stem, _allowed(allow_list), allowed=True)
    for path in (*sorted(SHIPPED.glob("*.txt")), PROTECTED_NAMES):
        _add(own, path.stem, path.read_text("utf-8").splitlines(), allowed=False)
    _add_suffixes(own)
    own.ranges = {version: ranges(rows) for version, rows in own.networks.items()}
    own.endings = tuple(shape.entry.partition("*")[2] for shape in own.shapes)
    if own.shapes:
        own.patterns = re.compile("|".join(_shape(shape.entry) for shape in own.shapes), re.ASCII)
    return own


def _allowed(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(
            f"the allow-list {path} cannot be read: {reason}; correct it or its name"
        ) from error


def _add(own: OwnLists, name: str, lines: Iterable[str], *, allowed: bool) -> None:
    """Take the entries of one list; of two lists that name the same the first counts."""
    for number, line in _entries(lines):
        try:
            _add_entry(own, name, line, allowed=allowed)
        except ValueError as error:
            own.faults.append(f"{name} line {number}: {error}; the line is left out, correct it")


def _add_suffixes(own: OwnLists) -> None:
    """Protect the endings below which anyone registers names, after all else: they have the vaguest reason.

    Of a rule with a star its parent is meant, of an exception nothing: what the star stands for may be one tenant.
    """
    for rule in SUFFIXES.read_text("utf-8").splitlines():
        if not rule or rule.startswith(("/", "!")):
            continue
        suffix = rule.removeprefix("*.")
        name = suffix if suffix.isascii() else suffix.encode("idna").decode("ascii")
        if "." in name:
            own.exact.setdefault(name, Suppression(SUFFIXES.stem, ShieldRule.NAMED, rule))
            for parent in parents(name):
                own.exact.setdefault(parent, Suppression(SUFFIXES.stem, ShieldRule.PARENT, rule))


def _entries(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        entry = line.partition(" #")[0].strip()
        if entry and not entry.startswith("#"):
            yield number, entry


def _add_entry(own: OwnLists, name: str, entry: str, *, allowed: bool) -> None:
    """Take one entry, or raise `ValueError` with the reason."""
    if len(entry) > MAX_LINE:
        raise ValueError(f"more than {MAX_LINE} characters")
    if entry.startswith("*."):
        entry = entry.removeprefix("*")
    if "*" in entry:
        if not _STAR.fullmatch(entry):
            raise ValueError(f"{entry!r} is no pattern like hopital-*.fr")
        own.shapes.append(Suppression(name, ShieldRule.PATTERN, entry))
    elif (network := _network(entry)) is not None:
        row = (int(network[0]), int(network[-1]), len(own.entries))
        own.entries.append(Suppression(name, ShieldRule.OVERLAP, entry))
        own.networks[network.version].append(row)
    else:
        _add_value(own, name, entry, allowed=allowed)


def _add_value(own: OwnLists, name: str, entry: str, *, allowed: bool) -> None:
    kind = _kind(entry)
    value = observable(kind, entry.removeprefix(".")).value
    own.exact.setdefault(value, Suppression(name, ShieldRule.NAMED, entry))
    if kind is not ObservableType.DOMAIN:
        return
    if name == PLATFORMS and not allowed:
        own.platforms.add(value)
    if allowed or entry.startswith("."):
        reach = own.whole if allowed or name == HEALTH else own.below
        reach.setdefault(value, Suppression(name, ShieldRule.BELOW, entry))
    for parent in parents(value):
        own.exact.setdefault(parent, Suppression(name, ShieldRule.PARENT, entry))


def _network(entry: str) -> Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _kind(entry: str) -> ObservableType:
    """Say what an entry is by its look."""
    if "://" in entry:
        return ObservableType.URL
    if "@" in entry:
        return ObservableType.EMAIL
    return ObservableType.DOMAIN if "." in entry else _HASHES.get(len(entry), ObservableType.DOMAIN)


def parents(name: str) -> Iterator[str]:
    """Yield the names above a name that have at least two labels, nearest first."""
    labels = name.split(".")
    return (".".join(labels[start:]) for start in range(1, len(labels) - 1))


def _shape(entry: str) -> str:
    start, _, end = entry.partition("*")
    return rf"(?:^|\.)({re.escape(start)}{_WORDS}{re.escape(end)})$"
