"""`rappel explain`: why somebody got a mail, or did not, from a live store."""

import json
from contextlib import closing
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.cli.terminal import rappel
from workers.house import policy_of, renderer_of, rules_of
from workers.settings import Settings
from workers.stages import sweep
from workers.stages.simulate import Simulation
from workers.store import tables
from workers.store.database import Database

AT = "2026-06-03T12:00:00Z"


@pytest.mark.usefixtures("lived")
class TestAfterThreeDays:
    def test_a_lead_answers_as_the_simulation_does(self) -> None:
        done = rappel("explain", "lead/L-101", "--at", AT, "--json")
        assert done.out == (
            '{"explain": "lead/L-101", "at": "2026-06-03T12:00:00Z", "answer": "between_intervals", '
            '"next": "2026-06-08T07:00:00Z"}\n'
        )
        assert done.code == 0

    def test_a_lead_is_told_with_facts_answer_and_its_notices(self) -> None:
        out = rappel("explain", "lead/L-101", "--at", AT).out
        assert out.startswith("lead/L-101\n  title: Onlineshop für Backwaren\n")
        assert (
            "As of 2026-06-03 12:00 UTC: between_intervals, the next mail waits for its day, "
            "counted from the first one.\nNext: 2026-06-08 07:00 UTC.\n"
        ) in out
        assert (
            "2026-06-01 07:00 UTC  lead.follow_up #1  lead/L-101  sent\n"
            "  follow_up_first: the lead became overdue on an earlier day, this is the first mail\n"
            "    kept: acceptor: Jonas Weiß <jonas.weiss@hafen.example.com> user/U-jonas: "
            "lead_acceptor, took the lead\n"
        ) in out

    def test_what_became_of_each_copy_stands_with_its_reader(self, lived: str) -> None:
        refused = {"state": "failed", "reason": "refused_by_server"}
        with closing(Database(lived)) as database, database.write() as connection:
            concerned = tables.notices.c.subject == "lead/L-101"
            ids = sa.select(tables.notices.c.id).where(concerned)
            copies = tables.deliveries.update().where(tables.deliveries.c.notice.in_(ids))
            id = connection.execute(copies.values(refused).returning(tables.deliveries.c.id)).scalar_one()
        out = rappel("explain", "lead/L-101", "--at", AT).out
        fate = f"delivery {id}: failed, refused_by_server: the mail server refused it"
        assert f"lead_acceptor, took the lead\n        {fate}\n" in out
        assert ": sent\n" in rappel("explain", "user/U-jonas").out

    def test_who_was_refused_is_told_with_the_facts_that_decided(self) -> None:
        out = rappel("explain", "lead/L-107", "--at", AT).out
        assert "user_inactive: the user is inactive" in out
        assert "    dropped: acceptor: " in out
        assert "        active: no" in out

    def test_promise_2_what_is_only_remembered_is_told_without_a_reader(self, lived: str) -> None:
        with closing(Database(lived)) as database:
            in_a_year = datetime.fromisoformat(AT) + timedelta(days=365)
            sweep.purge(database, in_a_year, sweep.Kept(*[timedelta(days=90)] * 3))
        out = rappel("explain", "lead/L-101", "--at", AT).out
        assert (
            "2026-06-01 07:00 UTC  lead.follow_up #1  lead/L-101  sent\n"
            "  follow_up_first: the lead became overdue on an earlier day, this is the first mail\n"
            "  note record_forgotten: readers and letters were forgotten after their time (retention.ledger)\n"
        ) in out
        assert "Jonas" not in out
        assert "As of 2026-06-03 12:00 UTC: between_intervals" in out

    def test_a_renewal_tells_everybody_with_roles(self) -> None:
        out = rappel("explain", "renewal/RN-02", "--at", AT).out
        assert "kept: main: " in out
        assert (
            "kept: point of contact: Anna Küster <anna.kuester@hafen.example.com> user/U-anna: point_of_contact" in out
        )

    def test_a_person_is_told_the_notices_for_which_it_was_considered(self) -> None:
        done = rappel("explain", "user/U-anna", "--json")
        assert done.code == 0
        assert done.json
        assert all("user/U-anna" in [person["ref"] for person in line["people"]] for line in done.json)
        assert "  name: Anna Küster\n" in rappel("explain", "user/U-anna").out

    def test_a_company_is_told_its_renewals(self) -> None:
        company = rappel("explain", "renewal/RN-02").out.partition("company: ")[2].partition("\n")[0]
        lines = rappel("explain", f"company/{company}", "--json").json
        assert "renewal/RN-02" in [line["subject"] for line in lines]

    def test_only_so_many_notices_as_asked(self) -> None:
        out = rappel("explain", "user/U-anna", "--limit", "1").out
        assert out.count(" UTC  renewal.") == 1
        assert "There are more; --limit 2 shows some." in out


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize("ref", ["lead/L-9", "renewal/R-9", "contact/K-9", "user/U-9", "deal/D-9", "invoice/I-9"])
def test_what_nobody_has_sent_is_not_found(ref: str) -> None:
    done = rappel("explain", ref)
    assert (done.code, done.out) == (6, "")
    assert done.err == f"{ref} is not known: no event has told of it yet. `rappel ingest` brings events in.\n"


@pytest.mark.usefixtures("installation")
def test_json_says_unknown_too() -> None:
    done = rappel("explain", "lead/L-9", "--at", AT, "--json")
    assert (done.code, done.json) == (6, [{"explain": "lead/L-9", "at": AT, "answer": "unknown", "next": None}])


@pytest.mark.parametrize("ref", ["L-1", "lead/", "address/x@example.org", "/L-1"])
def test_a_reference_names_kind_and_id(ref: str) -> None:
    done = rappel("explain", ref)
    assert done.code == 2
    assert "write KIND/ID with one of the kinds lead, renewal, company, contact, user" in done.err


@pytest.mark.usefixtures("installation")
def test_tl6_a_ticket_tells_what_was_decided_about_it(sqlite_url: str) -> None:
    """Its own activities, and those of its company, which is told of them too; documents by their own name."""
    at = "2026-06-01T09:00:00Z"
    said = [
        ("user.saved", {"id": "U-1", "name": "Uta", "email": "uta@example.org"}),
        ("company.saved", {"id": "K-1", "name": "Kiosk"}),
        ("ticket.saved", {"id": "T-1", "company": "K-1", "title": "Broken", "responsible": "U-1"}),
        ("activity.recorded", {"object": "ticket/T-1", "action": "closed"}),
        ("activity.recorded", {"object": "ticket/T-1", "action": "created"}),
        ("invoice.sent", {"company": "K-1", "document": {"id": "I-1"}}),
    ]
    events = [
        {"specversion": "1.0", "id": f"e{n}", "source": "crm", "type": type_, "time": at, "data": data}
        for n, (type_, data) in enumerate(said)
    ]
    database = Database(sqlite_url)
    settings = Settings()
    fleet = Simulation(database, rules_of(settings), renderer_of(settings), policy_of(settings))
    fleet.run(enumerate(map(json.dumps, events), start=1), datetime.fromisoformat("2026-06-01T10:00:00Z"))
    database.close()

    def told(ref: str) -> list[tuple[str, str, str]]:
        return [(line["subject"], line["outcome"], line["reason"]) for line in rappel("explain", ref, "--json").json]

    of_ticket = [("ticket/T-1", "sent", "ticket_responsible"), ("ticket/T-1", "suppressed", "action_not_notifiable")]
    assert told("ticket/T-1") == of_ticket
    assert told("company/K-1") == of_ticket
    assert told("invoice/I-1") == [("invoice/I-1", "suppressed", "no_contacts")]
    assert (
        "kept: responsible: Uta <uta@example.org> user/U-1: ticket_responsible" in rappel("explain", "ticket/T-1").out
    )
