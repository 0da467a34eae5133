"""Decide what to do by SSVC's decision table for those who deploy patches.

Source: Stakeholder-Specific Vulnerability Categorization 2 (CISA and CERT/CC), "Deployer Patch
Application Priority" 1.0.0, https://certcc.github.io/SSVC/howto/deployer_tree/. The table is theirs,
unchanged. Where we differ is in who answers its questions: SSVC asks the one who knows the
installation; we know only the notice, so `priority` answers for a typical hospital.

- Exposure: SSVC takes the unknown as open. We say open only for products made to face the Internet,
  small where the attacker must already be near, controlled for all else.
- Human impact: SSVC combines safety and mission. We take the notice's relevance: see `priority`.
"""

from enum import IntEnum

from records import Decision


class Exploitation(IntEnum):
    """Evidence of exploitation (SSVC 1.1.0), least first."""

    NONE = 0
    PUBLIC_POC = 1
    ACTIVE = 2


class Exposure(IntEnum):
    """How much of the outside world reaches the system (SSVC 1.0.1), least first."""

    SMALL = 0
    CONTROLLED = 1
    OPEN = 2


class Impact(IntEnum):
    """What becomes of people and of care (SSVC, human impact 2.0.2), least first."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    VERY_HIGH = 3


# For each exploitation and exposure: not automatable, then automatable; impact from low to very high.
# d: defer, s: scheduled, o: out-of-cycle, i: immediate
TABLE = {
    (Exploitation.NONE, Exposure.SMALL): ("ddss", "dsss"),
    (Exploitation.NONE, Exposure.CONTROLLED): ("dsss", "ssss"),
    (Exploitation.NONE, Exposure.OPEN): ("dsss", "ssso"),
    (Exploitation.PUBLIC_POC, Exposure.SMALL): ("dsss", "ssss"),
    (Exploitation.PUBLIC_POC, Exposure.CONTROLLED): ("dsss", "ssso"),
    (Exploitation.PUBLIC_POC, Exposure.OPEN): ("ssso", "ssoo"),
    (Exploitation.ACTIVE, Exposure.SMALL): ("ssoo", "sooo"),
    (Exploitation.ACTIVE, Exposure.CONTROLLED): ("ssoo", "oooo"),
    (Exploitation.ACTIVE, Exposure.OPEN): ("sooi", "ooii"),
}
OUTCOMES = {"d": Decision.WATCH, "s": Decision.PLAN, "o": Decision.ACT_SOON, "i": Decision.ACT_NOW}


def decide(exploitation: Exploitation, exposure: Exposure, *, automatable: bool, impact: Impact) -> Decision:
    """Return the outcome of SSVC's table."""
    return OUTCOMES[TABLE[exploitation, exposure][automatable][impact]]
