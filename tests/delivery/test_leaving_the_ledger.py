"""An erased person leaves the ledger, too (EVENTS: everything personal of them is deleted; ADR 14)."""

import json
import zlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.delivery import office as cast
from tests.delivery.office import (
    BRUNO,
    CLAIRE,
    GRETA,
    INTAKE,
    JONAS,
    LATER,
    LEAD,
    ODILE,
    PEOPLE,
    RENEWAL,
    RUN,
    VAULT,
    WORKER,
    Office,
)
from tests.delivery.test_bounces import AFTER, come_back, copy_to, suppressed
from tests.postbox.came_back import postfix
from tests.servers.smtpd import DROP
from tests.stages.fleet import KEPT
from workers.domain.delivery import Verb
from workers.domain.interventions import Against
from workers.stages import ingest, intervene, links, openings, scrub, unsubscribe
from workers.stages.bounces import UNKNOWN
from workers.stages.incoming import Incoming
from workers.stages.intervene import Order
from workers.stages.sweep import purge
from workers.store import outbox, problems, tables
from workers.store.database import Database

ERASED = cast.said("contact.erased", AFTER, id="C-1")
NAME = "Zazie"
"""A name that nothing else in the world holds a part of."""

ZAZIE = cast.contact("C-1", CLAIRE, primary=True, first_name=NAME, last_name="Delarue")
WORLD = [each for each in RENEWAL if each["data"].get("id") != "C-1"]
FORMS = (CLAIRE, NAME, "Delarue", "claire@")


@pytest.fixture
def sent(office: Office) -> Office:
    """The renewal notice went to Zazie, Bruno and Odile, and a copy of it to Jonas; an hour has passed."""
    office.ingest(*WORLD, ZAZIE)
    office.make_run()
    office.finish()
    assert office.recipients == sorted([BRUNO, CLAIRE, ODILE, JONAS])
    office.now = AFTER
    return office


def sweep(office: Office) -> None:
    """One sweep, as the scheduler makes it."""
    while scrub.scrub(office.database):
        pass
    while scrub.scrub_left(office.database):
        pass


def everything(database: Database) -> Iterator[tuple[str, str]]:
    """Every value of every column of every table, as text, with the name of its column."""
    with database.read() as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(sa.select(table)).mappings():
                for name, value in row.items():
                    yield f"{table.name}.{name}", _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        return zlib.decompress(raw).decode() if raw[:1] == b"\x78" else raw.decode("latin-1")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def naming(office: Office, *words: str) -> set[str]:
    """The columns in which one of these words stands, in whatever case."""
    return {name for name, text in everything(office.database) for word in words if word.casefold() in text.casefold()}


def person(office: Office, ref: str) -> Any:
    (row,) = [row for row in office.rows_of(tables.people) if row.ref == ref]
    return row


def standing_of(office: Office, ref: str) -> list[tuple[str, str, str | None, str | None]]:
    """Address, state and reason of this person's copies, and the words of the last attempt."""
    positions = {(row.notice, row.position) for row in office.rows_of(tables.people) if row.ref == ref}
    found = []
    for row in office.rows(tables.deliveries):
        if (row.notice, row.person) in positions:
            said = [each.reply for each in office.rows(tables.attempts, tables.attempts.c.delivery == row.id)]
            found.append((row.address, row.state, row.reason, said[-1] if said else None))
    return found


def refusals(office: Office, verb: Verb, *ids: int, to: str | None = None) -> list[Against | None]:
    order = Order(verb, "ada", "she asked", to)
    planned = intervene.plan(office.database, order, ids, office.room.policy, office.now)
    return [each.objection.reason if each.objection else None for each in planned]


def delivery(office: Office, address: str) -> int:
    (row,) = office.rows(tables.deliveries, tables.deliveries.c.address == address)
    id: int = row.id
    return id


# What goes, and what stays


def test_after_an_erasure_and_a_sweep_nothing_names_the_person(sent: Office) -> None:
    assert {"people.name", "letters.to_line", "deliveries.address"} <= naming(sent, *FORMS)
    sent.ingest(ERASED)
    sweep(sent)
    assert naming(sent, *FORMS) == set()


def test_a_suppressed_address_is_the_one_exception(sent: Office) -> None:
    come_back(sent, postfix(copy_to(sent, CLAIRE)))
    sent.ingest(ERASED)
    sweep(sent)
    assert naming(sent, *FORMS) == {"addresses.key", "addresses.address"}
    assert suppressed(sent) == {CLAIRE: "hard"}


def test_it_stays_that_somebody_in_that_role_was_considered_and_what_became_of_it(sent: Office) -> None:
    before, (letter,) = sent.notice, sent.rows(tables.letters)
    was = person(sent, "contact/C-1")
    sent.ingest(ERASED)
    sweep(sent)
    now, (left,) = person(sent, "contact/C-1"), sent.rows(tables.letters)
    assert (now.name, now.address, now.language, now.facts, now.erased) == ("", None, None, [], True)
    assert (now.roles, now.kept, now.reason, now.position) == (was.roles, was.kept, was.reason, was.position)
    assert standing_of(sent, "contact/C-1") == [("", "sent", "accepted", "")]
    assert sent.notice == before, "the occurrence stays blocked, with outcome, reason and time"
    assert (left.message_id, left.rendered_at) == (letter.message_id, letter.rendered_at)
    assert (left.subject_line, left.body, left.content, left.head) == ("", None, {}, None)


def test_who_else_was_on_the_letter_keeps_everything_but_its_text(sent: Office) -> None:
    sent.ingest(ERASED)
    sweep(sent)
    (letter,) = sent.rows(tables.letters)
    lines = [*letter.to_line, *letter.cc_line]
    assert [address for _, address in lines] == ["", BRUNO, ODILE, JONAS]
    assert all(name for name, address in lines if address)
    assert person(sent, "contact/C-2").address == BRUNO
    for ref, address in (("contact/C-2", BRUNO), ("contact/C-3", ODILE), ("user/U-1", JONAS)):
        ((kept, state, _, words),) = standing_of(sent, ref)
        assert (kept, state) == (address, "sent")
        assert words


def test_a_letter_of_others_keeps_its_text(office: Office) -> None:
    """Two account managers get a letter each."""
    office.ingest(*LEAD, cast.company(account_managers=["U-1"]), cast.contact("C-1", CLAIRE))
    office.ingest(cast.said("activity.recorded", RUN, object="company/K-1", action="updated", summary="Zazie moved"))
    office.make_run()
    office.finish()
    assert office.recipients == [GRETA, JONAS]
    office.ingest(cast.said("user.erased", AFTER, id="U-2"))
    sweep(office)
    assert naming(office, GRETA) == set()
    texts = {row.to_line[0][1]: row.body is not None for row in office.rows(tables.letters)}
    assert texts == {"": False, JONAS: True}


def test_what_an_event_said_in_words_goes_with_the_person_it_was_for(office: Office) -> None:
    office.ingest(*WORLD, ZAZIE, cast.company("2026-06-02T08:00:00Z", account_managers=["U-1"]))
    office.ingest(cast.said("activity.recorded", RUN, object="company/K-1", action="updated", summary="Greta Garbo"))
    office.finish()
    office.ingest(cast.said("user.erased", AFTER, id="U-1"))
    sweep(office)
    (occasion,) = office.rows_of(tables.occasions)
    assert occasion.data["summary"] is None
    assert (occasion.data["object"], occasion.data["action"]) == ("company/K-1", "updated")
    assert naming(office, "Garbo", JONAS) == set()


def test_operators_words_and_a_corrected_address_go_too(sent: Office) -> None:
    orders = [Order(Verb.RESEND, "ada", f"{NAME} rang", "zazie.delarue@elsewhere.example.com")]
    for order in orders:
        plans = intervene.plan(sent.database, order, [delivery(sent, CLAIRE)], sent.room.policy, sent.now)
        assert len(list(intervene.carry_out(sent.database, order, plans, sent.room.policy, sent.now))) == 1
    sent.finish()
    sent.ingest(ERASED)
    sweep(sent)
    assert naming(sent, *FORMS) == set()
    (record,) = sent.rows(tables.interventions)
    assert (record.operator, record.verb, record.why, record.address) == ("ada", "resend", "", None)


def test_why_an_operator_said_that_they_unsubscribed_goes_and_that_they_did_stays(sent: Office) -> None:
    said = {"opted_out": True, "operator": "ada", "why": f"{NAME} rang", "now": sent.now}
    unsubscribe.by_operator(sent.database, "C-1", "invoice", **said)  # type: ignore[arg-type]
    sent.ingest(ERASED)
    sweep(sent)
    assert naming(sent, *FORMS) == set()
    (change,) = sent.rows(tables.opt_out_changes)
    assert (change.contact, change.opted_out, change.operator, change.why) == ("C-1", True, "ada", None)
    assert [row.contact for row in sent.rows_of(tables.opt_outs)] == ["C-1"]


def test_a_problem_that_quotes_the_person_loses_what_it_quotes(sent: Office) -> None:
    refused = cast.contact("C-1", CLAIRE, first_name=NAME, last_name="Delarue", shoe_size=38)
    other = cast.contact("C-2", BRUNO, first_name="Bruno", last_name="Petit", shoe_size=44)
    incoming = [Incoming(number, each, sent.now) for number, each in enumerate((refused, other), start=1)]
    ingest.ingest(sent.database, incoming, INTAKE)
    sent.ingest(ERASED)
    sweep(sent)
    assert naming(sent, *FORMS) == set()
    with sent.database.read() as connection:
        kept, lost = problems.unsolved(connection)
    assert (lost.reason, lost.payload, lost.detail) == ("unknown_field", None, problems.QUOTED)
    assert BRUNO in kept.payload


@pytest.mark.parametrize(
    ("name", "quoted", "left"),
    [
        ("Éloïse Noël", '{"name": "Éloïse Noël"}', False),
        ("Éloïse Noël", json.dumps({"first_name": "Éloïse", "last_name": "Noël"}), False),
        ("Éloïse Noël", '{"name": "Éloïse Naude"}', True),
        ("Greta", '{"name": "GRETA"}', False),
        ("Greta", '{"name": "Greta Voss"}', True),
        ("100%_", '{"name": "1000"}', True),
    ],
)
def test_a_quote_is_known_by_the_whole_name(office: Office, name: str, quoted: str, left: bool) -> None:
    """In whatever case, as it stands or as JSON escapes it."""
    row = {"at": RUN, "kind": "refused", "subject": "s", "reason": "r", "detail": "d", "payload": quoted}
    with office.database.write() as connection:
        problems.add(connection, [row])
    office.ingest(cast.user("U-5", "eloise@nordwind.example.org", name=name), cast.said("user.erased", RUN, id="U-5"))
    sweep(office)
    (problem,) = office.rows(tables.problems)
    assert problem.payload == (quoted if left else None)


def test_an_event_that_was_set_aside_is_kept_until_it_is_solved(sent: Office) -> None:
    """Nobody else has it (promise 8); it goes after its time, as all problems do."""
    row = {"at": sent.now, "kind": "poison", "subject": "s", "reason": "r", "detail": "d", "payload": CLAIRE}
    with sent.database.write() as connection:
        problems.add(connection, [row])
    sent.ingest(ERASED)
    sweep(sent)
    assert naming(sent, *FORMS) == {"problems.payload"}


def test_a_letter_that_was_replaced_loses_them_as_well(office: Office) -> None:
    """Zazie's address changed before the letter left, so it was written anew; then somebody else got the role."""
    office.ingest(*WORLD, ZAZIE)
    office.make_run()
    office.ingest(cast.contact("C-1", "zazie@old.example.com", "2026-06-02T09:00:00Z", primary=True))
    office.resolve()
    office.ingest(cast.contact("C-1", CLAIRE, "2026-06-02T10:00:00Z", primary=True))
    office.finish()
    office.now = AFTER
    assert len([row for row in office.rows(tables.letters) if row.void]) == 2
    office.ingest(ERASED)
    sweep(office)
    assert naming(office, *FORMS, "zazie@old") == set()


def test_a_letter_that_was_replaced_because_another_took_the_place(office: Office) -> None:
    office.ingest(*PEOPLE, cast.company(account_managers=["U-2"]))
    office.ingest(cast.said("activity.recorded", RUN, object="company/K-1", action="updated"))
    office.resolve()
    office.ingest(cast.company("2026-06-02T08:00:00Z", account_managers=["U-1"]))
    office.finish()
    assert office.recipients == [JONAS]
    office.now = AFTER
    office.ingest(cast.said("user.erased", AFTER, id="U-2"))
    sweep(office)
    assert naming(office, GRETA) == set()
    assert [row.address for row in office.rows(tables.deliveries)] == ["", JONAS]


def test_a_mail_to_the_bare_address_goes_unless_somebody_else_has_that_address(office: Office) -> None:
    office.ingest(*WORLD, ZAZIE)
    for number, address in enumerate((CLAIRE, BRUNO), start=1):
        proposal = {"id": f"{number}", "number": f"P-{number}"}
        office.ingest(cast.said("proposal.sent", RUN, company="K-1", document=proposal, address=address))
    office.ingest(cast.said("ticket.saved", RUN, id="T-1", company="K-1", address=f" {CLAIRE.upper()}", title="Login"))
    office.finish()
    office.now = AFTER
    office.ingest(ERASED)
    sweep(office)
    assert naming(office, *FORMS) == set()
    assert [row.address for row in office.rows(tables.deliveries)] == ["", BRUNO]
    assert [row.reason for row in office.rows_of(tables.people)] == ["direct_address", "direct_address"]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("late", [True, False])
def test_06_a_ticket_that_was_saved_after_the_erasure_keeps_its_address(
    office: Office, *, late: bool, together: bool
) -> None:
    """However the events are batched, and whichever arrives first; one that was saved before it loses it."""
    older, newer = (
        cast.said("ticket.saved", at, id=id, company="K-1", address=CLAIRE, title="Login")
        for id, at in (("T-1", AFTER - cast.HOUR), ("T-2", AFTER + cast.HOUR))
    )
    office.ingest(*WORLD, ZAZIE, older)
    office.now = AFTER + cast.DAY
    events = [newer, ERASED] if late else [ERASED, newer]
    for some in [events] if together else [[each] for each in events]:
        office.ingest(*some)
    assert {row.id: row.address for row in office.rows(tables.tickets)} == {"T-1": None, "T-2": CLAIRE}


def test_somebody_else_with_the_same_address_keeps_it(office: Office) -> None:
    shared = cast.contact("C-9", CLAIRE, first_name="Otto", last_name="Other")
    office.ingest(*WORLD, ZAZIE, shared)
    office.ingest(cast.said("invoice.sent", RUN, company="K-1", document={"id": "55"}, mode="manual", contacts=["C-9"]))
    office.make_run()
    office.finish()
    office.now = AFTER
    office.ingest(ERASED)
    sweep(office)
    assert naming(office, NAME, "Delarue") == set()
    assert [(row.ref, row.address) for row in office.rows_of(tables.people) if row.address == CLAIRE] == [
        ("contact/C-9", CLAIRE)
    ]
    (invoice,) = office.rows(tables.letters, tables.letters.c.template == "invoice.sent")
    assert invoice.to_line == [["Otto Other", CLAIRE]]
    assert invoice.body is not None


def test_two_who_were_on_the_same_letter_are_erased_one_after_the_other(sent: Office) -> None:
    sent.ingest(ERASED)
    sweep(sent)
    sent.ingest(cast.said("contact.erased", AFTER, id="C-2"))
    sweep(sent)
    (letter,) = sent.rows(tables.letters)
    assert [address for _, address in letter.to_line] == ["", "", ODILE]
    assert naming(sent, *FORMS, BRUNO, "C-2 Fontaine") == set()


def test_who_was_erased_by_a_release_that_left_the_ledger_as_it_was_is_found(sent: Office) -> None:
    sent.ingest(ERASED)
    with sent.database.write() as connection:
        connection.execute(tables.erasures.delete())
        connection.execute(tables.people.update().values(as_of=None))
    sweep(sent)
    assert "people.name" in naming(sent, *FORMS)
    purge(sent.database, sent.now, KEPT)
    sweep(sent)
    assert naming(sent, *FORMS) == set()


def test_that_somebody_was_erased_is_forgotten_with_the_ledger(sent: Office) -> None:
    sent.ingest(ERASED)
    sweep(sent)
    sent.now = AFTER + KEPT.ledger
    for seconds, left in ((0, ["contact/C-1"]), (1, [])):
        purge(sent.database, sent.now + timedelta(seconds=seconds), KEPT)
        assert [row.ref for row in sent.rows_of(tables.erasures)] == left


# What is not over yet


def test_an_open_copy_is_decided_again_and_its_letter_goes(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    office.ingest(cast.said("user.erased", RUN, id="U-2"))
    office.finish()
    sweep(office)
    assert office.recipients == []
    assert naming(office, GRETA) == set()


def test_what_is_open_at_the_sweep_is_left_until_it_has_ended(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    office.ingest(cast.said("user.erased", RUN, id="U-2"))
    sweep(office)
    assert [row.state for row in office.rows(tables.deliveries)] == ["pending"]
    assert {"people.address", "deliveries.address", "letters.to_line", "erasures.words"} <= naming(office, GRETA)
    office.finish()
    sweep(office)
    assert naming(office, GRETA) == set()
    assert office.rows_of(tables.erasures_left) == []


def test_who_shares_a_letter_with_an_erased_person_still_gets_it(office: Office) -> None:
    """Bruno's server asked for patience; the letter is frozen, with all its lines (promise 2)."""
    office.ingest(*WORLD, ZAZIE)
    office.server.misbehave("rcpt", LATER, recipient=BRUNO, times=1)
    office.make_run()
    office.finish()
    office.ingest(cast.said("contact.erased", RUN, id="C-1"))
    sweep(office)
    assert {"deliveries.address", "letters.to_line"} <= naming(office, *FORMS)
    office.now += timedelta(hours=1)
    office.finish()
    assert BRUNO in office.recipients
    sweep(office)
    assert naming(office, *FORMS) == set()


def test_a_waiting_copy_of_an_erased_person_is_dropped_and_scrubbed(office: Office) -> None:
    """Jonas, in Cc, waits for the first To copy."""
    office.ingest(*WORLD, ZAZIE)
    office.server.misbehave("rcpt", LATER, times=3)
    office.make_run()
    office.finish()
    office.ingest(cast.said("user.erased", RUN, id="U-1"))
    sweep(office)
    office.now += timedelta(hours=1)
    office.finish()
    sweep(office)
    assert office.recipients == sorted([BRUNO, CLAIRE, ODILE])
    assert naming(office, JONAS) == set()


def test_an_uncertain_copy_is_scrubbed_when_somebody_has_decided_about_it(office: Office) -> None:
    office.ingest(*LEAD)
    office.server.misbehave("dot", DROP, times=1)
    office.make_run()
    office.finish()
    assert [row.state for row in office.rows(tables.deliveries)] == ["uncertain"]
    office.ingest(cast.said("user.erased", AFTER, id="U-2"))
    office.finish()
    sweep(office)
    assert "deliveries.address" in naming(office, GRETA)
    order = Order(Verb.MARK_SENT, "ada", "Greta has it")
    plans = intervene.plan(office.database, order, [delivery(office, GRETA)], office.room.policy, office.now)
    assert len(list(intervene.carry_out(office.database, order, plans, office.room.policy, office.now))) == 1
    sweep(office)
    assert naming(office, GRETA, "Greta has it") == set()
    assert office.outcome == ("sent", "follow_up_first")


# Whoever comes back


def test_who_is_saved_again_keeps_what_is_new(sent: Office) -> None:
    again = cast.contact("C-1", CLAIRE, (AFTER + timedelta(minutes=1)).isoformat(), first_name=NAME, last_name="Neuve")
    sent.ingest(ERASED)
    sent.ingest(again)
    sent.ingest(cast.said("invoice.sent", AFTER, company="K-1", document={"id": "55"}, mode="manual", contacts=["C-1"]))
    sent.finish()
    sweep(sent)
    hers = [row for row in sent.rows_of(tables.people) if row.ref == "contact/C-1"]
    old, new = sorted(hers, key=lambda row: int(row.notice))
    assert (old.name, old.address, old.erased) == ("", None, True)
    assert (new.name, new.address, new.erased) == (f"{NAME} Neuve", CLAIRE, False)
    (invoice,) = sent.rows(tables.letters, tables.letters.c.template == "invoice.sent")
    assert (invoice.to_line, invoice.body is not None) == ([[f"{NAME} Neuve", CLAIRE]], True)
    assert naming(sent, "Delarue") == set()


def test_a_notice_that_is_decided_after_the_return_keeps_the_person(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    office.ingest(cast.said("user.erased", RUN, id="U-2"))
    office.ingest(cast.user("U-2", GRETA, (RUN + timedelta(minutes=1)).isoformat(), name="Greta Back"))
    office.finish()
    sweep(office)
    assert office.recipients == [GRETA]
    assert person(office, "user/U-2").name == "Greta Back"
    standing = [row for row in office.rows(tables.letters) if not row.void]
    assert [row.body is not None for row in standing] == [True]


def test_who_is_erased_twice_leaves_twice(sent: Office) -> None:
    later = AFTER + timedelta(minutes=1)
    sent.ingest(ERASED, cast.contact("C-1", CLAIRE, later.isoformat(), first_name=NAME, last_name="Neuve"))
    sent.ingest(cast.said("invoice.sent", AFTER, company="K-1", document={"id": "55"}, mode="manual", contacts=["C-1"]))
    sent.finish()
    sweep(sent)
    sent.ingest(cast.said("contact.erased", later, id="C-1"))
    sweep(sent)
    assert naming(sent, *FORMS, "Neuve") == set()


# What comes in afterwards


@pytest.mark.parametrize("status", ["5.1.1", "5.2.2"])
def test_a_report_about_a_scrubbed_copy_counts_for_nothing_and_stores_no_word(sent: Office, status: str) -> None:
    report = postfix(copy_to(sent, CLAIRE), status=status)
    sent.ingest(ERASED)
    sweep(sent)
    taken = come_back(sent, report)
    assert (taken.kind, taken.delivery, taken.suppressed) == (UNKNOWN, None, False)
    assert (sent.rows(tables.reports), suppressed(sent), naming(sent, *FORMS)) == ([], {}, set())


def test_a_report_before_the_sweep_leaves_no_word_either(sent: Office) -> None:
    report = postfix(copy_to(sent, CLAIRE))
    sent.ingest(ERASED)
    come_back(sent, report)
    (kept,) = sent.rows(tables.reports)
    assert (kept.words, kept.said_by, kept.address_key) == ("", "", "")
    assert suppressed(sent) == {}
    sweep(sent)
    assert naming(sent, *FORMS) == set()


def test_a_report_about_who_shared_the_letter_counts(sent: Office) -> None:
    report = postfix(copy_to(sent, BRUNO))
    sent.ingest(ERASED)
    sweep(sent)
    assert come_back(sent, report).suppressed
    assert suppressed(sent) == {BRUNO: "hard"}


def test_what_a_server_says_afterwards_leaves_no_word(sent: Office) -> None:
    """Its worker stood still all the while."""
    copy = delivery(sent, CLAIRE)
    sent.ingest(ERASED)
    sweep(sent)
    said = {"delivery": copy, "at": AFTER, "route": "relay", "worker": WORKER, "kind": "accepted", "phase": "body"}
    said |= {"code": 250, "enhanced": "2.0.0", "reply": f"2.0.0 <{CLAIRE}> has it", "seconds": 0.5}
    with sent.database.write() as connection:
        outbox.add_attempts(connection, [said])
    assert naming(sent, *FORMS) == set()
    assert [row.reply for row in sent.rows(tables.attempts, tables.attempts.c.delivery == copy)] == ["", ""]


def test_a_picture_that_is_fetched_afterwards_is_not_counted(sent: Office) -> None:
    id = delivery(sent, CLAIRE)
    sent.ingest(ERASED)
    sweep(sent)
    openings.opened(sent.database, VAULT, links.picture_token(VAULT, id), sent.now)
    openings.opened(sent.database, VAULT, links.picture_token(VAULT, delivery(sent, BRUNO)), sent.now)
    assert [row.delivery for row in sent.rows_of(tables.openings)] == [delivery(sent, BRUNO)]


def test_nothing_of_it_is_sent_again(sent: Office) -> None:
    claire, bruno = delivery(sent, CLAIRE), delivery(sent, BRUNO)
    sent.ingest(ERASED)
    sweep(sent)
    assert refusals(sent, Verb.RESEND, claire) == [Against.ERASED]
    assert refusals(sent, Verb.RESEND, claire, to="elsewhere@example.com") == [Against.ERASED]
    assert refusals(sent, Verb.RESEND, bruno) == [Against.TEXT_ERASED]


def test_not_even_when_the_person_is_back(sent: Office) -> None:
    claire = delivery(sent, CLAIRE)
    sent.ingest(ERASED)
    sweep(sent)
    sent.ingest(cast.contact("C-1", CLAIRE, (AFTER + timedelta(minutes=1)).isoformat(), last_name="Neuve"))
    assert refusals(sent, Verb.RESEND, claire) == [Against.ERASED]
