"""A whole fleet is away for three days, then back: a thousand leads and a thousand renewals each as RULES say.

The real stages and the real store, and a real fleet for a part of the crowd. What each lead and each renewal comes to
is worked out beside, one by one, from the sentences of RULES.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from tests.catchup import leads, renewals
from tests.catchup.days import AWAY, FRIDAY_EVENING, FRIDAY_MORNING, START, Run, runs
from tests.catchup.leads import Lead
from tests.catchup.renewals import JONAS, Renewal
from tests.scenarios import Event, ndjson
from tests.scenarios.story import Line, instant
from workers.cli import demo, example
from workers.cli.example import Story
from workers.fleet.tour import Arrival
from workers.house import policy_of, renderer_of, rules_of
from workers.settings import Settings
from workers.settings.installation import Database as DatabaseSettings
from workers.stages.simulate import Simulation
from workers.stages.timeline import Outage
from workers.store import tables
from workers.store.database import Database

LEADS = [Lead(n) for n in range(1000)]
RENEWALS = [Renewal(n) for n in range(1000)]
UNTIL = instant("06-10 12:00")
SIZES = {"RAPPEL_FLEET__SCHEDULERS": "2", "RAPPEL_FLEET__PROCESSES": "2", "RAPPEL_FLEET__THREADS": "2"}
OFFSETS = {"RAPPEL_RENEWALS__OFFSETS_DAYS": json.dumps(renewals.OFFSETS)}


def rules(catchup_days: int = 7) -> dict[str, Any]:
    return {"renewals": {"offsets_days": renewals.OFFSETS, "catchup_days": catchup_days}}


@pytest.mark.parametrize(
    ("database_kind", "back", "catchup_days", "every"),
    [
        ("sqlite", FRIDAY_MORNING, 7, 1),
        ("postgresql", FRIDAY_EVENING, 2, 4),
        pytest.param("sqlite", FRIDAY_EVENING, 2, 1, marks=pytest.mark.long),
        pytest.param("postgresql", FRIDAY_EVENING, 2, 1, marks=pytest.mark.long),
        pytest.param("postgresql", FRIDAY_MORNING, 7, 1, marks=pytest.mark.long),
    ],
)
def test_f8_r18_r20_after_three_days_each_gets_what_the_rules_say_and_nobody_a_burst(
    database: Database, back: datetime, catchup_days: int, every: int
) -> None:
    """`every`: of how many in the crowd one takes part."""
    held = runs(START, back, UNTIL)
    some_leads, some_renewals = LEADS[::every], RENEWALS[::every]
    lines = lived(database, back, Settings(**rules(catchup_days)), some_leads, some_renewals)
    assert lines == foretold(some_leads, some_renewals, held, catchup_days)

    caught_up = next(run for run in held if run.at >= back)
    assert {line["reason"] for line in lines if line["at"] == line_stamp(caught_up)} >= {
        *("follow_up_catch_up", "follow_up_first", "follow_up_next", "user_inactive"),
        *("skipped_late", "renewal_closed", "company_deleted", "hubspot_owner_default", "partner_owner_default"),
    }
    mails = Counter((line["at"], line["subject"]) for line in lines for _ in line["mails"])
    assert set(mails.values()) == {1}, "never two about one lead or one renewal at one run"
    assert copies(database, caught_up) == readers(lines, caught_up)


def test_f8_r20_who_answers_for_hundreds_gets_one_mail_about_each_as_on_any_other_day(sqlite_url: str) -> None:
    """Greta accepted 200 leads, and Jonas is the point of contact of 200 renewals, that are all due at the catch-up."""
    (*_, caught_up) = held = runs(START, FRIDAY_MORNING, FRIDAY_MORNING)
    greta = leads.address("greta")
    hers = due_at(caught_up, map(Lead, count(0, leads.OF_GRETA)), lambda lead: leads.told(lead, held), greta)
    his = due_at(caught_up, map(Renewal, count()), lambda renewal: renewals.told(renewal, held), JONAS)
    with closing(Database(sqlite_url)) as database:
        lines = lived(database, FRIDAY_MORNING, Settings(**rules()), hers, his, until=FRIDAY_MORNING)
        assert lines == foretold(hers, his, held)
        got = copies(database, caught_up)
    assert (got[greta], got[JONAS]) == (200, 200)


Subject = TypeVar("Subject")


def due_at(run: Run, crowd: Iterable[Subject], told: Callable[[Subject], Iterable[Line]], reader: str) -> list[Subject]:
    """The first 200 of which a mail goes out at this run, to this reader."""
    return list(islice((each for each in crowd if any(goes(run, reader, line) for line in told(each))), 200))


def goes(run: Run, reader: str, line: Line) -> bool:
    return any(reader in (*mail["to"], *mail["cc"]) for mail in line["mails"]) and line["at"] == line_stamp(run)


def test_f8_r18_r20_a_real_fleet_that_was_down_for_three_days_catches_up_likewise(
    postgres_url: str, tmp_path: Path
) -> None:
    """All its processes end before the outage and start after it, two schedulers and two worker processes."""
    start, until = instant("05-31 00:00"), instant("06-08 12:00")
    some_leads, some_renewals = LEADS[::12], RENEWALS[::12]
    told = [Arrival(event, max(told_at(event), start)) for event in story(some_leads, some_renewals)]
    settings = example.settings_for(Settings(data_dir=tmp_path, **rules()), "caught-up")
    settings = settings.model_copy(update={"database": DatabaseSettings(url=postgres_url)})
    settings.data_dir.mkdir()
    before = Story([each for each in told if each.at < AWAY], AWAY)
    after = Story([each for each in told if each.at >= AWAY], until, [Outage(AWAY, FRIDAY_MORNING)])

    demo.prepare(settings, before)
    for part in (before, after):
        with demo.fleet(settings, RAPPEL_DATABASE__URL=settings.database_url, **SIZES, **OFFSETS) as house:
            lines = demo.lead(house, settings, part)
    assert in_order(lines) == foretold(some_leads, some_renewals, runs(start, FRIDAY_MORNING, until))
    mails = list(settings.catcher_dir.glob("*.eml"))
    assert len(mails) == sum(len(mail["to"]) + len(mail["cc"]) for line in lines for mail in line["mails"])


def lived(
    database: Database,
    back: datetime,
    settings: Settings,
    some_leads: Iterable[Lead],
    some_renewals: Iterable[Renewal],
    *,
    until: datetime = UNTIL,
) -> list[Line]:
    """What the fleet says of each, `until` then, with the outage from AWAY until `back`."""
    outage = Outage(AWAY, back)
    fleet = Simulation(database, rules_of(settings), renderer_of(settings), policy_of(settings), [outage])
    fleet.run(enumerate(ndjson(story(some_leads, some_renewals)).splitlines(), start=1), until)
    assert {answer.status for answer in fleet.answers} == {"accepted"}
    return in_order(fleet.lines())


def story(some_leads: Iterable[Lead], some_renewals: Iterable[Renewal]) -> list[Event]:
    """Everything that arrives, in its order."""
    said: list[Event] = [*leads.cast(), *renewals.cast()]
    said += [event for lead in some_leads for event in leads.events(lead)]
    said += [event for renewal in some_renewals for event in renewals.events(renewal)]
    return sorted(said, key=told_at)


def told_at(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])


def foretold(
    some_leads: Iterable[Lead], some_renewals: Iterable[Renewal], held: Sequence[Run], catchup_days: int = 7
) -> list[Line]:
    """What RULES say of each."""
    lines = [line for lead in some_leads for line in leads.told(lead, held)]
    return in_order([*lines, *(line for each in some_renewals for line in renewals.told(each, held, catchup_days))])


def in_order(lines: Iterable[Line]) -> list[Line]:
    """By run and subject, and without subject lines, which are the templates' own affair."""
    plain = [json.loads(json.dumps(line)) for line in lines]
    for mail in (mail for line in plain for mail in line["mails"]):
        mail.pop("subject_line", None)
    return sorted(plain, key=lambda line: (line["at"], line["subject"], -(line["offset_days"] or 0)))


def line_stamp(run: Run) -> str:
    return run.at.isoformat().replace("+00:00", "Z")


def copies(database: Database, run: Run) -> Counter[str]:
    """By address: how many copies a server accepted at this run."""
    table = tables.deliveries
    with database.read() as connection:
        sent = sa.select(table.c.address).where(table.c.state == "sent", table.c.ended_at == run.at)
        return Counter(connection.execute(sent).scalars())


def readers(lines: Iterable[Line], run: Run) -> Counter[str]:
    mails = [mail for line in lines if line["at"] == line_stamp(run) for mail in line["mails"]]
    return Counter(address for mail in mails for address in (*mail["to"], *mail["cc"]))
