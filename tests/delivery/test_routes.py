"""What servers say, and when they say nothing (DESIGN promise 5). The clock is led by hand; nobody waits."""

from datetime import timedelta
from typing import Any

import pytest

from tests.delivery import office as cast
from tests.delivery.office import CLIENTS, DAY, GRETA, LATER, LEAD, MINUTE, RENEWAL, RUN, Office, read, said
from tests.servers.smtpd import DROP, MAILBOX_FULL, MAILBOX_FULL_FOR_NOW, Answer, Smtpd
from tests.world import utc
from workers.stages import send
from workers.store import fleet, tables


@pytest.fixture
def decided(office: Office) -> Office:
    """A follow-up for Greta, decided and due."""
    office.ingest(*LEAD)
    office.make_run()
    return office


def copy(office: Office) -> Any:
    """The copy of the letter that stands."""
    (letter,) = office.rows(tables.letters, ~tables.letters.c.void)
    (row,) = office.rows(tables.deliveries, tables.deliveries.c.letter == letter.id)
    return row


def attempts(office: Office) -> list[tuple[str, str, int | None]]:
    return [(row.kind, row.phase, row.code) for row in office.rows(tables.attempts)]


# The route


def back_on_its_port(server: Smtpd) -> Smtpd:
    again = Smtpd()
    again.port = server.port
    return again


def test_a_route_that_cannot_be_connected_to_rests_longer_each_time_and_costs_no_attempt(decided: Office) -> None:
    decided.server.stop()
    waits = []
    for _ in range(7):
        assert decided.send() == 1
        waits.append(copy(decided).next_attempt_at - decided.now)
        decided.now += waits[-1] - timedelta(seconds=1)
        assert decided.send() == 0, "it rests"
        decided.now += timedelta(seconds=1)
    assert [wait / MINUTE for wait in waits] == [1, 2, 5, 10, 30, 30, 30]
    row = copy(decided)
    assert (row.state, row.attempts, row.first_answer_at) == ("pending", 0, None)
    assert {kind for kind, _, _ in attempts(decided)} == {"unreachable"}
    assert decided.alerts() == [("route/relay", "route_paused")]

    with back_on_its_port(decided.server) as server:
        assert decided.send() == 1
        assert [mail.recipients for mail in server.mails] == [(GRETA,)]
        with decided.database.read() as connection:
            assert fleet.resting(connection, decided.now) == {}
    assert decided.outcome == ("sent", "follow_up_first")


@pytest.mark.parametrize("phase", ["connect", "ehlo"])
def test_a_refusal_before_mail_is_our_fault_and_pauses_the_route(decided: Office, phase: str) -> None:
    decided.server.misbehave(phase, Answer(554, "5.7.1 we do not know you"))
    decided.send()
    row = copy(decided)
    assert (row.state, row.attempts, row.next_attempt_at) == ("pending", 0, RUN + MINUTE)
    assert decided.alerts() == [("route/relay", "route_paused")]


def test_5xx_at_mail_pauses_the_route_for_this_sender(decided: Office) -> None:
    decided.server.misbehave("mail", Answer(550, "5.7.1 sender not allowed"))
    decided.send()
    row = copy(decided)
    assert (row.state, row.attempts, row.next_attempt_at) == ("pending", 0, RUN + MINUTE)
    assert attempts(decided) == [("sender_refused", "mail", 550)]
    assert decided.alerts() == [("sender/bounces.example.org", "sender_paused")]
    with decided.database.read() as connection:
        assert fleet.resting(connection, RUN) == {"relay/bounces.example.org": RUN + MINUTE}
    assert decided.send() == 0
    decided.server.behave()
    decided.now += MINUTE
    decided.finish()
    assert decided.outcome == ("sent", "follow_up_first")


def test_4xx_at_mail_is_an_ordinary_retry(decided: Office) -> None:
    decided.server.misbehave("mail", LATER, times=1)
    decided.send()
    row = copy(decided)
    assert (row.state, row.attempts, row.first_answer_at) == ("pending", 1, RUN)
    with decided.database.read() as connection:
        assert fleet.resting(connection, decided.now) == {}


def test_the_same_5_7_from_five_domains_pauses_the_route(office: Office) -> None:
    names = [f"U-{number}" for number in range(7)]
    office.ingest(cast.partner(), cast.process())
    office.ingest(*(cast.user(name, f"x@{name}.example.net") for name in names))
    office.ingest(*(cast.lead(f"L-{name}", acceptor=name) for name in names))
    office.make_run()
    office.server.misbehave("rcpt", Answer(550, "5.7.1 listed"))
    for id in [row.id for row in office.rows(tables.deliveries)]:
        send.send(office.room, [id])
    states = [row.state for row in office.rows(tables.deliveries)]
    assert states == ["failed"] * 5 + ["pending"] * 2
    assert not any(row.suppressed for row in office.rows_of(tables.addresses))
    assert office.alerts() == [("route/relay", "route_paused")]


# One address


def test_4xx_at_rcpt_is_tried_on_our_schedule_until_48_hours_are_over(decided: Office) -> None:
    """Also across midnight, where the text is written anew."""
    decided.server.misbehave("rcpt", LATER)
    waits = []
    while decided.outcome[0] is None:
        decided.review()
        decided.resolve()
        assert decided.send() == 1
        row = copy(decided)
        waits.append((row.next_attempt_at - decided.now) / MINUTE)
        decided.now = max(decided.now, row.next_attempt_at)
    nominal = [5, 15, 30, 60, 120] + [240] * (len(waits) - 6)
    assert all(n <= wait <= 1.2 * n for n, wait in zip(nominal, waits[:-1], strict=True)), waits
    assert decided.outcome == ("failed", "retries_exhausted")
    assert RUN + timedelta(hours=43) < decided.now <= RUN + timedelta(hours=48)
    assert len(attempts(decided)) == len(waits)
    assert len(decided.rows(tables.letters)) == 3
    assert decided.server.bodies == []


def test_greylisting_costs_five_minutes(decided: Office) -> None:
    decided.server.misbehave("rcpt", LATER, times=1)
    decided.send()
    decided.now = copy(decided).next_attempt_at
    decided.finish()
    assert decided.outcome == ("sent", "follow_up_first")
    assert attempts(decided) == [("deferred", "rcpt", 450), ("accepted", "body", 250)]


def test_who_was_told_of_a_copy_before_is_told_again_as_soon_as_it_is_due(decided: Office) -> None:
    """However short the time since: on a clock that is led, five minutes are a moment."""
    told = [copy(decided).id]
    assert decided.wake().deliveries == told
    decided.server.misbehave("rcpt", LATER, times=1)
    decided.send()
    assert decided.wake().deliveries == []
    decided.now = copy(decided).next_attempt_at
    assert decided.wake().deliveries == told


@pytest.mark.parametrize("phase", ["rcpt", "dot"])
@pytest.mark.parametrize("words", ["5.1.1 nobody here", "5.1.2 no such domain", "5.2.1 disabled"])
def test_5_1_x_fails_and_suppresses_the_address(decided: Office, phase: str, words: str) -> None:
    decided.server.misbehave(phase, Answer(550, words))
    decided.finish()
    assert decided.outcome == ("failed", "address_refused")
    (address,) = decided.rows_of(tables.addresses)
    assert (address.key, address.suppressed, address.reason, address.diagnostic) == (GRETA, True, "hard", words)


ABOUT_THE_SENDER = [Answer(550, "5.1.7 your address cannot be"), Answer(553, "5.1.8 your domain does not exist")]


@pytest.mark.parametrize("phase", ["rcpt", "dot"])
@pytest.mark.parametrize("answer", [MAILBOX_FULL, Answer(550, "5.7.1 spam"), Answer(550, "no"), *ABOUT_THE_SENDER])
def test_every_other_5xx_fails_only(decided: Office, phase: str, answer: Answer) -> None:
    decided.server.misbehave(phase, answer)
    decided.finish()
    assert decided.outcome == ("failed", "refused_by_server")
    assert decided.rows_of(tables.addresses) == []


def test_a_mailbox_that_is_full_for_now_is_tried_again(decided: Office) -> None:
    decided.server.misbehave("rcpt", MAILBOX_FULL_FOR_NOW)
    decided.send()
    assert (copy(decided).state, copy(decided).attempts) == ("pending", 1)


def test_0_9_an_address_that_was_refused_stops_what_else_was_decided_for_it(office: Office) -> None:
    office.ingest(*LEAD, cast.lead("L-2"))
    office.make_run()
    first, _ = office.rows(tables.deliveries)
    office.server.misbehave("rcpt", Answer(550, "5.1.1 nobody here"), times=1)
    send.send(office.room, [first.id])
    office.finish()
    outcomes = [(row.outcome, row.reason) for row in office.rows(tables.notices)]
    assert outcomes == [("failed", "address_refused"), ("suppressed", "address_suppressed")]
    assert office.server.bodies == []


def test_r9_the_others_still_get_theirs_when_one_address_is_refused(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    office.server.misbehave("rcpt", Answer(550, "5.1.1 nobody here"), recipient=cast.BRUNO)
    office.finish()
    assert office.outcome == ("sent", "hubspot_owner_default")
    assert office.recipients == sorted([cast.CLAIRE, cast.ODILE, cast.JONAS])


def test_a_server_that_is_gone_after_the_body_leaves_an_uncertain_mail_that_nobody_resends(decided: Office) -> None:
    decided.server.misbehave("dot", DROP, times=1)
    for _ in range(3):
        decided.finish()
        decided.now += DAY
        decided.review()
    assert decided.outcome == ("uncertain", "connection_lost")
    assert decided.copies() == [(GRETA, "uncertain", "connection_lost")]
    assert len(decided.server.bodies) == 1


def test_a_server_that_is_gone_before_the_body_costs_a_retry(decided: Office) -> None:
    decided.server.misbehave("data", DROP, times=1)
    decided.send()
    assert (copy(decided).state, copy(decided).attempts) == ("pending", 1)
    decided.now += 6 * MINUTE
    decided.finish()
    assert decided.recipients == [GRETA]


# What waits


def test_a_renewal_notice_that_waits_until_its_date_has_passed_expires(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    office.server.stop()
    office.send()
    office.now = utc("2026-09-01T12:00")
    office.review()
    office.resolve()
    assert office.outcome == (None, None), "on the very day it still makes sense"
    office.now = utc("2026-09-02T00:00")
    office.review()
    office.resolve()
    assert office.outcome == ("suppressed", "expired")


def test_f18_a_follow_up_that_waits_is_suppressed_when_its_lead_is_stopped(decided: Office) -> None:
    decided.server.stop()
    decided.send()
    decided.ingest(said("lead.task_created", decided.now, lead="L-1", id="T-1"))
    decided.resolve()
    assert decided.outcome == ("suppressed", "stopped_task_created")


def test_texts_that_count_days_are_made_anew_the_next_day(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    with office.database.write() as connection:
        fleet.set_flag(connection, fleet.PAUSED, "yes")
    assert office.send() == 0
    office.now += DAY
    with office.database.write() as connection:
        fleet.set_flag(connection, fleet.PAUSED, None)
    assert office.send() == 0, "yesterday's letter is not for today"
    office.review()
    office.finish()
    assert office.recipients == sorted([*CLIENTS, cast.JONAS])
    contents = [row.content["days_left"] for row in office.rows(tables.letters)]
    assert contents == [90, 89]
    for mail in office.server.mails:
        text = read(mail).get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "89" in text
        assert "90" not in text


def test_a_pause_stops_also_what_is_already_on_its_way(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    barrier = office.server.hold("rcpt")
    with office.sending():
        barrier.wait_until_reached(3)
        with office.database.write() as connection:
            fleet.set_flag(connection, fleet.PAUSED, "yes")
        barrier.release()
    assert office.server.bodies == []
    with office.database.write() as connection:
        fleet.set_flag(connection, fleet.PAUSED, None)
    office.finish()
    assert office.outcome == ("sent", "hubspot_owner_default")
