"""Show that no poisoned feed reaches the lists: what stops each of its values, and that its neighbours go out.

Run `python -m benchmarks.red_team`: it prints a table in Markdown, with the shipped lists alone, and ends with 1
where a value leaks or a good one is lost. The tests release the same set through the whole chain.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from records import Entry, ListedIndicator, Marking, Observable, ObservableType
from sharing.comparing import entry_from
from sharing.drafting import refusal
from sharing.interlock import Bounds, Tally, holds
from sharing.shield import Shield, load_shield

MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
OWN_SITE = "veille.example.org"
FLOOD = 200_000  # entries of the source that floods; the whole test sends a million
BEFORE = Tally(20_000, {"domain-name": 20_000}, {"certfr": 20_000})
T = ObservableType

# What it is -> the values, of one type each.
POISON: dict[str, tuple[tuple[ObservableType, str], ...]] = {
    "the whole Internet": ((T.IPV4_NET, "0.0.0.0/0"), (T.IPV4_NET, "128.0.0.0/1"), (T.IPV6_NET, "::/0")),
    "the inside of every hospital": (
        (T.IPV4_NET, "10.0.0.0/8"),
        (T.IPV4_NET, "192.168.0.0/16"),
        (T.IPV4_NET, "10.1.2.0/24"),
        (T.IPV4, "127.0.0.1"),
        (T.IPV4, "169.254.169.254"),
        (T.IPV6, "fe80::1"),
        (T.IPV6, "::ffff:10.0.0.1"),
        (T.URL, "http://192.168.1.1/admin"),
    ),
    "a wide network": ((T.IPV4_NET, "185.220.64.0/18"), (T.IPV6_NET, "2001:db8::/40")),
    "a public resolver": (
        (T.IPV4, "8.8.8.8"),
        (T.IPV4, "9.9.9.9"),
        (T.IPV4_NET, "8.8.8.0/24"),
        (T.IPV6, "2606:4700:4700::1111"),
        (T.URL, "https://1.1.1.1/dns-query"),
    ),
    "the root of names": ((T.IPV4, "198.41.0.4"), (T.DOMAIN, "root-servers.net")),
    "mail and sign-in of Microsoft": (
        (T.DOMAIN, "microsoft.com"),
        (T.DOMAIN, "outlook.office365.com"),
        (T.DOMAIN, "login.microsoftonline.com"),
        (T.DOMAIN, "hopital-fr.mail.protection.outlook.com"),
        (T.URL, "https://outlook.office365.com/"),
        (T.IPV4, "40.107.22.52"),
        (T.IPV4_NET, "52.100.0.0/20"),
    ),
    "updates and certificates": (
        (T.DOMAIN, "windowsupdate.com"),
        (T.DOMAIN, "ctldl.windowsupdate.com"),
        (T.DOMAIN, "r11.o.lencr.org"),
        (T.DOMAIN, "ocsp.digicert.com"),
    ),
    "a hospital": (
        (T.DOMAIN, "chu-lille.fr"),
        (T.DOMAIN, "www.chu-lille.fr"),
        (T.DOMAIN, "ch-saint-exemple.fr"),
        (T.URL, "https://www.chu-lille.fr/wp-content/x.php"),
        (T.EMAIL, "accueil@chu-lille.fr"),
    ),
    "health and the State": (
        (T.DOMAIN, "esante.gouv.fr"),
        (T.DOMAIN, "gouv.fr"),
        (T.DOMAIN, "mssante.fr"),
        (T.DOMAIN, "ameli.fr"),
    ),
    "a homograph of a hospital": (
        (T.DOMAIN, "xn--hu-lille-ech.fr"),  # chu-lille.fr with a Cyrillic first letter
        (T.DOMAIN, "xn--chu-lill-i1a.fr"),  # chu-lillé.fr
        (T.DOMAIN, "chu-iille.fr"),
        (T.DOMAIN, "www.chu-1ille.fr"),
        (T.DOMAIN, "ch-saint-exemp1e.fr"),
        (T.URL, "https://chu-iille.fr/connexion"),
    ),
    "a near-miss of health or State": (
        (T.DOMAIN, "chu-lile.fr"),
        (T.DOMAIN, "chu-lille.com"),
        (T.DOMAIN, "esante-gouv.fr"),
        (T.DOMAIN, "doctoiib.fr"),
        (T.DOMAIN, "arneli.fr"),
    ),
    "an ending of names": (
        (T.DOMAIN, "com"),
        (T.DOMAIN, "fr"),
        (T.DOMAIN, "co.uk"),
        (T.DOMAIN, "gouv.ci"),
        (T.URL, "http://co.uk/"),
    ),
    "a place of strangers": (
        (T.DOMAIN, "github.io"),
        (T.DOMAIN, "sharepoint.com"),
        (T.DOMAIN, "duckdns.org"),
        (T.DOMAIN, "hebergeur.example"),
    ),
    "a delivery network's shared address": (
        (T.IPV4, "104.21.27.14"),
        (T.IPV6, "2606:4700::6810:84e5"),
        (T.IPV4, "23.192.228.80"),
        (T.IPV4, "151.101.1.140"),
        (T.IPV4, "13.107.246.40"),
        (T.DOMAIN, "akamaiedge.net"),
        (T.DOMAIN, "cloudfront.net"),
    ),
    "a sinkhole": (
        (T.IPV4, "199.2.137.9"),
        (T.IPV4, "192.42.116.41"),
        (T.DOMAIN, "sinkhole.shadowserver.org"),
        (T.DOMAIN, "a.sinkhole.cert.pl"),
    ),
    "our own site": (
        (T.DOMAIN, OWN_SITE),
        (T.DOMAIN, f"www.{OWN_SITE}"),
        (T.DOMAIN, OWN_SITE.partition(".")[2]),
        (T.URL, f"https://{OWN_SITE}/lists/domains.txt"),
    ),
    "a file that is everywhere": (
        (T.MD5, "d41d8cd98f00b204e9800998ecf8427e"),
        (T.SHA256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ),
    "the same, written otherwise": (
        (T.DOMAIN, "MICROSOFT.COM"),
        (T.DOMAIN, "microsoft.com."),
        (T.DOMAIN, "*.microsoft.com"),
        (T.DOMAIN, "evil.example\nmicrosoft.com"),
        (T.IPV4, "010.0.0.1"),
        (T.IPV4, "8.8.8.8 "),
        (T.IPV4_NET, "10.0.0.1/8"),
        (T.URL, "https://evil.example@www.microsoft.com/"),
        (T.URL, "http://134744072/"),
    ),
}

# What stands beside them in the same feed, as near to them as can be, and must go out.
GOOD: tuple[tuple[ObservableType, str], ...] = (
    (T.IPV4, "198.51.100.7"),
    (T.IPV4, "8.8.7.8"),
    (T.IPV4_NET, "185.220.101.0/24"),
    (T.IPV6, "2001:db8::7"),
    (T.IPV6_NET, "2001:db8:7::/48"),
    (T.DOMAIN, "evil.example"),
    (T.DOMAIN, "microsoft.com.evil.example"),
    (T.DOMAIN, "microsoft-office365.example"),
    (T.DOMAIN, "chu-lille.fr.evil.example"),
    (T.DOMAIN, "chu-lille-paiement.fr"),
    (T.DOMAIN, "evil.co.uk"),
    (T.DOMAIN, "evil.github.io"),
    (T.DOMAIN, "evil.duckdns.org"),
    (T.DOMAIN, "malware.example.org"),
    *((T.DOMAIN, f"n{number}.hebergeur.example") for number in range(60)),
    (T.URL, "https://docs.google.com/forms/d/e/evil"),
    (T.URL, "https://evil.example/chu-lille.fr/connexion"),
    (T.EMAIL, "facture@evil.example"),
    (T.MD5, "d41d8cd98f00b204e9800998ecf8427f"),
    (T.SHA256, "ab" * 32),
)


@dataclass(frozen=True, slots=True)
class Stopped:
    """What stopped a value: the shield or the interlock, with the rule and the entry or reason; none where it leaks."""

    what: str
    item: Observable
    by: str
    rule: str
    why: str


def said(kind: ObservableType, value: str, *sources: str) -> ListedIndicator:
    """Return a value as the archive gives it to a release."""
    return ListedIndicator(
        observable=Observable(kind, value),
        marking=Marking(),
        confidence=75,
        sources=sources,
        valid_from=MADE_AT,
    )


def flood(size: int) -> Iterator[ListedIndicator]:
    """Yield names that one source sends all at once, in order; every thousandth of them another source says too."""
    for number in range(size):
        voices = ("flooder",) if number % 1_000 else ("certfr", "flooder")
        yield said(T.DOMAIN, f"x{number:07}.flood.example", *voices)


def red_team() -> tuple[ListedIndicator, ...]:
    """Return the poisoned values, each once, as one source sends them among the good ones."""
    values = [pair for values in POISON.values() for pair in values]
    return tuple(said(kind, value, "poisoned") for kind, value in (*values, *GOOD))


def judged(shield: Shield) -> tuple[Stopped, ...]:
    """Judge the set as a release does, each value among the others."""
    refused = {row.observable: refusal(row.observable, shield) for row in red_team()}
    added = [entry_from(row, MADE_AT) for row in red_team() if refused[row.observable] is None]
    held = holds(BEFORE, added, Bounds())
    found = []
    for what, values in {**POISON, "good": GOOD}.items():
        for item in (Observable(kind, value) for kind, value in values):
            if (one := refused[item]) is not None:
                found.append(Stopped(what, item, "shield", one.rule.value, f"{one.list}: {one.entry}"))
            elif item in held:
                found.append(Stopped(what, item, "interlock", held[item].rule.value, held[item].bound))
            else:
                found.append(Stopped(what, item, "", "", ""))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Flooded:
    """The additions of a release into which one source sends `size` names; each pass makes them anew."""

    size: int

    def __iter__(self) -> Iterator[Entry]:
        yield from (entry_from(row, MADE_AT) for row in flood(self.size))
        yield from (entry_from(said(kind, value, "certfr"), MADE_AT) for kind, value in GOOD)


def table(rows: Sequence[Stopped]) -> str:
    """Return the rows as a table in Markdown."""
    lines = ["| what it is | value | stopped by | rule | which says |", "|---|---|---|---|---|"]
    for row in rows:
        value = row.item.value.replace("\n", "\\n")
        lines.append(f"| {row.what} | `{value}` | {row.by or '**nothing**'} | {row.rule} | {row.why} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table and the counts; return 1 where a value leaks or a good one is lost."""
    rows = judged(load_shield(own=(OWN_SITE,)))
    poison = [row for row in rows if row.what != "good"]
    leaks = [row for row in poison if not row.by]
    lost = [row for row in rows if row.what == "good" and row.by]
    held = holds(BEFORE, Flooded(FLOOD), Bounds())
    print(table([*poison, *lost]))
    print(
        f"\n{len(poison)} poisoned values: {len(leaks)} leaks; {len(GOOD)} good ones beside them: {len(lost)} lost"
    )
    print(f"one source sends {FLOOD} names at once: held are {len(held)}, those that nobody else says")
    return 1 if leaks or lost else 0


if __name__ == "__main__":
    sys.exit(main())
