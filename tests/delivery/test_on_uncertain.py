"""`mail.on_uncertain`: templates whose mails go out again by themselves when no answer came (DESIGN promise 3)."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.delivery import office as cast
from tests.delivery.office import CLAIRE, GRETA, LEAD, RUN, WORKER, Office, read, said
from tests.servers.smtpd import DROP
from workers.house import build
from workers.settings import Settings
from workers.stages import sweep
from workers.store import fleet, interventions, tables

DEAD_AFTER = timedelta(seconds=20)
CREATED = [
    cast.company(),
    said("contact.created", RUN, id="C-1", company="K-1", email=CLAIRE, first_name="Claire", last_name="Fontaine"),
]
"""Claire is welcomed."""


@pytest.fixture
def resending(office: Office) -> Office:
    """As with the default settings: welcomes go out again, follow-ups wait for an operator."""
    office.room = replace(office.room, resent=Settings().mail.resent_when_uncertain)
    return office


def lose_the_answer(office: Office) -> None:
    """The mailer dies between the body and the answer: its host is gone, with all that it knew."""
    barrier = office.server.hold("dot")
    thread = threading.Thread(target=office.send)
    thread.start()
    barrier.wait_until_reached()
    bury(office)
    barrier.release()
    thread.join(60)
    with office.database.write() as connection:
        fleet.enlist(connection, f"{WORKER}-{office.server.connections}", "worker", "localhost", 1)
    hired = f"{WORKER}-{office.server.connections}"
    office.room = replace(office.room, worker=lambda: hired)


def bury(office: Office) -> None:
    """What the sweeper does, in its one commit."""
    with office.database.write() as connection:
        fleet.retire(connection, office.room.worker())
    sweep.bury(office.database, DEAD_AFTER, "sweeper", office.now, office.room.resent)


def test_a_dead_workers_welcome_goes_out_again_flagged_and_under_its_message_id(resending: Office) -> None:
    resending.ingest(*CREATED)
    resending.resolve()
    lose_the_answer(resending)
    (row,) = resending.rows(tables.deliveries)
    assert (row.state, row.possible_duplicate) == ("pending", True), "in the commit of the burial, and for a late yes"
    resending.finish()
    (row,), (letter,) = resending.rows(tables.deliveries), resending.rows(tables.letters)
    assert (row.state, row.possible_duplicate, row.copy_number) == ("sent", True, 1)
    assert [read(mail)["Message-ID"] for mail in resending.server.mails] == [letter.message_id] * 2
    assert resending.outcome == ("sent", "welcome")
    (done,) = resending.rows(tables.interventions)
    assert (done.delivery, done.verb, done.operator, done.why) == (row.id, "on_uncertain", "rappel", "worker_died")


def test_a_dead_workers_follow_up_waits_for_an_operator(resending: Office) -> None:
    resending.ingest(*LEAD)
    resending.make_run()
    lose_the_answer(resending)
    resending.finish()
    assert resending.copies() == [(GRETA, "sent", "accepted")], "the late answer counts"
    assert (len(resending.server.bodies), resending.rows(tables.interventions)) == (1, [])


def test_what_a_burial_does_not_make_uncertain_stays_as_it_is(office: Office) -> None:
    """The setting is of today; what was held yesterday waits for an operator, and so does what others hold."""
    office.ingest(*CREATED)
    office.resolve()
    office.server.misbehave("dot", DROP)
    office.finish()
    assert office.outcome == ("uncertain", "connection_lost")
    office.room = replace(office.room, resent=frozenset({"contact.welcome"}))
    bury(office)
    assert office.copies() == [(CLAIRE, "uncertain", "connection_lost")]


def test_a_lost_connection_is_no_other_loss(resending: Office) -> None:
    resending.ingest(*CREATED)
    resending.resolve()
    resending.server.misbehave("dot", DROP, times=1)
    resending.finish()
    (row,) = resending.rows(tables.deliveries)
    assert (row.state, row.possible_duplicate) == ("sent", True)
    assert [attempt.kind for attempt in resending.rows(tables.attempts)] == ["uncertain", "accepted"]


def test_a_server_that_never_answers_gets_four_bodies_and_no_more(resending: Office) -> None:
    resending.ingest(*CREATED)
    resending.resolve()
    resending.server.misbehave("dot", DROP)
    for _ in range(6):
        resending.finish()
        resending.now += cast.HOUR
    assert len(resending.server.bodies) == 1 + 3
    assert resending.outcome == ("uncertain", "connection_lost")
    assert [row.verb for row in resending.rows(tables.interventions)] == [interventions.BY_ITSELF] * 3


def test_facts_still_stop_what_would_go_out_again_by_itself(resending: Office) -> None:
    resending.ingest(*CREATED)
    resending.resolve()
    resending.server.misbehave("dot", DROP, times=1)
    resending.send()
    resending.ingest(said("address.bounced", RUN, address=CLAIRE, kind="hard"))
    resending.finish()
    assert len(resending.server.bodies) == 1
    assert resending.outcome == ("suppressed", "address_suppressed")


def test_w5_a_link_goes_out_again_while_it_works_and_not_after(resending: Office) -> None:
    link = {"url": "https://portal.example.com/set-password/TOKEN", "issued_at": RUN.isoformat()}
    resending.ingest(cast.company(), cast.contact("C-1", CLAIRE))
    resending.ingest(said("contact.password_requested", RUN, id="C-1", **link))
    resending.resolve()
    resending.server.misbehave("dot", DROP, times=1)
    resending.send()
    resending.server.misbehave("rcpt", cast.LATER, times=1)
    resending.finish()
    resending.now += 49 * cast.HOUR
    sweep.end_decisions(resending.database, resending.now)
    resending.finish()
    (row,) = resending.rows(tables.deliveries)
    assert (row.state, row.reason, row.possible_duplicate) == ("suppressed", "link_expired", True)
    assert resending.rows_of(tables.secrets) == []


def test_the_house_hands_the_setting_to_its_mailers() -> None:
    given = Settings(mail={"on_uncertain": {"activity": "resend", "contact.welcome": "hold"}})  # type: ignore[arg-type]
    assert given.mail.resent_when_uncertain == {"activity"}
    house = build(given)
    room = house.mailroom(None, lambda: "w", lambda _: True)  # type: ignore[arg-type]
    assert room.resent == {"activity"}
    house.database.close()
