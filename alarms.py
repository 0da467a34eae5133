"""Tell people that a source needs attention: which alarms are due, and how they leave the house.

An alarm goes to the log always, by e-mail and to a webhook where `[alarms]` says so. Each of these
receivers has its own memory of what it was told, so that one that is down hears it later and the
others do not hear it twice (decision 0018).
"""

import json
import logging
import re
import smtplib
import ssl
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from http.client import HTTPException

from records import SourceStatus
from settings import Settings

ILL = frozenset({"failing", "empty", "stale", "shrinking"})
UNREAD = frozenset({"failing", "empty"})  # one illness: a source may alternate between them
WELL = "ok"
TIMEOUT = 15  # seconds for each step of a delivery
MAX_ERROR = 300  # characters of an error that are passed on

FRENCH = {
    "failing": "en échec",
    "empty": "vide",
    "stale": "muette",
    "shrinking": "en baisse",
    WELL: "rétablie",
}

log = logging.getLogger("vigie")


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is to be told of one source: its new state, one of `ILL` or `WELL`, and since when."""

    source_id: str
    name: str
    state: str
    since_at: datetime | None
    error: str = ""


def due(
    statuses: Sequence[SourceStatus], told: Mapping[str, str], now: datetime, *, after_minutes: float
) -> list[Alarm]:
    """Return what a receiver is to be told, in the order of `statuses`.

    `told` is the state that it was last told of, by source id. A source is told once it has been ill
    for so many minutes, again when it is ill in another way for as long (failing and empty are one way), and once when it is well
    again. One that is paused, or was never read, is nobody's alarm.
    """
    alarms = []
    for one in statuses:
        before = told.get(one.source.id, WELL)
        if one.state == WELL:
            is_due = before != WELL
        else:
            waited = now - one.since_at if one.since_at else timedelta(0)
            worse = one.state != before and not {one.state, before} <= UNREAD
            is_due = one.state in ILL and worse and waited >= timedelta(minutes=after_minutes)
        if is_due:
            alarms.append(Alarm(one.source.id, one.source.name, one.state, one.since_at, one.error))
    return alarms


def receivers(settings: Settings) -> tuple[str, ...]:
    """Return the names of those who are to be told: `log`, and `email` and `webhook` where they are set."""
    chosen = ["log"]
    if settings.alarms.email.recipients:
        chosen.append("email")
    if settings.alarms.webhook:
        chosen.append("webhook")
    return tuple(chosen)


def send(alarms: Sequence[Alarm], receiver: str, settings: Settings, *, now: datetime) -> bool:
    """Tell one receiver all alarms in one message, and return whether it took it.

    One that does not is a warning in the log: it is to be told again at the next occasion.
    """
    senders = {"log": _log, "email": _mail, "webhook": _post}
    try:
        senders[receiver](alarms, settings, now)
    except (OSError, HTTPException, smtplib.SMTPException, ValueError) as error:
        reason = _clean(f"{type(error).__name__}: {error}")
        log.warning("alarms could not be delivered: receiver=%s error=%s", receiver, reason)
        return False
    return True


def subject(alarms: Sequence[Alarm]) -> str:
    """Say in one French line how many sources are ill and how many are well again."""
    ill = sum(alarm.state in ILL for alarm in alarms)
    well = len(alarms) - ill
    said = []
    if ill:
        said.append(
            f"{ill} sources de veille demandent votre attention"
            if ill > 1
            else "1 source de veille demande votre attention"
        )
    if well:
        noun = "" if ill else (" sources de veille" if well > 1 else " source de veille")
        said.append(f"{well}{noun} {'rétablies' if well > 1 else 'rétablie'}")
    return ", ".join(said)


def body(alarms: Sequence[Alarm]) -> str:
    """Say in French, one line for each source, what became of it, since when and why."""
    return "\n".join(_line(alarm) for alarm in alarms)


def _line(alarm: Alarm) -> str:
    since = f" depuis le {alarm.since_at:%d/%m/%Y à %H:%M} UTC" if alarm.since_at else ""
    error = _clean(alarm.error) if alarm.state in ILL else ""
    said = f"– {_clean(alarm.name)} ({alarm.source_id})\u00a0: {FRENCH[alarm.state]}{since}"
    return f"{said}. Dernière erreur\u00a0: {error}" if error else said


def _clean(words: str) -> str:
    """Return words on one line, without what an address may hide: its login and its query."""
    line = "".join(sign if sign.isprintable() else " " for sign in words)
    line = re.sub(r"(?<=://)[^\s/@]*@", "", line)
    line = re.sub(r"(\w+://[^\s?#]*)[?#]\S*", r"\1?…", line)
    return line if len(line) <= MAX_ERROR else f"{line[: MAX_ERROR - 1]}…"


def _log(alarms: Sequence[Alarm], settings: Settings, now: datetime) -> None:
    for alarm in alarms:
        level = logging.INFO if alarm.state == WELL else logging.ERROR
        error = _clean(alarm.error)
        log.log(level, "alarm: source=%s state=%s error=%s", alarm.source_id, alarm.state, error)


def _mail(alarms: Sequence[Alarm], settings: Settings, now: datetime) -> None:
    mail = settings.alarms.email
    message = EmailMessage()
    message["Subject"] = f"[{_clean(settings.site_name)}] {subject(alarms)}"
    message["From"], message["To"] = mail.sender, ", ".join(mail.recipients)
    message["Date"], message["Message-ID"] = format_datetime(now), make_msgid(domain="vigie.invalid")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply, please
    message.set_content(f"{body(alarms)}\n\nÉtat de toutes les sources\u00a0: {settings.site_url}\n")
    context = _context(settings)
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT)
    with server:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, mail.password)
        server.send_message(message)


def _post(alarms: Sequence[Alarm], settings: Settings, now: datetime) -> None:
    proxy = settings.fetch.proxy
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=_context(settings)),
        urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else {}),
        _NoRedirect,
    )
    headers = {"Content-Type": "application/json", "User-Agent": f"Vigie/0.1 (+{settings.fetch.contact})"}
    request = urllib.request.Request(
        settings.alarms.webhook, data=webhook_body(alarms, now), headers=headers, method="POST"
    )
    with opener.open(request, timeout=TIMEOUT):
        pass  # a status from 200 to 299 is all that counts


def webhook_body(alarms: Sequence[Alarm], now: datetime) -> bytes:
    """Return what the webhook is sent, in the shape that `docs/formats.md` describes (version 1)."""
    value = {
        "version": 1,
        "text": f"{subject(alarms)}\n{body(alarms)}",
        "sent_at": _instant(now),
        "alarms": [
            {
                "source": alarm.source_id,
                "name": _clean(alarm.name),
                "state": alarm.state,
                "since_at": _instant(alarm.since_at),
                "error": _clean(alarm.error),
            }
            for alarm in alarms
        ],
    }
    return json.dumps(value, ensure_ascii=False).encode()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: an alarm goes where the settings say, or nowhere."""

    def redirect_request(self, *_: object) -> None:
        """Refuse, so that the answer is an error."""


def _context(settings: Settings) -> ssl.SSLContext:
    """Return how certificates are checked: the system's authorities and the deployment's own."""
    context = ssl.create_default_context()
    if settings.fetch.ca_file:
        context.load_verify_locations(settings.fetch.ca_file)
    return context


def _instant(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
