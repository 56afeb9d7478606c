"""Several routes: the first that can be used takes the mail, and the next one at once where it cannot (promise 5)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from tests.delivery import office as cast
from tests.delivery.office import (
    GRETA,
    LATER,
    LEAD,
    MINUTE,
    PEOPLE,
    QUICK,
    RUN,
    Office,
    read,
    route_to,
)
from tests.servers.smtpd import DROP, Answer, Smtpd
from workers.house import real_clock
from workers.postbox.postbox import Postbox
from workers.store import fleet, tables
from workers.store.database import Database

SENDER = "bounces.example.org"


@pytest.fixture
def second() -> Iterator[Smtpd]:
    with Smtpd() as running:
        yield running


@pytest.fixture
def office(database: Database, server: Smtpd, second: Smtpd) -> Iterator[Office]:
    """With two ways out: `relay` to `server`, then `spare` to `second`."""
    routes = [route_to(server), route_to(second, name="spare")]
    with Postbox(routes, clock=real_clock, timeouts=QUICK, hostname="client.example.org") as postbox:
        made = Office(database, server, postbox)
        made.room = replace(made.room, routes=("relay", "spare"))
        yield made
        postbox.close(grace=0)


@pytest.fixture
def decided(office: Office) -> Office:
    """A follow-up for Greta, decided and due."""
    office.ingest(*LEAD)
    office.make_run()
    return office


def attempts(office: Office) -> list[tuple[str, str, str, int | None]]:
    return [(row.route, row.kind, row.phase, row.code) for row in office.rows(tables.attempts)]


def resting(office: Office) -> dict[str, datetime]:
    with office.database.read() as connection:
        return fleet.resting(connection, office.now)


def recipients(server: Smtpd) -> list[str]:
    return sorted(address for mail in server.mails for address in mail.recipients)


def only_copy(office: Office) -> tuple[str, int, datetime | None, bool]:
    (row,) = office.rows(tables.deliveries)
    return row.state, row.attempts, row.first_answer_at, row.possible_duplicate


def lead_of_tomorrow(office: Office) -> None:
    """One more mail, due now."""
    office.ingest(cast.lead("L-2", title="Ropes"))
    office.now = RUN + cast.DAY
    office.make_run()


REFUSED = {
    "connect": Answer(554, "5.3.2 closed"),
    "ehlo": Answer(421, "4.3.2 later"),
}


@pytest.mark.parametrize("phase", ["nobody listens", *REFUSED])
def test_what_a_route_cannot_take_goes_by_the_next_one_at_once_and_costs_no_attempt(
    decided: Office, second: Smtpd, phase: str
) -> None:
    if phase in REFUSED:
        decided.server.misbehave(phase, REFUSED[phase])
    else:
        decided.server.stop()
    assert decided.send() == 1

    assert decided.outcome == ("sent", "follow_up_first")
    assert only_copy(decided) == ("sent", 0, None, False)
    assert (decided.recipients, recipients(second)) == ([], [GRETA])
    at, code = (phase, REFUSED[phase].code) if phase in REFUSED else ("connect", None)
    assert attempts(decided) == [("relay", "unreachable", at, code), ("spare", "accepted", "body", 250)]
    assert resting(decided) == {"relay": RUN + MINUTE}
    assert decided.alerts() == [("route/relay", "route_paused")]


def test_a_route_that_rests_is_not_asked_and_is_the_first_again_once_its_probe_comes_through(
    office: Office, second: Smtpd
) -> None:
    office.ingest(*LEAD, cast.lead("L-2"), cast.lead("L-3"))
    office.make_run()
    office.server.misbehave("connect", DROP)
    ids = [row.id for row in office.rows(tables.deliveries)]
    assert [office.send([id]) for id in ids[:2]] == [1, 1]
    assert (office.server.connections, len(second.mails)) == (1, 2)

    office.server.behave()
    office.now += MINUTE
    assert office.send([ids[2]]) == 1
    assert (office.recipients, len(second.mails)) == ([GRETA], 2)
    assert resting(office) == {}
    assert [row[:2] for row in attempts(office)] == [
        ("relay", "unreachable"),
        ("spare", "accepted"),
        ("spare", "accepted"),
        ("relay", "accepted"),
    ]


def test_a_probe_that_fails_costs_the_mail_nothing_but_the_detour(decided: Office, second: Smtpd) -> None:
    decided.server.misbehave("connect", DROP)
    decided.send()
    lead_of_tomorrow(decided)
    decided.finish()
    assert (decided.recipients, recipients(second)) == ([], [GRETA, GRETA])
    assert resting(decided) == {"relay": decided.now + 2 * MINUTE}
    assert decided.alerts() == [("route/relay", "route_paused")] * 2, "a day later operators are told again"


def test_one_mailer_alone_tries_a_route_that_has_rested_while_the_others_use_the_next(
    office: Office, second: Smtpd
) -> None:
    """A server that never answers holds up one batch, not the fleet."""
    office.ingest(*LEAD, cast.lead("L-2"), cast.lead("L-3"))
    office.make_run()
    first, *others = [row.id for row in office.rows(tables.deliveries)]
    with office.database.write() as connection:
        fleet.pause_route(connection, "relay", "it never answered", RUN - MINUTE)
    probe = office.server.hold("connect")
    with office.sending([first]):
        probe.wait_until_reached()
        assert office.send(others) == 2
        assert len(second.mails) == 2
        probe.release()
    assert (office.server.connections, office.recipients, len(second.mails)) == (1, [GRETA], 2)
    assert resting(office) == {}


def test_a_probe_whose_mailer_died_is_taken_by_another_one_a_minute_later(office: Office, second: Smtpd) -> None:
    office.ingest(*LEAD, cast.lead("L-2"))
    office.make_run()
    with office.database.write() as connection:
        fleet.pause_route(connection, "relay", "it never answered", RUN - MINUTE)
        assert fleet.take_probes(connection, ["relay"], RUN) == {"relay": RUN + MINUTE}
        assert fleet.take_probes(connection, ["relay"], RUN) == {}
    one, other = [row.id for row in office.rows(tables.deliveries)]
    office.send([one])
    office.now += MINUTE
    office.send([other])
    assert (len(second.mails), office.recipients, resting(office)) == (1, [GRETA], {})


def test_5xx_at_mail_sends_this_sender_round_and_leaves_the_route_open(decided: Office, second: Smtpd) -> None:
    decided.server.misbehave("mail", Answer(550, "5.7.1 sender not allowed"))
    decided.finish()
    assert decided.outcome == ("sent", "follow_up_first")
    assert recipients(second) == [GRETA]
    assert attempts(decided) == [("relay", "sender_refused", "mail", 550), ("spare", "accepted", "body", 250)]
    assert resting(decided) == {f"relay/{SENDER}": RUN + MINUTE}
    assert decided.alerts() == [(f"sender/{SENDER}", "sender_paused")]


def test_a_sender_that_is_paused_does_not_pause_another_one(office: Office, second: Smtpd) -> None:
    office.ingest(*LEAD, cast.lead("L-2"))
    office.make_run()
    first, other = office.rows(tables.deliveries)
    with office.database.write() as connection:
        fleet.pause_route(connection, f"relay/{SENDER}", "not from you", RUN)
    office.send([first.id])
    office.with_policy(return_path_domain="other.example.org")
    office.send([other.id])
    assert [mail.sender.partition("@")[2] for mail in second.mails] == [SENDER]
    assert [mail.sender for mail in office.server.mails] == [office.room.return_path(other.id, GRETA)]
    assert set(resting(office)) == {f"relay/{SENDER}"}, "only an answer to that sender's own mail ends its pause"


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "dot"])
def test_4xx_from_a_server_is_its_answer_and_no_reason_for_a_detour(decided: Office, second: Smtpd, phase: str) -> None:
    decided.server.misbehave(phase, LATER, times=1)
    decided.send()
    assert only_copy(decided)[:2] == ("pending", 1)
    assert (resting(decided), second.connections) == ({}, 0)


def test_a_body_without_an_answer_is_uncertain_and_takes_no_other_route(decided: Office, second: Smtpd) -> None:
    decided.server.misbehave("dot", DROP, times=1)
    decided.finish()
    assert only_copy(decided) == ("uncertain", 0, None, False)
    assert second.connections == 0


def test_when_no_route_is_left_the_mail_waits_for_the_first_that_opens(decided: Office, second: Smtpd) -> None:
    decided.server.misbehave("connect", DROP)
    second.misbehave("connect", DROP)
    with decided.database.write() as connection:
        fleet.pause_route(connection, "spare", "it failed before", RUN - 3 * MINUTE)
    decided.send()
    assert resting(decided) == {"relay": RUN + MINUTE, "spare": RUN + 2 * MINUTE}
    (row,) = decided.rows(tables.deliveries)
    assert (row.state, row.attempts, row.next_attempt_at) == ("pending", 0, RUN + MINUTE)
    assert decided.send() == 0
    assert sorted(decided.alerts()) == [("route/relay", "route_paused"), ("route/spare", "route_paused")]


def test_a_changed_fact_stops_a_mail_also_on_its_detour(decided: Office, second: Smtpd) -> None:
    decided.server.misbehave("connect", DROP)
    barrier = second.hold("rcpt")
    with decided.sending():
        barrier.wait_until_reached()
        decided.ingest(cast.said("lead.task_created", decided.now, lead="L-1", id="T-1"))
        barrier.release()
    decided.finish()
    assert decided.outcome == ("suppressed", "stopped_task_created")
    assert second.bodies == []


def test_many_mails_take_the_detour_together_and_nobody_gets_two(office: Office, second: Smtpd) -> None:
    names = [f"U-{number}" for number in range(40)]
    office.ingest(*PEOPLE, cast.process(), *(cast.user(name, f"{name}@example.net".lower()) for name in names))
    office.ingest(*(cast.lead(f"L-{name}", acceptor=name) for name in names))
    office.make_run()
    everybody = sorted(f"{name}@example.net".lower() for name in names)
    office.server.misbehave("connect", Answer(421, "4.3.2 closed for today"))
    office.finish()
    assert (recipients(second), office.server.connections) == (everybody, 1)
    assert {read(mail)["To"].addresses[0].addr_spec for mail in second.mails} == set(everybody)
