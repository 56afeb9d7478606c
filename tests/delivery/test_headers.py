"""What stands above a letter: which list and which thread it belongs to, and nothing about its reader."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.delivery import office as cast
from tests.delivery.office import BRUNO, CLIENTS, JONAS, LATER, LEAD, POLICY, RENEWAL, RUN, VAULT, Office, read
from tests.servers.dkimpy import verifying
from workers.postbox.addresses import Mailbox
from workers.postbox.dkim import Signer
from workers.stages import links
from workers.stages.mailroom import Sender
from workers.stages.show import show
from workers.store import tables

PAGES = "https://notices.example.org/rappel/u/"
OTHERS = Sender(Mailbox("Südwind", "post@suedwind.example.org"), Mailbox("", "answers@suedwind.example.org"))


def test_the_reminders_of_a_lead_form_a_thread(office: Office) -> None:
    office.ingest(*LEAD, cast.lead("L-2", title="Ropes"))
    for week in range(12):
        office.now = RUN + timedelta(weeks=week)
        office.make_run()
        office.finish()
    threads: dict[str, list[tuple[str, list[str], str | None]]] = {"Sails": [], "Ropes": []}
    for mail in map(read, office.server.mails):
        title = "Sails" if "Sails" in mail["Subject"] else "Ropes"
        threads[title].append((mail["Message-ID"], (mail["References"] or "").split(), mail["In-Reply-To"]))
    for mails in threads.values():
        ids = [id for id, _, _ in mails]
        assert len(set(ids)) == 12
        assert [references for _, references, _ in mails] == [
            [] if n == 0 else [ids[0], *ids[1:n][-9:]] for n in range(12)
        ]
        assert [answered for _, _, answered in mails] == [None, *ids[:-1]]


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


def test_a_name_cannot_turn_the_address_beside_it(office: Office) -> None:
    """The door strips it; such a name was kept by an older release."""
    office.ingest(*LEAD)
    with office.database.write() as connection:
        connection.execute(tables.users.update().values(name="\u202eJonas\u2066 \u200fשלום"))
    office.make_run()
    office.finish()
    (mail,) = map(read, office.server.mails)
    assert mail["To"] == "Jonas \u200fשלום <greta@nordwind.example.org>"


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


def test_rfc_8058_every_contact_of_a_governed_notice_can_unsubscribe_by_a_link_of_their_own(office: Office) -> None:
    office.with_policy(unsubscribe_at=PAGES)
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    said = {mail.recipients[0]: read(mail) for mail in office.server.mails}
    tokens = {row.address: links.token(VAULT, row.id) for row in office.rows(tables.deliveries)}
    assert {address: mail["List-Unsubscribe"] for address, mail in said.items()} == {
        **{address: f"<{PAGES}{tokens[address]}>" for address in CLIENTS},
        JONAS: None,  # the point of contact is a user, and has no toggles (PX-4)
    }
    assert {address: mail["List-Unsubscribe-Post"] for address, mail in said.items()} == {
        **dict.fromkeys(CLIENTS, "List-Unsubscribe=One-Click"),
        JONAS: None,
    }


def test_rfc_8058_a_link_is_on_the_wire_as_it_is_however_long(office: Office) -> None:
    pages = "https://notices.example.org/" + "a-long-way/" * 45 + "u/"
    office.with_policy(unsubscribe_at=pages)
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    mail = next(mail for mail in office.server.mails if JONAS not in mail.recipients)
    (row,) = office.rows(tables.deliveries, tables.deliveries.c.address == mail.recipients[0])
    first, second = mail.message.split(b"\r\n")[:2]
    assert first.decode() == f"List-Unsubscribe: <{pages}{links.token(VAULT, row.id)}>"
    assert second == b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    assert read(mail)["List-Unsubscribe"].encode() == first.partition(b": ")[2]


def test_rfc_8058_the_signature_of_each_copy_covers_its_own_link(office: Office) -> None:
    signer = Signer("example.org", "s", Ed25519PrivateKey.generate())
    office.with_policy(unsubscribe_at=PAGES, partners={"P-1": Sender(Mailbox("Nord", "post@nord.example.org"))})
    office.room = replace(office.room, signers=(signer,))
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    with verifying([signer]) as dkimpy:
        seen = {mail.recipients[0]: dkimpy.look_at(mail.message) for mail in office.server.mails}
    covered = {address: [each.good and "list-unsubscribe" in each.signed for each in seen[address]] for address in seen}
    assert covered == {address: [True] for address in [*CLIENTS, JONAS]}
    with office.database.read() as connection:  # whoever looks gets what was sent, but for tokens and signatures
        shown = show(connection, office.rows(tables.letters)[0].id).eml(office.room.policy)
    assert {_without_link(mail.message) for mail in office.server.mails} == {shown}


def test_nobody_signs_for_a_domain_without_a_key(office: Office) -> None:
    office.room = replace(office.room, signers=(Signer("example.com", "s", Ed25519PrivateKey.generate()),))
    office.ingest(*LEAD)
    office.make_run()
    office.finish()
    assert read(office.server.mails[0])["DKIM-Signature"] is None


def test_what_is_led_elsewhere_has_no_link_of_the_person_it_was_meant_for(office: Office) -> None:
    """`mail.mode = "redirect:..."`: whoever gets it could unsubscribe a real person."""
    office.with_policy(unsubscribe_at=PAGES, redirect="test@nordwind.example.org")
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    assert office.recipients == ["test@nordwind.example.org"] * 4
    assert [b"List-Unsubscribe" in mail.message for mail in office.server.mails] == [False] * 4
    with office.database.read() as connection:
        shown = [show(connection, row.letter, row.id) for row in office.rows(tables.deliveries)]
    assert {each.eml(office.room.policy) for each in shown} == {mail.message for mail in office.server.mails}


def test_px_4_what_no_toggle_governs_has_no_link(office: Office) -> None:
    office.with_policy(unsubscribe_at=PAGES)
    office.ingest(*LEAD)
    office.make_run()
    office.finish()
    (mail,) = map(read, office.server.mails)
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (None, None)


def test_without_public_pages_no_mail_has_a_link(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    assert [mail["List-Unsubscribe"] for mail in map(read, office.server.mails)] == [None] * 4


def test_what_stands_above_a_letter_is_that_of_its_first_attempt(office: Office) -> None:
    """Bruno's server asks for patience; meanwhile the settings change. He reads what the others have."""
    office.with_policy(unsubscribe_at=PAGES)
    office.ingest(*RENEWAL)
    office.make_run()
    office.server.misbehave("rcpt", LATER, recipient=BRUNO)
    office.finish()
    office.server.behave()
    office.with_policy(sender=OTHERS, unsubscribe_at="https://elsewhere.example.org/u/")
    office.now += cast.HOUR
    office.finish()
    (row,) = office.rows(tables.deliveries, tables.deliveries.c.address == BRUNO)
    (his,) = (mail for mail in office.server.mails if BRUNO in mail.recipients)
    shared = {_without_link(mail.message) for mail in office.server.mails}
    assert len(shared) == 1
    assert read(his)["From"] == "Nordwind <post@nordwind.example.org>"
    assert read(his)["Reply-To"] is None
    assert read(his)["List-Unsubscribe"] == f"<{PAGES}{links.token(VAULT, row.id)}>"
    with office.database.read() as connection:
        shown = show(connection, row.letter, row.id).eml(office.room.policy)
    assert links.token(VAULT, row.id).encode() not in shown
    assert _without_link(shown) in shared
    assert shown.replace(links.REDACTED.encode(), links.token(VAULT, row.id).encode()) == his.message


def test_promise_7_a_letter_that_the_release_before_rendered_gets_its_head_at_the_next_attempt(office: Office) -> None:
    office.ingest(*LEAD)
    office.make_run()
    office.server.misbehave("rcpt", LATER, times=1)
    office.finish()
    with office.database.write() as connection:
        connection.execute(tables.letters.update().values(head=sa.null(), toggle=None))
    office.with_policy(sender=OTHERS)
    office.now += cast.HOUR
    office.finish()
    (mail,) = office.server.mails
    assert read(mail)["Reply-To"] == "answers@suedwind.example.org"
    with office.database.read() as connection:
        assert show(connection, office.rows(tables.letters)[0].id).eml(POLICY) == mail.message


def _without_link(message: bytes) -> bytes:
    """The mail from the first line on that all copies share."""
    return message[message.index(b"Message-ID:") :]


NORD = Sender(Mailbox("Nord", "post@nord.example.org"))
OCCASIONS = {
    "invoice.sent": cast.said("invoice.sent", RUN.isoformat(), company="K-1", document={"id": "55"}),
    "contact.password_requested": cast.said(
        "contact.password_requested", RUN.isoformat(), id="C-1", issued_at=RUN.isoformat(), url="https://a.example/x"
    ),
}


@pytest.mark.parametrize("type", OCCASIONS)
def test_r15b_nobody_writes_in_the_name_of_a_partner_that_has_ended_not_even_what_was_decided_before(
    office: Office, type: str
) -> None:
    office.with_policy(partners={"P-1": NORD})
    office.ingest(*cast.PEOPLE, cast.company(), cast.contact("C-1", cast.CLAIRE), OCCASIONS[type])
    office.resolve()
    assert office.copies() == [(cast.CLAIRE, "pending", None)]
    office.ingest(cast.partner("2026-06-03T06:00:00Z", status="ended"))
    office.finish()
    (mail,) = office.server.mails
    assert read(mail)["From"] == "Nordwind <post@nordwind.example.org>"


def senders(office: Office) -> list[str]:
    return sorted({read(mail)["From"] for mail in office.server.mails})


def test_promise_2_a_corrected_sender_signs_what_was_written_before_as_long_as_nothing_has_left(office: Office) -> None:
    office.with_policy(unsubscribe_at=PAGES)
    office.ingest(*RENEWAL)
    office.make_run()
    office.server.misbehave("rcpt", LATER)
    office.finish()
    office.server.behave()
    office.with_policy(sender=OTHERS, unsubscribe_at="https://elsewhere.example.org/u/")
    office.now += cast.HOUR
    office.finish()
    assert office.recipients == sorted([*CLIENTS, JONAS])
    assert senders(office) == ["Südwind <post@suedwind.example.org>"]
    links_of = [mail["List-Unsubscribe"] for mail in map(read, office.server.mails) if mail["List-Unsubscribe"]]
    assert [link.startswith("<https://elsewhere.example.org/u/") for link in links_of] == [True] * 3


def test_promise_2_all_copies_say_the_same_while_a_worker_with_other_settings_writes_one_of_them(
    office: Office,
) -> None:
    """Bruno's copy waits at the server with the old sender while the others are written with the new one."""
    office.ingest(*RENEWAL)
    office.make_run()
    office.server.misbehave("rcpt", LATER)
    office.finish()
    office.server.behave()
    office.now += cast.HOUR
    (his,) = office.rows(tables.deliveries, tables.deliveries.c.address == BRUNO)
    others = [row.id for row in office.rows(tables.deliveries) if row.state == "pending" and row.id != his.id]
    barrier = office.server.hold("rcpt", recipient=BRUNO)
    with office.sending([his.id]):
        barrier.wait_until_reached()
        old = office.room
        office.with_policy(sender=OTHERS)
        assert office.send(others) == len(others)
        barrier.release()
    office.room = old
    office.now += cast.HOUR
    office.finish()
    assert office.recipients == sorted([*CLIENTS, JONAS])
    of_clients = {read(mail)["From"] for mail in office.server.mails if mail.recipients != (JONAS,)}
    assert of_clients == {"Südwind <post@suedwind.example.org>"}


def test_promise_2_what_has_begun_to_leave_keeps_its_sender(office: Office) -> None:
    office.ingest(*RENEWAL)
    office.make_run()
    office.server.misbehave("dot", LATER, recipient=BRUNO)
    office.finish()
    office.server.behave()
    office.with_policy(sender=OTHERS)
    office.now += cast.HOUR
    office.finish()
    assert office.recipients == sorted([*CLIENTS, JONAS])
    assert senders(office) == ["Nordwind <post@nordwind.example.org>"]
