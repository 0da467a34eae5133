"""Write the digest of a week as a mail: HTML, plain text, or both in one message."""

import textwrap
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

from publishing.cards import Card
from publishing.digest import LISTED_ALARMS, Digest, Part, heading
from publishing.escaping import plain
from publishing.layout import Writer, shorten
from records import Level, SourceStatus, Tier

WIDTH = 76  # characters of a line of the plain text


def mail_html(writer: Writer, told: Digest, alarms: Sequence[SourceStatus]) -> str:
    """Return a week as the HTML of a mail: whole addresses, styles inside, nothing to load."""
    return writer.fill(
        "digest-mail.html",
        told.week.path,
        title=heading(writer, told.week),
        digest=told,
        figures=figure_lines(writer, told),
        alarms=alarms[:LISTED_ALARMS],
        verdict=lambda card: verdict(writer, card),
        home=_home(writer),
    )


def mail_text(writer: Writer, told: Digest, alarms: Sequence[SourceStatus]) -> str:
    """Return a week as plain text, the address of each story on a line of its own."""
    return "\n".join(_lines(writer, told, alarms)) + "\n"


def mail_message(writer: Writer, told: Digest, alarms: Sequence[SourceStatus]) -> bytes:
    """Return a week as a message (RFC 5322) without sender and recipients, for a mail program to send.

    `X-Unsent` makes mail programs open it as a draft. The same week gives the same bytes.
    """
    message = EmailMessage()
    message["Subject"] = f"{plain(writer.site.name)}{writer.translate(' : ')}{heading(writer, told.week)}"
    message["Date"] = format_datetime(told.week.ends_at)
    message["Message-ID"] = f"<digest-{told.week}-{writer.language}@{urlsplit(writer.site.url).hostname}>"
    message["X-Unsent"] = "1"
    message.set_content(mail_text(writer, told, alarms))
    message.add_alternative(mail_html(writer, told, alarms), subtype="html")
    message.set_boundary(f"=_{told.week}_{writer.language}")
    return message.as_bytes(policy=SMTP)


def figure_lines(writer: Writer, told: Digest) -> list[str]:
    """Return the figures of a week as lines of plain text."""
    _, say, figures = writer.translate, writer.say, told.figures
    new = say.count(figures.new, _("nouvelle alerte"), _("nouvelles alertes"))
    tiers = _("{near} près du soin, {aimed} visant des structures de santé, {critical} de priorité critique")
    return [
        _("{new} ({before} la semaine d’avant)").format(new=new, before=say.integer(figures.before)),
        say.count(figures.updated, _("mise à jour"), _("mises à jour")),
        tiers.format(
            near=say.integer(figures.by_tier[Tier.SOIN]),
            aimed=say.integer(figures.by_tier[Tier.SECTEUR]),
            critical=say.integer(figures.by_level[Level.CRITICAL]),
        ),
        say.count(
            told.exploited,
            _("entrée dans les catalogues de vulnérabilités exploitées"),
            _("entrées dans les catalogues de vulnérabilités exploitées"),
        ),
    ]


def verdict(writer: Writer, card: Card) -> str:
    """Return in one line of plain text how urgent a story is, what to do and why."""
    _, say = writer.translate, writer.say
    parts = (
        say.LEVELS.get(card.level, ""),
        say.TIERS.get(card.tier, ""),
        _("Exploitée") if card.exploited else "",
        say.DECISIONS.get(card.decision, ""),
        card.reason if writer.language == "fr" else card.reason_en,
    )
    return plain(" · ".join(filter(None, parts)))


def _home(writer: Writer) -> str:
    """Return the whole address of the site's home in the language of the writer."""
    return writer.site.url if writer.language == "fr" else f"{writer.site.url}{writer.language}/"


def _lines(writer: Writer, told: Digest, alarms: Sequence[SourceStatus]) -> Iterator[str]:
    _, say, week = writer.translate, writer.say, told.week
    yield heading(writer, week)
    yield _("Du {first} au {last}").format(first=say.day(week.first_on), last=say.day(week.last_on))
    for name, part in _parts(writer, told):
        yield from _titled(name)
        yield from _story_lines(writer, part)
    yield from _titled(_("La semaine en chiffres"))
    yield from (f"- {line}" for line in figure_lines(writer, told))
    if alarms:
        yield from _titled(_("Sources en difficulté"))
        for status in alarms[:LISTED_ALARMS]:
            state = say.STATES.get(status.state, ("", status.state))[1]
            yield f"- {plain(status.source.name)}{_(' : ')}{state}"
    yield from ("", f"{_home(writer)}{week.path}")


def _parts(writer: Writer, told: Digest) -> list[tuple[str, Part]]:
    _ = writer.translate
    return [
        (_("À faire maintenant"), told.urgent),
        (_("Près du soin"), told.near),
        (_("Exploitées depuis cette semaine"), told.listed),
        (_("Menaces contre la santé"), told.threats),
        (_("Bulletins de la cellule"), told.bulletins),
    ]


def _titled(name: str) -> tuple[str, str, str]:
    return "", name.upper(), ""


def _story_lines(writer: Writer, part: Part) -> Iterator[str]:
    _ = writer.translate
    if not part.cards:
        yield _("Rien cette semaine.")
    for card in part.cards:
        title = card.title if writer.language == "fr" else card.title_en
        yield from _wrapped(shorten(title), "* ")
        yield from _wrapped(verdict(writer, card), "  ")
        yield f"  {_home(writer)}{card.path}"
    if part.more:
        yield _("et {number} de plus sur le site").format(number=writer.say.integer(part.more))


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent="  ", break_long_words=False)
