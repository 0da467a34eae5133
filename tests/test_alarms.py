"""A source that needs attention is told once, to everyone who is to be told, and nothing secret with it."""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

import alarms
from alarms import Alarm, due, receivers, send, subject, webhook_body
from records import SettingsError, Source, SourceStatus
from settings import Settings, load_settings
from tests.conftest import NOW, ROOT
from tests.imap_server import certificate, free_port
from tests.loopback import Answer, loopback

HOUR = timedelta(hours=1)
ILL = Alarm("press", "Presse « santé »", "failing", datetime(2025, 7, 20, 16, 5, tzinfo=UTC), "no answer")
WELL = Alarm("lists", "Listes", "ok", datetime(2025, 7, 20, 17, 0, tzinfo=UTC))


def _status(
    state: str, *, source: str = "press", age: timedelta | None = HOUR, error: str = ""
) -> SourceStatus:
    one = Source(id=source, name=source, kind="rss", url="https://example.org/")
    since_at = None if age is None else NOW - age
    return SourceStatus(one, state, since_at, NOW, NOW, 1, error)


def _due(*statuses: SourceStatus, told: dict[str, str] | None = None) -> list[tuple[str, str]]:
    found = due(statuses, told or {}, NOW, after_minutes=60)
    return [(alarm.source_id, alarm.state) for alarm in found]


@pytest.mark.parametrize("state", ["failing", "empty", "stale", "shrinking"])
def test_source_that_stays_ill_is_told_once(state: str) -> None:
    assert _due(_status(state)) == [("press", state)]
    assert _due(_status(state), told={"press": state}) == []


@pytest.mark.parametrize(
    ("state", "age"),
    [("failing", timedelta(minutes=59)), ("failing", None), ("ok", HOUR), ("paused", HOUR), ("never", HOUR)],
)
def test_source_that_is_not_ill_or_not_for_long_is_not_told(state: str, age: timedelta | None) -> None:
    assert _due(_status(state, age=age)) == []


def test_source_that_is_well_again_is_told_once() -> None:
    assert _due(_status("ok", age=timedelta(0)), told={"press": "failing"}) == [("press", "ok")]
    assert _due(_status("ok"), told={"press": "ok"}) == []


def test_source_that_is_ill_in_another_way_is_told_again() -> None:
    assert _due(_status("stale"), told={"press": "failing"}) == [("press", "stale")]
    assert _due(_status("failing"), told={"press": "ok"}) == [("press", "failing")]


def test_source_that_cannot_be_read_in_turn_and_is_empty_in_turn_is_told_once() -> None:
    assert _due(_status("empty"), told={"press": "failing"}) == []
    assert _due(_status("failing"), told={"press": "empty"}) == []


def test_paused_source_is_not_told_as_well() -> None:
    assert _due(_status("paused"), told={"press": "failing"}) == []


def test_alarms_come_in_the_order_of_their_sources() -> None:
    statuses = [_status("failing", source=name) for name in ("b", "a", "c")]
    assert [name for name, _ in _due(*statuses)] == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("ill", "well", "line"),
    [
        (1, 0, "1 source de veille demande votre attention"),
        (2, 0, "2 sources de veille demandent votre attention"),
        (0, 1, "1 source de veille rétablie"),
        (0, 2, "2 sources de veille rétablies"),
        (2, 1, "2 sources de veille demandent votre attention, 1 rétablie"),
    ],
)
def test_subject_counts_in_french(ill: int, well: int, line: str) -> None:
    assert subject([ILL] * ill + [WELL] * well) == line


def test_body_says_in_french_what_since_when_and_why() -> None:
    assert alarms.body([ILL, WELL]).split("\n") == [
        "– Presse « santé » (press)\u00a0: en échec depuis le 20/07/2025 à 16:05 UTC. Dernière erreur\u00a0: no answer",
        "– Listes (lists)\u00a0: rétablie depuis le 20/07/2025 à 17:00 UTC",
    ]


@pytest.mark.parametrize(
    "error",
    [
        "https://bob:hunter2@example.org/a: 403",
        "https://example.org/a?key=hunter2&x=1: 403",
        "see https://example.org/#hunter2, twice",
    ],
)
def test_nothing_secret_is_told(error: str) -> None:
    told = webhook_body([Alarm("a", "A", "failing", NOW, error)], NOW).decode()
    assert "hunter2" not in told and "example.org/" in told


def test_error_of_a_stranger_stays_on_its_line_and_short() -> None:
    line = alarms.body([Alarm("a", "A\r\nBcc: x", "failing", NOW, "one\ntwo\ud800\x1b" + "x" * 5_000)])
    assert "\n" not in line and "\ud800" not in line and len(line) < 500


def test_page_shows_what_a_webhook_is_sent(request: pytest.FixtureRequest) -> None:
    page, value = ROOT / "docs" / "formats.md", json.loads(webhook_body([ILL, WELL], NOW))
    body = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    shown = re.compile(r"(?<=^```json\n)\{\n  \"version\": 1,\n  \"text\"[^`]*(?=```$)", re.MULTILINE)
    if request.config.getoption("--update-expected"):
        page.write_text(shown.sub(lambda _: body, page.read_text("utf-8")), "utf-8")
    assert shown.findall(page.read_text("utf-8")) == [body]


# on their way


def _settings(**values: object) -> Settings:
    return Settings.model_validate({"alarms": values})


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({}, ("log",)),
        ({"email": {"recipients": ["a@example.org"]}}, ("log", "email")),
        ({"webhook": "https://chat.example/x"}, ("log", "webhook")),
    ],
)
def test_those_who_are_named_are_told(values: dict[str, object], names: tuple[str, ...]) -> None:
    assert receivers(_settings(**values)) == names


def test_log_says_each_alarm_on_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "vigie"):
        assert send([ILL, WELL], "log", _settings(), now=NOW)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", "alarm: source=press state=failing error=no answer"),
        ("INFO", "alarm: source=lists state=ok error="),
    ]


class Inbox:
    """Keeps what comes, as aiosmtpd hands it over."""

    def __init__(self) -> None:
        self.received: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.received.append(envelope)
        return "250 OK"


@contextmanager
def _smtp(**options: Any) -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield inbox, controller.port
    finally:
        controller.stop()


def _email(port: int, **values: object) -> dict[str, object]:
    recipients = ["veille@example.org", "garde@example.org"]
    return {"recipients": recipients, "sender": "vigie@example.org", "port": port, **values}


def _message(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_all_alarms_leave_in_one_french_message() -> None:
    with _smtp() as (inbox, port):
        assert send([ILL, ILL], "email", _settings(email=_email(port, security="none")), now=NOW)
    (envelope,) = inbox.received
    message = _message(envelope)
    assert envelope.rcpt_tos == ["veille@example.org", "garde@example.org"]
    assert message["From"] == "vigie@example.org" and message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"] == "[Vigie] 2 sources de veille demandent votre attention"
    assert message.get_content().count("en échec depuis le 20/07/2025") == 2


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


def test_login_is_shown_over_starttls_only(tls: ssl.SSLContext, tmp_path: Path) -> None:
    seen: list[object] = []

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        seen.append(data)
        return AuthResult(success=True)

    options = {"tls_context": tls, "authenticator": check, "auth_required": True, "require_starttls": True}
    with _smtp(**options) as (inbox, port):
        email = _email(port, user="vigie", password="secret")
        mine = {"ca_file": str(tmp_path / "cert.pem")}
        settings = Settings.model_validate({"alarms": {"email": email}, "fetch": mine})
        assert send([ILL], "email", settings, now=NOW)
        assert not send([ILL], "email", _settings(email=email), now=NOW)  # the certificate is nobody's
        assert not send([ILL], "email", _settings(email=email | {"security": "none"}), now=NOW)
    assert len(inbox.received) == len(seen) == 1


def test_webhook_is_sent_json() -> None:
    with loopback() as site:
        site.serve("/hook", Answer(b"ok"))
        assert send([ILL], "webhook", _settings(webhook=f"{site.address}/hook"), now=NOW)
        ((path, body),) = site.searches
        (_, headers) = site.asked[0]
    assert (path, body) == ("/hook", webhook_body([ILL], NOW))
    assert headers["content-type"] == "application/json" and headers["user-agent"].startswith("Vigie/")


@pytest.mark.parametrize(
    "answer",
    [Answer(status=500), Answer(status=404), Answer(status=302, headers={"Location": "/elsewhere"})],
    ids=lambda answer: str(answer.status),
)
def test_webhook_that_does_not_take_it_is_a_warning(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    with loopback() as site:
        site.serve("/hook?t=hunter2", answer)
        site.serve("/elsewhere", Answer(b"ok"))
        assert not send([ILL], "webhook", _settings(webhook=f"{site.address}/hook?t=hunter2"), now=NOW)
        assert site.count("/elsewhere") == 0
    (record,) = caplog.records
    assert record.levelname == "WARNING" and "receiver=webhook" in record.getMessage()
    assert "hunter2" not in record.getMessage()


@pytest.mark.parametrize("receiver", ["email", "webhook"])
def test_receiver_that_is_down_is_a_warning(receiver: str, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    settings = _settings(email=_email(port, security="none"), webhook=f"http://127.0.0.1:{port}/hunter2")
    assert not send([ILL], receiver, settings, now=NOW)
    assert "refused" in caplog.text and "hunter2" not in caplog.text


# what an operator writes


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[alarms]\nwebhook = "file:///etc/passwd"', "vigie.toml:2: alarms.webhook: "),
        ('[alarms]\nwebhook = "env:NOT_SET"', "the environment variable NOT_SET is not set"),
        ('[alarms.email]\nrecipients = ["a@b\\nBcc: c@d"]', "is not an e-mail address"),
        ('[alarms.email]\nsecurity = "ssl"', "vigie.toml:2: alarms.email.security: "),
        ("[alarms]\nafter_minutes = -1", "vigie.toml:2: alarms.after_minutes: "),
        ("[alarms]\nafter = 1", "unknown key 'alarms.after'"),
    ],
)
def test_wrong_setting_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "vigie.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        load_settings(tmp_path / "vigie.toml")


def test_secrets_come_from_the_environment_and_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "https://chat.example/hunter2")
    monkeypatch.setenv("MAIL", "hunter2")
    text = '[alarms]\nwebhook = "env:HOOK"\n[alarms.email]\npassword = "env:MAIL"'
    (tmp_path / "vigie.toml").write_text(text, "utf-8")
    found = load_settings(tmp_path / "vigie.toml").alarms
    assert (found.webhook, found.email.password) == ("https://chat.example/hunter2", "hunter2")
    assert "hunter2" not in repr(found)
