"""Each signal of the rule: what sets it off, what does not, and what nearly does."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrichment import health_relevance
from enrichment.health_relevance import assess, form_of
from enrichment.relevance.lexicon import lexicon
from enrichment.relevance.word_model import Form, Word, shipped
from records import Advisory, Assessment, Background, Category, Evidence, Tier
from tests.enrichment.conftest import Build

NEWS = Category.NEWS
HEALTH = "sector:Healthcare and Public Health"


def conclude(record: Advisory, background: Background | None = None) -> Assessment:
    (assessment,) = assess(record, background or Background())
    return assessment


def codes(assessment: Assessment) -> set[str]:
    return {reason.code for reason in assessment.reasons}


def test_worked_example_of_the_documentation(advisory: Build) -> None:
    record = advisory("Philips IntelliSpace", "A crafted DICOM file runs code.", labels=[HEALTH])
    assessment = conclude(record)
    assert (assessment.value, assessment.score) == (Tier.SOIN, 100)
    assert [reason.code for reason in assessment.reasons][:3] == [
        "sector_alone",
        "clinical_product",
        "device_words",
    ]
    among = conclude(advisory("Drive X100", labels=[HEALTH, "sector:Energy"]))
    assert (among.value, [reason.weight for reason in among.reasons]) == (Tier.SOCLE, [10])


def test_sector_label_of_a_campaign_is_about_the_sector(advisory: Build) -> None:
    campaign = advisory("Ransomware campaign", category=NEWS, labels=['misp-galaxy:sector="Health"'])
    assert conclude(campaign).value is Tier.SECTEUR


@pytest.mark.parametrize(
    "name",
    [
        "Philips IntelliSpace",
        "PHILIPS INTELLISPACE PACS",
        "BD Alaris",
        "Baxter Prismaflex",
        "Dräger",
        "Draeger",
        "Softway Médical",
        "Maincare",
        "Mirth Connect",
        "Orthanc Server",
        "cobas infinity",
    ],
)
def test_health_product_is_recognised(advisory: Build, name: str) -> None:
    for record in (advisory(name), advisory("Several products", affected=["Other", name])):
        assessment = conclude(record)
        assert assessment.value is Tier.SOIN
        assert "clinical_product" in codes(assessment)


@pytest.mark.parametrize(
    "text",
    [
        "Le correctif des proches collaborateurs",
        "Une panne à La Roche-sur-Yon",
        "Roche, papier, ciseaux",  # a name that means other things, without care beside it
        "Orthanc is a tower",
        "sans concerner les clients",
        "cerner la menace",
        "Prisma Cloud",
    ],
)
def test_near_miss_of_a_product_is_not_recognised(advisory: Build, text: str) -> None:
    assert conclude(advisory(text, text)).value is Tier.GENERAL


def test_ambiguous_name_counts_beside_care_or_its_vendor(advisory: Build) -> None:
    assert "clinical_product" in codes(conclude(advisory("Roche", "An insulin pump accepts commands.")))
    assert "clinical_product" in codes(conclude(advisory("Roche", labels=[HEALTH])))
    assert "clinical_product" in codes(conclude(advisory("Philips e-Alert")))
    assert len(conclude(advisory("Roche and Illumina")).reasons) == 2
    assert "clinical_product" not in codes(conclude(advisory("The e-Alert of a bank")))


@pytest.mark.parametrize(
    "text",
    [
        "An infusion pump accepts commands",
        "Un pousse-seringue accepte des commandes",
        "Pacemakers can be read",
        "Le PACS est exposé",
        "Dossier patient informatisé : contournement",
        "HL7 messages are not checked",
    ],
)
def test_equipment_of_care_is_recognised(advisory: Build, text: str) -> None:
    assert conclude(advisory("A notice", text)).value is Tier.SOIN


@pytest.mark.parametrize(
    "text",
    [
        "Heat pumps and water pumps",
        "Le pacs et le mariage",
        "Azure Health Bot lets a user read data",
        "The health check of the load balancer fails",
        "La santé financière de la société",
        "The hospitality sector",
        "diagnostics are written to a file",
    ],
)
def test_near_miss_of_words_is_not_care(advisory: Build, text: str) -> None:
    assert conclude(advisory("A notice", text)).value is Tier.GENERAL


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Le CHU de Rennes victime d'une cyberattaque", ""),
        ("Cyberattaque", "Un ehpad de la Drôme est paralysé."),
        ("Blairsville Medical", "Leak-site post by a group."),
        ("Ransomware", "The Ziekenhuis and a Universitätsklinikum were hit."),
        ("Data breach", "The data of 20,000 patients was taken."),
    ],
)
def test_attack_on_health_is_about_the_sector(advisory: Build, title: str, summary: str) -> None:
    assert conclude(advisory(title, summary, category=NEWS)).value is Tier.SECTEUR


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("A hotel group is hit", "The hospitality company lost guest data."),
        ("A school district is hit", "Medical information and health insurance numbers were taken."),
        ("Une mairie est touchée", "Des informations médicales d'agents ont été copiées."),
        ("Il a chu de cheval", ""),
    ],
)
def test_leak_at_any_employer_is_not_about_the_sector(advisory: Build, title: str, summary: str) -> None:
    assert conclude(advisory(title, summary, category=NEWS)).value is Tier.GENERAL


def test_notice_that_speaks_of_hospitals_treats_nobody(advisory: Build) -> None:
    assert conclude(advisory("Drive X100", "Used in hospitals and plants.")).value is Tier.SECTEUR


def test_news_of_a_flaw_in_a_health_product_is_about_care(advisory: Build) -> None:
    flaw = advisory("Bugs in Philips IntelliSpace", category=NEWS, cves=["CVE-2024-1234"])
    assert conclude(flaw).value is Tier.SOIN
    attack = advisory("Medtronic hit by a cyberattack", category=NEWS)
    assert conclude(attack).value is Tier.SECTEUR


@pytest.mark.parametrize(
    "title",
    [
        "Multiples vulnérabilités dans les produits Fortinet",
        "Vulnérabilité dans Citrix NetScaler",
        "Vulnérabilité dans GLPI",
        "Multiples vulnérabilités dans Microsoft Exchange Server",
        "Siemens Desigo PXC",
        "Multiples vulnérabilités dans les produits Veeam",
    ],
)
def test_product_of_most_hospitals_is_the_base(advisory: Build, title: str) -> None:
    assert conclude(advisory(title)).value is Tier.SOCLE


@pytest.mark.parametrize("title", ["An exchange of windows", "Plans of an office", "The cups of a team"])
def test_near_miss_of_the_base_is_general(advisory: Build, title: str) -> None:
    assert conclude(advisory(title)).value is Tier.GENERAL


def test_base_named_in_passing_does_not_count(advisory: Build) -> None:
    assert conclude(advisory("Vulnérabilité dans Foo", "Foo runs on Windows Server.")).value is Tier.GENERAL


def test_vulnerability_shared_with_a_health_notice(advisory: Build) -> None:
    record = advisory("Notice", cves=["CVE-2024-1", "CVE-2024-2"])
    assessment = conclude(record, Background(health_cves=frozenset({"CVE-2024-2"})))
    assert assessment.value is Tier.SOCLE
    assert assessment.reasons[0].evidence == (Evidence("cves[1]", 0, 10, "CVE-2024-2"),)
    assert conclude(record, Background(health_cves=frozenset({"CVE-2024-3"}))).value is Tier.GENERAL


def test_notice_labelled_as_health_does_not_share_with_itself(advisory: Build) -> None:
    record = advisory("Notice", cves=["CVE-2024-1"], labels=[HEALTH])
    assert codes(conclude(record, Background(health_cves=frozenset(record.cves)))) == {"sector_alone"}


def test_reasons_are_said_in_french_and_in_english(advisory: Build) -> None:
    reasons = conclude(advisory("Philips IntelliSpace", labels=[HEALTH])).reasons[:2]
    assert [reason.french for reason in reasons] == [
        "Le secteur de la santé est désigné par l’éditeur («\u00a0Healthcare and Public Health\u00a0»)",
        "Produit de santé reconnu\u00a0: Philips IntelliSpace (imagerie)",
    ]
    assert [reason.english for reason in reasons] == [
        "The publisher names the health sector (“Healthcare and Public Health”)",
        "Known health product: Philips IntelliSpace (imaging)",
    ]


def test_evidence_points_at_the_words(advisory: Build) -> None:
    record = advisory("Une pompe à PERFUSION", "L’hôpital", affected=["Autre", "Pompe BD Alaris 8015"])
    found = [part for reason in conclude(record).reasons for part in reason.evidence]
    assert Evidence("affected[1].name", 6, 15, "BD Alaris") in found
    assert Evidence("title", 4, 21, "pompe à PERFUSION") in found
    assert Evidence("summary", 2, 9, "hôpital") in found


def test_product_hides_the_words_of_its_name(advisory: Build) -> None:
    assert codes(conclude(advisory("Hospital Management System"))) == {"clinical_product"}


def test_words_within_longer_words_are_not_said_twice(advisory: Build) -> None:
    assert codes(conclude(advisory("Blairsville Medical Center", category=NEWS))) == {"body_words"}


def test_long_lists_are_shown_in_part(advisory: Build) -> None:
    names = ["BD Alaris", "BD Pyxis", "Omnicell", "Illumina", "OpenEMR", "Orthanc Server", "Masimo"]
    assert len(conclude(advisory(affected=names)).reasons) == 5
    versions = [f"OpenEMR {version}" for version in range(9)]
    (reason,) = conclude(advisory(affected=versions)).reasons
    assert len(reason.evidence) == 3


def test_product_listed_twice_is_read_once(advisory: Build) -> None:
    (reason,) = conclude(advisory(affected=["OpenEMR", "OpenEMR"])).reasons
    assert [part.field for part in reason.evidence] == ["affected[0].name"]


def test_points_are_given_once_for_each_kind(advisory: Build) -> None:
    assessment = conclude(advisory("BD Alaris, BD Pyxis, Omnicell"))
    first, *others = (reason.weight for reason in assessment.reasons if reason.code == "clinical_product")
    assert first > 50 and others == [0, 0]


def test_corrected_word_moves_the_score(advisory: Build) -> None:
    record = advisory("Zorblax group is hit", category=NEWS)
    model = shipped()
    words = {**model.words[Form.NEWS], "zorblax": Word(60, "en", 1)}
    corrected = replace(model, words={**model.words, Form.NEWS: words})
    before = health_relevance.conclude(record, Background(), model)
    after = health_relevance.conclude(record, Background(), corrected)
    assert (before.value, after.value) == (Tier.GENERAL, Tier.SECTEUR)
    assert after.reasons[-1].evidence == (Evidence("title", 0, 7, "Zorblax"),)
    assert after.reasons[-1].french == "Mot fréquent dans les textes de santé\u00a0: «\u00a0Zorblax\u00a0»"


def test_words_beyond_the_weightiest_are_summed_in_one_reason(advisory: Build) -> None:
    model = shipped()
    words = {
        name: Word(points, "en", 5) for points, name in enumerate(("one", "two", "three", "four", "five"), 3)
    }
    known = replace(model, words={**model.words, Form.NEWS: words})
    record = advisory("one two three four five", category=NEWS)
    reasons = health_relevance.conclude(record, Background(), known).reasons
    assert [(reason.code, reason.weight) for reason in reasons] == [
        ("word", 7),
        ("word", 6),
        ("word", 5),
        ("other_words", 7),
    ]
    assert reasons[-1].french == "Autres mots du texte (2)\u00a0: two, one"


def test_word_that_a_signal_covers_counts_once(advisory: Build) -> None:
    record = advisory("Blairsville Medical Center", category=NEWS)
    assert codes(conclude(record)) == {"body_words"}


def test_threshold_is_given(advisory: Build) -> None:
    record = advisory("Le CHU de Rennes", category=NEWS)
    assert health_relevance.conclude(record, Background(health_from=101), shipped()).value is Tier.GENERAL


def field_text(record: Advisory, field: str) -> str:
    """Return the text of a field as evidence names it."""
    name, _, rest = field.partition("[")
    if not rest:
        return str(getattr(record, name))
    place, _, part = rest.partition("]")
    value = getattr(record, name)[int(place)]
    return str(getattr(value, part[1:]) if part else value)


TEXTS = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(sorted(lexicon().entries)),
        st.sampled_from([" ", "\n\n", "\u00a0", "e\u0301", "\u00ad", "ﬁ", "hôpital", "sector:", "=", '"']),
    ),
    max_size=12,
).map("".join)


@given(title=TEXTS, summary=TEXTS, name=TEXTS, label=TEXTS, category=st.sampled_from(Category))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_any_text_is_assessed(
    advisory: Build, title: str, summary: str, name: str, label: str, category: Category
) -> None:
    record = advisory(title, summary, category=category, affected=[name], labels=[label, f"sector:{label}"])
    assessment = conclude(record)
    assert 0 <= assessment.score <= 100
    assert 0 <= assessment.confidence <= 100
    assert (assessment.value in (Tier.SOIN, Tier.SECTEUR)) == (assessment.score >= Background().health_from)
    points = sum(reason.weight for reason in assessment.reasons)
    assert assessment.score == shipped().score(form_of(record), points)
    for part in (part for reason in assessment.reasons for part in reason.evidence):
        assert part.text and part.text == field_text(record, part.field)[part.start : part.end]
    assert assessment == conclude(record)


def test_word_of_health_alone_is_no_signal_in_a_notice(advisory: Build) -> None:
    assert codes(conclude(advisory("Station", "Its diagnostics fail."))).isdisjoint({"trade_words"})
    assert "trade_words" in codes(conclude(advisory("Station", "The surgeon sees diagnostics and vaccines.")))


def test_trapped_words_are_not_weighed(advisory: Build) -> None:
    record = advisory("A shop", "Health insurance numbers were taken.", category=NEWS)
    assert "health" in shipped().words[Form.NEWS]
    assert all(part.text != "Health" for reason in conclude(record).reasons for part in reason.evidence)
