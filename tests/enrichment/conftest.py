"""The advisories that the rules are tried on."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from records import TLP, Advisory, AffectedProduct, Category, Marking, Provenance

Build = Callable[..., Advisory]


@pytest.fixture(scope="session")
def advisory() -> Build:
    """Build an advisory from what a case is about; everything else is the same for all."""

    def build(
        title: str = "",
        summary: str = "",
        *,
        category: Category = Category.ADVISORY,
        affected: Sequence[str] = (),
        cves: Sequence[str] = (),
        labels: Sequence[str] = (),
    ) -> Advisory:
        return Advisory(
            id="6f0f3a52-6a0e-5d8f-9a5c-0c8d7a1be0ff",
            source_id="example",
            native_id="EX-1",
            category=category,
            title=title,
            url="https://example.org/EX-1",
            language="en",
            marking=Marking(TLP.CLEAR),
            provenance=Provenance(
                "example", "https://example.org/", "0" * 64, datetime(2025, 7, 20, tzinfo=UTC)
            ),
            summary=summary,
            affected=tuple(AffectedProduct(name=name) for name in affected),
            cves=tuple(cves),
            labels=tuple(labels),
        )

    return build
