"""Occasions on both databases: their clocks, their secrets, and what is refused at the door."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from tests.scenarios import Event, event
from tests.stages.fleet import (
    CLAIRE,
    DAILY,
    INTAKE,
    KEPT,
    LUMIERE,
    MONDAY,
    answer,
    claim,
    decide,
    notices,
    rows,
    statuses,
    take,
    take_all,
)
from tests.store.statements import counted
from workers.domain.delivery import State
from workers.domain.reasons import Reason
from workers.stages import sweep
from workers.stages.incoming import Incoming
from workers.stages.ingest import ingest
from workers.store import outbox, tables
from workers.store.database import Database

ISSUED = MONDAY - timedelta(minutes=1)
EXPIRY = ISSUED + timedelta(hours=48)
SECOND = timedelta(seconds=1)
URL = "https://portal.example.com/set-password/T0KEN"
REQUESTED = event("contact.password_requested", MONDAY, id="C-1", url=URL, issued_at=ISSUED)
SUBJECT = "contact/C-1"
LINK = "contact.set_password"


def asked(database: Database) -> None:
    """Claire asked for a link, and her mail may go out."""
    assert take_all(database, [LUMIERE, CLAIRE, REQUESTED]).undecided == [1]
    assert len(decide(database, MONDAY)) == 1


def sealed(database: Database) -> list[int]:
    """The notices that have a secret."""
    return [notice for (notice,) in rows(database, tables.secrets, "notice")]


def test_a_batch_of_occasions_costs_as_many_statements_as_one(database: Database) -> None:
    """Each of a client, a contact and a partner of its own."""
    costs = []
    for size in (1, 40):
        ids = [f"{size}-{n}" for n in range(size)]
        for id in ids:
            partner = event("partner.saved", MONDAY, id=f"P-{id}", name=id)
            client = event("company.saved", MONDAY, **LUMIERE["data"] | {"id": f"K-{id}", "partner": f"P-{id}"})
            claire = event("contact.saved", MONDAY, **CLAIRE["data"] | {"id": f"C-{id}", "company": f"K-{id}"})
            take(database, partner, client, claire)
        invoices = (event("invoice.sent", MONDAY, company=f"K-{id}", document={"id": id}) for id in ids)
        take(database, *invoices)
        with counted(database) as statements:
            assert len(decide(database, MONDAY)) == size
        costs.append(len(statements))
    assert costs[0] == costs[1]


def test_w4_the_welcome_is_decided_again_when_the_link_it_announces_is_switched_off(database: Database) -> None:
    """Notices 1 and 2 are Claire's, 3 welcomes Bruno, who got no link. Switched on again, the link stays unsent."""

    def switch(minute: int, *, enabled: bool) -> list[int]:
        at = MONDAY + timedelta(minutes=minute)
        fenced = take_all(database, [event("template.switched", at, template=LINK, enabled=enabled)], at).fenced
        decide(database, at)
        return sorted(fenced)

    def announced() -> dict[int, bool]:
        letters = rows(database, tables.letters, "notice", "template", "void", "content")
        welcomes = [(id, said) for id, template, void, said in letters if template == "contact.welcome" and not void]
        return {id: said["password_follows"] for id, said in welcomes}

    link = {"url": URL, "issued_at": ISSUED.isoformat()}
    bruno = event("contact.created", MONDAY, **CLAIRE["data"] | {"id": "C-2", "email": "bruno@example.com"})
    take(database, LUMIERE, event("contact.created", MONDAY, **CLAIRE["data"], set_password=link), bruno)
    decide(database, MONDAY)
    assert announced() == {1: True, 3: False}
    assert (switch(1, enabled=False), announced()) == ([1, 2], {1: False, 3: False})
    assert (switch(2, enabled=True), announced()) == ([1], {1: False, 3: False})
    assert notices(database) == [
        (SUBJECT, None, None),
        (SUBJECT, "suppressed", "template_disabled"),
        ("contact/C-2", None, None),
    ]


def test_w4_a_welcome_that_waited_announces_no_link_that_was_refused_before(database: Database) -> None:
    """Decided again after the link was refused for a reason that is gone: an event is decided once (0.5)."""
    link = {"url": URL, "issued_at": ISSUED.isoformat()}
    off, on = (event("template.switched", MONDAY, template=LINK, enabled=enabled) for enabled in (False, True))
    take(database, LUMIERE, off, event("contact.created", MONDAY, **CLAIRE["data"], set_password=link))
    decide(database, MONDAY)
    assert take_all(database, [on]).fenced == [1]
    decide(database, MONDAY)
    assert [said["password_follows"] for (said,) in rows(database, tables.letters, "content")] == [False]


def test_w4_a_welcome_that_stayed_in_the_queue_until_its_link_expired_announces_it_no_more(database: Database) -> None:
    link = {"url": URL, "issued_at": ISSUED.isoformat()}
    take(database, LUMIERE, event("contact.created", MONDAY, **CLAIRE["data"], set_password=link))
    decide(database, MONDAY)
    assert [copy.id for copy in claim(database, EXPIRY)] == []
    assert sweep.wake(database, DAILY, EXPIRY).notices == [1, 2]
    assert len(decide(database, EXPIRY)) == 1
    said = rows(database, tables.letters, "notice", "void", "content")
    assert [content["password_follows"] for notice, void, content in said if notice == 1 and not void] == [False]
    assert notices(database) == [(SUBJECT, None, None), (SUBJECT, "suppressed", "link_expired")]
    assert sweep.wake(database, DAILY, EXPIRY + SECOND).notices == []


def test_w5_a_copy_that_stayed_in_the_queue_until_its_link_expired(database: Database) -> None:
    asked(database)
    assert claim(database, EXPIRY) == []
    assert sweep.wake(database, DAILY, EXPIRY - SECOND).notices == []
    assert sweep.wake(database, DAILY, EXPIRY).notices == [1]
    assert decide(database, EXPIRY) == []
    assert notices(database) == [(SUBJECT, "suppressed", "link_expired")]
    assert sealed(database) == []


def test_w5_a_link_that_expires_between_claim_and_body_stays_behind(database: Database) -> None:
    asked(database)
    sweep.review(database, DAILY, EXPIRY - SECOND)  # as at midnight: yesterday's decisions are made again
    decide(database, EXPIRY - SECOND)
    copies = claim(database, EXPIRY - SECOND)
    with database.write() as connection:
        assert outbox.begin_sending(connection, copies, "w-1", EXPIRY) == set()
    with database.write() as connection:
        assert outbox.begin_sending(connection, copies, "w-1", EXPIRY - SECOND) == {copies[0].id}


def test_px10_a_secret_is_forgotten_when_its_mail_was_sent(database: Database) -> None:
    asked(database)
    assert sealed(database) == [1]
    answer(database, claim(database, MONDAY), MONDAY, State.SENT, Reason.ACCEPTED)
    assert notices(database) == [(SUBJECT, "sent", "set_password")]
    assert sealed(database) == []


def test_px10_an_uncertain_mail_keeps_its_secret_until_the_link_expires(database: Database) -> None:
    asked(database)
    answer(database, claim(database, MONDAY), MONDAY, State.UNCERTAIN, Reason.CONNECTION_LOST)
    assert sealed(database) == [1]
    sweep.purge(database, EXPIRY - SECOND, KEPT)
    assert sealed(database) == [1]
    sweep.purge(database, EXPIRY, KEPT)
    assert sealed(database) == []


def test_px10_neither_facts_nor_letters_nor_problems_show_a_link(database: Database) -> None:
    created = event("contact.created", MONDAY, id="C-2", company="K-1", first_name="B", last_name="R",
                    email="b@example.com", set_password={"url": URL, "issued_at": ISSUED})  # fmt: skip
    broken = REQUESTED | {"id": "broken", "data": REQUESTED["data"] | {"issued_at": "yesterday"}}
    misplaced = [
        REQUESTED | {"id": f"misplaced-{n}", "data": REQUESTED["data"] | wrong}
        for n, wrong in enumerate([{"url": [URL]}, {"URL": URL}, {"id": URL}])
    ]
    answers = take(
        database,
        LUMIERE,
        CLAIRE,
        REQUESTED,
        created,
        broken,
        event("contact.created", MONDAY, set_password={"url": URL}),
        event("contact.created", MONDAY, **CLAIRE["data"] | {"set_password": URL}),
        *misplaced,
    )
    assert [answer.status for answer in answers] == ["accepted"] * 4 + ["rejected"] * 6
    decide(database, MONDAY)
    with database.read() as connection:
        said = {table.name: repr(connection.execute(sa.select(table)).all()) for table in tables.metadata.sorted_tables}
    said["answers"] = repr(answers)
    assert [name for name, text in said.items() if "T0KEN" in text] == []
    assert said["problems"].count("(redacted)") >= 6
    assert len(sealed(database)) == 2


def test_what_waits_too_long_is_given_up_by_the_sweep(database: Database) -> None:
    invoice = event("invoice.sent", MONDAY, company="K-1", document={"id": "55"})
    assert take_all(database, [invoice]).caused == [1]
    decide(database, MONDAY)
    end = MONDAY + timedelta(hours=24)
    assert rows(database, tables.notices, "outcome", "held_reason") == [(None, "reference_missing")]
    assert sweep.wake(database, DAILY, end - SECOND).notices == []
    assert sweep.wake(database, DAILY, end).notices == [1]
    decide(database, end)
    assert rows(database, tables.notices, "outcome", "reason", "at") == [("suppressed", "reference_missing", end)]


def test_what_waited_is_decided_when_its_company_arrives(database: Database) -> None:
    invoice = event("invoice.sent", MONDAY, company="K-1", document={"id": "55"})
    take(database, CLAIRE, invoice)
    decide(database, MONDAY)
    assert take_all(database, [LUMIERE]).fenced == [1]
    assert len(decide(database, MONDAY)) == 1
    assert rows(database, tables.notices, "outcome", "held_reason", "stands_until") == [(None, None, None)]


def test_state_only_refuses_occasions_and_takes_state(database: Database) -> None:
    intake = replace(INTAKE, state_only=True)
    incoming = [Incoming(number, each, MONDAY) for number, each in enumerate([LUMIERE, REQUESTED], start=1)]
    done = ingest(database, incoming, intake)
    assert [answer.reason or answer.status for answer in done.answers] == ["accepted", "occasion_refused"]
    assert notices(database) == []


def test_0_5_an_occasion_that_is_said_again_is_a_duplicate(database: Database) -> None:
    again: Event = dict(REQUESTED)
    answers = take(database, LUMIERE, CLAIRE, REQUESTED, again)
    assert [answer.status for answer in answers] == ["accepted"] * 3 + ["duplicate"]
    assert len(notices(database)) == 1


def test_0_5_two_events_are_two_occasions_whatever_their_source_and_id_are_made_of(database: Database) -> None:
    """Put together with a separator that either may contain, each pair would read the same."""
    pairs = [("a|b", "c"), ("a", "b|c"), ("a", "b%7Cc"), ("d/e", "f"), ("d", "e/f"), ("d", "e%2Ff"), ("d", "e%252Ff")]
    done = event("activity.recorded", MONDAY, object="company/K-1", action="note_added")
    sent = take_all(database, [LUMIERE, *(done | {"source": source, "id": id} for source, id in pairs)])
    assert statuses(sent.answers) == ["accepted"] * 8
    kept = rows(database, tables.notices, "id", "occurrence", "cause")
    assert [len(set(column)) for column in zip(*kept, strict=True)] == [7, 7, 7]
    assert sent.undecided == [id for id, _, _ in kept] == [id for (id,) in rows(database, tables.occasions, "notice")]


def test_0_5_an_id_without_separators_is_part_of_the_occurrence_as_it_is(database: Database) -> None:
    """Notices that an earlier release wrote down are known again."""
    take(database, LUMIERE, REQUESTED | {"id": "e-1:2.3_x"})
    assert rows(database, tables.notices, "occurrence", "cause") == [
        ("https://crm.example.com|e-1:2.3_x|contact.set_password", "event/https://crm.example.com/e-1:2.3_x")
    ]
