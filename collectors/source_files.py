"""Read `sources/*.toml`: adding a source is adding a file."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from collectors import Kind, Local, kind, kinds
from collectors.fetching.limits import refusal
from records import TLP, SettingsError, Source, Start
from records.sources import OptionValue
from settings import exact_tlp, explain, line_of, read_toml


class SourceFile(BaseModel):
    """The keys of one source file; their meaning is that of `records.Source`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1)]
    kind: str
    url: str
    homepage: str = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    licence: str = ""
    tlp: TLP = TLP.CLEAR
    confidence: Annotated[int, Field(ge=0, le=100)] = 50
    interval_minutes: Annotated[int, Field(ge=1)] = 60
    expected_days: Annotated[int, Field(ge=1)] = 30
    group: str = ""
    enabled: bool = True
    max_megabytes: Annotated[int, Field(ge=1, le=1024)] = 32
    options: dict[str, OptionValue] = {}

    @field_validator("kind")
    @classmethod
    def _kind(cls, name: str) -> str:
        if name not in kinds():
            raise ValueError(f"unknown kind {name!r}; known are {', '.join(kinds())}")
        return name

    @field_validator("tlp", mode="before")
    @classmethod
    def _tlp(cls, value: Any) -> Any:
        return exact_tlp(value)


def load_sources(folder: Path) -> tuple[list[Source], list[str]]:
    """Return the sources of a folder, by id, and one sentence for each file that cannot be used.

    Raises `SettingsError` where the folder does not exist or holds no source file.
    """
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if not files:
        raise SettingsError(f"{folder}: no source file (*.toml) here; set 'sources' in vigie.toml")
    sources: list[Source] = []
    problems: list[str] = []
    for file in files:
        try:
            sources.append(load_source(file))
        except SettingsError as error:
            problems += str(error).splitlines()
    return sources, problems


def load_source(file: Path) -> Source:
    """Return the source of one file; raises `SettingsError` that names file, line and key."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", file.stem):
        raise SettingsError(f"{file}: rename it: an id has lower-case letters, digits and hyphens only")
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read: {error}") from error
    try:
        read = SourceFile(**read_toml(file, text))
    except ValidationError as error:
        raise SettingsError("\n".join(explain(file, text, error, SourceFile))) from error
    source = Source(id=file.stem, **{name: getattr(read, name) for name in SourceFile.model_fields})
    module = kind(source.kind)
    if not isinstance(module, Local) and (reason := _wrong_address(source.url)):
        raise SettingsError(f"{file}:{line_of(text, ['url'])}: url: {reason}")
    _check_options(file, text, source, module)
    return source


def _wrong_address(url: str) -> str:
    """Say why an address cannot be a web source's, or return an empty text."""
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
        return f"{url!r} is not an http or https address"
    reason = refusal(url, [urlsplit(url).hostname or ""])  # a private host is judged when it is read
    return f"{reason}; write the address without it" if reason else ""


def _check_options(file: Path, text: str, source: Source, module: Kind) -> None:
    """Refuse options that the source's kind does not know, and values it cannot use."""
    for name in source.options.keys() - module.OPTIONS.keys():
        known = f"known are {', '.join(module.OPTIONS)}" if module.OPTIONS else "it has none"
        line = line_of(text, ["options", name])
        raise SettingsError(f"{file}:{line}: options.{name}: unknown to the kind {source.kind}; {known}")
    try:
        module.first_requests(source, Start(datetime.min.replace(tzinfo=UTC)))
    except SettingsError as error:
        raise SettingsError(f"{file}:{line_of(text, ['options'])}: {error}") from error
