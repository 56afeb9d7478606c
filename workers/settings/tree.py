"""All settings together."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from workers.settings.installation import Catcher, Clock, Database, Fleet, Log, Redis, Retention, Secrets, Sentry, Web
from workers.settings.mailing import Bounces, Mail, Smtp
from workers.settings.rules import Contacts, DailyRun, FollowUp, Occasions, Renewals, Responsibility

PREFIX = "RAPPEL_"


class Settings(BaseSettings):
    """Everything that can be set. `Settings()` is the defaults alone: only `load` looks at files and environment."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_default=True,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
    )

    data_dir: Path = Field(Path(".rappel"), description="Where a single machine keeps its database, mails and sockets.")

    daily_run: DailyRun = DailyRun()
    occasions: Occasions = Occasions()
    renewals: Renewals = Renewals()
    follow_up: FollowUp = FollowUp()
    responsibility: Responsibility = Responsibility()
    contacts: Contacts = Contacts()

    mail: Mail = Mail()
    smtp: Smtp = Smtp()
    bounces: Bounces = Bounces()

    database: Database = Database()
    redis: Redis = Redis()
    secrets: Secrets = Secrets()
    clock: Clock = Clock()
    catcher: Catcher = Catcher()
    web: Web = Web()
    fleet: Fleet = Fleet()
    retention: Retention = Retention()
    log: Log = Log()
    sentry: Sentry = Sentry()

    @field_validator("smtp")
    @classmethod
    def _mail_that_leaves_has_a_way_out(cls, smtp: Smtp, info: ValidationInfo) -> Smtp:
        if "mail" in info.data and info.data["mail"].mode.kind != "capture" and not smtp.routes:
            raise ValueError(f'smtp.routes is empty, but mail.mode "{info.data["mail"].mode}" needs a mail server')
        return smtp

    @field_validator("web")
    @classmethod
    def _pictures_have_an_address(cls, web: Web, info: ValidationInfo) -> Web:
        if "mail" in info.data and info.data["mail"].track_opens and web.public_url is None:
            raise ValueError("web.public_url is not set, but mail.track_opens needs it: the pictures are fetched there")
        return web

    @field_validator("retention")
    @classmethod
    def _nothing_is_told_twice(cls, retention: Retention, info: ValidationInfo) -> Retention:
        occasions = info.data.get("occasions")
        if occasions and retention.ledger < occasions.max_age:
            raise ValueError(
                "retention.ledger is shorter than occasions.max_age: an event that is sent once more would be mailed "
                "once more, as nobody would remember it. Raise the one or lower the other"
            )
        return retention

    @property
    def database_url(self) -> str:
        """URL for SQLAlchemy, with its password: not for logs."""
        url = self.database.url
        return url.get_secret_value() if url else f"sqlite:///{self.data_dir / 'rappel.db'}"

    @property
    def redis_url(self) -> str | None:
        """URL of the Redis of this installation, with its password; None: the embedded one."""
        return self.redis.url.get_secret_value() if self.redis.url else None

    @property
    def catcher_dir(self) -> Path:
        """Where the mail catcher keeps what it receives."""
        return self.catcher.dir or self.data_dir / "mails"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One key that can be set, such as `renewals.offsets_days`, and its field."""

    path: tuple[str, ...]
    field: FieldInfo

    @property
    def key(self) -> str:
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        return f"{PREFIX}{'__'.join(self.path).upper()}"


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that is a section, None for a field that holds a value."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def leaves(model: type[BaseModel] = Settings, path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """All keys, in the order of the sections."""
    for name, field in model.model_fields.items():
        if section := section_of(field):
            yield from leaves(section, (*path, name))
        else:
            yield Leaf((*path, name), field)
