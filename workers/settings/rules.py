"""Settings that change the rules. Their names and defaults are public (EVENTS)."""

from datetime import time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PlainSerializer, ValidationInfo, field_validator

from workers.settings.values import Duration, Maybe, Section, Unique, WallTime, Zone

Toggle = Literal["invoice", "credit_note", "estimate", "ticket", "project", "contract", "task"]
Permission = Literal["invoices", "estimates", "contracts", "proposals", "support", "projects"]
Feature = Literal["projects", "tickets"]
Features = Annotated[frozenset[Feature], PlainSerializer(sorted)]

DayOffset = Annotated[int, Field(ge=0)]
Offsets = Annotated[Unique[DayOffset], AfterValidator(lambda offsets: tuple(sorted(offsets, reverse=True)))]


class DailyRun(Section):
    """The moment at which all time-driven notices go out (RULES 0.13)."""

    at: WallTime = Field(time(7), description="Time of the daily run, hours and minutes in its time zone.")
    timezone: Zone = Field(
        ZoneInfo("UTC"), description="IANA time zone of the daily run; its days are the rules' days."
    )
    latest: WallTime = Field(
        time(18), description="A run that an outage swallowed is made up for on the same day before this time."
    )

    @field_validator("latest")
    @classmethod
    def _is_not_before_at(cls, latest: time, info: ValidationInfo) -> time:
        at = info.data.get("at")
        if at is not None and latest < at:
            raise ValueError(f"{latest:%H:%M} is before daily_run.at ({at:%H:%M}): no run would ever take place")
        return latest


class Occasions(Section):
    """Events that are occasions for mail (RULES 0.12)."""

    max_age: Duration = Field(
        timedelta(days=3), description="An occasion older than this at its arrival is suppressed: no history is mailed."
    )
    wait: Duration = Field(
        timedelta(hours=24), description="How long an occasion waits for a company or object that is not known yet."
    )


class Renewals(Section):
    """Renewal notices and reminders (HS)."""

    offsets_days: Offsets = Field(
        (90, 60, 30),
        description="Days before the renewal date at which a mail is due: the largest is the notice, the rest remind.",
    )
    catchup_days: int = Field(7, ge=0, description="Days after its due day during which a missed mail is still sent.")
    toggle: Maybe[Toggle] = Field(
        "contract", description='The contact\'s toggle that governs renewal mails; "none": no toggle does.'
    )


class FollowUp(Section):
    """Follow-up mails for overdue leads (LT)."""

    resume: Literal["never", "when_clear"] = Field(
        "never", description="Whether a stopped visit mails again when no future appointment and no open task remain."
    )
    max_reminders: Maybe[Annotated[int, Field(ge=1)]] = Field(
        None, description='Most mails of one visit, the first included; "none": until something stops them.'
    )


class Responsibility(Section):
    """Account managers and responsible people (TL)."""

    second_account_manager: bool = Field(False, description="Companies and deals may have a second account manager.")
    notify_actor: bool = Field(True, description="Who did something is told of it too.")
    cross_notify: bool = Field(False, description="A deal's action is also told to the company's account managers.")
    notify_custom_user_field: bool = Field(False, description="A contact's custom user is told of its activities.")
    plan: Maybe[str] = Field(
        None, description='The plan that was bought, a name in `plans`; "none" or an unknown one allows everything.'
    )
    plans: dict[str, Features] = Field(
        {"move": frozenset({"projects"}), "boost": frozenset({"projects", "tickets"})},
        description="What each plan contains. A table given here replaces the default one.",
    )


class Contacts(Section):
    """Customer contacts (PX)."""

    default_permissions: Unique[Permission] = Field(
        ("invoices", "estimates", "contracts", "proposals", "support", "projects"),
        description="Portal permissions of a contact whose event names none.",
    )
