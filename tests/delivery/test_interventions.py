"""Operators' words about single copies: resend, mark as sent, drop (DESIGN promise 3), over real SMTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.delivery import office as cast
from tests.delivery.office import (
    BRUNO,
    CLAIRE,
    CLIENTS,
    GRETA,
    JONAS,
    LEAD,
    ODILE,
    RENEWAL,
    RULES,
    RUN,
    WORKER,
    Office,
    read,
    said,
)
from tests.servers.smtpd import DROP, Answer
from tests.world import utc
from workers.domain.delivery import State, Verb
from workers.domain.interventions import Against
from workers.stages import intervene, sweep
from workers.stages import unsubscribe as unsubscribing
from workers.stages.intervene import Order, Planned
from workers.stages.verify import verify
from workers.store import fleet, tables

REFUSED = Answer(550, "5.7.1 no")
ELSEWHERE = "greta.voss@nordwind.example.org"
RESEND, MARK_SENT, DROP_IT = Verb.RESEND, Verb.MARK_SENT, Verb.DROP


def order(office: Office, verb: Verb, *which: int, to: str | None = None, why: str = "ticket 4711") -> list[Planned]:
    """What the verbs of the command line do: plan, then carry out. `which`: the first copy is 1, the next one 2."""
    wanted = Order(verb, "ada", why, to)
    plans = intervene.plan(office.database, wanted, numbered(office, *which), office.room.policy, office.now)
    done = list(intervene.carry_out(office.database, wanted, plans, office.room.policy, office.now))
    return [planned for planned in plans if planned.objection and not planned.follows] + done


def numbered(office: Office, *which: int) -> list[int]:
    rows = office.rows(tables.deliveries)
    return [rows[number - 1].id for number in which]


def place(office: Office, address: str) -> int:
    """Of the newest copy to this address."""
    return office.rows(tables.deliveries).index(of(office, address)) + 1


def refused(office: Office, verb: Verb, *which: int, to: str | None = None, why: str = "ticket 4711") -> list[Against]:
    """Why nothing was done, after seeing that nothing was."""
    before = office.rows(tables.deliveries), office.rows(tables.interventions)
    found = [planned.objection.reason for planned in order(office, verb, *which, to=to, why=why) if planned.objection]
    assert (office.rows(tables.deliveries), office.rows(tables.interventions)) == before
    return found


def of(office: Office, address: str) -> Any:
    """The newest copy to this address."""
    return [row for row in office.rows(tables.deliveries) if row.address == address][-1]


@pytest.fixture
def uncertain(office: Office) -> Office:
    """A follow-up for Greta, whose answer was lost."""
    office.ingest(*LEAD)
    office.make_run()
    office.server.misbehave("dot", DROP, times=1)
    office.finish()
    assert office.outcome == ("uncertain", "connection_lost")
    return office


@pytest.fixture
def sent(office: Office) -> Office:
    office.ingest(*LEAD)
    office.make_run()
    office.finish()
    assert office.outcome == ("sent", "follow_up_first")
    return office


@pytest.fixture
def held(office: Office) -> Office:
    """For somebody outside the domains that mail.mode allows."""
    office.with_policy(domains=frozenset({"lumiere.example.com"}))
    office.ingest(*LEAD)
    office.make_run()
    office.finish()
    assert office.copies() == [(GRETA, "held", "outside_allowed_domains")]
    return office


# Resend


def test_an_uncertain_copy_goes_out_again_flagged_whatever_the_day_and_the_facts(uncertain: Office) -> None:
    """The lead was closed and ten days went by; an operator's resend stands outside the rules of the day."""
    uncertain.ingest(said("lead.closed", RUN, id="L-1", outcome="won"))
    uncertain.now += timedelta(days=10)
    (planned,) = order(uncertain, RESEND, 1)
    assert planned.objection is None
    uncertain.review()
    uncertain.finish()
    (row,), (letter,) = uncertain.rows(tables.deliveries), uncertain.rows(tables.letters)
    assert (row.state, row.possible_duplicate, row.copy_number) == ("sent", True, 1)
    assert [read(mail)["Message-ID"] for mail in uncertain.server.mails] == [letter.message_id] * 2
    assert uncertain.outcome == ("sent", "follow_up_first")
    (record,) = uncertain.rows(tables.interventions)
    assert tuple(record)[1:] == (row.id, uncertain.now, "resend", "ada", "ticket 4711", "uncertain", None, None)


def test_a_sent_letter_goes_out_again_as_its_next_copy_word_for_word(sent: Office) -> None:
    sent.now += timedelta(days=3)
    first = sent.rows(tables.deliveries)[0]
    (planned,) = order(sent, RESEND, 1)
    sent.finish()
    before, after = sent.rows(tables.deliveries)
    assert before == first, "what was, stays on record"
    assert (after.id, after.letter, after.copy_number) == (planned.made, first.letter, 2)
    assert (after.state, after.possible_duplicate, after.address) == ("sent", True, GRETA)
    one, two = sent.server.mails
    assert one.message == two.message
    assert sent.notice.at == RUN, "it was sent when it was sent first (LT-7)"


def test_a_corrected_address_is_for_the_copy_alone_and_the_lines_stay(office: Office) -> None:
    office.server.misbehave("rcpt", Answer(550, "5.1.1 nobody"), recipient=GRETA)
    office.ingest(*LEAD)
    office.make_run()
    office.finish()
    assert office.outcome == ("failed", "address_refused")
    assert refused(office, RESEND, 1) == [Against.ADDRESS_SUPPRESSED]
    order(office, RESEND, 1, to=ELSEWHERE)
    assert office.outcome == (None, None), "failed is an end, but for an operator's resend"
    office.finish()
    (mail,) = office.server.mails
    assert (mail.recipients, cast.line(read(mail), "To")) == ((ELSEWHERE,), [GRETA])
    rows = office.rows(tables.deliveries)
    assert [(row.address, row.state, row.possible_duplicate) for row in rows] == [
        (GRETA, "failed", False),
        (ELSEWHERE, "sent", False),
    ]
    assert office.outcome == ("sent", "follow_up_first")
    assert [row.address for row in office.rows(tables.interventions)] == [ELSEWHERE]


def test_an_uncertain_copy_is_given_up_for_the_one_to_the_corrected_address(uncertain: Office) -> None:
    order(uncertain, RESEND, 1, to=ELSEWHERE)
    uncertain.finish()
    rows = uncertain.rows(tables.deliveries)
    assert [(row.address, row.state, row.reason, row.possible_duplicate) for row in rows] == [
        (GRETA, "failed", "operator", False),
        (ELSEWHERE, "sent", "accepted", True),
    ]


def test_nobody_gets_one_letter_as_two_people(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    assert refused(office, RESEND, place(office, CLAIRE), to=BRUNO.upper()) == [Against.DUPLICATE_ADDRESS]


def test_a_copy_in_cc_is_resent_alone(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    order(office, RESEND, place(office, JONAS))
    office.finish()
    assert office.recipients == sorted([*CLIENTS, JONAS, JONAS])
    assert office.outcome == ("sent", "hubspot_owner_default")


def test_redirect_holds_for_a_resend_as_well(sent: Office) -> None:
    sent.with_policy(redirect="test@example.org")
    order(sent, RESEND, 1, to=ELSEWHERE)
    sent.finish()
    assert [mail.recipients for mail in sent.server.mails] == [(GRETA,), ("test@example.org",)]


def test_allow_refuses_what_would_only_be_held_again(held: Office) -> None:
    assert refused(held, RESEND, 1) == [Against.OUTSIDE_ALLOWED_DOMAINS]
    held.with_policy()
    order(held, RESEND, 1)
    held.finish()
    (row,) = held.rows(tables.deliveries)
    assert (row.state, row.possible_duplicate) == ("sent", False), "nothing had left before"


def test_allow_holds_what_another_machine_let_pass(sent: Office) -> None:
    order(sent, RESEND, 1)
    sent.with_policy(domains=frozenset({"lumiere.example.com"}))
    sent.finish()
    assert of(sent, GRETA).state == "held"


def test_what_was_held_goes_out_by_the_rules(held: Office) -> None:
    """F18: nothing of it has left, so a stopper still stops it."""
    held.with_policy()
    order(held, RESEND, 1)
    held.ingest(said("lead.closed", RUN, id="L-1", outcome="won"))
    held.finish()
    assert held.server.bodies == []
    assert held.outcome == ("suppressed", "lead_closed")


def test_what_was_held_goes_to_a_corrected_address_as_its_letter_stands(held: Office) -> None:
    held.with_policy()
    order(held, RESEND, 1, to=ELSEWHERE)
    held.ingest(cast.lead(at="2026-06-03T07:00:00Z", title="Masts"))
    held.now += timedelta(days=2)
    held.finish()
    assert held.recipients == [ELSEWHERE]
    assert [row.state for row in held.rows(tables.deliveries)] == ["cancelled", "sent"]


# What stays refused


BOUNCED = said("address.bounced", RUN, address=GRETA, kind="hard")
OFF = said("template.switched", RUN, template="lead.follow_up", enabled=False)
ERASED = said("user.erased", RUN, id="U-2")
STOPS = [
    (BOUNCED, Against.ADDRESS_SUPPRESSED, "address_suppressed"),
    (OFF, Against.TEMPLATE_DISABLED, "template_disabled"),
    (ERASED, Against.ERASED, "user_not_found"),
]


@pytest.mark.parametrize(("fact", "against", "_reason"), STOPS)
def test_some_facts_refuse_every_resend(uncertain: Office, fact: Any, against: Against, _reason: str) -> None:
    uncertain.ingest(fact)
    assert refused(uncertain, RESEND, 1) == [against]


@pytest.mark.parametrize(("fact", "_against", "reason"), STOPS)
def test_and_stop_it_until_its_body_leaves(sent: Office, fact: Any, _against: Against, reason: str) -> None:
    order(sent, RESEND, 1)
    sent.ingest(fact)
    sent.finish()
    assert len(sent.server.bodies) == 1
    assert (of(sent, GRETA).state, of(sent, GRETA).reason) == ("suppressed", reason)
    assert sent.outcome == ("sent", "follow_up_first")


def test_a_corrected_address_that_bounces_meanwhile_stops_it_too(sent: Office) -> None:
    order(sent, RESEND, 1, to=ELSEWHERE)
    sent.ingest(cast.user("U-2", GRETA, "2026-06-03T07:00:00Z", name="Greta"))
    sent.resolve()
    sent.ingest(said("address.bounced", RUN, address=ELSEWHERE, kind="hard"))
    sent.finish()
    assert sent.recipients == [GRETA]


@pytest.fixture
def invoiced(office: Office) -> Office:
    """Claire got an invoice, as her switch for invoices is on."""
    office.ingest(cast.company(), cast.contact("C-1", CLAIRE))
    office.ingest(said("invoice.sent", RUN, company="K-1", document={"id": "55", "number": "2026-0055"}))
    office.resolve()
    office.finish()
    assert office.outcome == ("sent", "toggle_on")
    return office


@pytest.mark.parametrize(
    ("language", "refuses"), [("de-AT", True), ("de", True), ("en", False), ("de-CH", False), ("it", False)]
)
def test_0_7_a_copy_is_stopped_by_a_switch_of_its_readers_language_alone(
    office: Office, language: str, refuses: bool
) -> None:
    """Claire is Austrian."""
    office.ingest(cast.company(), cast.contact("C-1", CLAIRE, language="de-AT"))
    office.ingest(said("invoice.sent", RUN, company="K-1", document={"id": "55", "number": "2026-0055"}))
    office.resolve()
    office.finish()
    office.ingest(said("template.switched", RUN, template="invoice.sent", enabled=False, language=language))
    if refuses:
        assert refused(office, RESEND, 1) == [Against.TEMPLATE_DISABLED]
    else:
        order(office, RESEND, 1)
        office.finish()
        assert office.recipients == [CLAIRE, CLAIRE]


def unsubscribe(office: Office) -> None:
    said_so = {"opted_out": True, "operator": "ada", "why": "she rang", "now": office.now}
    unsubscribing.by_operator(office.database, "C-1", "invoice", **said_so)  # type: ignore[arg-type]


def test_px_4_who_unsubscribed_gets_it_no_second_time(invoiced: Office) -> None:
    unsubscribe(invoiced)
    assert refused(invoiced, RESEND, 1) == [Against.OPTED_OUT]


def test_px_4_who_unsubscribes_while_it_waits_does_not_get_it(invoiced: Office) -> None:
    order(invoiced, RESEND, 1)
    unsubscribe(invoiced)
    invoiced.finish()
    assert invoiced.recipients == [CLAIRE]
    assert of(invoiced, CLAIRE).reason == "opted_out"


def test_px_7_who_was_chosen_by_hand_gets_it_again(office: Office) -> None:
    office.ingest(cast.company(), cast.contact("C-1", CLAIRE))
    unsubscribe(office)
    document = {"id": "55", "number": "2026-0055"}
    office.ingest(said("invoice.sent", RUN, company="K-1", document=document, mode="manual", contacts=["C-1"]))
    office.resolve()
    office.finish()
    order(office, RESEND, 1)
    office.finish()
    assert office.recipients == [CLAIRE, CLAIRE]


LINK = {"url": "https://portal.example.com/set-password/TOKEN", "issued_at": RUN.isoformat()}


@pytest.fixture
def password(office: Office) -> Office:
    """A link for Claire is asked for."""
    office.ingest(cast.company(), cast.contact("C-1", CLAIRE))
    office.ingest(said("contact.password_requested", RUN, id="C-1", **LINK))
    office.resolve()
    return office


def test_px_10_a_link_that_was_used_up_is_not_sent_again(password: Office) -> None:
    password.finish()
    assert refused(password, RESEND, 1) == [Against.LINK_GONE]


def test_px_10_an_uncertain_link_is_sent_again_while_it_works(password: Office) -> None:
    password.server.misbehave("dot", DROP, times=1)
    password.finish()
    late, password.now = password.now, password.now + timedelta(hours=48)
    assert refused(password, RESEND, 1) == [Against.LINK_GONE]
    password.now = late
    order(password, RESEND, 1)
    password.finish()
    assert all(b"set-password/TOKEN" in mail.message for mail in password.server.mails)
    assert len(password.server.mails) == 2
    assert password.rows_of(tables.secrets) == []


def test_a_letter_that_is_gone_replaced_or_set_aside_is_not_sent_again(sent: Office) -> None:
    for table, values, against in (
        (tables.letters, {"body": None}, Against.TEXT_FORGOTTEN),
        (tables.notices, {"needs_decision": True, "failures": 3}, Against.SET_ASIDE),
        (tables.letters, {"void": True}, Against.DECIDED_AGAIN),
    ):
        with sent.database.write() as connection:
            connection.execute(table.update().values(values))
        assert refused(sent, RESEND, 1) == [against]
    with sent.database.write() as connection:  # no sequence of events comes to this, and the audits would say so
        connection.execute(tables.notices.delete())


def test_a_copy_that_waits_for_no_word_is_left_alone(sent: Office) -> None:
    for state in State:
        with sent.database.write() as connection:
            connection.execute(tables.deliveries.update().values(state=state))
        if state in (State.WAITING, State.PENDING, State.LEASED, State.SENDING):
            assert [refused(sent, verb, 1) for verb in Verb] == [[Against.UNDER_WAY]] * 3
        elif state in (State.CANCELLED, State.SUPPRESSED):
            assert [refused(sent, verb, 1) for verb in Verb] == [[Against.OVER]] * 3
        elif state in (State.SENT, State.FAILED):
            assert [refused(sent, verb, 1) for verb in (MARK_SENT, DROP_IT)] == [[Against.OVER]] * 2
    with sent.database.write() as connection:  # no sequence of events comes to this, and the audits would say so
        connection.execute(tables.notices.delete())


# Never twice


def test_a_second_resend_waits_for_the_first(sent: Office) -> None:
    order(sent, RESEND, 1)
    assert refused(sent, RESEND, 1, why="another") == [Against.NEWER_COPY]
    assert refused(sent, RESEND, 2, why="another") == [Against.UNDER_WAY]
    sent.finish()
    order(sent, RESEND, 2, why="another")
    sent.finish()
    assert len(sent.server.bodies) == 3
    assert [row.copy_number for row in sent.rows(tables.deliveries)] == [1, 2, 3]


@pytest.mark.parametrize("verb", Verb)
def test_an_order_said_again_to_the_word_is_done_once(uncertain: Office, verb: Verb) -> None:
    order(uncertain, verb, 1)
    uncertain.finish()
    assert refused(uncertain, verb, 1) == [Against.ORDERED_ALREADY]


def test_two_operators_at_once_send_one_copy(sent: Office) -> None:
    both = [Order(RESEND, name, "ticket 4711") for name in ("ada", "eve")]
    room, now = sent.room, sent.now
    plans = [intervene.plan(sent.database, wanted, numbered(sent, 1), room.policy, now) for wanted in both]
    with ThreadPoolExecutor(2) as pool:
        work = [
            pool.submit(lambda *given: list(intervene.carry_out(*given)), sent.database, wanted, some, room.policy, now)
            for wanted, some in zip(both, plans, strict=True)
        ]
        done = [planned for each in work for planned in each.result(30)]
    assert sorted(planned.objection.reason for planned in done if planned.objection) == [Against.NEWER_COPY]
    assert len(sent.rows(tables.deliveries)) == 2


def test_what_changed_since_the_plan_is_looked_at_again(uncertain: Office) -> None:
    late = Order(RESEND, "eve", "no answer")
    plans = intervene.plan(uncertain.database, late, numbered(uncertain, 1), uncertain.room.policy, uncertain.now)
    order(uncertain, MARK_SENT, 1)
    (planned,) = intervene.carry_out(uncertain.database, late, plans, uncertain.room.policy, uncertain.now)
    assert planned.objection is not None
    assert planned.objection.reason is Against.CHANGED
    assert len(uncertain.rows(tables.deliveries)) == 1


def test_a_copy_that_went_out_since_the_plan_and_is_uncertain_again_is_looked_at_again(uncertain: Office) -> None:
    late = Order(RESEND, "eve", "no answer")
    plans = intervene.plan(uncertain.database, late, numbered(uncertain, 1), uncertain.room.policy, uncertain.now)
    order(uncertain, RESEND, 1)
    uncertain.server.misbehave("dot", DROP, times=1)
    uncertain.finish()
    (planned,) = intervene.carry_out(uncertain.database, late, plans, uncertain.room.policy, uncertain.now)
    assert planned.objection is not None
    assert planned.objection.reason is Against.CHANGED
    assert [row.state for row in uncertain.rows(tables.deliveries)] == ["uncertain"]


# Mark as sent, drop


def test_lt_7_marked_as_sent_the_day_of_the_attempt_is_the_anchor(uncertain: Office) -> None:
    uncertain.now = utc("2026-06-06T12:00")
    order(uncertain, MARK_SENT, 1)
    assert uncertain.outcome == ("sent", "follow_up_first")
    assert uncertain.notice.at == uncertain.rows(tables.deliveries)[0].ended_at == RUN
    for day in (9, 10):
        uncertain.now = utc(f"2026-06-{day:02}T07:00")
        uncertain.make_run()
        uncertain.finish()
    assert [(row.sequence, row.at) for row in uncertain.rows(tables.notices)] == [
        (1, RUN),
        (2, utc("2026-06-10T07:00")),
    ]


def test_hs_8_marked_as_sent_it_releases_the_copy_that_waited(office: Office) -> None:
    renewal_without_answers(office)
    order(office, MARK_SENT, place(office, CLAIRE))
    office.finish()
    assert (JONAS, "sent", "accepted") in office.copies()
    assert office.outcome == ("sent", "hubspot_owner_default")


def test_hs_8_dropping_the_last_copy_in_to_cancels_the_one_in_cc(office: Office) -> None:
    renewal_without_answers(office)
    order(office, DROP_IT, *(place(office, address) for address in CLIENTS))
    assert office.copies() == sorted(
        [(address, "failed", "operator") for address in CLIENTS] + [(JONAS, "cancelled", "no_to_copy_accepted")]
    )
    assert office.outcome == ("failed", "operator")
    assert office.notice.blocks, "a body may have arrived"


def renewal_without_answers(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    for address in (CLAIRE, BRUNO, ODILE):
        office.server.misbehave("dot", DROP, recipient=address)
    office.finish()
    assert (JONAS, "waiting", None) in office.copies()


def test_a_held_copy_was_sent_by_other_means(held: Office) -> None:
    held.now += timedelta(days=1)
    order(held, MARK_SENT, 1)
    assert held.outcome == ("sent", "follow_up_first")
    assert (held.notice.at, held.server.bodies) == (held.now, [])


def test_a_held_copy_that_is_dropped_frees_its_occurrence(held: Office) -> None:
    order(held, DROP_IT, 1)
    assert held.outcome == ("cancelled", "operator")
    assert not held.notice.blocks


def test_what_was_dropped_is_not_written_anew_for_the_sake_of_the_others(office: Office) -> None:
    """Nothing has left yet, and a fact changes: the letter of the others stays as it is, and she gets none."""
    office.with_policy(domains=frozenset({"lumiere.example.com", "nordwind.example.org"}))
    office.ingest(*RENEWAL, cast.contact("C-3", "odile@example.net", decision_maker=True))
    for address in (CLAIRE, BRUNO):
        office.server.misbehave("rcpt", cast.LATER, recipient=address, times=1)
    office.make_run()
    office.finish()
    order(office, DROP_IT, place(office, "odile@example.net"))
    office.with_policy()
    office.ingest(cast.renewal("2026-06-03T07:00:00Z", product="Hub Plus"))
    office.now += cast.HOUR
    office.finish()
    assert office.recipients == sorted([CLAIRE, BRUNO, JONAS])


def test_a_late_answer_does_not_count_after_an_operators_word(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    barrier = office.server.hold("dot")
    with office.sending():
        barrier.wait_until_reached()
        with office.database.write() as connection:
            fleet.retire(connection, WORKER)
        sweep.bury(office.database, timedelta(days=1), "sweeper", office.now)
        order(office, DROP_IT, 1)
        barrier.release()
    assert office.outcome == ("failed", "operator")
    assert [row.kind for row in office.rows(tables.attempts)] == ["accepted"], "but it is on record"


# What follows in Cc (HS-4, HS-8)

NO_TO = (JONAS, "cancelled", "no_to_copy_accepted")
POLICY_REFUSED = Answer(554, "5.0.0 policy")


@pytest.fixture
def all_failed(office: Office) -> Office:
    """The server refused all three in To, so Jonas in Cc got nothing."""
    office.ingest(*RENEWAL)
    office.make_run()
    office.server.misbehave("rcpt", POLICY_REFUSED, times=3)
    office.finish()
    assert office.copies() == sorted([*((each, "failed", "refused_by_server") for each in CLIENTS), NO_TO])
    return office


def outcomes(office: Office, address: str) -> list[tuple[int, str, str | None]]:
    """Number, state and reason of each copy to this address."""
    rows = (row for row in office.rows(tables.deliveries) if row.address == address)
    return [(row.copy_number, row.state, row.reason) for row in rows]


def resent(office: Office, *addresses: str, why: str = "server mended") -> list[Planned]:
    return order(office, RESEND, *(place(office, each) for each in addresses), why=why)


def test_hs_8_who_was_left_behind_in_cc_follows_the_new_copies_in_to(all_failed: Office) -> None:
    wanted = Order(RESEND, "ada", "server mended")
    which = numbered(all_failed, *(place(all_failed, each) for each in CLIENTS))
    plans = intervene.plan(all_failed.database, wanted, which, all_failed.room.policy, all_failed.now)
    assert [(each.copy.address, each.adds_copy, each.follows, each.objection) for each in plans if each.follows] == [
        (JONAS, True, True, None)
    ]

    done = resent(all_failed, *CLIENTS)
    assert [each.made is not None for each in done] == [True] * 4
    waits = (2, "waiting", None)
    assert outcomes(all_failed, JONAS) == [(1, "cancelled", "no_to_copy_accepted"), waits]
    all_failed.finish()
    assert all_failed.recipients == sorted([*CLIENTS, JONAS])
    assert outcomes(all_failed, JONAS) == [(1, "cancelled", "no_to_copy_accepted"), (2, "sent", "accepted")]
    assert of(all_failed, JONAS).possible_duplicate is False
    (letter,) = all_failed.rows(tables.letters)
    assert {read(mail)["Message-ID"] for mail in all_failed.server.mails} == {letter.message_id}
    assert all_failed.outcome == ("sent", "hubspot_owner_default")
    assert list(verify(all_failed.database, RULES.daily, all_failed.now)) == []


def test_hs_8_it_follows_once_however_many_are_sent_again_and_only_when_one_is_accepted(all_failed: Office) -> None:
    all_failed.server.misbehave("rcpt", POLICY_REFUSED, recipient=CLAIRE, times=1)
    resent(all_failed, CLAIRE)
    all_failed.finish()
    cancelled = "cancelled", "no_to_copy_accepted"
    assert outcomes(all_failed, JONAS) == [(1, *cancelled), (2, *cancelled)]
    assert all_failed.recipients == []

    resent(all_failed, BRUNO, why="once more")
    resent(all_failed, ODILE, why="and her")
    assert [row[:2] for row in outcomes(all_failed, JONAS)] == [(1, "cancelled"), (2, "cancelled"), (3, "waiting")]
    all_failed.finish()
    assert all_failed.recipients == sorted([BRUNO, ODILE, JONAS])


def test_hs_8_named_together_with_those_in_to_it_is_no_refusal(all_failed: Office) -> None:
    done = resent(all_failed, *CLIENTS, JONAS)
    assert [each.objection for each in done] == [None] * 4
    all_failed.finish()
    assert all_failed.recipients == sorted([*CLIENTS, JONAS])


def test_hs_8_named_alone_it_waits_for_one_in_to(all_failed: Office) -> None:
    assert refused(all_failed, RESEND, place(all_failed, JONAS)) == [Against.FOLLOWS_TO]


def test_r12_it_does_not_follow_to_an_address_that_gets_the_mail_in_to(all_failed: Office) -> None:
    done = order(all_failed, RESEND, place(all_failed, CLAIRE), to=JONAS)
    assert [each.objection.reason for each in done if each.objection] == [Against.DUPLICATE_ADDRESS]
    all_failed.finish()
    resent(all_failed, BRUNO)
    all_failed.finish()
    assert all_failed.recipients == sorted([JONAS, BRUNO])


def test_0_9_it_does_not_follow_to_an_address_that_bounced_and_can_be_sent_once_that_is_released(
    all_failed: Office,
) -> None:
    all_failed.ingest(said("address.bounced", RUN, address=JONAS, kind="hard"))
    done = resent(all_failed, CLAIRE)
    assert [each.objection.reason for each in done if each.objection] == [Against.ADDRESS_SUPPRESSED]
    all_failed.finish()
    assert all_failed.recipients == [CLAIRE]
    assert refused(all_failed, RESEND, place(all_failed, JONAS)) == [Against.ADDRESS_SUPPRESSED]

    all_failed.ingest(said("address.released", RUN + timedelta(minutes=1), address=JONAS))
    resent(all_failed, JONAS)
    all_failed.finish()
    assert all_failed.recipients == sorted([CLAIRE, JONAS])
    assert list(verify(all_failed.database, RULES.daily, all_failed.now)) == []


def test_hs_8_what_follows_stops_at_an_address_that_bounced_meanwhile(all_failed: Office) -> None:
    resent(all_failed, CLAIRE)
    all_failed.ingest(said("address.bounced", RUN, address=JONAS, kind="hard"))
    all_failed.finish()
    assert all_failed.recipients == [CLAIRE]
    assert outcomes(all_failed, JONAS)[-1] == (2, "suppressed", "address_suppressed")
