"""The kind `certfr`: what `test_expected.py` does not show."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import certfr
from records import Advisory, Document, Source, UnreadableError
from tests.conftest import START

FIXTURES = Path(__file__).parent / "fixtures" / "certfr"
NOTICE = FIXTURES / "CERTFR-2025-AVI-0042.json"
MOST_CVES = 1_924  # in one notice of the site, the most seen


@pytest.fixture(scope="module")
def source(make_source: Callable[..., Source]) -> Source:
    return make_source("certfr", url="https://www.cert.ssi.gouv.fr/avis/json/", language="fr")


def read(source: Source, document: Document) -> Advisory:
    (record,) = certfr.normalise(source, document)
    assert isinstance(record, Advisory)
    return record


def test_every_run_asks_for_the_listing(source: Source) -> None:
    assert [request.url for request in certfr.first_requests(source, START)] == [source.url]


@pytest.mark.parametrize(
    ("published", "kept"),
    [
        ("Élévation  de privilèges ", "Élévation de privilèges"),
        ("Elevation de privileges", "Élévation de privilèges"),
        ("Injection de code indirecte", "Injection de code indirecte à distance (XSS)"),
        ("Déni de service", "Déni de service"),
        ("Déni de service sur le serveur iis", "Déni de service sur le serveur iis"),
        ("Injection", "Injection"),
    ],
)
def test_risk_is_kept_in_the_words_of_the_vocabulary(
    source: Source, make_document: Callable[..., Document], published: str, kept: str
) -> None:
    notice = {"reference": "CERTFR-2025-AVI-0042", "risks": [{"description": published}]}
    assert read(source, make_document(source, json.dumps(notice).encode())).risks == (kept,)


def test_oversized_notice_is_read_whole(source: Source, make_document: Callable[..., Document]) -> None:
    notice = json.loads(NOTICE.read_bytes())
    notice["cves"] = [{"name": f"CVE-2025-{number:05}"} for number in range(MOST_CVES)]
    notice["affected_systems"] = [
        {**notice["affected_systems"][0], "description": f"Passerelle {number}"} for number in range(15_000)
    ]
    notice["content"] = (
        "## Solutions\n\n" + "-   *appliquer* le [correctif](https://acme.example/) ;\n" * 60_000
    )
    body = json.dumps(notice).encode()
    assert len(body) > 5_000_000
    advisory = read(source, make_document(source, body))
    assert (len(advisory.cves), len(advisory.affected)) == (MOST_CVES, 15_000)


@given(body=st.binary())
def test_no_bytes_break_it(source: Source, make_document: Callable[..., Document], body: bytes) -> None:
    for start in (b"", b"["):
        with suppress(UnreadableError):
            certfr.follow(source, make_document(source, start + body))
        with suppress(UnreadableError):
            list(certfr.normalise(source, make_document(source, start + body)))


@given(data=st.data())
def test_no_value_breaks_it(
    source: Source,
    make_document: Callable[..., Document],
    damaged: Callable[[bytes, st.DataObject], bytes],
    data: st.DataObject,
) -> None:
    path = data.draw(st.sampled_from([NOTICE, FIXTURES / "listing.json"]))
    document = make_document(source, damaged(path.read_bytes(), data))
    with suppress(UnreadableError):
        assert all(request.url.startswith("http") for request in certfr.follow(source, document))
    with suppress(UnreadableError):
        list(certfr.normalise(source, document))


HOSTILE = [
    "*",
    "[",
    "[a",
    "`",
    "`a",
    "\\",
    "- ",
    "    - a\n",
    "<https://",
    "**a",
    "*a ",
    "<p>",
    "[a](http://",
    "# ",
]


@pytest.mark.parametrize("sign", HOSTILE)
def test_hostile_markdown_takes_no_longer(
    source: Source, make_document: Callable[..., Document], sign: str
) -> None:
    notice = {"reference": "CERTFR-2025-AVI-0042", "content": sign * (200_000 // len(sign))}
    read(source, make_document(source, json.dumps(notice).encode()))


@pytest.mark.parametrize("closed_at", ["", None, 5, "soon"])
def test_open_alerte_is_not_shown_as_closed(
    source: Source, make_document: Callable[..., Document], closed_at: object
) -> None:
    notice = {"reference": "CERTFR-2025-ALE-001", "closed_at": closed_at}
    advisory = read(source, make_document(source, json.dumps(notice).encode()))
    assert (advisory.revisions, advisory.labels, advisory.withdrawn_at) == ((), (), None)


def test_closing_is_told_once(source: Source, make_document: Callable[..., Document]) -> None:
    told = {
        "revision_date": "2025-02-03T00:00:00",
        "description": "Clôture de l'alerte. Ceci n'est pas la fin.",
    }
    notice = {"reference": "CERTFR-2025-ALE-001", "closed_at": "2025-02-03", "revisions": [told]}
    advisory = read(source, make_document(source, json.dumps(notice).encode()))
    assert [revision.description for revision in advisory.revisions] == [told["description"]]
    assert advisory.labels == ("clôturée",)


@pytest.mark.parametrize(
    ("reference", "category"),
    [("CERTFR-2025-ALE-001", "alert"), ("CERTFR-2025-AVI-0001", "advisory"), ("CERTFR-2025-CTI-001", "news")],
)
def test_reference_says_what_a_notice_is(
    source: Source, make_document: Callable[..., Document], reference: str, category: str
) -> None:
    assert (
        read(source, make_document(source, json.dumps({"reference": reference}).encode())).category
        == category
    )


def test_recorded_notices_are_all_read(
    source: Source, make_document: Callable[..., Document], recorded: Path
) -> None:
    paths = sorted((recorded / "certfr").glob("*/*.json"))
    site = "https://www.cert.ssi.gouv.fr/avis"
    found = [
        read(source, make_document(source, path.read_bytes(), f"{site}/{path.stem}/json/")) for path in paths
    ]
    assert len(found) == 1779
    assert [advisory.native_id for advisory in found] == [path.stem for path in paths]
    assert all(advisory.published_at and advisory.title and advisory.remediations for advisory in found)
    assert all(advisory.body for advisory in found)
    texts = [text for advisory in found for text in (advisory.summary, advisory.body)]
    assert not [text for text in texts if "<span" in text or "</" in text or "&lt;span" in text]
