"""Every setting, typed, from the environment (and a `.env` file). Without any, everything runs embedded on this
machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from pydantic import BaseSettings, Field, SecretStr, ValidationError, root_validator, validator

from bot.errors import ConductorError


class Settings(BaseSettings):
    """Settings of one installation. Names in the environment are given at each field; secrets come from nowhere
    else."""

    database_url: str = Field("sqlite+aiosqlite:///.conductor/conductor.db", env="DATABASE_URL")
    """Where everything is kept: ``sqlite+aiosqlite:///file`` or ``postgresql+asyncpg://…`` (``postgresql://`` is
    understood)."""

    redis_url: SecretStr = Field(SecretStr(""), env="REDIS_URL")
    """``redis://…``, ``rediss://…`` or ``unix:///socket``: with it several servers and workers share the work
    (docs/how-to/grow.md). Empty: this process does everything."""

    metrics_token: SecretStr = Field(SecretStr(""), env="METRICS_TOKEN")
    """What Prometheus shows (`Authorization: Bearer …`) to read `/metrics`. Empty: only this machine may."""

    metrics_port: int = Field(0, env="METRICS_PORT", ge=0, le=65535)
    """Where a worker shows its figures; a server has them at its own port. 0: nowhere."""

    per_second: str = Field("", env="CONDUCTOR_PER_SECOND", regex=r"^([a-z_]+=\d+(\.\d+)?(,\s*|$))*$")
    """How many letters a second a provider takes from us, where that is not what its folder says:
    ``twilio_sms=100,twilio_whatsapp=80``."""

    host: str = Field("127.0.0.1", env="CONDUCTOR_HOST")
    port: int = Field(5005, env="CONDUCTOR_PORT", ge=1, le=65535)

    request_seconds: float = Field(15, env="CONDUCTOR_REQUEST_SECONDS", gt=0)
    response_seconds: float = Field(60, env="CONDUCTOR_RESPONSE_SECONDS", gt=15)
    keep_alive_seconds: float = Field(75, env="CONDUCTOR_KEEP_ALIVE_SECONDS", gt=0)
    """What a slow client gets (`bot/console/operations/limits.py`)."""

    public_url: str = Field("", env="CONDUCTOR_PUBLIC_URL", regex="^(https?://.+)?$")
    """Under which address the world reaches this server. Empty: it is known by `host` and `port`."""

    trusted_proxies: str = Field("", env="CONDUCTOR_TRUSTED_PROXIES")
    """Addresses or networks of reverse proxies whose `X-Forwarded-For` is believed, with commas. Empty: nobody's."""

    oidc_issuer: str = Field(
        "", env="CONDUCTOR_OIDC_ISSUER", regex=r"^(https://.+|http://(127\.0\.0\.1|localhost)\b.*)?$"
    )
    """The company's own sign-in (OpenID Connect), exactly as the provider writes its name. Empty: there is none."""

    oidc_client_id: str = Field("", env="CONDUCTOR_OIDC_CLIENT_ID")
    oidc_client_secret: SecretStr = Field(SecretStr(""), env="CONDUCTOR_OIDC_CLIENT_SECRET")
    oidc_label: str = Field("", env="CONDUCTOR_OIDC_LABEL")
    """What the button says after "Sign in with". Empty: the provider's host."""

    playground: bool | None = Field(None, env="CONDUCTOR_PLAYGROUND")
    """Serve the playground at `/`. Unset: only while the server listens on loopback."""

    local_providers: bool = Field(True, env="CONDUCTOR_LOCAL_PROVIDERS")
    """Start a local provider for each channel without credentials, where the playground is on and the server listens on
    loopback. Off: the playground's phones talk to the house directly."""

    surveys: Path = Field(Path("survey_flows/definitions"), env="CONDUCTOR_SURVEYS")
    """Folder whose surveys are published on a new database. After that `conductor survey publish` makes one live."""

    default_language: str = Field("en", env="CONDUCTOR_LANGUAGE", regex="^[a-z]{2}$")
    default_region: str = Field("US", env="CONDUCTOR_REGION", regex="^[A-Z]{2}$")
    """Country for telephone numbers that are written without a country code."""

    timezone: str = Field("UTC", env="CONDUCTOR_TIMEZONE")
    """In which customers are told when somebody will write to them."""

    join_seconds: float = Field(3.0, env="CONDUCTOR_JOIN_SECONDS", ge=0, le=15)
    """So many seconds a customer's own words wait for what they write next, so that several quick messages are read
    together. What is complete in itself never waits. 0: nothing does."""

    ask_again_after_days: int = Field(30, env="CONDUCTOR_ASK_AGAIN_AFTER_DAYS", ge=0)
    offered_surveys: str = Field("", env="CONDUCTOR_OFFERED_SURVEYS", regex="^[a-z0-9_, ]*$")
    """Surveys that customers may start by themselves (Slack's command and Home tab), with commas. Empty: all that are
    live."""

    call_survey: str = Field("relationship_nps", env="CONDUCTOR_CALL_SURVEY", regex="^[a-z0-9_]*$")
    """The survey for customers who ring us. Empty: they hear what one can do there."""

    call_retry: str = Field("30,240", env="CONDUCTOR_CALL_RETRY_MINUTES", regex=r"^(\d{1,5}(,\d{1,5})*)?$")
    """After how many minutes a call that nobody took is tried again: "30,240" is twice, "" never."""

    call_continue_by_sms: bool = Field(True, env="CONDUCTOR_CALL_CONTINUE_BY_SMS")
    """A call that ends in the middle of a survey goes on by SMS, where SMS is connected."""

    default_team: str = Field("care", env="CONDUCTOR_TEAM")
    faq: Path | None = Field(None, env="CONDUCTOR_FAQ")
    """Folder of the FAQ's entries; this installation's ``dialogues/faq`` where it is not set."""

    recovery: Path = Field(Path("recovery.yml"), env="CONDUCTOR_RECOVERY")
    """Teams, their hours and where cases go. Without the file: one team, around the clock."""

    smtp_url: SecretStr = Field(SecretStr(""), env="CONDUCTOR_SMTP_URL")
    mail_from: str = Field("", env="CONDUCTOR_MAIL_FROM", regex=r"^([^@\n]+@[^@\s]+)?$")
    webhook_secret: SecretStr = Field(SecretStr(""), env="CONDUCTOR_WEBHOOK_SECRET")
    """How teams are told of cases by e-mail and by webhook (docs/how-to/notify-teams.md)."""

    themes: Path = Field(Path("themes.yml"), env="CONDUCTOR_THEMES")
    """What reports look for in customers' own words. Without the file nothing is labelled."""

    models: Path | None = Field(None, env="CONDUCTOR_MODELS")
    """Folder of the Rasa models, and of the note which one is in use. Unset: models/ of the project."""

    spool: Path = Field(Path(".conductor/spool"), env="CONDUCTOR_SPOOL")
    """Folder on a disk of this machine: messages wait there while the database is gone. It outlives a restart."""

    lean: bool = Field(True, env="CONDUCTOR_LEAN")
    """Serve without importing TensorFlow (our pipeline does not use it): half the memory and start-up time."""

    actions_url: str = Field("", env="CONDUCTOR_ACTIONS_URL", regex="^(https?://.+)?$")
    """Where `rasa run actions` listens, e.g. ``http://localhost:5055/webhook``. Empty: actions run in this process."""

    fault: str = Field("", env="CONDUCTOR_FAULT")
    """For tests: the name of the fault point at which the process kills itself (`bot/conversation/faults.py`)."""

    class Config:
        env_file = ".env"

    @root_validator(pre=True)
    def _empty_is_unset(cls, values: dict[str, Any]) -> dict[str, Any]:
        """`DATABASE_URL=` in a file of variables that is not filled in."""
        return {name: value for name, value in values.items() if (name, value) != ("database_url", "")}

    @validator("database_url")
    def _async_driver(cls, url: str) -> str:
        for plain, driven in (
            ("postgresql://", "postgresql+asyncpg://"),
            ("postgres://", "postgresql+asyncpg://"),
            ("sqlite:///", "sqlite+aiosqlite:///"),
        ):
            if url.startswith(plain):
                url = driven + url[len(plain) :]
                break
        if not url.startswith(("postgresql+asyncpg://", "sqlite+aiosqlite:///")):
            raise ValueError("use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        return re.sub(r"([?&])sslmode=", r"\1ssl=", url)  # as providers write it; the driver's name for it is "ssl"

    @validator("redis_url")
    def _a_redis(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value() and not url.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("use redis://HOST:6379/0, rediss://… or unix:///FILE")
        return url

    @validator("webhook_secret", "metrics_token")
    def _not_to_be_guessed(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < 16:
            raise ValueError("use at least 16 characters, such as `openssl rand -hex 32` prints")
        return secret

    @validator("timezone")
    def _known_zone(cls, name: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(name)
        except Exception as error:
            raise ValueError("use a name such as Europe/Berlin or America/New_York") from error
        return name

    @validator("trusted_proxies")
    def _known_networks(cls, networks: str) -> str:
        for network in _parts(networks):
            try:
                ip_network(network, strict=False)
            except ValueError as error:
                raise ValueError(f'"{network}" is no address and no network such as 10.0.0.0/8') from error
        return networks

    @property
    def grown(self) -> bool:
        """Whether other processes share the work."""
        return bool(self.redis_url.get_secret_value())

    @property
    def limits(self) -> dict[str, float]:
        """Provider → letters a second."""
        return {name: float(limit) for name, _, limit in (part.partition("=") for part in _parts(self.per_second))}

    @property
    def proxies(self) -> tuple[str, ...]:
        return _parts(self.trusted_proxies)

    @property
    def address(self) -> str:
        """How links to this server begin."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{shown}:{self.port}"

    @property
    def offered(self) -> tuple[str, ...]:
        return _parts(self.offered_surveys)

    @property
    def call_retry_minutes(self) -> tuple[int, ...]:
        return tuple(int(minutes) for minutes in self.call_retry.split(",") if minutes)

    @property
    def playground_on(self) -> bool:
        """The playground can impersonate any customer: it is off as soon as others can reach the server."""
        if self.playground is not None:
            return self.playground
        return self.on_loopback

    @property
    def on_loopback(self) -> bool:
        return self.host in ("127.0.0.1", "localhost", "::1")

    @property
    def local_providers_on(self) -> bool:
        """They take anybody on this machine for a customer: never where others can reach the server. They live in one
        process: not where there are several."""
        return self.local_providers and self.playground_on and self.on_loopback and not self.grown


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def load_settings(**overrides: object) -> Settings:
    """Read the settings. Raises ConductorError that names each broken variable and how to mend it."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise ConductorError(
            "; ".join(_explain(e) for e in error.errors()), "Correct it in the environment or in .env."
        ) from error


def _explain(error: Mapping[str, Any]) -> str:
    location = error["loc"]
    name = str(location[0] if isinstance(location, tuple) else location)
    field = Settings.__fields__.get(name)
    variable = next(iter(field.field_info.extra.get("env_names", ())), name) if field else name
    return f"{str(variable).upper()}: {error['msg']}"
