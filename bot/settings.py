"""Every setting of Minga: its name in the environment is `MINGA_` and the field's name in capitals.

What is not in the environment is read from the file `.env` of the working directory. What each means in Spanish and English, and
what is expected of its value, stands in the catalogues under `settings.<name>` and `settings.<name>.expected`; `.env.example` is
made from them by `minga settings --example`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.mail_server import read_server
from storage.refusal import Refused

if TYPE_CHECKING:  # only mypy needs it: it would make every command slower by nothing it uses
    from pydantic_core import ErrorDetails

PREFIX = "MINGA_"
DOTENV = ".env"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("not a zone of the tz database") from error
    return name


def _database(url: str) -> str:
    if url and not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("neither SQLite nor PostgreSQL")
    return url


def _address(url: str) -> str:
    """Returns the address without a slash at its end. Raises ValueError for what is no address of the web."""
    parts = urlsplit(url)
    if url and not (parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.fragment):
        raise ValueError("not an address of the web")
    return url.rstrip("/")


def _secret(pattern: str) -> AfterValidator:
    """Returns what checks that a secret that is set is of that pattern."""
    known = re.compile(pattern)

    def check(secret: SecretStr) -> SecretStr:
        if secret.get_secret_value() and not known.fullmatch(secret.get_secret_value()):
            raise ValueError("not of that form")
        return secret

    return AfterValidator(check)


def _smtp(url: str) -> str:
    read_server(url)
    return url


_TEMPLATE = "([A-Za-z_]{2,8}=)?HX[0-9a-fA-F]{32}"


class Settings(BaseSettings):
    """What the operator decides. Frozen; secrets never show in its text."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=DOTENV,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",  # unknown names are reported by `unknown`, they do not stop a town hall's service
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    database_url: Annotated[SecretStr, AfterValidator(lambda secret: SecretStr(_database(secret.get_secret_value())))] = (
        SecretStr("")
    )
    """Where the database is: `sqlite:///path` or `postgresql://…`. Empty: `minga.db` in MINGA_DATA."""

    data: Path = Path("data")
    """The folder for everything that Minga keeps: database, key, attachments, lock."""

    flows: Path = Path("data/flows")
    """The municipality's own flows; those that ship with Minga are always read as well."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """The network address to listen on. `127.0.0.1`: this machine only."""

    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    """The port to listen on."""

    timezone: Annotated[str, AfterValidator(_zone)] = "America/Guayaquil"
    """The municipality's time zone, by its name in the tz database."""

    municipality: str = ""
    """The municipality's name as residents read it."""

    contact: str = ""
    """How residents reach a person: address, telephone, office hours. Told when the bot cannot help."""

    secret_key: SecretStr = SecretStr("")
    """Secrets that encrypt personal data, comma-separated, newest first. Empty: made in MINGA_DATA/secret.key (SQLite only)."""

    simulator: Literal["auto", "on", "off"] = "auto"
    """The browser simulator. `auto`: only where this machine alone can reach it and no real channel has a token."""

    raw_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """For how many days messages are kept as they came in, encrypted, before their text is emptied."""

    metrics_token: SecretStr = SecretStr("")
    """The bearer token that lets other machines read /metrics. Empty: only this machine may."""

    public_url: Annotated[str, AfterValidator(_address)] = ""
    """Where providers and residents reach this server from outside: `https://…`, without a path of ours."""

    telegram_token: Annotated[SecretStr, _secret(r"[0-9]+:\S+")] = SecretStr("")
    """The bot's token. Where it is set, Telegram is served, and the simulator's `auto` means off."""

    telegram_mode: Literal["auto", "webhook", "polling"] = "auto"
    """How updates come. `auto`: by webhook where MINGA_PUBLIC_URL is set, else by polling."""

    telegram_secret: Annotated[SecretStr, _secret(r"[A-Za-z0-9_-]{8,256}")] = SecretStr("")
    """What webhook requests of Telegram bear. Empty: a secret that follows from the token."""

    telegram_api_url: Annotated[str, Field(min_length=1), AfterValidator(_address)] = "https://api.telegram.org"
    """Where the Bot API is."""

    twilio_account_sid: Annotated[str, Field(pattern=r"^(AC[0-9A-Za-z]{2,64})?$")] = ""
    """The account, for WhatsApp and SMS."""

    twilio_auth_token: SecretStr = SecretStr("")
    """The account's token. Where it is set, WhatsApp and SMS are served, and the simulator's `auto` means off."""

    twilio_api_url: Annotated[str, AfterValidator(_address)] = ""
    """Where Twilio's API is, if not at twilio.com."""

    twilio_whatsapp_from: Annotated[str, Field(pattern=r"^(\+[0-9]{6,15}|MG[0-9a-fA-F]{32})?$")] = ""
    """The sender of WhatsApp that residents write to."""

    twilio_sms_from: Annotated[str, Field(pattern=r"^(\+?[0-9]{3,15}|MG[0-9a-fA-F]{32}|[0-9A-Za-z ]{2,11})?$")] = ""
    """The sender of SMS."""

    twilio_messaging_service_sid: Annotated[str, Field(pattern=r"^(MG[0-9A-Za-z]{2,64})?$")] = ""
    """The Messaging Service that SMS go through, if any; the sender is still MINGA_TWILIO_SMS_FROM."""

    sms_two_way: bool = True
    """Whether residents can answer an SMS. Where they cannot, a question becomes an invitation to another channel."""

    sms_plain: Annotated[str, Field(pattern=r"^([A-Za-z_]{2,8}(,[A-Za-z_]{2,8})*)?$")] = "es"
    """The languages, comma-separated, whose á í ó ú are sent without accent in SMS, which more than halves their cost."""

    whatsapp_template: Annotated[str, Field(pattern=rf"^({_TEMPLATE}(,{_TEMPLATE})*)?$")] = ""
    """An approved template of WhatsApp that asks a person to write, sent where 24 hours went by: `HX…`, or `es=HX…,en=HX…`."""

    telegram_pace: Annotated[float, Field(gt=0, le=10_000)] = 25.0
    """How many messages a second the bot sends at most. Telegram takes about 30."""

    whatsapp_pace: Annotated[float, Field(gt=0, le=10_000)] = 80.0
    """How many messages a second each sender of WhatsApp sends at most. Twilio takes 80, on request 400."""

    sms_pace: Annotated[float, Field(gt=0, le=10_000)] = 1.0
    """How many segments of SMS a second each sender sends at most: a long number 1, a short one 10 to 100."""

    person_pace: Annotated[float, Field(ge=0, le=10_000)] = 1.0
    """How many messages a second one person gets at most, but for the first few. 0: no limit."""

    smtp_url: Annotated[SecretStr, AfterValidator(lambda secret: SecretStr(_smtp(secret.get_secret_value())))] = SecretStr("")
    """The mail server, for e-mails to staff and to residents who want them: `smtp://user:password@host:587` or `smtps://…`."""

    mail_from: Annotated[str, Field(pattern=r"^([^@\s<>]+@[^@\s<>]+|[^<>]*<[^@\s<>]+@[^@\s<>]+>)?$")] = ""
    """The address that e-mails come from: `avisos@municipio.gob.ec`, or `Municipio <avisos@municipio.gob.ec>`."""

    @property
    def database(self) -> str:
        """Returns the database's address, with the default filled in. It may hold a password."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data / 'minga.db'}"

    @property
    def openings(self) -> dict[str, str]:
        """Returns the templates that open a talk on WhatsApp, by language; one without a language stands under ""."""
        parted = (part.rpartition("=") for part in self.whatsapp_template.split(",") if part)
        return {language: content for language, _, content in parted}

    @property
    def plained(self) -> frozenset[str]:
        """Returns the languages whose SMS are sent without the letters that cost double."""
        return frozenset(filter(None, self.sms_plain.split(",")))

    @property
    def server(self) -> bool:
        """Tells whether the database is a server (PostgreSQL), which several processes and machines may share."""
        return not self.database.startswith("sqlite")

    @property
    def zone(self) -> ZoneInfo:
        """Returns the municipality's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def simulated(self) -> bool:
        """Tells whether the browser simulator is to be served."""
        if self.simulator != "auto":
            return self.simulator == "on"
        real = self.telegram_token.get_secret_value() or self.twilio_auth_token.get_secret_value()
        return self.loopback and not real

    @property
    def polls(self) -> bool:
        """Tells whether Telegram's updates are fetched, and not brought to a webhook."""
        return self.telegram_mode == "polling" or (self.telegram_mode == "auto" and not self.public_url)

    @property
    def loopback(self) -> bool:
        """Tells whether only this machine can reach what we listen on."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")

    def secrets(self) -> frozenset[str]:
        """Returns every secret text that is set, for the logs to hide."""
        values = (getattr(self, name) for name in type(self).model_fields)
        found = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
        return frozenset(secret for text in found for secret in (text, *text.split(",")) if secret)


@dataclass(frozen=True, slots=True)
class Invalid:
    """One setting that cannot be used. `name` is its field's name; its text is `settings.<name>.expected`."""

    name: str

    @property
    def variable(self) -> str:
        """Returns its name in the environment."""
        return variable(self.name)


class SettingsRefused(Refused):
    """Settings cannot be used as they are. `invalid` lists each."""

    def __init__(self, key: str, invalid: tuple[Invalid, ...] = (), **places: object) -> None:
        super().__init__(key, **places)
        self.invalid = invalid


def variable(name: str) -> str:
    """Returns the name in the environment of the setting of that field."""
    return PREFIX + name.upper()


def read() -> Settings:
    """Returns the settings of the environment and of `.env` in the working directory.

    Raises SettingsRefused "settings.invalid" naming every setting that cannot be used, or "settings.unreadable" for a `.env` that
    is not text.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsRefused("settings.invalid", tuple(Invalid(_name(detail)) for detail in error.errors())) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused("settings.unreadable", file=Path(DOTENV).resolve(), error=type(error).__name__) from error


def _name(detail: ErrorDetails) -> str:
    name = str(detail["loc"][0]).lower()
    return name.removeprefix(PREFIX.lower())


def unknown(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Returns the names that look like settings of ours but are none, from the environment and from `.env`, sorted.

    A mistyped MINGA_PROT would otherwise pass in silence.
    """
    names = set(os.environ if environment is None else environment)
    if Path(DOTENV).is_file():
        names |= set(dotenv_values(DOTENV, encoding="utf-8"))
    known = {variable(name) for name in Settings.model_fields}
    return tuple(sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known))


def example(meanings: Mapping[str, str]) -> str:
    """Returns the text of `.env.example`: every setting with its meaning and its default, commented out.

    `meanings` maps `settings.<name>` and `settings.example` (the file's first words) to texts in the reader's language.
    """
    parts = [_comment(meanings["settings.example"])]
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        parts.append(f"{_comment(meanings[f'settings.{name}'])}\n# {variable(name)}={default}")
    return "\n\n".join(parts) + "\n"


def _comment(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())
