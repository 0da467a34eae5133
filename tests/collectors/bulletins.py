"""A bulletin as the vault may approve one: invented, with documentation addresses."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from records import (
    PAP,
    TLP,
    Marking,
    Observable,
    ObservableType,
    Reference,
    Revision,
)
from records.bulletins import Bulletin, BulletinIndicator, bulletin_files
from tests.minisigning import sign

EXAMPLE = Bulletin(
    id="bulletin-2026-0012",
    title="Hameçonnage visant des laboratoires de biologie médicale",
    language="fr",
    marking=Marking(TLP.CLEAR, PAP.GREEN),
    published_at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    updated_at=datetime(2026, 3, 3, 9, 30, tzinfo=UTC),
    revisions=(Revision(datetime(2026, 3, 3, 9, 30, tzinfo=UTC), "Ajout d’un indicateur."),),
    categories=("retour d’expérience",),
    labels=("secteur:laboratoire", "menace:hameçonnage"),
    summary="Des messages imitent un prestataire de télétransmission.",
    markdown="# Les faits\n\nDes messages imitent un prestataire.\n\n- Ouvrir : **non**\n- Signaler : *oui*\n",
    cves=("CVE-2025-0001",),
    references=(Reference("https://example.org/avis", "Avis de l’éditeur"),),
    indicators=(
        BulletinIndicator(
            observable=Observable(ObservableType.DOMAIN, "facture.example.org"),
            confidence=80,
            valid_from=datetime(2026, 3, 1, tzinfo=UTC),
            valid_until=datetime(2026, 6, 1, tzinfo=UTC),
            description="Site d’hameçonnage",
            labels=("hameçonnage",),
        ),
        BulletinIndicator(
            observable=Observable(ObservableType.IPV4, "192.0.2.77"), confidence=60, tlp=TLP.GREEN
        ),
    ),
)
RETRACTED = replace(
    EXAMPLE, retraction=Revision(datetime(2026, 3, 4, 7, 0, tzinfo=UTC), "L’adresse était celle d’un tiers.")
)


def leave(folder: Path, bulletin: Bulletin) -> None:
    """Leave a bulletin in an outbox as the vault does, the signature last."""
    files = bulletin_files(bulletin)
    for name, body in files.items():
        (folder / name).write_bytes(body)
    (folder / f"{bulletin.id}.json.minisig").write_bytes(sign(files[f"{bulletin.id}.json"]))
