"""Settings: environment variables or `.env`, all prefixed `ALLIANCE_`; secrets also from a file named by `…_FILE`."""

import hmac
import os
import re
import tomllib
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import env_file
from bot.env_file import ENV_FILE
from conversations import questions
from conversations.practice import Practice
from conversations.typed_times import parse_daily, parse_duration, parse_quiet_hours, parse_weekly, parse_zone
from conversations.wording import failures as wording
from conversations.wording import operator as wording_of_operator

PREFIX = "ALLIANCE_"
LANGUAGES = ("en",)
YesOrNo = Literal["yes", "no"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Misconfigured(Exception):
    """A setting is missing or wrong; the message is one line that says which, and what to do."""


def _checked(parse: Any) -> BeforeValidator:  # noqa: ANN401, any of the parsers
    """Check a text with a parser of `typed_times`, and keep the text."""

    def check(value: object) -> object:
        parse(str(value))
        return value

    return BeforeValidator(check)


def _one_of(choices: object) -> BeforeValidator:
    """Check that a text is one of a Literal's."""
    known = get_args(choices)

    def parse(text: str) -> None:
        if text not in known:
            raise ValueError(wording.one_of(known))

    return _checked(parse)


def _number(lowest: int, highest: int, say: Callable[[int, int], str]) -> BeforeValidator:
    """Check that a text is a whole number within bounds; `say` tells what to write otherwise."""

    def parse(text: str) -> None:
        if not (re.fullmatch("[0-9]{1,9}", text.strip()) and lowest <= int(text) <= highest):
            raise ValueError(say(lowest, highest))

    return _checked(parse)


def _language(text: str) -> None:
    if text not in LANGUAGES:
        raise ValueError(wording_of_operator.no_such_language(text, LANGUAGES))


def _reminder(text: str) -> None:
    if not parse_duration(text):
        raise ValueError(wording.REMINDED_AT_ONCE)


_MaybeFile = Annotated[Path | None, BeforeValidator(lambda value: None if value == "" else value)]
"""A file or, if empty, none: an empty path would mean the folder where the bot is started."""


def _webhook_url(value: str) -> str:
    """Return an address that Telegram takes, or none at all."""
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ValueError(wording.NOT_A_WEBHOOK) from None
    is_local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
    if value and not (parts.hostname and (parts.scheme == "https" or is_local)):
        raise ValueError(wording.NOT_A_WEBHOOK)
    if set(unquote(parts.path)) & set("{}"):  # what listens would take them for a pattern
        raise ValueError(wording.BRACES_IN_WEBHOOK)
    return value


def _host_and_port(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not (host and port.isdecimal() and int(port) < 1 << 16):
        raise ValueError(wording.NOT_HOST_AND_PORT)
    return value


def webhook_secret(token: str) -> str:
    """Return what only Telegram and this bot know. It is made from the token: nobody has to set or keep another."""
    return hmac.new(token.encode(), b"webhook", sha256).hexdigest()


class Settings(BaseSettings):
    """Every setting, with its default. `.env.example` and the guide are generated from here."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore", hide_input_in_errors=True
    )

    telegram_token: SecretStr = Field(default=SecretStr(""), description="The bot's token, from @BotFather")
    telegram_token_file: _MaybeFile = Field(default=None, description="A file with the token instead")
    telegram_api_url: str = Field(default="https://api.telegram.org", description="Any Bot API server")
    webhook_url: Annotated[str, AfterValidator(_webhook_url)] = Field(
        default="", description="Where Telegram shall hand updates over, https://…; if empty, the bot fetches them"
    )
    webhook_listen: Annotated[str, AfterValidator(_host_and_port)] = Field(
        default="127.0.0.1:8080", description="Where the bot listens then, behind a proxy that does TLS"
    )
    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///data/alliance.db"),
        description="Where the database is: an encrypted file, or postgresql://user@host/name",
    )
    database_url_file: _MaybeFile = Field(
        default=None, description="A file with that address instead; better if it has a password"
    )
    database_without_tls: Annotated[YesOrNo, _one_of(YesOrNo)] = Field(
        default="no", description="yes: talk to a PostgreSQL server on another machine without making sure who it is"
    )
    database_disk_is_encrypted: Annotated[YesOrNo, _one_of(YesOrNo)] = Field(
        default="no", description="yes: somebody sees to it that a PostgreSQL server's disk and backups are encrypted"
    )
    database_key: SecretStr = Field(default=SecretStr(""), description="64 hex digits; better in a file")
    database_key_file: _MaybeFile = Field(default=None, description="A file with the key, outside the data folder")
    copy_to: SecretStr = Field(
        default=SecretStr(""), description="The address of another database, for `alliance copy-database`"
    )
    copy_to_file: _MaybeFile = Field(
        default=None, description="A file with that address instead; better if it has a password"
    )
    practice_name: str = Field(default="", description="On whose behalf the bot asks")
    operator_contact: str = Field(default="", description="Whom people can ask: a name with a mail address or number")
    crisis_lines: _MaybeFile = Field(default=None, description="A TOML file with the lines to call in need")
    default_timezone: Annotated[str, _checked(parse_zone)] = Field(default="UTC", description="Where the practice is")
    default_language: Annotated[str, _checked(_language)] = Field(
        default="en", description="The language of the practice"
    )
    check_in_delay: Annotated[str, _checked(parse_duration)] = Field(
        default="2h", description="How long after a session to ask: 2h, 30m, 0s"
    )
    reminder_after: Annotated[str, _checked(_reminder)] = Field(
        default="24h", description="When to remind, once, of an open check-in"
    )
    expires_after: Annotated[str, _checked(parse_duration)] = Field(
        default="72h", description="How long after the session a check-in can be answered"
    )
    quiet_hours: Annotated[str, _checked(parse_quiet_hours)] = Field(
        default="21:00-09:00", description="When no client is asked, in their own time; or none"
    )
    digest_at: Annotated[str, _checked(parse_weekly)] = Field(
        default="mon 08:00", description="When therapists get their summary, unless they choose"
    )
    keep_after_end: Annotated[int, _number(1, 3650, wording.number_of_days)] = Field(
        default=180,
        description="How many days the data of an ended client is kept; if it changes, clients are asked anew",
    )
    backup_dir: Path = Field(default=Path("backups"), description="Where backups go; better on another disk")
    backup_keep: Annotated[int, _number(1, 1000, wording.number_of_backups)] = Field(
        default=14, description="How many backups are kept"
    )
    backup_at: Annotated[str, _checked(parse_daily)] = Field(
        default="03:00", description="When to make one every day, in the time zone of the practice; or none"
    )
    journal_file: _MaybeFile = Field(
        default=None,
        description="The journal of what a restore must not undo; if empty, `journal.txt` among the backups",
    )
    log_level: Annotated[LogLevel, _one_of(LogLevel)] = Field(
        default="INFO", description="DEBUG, INFO, WARNING or ERROR"
    )

    @model_validator(mode="after")
    def _somebody_is_asked(self) -> Self:
        if parse_duration(self.expires_after) <= parse_duration(self.check_in_delay):
            raise ValueError(wording.nobody_is_asked(f"{PREFIX}EXPIRES_AFTER", f"{PREFIX}CHECK_IN_DELAY"))
        return self

    @property
    def token(self) -> str:
        """Return the token. Raises Misconfigured if there is none."""
        token = _secret(self.telegram_token, self.telegram_token_file, "TELEGRAM_TOKEN")
        number, colon, rest = token.partition(":")
        if not (number.isdigit() and colon and rest):
            raise Misconfigured(wording.not_a_token(f"{PREFIX}TELEGRAM_TOKEN"))
        return token

    @property
    def database(self) -> str:
        """Return the address of the database. Raises Misconfigured if there is none."""
        return _secret(self.database_url, self.database_url_file, "DATABASE_URL")

    @property
    def copy_target(self) -> str:
        """Return the address of the database to copy to. Raises Misconfigured if there is none."""
        if self.copy_to_file is None and not self.copy_to.get_secret_value().strip():
            raise Misconfigured(wording.nowhere_to_copy(f"{PREFIX}COPY_TO"))
        return _secret(self.copy_to, self.copy_to_file, "COPY_TO")

    @property
    def key(self) -> str:
        """Return the database key. Raises Misconfigured if there is none."""
        return _secret(self.database_key, self.database_key_file, "DATABASE_KEY")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return all that must stand in no log line; "" for one that is not used. Raises Misconfigured."""
        return self.token, self.key, webhook_secret(self.token), urlsplit(self.database).password or ""

    def practice(self, bot_username: str) -> Practice:
        """Return what the dialogues need to know. Raises Misconfigured if a contact or crisis lines are missing."""
        for name, value in (("PRACTICE_NAME", self.practice_name), ("OPERATOR_CONTACT", self.operator_contact)):
            if not value.strip():
                raise Misconfigured(wording.nobody_to_ask(f"{PREFIX}{name}"))
        return Practice(
            name=self.practice_name,
            contact=self.operator_contact,
            crisis_lines=self._crisis_lines(),
            bot_username=bot_username,
            zone=ZoneInfo(parse_zone(self.default_timezone).key),
            language=self.default_language,
            questions=questions.load(),
            quiet_hours=parse_quiet_hours(self.quiet_hours),
            digest_at=parse_weekly(self.digest_at),
            check_in_delay=parse_duration(self.check_in_delay),
            reminder_after=parse_duration(self.reminder_after),
            lifetime=parse_duration(self.expires_after),
            keep_after_end=timedelta(days=self.keep_after_end),
        )

    @property
    def journal(self) -> Path:
        """Return where the journal is."""
        return self.journal_file or self.backup_dir / "journal.txt"

    def _crisis_lines(self) -> tuple[str, ...]:
        what_to_do = wording.set_crisis_lines(f"{PREFIX}CRISIS_LINES")
        if self.crisis_lines is None:
            raise Misconfigured(f"{wording.NO_CRISIS_LINES} {what_to_do}")
        try:
            lines = tomllib.loads(self.crisis_lines.read_text(encoding="utf-8")).get(self.default_language)
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
            raise Misconfigured(f"{wording.crisis_lines_unreadable(str(self.crisis_lines))} {what_to_do}") from None
        if lines is None or lines == []:
            missing = wording.crisis_lines_missing(str(self.crisis_lines), self.default_language)
            raise Misconfigured(f"{missing} {what_to_do}")
        if not (isinstance(lines, list) and all(isinstance(line, str) and line.strip() for line in lines)):
            raise Misconfigured(wording.crisis_lines_no_list(str(self.crisis_lines), self.default_language))
        return tuple(lines)


def _secret(value: SecretStr, file: Path | None, name: str) -> str:
    """Return a secret from its setting or its file, without white space around it."""
    if file is None:
        if not value.get_secret_value().strip():
            raise Misconfigured(wording.no_secret(f"{PREFIX}{name}"))
        return value.get_secret_value().strip()
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(wording.no_secret_file(f"{PREFIX}{name}", str(file))) from None


def unknown_names() -> list[str]:
    """Return what is named like a setting, in the environment or in `.env`, and is none."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    try:
        names = [*os.environ, *env_file.names()]
    except UnicodeDecodeError:  # said by `load`
        names = [*os.environ]
    return sorted({name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known})


def load() -> Settings:
    """Return the settings. Raises Misconfigured for the first one that is wrong, or for a line that can't be read."""
    _check_env_file()
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        said = first["msg"].removeprefix("Value error, ")
        name = f"{PREFIX}{first['loc'][0]}".upper() if first["loc"] else None  # of two that don't go together both
        raise Misconfigured(f"{name}: {said}" if name else said) from None


def _check_env_file() -> None:
    try:
        line = env_file.unreadable_line()
    except UnicodeDecodeError:
        raise Misconfigured(wording.not_utf8(str(ENV_FILE))) from None
    if line is not None:
        raise Misconfigured(wording.unreadable_line(str(ENV_FILE), line))
