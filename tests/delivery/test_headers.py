"""What stands above a letter: which list and which thread it belongs to, and nothing about its reader."""

from datetime import timedelta

from tests.delivery import office as cast
from tests.delivery.office import LEAD, RENEWAL, RUN, Office, read
from workers.stages.show import show
from workers.store import tables


def test_the_reminders_of_a_lead_form_a_thread(office: Office) -> None:
    office.ingest(*LEAD, cast.lead("L-2", title="Ropes"))
    for week in range(12):
        office.now = RUN + timedelta(weeks=week)
        office.make_run()
        office.finish()
    threads: dict[str, list[tuple[str, list[str]]]] = {"Sails": [], "Ropes": []}
    for mail in map(read, office.server.mails):
        title = "Sails" if "Sails" in mail["Subject"] else "Ropes"
        threads[title].append((mail["Message-ID"], (mail["References"] or "").split()))
    for mails in threads.values():
        ids = [id for id, _ in mails]
        assert len(set(ids)) == 12
        assert [references for _, references in mails] == [
            [] if n == 0 else [ids[0], *ids[1:n][-9:]] for n in range(12)
        ]


def test_the_letters_of_one_renewal_date_form_a_thread_and_a_new_date_begins_another(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    first = office.rows(tables.letters)[0].message_id
    office.now = RUN + timedelta(days=30)
    office.make_run()
    office.finish()
    moved = cast.renewal("2026-07-04T08:00:00Z", renews_on="2026-10-02")
    office.now = RUN + timedelta(days=31)
    office.ingest(moved)
    office.make_run()
    office.finish()
    letters = [letter.message_id for letter in office.rows(tables.letters)]
    threads = {mail["Message-ID"]: mail["References"] for mail in map(read, office.server.mails)}
    assert threads == {letters[0]: None, letters[1]: first, letters[2]: None}


def test_every_mail_says_which_list_it_is_of_and_asks_machines_for_silence(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    office.finish()
    (mail,) = map(read, office.server.mails)
    said = {name: mail[name] for name in ("List-Id", "Feedback-ID", "Auto-Submitted", "X-Auto-Response-Suppress")}
    assert said == {
        "List-Id": "<lead.follow_up.nordwind.example.org>",
        "Feedback-ID": "lead.follow_up:en::rappel",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    with office.database.read() as connection:
        shown = show(connection, office.rows(tables.letters)[0].id)
    assert shown.eml(office.room.policy) == office.server.mails[0].message
