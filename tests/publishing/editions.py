"""Editions made by hand: every tier, every oddity a source has sent or could send.

Texts are ours; the shapes are those of CERT-FR, CISA CSAF and KEV records.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from publishing.cards import Card
from records import (
    TLP,
    Advisory,
    AffectedProduct,
    Assessment,
    Category,
    CvssScore,
    Edition,
    Epss,
    Evidence,
    KnownExploited,
    ListedIndicator,
    Marking,
    Observable,
    ObservableType,
    Provenance,
    Reason,
    Reference,
    Revision,
    Source,
    SourceStatus,
    Story,
    Tier,
    Vulnerability,
    record_id,
)

MADE_AT = datetime(2025, 7, 20, 18, 0, tzinfo=UTC)
RTL = "\u202e"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[clic](javascript:alert(1)) ![](http://tiers.example/pixel.png)",
    "| cellule | --- | {{ config }} {% raw %} ${7*7} </td></table>",
    '# Titre\n\n=====\n\n<iframe src="//tiers.example"></iframe>\n\n```\ncode\n```',
    "x{: onclick=alert(1) } &lt;svg/onload=alert(1)&gt; \x00\x1b[31m",
    "--><style>@import 'http://tiers.example/a.css'</style><!--",
)
BODY = """# Provenance

Un texte **fort**, un [lien](https://editeur.example/a?b=1&amp;c=2) et `du code`.

<script>alert(1)</script><h1 id="titre" onclick="alert(1)">Titre</h1><iframe src="//tiers.example"></iframe>
[clic](javascript:alert(1)) ![](http://tiers.example/pixel.png) {: onclick=alert(1) }

## Mesures {: #__search onclick=alert(1) }

- un
    - deux </div></article><style>p{}</style>

| Produit | Version |
| --- | --- |
| Pompe | <svg/onload=alert(1)> |

````
```
</code></pre></div><script>alert(1)</script>
~~~
````

Fin du corps.
"""

CERTFR = Source(
    id="certfr-avis",
    name="CERT-FR, avis",
    kind="certfr",
    url="https://www.cert.ssi.gouv.fr/avis/json/",
    homepage="https://www.cert.ssi.gouv.fr/",
    language="fr",
    licence="Licence Ouverte 2.0",
)
CISA = Source(
    id="cisa-csaf",
    name="CISA, avis médicaux et industriels",
    kind="csaf_rolie",
    url="https://www.cisa.gov/csaf/",
    homepage="https://www.cisa.gov/",
    licence="domaine public (États-Unis)",
)
PRESS = Source(id="presse", name="Presse <b>spécialisée</b>", kind="rss", url="https://presse.example/rss")
CLOSED = Source(
    id="partenaire", name="Partenaire fermé", kind="misp", url="https://p.example/", tlp=TLP.AMBER
)


def story(
    native_id: str,
    title: str,
    tier: Tier = Tier.GENERAL,
    *,
    source: Source = CERTFR,
    days: float = 1,
    score: int = 40,
    **fields: object,
) -> Story:
    """Return a story read `days` before the edition; `fields` are the advisory's."""
    at = MADE_AT - timedelta(days=days)
    identifier = record_id(source.id, native_id)
    advisory = Advisory(
        id=identifier,
        source_id=source.id,
        native_id=native_id,
        category=Category.ADVISORY,
        title=title,
        url=f"https://editeur.example/{len(native_id)}",
        language=source.language,
        marking=Marking(),
        provenance=Provenance(source.id, source.url, "ab" * 32, at),
        published_at=at,
    )
    advisory = replace(advisory, **fields)  # type: ignore[arg-type]
    return Story(advisory, source, {"health_relevance": relevance(identifier, tier, score, title)})


def relevance(identifier: str, tier: Tier, score: int, title: str) -> Assessment:
    evidence = Evidence("title", 0, 12, title[:12])
    return Assessment(
        subject_id=identifier,
        rule="health_relevance",
        version=1,
        value=tier.value,
        score=score,
        confidence=80,
        reasons=(
            Reason("product", score, "produit présent dans les hôpitaux", "hospital product", (evidence,)),
        ),
        made_at=MADE_AT,
    )


def vulnerability(cve: str, source_id: str = "cve", **fields: object) -> Vulnerability:
    made = Vulnerability(
        id=record_id(source_id, cve),
        source_id=source_id,
        cve=cve,
        provenance=Provenance(source_id, "https://cve.example/", "cd" * 32, MADE_AT),
        marking=Marking(),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def many_cves(number: int = 1924) -> tuple[str, ...]:
    return tuple(f"CVE-2024-{20000 + place}" for place in range(number))


def stories() -> tuple[Story, ...]:
    """Return a dozen and more stories, newest first."""
    made = [
        story(
            "ICSMA-25-198-01",
            "Example Infusion Pump: hard-coded credentials allow remote control",
            Tier.SOIN,
            source=CISA,
            days=0.2,
            score=92,
            summary="An attacker on the same network can change the rate.\n\nPatients may be harmed.",
            cves=("CVE-2025-1111",),
            affected=(
                AffectedProduct("Infusion Pump X", "Example Medical", "< 3.2.1", "known_affected"),
                AffectedProduct("Infusion Pump Y", "Example Medical", "4.0", "fixed"),
            ),
            risks=("Prise de contrôle à distance",),
            remediations=("Update to 3.2.1.", "Isolate pumps from the hospital network."),
            references=(Reference("https://www.cisa.gov/news?a=1&b=2", "CISA"),),
            revisions=(Revision(MADE_AT - timedelta(days=1), "Initial publication"),),
            labels=("Healthcare and Public Health",),
        ),
        story(
            "2025-07-hopital",
            "Une cyberattaque paralyse l’imagerie d’un groupement hospitalier",
            Tier.SECTEUR,
            source=replace(PRESS, name="Presse spécialisée"),
            days=0.5,
            score=81,
            category=Category.NEWS,
            language="fr",
            summary="Les patients sont réorientés vers les établissements voisins.",
        ),
        story(
            "CERTFR-2025-AVI-0607",
            "Multiples vulnérabilités dans Microsoft SharePoint",
            Tier.SOCLE,
            days=0.7,
            score=66,
            category=Category.ALERT,
            summary="De multiples vulnérabilités ont été découvertes dans SharePoint.",
            cves=("CVE-2025-53770", "CVE-2025-49706", "CVE-2025-49704"),
            risks=("Exécution de code arbitraire à distance", "Atteinte à la confidentialité des données"),
            affected=tuple(
                AffectedProduct(f"SharePoint Server édition {n}", "Microsoft", f"antérieures à 16.0.{n}")
                for n in range(14)
            ),
            references=(
                Reference("https://msrc.microsoft.com/update-guide/vulnerability/CVE-2025-53770"),
                Reference("https://a@b.example/%zz(1)[2]<x>\"'", "adresse piégée"),
            ),
            updated_at=MADE_AT - timedelta(hours=3),
            provenance=Provenance(CERTFR.id, CERTFR.url, "ab" * 32, MADE_AT - timedelta(hours=2)),
            revisions=(
                Revision(MADE_AT - timedelta(days=1), "Version initiale"),
                Revision(MADE_AT - timedelta(hours=3), "Ajout d’un correctif"),
            ),
        ),
        story("CERTFR-2025-AVI-0600", "Vulnérabilités du noyau Linux de SUSE", days=2, cves=many_cves()),
        story("CERTFR-2025-AVI-0599", "long " * 80, Tier.SOCLE, days=2.5),
        story("CERTFR-2025-AVI-0598", "", days=3),
        story("https://presse.example/a?b", "Deux notices", source=PRESS, days=3.1),
        story("https://presse.example/a/b", "Deux notices", source=PRESS, days=3.2),
        story("abc-1", "Casse", source=PRESS, days=3.3),
        story("ABC-1", "Casse", source=PRESS, days=3.4),
        story("rtl", f"Avis {RTL}fdp.exe\u2066 invisible\u200b", source=PRESS, days=3.5),
        story("emoji", "Alerte 🚨 👩‍⚕️ à l’hôpital œuvre — été", Tier.SECTEUR, source=PRESS, days=3.6),
        story("corps", "Corps hostile", source=PRESS, days=3.7, summary="Un résumé.", body=BODY),
        story("undated", "Sans date", source=PRESS, days=30, published_at=None, language="xx"),
        story(
            "CERTFR-2025-AVI-0500",
            "Notice retirée par son éditeur",
            Tier.SOIN,
            days=40,
            withdrawn_at=MADE_AT - timedelta(days=2),
        ),
    ]
    made += [hostile(place, text) for place, text in enumerate(HOSTILE)]
    return tuple(sorted(made, key=lambda one: one.advisory.published_at or MADE_AT, reverse=True))


def hostile(place: int, text: str) -> Story:
    """Return a story that says `text` wherever a source can say something."""
    made = story(
        f"{place} {text}",
        text,
        Tier.SOIN,
        source=PRESS,
        days=4 + place / 100,
        summary=f"{text}\n\n{text}",
        url="javascript:alert(1)",
        language='en" onload="x',
        affected=(AffectedProduct(text, text, text, text),),
        cves=(text,),
        risks=(text,),
        remediations=(f"{text}\n\n{text}",),
        references=(
            Reference(f"https://editeur.example/{text}", text),
            Reference("javascript:alert(1)", text),
            Reference('https://e.example/" onmouseover="alert(1)', text),
        ),
        revisions=(Revision(MADE_AT, text),),
        labels=(text,),
        provenance=Provenance(PRESS.id, text, text, MADE_AT),
    )
    return made


def edition(audience: TLP = TLP.CLEAR, extra: tuple[Story, ...] = ()) -> Edition:
    """Return an edition with all of `stories()`, scores, listings, indicators and source states."""
    kev = KnownExploited("CISA KEV", date(2025, 7, 18), ransomware=True)
    return Edition(
        made_at=MADE_AT,
        audience=audience,
        stories=(*extra, *stories()),
        vulnerabilities={
            "CVE-2025-1111": (
                vulnerability(
                    "CVE-2025-1111",
                    scores=(
                        CvssScore("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.1", "CISA"),
                        CvssScore(
                            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", "CISA"
                        ),
                    ),
                    epss=Epss(0.1234, 0.93, date(2025, 7, 19)),
                ),
            ),
            "CVE-2025-53770": (
                vulnerability("CVE-2025-53770", "kev", known_exploited=kev),
                vulnerability(
                    "CVE-2025-53770",
                    scores=(CvssScore("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.1", "Microsoft"),),
                    epss=Epss(0.9421, 0.999, date(2025, 7, 19)),
                ),
            ),
            "CVE-2025-49706": (
                vulnerability("CVE-2025-49706", scores=(CvssScore('<b>AV" onload=x', "3.1", "<i>x"),)),
            ),
        },
        indicators=(
            ListedIndicator(
                observable=Observable(ObservableType.DOMAIN, "malveillant.example"),
                marking=Marking(),
                confidence=70,
                sources=("presse",),
            ),
        ),
        sources=(
            status(CERTFR, "ok", held=1779),
            status(
                CISA,
                "failing",
                error="https://www.cisa.gov/csaf/: HTTP 503 <b>after</b> 3 attempts; retry later",
            ),
            status(PRESS, "stale"),
            status(CLOSED, "ok"),
            SourceStatus(replace(CISA, id="cisa-kev", name="CISA KEV"), "never", None, None, None, 0),
        ),
    )


def status(source: Source, state: str, *, held: int = 12, error: str = "") -> SourceStatus:
    day = timedelta(days=1)
    return SourceStatus(source, state, MADE_AT - 2 * day, MADE_AT - day / 24, MADE_AT - 3 * day, held, error)


def large(number: int) -> Edition:
    """Return an edition of `number` ordinary stories over two years, for measuring."""
    tiers = (Tier.SOIN, Tier.SECTEUR, Tier.SOCLE, Tier.GENERAL, Tier.GENERAL)
    made = tuple(
        story(
            f"CERTFR-2025-AVI-{place:05}",
            f"Multiples vulnérabilités dans le produit {place}",
            tiers[place % 5],
            days=place * 730 / number,
            summary="De multiples vulnérabilités ont été découvertes. " * 6,
            cves=tuple(f"CVE-2025-{10000 + place + n}" for n in range(6)),
            risks=("Exécution de code arbitraire à distance",),
            affected=tuple(AffectedProduct(f"Produit {n}", "Éditeur", f"< {n}.1") for n in range(5)),
            references=tuple(Reference(f"https://editeur.example/{place}/{n}") for n in range(6)),
        )
        for place in range(number)
    )
    return Edition(
        made_at=MADE_AT,
        audience=TLP.CLEAR,
        stories=made,
        vulnerabilities={},
        indicators=(),
        sources=(status(CERTFR, "ok"),),
    )


def card(name: str, *, year: int = 2025, **fields: object) -> Card:
    """Return the card of an ordinary story published on 1 July of a year."""
    at = datetime(year, 7, 1, 12, tzinfo=UTC)
    made = Card(
        id=record_id("certfr-avis", name),
        path=f"avis/{year}/certfr-avis--{name}/",
        title=f"Titre {name}",
        language="fr",
        title_en=f"Title {name}",
        language_en="en",
        native_ids=(name,),
        summary="",
        category="advisory",
        source="certfr-avis",
        sources=("certfr-avis",),
        published_at=at,
        changed_at=at,
        tier="socle",
        relevance=50,
    )
    return replace(made, **fields)  # type: ignore[arg-type]
