"""Read `vigie.toml` into typed settings; every key has a default that works."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as EnvironmentSettingsError

from lists_settings import (
    ProfileSettings,
    PushSettings,
    ReleaseSettings,
    TaxiiSettings,
    exact_tlp,
    from_environment,
)
from records import TLP, SettingsError

__all__ = [
    "ProfileSettings",
    "PushSettings",
    "ReleaseSettings",
    "TaxiiSettings",
    "exact_tlp",
    "from_environment",
]

ROOT = Path(__file__).resolve().parent  # where site/, sources/ and mkdocs.yml are shipped


class Credentials(BaseModel):
    """What one source asks us to show: `user` and `password`, or the whole value of `authorization`.

    A value `env:NAME` is that environment variable's, so that no secret need stand in a file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str = Field(default="", repr=False)
    password: str = Field(default="", repr=False)
    authorization: str = Field(default="", repr=False)

    @field_validator("user", "password", "authorization")
    @classmethod
    def _from_environment(cls, text: str) -> str:
        return from_environment(text)


class FetchSettings(BaseModel):
    """How the outside world is read. Seconds, megabytes (2²⁰ bytes) and counts.

    `mirror` rewrites `https://host/path` to `<mirror>/host/path`. `allow_private` names hosts and
    addresses that may be read although they are private; everything else private is refused.
    `credentials` are by source id; they are shown to the host of the source's own address only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    contact: str = "https://example.org/contact"
    mirror: str = ""
    proxy: str = ""
    ca_file: str = ""
    timeout_seconds: float = Field(default=30, gt=0)
    source_minutes: float = Field(default=15, gt=0)
    memory_megabytes: int = Field(default=1024, ge=256)
    per_host: int = Field(default=4, ge=1, le=16)
    delay_seconds: float = Field(default=0.25, ge=0)
    retry_after_seconds: int = Field(default=60, ge=0)
    allow_private: tuple[str, ...] = ()
    credentials: dict[str, Credentials] = {}

    @field_validator("mirror")
    @classmethod
    def _address(cls, text: str) -> str:
        if text:
            AnyHttpUrl(text)
        return text.rstrip("/")


class EmailSettings(BaseModel):
    """How alarms leave by e-mail; no `recipients`, no e-mail. `security` is starttls, tls or none.

    A value `env:NAME` of `user` or `password` is that environment variable's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipients: tuple[str, ...] = ()
    sender: str = "vigie@localhost.localdomain"
    host: str = "127.0.0.1"
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = Field(default="", repr=False)
    password: str = Field(default="", repr=False)

    @field_validator("user", "password")
    @classmethod
    def _from_environment(cls, text: str) -> str:
        return from_environment(text)

    @field_validator("recipients", "sender")
    @classmethod
    def _mailboxes(cls, value: tuple[str, ...] | str) -> tuple[str, ...] | str:
        for text in (value,) if isinstance(value, str) else value:
            if not re.fullmatch(r"[^\s@<>,;:\"()]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text):
                raise ValueError(
                    f"{text!r} is not an e-mail address; write it without a name: who@example.org"
                )
        return value


class AlarmSettings(BaseModel):
    """When and to whom a source that needs attention is told, beside the log.

    It is told once it has needed it for `after_minutes`. `webhook` is an address that gets JSON by POST;
    a value `env:NAME` is that environment variable's, as such addresses are often secret.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    after_minutes: float = Field(default=60, ge=0)
    email: EmailSettings = EmailSettings()
    webhook: str = Field(default="", repr=False)

    @field_validator("webhook")
    @classmethod
    def _address(cls, text: str) -> str:
        address = from_environment(text)
        if address:
            AnyHttpUrl(address)
        return address


class ShieldSettings(BaseModel):
    """What no list may contain, beside what is shipped: an allow-list of your own, and an index of public
    warninglists (`vigie shield build`). Paths start at the settings file's folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow_list: Path | None = None
    index: Path | None = None


class CellSettings(BaseModel):
    """Who runs this deployment, as its site says: name, address for reports on security (mailto: or https:,
    RFC 9116 § 2.5.3), and the telephone of those who help day and night. Empty is not said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    contact: str = ""
    phone: str = "09 72 43 91 25"

    @field_validator("contact")
    @classmethod
    def _reachable(cls, text: str) -> str:
        if text and not re.fullmatch(r"mailto:[^\s@]+@[^\s@]+|https://\S+|tel:\+?[\d-]+", text):
            raise ValueError(
                "not an address to write to; use mailto:security@example.org or an https:// page"
            )
        return text


class ServeSettings(BaseModel):
    """Where `vigie run` answers; behind a real web server in production."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)


class Settings(BaseSettings):
    """The settings of one deployment. Relative paths start at the settings file's folder.

    An environment variable `VIGIE_<KEY>` (`VIGIE_FETCH__MIRROR`, …) outranks the file.
    """

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="VIGIE_", env_nested_delimiter="__"
    )

    database: str = "sqlite:///var/vigie.sqlite"
    sources: Path = ROOT / "sources"
    build: Path = Path("build")
    audience: TLP = TLP.CLEAR
    health_from: int = Field(default=50, ge=0, le=100)
    site_name: str = "Vigie"
    site_url: str = "http://127.0.0.1:8000/"
    cell: CellSettings = CellSettings()
    fetch: FetchSettings = FetchSettings()
    serve: ServeSettings = ServeSettings()
    shield: ShieldSettings = ShieldSettings()
    release: ReleaseSettings = ReleaseSettings()
    profiles: dict[str, ProfileSettings] = {}
    push: dict[str, PushSettings] = {}
    taxii: TaxiiSettings = TaxiiSettings()
    alarms: AlarmSettings = AlarmSettings()

    @field_validator("audience", mode="before")
    @classmethod
    def _tlp(cls, value: object) -> object:
        return exact_tlp(value)

    @field_validator("profiles", "push")
    @classmethod
    def _names(cls, named: dict[str, BaseModel]) -> dict[str, BaseModel]:
        for name in named:
            if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", name):
                raise ValueError(
                    f"{name!r} names a file or folder; use lower-case letters, digits and hyphens"
                )
        return named

    @field_validator("site_url")
    @classmethod
    def _site_url(cls, text: str) -> str:
        AnyHttpUrl(text)
        return text if text.endswith("/") else f"{text}/"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment outrank the file, which `load_settings` hands over as arguments."""
        return env_settings, init_settings


def load_settings(path: Path | None = None) -> Settings:
    """Return the settings of `path`, by default `vigie.toml` in the working directory, else defaults.

    Raises `SettingsError` that names file, line, key and what to write instead.
    """
    file = path or Path("vigie.toml")
    if path is not None and not file.is_file():
        raise SettingsError(f"{file}: no such settings file; create it or leave --settings out")
    try:
        text = file.read_text("utf-8") if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read as UTF-8 text: {error}") from error
    try:
        settings = Settings(**read_toml(file, text))
    except EnvironmentSettingsError as error:
        raise SettingsError(f"a VIGIE_ environment variable cannot be used: {error}") from error
    except ValidationError as error:
        raise SettingsError("\n".join(explain(file, text, error, Settings))) from error
    return _anchored(settings, file.resolve().parent)


def read_toml(file: Path, text: str) -> dict[str, Any]:
    """Return the tables of a TOML text; raises `SettingsError` with file and line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = place[1] if place else str(text.count("\n") + 1)
        raise SettingsError(f"{file}:{line}: not valid TOML: {error}") from error


def explain(file: Path, text: str, error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Say each problem of a settings or source file in one sentence with file and line."""
    return [_sentence(file, text, problem, model) for problem in error.errors()]


def _sentence(file: Path, text: str, problem: Any, model: type[BaseModel]) -> str:
    path = [str(part) for part in problem["loc"]]
    place = f"{file}:{line_of(text, path)}" if text else str(file)
    key = ".".join(path)
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(path[-1], _keys(model, path[:-1]), 1)
        return f"{place}: unknown key {key!r}" + (f"; did you mean {near[0]!r}?" if near else "")
    if problem["type"] == "missing":
        return f"{file}: the key {key!r} is missing; add it"
    return f"{place}: {key}: {problem['msg'].removeprefix('Value error, ')}"


def _keys(model: type[BaseModel], path: list[str]) -> list[str]:
    """Return the keys that `model` knows below a path of table names."""
    for name in path:
        field = model.model_fields.get(name)
        if field is None or not isinstance(field.annotation, type):
            return []
        model = field.annotation
    return list(model.model_fields)


def line_of(text: str, path: list[str]) -> int:
    """Find the line of a key or table: the last name of its path, below its table where there is one."""
    lines, start = text.splitlines(), 0
    for table in path[:-1]:
        start = next((n for n, line in enumerate(lines) if line.strip() == f"[{table}]"), start)
    pattern = re.compile(rf"\s*\[?[\"']?{re.escape(path[-1])}[\"']?\s*[=\]]")
    return next((n + 1 for n, line in enumerate(lines) if n >= start and pattern.match(line)), start + 1)


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Make the paths of the settings absolute, from the settings file's folder."""
    database, prefix = settings.database, "sqlite:///"
    if database.startswith(prefix) and database != f"{prefix}:memory:":
        database = f"{prefix}{folder / database.removeprefix(prefix)}"
    ca_file, shield = settings.fetch.ca_file, settings.shield
    return settings.model_copy(
        update={
            "database": database,
            "sources": folder / settings.sources,
            "build": folder / settings.build,
            "shield": ShieldSettings(
                allow_list=shield.allow_list and folder / shield.allow_list,
                index=shield.index and folder / shield.index,
            ),
            "release": settings.release.model_copy(
                update={
                    "ledger": folder / settings.release.ledger,
                    "key": settings.release.key and folder / settings.release.key,
                }
            ),
            "push": {name: _push_anchored(one, folder) for name, one in settings.push.items()},
            "fetch": settings.fetch.model_copy(update={"ca_file": ca_file and str(folder / ca_file)}),
        }
    )


def _push_anchored(push: PushSettings, folder: Path) -> PushSettings:
    key_file, known_hosts = push.key_file, push.known_hosts
    return push.model_copy(
        update={
            "key_file": key_file and folder / key_file,
            "known_hosts": known_hosts and folder / known_hosts,
        }
    )
