from datetime import date

import pytest

from publishing.weaknesses import first_listing, severity, weaknesses
from records import CvssScore, Epss, KnownExploited
from tests.publishing.editions import vulnerability

V31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


@pytest.mark.parametrize(
    ("vector", "version", "number", "level"),
    [
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", "2.0", 10.0, "High"),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.0", 9.8, "Critical"),
        (V31, "3.1", 9.8, "Critical"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", 9.3, "Critical"),
        ("CVSS:3.1/AV:N", "3.1", None, ""),
        ("<script>", "3.1", None, ""),
        ("", "4.0", None, ""),
        (V31, "9", None, ""),
    ],
)
def test_the_score_is_computed_from_the_vector(
    vector: str, version: str, number: float | None, level: str
) -> None:
    found = severity(CvssScore(vector, version, "CISA"))
    assert (found.number, found.level, found.vector) == (number, level, vector)


def test_the_exploited_come_first_then_the_gravest() -> None:
    kev = KnownExploited("CISA KEV", date(2025, 7, 18))
    grave = vulnerability("CVE-2025-2000", scores=(CvssScore(V31, "3.1", "CISA"),))
    listed = vulnerability("CVE-2025-3000", known_exploited=kev)
    found = weaknesses(
        ("CVE-2025-1000", "CVE-2025-2000", "CVE-2025-3000", "CVE-2025-1000"),
        {"CVE-2025-2000": (grave,), "CVE-2025-3000": (listed,)},
    )
    assert [item.cve for item in found] == ["CVE-2025-3000", "CVE-2025-2000", "CVE-2025-1000"]
    assert first_listing(found) == date(2025, 7, 18)


def test_the_same_vector_of_the_same_issuer_counts_once_and_the_newest_forecast_holds() -> None:
    score = CvssScore(V31, "3.1", "CISA")
    said = tuple(
        vulnerability("CVE-2025-1", source, scores=(score,), epss=Epss(0.1 * day, 0.5, date(2025, 7, day)))
        for source, day in (("a", 2), ("b", 1))
    )
    found = weaknesses(("CVE-2025-1",), {"CVE-2025-1": said})[0]
    assert len(found.severities) == 1
    assert found.epss is not None and found.epss.model_on == date(2025, 7, 2)
