"""The settings that EVENTS names, with their names and defaults."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from workers.settings import Settings
from workers.settings.rules import Contacts, DailyRun, FollowUp, Occasions, Renewals, Responsibility


def test_defaults_are_those_of_the_contract() -> None:
    settings = Settings()

    assert settings.daily_run == DailyRun(at=time(7), timezone=ZoneInfo("UTC"), latest=time(18))
    assert settings.occasions == Occasions(max_age=timedelta(days=3), wait=timedelta(hours=24))
    assert settings.renewals == Renewals(offsets_days=(90, 60, 30), catchup_days=7, toggle="contract")
    assert settings.follow_up == FollowUp(resume="never", max_reminders=None)
    assert settings.responsibility == Responsibility(
        second_account_manager=False,
        notify_actor=True,
        cross_notify=False,
        notify_custom_user_field=False,
        plan=None,
        plans={"move": frozenset({"projects"}), "boost": frozenset({"projects", "tickets"})},
    )
    assert settings.contacts == Contacts(
        default_permissions=("invoices", "estimates", "contracts", "proposals", "support", "projects")
    )
