"""A sealed document through the real door: it is kept only when all that vouches for it agrees."""

import hashlib
import threading
from collections.abc import Callable

import pytest
from pysequoia import SignatureMode, Tsk, sign

from collectors.fetching import Outcome, fetch
from records import Fetched, FetchState, Source
from settings import FetchSettings
from tests.conftest import NOW
from tests.loopback import Answer, Loopback, loopback

pytestmark = pytest.mark.whole

HOST = "https://csaf.example"
BODY = b'{"document": {"category": "csaf_base"}}'
PATH = "/csaf.example/white/a.json"
SOURCE = Source(id="csaf", name="CSAF", kind="csaf", url=f"{HOST}/provider-metadata.json")


@pytest.fixture(scope="module")
def signer() -> Tsk:
    return Tsk.generate("Acme <security@acme.example>")


def _provide(site: Loopback, signer: Tsk) -> None:
    """Serve a provider whose one document is hashed and signed."""
    certificate = signer.extract_certificate()
    fingerprint = certificate.fingerprint.upper()
    key = f'[{{"fingerprint": "{fingerprint}", "url": "{HOST}/key.asc"}}]'
    places = f'[{{"directory_url": "{HOST}/white/"}}]'
    metadata = f'{{"distributions": {places}, "public_openpgp_keys": {key}}}'
    site.serve("/csaf.example/provider-metadata.json", Answer(metadata.encode()))
    site.serve("/csaf.example/key.asc", Answer(str(certificate).encode()))
    site.serve("/csaf.example/white/changes.csv", Answer(b'"a.json","2025-07-20T00:00:00Z"\n'))
    site.serve(PATH, Answer(BODY))
    site.serve(f"{PATH}.sha512", Answer(f"{hashlib.sha512(BODY).hexdigest()}  a.json\n".encode()))
    site.serve(f"{PATH}.asc", Answer(sign(signer.signer(), BODY, mode=SignatureMode.DETACHED)))


def _read(site: Loopback) -> Outcome:
    settings = FetchSettings(mirror=site.address, timeout_seconds=2)
    (outcome,) = fetch([(SOURCE, FetchState())], settings, now=NOW, stop=threading.Event())
    return outcome


def _kept(outcome: Outcome) -> bool:
    return isinstance(outcome, Fetched) and any(one.body == BODY for one in outcome.documents)


def test_document_that_is_hashed_and_signed_is_kept(signer: Tsk) -> None:
    with loopback() as site:
        _provide(site, signer)
        outcome = _read(site)
        assert _kept(outcome) and isinstance(outcome, Fetched) and outcome.failures == ()
        assert site.count(f"{PATH}.sha256") == 0, "one hash is enough"


FAULTS: dict[str, Callable[[Loopback], None]] = {
    "other bytes": lambda site: site.serve(PATH, Answer(BODY + b" ")),
    "other hash": lambda site: site.serve(f"{PATH}.sha512", Answer(b"0" * 128)),
    "no hash": lambda site: site.serve(f"{PATH}.sha512", Answer(status=404)),
    "hash gives no answer": lambda site: site.serve(f"{PATH}.sha512", Answer(status=503)),
    "no signature": lambda site: site.serve(f"{PATH}.asc", Answer(status=404)),
    "broken signature": lambda site: site.serve(f"{PATH}.asc", Answer(b"no signature")),
    "signature gives no answer": lambda site: site.serve(f"{PATH}.asc", Answer(status=500)),
    "no key": lambda site: site.serve("/csaf.example/key.asc", Answer(status=404)),
    "other key": lambda site: site.serve(
        "/csaf.example/key.asc", Answer(str(Tsk.generate("x").extract_certificate()).encode())
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_document_that_is_not_vouched_for_is_refused_and_asked_again(signer: Tsk, fault: str) -> None:
    with loopback() as site:
        _provide(site, signer)
        FAULTS[fault](site)
        outcome = _read(site)
        assert not _kept(outcome) and isinstance(outcome, Fetched)
        (failure,) = outcome.failures
        assert failure.url == f"{HOST}/white/a.json" and "\n" not in failure.reason
        assert f"{HOST}/white/a.json" not in outcome.state.addresses
