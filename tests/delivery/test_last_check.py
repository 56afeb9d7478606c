"""The last check (DESIGN promise 2): an event that was accepted before the `sending` commit is honoured.

The worker stands at a barrier, the event comes in, the worker goes on: no body of the old decision arrives, and the
ledger ends as RULES say.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.delivery import office as cast
from tests.delivery.office import BRUNO, CLAIRE, CLIENTS, GRETA, JONAS, LEAD, ODILE, RENEWAL, Office, line, read, said
from tests.scenarios import Event
from workers.store import tables

NOW = "2026-06-03T07:00:01Z"


@contextmanager
def after_resolve(office: Office, copies: int) -> Iterator[None]:
    """(a) Decided, and nobody has taken it yet."""
    yield
    office.finish()


@contextmanager
def before_rcpt(office: Office, copies: int) -> Iterator[None]:
    """(b) Leased; the server holds its answer to MAIL."""
    with _held(office, "mail", copies):
        yield


@contextmanager
def before_sending(office: Office, copies: int) -> Iterator[None]:
    """(c) The recipient stands before the server, which holds its answer to RCPT; `sending` is not committed."""
    with _held(office, "rcpt", copies):
        yield


@contextmanager
def _held(office: Office, phase: str, copies: int) -> Iterator[None]:
    barrier = office.server.hold(phase)
    with office.sending():
        barrier.wait_until_reached(copies)
        yield
        barrier.release()
    office.finish()


BARRIERS = [after_resolve, before_rcpt, before_sending]


@dataclass(frozen=True)
class Then:
    """How it ends: the notice, and who got a letter of the decision made again, with its To and Cc lines."""

    outcome: str
    reason: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


def stopped(reason: str) -> Then:
    return Then("suppressed", reason)


APPOINTMENT = {"lead": "L-1", "id": "A-1", "starts_at": "2026-06-09T09:00:00Z"}

LEAD_CASES: dict[str, tuple[Event, Then]] = {
    "F18-F9-stage": (
        cast.lead(at=NOW, stage="S-2", stage_entered_at=NOW),
        stopped("stopped_status_change"),
    ),
    "F18-F10-appointment": (said("lead.appointment_saved", NOW, **APPOINTMENT), stopped("stopped_future_appointment")),
    "F18-F13-task": (said("lead.task_created", NOW, lead="L-1", id="T-1"), stopped("stopped_task_created")),
    "F15-closed": (said("lead.closed", NOW, id="L-1", outcome="won"), stopped("lead_closed")),
    "F15-deleted": (said("lead.deleted", NOW, id="L-1"), stopped("lead_deleted")),
    "F9-acceptor": (cast.lead(at=NOW, acceptor="U-1"), stopped("stopped_status_change")),
    "F16-deactivated": (said("user.deactivated", NOW, id="U-2"), stopped("user_inactive")),
    "F16-partner-ended": (cast.partner(at=NOW, status="ended"), stopped("partner_ended")),
    "F16-bounced": (said("address.bounced", NOW, address=GRETA.upper(), kind="hard"), stopped("address_suppressed")),
    "F19-template": (
        said("template.switched", NOW, template="lead.follow_up", enabled=False),
        stopped("template_disabled"),
    ),
    "F1-follow-up-off": (cast.process(NOW, follow_up=False), stopped("follow_up_disabled")),
    "0.1-new-address": (
        cast.user("U-2", "voss@nordwind.example.org", NOW),
        Then("sent", "follow_up_first", ("voss@nordwind.example.org",)),
    ),
    "0.1-new-title": (cast.lead(at=NOW, title="Two sails"), Then("sent", "follow_up_first", (GRETA,))),
}

TO_CLIENTS = Then("sent", "hubspot_owner_default", (CLAIRE, BRUNO, ODILE), (JONAS,))


def to_clients(*to: str, cc: tuple[str, ...] = (JONAS,)) -> Then:
    return Then("sent", "hubspot_owner_default", to, cc)


RENEWAL_CASES: dict[str, tuple[Event, Then]] = {
    "R6-partner-default": (
        cast.partner(at=NOW, renewal_owner="partner"),
        Then("sent", "partner_owner_default", (JONAS,)),
    ),
    "R6-client-setting": (
        cast.company(at=NOW, renewal_owner="partner"),
        Then("sent", "partner_owner_client", (JONAS,)),
    ),
    "R13-contact-deleted": (said("contact.deleted", NOW, id="C-2"), to_clients(CLAIRE, ODILE)),
    "R9-toggle": (
        cast.contact("C-3", ODILE, NOW, decision_maker=True, notifications={"contract": False}),
        to_clients(CLAIRE, BRUNO),
    ),
    "R9-bounced": (said("address.bounced", NOW, address=CLAIRE, kind="hard"), to_clients(BRUNO, ODILE)),
    "R14-poc-deactivated": (said("user.deactivated", NOW, id="U-1"), to_clients(CLAIRE, BRUNO, ODILE, cc=())),
    "HS-7-other-poc": (
        cast.company(at=NOW, renewal_point_of_contact="U-2"),
        to_clients(CLAIRE, BRUNO, ODILE, cc=(GRETA,)),
    ),
    "R15-closed": (cast.renewal(at=NOW, status="renewed"), stopped("renewal_closed")),
    "R15b-ended": (
        cast.company(at=NOW, services_ended=True),
        to_clients(CLAIRE, BRUNO, ODILE, cc=()),
    ),
    "R16-template": (
        said("template.switched", NOW, template="renewal.notice", enabled=False),
        stopped("template_disabled"),
    ),
    "R17-moved": (cast.renewal(at=NOW, renews_on="2027-09-01"), Then("cancelled", "renewal_moved")),
    "R17-other-client": (cast.renewal(at=NOW, company="K-2"), Then("cancelled", "renewal_moved")),
    "0.11-company-deleted": (said("company.deleted", NOW, id="K-1"), stopped("company_deleted")),
    "0.1-new-contact": (
        cast.contact("C-4", "noel@lumiere.example.com", NOW, billing=True),
        to_clients(CLAIRE, BRUNO, "noel@lumiere.example.com", ODILE),
    ),
    "0.8-language": (cast.company(at=NOW, language="de"), TO_CLIENTS),
}


@pytest.mark.parametrize("barrier", BARRIERS)
@pytest.mark.parametrize(("event", "then"), LEAD_CASES.values(), ids=LEAD_CASES)
def test_f18_what_stops_or_changes_a_follow_up(office: Office, barrier: Any, event: Event, then: Then) -> None:
    office.ingest(*LEAD)
    office.make_run()
    with barrier(office, copies=1):
        office.ingest(event)
    check(office, then)


@pytest.mark.parametrize("barrier", BARRIERS)
@pytest.mark.parametrize(("event", "then"), RENEWAL_CASES.values(), ids=RENEWAL_CASES)
def test_r6_r13_r17_what_changes_a_renewal_notice(office: Office, barrier: Any, event: Event, then: Then) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    with barrier(office, copies=3):
        office.ingest(event)
    check(office, then)


def check(office: Office, then: Then) -> None:
    assert office.outcome == (then.outcome, then.reason)
    assert office.recipients == sorted(then.to + then.cc)
    assert len(office.server.bodies) == len(office.server.mails)
    standing = {row.message_id for row in office.rows(tables.letters, ~tables.letters.c.void)}
    for mail in office.server.mails:
        letter = read(mail)
        assert letter["Message-ID"] in standing
        assert (line(letter, "To"), line(letter, "Cc")) == (list(then.to), list(then.cc))
    assert {state for _, state, _ in office.copies()} <= {"sent"}


@pytest.mark.parametrize("barrier", [before_rcpt, before_sending])
def test_an_event_that_changes_nothing_about_the_letter_costs_a_token_and_no_mail(office: Office, barrier: Any) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    (letter,) = office.rows(tables.letters)
    with barrier(office, copies=3):
        office.ingest(cast.user("U-1", JONAS, NOW, timezone="Europe/Berlin"))
    check(office, TO_CLIENTS)
    assert [row.message_id for row in office.rows(tables.letters)] == [letter.message_id]
    assert {row.token for row in office.rows(tables.deliveries) if row.line == "to"} == {3}


def test_hs_8_a_copy_goes_out_even_if_the_date_moves_after_the_first_to_copy(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    assert office.send() == 3
    office.ingest(cast.renewal(at=NOW, renews_on="2027-09-01"))
    office.finish()
    assert office.outcome == ("sent", "hubspot_owner_default")
    assert office.recipients == sorted([*CLIENTS, JONAS])


def test_r14_a_waiting_copy_is_dropped_when_its_reader_left_after_the_first_to_copy(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    assert office.send() == 3
    office.ingest(said("user.deactivated", NOW, id="U-1"))
    office.finish()
    assert office.recipients == CLIENTS
    assert (JONAS, "suppressed", "user_inactive") in office.copies()
    assert office.notice.notes == ["copy_dropped"]


def test_from_the_first_body_on_a_change_can_only_drop_copies(office: Office) -> None:
    """Claire has hers; Bruno's and Odile's servers asked for patience when the partner took the communication over."""
    office.ingest(*RENEWAL)
    office.make_run()
    for address in (BRUNO, ODILE):
        office.server.misbehave("rcpt", cast.LATER, recipient=address)
    office.send()
    assert office.recipients == [CLAIRE]
    office.ingest(cast.partner(at=NOW, renewal_owner="partner"))
    office.now += cast.HOUR
    office.server.behave()
    office.finish()
    assert office.recipients == [CLAIRE, JONAS]  # Jonas reads the copy of the letter that Claire has
    assert {read(mail)["Message-ID"] for mail in office.server.mails} == {
        row.message_id for row in office.rows(tables.letters)
    }
    assert (BRUNO, "cancelled", "decided_again") in office.copies()
    assert (office.outcome, office.notice.notes) == (("sent", "hubspot_owner_default"), ["copy_dropped"])


def test_f18_a_body_that_was_put_off_is_not_sent_again_once_the_lead_is_closed(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    office.server.misbehave("dot", cast.LATER, times=1)
    office.send()
    assert office.notice.frozen
    office.ingest(said("lead.closed", NOW, id="L-1", outcome="lost"))
    office.now += cast.HOUR
    office.finish()
    assert (len(office.server.bodies), office.recipients) == (1, [])
    assert office.outcome == ("suppressed", "lead_closed")
