"""PX-4: a person's own unsubscribe, from the link in a mail to the mails that do not follow."""

from typing import Any

import pytest

from tests.delivery import office as cast
from tests.delivery.office import BRUNO, CLAIRE, CLIENTS, JONAS, RENEWAL, RUN, VAULT, Office, read, said
from tests.delivery.test_last_check import BARRIERS
from tests.scenarios import Event
from workers.domain.facts import TOGGLES
from workers.domain.notices import CATALOGUE, DOCUMENTS
from workers.stages import links, unsubscribe
from workers.stages.unsubscribe import Source, UnknownContactError
from workers.store import opt_outs, tables
from workers.store.opt_outs import OptOut, Reader

NOW = RUN.isoformat()
WORLD = [cast.company(), cast.contact("C-1", CLAIRE), cast.contact("C-2", BRUNO)]
ALONE = [cast.company(), cast.contact("C-1", CLAIRE)]


def invoice(id: str = "55") -> Event:
    return said("invoice.sent", NOW, company="K-1", document={"id": id})


def token_of(office: Office, address: str) -> str:
    """Of the last copy to this address."""
    row = office.rows(tables.deliveries, tables.deliveries.c.address == address)[-1]
    return links.token(VAULT, row.id)


def choose(office: Office, token: str, *, opted_out: bool = True, source: Source = Source.PAGE) -> Any:
    return unsubscribe.by_link(office.database, VAULT, token, opted_out=opted_out, source=source, now=office.now)


def reader_of(office: Office, token: str) -> Reader | None:
    return unsubscribe.reader(office.database, VAULT, token)


def standing(office: Office, *, history: bool = False) -> list[OptOut]:
    with office.database.read() as connection:
        return (opt_outs.history if history else opt_outs.standing)(connection, None, 50)


def people(office: Office, subject: str) -> dict[str, str]:
    """Everybody who was considered for the notice about this thing, with the reason."""
    (notice,) = office.rows(tables.notices, tables.notices.c.subject == subject)
    return {row.ref: row.reason for row in office.rows_of(tables.people) if row.notice == notice.id}


@pytest.fixture
def mailed(office: Office) -> Office:
    """Claire and Bruno have had an invoice."""
    office.ingest(*WORLD, invoice())
    office.finish()
    assert office.recipients == [BRUNO, CLAIRE]
    return office


def test_px4_the_link_leads_to_its_reader_and_its_toggle(mailed: Office) -> None:
    assert reader_of(mailed, token_of(mailed, CLAIRE)) == Reader("invoice", CLAIRE, "fr", ("C-1",), opted_out=False)
    assert standing(mailed) == []


def test_px4_who_unsubscribed_gets_no_more_of_these_mails_and_nobody_else_misses_any(mailed: Office) -> None:
    token = token_of(mailed, CLAIRE)
    after, heard = choose(mailed, token, source=Source.ONE_CLICK)
    assert (after, heard.changed) == (Reader("invoice", CLAIRE, "fr", ("C-1",), opted_out=True), ["C-1"])
    mailed.ingest(invoice("56"), said("estimate.sent", NOW, company="K-1", document={"id": "7"}))
    mailed.finish()
    assert mailed.recipients == [BRUNO, BRUNO, BRUNO, CLAIRE, CLAIRE]  # the estimate is another toggle's
    assert people(mailed, "invoice/56") == {"contact/C-1": "opted_out", "contact/C-2": "toggle_on"}


def test_px4_it_is_on_record_with_its_way_its_delivery_and_its_time(mailed: Office) -> None:
    token = token_of(mailed, CLAIRE)
    delivery = links.read_token(VAULT, token)
    choose(mailed, token, source=Source.ONE_CLICK)
    out = OptOut(RUN, "C-1", "invoice", True, "one_click", delivery, None, None)
    assert standing(mailed) == [out]
    mailed.now += cast.HOUR
    choose(mailed, token, opted_out=False)
    back = OptOut(RUN + cast.HOUR, "C-1", "invoice", False, "page", delivery, None, None)
    assert (standing(mailed), standing(mailed, history=True)) == ([], [back, out])


def test_said_twice_it_is_said_once(mailed: Office) -> None:
    token = token_of(mailed, CLAIRE)
    choose(mailed, token, source=Source.ONE_CLICK)
    mailed.now += cast.HOUR
    _, heard = choose(mailed, token)
    assert (heard.changed, heard.undecided) == ([], [])
    assert [(each.at, each.source) for each in standing(mailed, history=True)] == [(RUN, "one_click")]
    choose(mailed, token, opted_out=False)
    _, heard = choose(mailed, token, opted_out=False)
    assert heard.changed == []
    assert len(standing(mailed, history=True)) == 2


def test_px4_an_upsert_from_upstream_does_not_undo_it(mailed: Office) -> None:
    choose(mailed, token_of(mailed, CLAIRE))
    every = dict.fromkeys(TOGGLES, True)
    mailed.ingest(
        cast.contact("C-1", CLAIRE, "2026-06-03T08:00:00Z", notifications=every),
        said("contact.deleted", "2026-06-03T09:00:00Z", id="C-1"),
        cast.contact("C-1", "claire@elsewhere.example.com", "2026-06-03T10:00:00Z", notifications=every),
        invoice("56"),
    )
    mailed.finish()
    assert people(mailed, "invoice/56") == {"contact/C-1": "opted_out", "contact/C-2": "toggle_on"}
    assert mailed.recipients == [BRUNO, BRUNO, CLAIRE]


def test_px4_taken_back_by_the_person_the_next_mail_goes_out(mailed: Office) -> None:
    token = token_of(mailed, CLAIRE)
    choose(mailed, token)
    choose(mailed, token, opted_out=False)
    mailed.ingest(invoice("56"))
    mailed.finish()
    assert mailed.recipients == [BRUNO, BRUNO, CLAIRE, CLAIRE]


def test_px4_taken_back_it_does_not_beat_the_toggle_of_upstream(mailed: Office) -> None:
    token = token_of(mailed, CLAIRE)
    choose(mailed, token)
    mailed.ingest(cast.contact("C-1", CLAIRE, "2026-06-03T08:00:00Z", notifications={"invoice": False}))
    choose(mailed, token, opted_out=False)
    mailed.ingest(invoice("56"))
    mailed.finish()
    assert people(mailed, "invoice/56") == {"contact/C-1": "toggle_off", "contact/C-2": "toggle_on"}


@pytest.mark.parametrize("barrier", BARRIERS)
def test_p17_an_opt_out_between_decision_and_smtp_stops_the_mail(office: Office, barrier: Any) -> None:
    office.ingest(*ALONE, invoice())
    office.resolve()
    with barrier(office, copies=1):
        _, heard = choose(office, token_of(office, CLAIRE))
        assert heard.undecided == [office.notice.id]
    assert office.outcome == ("suppressed", "all_toggles_off")
    assert people(office, "invoice/55") == {"contact/C-1": "opted_out"}
    assert (office.recipients, office.server.bodies) == ([], [])


@pytest.mark.parametrize("barrier", BARRIERS)
def test_r9_an_opt_out_between_decision_and_smtp_leaves_the_others_theirs(office: Office, barrier: Any) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    token = token_of(office, BRUNO)
    with barrier(office, copies=3):
        choose(office, token)
    assert office.outcome == ("sent", "hubspot_owner_default")
    assert office.recipients == sorted({*CLIENTS, JONAS} - {BRUNO})
    assert people(office, "renewal/R-1")["contact/C-2"] == "opted_out"


def test_promise_2_a_copy_that_waits_for_a_second_attempt_is_dropped(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    office.server.misbehave("rcpt", cast.LATER, recipient=BRUNO)
    office.finish()
    choose(office, token_of(office, BRUNO))
    office.server.behave()
    office.now += cast.HOUR
    office.finish()
    assert BRUNO not in office.recipients
    assert (BRUNO, "suppressed", "opted_out") in office.copies()


def test_p3_undone_an_invoice_that_was_suppressed_stays_so_and_the_next_goes_out(office: Office) -> None:
    office.ingest(*ALONE, invoice())
    office.finish()
    token = token_of(office, CLAIRE)
    choose(office, token)
    office.ingest(invoice("56"))
    office.finish()
    choose(office, token, opted_out=False)
    office.ingest(invoice("57"))
    office.finish()
    ends = [(row.outcome, row.reason) for row in office.rows(tables.notices)]
    assert ends == [("sent", "toggle_on"), ("suppressed", "all_toggles_off"), ("sent", "toggle_on")]


def test_rules_0_3_a_link_speaks_for_everybody_who_shares_the_address_of_the_one_copy(office: Office) -> None:
    """Otherwise the next invoice would come to the same mailbox, in the name of the other one."""
    double = cast.contact("C-2", CLAIRE.upper())
    office.ingest(*ALONE, double, cast.contact("C-3", BRUNO), invoice())
    office.finish()
    assert office.recipients == [BRUNO, CLAIRE]
    token = token_of(office, CLAIRE)
    _, heard = choose(office, token)
    assert heard.changed == ["C-1", "C-2"]
    office.ingest(invoice("56"))
    office.finish()
    assert office.recipients == [BRUNO, BRUNO, CLAIRE]
    _, heard = choose(office, token, opted_out=False)
    assert heard.changed == ["C-1", "C-2"]


@pytest.mark.parametrize("gone", ["contact.deleted", "contact.erased"])
def test_the_link_of_somebody_who_is_gone_leads_nowhere(mailed: Office, gone: str) -> None:
    token = token_of(mailed, CLAIRE)
    mailed.ingest(said(gone, "2026-06-03T08:00:00Z", id="C-1"))
    assert (reader_of(mailed, token), choose(mailed, token)) == (None, None)
    assert standing(mailed, history=True) == []
    assert reader_of(mailed, token_of(mailed, BRUNO)) is not None


def test_links_to_what_nobody_can_unsubscribe_from_lead_nowhere(office: Office) -> None:
    """Signed as they ought to be, but no mail ever showed them: a user's copy, a copy that nothing governs, no copy."""
    office.ingest(*RENEWAL, *cast.LEAD[3:])
    office.make_run()
    office.finish()
    greta, jonas = token_of(office, cast.GRETA), token_of(office, JONAS)
    for token in (greta, jonas, links.token(VAULT, 4711), links.token(VAULT, 0), links.token(VAULT, 2**63 - 1)):
        assert (reader_of(office, token), choose(office, token)) == (None, None)
    assert office.rows_of(tables.opt_outs) == []


def test_a_link_of_a_letter_that_was_decided_again_leads_nowhere(office: Office) -> None:
    """Its positions are those of people who were considered before."""
    office.ingest(*WORLD, invoice())
    office.resolve()
    stale = token_of(office, CLAIRE)
    office.ingest(cast.contact("C-1", "claire@elsewhere.example.com", "2026-06-03T06:00:00Z"))
    office.finish()
    assert choose(office, stale) is None


def test_an_operator_says_it_and_takes_it_back_with_a_reason(mailed: Office) -> None:
    word = {"operator": "anna", "why": "she called", "now": mailed.now}
    done = [
        unsubscribe.by_operator(mailed.database, "C-1", "invoice", opted_out=out, **word).changed
        for out in (True, True, False, False)
    ]
    assert done == [["C-1"], [], ["C-1"], []]
    out, back = (OptOut(RUN, "C-1", "invoice", said, "operator", None, "anna", "she called") for said in (True, False))
    assert standing(mailed, history=True) == [back, out]


def test_an_operator_cannot_say_it_for_nobody_but_may_take_back_what_is_left(mailed: Office) -> None:
    word = {"operator": "anna", "why": "she called", "now": mailed.now}
    unsubscribe.by_operator(mailed.database, "C-1", "invoice", opted_out=True, **word)
    mailed.ingest(said("contact.erased", "2026-06-03T08:00:00Z", id="C-1"))
    for contact in ("C-1", "C-9"):
        with pytest.raises(UnknownContactError):
            unsubscribe.by_operator(mailed.database, contact, "task", opted_out=True, **word)
    assert unsubscribe.by_operator(mailed.database, "C-1", "invoice", opted_out=False, **word).changed == ["C-1"]


def test_px4_every_mail_that_a_toggle_governs_has_a_link_and_no_other_mail_has(office: Office) -> None:
    office.with_policy(unsubscribe_at="https://notices.example.org/u/")
    link = {"url": "https://portal.example.com/set/1", "issued_at": NOW}
    created = cast.contact("C-9", "new@lumiere.example.com", NOW, set_password=link) | {"type": "contact.created"}
    office.ingest(*RENEWAL, *cast.LEAD[3:], cast.company("2026-06-02T08:00:00Z", account_managers=["U-1"]), created)
    office.ingest(said("ticket.saved", NOW, id="55", company="K-1", contact="C-1", title="Login"))
    office.ingest(said("activity.recorded", NOW, object="company/K-1", action="updated"))
    office.ingest(*(_document(kind.name) for kind in DOCUMENTS))
    office.make_run()
    office.finish()
    linked, bare = set(), set()
    for mail in office.server.mails:
        letter = read(mail)
        template, to_contact = (
            letter["Feedback-ID"].partition(":")[0],
            mail.recipients[0].endswith("@lumiere.example.com"),
        )
        (linked if letter["List-Unsubscribe"] else bare).add((template, to_contact))
    governed = {kind.name for kind in CATALOGUE.values() if kind.toggle} - {"renewal.reminder"}  # due a month later
    assert linked == {(name, True) for name in governed}
    users = {("lead.follow_up", False), ("activity", False), ("renewal.notice", False)}  # the last one: the copy
    assert bare == users | {("proposal.sent", False), ("contact.welcome", True), ("contact.set_password", True)}


def _document(kind: str) -> Event:
    more: dict[str, Any] = (
        {"task": {"id": "77", "title": "Drafts", "project": "J-1"}} if kind.startswith("task.") else {}
    )
    if kind.startswith("proposal."):
        more = {"address": "prospect@example.net"}
    return said(kind, NOW, company="K-1", document={"id": "55"}, **more)
