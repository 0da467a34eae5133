"""Each factor of the priority rule: what sets it off, what does not, what nearly does; and its texts."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import enrichment
from enrichment import health_relevance
from enrichment.priority import assess
from enrichment.urgency.severity import Maturity, severity
from enrichment.urgency.ssvc import Exploitation, Exposure, Impact, decide
from records import (
    TLP,
    Advisory,
    AffectedProduct,
    Assessment,
    Background,
    Category,
    CvssScore,
    Decision,
    Epss,
    KnownExploited,
    Level,
    Marking,
    Provenance,
    Reason,
    Reference,
    Vulnerability,
)
from tests.enrichment.conftest import Build

CVE = "CVE-2024-1000"
DAY = date(2025, 7, 20)
WORST = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"  # 9.8
NEAR = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N"  # 7.1
LISTED = KnownExploited("CISA KEV", date(2024, 3, 1))


def said(
    cve: str = CVE,
    *vectors: str,
    issuer: str = "Example",
    listed: KnownExploited | None = None,
    epss: Epss | None = None,
) -> Vulnerability:
    """What one source says of a CVE; the version is the vector's own, 2.0 where it names none."""
    found = [(vector, re.match(r"CVSS:(\d\.\d)/", vector)) for vector in vectors]
    return Vulnerability(
        id=cve,
        source_id="example",
        cve=cve,
        provenance=Provenance("example", "https://example.org/", "0" * 64, datetime(2025, 7, 20, tzinfo=UTC)),
        marking=Marking(TLP.CLEAR),
        scores=tuple(CvssScore(vector, match[1] if match else "2.0", issuer) for vector, match in found),
        known_exploited=listed,
        epss=epss,
    )


def known(*statements: Vulnerability, now_on: date | None = DAY) -> Background:
    by_cve: dict[str, tuple[Vulnerability, ...]] = {}
    for one in statements:
        by_cve[one.cve] = (*by_cve.get(one.cve, ()), one)
    return Background(vulnerabilities=by_cve, now_on=now_on)


def conclude(record: Advisory, background: Background | None = None) -> Assessment:
    found, _ = assess(record, background or known())
    assert found.rule == "priority"
    return found


def decided(record: Advisory, background: Background) -> Assessment:
    _, found = assess(record, background)
    assert found.rule == "priority_decision"
    return found


def reasons(record: Advisory, background: Background | None = None) -> dict[str, Reason]:
    return {reason.code: reason for reason in conclude(record, background).reasons}


def test_worked_example_of_the_documentation(advisory: Build) -> None:
    firewall = advisory("A flaw in FortiGate", cves=[CVE])
    background = known(said(CVE, WORST, listed=LISTED, epss=Epss(0.1, 0.95, DAY)))
    found = conclude(firewall, background)
    assert {reason.code: reason.weight for reason in found.reasons if reason.weight} == {
        "known_exploited": 45,
        "severity": 20,
        "open_attack": 6,
        "epss": 20,
        "exposed_product": 8,
        "relevance": 6,
    }
    assert (found.value, found.score) == (Level.CRITICAL, 100)
    assert decided(firewall, background).value == Decision.ACT_NOW


# severity


@pytest.mark.parametrize(
    ("vector", "number", "points"),
    [
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "7,5", 15),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "9,8", 20),
        (NEAR, "7,1", 14),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "9,3", 19),
        # the threat metric E of CVSS 4.0 changes its one number; ours is that of the base metrics
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", "9,3", 19),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "0,0", 0),
    ],
)
def test_severity_is_the_base_score_of_any_version(
    advisory: Build, vector: str, number: str, points: int
) -> None:
    reason = reasons(advisory("X", cves=[CVE]), known(said(CVE, vector)))["severity"]
    assert reason.weight == points
    assert f"Gravité {number} sur 10 (CVSS" in reason.french
    assert ", Example, " in reason.french and vector in reason.french


@pytest.mark.parametrize(
    "vector", ["CVSS:3.1/AV:N", "AV:X/AC:L", "CVSS:3.1/AV:N/AV:N/AC:L", "", "CVSS:9.9/A:B"]
)
def test_unreadable_vector_is_told_and_stops_nothing(advisory: Build, vector: str) -> None:
    found = reasons(advisory("X", cves=[CVE]), known(said(CVE, vector, WORST)))
    assert found["severity"].weight == 20
    assert "Vecteur illisible, laissé de côté" in found["unreadable_vector"].french
    assert found["unreadable_vector"].weight == 0
    assert "severity_unknown" in reasons(advisory("X", cves=[CVE]), known(said(CVE, vector)))


def test_unknown_severity_is_supposed_from_the_risk(advisory: Build) -> None:
    record = advisory("X", cves=[CVE])
    assert reasons(record)["severity_unknown"].weight == 10
    remote = replace(record, risks=("Déni de service", "Exécution de code arbitraire à distance"))
    reason = reasons(remote)["severity_unknown"]
    assert reason.weight == 16
    assert reason.evidence[0].field == "risks[1]"
    assert "severity_unknown" not in reasons(advisory("News", category=Category.NEWS))


# forecasts


@pytest.mark.parametrize(
    ("probability", "points"), [(0, 0), (0.0005, 0), (0.001, 0), (0.01, 10), (0.1, 20), (1, 30)]
)
def test_each_tenfold_of_the_forecast_is_worth_ten(advisory: Build, probability: float, points: int) -> None:
    epss = Epss(probability, 0.5, DAY)
    assert reasons(advisory("X", cves=[CVE]), known(said(epss=epss)))["epss"].weight == points


@pytest.mark.parametrize(
    ("age", "now_on", "points"), [(30, DAY, 20), (31, DAY, 10), (400, DAY, 10), (400, None, 20)]
)
def test_old_forecast_is_said_to_be_old_and_counts_half(
    advisory: Build, age: int, now_on: date | None, points: int
) -> None:
    epss = Epss(0.1, 0.95, DAY - timedelta(days=age))
    reason = reasons(advisory("X", cves=[CVE]), known(said(epss=epss), now_on=now_on))["epss"]
    assert reason.weight == points
    assert ("prévision ancienne" in reason.french) == (points == 10) == ("old forecast" in reason.english)


def test_newest_forecast_counts(advisory: Build) -> None:
    background = known(said(epss=Epss(0.9, 0.99, DAY - timedelta(days=300))), said(epss=Epss(0.01, 0.7, DAY)))
    assert reasons(advisory("X", cves=[CVE]), background)["epss"].weight == 10


# exploitation


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("L’éditeur indique que la vulnérabilité est activement exploitée.", "stated_exploited"),
        ("Ces vulnérabilités sont exploitées dans le cadre d'attaques ciblées.", "stated_exploited"),
        ("Des tentatives d'exploitation ont été constatées.", "stated_exploited"),
        ("Google a connaissance d'une exploitation active.", "stated_exploited"),
        ("It is actively exploited.", "stated_exploited"),
        ("The flaw was exploited in the wild in August.", "stated_exploited"),
        ("No patch is available and the flaw is actively exploited.", "stated_exploited"),
        ("This has been exploited by several groups.", "stated_exploited"),
        ("L'éditeur a connaissance de preuves de concept publiques.", "public_exploit"),
        ("Un code d’exploitation est disponible.", "public_exploit"),
        ("Public exploits are available.", "public_exploit"),
        ("A PoC has been published.", "public_exploit"),
        ("There is a Metasploit module.", "public_exploit"),
    ],
)
def test_notice_states_exploitation_or_exploits(advisory: Build, text: str, code: str) -> None:
    for record in (advisory("X", f"Premier. {text} Dernier.", cves=[CVE]), advisory(text, cves=[CVE])):
        reason = reasons(record)[code]
        assert reason.weight == {"stated_exploited": 35, "public_exploit": 15}[code]
        for part in reason.evidence:
            assert part.text and getattr(record, part.field)[part.start : part.end] == part.text


@pytest.mark.parametrize(
    "text",
    [
        "No known public exploits specifically target this vulnerability.",
        "Cette vulnérabilité peut être exploitée par une personne malveillante.",
        "The vendor is not aware of any active exploitation.",
        "La vulnérabilité n’est pas activement exploitée.",
        "Aucune exploitation active n’est connue.",
        "No PoC is known to us.",
        "A proof of concept is not public.",
        "Une vulnérabilité du système d'exploitation.",
        "An attacker who successfully exploited it could run code.",
        "L'exploitation de cette vulnérabilité permet un déni de service.",
        "The flaw is exploitable and épocs are listed.",
        "If actively exploited, data may be lost.",
    ],
)
def test_near_miss_of_exploitation_counts_nothing(advisory: Build, text: str) -> None:
    assert not reasons(advisory("X", text, cves=[CVE])).keys() & {"stated_exploited", "public_exploit"}


def test_sentence_that_names_cves_speaks_of_those_alone(advisory: Build) -> None:
    text = "CVE-2024-2000 est activement exploitée. Une autre, CVE-2024-3000, permet un déni de service."
    assert "stated_exploited" in reasons(advisory("X", text, cves=["CVE-2024-3000", "CVE-2024-2000"]))
    assert "stated_exploited" not in reasons(advisory("X", text, cves=["CVE-2024-3000"]))


@pytest.mark.parametrize(
    ("url", "counts"),
    [
        ("https://www.exploit-db.com/exploits/1", True),
        ("https://packetstorm.example/files/1", True),
        ("https://example.org/someone/CVE-2024-1000-poc", True),
        ("https://example.org/poc/", True),
        ("https://example.org/epoch/pocket", False),
        ("https://example.org/exploiting-trust", False),
        ("https://example.org/someone/CVE-2024-2000-poc", False),  # of another CVE
    ],
)
def test_link_to_an_exploit_counts(advisory: Build, url: str, counts: bool) -> None:
    record = replace(
        advisory("X", cves=[CVE]), references=(Reference("https://example.org/a"), Reference(url))
    )
    assert ("public_exploit" in reasons(record)) == counts


@pytest.mark.parametrize(
    ("metric", "vector", "expected"),
    [
        ("functional in 3.1", f"{WORST}/E:F", "public_exploit"),
        ("attacked in 4.0", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A", "stated_exploited"),
        ("proof of concept in 4.0", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P", "public_exploit"),
        ("proof of concept in 3.1, which Siemens always writes", f"{WORST}/E:P", ""),
        ("unproven in 3.1", f"{WORST}/E:U", ""),
    ],
)  # fmt: skip
def test_vector_tells_of_exploits(advisory: Build, metric: str, vector: str, expected: str) -> None:
    found = reasons(advisory("X", cves=[CVE]), known(said(CVE, vector))).keys()
    assert found & {"stated_exploited", "public_exploit"} == ({expected} if expected else set()), metric


def test_only_the_strongest_sign_of_exploitation_has_points(advisory: Build) -> None:
    record = advisory("X", "It is actively exploited. A PoC is public.", cves=[CVE])
    found = reasons(record, known(said(listed=LISTED)))
    signs = ("known_exploited", "stated_exploited", "public_exploit")
    assert [found[code].weight for code in signs] == [45, 0, 0]
    assert [reasons(record)[code].weight for code in signs[1:]] == [35, 0]


def test_ransomware_is_the_catalogues_word(advisory: Build) -> None:
    record = advisory("Ransomware is feared", cves=[CVE])
    assert "ransomware" not in reasons(record, known(said(listed=LISTED)))
    assert reasons(record, known(said(listed=replace(LISTED, ransomware=True))))["ransomware"].weight == 8


# exposure, care, fixes


@pytest.mark.parametrize("title", ["FortiGate", "Microsoft Exchange Server", "MOVEit Transfer", "TeamViewer"])
def test_product_that_faces_the_internet_is_exposed(advisory: Build, title: str) -> None:
    assert reasons(advisory(f"Vulnérabilité dans {title}"))["exposed_product"].weight == 8


@pytest.mark.parametrize(
    "title", ["Microsoft Office", "VMware vCenter", "PostgreSQL", "Philips IntelliSpace", "X"]
)
def test_product_of_the_inside_is_not_exposed(advisory: Build, title: str) -> None:
    assert "exposed_product" not in reasons(advisory(f"Vulnérabilité dans {title}"))


@pytest.mark.parametrize(
    ("vector", "counts"),
    [
        (WORST, True),
        (WORST.replace("AV:N", "AV:A"), False),
        (WORST.replace("PR:N", "PR:L"), False),
        (WORST.replace("UI:N", "UI:R"), False),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", True),
        ("AV:N/AC:M/Au:N/C:P/I:P/A:P", False),
        ("AV:N/AC:L/Au:S/C:P/I:P/A:P", False),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", False),
    ],
)
def test_attack_without_account_or_user_is_open(advisory: Build, vector: str, counts: bool) -> None:
    assert ("open_attack" in reasons(advisory("X", cves=[CVE]), known(said(CVE, vector)))) == counts


def test_relevance_weighs_by_its_tier(advisory: Build) -> None:
    for title, points in (("Philips IntelliSpace", 12), ("VMware vCenter", 6)):
        assert reasons(advisory(title))["relevance"].weight == points
    attack = advisory("Le CHU de Rennes victime d'une cyberattaque", category=Category.NEWS)
    assert reasons(attack)["relevance"].weight == 8
    assert "relevance" not in reasons(advisory("Drive X100"))


def test_loss_of_availability_counts_for_care_alone(advisory: Build) -> None:
    background = known(said(CVE, WORST))
    assert reasons(advisory("BD Alaris", cves=[CVE]), background)["care_stops"].weight == 4
    assert "care_stops" not in reasons(advisory("VMware vCenter", cves=[CVE]), background)
    assert "care_stops" not in reasons(advisory("BD Alaris", cves=[CVE]), known(said(CVE, NEAR)))


@pytest.mark.parametrize(
    ("remediation", "code", "points"),
    [
        ("Update to V2.1 or later version", "patch_available", 0),
        (
            "Se référer au bulletin de sécurité de l'éditeur pour l'obtention des correctifs.",
            "patch_available",
            0,
        ),
        ("Currently no fix is planned", "patch_missing", 3),
        ("Aucun correctif n'est disponible.", "patch_missing", 3),
        ("Aucune mise à jour ne sera publiée.", "patch_missing", 3),
        ("Les correctifs pour la version 9 seront disponibles le 19 avril.", "patch_missing", 3),
        ("Le produit est en fin de vie.", "patch_missing", 3),
        ("Restrict network access", "patch_unstated", 0),
        ("", "patch_unstated", 0),
    ],
)
def test_missing_fix_raises_urgency_and_is_told(
    advisory: Build, remediation: str, code: str, points: int
) -> None:
    record = replace(advisory("X", cves=[CVE]), remediations=(remediation,))
    (found,) = (reason for name, reason in reasons(record).items() if name.startswith("patch"))
    assert (found.code, found.weight) == (code, points)
    assert bool(found.evidence) == (code != "patch_unstated")
    news = replace(advisory("X", category=Category.NEWS), remediations=(remediation,))
    assert not [name for name in reasons(news) if name.startswith("patch")]


# the whole


def test_withdrawn_advisory_is_information(advisory: Build) -> None:
    record = replace(advisory("FortiGate", cves=[CVE]), withdrawn_at=datetime(2024, 3, 1, tzinfo=UTC))
    background = known(said(CVE, WORST, listed=LISTED))
    found = conclude(record, background)
    assert (found.value, found.score) == (Level.INFORMATION, 0)
    assert found.reasons[0].french == "Avis retiré par son éditeur le 1er mars 2024"
    assert decided(record, background).value == Decision.WATCH


def test_notice_that_spares_all_its_products_is_information(advisory: Build) -> None:
    spared = AffectedProduct("Passerelle", "PulseMed", "vers:all/*", "known_not_affected")
    record = replace(advisory("FortiGate", cves=[CVE]), affected=(spared,))
    background = known(said(CVE, WORST, listed=LISTED))
    assert (conclude(record, background).value, conclude(record, background).score) == (Level.INFORMATION, 0)
    touched = replace(record, affected=(spared, replace(spared, status="known_affected")))
    assert conclude(touched, background).value == Level.CRITICAL


def test_news_without_weakness_is_information_to_watch(advisory: Build) -> None:
    news = advisory("VMware vCenter: a new version", category=Category.NEWS)
    assert conclude(news).value == Level.INFORMATION
    assert decided(news, known()).value == Decision.WATCH


def test_worst_cve_counts_and_ties_are_folded(advisory: Build) -> None:
    cves = [f"CVE-2024-{number}" for number in range(1000, 3000)]
    background = known(*(said(cve, NEAR if cve < "CVE-2024-2500" else WORST) for cve in cves))
    started = perf_counter()
    found = conclude(advisory("X", cves=cves), background)
    assert perf_counter() - started < 2
    assert len(found.reasons) < 10
    by_code = {reason.code: reason for reason in found.reasons}
    assert by_code["severity"].evidence[0].text == "CVE-2024-2500"
    assert by_code["ties"].french.startswith(
        "499\u00a0autres vulnérabilités pèsent autant\u00a0: CVE-2024-2501, "
    )
    assert found.score == conclude(advisory("X", cves=["CVE-2024-2500"]), background).score


def test_cve_named_twice_is_weighed_once(advisory: Build) -> None:
    assert "ties" not in reasons(advisory("X", cves=[CVE, CVE]))


def test_many_unreadable_vectors_are_told_in_one_reason(advisory: Build) -> None:
    cves = [f"CVE-2024-{number}" for number in range(1000, 1100)]
    found = conclude(advisory("X", cves=cves), known(*(said(cve, "AV:Q/AC:L") for cve in cves)))
    (told,) = (reason for reason in found.reasons if reason.code == "unreadable_vector")
    assert told.french.endswith("et 99\u00a0autres (CVE-2024-1000)")


@pytest.mark.parametrize(
    ("statement", "confidence"),
    [
        (said(CVE, WORST, epss=Epss(0.1, 0.9, DAY)), 90),
        (said(CVE, WORST), 65),
        (said(epss=Epss(0.1, 0.9, DAY)), 65),
        (said(epss=Epss(0.1, 0.9, date(2024, 1, 1))), 40),
        (said(), 40),
        (said(listed=LISTED), 90),
    ],
)
def test_confidence_follows_what_is_known(advisory: Build, statement: Vulnerability, confidence: int) -> None:
    assert conclude(advisory("X", cves=[CVE]), known(statement)).confidence == confidence


def test_relevance_that_was_concluded_before_is_taken_over(advisory: Build) -> None:
    record = advisory("Drive X100", cves=[CVE])
    (made,) = health_relevance.assess(advisory("BD Alaris"), Background())
    found = conclude(record, replace(known(), earlier=(made,)))
    assert "relevance" in {reason.code for reason in found.reasons}
    by_rule = {one.rule: one for one in enrichment.assess(advisory("BD Alaris", cves=[CVE]), known())}
    assert by_rule["priority"].reasons == conclude(advisory("BD Alaris", cves=[CVE])).reasons


# the decision


def test_table_of_ssvc_is_monotone_and_ends_as_published() -> None:
    order = list(reversed(Decision))
    scales = (list(Exploitation), list(Exposure), [False, True], list(Impact))

    def rank(exploitation: Exploitation, exposure: Exposure, automatable: bool, impact: Impact) -> int:
        return order.index(decide(exploitation, exposure, automatable=automatable, impact=impact))

    for milder, place in product(product(*scales), range(4)):
        scale = scales[place]
        for lower, higher in pairwise(scale):
            if milder[place] == lower:
                graver = (*milder[:place], higher, *milder[place + 1 :])
                assert rank(*milder) <= rank(*graver)  # type: ignore[arg-type]
    counts = [rank(*answers) for answers in product(*scales)]
    assert [counts.count(value) for value in range(4)] == [7, 42, 20, 3]


@pytest.mark.parametrize(
    ("title", "statement", "decision"),
    [
        ("Drive X100", said(CVE, NEAR), Decision.WATCH),
        ("VMware vCenter", said(CVE, WORST), Decision.PLAN),
        ("VMware vCenter", said(CVE, WORST, listed=LISTED), Decision.ACT_SOON),
        ("FortiGate", said(CVE, NEAR, listed=LISTED), Decision.ACT_SOON),
        ("FortiGate", said(CVE, WORST, listed=LISTED), Decision.ACT_NOW),
        ("BD Alaris", said(CVE, WORST), Decision.PLAN),
    ],
)
def test_decision_follows_exploitation_exposure_and_care(
    advisory: Build, title: str, statement: Vulnerability, decision: Decision
) -> None:
    found = decided(advisory(title, cves=[CVE]), known(statement))
    assert found.value == decision
    assert [reason.code for reason in found.reasons][:4] == [
        "exploitation",
        "exposure",
        "automatable",
        "impact",
    ]


@pytest.mark.parametrize(
    ("title", "statement", "exposure", "automatable"),
    [
        ("FortiGate", said(CVE, WORST), "ouverte", "oui"),
        ("FortiGate", said(CVE, NEAR), "réduite", "non"),
        ("VMware vCenter", said(CVE, WORST), "maîtrisée", "oui"),
        ("FortiGate", said(), "ouverte", "non établie"),
    ],
)
def test_answers_to_ssvc_are_said(
    advisory: Build, title: str, statement: Vulnerability, exposure: str, automatable: str
) -> None:
    french = [reason.french for reason in decided(advisory(title, cves=[CVE]), known(statement)).reasons]
    assert french[:3] == [
        "Exploitation\u00a0: aucune connue",
        f"Exposition\u00a0: {exposure}",
        f"Attaque automatisable\u00a0: {automatable}",
    ]


def test_decision_is_never_milder_than_the_level_allows(advisory: Build) -> None:
    record = advisory("Drive X100", cves=[CVE])
    background = known(said(CVE, NEAR, listed=LISTED, epss=Epss(0.9, 0.99, DAY)))
    assert conclude(record, background).value == Level.CRITICAL
    found = decided(record, background)
    assert found.value == Decision.ACT_SOON
    assert "«\u00a0planifier\u00a0» à «\u00a0agir vite\u00a0»" in found.reasons[-1].french


def test_decision_is_that_of_the_most_urgent_cve(advisory: Build) -> None:
    heavier = said("CVE-2024-1", NEAR, epss=Epss(1, 1, DAY))
    listed = said("CVE-2024-2", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N", listed=LISTED)
    found = decided(advisory("FortiGate", cves=["CVE-2024-1", "CVE-2024-2"]), known(heavier, listed))
    assert found.reasons[0].evidence[0].text == "CVE-2024-2"


@pytest.mark.parametrize(
    ("vector", "automatable"),
    [
        (WORST, True),
        (WORST.replace("AC:L", "AC:H"), False),
        ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", False),
        ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/AU:Y", True),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/AU:N", False),
    ],
)
def test_vector_tells_whether_an_attack_can_be_automated(vector: str, automatable: bool) -> None:
    read = severity(said(CVE, vector).scores[0])
    assert read is not None
    assert read.automatable == automatable
    assert read.maturity is Maturity.NONE


# properties

VECTORS = st.sampled_from([WORST, NEAR, "AV:N/AC:L/Au:N/C:P/I:P/A:P", "nonsense", f"{WORST}/E:F"])
STATEMENTS = st.builds(
    lambda cve, vectors, listed, epss: said(cve, *vectors, listed=listed, epss=epss),
    st.sampled_from([CVE, "CVE-2024-2000"]),
    st.lists(VECTORS, max_size=2),
    st.none() | st.just(LISTED),
    st.none() | st.builds(Epss, st.floats(0, 1), st.floats(0, 1), st.just(DAY)),
)
MORE = st.sampled_from(
    [
        said(listed=LISTED),
        said(listed=replace(LISTED, catalogue="Other", ransomware=True)),
        said(CVE, f"{WORST}/E:H"),
    ]
)
TEXTS = st.sampled_from(["", " It is actively exploited.", " A PoC is public.", " No exploit is public."])
URGENCY = ([str(one) for one in reversed(Level)], [str(one) for one in reversed(Decision)])


@given(
    title=st.sampled_from(["X", "FortiGate", "BD Alaris"]),
    statements=st.lists(STATEMENTS, max_size=3),
    more=MORE,
    text=TEXTS,
    added=st.sampled_from([" It is actively exploited.", " A PoC is public."]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=120)
def test_more_exploitation_never_lowers(
    advisory: Build, title: str, statements: list[Vulnerability], more: Vulnerability, text: str, added: str
) -> None:
    record = advisory(title, f"A flaw.{text}", cves=[CVE, "CVE-2024-2000"])
    before = assess(record, known(*statements))
    for after in (
        assess(record, known(*statements, more)),
        assess(replace(record, summary=record.summary + added), known(*statements)),
    ):
        for order, mild, grave in zip(URGENCY, before, after, strict=True):
            assert mild.score <= grave.score
            assert order.index(mild.value) <= order.index(grave.value)


@given(statements=st.lists(STATEMENTS, max_size=4), text=st.text(max_size=60), label=st.text(max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
def test_any_record_is_judged_and_points_explain_the_score(
    advisory: Build, statements: list[Vulnerability], text: str, label: str
) -> None:
    record = advisory(text, text + " exploited PoC", cves=[CVE, "CVE-2024-2000"], labels=[label])
    for found in assess(record, known(*statements)):
        assert 0 <= found.score <= 100 and 0 <= found.confidence <= 100
        if found.rule == "priority":
            assert found.score == min(100, sum(reason.weight for reason in found.reasons))
        for reason in found.reasons:
            assert reason.french and reason.english


def test_hostile_texts_take_little_time(advisory: Build) -> None:
    started = perf_counter()
    for text in ("PoC " * 500_000, "no exploit. " * 200_000, "x" * 2_000_000, "exploit-db " * 200_000):
        conclude(replace(advisory("X", cves=[CVE]), body=text))
    assert perf_counter() - started < 10


# texts


def test_sentences_read_well_in_french_and_english(advisory: Build) -> None:
    record = replace(
        advisory("FortiGate", "La faille est activement exploitée.", cves=[CVE, "CVE-2024-2000"]),
        remediations=("Aucun correctif.",),
    )
    one = said(CVE, WORST, "AV:X/AC:L", issuer="CISA-ADP", listed=replace(LISTED, ransomware=True))
    two = said(CVE, epss=Epss(0.0123, 0.951, date(2024, 10, 27)))
    found = conclude(record, known(one, two, said("CVE-2024-2000", "AV:Y/AC:L")))
    assert [reason.french for reason in found.reasons] == [
        f"Exploitation avérée\u00a0: au catalogue CISA KEV depuis le 1er mars 2024 ({CVE})",
        "Exploitation signalée dans l’avis\u00a0: «\u00a0activement exploitée\u00a0»",
        f"Utilisée par des rançongiciels, selon CISA KEV ({CVE})",
        f"Gravité 9,8 sur 10 (CVSS 3.1, CISA-ADP, {WORST}) ({CVE})",
        f"Attaque possible par le réseau, sans compte ni action d’un utilisateur ({CVE})",
        "Probabilité d’exploitation sous 30\u00a0jours\u00a0: 1,2\u00a0% (EPSS du 27 octobre 2024, rang supérieur"
        + f" à 95,1\u00a0% des CVE)\u00a0; prévision ancienne, comptée pour moitié ({CVE})",
        "Produit souvent exposé à Internet\u00a0: FortiGate (pare-feu et accès distant)",
        "Produit déployé dans la plupart des hôpitaux",
        "Correctif absent pour tout ou partie des produits\u00a0: appliquer les mesures de contournement",
        f"Vecteur illisible, laissé de côté\u00a0: «\u00a0AV:X/AC:L\u00a0» (CISA-ADP), et 1\u00a0autre ({CVE})",
    ]
    assert [reason.english for reason in found.reasons][:2] == [
        f"Known to be exploited: in the catalogue CISA KEV since 2024-03-01 ({CVE})",
        "Exploitation reported in the notice: “activement exploitée”",
    ]


def test_french_spaces_do_not_break(advisory: Build) -> None:
    record = advisory("BD Alaris", "Preuve de concept publique.", cves=[CVE, "CVE-2024-2000"])
    background = known(said(CVE, WORST, listed=LISTED, epss=Epss(0.5, 0.9, date(2023, 1, 1))))
    for found in assess(record, background):
        for reason in found.reasons:
            assert not re.search(r" [:;?!%»]|« |[^\u00a0][;?!%»]", reason.french), reason.french
            assert not re.search(r"\d\.\d (?:sur|%)", reason.french), reason.french
