"""What `vigie.toml` may say of lists: how they are released, for which devices, to which systems."""

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from records import TLP, ObservableType, parse_tlp


def from_environment(text: str) -> str:
    """Return what `env:NAME` names, any other text as it is; raises `ValueError` for a name that is not set."""
    name = text.removeprefix("env:")
    if name == text:
        return text
    if name not in os.environ:
        raise ValueError(f"the environment variable {name} is not set")
    return os.environ[name]


def exact_tlp(value: object) -> TLP:
    """Read a TLP label that an operator wrote; raises `ValueError` for anything that is none."""
    if isinstance(value, TLP):
        return value
    level = parse_tlp(value) if isinstance(value, str) else TLP.RED
    if level is TLP.RED and str(value).strip().upper().removeprefix("TLP:") != "RED":
        raise ValueError("not a TLP 2.0 label: use CLEAR, GREEN, AMBER, AMBER+STRICT or RED")
    return level


class ReleaseSettings(BaseModel):
    """How lists go out: the folder of the log of releases, the key that signs them (by default
    `release.key` in that folder, made at the first release), and what may change without a human: ratios to
    the last release, counts of entries, and points of 100 for the share of a type and of a source; `crowd` is how
    many listed names may lie below a new one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ledger: Path = Path("var/ledger")
    key: Path | None = None
    growth: float = Field(default=0.5, gt=0)
    shrinkage: float = Field(default=0.3, gt=0, le=1)
    floor: int = Field(default=100, ge=0)
    source_growth: float = Field(default=1.0, ge=0)
    source_floor: int = Field(default=10_000, ge=0)
    mix: float = Field(default=25, gt=0, le=100)
    share: float = Field(default=10, gt=0, le=100)
    crowd: int = Field(default=50, ge=1)


class ProfileSettings(BaseModel):
    """What one kind of device gets, in a folder of its name: which formats (none for all), how many entries a
    file may hold (the best ones), from which confidence (0–100) on, up to which marking, which types.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    formats: tuple[str, ...] = ()
    max_entries: int | None = Field(default=None, ge=1)
    min_confidence: int = Field(default=0, ge=0, le=100)
    tlp: TLP | None = None
    pap: Literal["CLEAR", "GREEN", "AMBER", "RED"] | None = None
    only_health: bool = False
    only_types: tuple[ObservableType, ...] = ()

    @field_validator("tlp", mode="before")
    @classmethod
    def _tlp(cls, value: object) -> object:
        return value if value is None else exact_tlp(value)


class PushSettings(BaseModel):
    """A system that gets every release (docs/serving/push.md). `secret`, `user` and `url` may be `env:NAME`.

    `tlp` and `pap` are the highest markings it may see, `seconds` how long one push may take, `plain` allows an
    address that is not encrypted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["folder", "misp", "s3", "sftp", "syslog", "taxii", "webhook"]
    url: str = Field(repr=False)
    user: str = ""
    secret: str = Field(default="", repr=False)
    tlp: TLP = TLP.CLEAR
    pap: Literal["CLEAR", "GREEN", "AMBER", "RED"] | None = None
    min_confidence: int = Field(default=0, ge=0, le=100)
    only_health: bool = False
    only_types: tuple[ObservableType, ...] = ()
    files: tuple[str, ...] = ("*",)
    body: Literal["ndjson", "json"] = "ndjson"
    region: str = "us-east-1"
    key_file: Path | None = None
    known_hosts: Path | None = None
    plain: bool = False
    seconds: float = Field(default=300, gt=0)

    @field_validator("url", "user", "secret")
    @classmethod
    def _from_environment(cls, text: str) -> str:
        return from_environment(text)

    @field_validator("tlp", mode="before")
    @classmethod
    def _tlp(cls, value: object) -> object:
        return exact_tlp(value)


class TaxiiReader(BaseModel):
    """Who may see more than TLP:CLEAR: with the secret as a token, or as the password of the name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tlp: TLP
    secret: str = Field(repr=False, min_length=16)

    @field_validator("secret", mode="before")
    @classmethod
    def _from_environment(cls, text: str) -> str:
        return from_environment(text)

    @field_validator("tlp", mode="before")
    @classmethod
    def _tlp(cls, value: object) -> object:
        return exact_tlp(value)


class TaxiiSettings(BaseModel):
    """Where `vigie taxii` answers, behind a web server that speaks TLS, and its readers by name (docs/serving/taxii.md).

    `address` is what stands before its paths from outside.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8001, ge=0, le=65535)
    address: str = ""
    readers: dict[str, TaxiiReader] = {}
