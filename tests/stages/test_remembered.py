"""However soon the ledger is forgotten, no occurrence is sent twice and no grid moves (DESIGN promise 2; RULES 0.5)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.scenarios import Event, event
from tests.stages.fleet import (
    DAILY,
    JONAS,
    MONDAY,
    RULES,
    WORLD,
    answer,
    claim,
    decide,
    deliver_all,
    lead,
    make_run,
    notices,
    rows,
    take,
)
from tests.stages.forgetting import MOMENT, NOTHING, ONE_DAY, Told, both
from tests.stages.support import INVOICE, TOLD, live
from workers.domain.delivery import State
from workers.domain.reasons import Reason
from workers.stages import sweep
from workers.stages.verify import verify
from workers.store import tables
from workers.store.database import Database

FIRST = date(2026, 6, 2)
EVERY_OTHER_DAY = {"value": 2, "unit": "days"}
STAGES = [
    {"id": "new", "name": "New", "duration": {"value": 1, "unit": "days"}},
    {"id": "offer", "name": "Offer", "duration": {"value": 2, "unit": "days"}},
]
REF = "lead/L-1"
LEDGER = ("notices", "people", "letters", "deliveries", "attempts")


def sales(resume: str = "never") -> Event:
    follow_up = {"enabled": True, "interval": EVERY_OTHER_DAY, "resume": resume}
    return event("process.saved", MONDAY, id="sales", name="New business", stages=STAGES, follow_up=follow_up)


def on(day: int, *events: Event) -> tuple[date, tuple[Event, ...]]:
    return date(2026, 6, day), events


def at(day: int) -> str:
    return f"2026-06-{day:02}T08:00:00Z"


def renamed(*days: int, **changes: Any) -> list[tuple[date, tuple[Event, ...]]]:
    """Its lead is looked at by the next run, whatever day it is."""
    return [on(day, lead(at=at(day), title=f"Renamed on {day}", **changes)) for day in days]


def story(*told: tuple[date, tuple[Event, ...]], resume: str = "never") -> Told:
    return {date.min: (sales(resume), JONAS, lead()), **dict(told)}


def mails(*days: int, first: tuple[int, ...] = (1,)) -> list[tuple[str, str, int, str]]:
    return [
        (f"2026-06-{day:02}", REF, number, "follow_up_first" if number in first else "follow_up_next")
        for number, day in enumerate(days, start=1)
    ]


class TestFollowUps:
    """First mail on Wednesday the 3rd, then every other day."""

    def test_lt_7_the_grid_counts_from_a_first_mail_that_nobody_remembers_whole(self, database: Database) -> None:
        life = both(database, FIRST, 14, story(*renamed(4, 5, 9, 10, 12)), [REF])
        assert life.sent == mails(3, 5, 7, 9, 11, 13, 15)

    def test_two_bare_notices_of_a_visit_are_enough_however_long_it_lasts(self, database: Database) -> None:
        both(database, FIRST, 14, story(), [REF])
        assert rows(database, tables.notices, "sequence", "reason", "notes") == [
            (1, "follow_up_first", ["record_forgotten"]),
            (7, "follow_up_next", ["record_forgotten"]),
        ]
        assert [rows(database, tables.metadata.tables[name], "id") for name in LEDGER[2:]] == [[], [], []]
        assert rows(database, tables.people, "notice") == []

    def test_lt_10_the_most_that_are_allowed_stay_the_most(self, database: Database) -> None:
        rules = replace(RULES, follow_up=replace(RULES.follow_up, max_reminders=2))
        life = both(database, FIRST, 14, story(*renamed(6, 9, 12)), [REF], rules)
        assert life.sent == mails(3, 5)
        assert life.lines[-1][2] == [("max_reminders", None)]

    def test_adr_4_a_move_that_is_taken_back_goes_on_where_it_was(self, database: Database) -> None:
        away = on(6, lead(at=at(6), stage="offer", stage_entered_at=at(6)))
        life = both(database, FIRST, 14, story(away, *renamed(8)), [REF])
        assert life.sent == mails(3, 5, 9, 11, 13, 15)

    def test_a_deleted_lead_that_is_saved_again_goes_on_where_it_was(self, database: Database) -> None:
        deleted = on(4, event("lead.deleted", at(4), id="L-1"))
        life = both(database, FIRST, 12, story(deleted, *renamed(9)), [REF])
        assert life.sent == mails(3, 11, 13)

    def test_f14_after_a_clearing_the_first_mail_is_a_new_anchor_and_keeps_the_count(self, database: Database) -> None:
        task = on(6, event("lead.task_created", at(6), lead="L-1", id="T-1"))
        done = on(7, event("lead.task_completed", at(7), lead="L-1", id="T-1"))
        life = both(database, FIRST, 14, story(task, done, *renamed(9, 11), resume="when_clear"), [REF])
        assert life.sent == mails(3, 5, 8, 10, 12, 14, first=(1, 3))
        assert [row[0] for row in rows(database, tables.notices, "sequence")] == [3, 6]

    def test_a_lead_that_was_closed_is_forgotten_and_mails_again_only_in_a_newer_visit(
        self, database: Database
    ) -> None:
        closed = on(6, event("lead.closed", at(6), id="L-1", outcome="won"))
        life = both(database, FIRST, 10, story(closed, *renamed(8)), [REF])
        assert life.sent == mails(3, 5)
        assert [rows(database, tables.metadata.tables[name], *_key(name)) for name in LEDGER] == [[]] * 5

        take(database, lead(at=at(12), stage="offer", stage_entered_at=at(12)), at=DAILY.run_at(date(2026, 6, 12)))
        life.live(date(2026, 6, 13), 3, {}, [REF], NOTHING)
        assert life.sent[-1] == ("2026-06-15", REF, 1, "follow_up_first")

    def test_f16_a_refusal_is_recorded_once_for_each_reason(self, database: Database) -> None:
        nobody = event("user.saved", at(2), id="U-1", name="Jonas Keller", email="")
        gone = event("user.deactivated", at(6), id="U-1")
        back = event("user.saved", at(9), id="U-1", name="Jonas Keller", email="jonas@nordwind.example.org")
        told = story(on(2, nobody), on(6, gone), on(9, back), *renamed(4, 7, 11))
        life = both(database, FIRST, 14, told, [REF])
        assert life.sent == mails(10, 12, 14)
        assert [line for _, lines, _ in life.lines for line in lines][:2] == [
            (REF, 1, None, "suppressed", "no_address"),
            (REF, 1, None, "suppressed", "user_inactive"),
        ]
        assert [row[0] for row in rows(database, tables.notices, "sequence")] == [1, 3]

    def test_promise_2_what_failed_keeps_its_number_and_its_days_without_its_record(self, database: Database) -> None:
        refused = [date(2026, 6, day) for day in (3, 7, 13)]
        life = both(database, FIRST, 14, story(*renamed(4, 8, 10, 12)), [REF], refused=refused)
        assert life.sent == [mail for mail in mails(3, 5, 7, 9, 11, 13, 15) if mail[2] not in (1, 3, 6)]
        assert life.lines[1][2] == [("between_intervals", DAILY.run_at(date(2026, 6, 5)))]
        assert rows(database, tables.notices, "sequence", "outcome", "due_reason") == [
            (1, "failed", "follow_up_first"),
            (7, "sent", "follow_up_next"),
        ]

    def test_lt_10_what_failed_counts_for_the_most_that_are_allowed(self, database: Database) -> None:
        rules = replace(RULES, follow_up=replace(RULES.follow_up, max_reminders=2))
        life = both(database, FIRST, 9, story(*renamed(4, 6)), [REF], rules, refused=[date(2026, 6, 3)])
        assert life.sent == mails(3, 5, first=())[1:]
        assert life.lines[-1][2] == [("max_reminders", None)]

    def test_what_always_fails_leaves_two_bare_notices_a_visit_as_well(self, database: Database) -> None:
        both(database, FIRST, 14, story(), [REF], refused=[FIRST + number * ONE_DAY for number in range(14)])
        assert rows(database, tables.notices, "sequence", "outcome") == [(1, "failed"), (7, "failed")]


def _key(name: str) -> tuple[str, ...]:
    return ("notice",) if name == "people" else ("id",)


LAST = date(2026, 8, 31)
CONTACT = {"company": "K-1", "first_name": "Claire", "last_name": "F."}


def renewal(day: date, **changes: Any) -> tuple[date, tuple[Event, ...]]:
    """Its renewal is looked at by the next run."""
    data = {"id": "R-1", "company": "K-1", "product": f"Hub {day}", "renews_on": LAST} | changes
    return day, (event("renewal.saved", f"{day}T08:00:00Z", **data),)


class TestRenewals:
    """90, 60 and 30 days before 31 August: 2 June, 2 July, 1 August; what was missed goes out for seven days more."""

    def test_r20_an_offset_goes_out_once_in_its_window_and_leaves_one_line(self, database: Database) -> None:
        told = dict(renewal(FIRST + days * ONE_DAY) for days in (1, 3, 6, 12, 31, 33, 63, 92))
        life = both(database, FIRST, 94, {date.min: WORLD, **told}, ["renewal/R-1"])
        by_default = "renewal/R-1", "hubspot_owner_default"
        assert life.sent == [
            (day, by_default[0], offset, by_default[1])
            for day, offset in (("2026-06-02", 90), ("2026-07-02", 60), ("2026-08-01", 30))
        ]
        assert len([line for _, lines, _ in life.lines for line in lines]) == 3

    def test_r19_what_was_sent_for_a_date_is_not_sent_again_when_it_is_moved_back(self, database: Database) -> None:
        away, back = renewal(date(2026, 6, 3), renews_on=date(2026, 9, 30)), renewal(date(2026, 6, 5))
        life = both(database, FIRST, 10, {date.min: WORLD, **dict([away, back])}, ["renewal/R-1"])
        assert life.sent == [("2026-06-02", "renewal/R-1", 90, "hubspot_owner_default")]

    def test_0_5_a_refusal_that_is_never_mended_is_no_line_when_its_window_is_over(self, database: Database) -> None:
        nobody = event("contact.saved", "2026-06-01T01:00:00Z", id="C-1", email="", **CONTACT)
        told = dict(renewal(FIRST + days * ONE_DAY) for days in (2, 9, 11))
        life = both(database, FIRST, 13, {date.min: (*WORLD, nobody), **told}, ["renewal/R-1"])
        assert [line for _, lines, _ in life.lines for line in lines] == [
            ("renewal/R-1", None, 90, "suppressed", "no_client_recipients")
        ]

    def test_a_date_that_is_over_is_forgotten_once_the_renewal_has_another(self, database: Database) -> None:
        moved = renewal(date(2026, 9, 1), renews_on=date(2027, 8, 31))
        life = both(database, date(2026, 8, 1), 30, {date.min: WORLD}, ["renewal/R-1"])
        assert [offset for (offset,) in rows(database, tables.notices, "offset_days")] == [90, 60, 30]
        life.live(date(2026, 8, 31), 4, dict([moved]), ["renewal/R-1"], NOTHING)
        assert notices(database) == []


class TestOccasions:
    def test_0_12_an_event_that_is_sent_again_when_its_key_and_notice_are_forgotten_is_too_old(
        self, database: Database
    ) -> None:
        live(database)
        later = TOLD + RULES.occasions.max_age + MOMENT
        sweep.purge(database, later, sweep.Kept(timedelta(0), timedelta(0), RULES.occasions.max_age))
        assert notices(database) == []
        self.repeat(database)
        assert notices(database) == [("invoice/55", "suppressed", "stale_occasion")]

    def test_one_of_the_future_is_remembered_until_it_is_over(self, database: Database) -> None:
        """A producer's clock that is a month ahead."""
        ahead = event("invoice.sent", TOLD + 30 * ONE_DAY, company="K-1", document={"id": "56"}, text="For Anna")
        live(database)
        take(database, ahead, at=TOLD)
        decide(database, TOLD)
        deliver_all(database, TOLD)
        for days, left in ((20, ["invoice/56"]), (40, [])):
            sweep.purge(database, TOLD + days * ONE_DAY, sweep.Kept(timedelta(0), timedelta(0), 5 * ONE_DAY))
            assert [subject for subject, _, _ in notices(database)] == left
            assert [data for (data,) in rows(database, tables.occasions, "data")] == [{}] * len(left)
            assert rows(database, tables.people, "notice") == []
            if left:
                self.repeat(database, ahead, days)
        self.repeat(database, ahead, 41)
        assert notices(database) == [("invoice/56", "suppressed", "stale_occasion")]

    def repeat(self, database: Database, again: Event = INVOICE, days: int = 4) -> None:
        """Somebody else was told meanwhile, so the key of the event is forgotten."""
        moment = TOLD + days * ONE_DAY
        take(database, event("user.saved", moment, id="U-9", name="N", email="n@example.org"), at=moment)
        sweep.purge(database, moment + MOMENT, sweep.Kept(timedelta(0), timedelta(0), 5 * ONE_DAY))
        (told,) = take(database, again, at=moment + timedelta(hours=1))
        assert told.status == "accepted"
        decide(database, moment + timedelta(hours=1))
        assert claim(database, moment + timedelta(hours=2)) == []


def test_a_notice_that_may_have_arrived_still_holds_its_occurrence_without_its_record(database: Database) -> None:
    """It was sent again, flagged, and then taken back: the audit knows it by what it was, as its copies are gone."""
    take(database, sales(), JONAS, lead())
    now = DAILY.run_at(date(2026, 6, 3))
    make_run(database, "2026-06-03")
    decide(database, now)
    answer(database, claim(database, now), now, State.SENT, Reason.ACCEPTED)
    with database.write() as connection:
        flagged = {"state": State.CANCELLED, "reason": Reason.OPERATOR, "possible_duplicate": True}
        connection.execute(tables.deliveries.update().values(flagged))
        connection.execute(tables.notices.update().values(outcome="cancelled", reason="operator", blocks=True))
    sweep.purge(database, now + MOMENT, NOTHING)
    assert rows(database, tables.letters, "id") == []
    assert list(verify(database, DAILY, now)) == []
    with database.write() as connection:
        connection.execute(tables.notices.update().values(frozen=sa.false()))
    assert [each.audit.name for each in verify(database, DAILY, now)] == ["occurrence-free"]


@pytest.mark.parametrize("open_state", [State.PENDING, State.HELD, State.UNCERTAIN])
def test_what_is_not_over_keeps_its_record(database: Database, open_state: State) -> None:
    take(database, sales(), JONAS, lead())
    now = DAILY.run_at(date(2026, 6, 3))
    make_run(database, "2026-06-03")
    decide(database, now)
    deliver_all(database, now)
    with database.write() as connection:
        connection.execute(tables.deliveries.update().values(state=open_state))
    sweep.purge(database, now + 1000 * ONE_DAY, NOTHING)
    assert [len(rows(database, tables.metadata.tables[name], *_key(name))) for name in LEDGER[:4]] == [1, 1, 1, 1]
