"""Say why observables may not be listed: what became of the statements that were made on them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import RowMapping, or_, select

from records import TLP, Observable, ObservableType, Source, WithdrawalReason
from store import tables
from store.archive import Archive

# Of several statements on one observable the first of these says why it is gone.
_ORDER = (
    WithdrawalReason.FALSE_POSITIVE,
    WithdrawalReason.REVOKED,
    WithdrawalReason.UNSHAREABLE,
    WithdrawalReason.EXPIRED,
    WithdrawalReason.UNSAID,
)


def withdrawal_reasons(
    archive: Archive, sources: Iterable[Source], *, now: datetime, audience: TLP
) -> dict[Observable, WithdrawalReason]:
    """Return why each observable is not listed of which some statement may not be acted on at `now`.

    One that is not there, and is not listed, has faded: it has expired by our own rules.
    """
    shown = {source.id for source in sources if source.tlp <= audience}
    stated, seen = tables.indicator, tables.sighting
    columns = (stated.c.type, stated.c.value, stated.c.source_id, stated.c.tlp, stated.c.revoked)
    ended = or_(
        stated.c.revoked,
        stated.c.withdrawn_at.is_not(None),
        ~stated.c.actionable,
        stated.c.tlp > int(audience),
        stated.c.valid_until <= now,
        stated.c.source_id.not_in(shown),
    )
    harmless = (
        select(stated.c.type, stated.c.value)
        .join(seen, seen.c.indicator_id == stated.c.id)
        .where(seen.c.false_positive, seen.c.withdrawn_at.is_(None))
    )
    found: dict[Observable, WithdrawalReason] = {}
    with archive.reading() as connection:
        query = select(*columns, stated.c.withdrawn_at, stated.c.valid_until, stated.c.actionable).where(
            ended
        )
        for row in connection.execution_options(yield_per=5_000).execute(query).mappings():
            item = Observable(ObservableType(row["type"]), row["value"])
            why = _reason(row, shown, now, audience)
            found[item] = min(why, found.get(item, why), key=_ORDER.index)
        for kind, value in connection.execute(harmless):
            found[Observable(ObservableType(kind), value)] = WithdrawalReason.FALSE_POSITIVE
    return found


def _reason(row: RowMapping, shown: set[str], now: datetime, audience: TLP) -> WithdrawalReason:
    """Say why one statement may not be acted on."""
    if row["revoked"] or not row["actionable"]:
        return WithdrawalReason.REVOKED
    if row["tlp"] > audience or row["source_id"] not in shown:
        return WithdrawalReason.UNSHAREABLE
    if row["valid_until"] is not None and row["valid_until"] <= now:
        return WithdrawalReason.EXPIRED
    return WithdrawalReason.UNSAID
