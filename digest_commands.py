"""The verb that tells one week: `vigie digest`, to read, to paste or to send."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opening import deployment
from records import PublishError, SettingsError

if TYPE_CHECKING:
    from publishing.cards import Card
    from publishing.digest import Week
    from records import Edition


def digest(
    week: Annotated[
        str, typer.Option(help="A week, such as 2026-s47; by default the last finished one.", metavar="WEEK")
    ] = "",
    format: Annotated[
        str, typer.Option(help="html, text, or eml: a draft that a mail program sends.")
    ] = "html",
    out: Annotated[
        Path | None, typer.Option(help="The file to write; by default standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Tell one week in five minutes, in French: what to do, what is near to care, exploited, and figures.

    Examples:

      vigie digest --format text

      vigie digest --format eml --out digest.eml

      vigie digest --week 2026-s47 --out week.html
    """
    from delivering import site_of, told_together
    from publishing.digest import digest as told_week
    from publishing.digest_mail import mail_html, mail_message, mail_text
    from publishing.layout import Writer
    from publishing.pages.status import alarms

    if format not in ("html", "text", "eml"):
        raise SettingsError(f"--format {format}: use html, text or eml")
    now = datetime.now(UTC)
    wanted = chosen_week(week, now)
    with deployment() as house:
        edition = told_together(house, now)
        writer = Writer(site_of(house.settings), "fr")
    told, troubled = told_week(_cards(edition), wanted), alarms(edition)
    if format == "eml":
        body = mail_message(writer, told, troubled)
    else:
        body = (mail_html if format == "html" else mail_text)(writer, told, troubled).encode()
    _write(body, out)


def chosen_week(text: str, now: datetime) -> "Week":
    """Return the week that a person names, the last finished one where he names none; raises `SettingsError`."""
    from publishing.digest import last_finished, parse_week

    if not text:
        return last_finished(now)
    try:
        week = parse_week(text)
    except ValueError as error:
        raise SettingsError(f"--week {text}: {error}") from error
    if week.ends_at > now:
        raise SettingsError(f"--week {text}: has not ended; the last finished one is {last_finished(now)}")
    return week


def _cards(edition: "Edition") -> "list[Card]":
    """Return the cards of an edition's stories."""
    from publishing.carding import card
    from publishing.stories import groups, view

    return [card(view(group, edition.vulnerabilities)) for group in groups(edition)]


def _write(body: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(body)
        return
    try:
        out.write_bytes(body)
    except OSError as error:
        raise PublishError(f"{out}: cannot be written: {error.strerror}") from error
    typer.echo(str(out))
