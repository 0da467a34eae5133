"""Read CVSS vectors: the base score and what the metrics say of an attack.

Versions 2.0 to 4.0 are read by the `cvss` library. The number is always that of the base metrics:
CVSS 4.0 has one formula for all metrics (§ 8), so what its threat and environmental metrics say is
left out of the number, and exploit maturity is told beside it for all versions.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from cvss import CVSS2, CVSS3, CVSS4, CVSSError

from records import CvssScore

BASE_4 = ("AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA")


class Maturity(IntEnum):
    """What a vector says of exploits (metric E), least first; `NONE` where it says nothing."""

    NONE = 0
    PUBLIC = 1
    ATTACKED = 2  # CVSS 4.0 only


# Proof of concept (2.0 "POC", 3.x "P") is no evidence: Siemens writes "E:P" in every 3.x vector
# (CISA's copies of its notices, 2024), and 3.1 § 3.1 lets it stand for impractical demonstrations too.
MATURITIES = {
    "2": {"F": Maturity.PUBLIC, "H": Maturity.PUBLIC},
    "3": {"F": Maturity.PUBLIC, "H": Maturity.PUBLIC},
    "4": {"P": Maturity.PUBLIC, "A": Maturity.ATTACKED},
}


@dataclass(frozen=True, slots=True)
class Severity:
    """A readable vector: `number` is the base score (0–10, one decimal).

    `unaided`: reached over the network, without an account nor a user's action. `automatable`: that,
    and without special conditions, unless the vector itself answers (CVSS 4.0, metric AU). `near`:
    only from the same network, machine or room. `stops`: availability is wholly lost.
    """

    score: CvssScore
    number: float
    unaided: bool
    automatable: bool
    near: bool
    stops: bool
    maturity: Maturity


@lru_cache(maxsize=4096)
def severity(score: CvssScore) -> Severity | None:
    """Return what a vector says, `None` where it cannot be read."""
    try:
        metrics, number = _read(score)
    except CVSSError:
        return None
    # CVSS 2.0 has no user interaction: it is part of medium and high access complexity (§ 2.1.2)
    alone = metrics["UI"] == "N" if "UI" in metrics else metrics["AC"] == "L"
    unaided = metrics["AV"] == "N" and metrics.get("PR", metrics.get("Au")) == "N" and alone
    easy = metrics["AC"] == "L" and metrics.get("AT", "N") == "N"
    said = metrics.get("AU", "X")
    return Severity(
        score=score,
        number=number,
        unaided=unaided,
        automatable=(unaided and easy) if said == "X" else said == "Y",
        near=metrics["AV"] != "N",
        stops=metrics.get("VA", metrics.get("A")) in ("H", "C"),
        maturity=MATURITIES[score.version[0]].get(metrics.get("E", ""), Maturity.NONE),
    )


def _read(score: CvssScore) -> tuple[dict[str, str], float]:
    """Return the metrics and the base score; raises `CVSSError`."""
    kind = {"2": CVSS2, "3": CVSS3, "4": CVSS4}.get(score.version[:1])
    if kind is None:
        raise CVSSError(f"no such version: {score.version}")
    parsed = kind(score.vector)
    metrics: dict[str, str] = dict(parsed.metrics)
    if kind is CVSS4:
        parsed = CVSS4("CVSS:4.0/" + "/".join(f"{name}:{metrics[name]}" for name in BASE_4))
    return metrics, float(parsed.scores()[0])
