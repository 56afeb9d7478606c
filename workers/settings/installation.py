"""Settings of one installation: where it keeps things, how large it is, what it tells."""

from base64 import urlsafe_b64decode
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from workers.settings.values import (
    DatabaseUrl,
    Duration,
    Loopback,
    Maybe,
    PositiveDuration,
    PublicUrl,
    RedisUrl,
    Section,
)


class Database(Section):
    """The truth: facts, notices, deliveries."""

    url: Maybe[DatabaseUrl] = Field(
        None,
        description='"sqlite:///FILE" or "postgresql://USER:PASSWORD@HOST/NAME"; "none": `rappel.db` in `data_dir`. '
        "A server that does not answer is given up after 10 seconds, one that vanished after a minute, unless "
        "`connect_timeout`, `keepalives_*` and `tcp_user_timeout` in the URL say otherwise.",
    )


class Redis(Section):
    """The wake-up channel between processes."""

    url: Maybe[RedisUrl] = Field(
        None, description='"redis://...", "rediss://..." or "unix://..."; "none": `rappel up` starts a server itself.'
    )


class Clock(Section):
    """What time the rules take it to be."""

    source: Literal["real", "database"] = Field(
        "real", description='"database": a row that the demo and the tests lead; leases keep the real time.'
    )


class Secrets(Section):
    """What keeps secrets in the database from those who read it."""

    key: Maybe[SecretStr] = Field(
        None,
        description="Key that seals links for setting a password while they wait, signs unsubscribe links, and marks "
        "return paths so that nobody can forge a bounce; 32 bytes in base64url, the same on every machine of the "
        'fleet; "none": `secret.key` in `data_dir`, made at its first use.',
    )

    @field_validator("key")
    @classmethod
    def _is_a_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(urlsafe_b64decode(key.get_secret_value())) != 32:
            raise ValueError("must be 32 bytes in base64url")
        return key


class Catcher(Section):
    """The mail server for development: it takes every mail and keeps it as a file."""

    port: int = Field(0, ge=0, le=65535, description="Port on 127.0.0.1; 0: a free one.")
    dir: Maybe[Path] = Field(None, description='Where mails are kept as .eml files; "none": `mails` in `data_dir`.')


class Web(Section):
    """The pages that support reads. They listen on this machine alone: there are no accounts yet."""

    host: Loopback = Field("127.0.0.1", description="Address to listen on, a loopback one.")
    port: int = Field(0, ge=0, le=65535, description="Port to listen on; 0: a free one.")
    token: Maybe[SecretStr] = Field(
        None, description='Token of the sign-in link, 24 characters or more; "none": a new one at each start.'
    )
    public_url: Maybe[PublicUrl] = Field(
        None,
        description='Address, "https://...", under which a proxy lets everybody in to the paths /u/ and /static/, and '
        'to no others: unsubscribe links in the headers of mails lead there; "none": mails carry no List-Unsubscribe.',
    )

    @field_validator("token")
    @classmethod
    def _cannot_be_guessed(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < 24:
            raise ValueError("must have 24 characters or more")
        return token


class Fleet(Section):
    """The processes that `rappel up` starts on this machine."""

    schedulers: int = Field(1, ge=1, le=16, description="Scheduler processes.")
    processes: int = Field(2, ge=1, le=64, description="Worker processes.")
    threads: int = Field(8, ge=1, le=256, description="Threads of one worker process.")
    heartbeat: PositiveDuration = Field(timedelta(seconds=5), description="How often a process says that it lives.")
    dead_after: PositiveDuration = Field(
        timedelta(seconds=20),
        description="A process that was silent for so long is dead; its work goes to others. "
        "A change amid which it is as silent is undone by PostgreSQL.",
    )
    batch: int = Field(50, ge=25, le=100, description="Ids in one message.")
    web: bool = Field(True, description="Whether the pages that support reads are served, too.")

    @field_validator("dead_after")
    @classmethod
    def _one_lost_heartbeat_is_not_death(cls, dead_after: timedelta, info: ValidationInfo) -> timedelta:
        if "heartbeat" in info.data and dead_after < 2 * info.data["heartbeat"]:
            raise ValueError("must be at least twice fleet.heartbeat")
        return dead_after


class Retention(Section):
    """How long things are kept."""

    events: Annotated[Duration, Field(ge=timedelta(days=30))] = Field(
        timedelta(days=30),
        description="Keys of events, by which repeated ones are known: at least 30 days. What is told later than that "
        "of contacts who moved or were deleted is put in order as well as can be told.",
    )
    bodies: PositiveDuration = Field(
        timedelta(days=90), description="Letters as they were sent, and what they were written from."
    )
    ledger: Annotated[Duration, Field(ge=timedelta(days=30))] = Field(
        timedelta(days=730),
        description="Decisions, people and deliveries, at least 30 days: bounces and unsubscribe links lead to them. "
        "At least as long as `bodies` and `occasions.max_age`. That something was sent is remembered, without readers "
        "and letters, for as long as it could be asked for again.",
    )

    @field_validator("ledger")
    @classmethod
    def _no_letter_outlives_its_decision(cls, ledger: timedelta, info: ValidationInfo) -> timedelta:
        if "bodies" in info.data and ledger < info.data["bodies"]:
            raise ValueError("must be at least retention.bodies")
        return ledger


class Log(Section):
    """What goes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    format: Literal["text", "json"] = Field("text", description="For people, or one JSON object a line.")


class Sentry(Section):
    """Where errors are reported."""

    dsn: Maybe[SecretStr] = Field(None, description='DSN of a Sentry project; "none": errors are only logged.')
