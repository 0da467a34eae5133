"""A small edition that shows every format's every case.

Addresses, names and hashes are reserved for examples: RFC 5737, RFC 3849, RFC 2606; the hashes are of
the EICAR test file (eicar.org), a fact anyone can compute.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from records import PAP, TLP, Edition, Entry, ListedIndicator, Marking, Observable, ObservableType
from sharing.comparing import entry_from

EditionOf = Callable[..., Edition]


def _at(day: int) -> datetime:
    return datetime(2025, 7, day, 6, 30, tzinfo=UTC)


def _row(kind: ObservableType, value: str) -> ListedIndicator:
    return ListedIndicator(
        observable=Observable(kind, value),
        marking=Marking(),
        confidence=75,
        sources=("certfr", "tweetfeed"),
        labels=("Lockbit",),
        valid_from=_at(1),
        valid_until=_at(31),
        first_seen_at=_at(1),
        last_seen_at=_at(18),
    )


@pytest.fixture(scope="session")
def weighed() -> tuple[ListedIndicator, ...]:
    """One indicator of each type, sorted, with the least and the most that may be known of one."""
    eicar = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
    bare = ListedIndicator(
        observable=Observable(ObservableType.IPV4, "192.0.2.7"),
        marking=Marking(),
        confidence=50,
        sources=("feodo",),
    )
    watched = ListedIndicator(
        observable=Observable(ObservableType.DOMAIN, "veille.example.net"),
        marking=Marking(TLP.CLEAR, PAP.AMBER),
        confidence=60,
        sources=("certfr",),
        labels=("=1+1", "Rançongiciel; hôpital"),
        valid_from=_at(14),
    )
    return (
        _row(ObservableType.DOMAIN, "malware.example.org"),
        watched,
        _row(ObservableType.EMAIL, "+facture@malware.example.org"),
        bare,
        _row(ObservableType.IPV4_NET, "198.51.100.0/24"),
        _row(ObservableType.IPV6, "2001:db8::7"),
        _row(ObservableType.IPV6_NET, "2001:db8:7::/48"),
        _row(ObservableType.MD5, "44d88612fea8a8f36de82e1278abb02f"),
        _row(ObservableType.SHA1, "3395856ce81f2b7382dee72602f798b642f14140"),
        _row(ObservableType.SHA256, eicar),
        _row(ObservableType.URL, "https://malware.example.org/a,b?c='d\\e'"),
    )


@pytest.fixture(scope="session")
def rows(weighed: tuple[ListedIndicator, ...]) -> tuple[Entry, ...]:
    """The same as entries of a first release."""
    return tuple(entry_from(row, datetime(2025, 7, 20, 18, 0, tzinfo=UTC)) for row in weighed)


@pytest.fixture
def edition_of(now: datetime) -> EditionOf:
    """Make an edition of TLP:CLEAR indicators; `made_at` may be given."""

    def edition(*indicators: ListedIndicator, made_at: datetime = now) -> Edition:
        return Edition(
            made_at=made_at,
            audience=TLP.CLEAR,
            stories=(),
            vulnerabilities={},
            indicators=indicators,
            sources=(),
        )

    return edition
