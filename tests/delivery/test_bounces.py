"""Mails that come back: sent through a real server, returned to the return path that it was given (RULES 0.9).

The renewal notice goes to Bruno, Claire and Odile, with Jonas in copy; nobody but the owner of a return path can have
an address suppressed.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.delivery.office import (
    BRUNO,
    CLAIRE,
    CLIENTS,
    DAY,
    GRETA,
    INTAKE,
    JONAS,
    LEAD,
    ODILE,
    RENEWAL,
    RUN,
    VAULT,
    Office,
    process,
    said,
    user,
)
from tests.delivery.office import lead as said_lead
from tests.delivery.office import read as read_mail
from tests.postbox import came_back
from tests.postbox.came_back import (
    ENCODERS,
    OTHERS,
    REPORTS,
    Copy,
    complaint,
    complaint_by_the_book,
    global_report,
    postfix,
    renamed,
)
from tests.servers.smtpd import DROP
from tests.world import utc
from workers.domain.bounces import Verdict
from workers.domain.recipients import fold
from workers.stages import addresses
from workers.stages.bounces import MOST, UNKNOWN, Desk, Taken, take
from workers.store import address_book, reports, tables
from workers.store.address_book import Known, Standing

AFTER = RUN + timedelta(hours=1)


@pytest.fixture
def sent(office: Office) -> Office:
    """The renewal notice is sent; an hour has passed."""
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    office.now = AFTER
    return office


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """Some lines lost, doubled or swapped, some octets changed."""
    lines = raw.splitlines(keepends=True)
    for _ in range(chance.randrange(4)):
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        what = chance.choice(["lose", "double", "swap", "scramble"])
        if what == "lose":
            lines[one] = b""
        elif what == "double":
            lines.insert(other, lines[one])
        elif what == "swap":
            lines[one], lines[other] = lines[other], lines[one]
        else:
            lines[one] = bytes(chance.choice([octet, chance.randrange(256)]) for octet in lines[one])
    return b"".join(lines)


def copy_to(office: Office, address: str) -> Copy:
    """What the server that took the copy knows of it."""
    (mail,) = [mail for mail in office.server.mails if mail.recipients == (address,)]
    return Copy(address, mail.sender, str(read_mail(mail)["Message-ID"]))


def come_back(office: Office, raw: bytes, recipient: str | None = None, **limits: Any) -> Taken:
    taken = take(Desk(office.database, VAULT, INTAKE, **limits), raw, office.now, recipient)
    office.resolve()
    return taken


def id_of(office: Office, address: str) -> int:
    return next(int(row.id) for row in office.rows(tables.deliveries) if row.address == address)


def suppressed(office: Office) -> dict[str, str | None]:
    with office.database.read() as connection:
        found = address_book.known(connection, Standing.SUPPRESSED, None, 100)
    return {known.address: known.reason for known in found}


def known(office: Office, address: str) -> Known | None:
    with office.database.read() as connection:
        return address_book.get(connection, address)


def history(office: Office, address: str) -> list[tuple[str, bool, str | None]]:
    with office.database.read() as connection:
        found = reports.of_delivery(connection, id_of(office, address))
    return [(each.kind, each.verified, each.status) for each in found]


@pytest.mark.parametrize("writer", REPORTS)
def test_0_9_a_hard_bounce_suppresses_the_address_and_the_next_notice_says_so(sent: Office, writer: str) -> None:
    raw = REPORTS[writer](copy_to(sent, CLAIRE))
    id = id_of(sent, CLAIRE)

    assert come_back(sent, raw) == Taken("hard", id, CLAIRE, verified=True, suppressed=True)

    assert suppressed(sent) == {CLAIRE: "hard"}
    assert [kind for kind, _, _ in history(sent, CLAIRE)] == ["hard"]
    assert sent.outcome == ("sent", "hubspot_owner_default")
    assert sent.notice.notes == ["copy_bounced"]
    assert (CLAIRE, "sent", "accepted") in sent.copies()
    sent.now = RUN + 30 * DAY
    sent.make_run()
    people = [row for row in sent.rows_of(tables.people) if row.notice != id and row.address == CLAIRE]
    assert [(row.kept, row.reason) for row in people][-1] == (False, "address_suppressed")
    sent.finish()
    later = sent.server.mails[4:]
    assert sorted(mail.recipients[0] for mail in later) == sorted([BRUNO, ODILE, JONAS])


@pytest.mark.parametrize("writer", [complaint, complaint_by_the_book])
def test_0_9_a_complaint_suppresses_the_address(sent: Office, writer: Callable[[Copy], bytes]) -> None:
    taken = come_back(sent, writer(copy_to(sent, BRUNO)))
    assert (taken.kind, taken.suppressed) == ("complaint", True)
    assert suppressed(sent) == {BRUNO: "complaint"}


@pytest.mark.parametrize("named", [None, "jürgen@bücher.example.org", r"j\x{FC}rgen@b\x{FC}cher.example.org"])
@pytest.mark.parametrize("encoding", ENCODERS)
def test_0_9_a_hard_bounce_suppresses_an_address_outside_ascii_too(
    office: Office, encoding: str, named: str | None
) -> None:
    office.ingest(*LEAD, user("U-2", "jürgen@bücher.example.org", "2026-06-02T08:00:00Z"))
    office.make_run()
    office.finish()
    office.now = AFTER
    copy = copy_to(office, "jürgen@xn--bcher-kva.example.org")
    another = global_report(renamed(copy, r"j\x{F6}rgen@bücher.example.org"), encoding=encoding)
    assert come_back(office, another.replace(b"<global", b"<another")).kind == "elsewhere"
    assert suppressed(office) == {}

    taken = come_back(office, global_report(replace(copy, named=named), encoding=encoding))

    assert (taken.kind, taken.verified, taken.suppressed) == ("hard", True, True)
    assert [fold(address) for address in suppressed(office)] == [fold(copy.recipient)]


def test_0_9_anything_else_is_kept_and_at_most_counted(sent: Office) -> None:
    copy = copy_to(sent, CLAIRE)
    mails: list[tuple[str, bytes]] = [
        ("soft", postfix(copy, status="5.2.2", said="552 5.2.2 full")),
        ("soft", postfix(copy, status="5.7.1", said="550 5.7.1 no")),
        ("soft", postfix(copy, status="4.4.7", said="too old")),
        ("soft", postfix(copy, status="5.0.0", said="550 no such user")),
        ("delayed", postfix(copy, "delayed", "4.4.1")),
        ("delivered", postfix(copy, "delivered", "2.0.0")),
        ("remark", complaint(copy, "not-spam")),
        ("elsewhere", postfix(renamed(copy, "shop@elsewhere.example.net"))),
    ]
    id = id_of(sent, CLAIRE)
    assert [come_back(sent, raw) for _, raw in mails] == [Taken(kind, id, CLAIRE, verified=True) for kind, _ in mails]
    assert sorted(history(sent, CLAIRE))[0] == ("delayed", True, "4.4.1")
    assert len(history(sent, CLAIRE)) == len(mails)
    assert suppressed(sent) == {}
    assert [row.soft_bounces for row in sent.rows_of(tables.addresses)] == [4]


def test_what_is_no_report_changes_nothing(sent: Office) -> None:
    copy = copy_to(sent, CLAIRE)
    assert [come_back(sent, mail(copy)) for mail, _ in OTHERS.values()] == [Taken(kind) for _, kind in OTHERS.values()]
    assert (sent.rows(tables.reports), sent.rows_of(tables.addresses)) == ([], [])


def test_reading_a_report_again_changes_nothing(sent: Office) -> None:
    raw = postfix(copy_to(sent, CLAIRE), status="5.2.2")
    come_back(sent, raw)
    again = come_back(sent, b"From MAILER-DAEMON Wed Jun  3 08:00:00 2026\n" + raw.replace(b"\n", b"\r\n"))
    assert (again.repeated, again.suppressed) == (True, False)
    assert len(history(sent, CLAIRE)) == 1
    assert [row.soft_bounces for row in sent.rows_of(tables.addresses)] == [1]


class TestForged:
    """Whoever got a letter knows its Message-ID, and anybody can count."""

    def test_a_message_id_alone_is_kept_as_unverified_and_changes_nothing(self, sent: Office) -> None:
        copy = replace(copy_to(sent, CLAIRE), path=came_back.PATH)
        taken = come_back(sent, postfix(copy))
        assert taken == Taken("hard", id_of(sent, CLAIRE), CLAIRE)
        assert history(sent, CLAIRE) == [("hard", False, "5.1.1")]
        assert (suppressed(sent), sent.notice.notes) == ({}, [])
        assert sent.rows_of(tables.addresses) == []

    def test_the_real_report_counts_after_a_forged_one_of_the_same_id(self, sent: Office) -> None:
        copy = copy_to(sent, CLAIRE)
        come_back(sent, postfix(replace(copy, path=came_back.PATH)))
        assert come_back(sent, postfix(copy)).suppressed

    def test_a_message_id_without_a_recipient_of_ours_is_nobodys(self, sent: Office) -> None:
        copy = replace(copy_to(sent, CLAIRE), path=came_back.PATH, named="eve@example.net")
        assert come_back(sent, postfix(copy)) == Taken(UNKNOWN)

    def test_the_mark_of_another_copy_says_nothing_about_this_one(self, sent: Office) -> None:
        """Bruno writes a bounce with his own mark, in Claire's name."""
        taken = come_back(sent, postfix(replace(copy_to(sent, BRUNO), named=CLAIRE)))
        assert (taken.kind, taken.address, taken.suppressed) == ("elsewhere", BRUNO, False)
        mark = copy_to(sent, BRUNO).path.partition("-")[2]
        claires = replace(copy_to(sent, CLAIRE), path=f"bounce+{id_of(sent, CLAIRE)}-{mark}")
        assert not come_back(sent, postfix(claires)).verified
        assert suppressed(sent) == {}

    def test_whatever_is_made_of_a_report_it_can_only_ever_mean_its_own_delivery(self, sent: Office) -> None:
        """Bruno has his own return path, and knows the others' addresses and the letter's Message-ID."""
        chance = random.Random(464)
        own, others = copy_to(sent, BRUNO), [*CLIENTS, JONAS, GRETA]
        for number in range(90):
            copy = replace(own, named=chance.choice(others))
            raw = chance.choice([*REPORTS.values(), complaint])(copy)
            come_back(sent, mutated(raw.replace(b"Message-I", b"Message-ID: <%d@x>\nMessage-I" % number, 1), chance))
        assert suppressed(sent).keys() == {BRUNO}
        assert {each.address_key for each in sent.rows(tables.reports) if each.verified} == {BRUNO}
        assert {row.key for row in sent.rows_of(tables.addresses)} == {BRUNO}

    def test_a_mark_that_is_made_up_in_a_complaint_changes_nothing(self, sent: Office) -> None:
        """Bruno complains in Claire's name: with a mark that he invents, then with his own."""
        claires = copy_to(sent, CLAIRE)
        mark = copy_to(sent, BRUNO).path.partition("-")[2]
        invented = f"bounce+{id_of(sent, CLAIRE)}-abcdefghijklmnop@bounces.example.org"
        for path in (invented, f"bounce+{id_of(sent, CLAIRE)}-{mark}"):
            taken = come_back(sent, complaint_by_the_book(replace(claires, path=path)))
            assert (taken.verified, taken.suppressed) == (False, False)
        assert history(sent, CLAIRE) == [("complaint", False, None)]
        assert (suppressed(sent), sent.rows_of(tables.addresses)) == ({}, [])

    def test_a_return_path_from_before_it_had_a_mark_changes_nothing(self, sent: Office) -> None:
        copy = replace(copy_to(sent, CLAIRE), path=f"bounce+{id_of(sent, CLAIRE)}@bounces.example.org")
        assert not come_back(sent, postfix(copy)).verified
        assert suppressed(sent) == {}

    def test_a_flood_fills_no_table(self, sent: Office) -> None:
        copy = replace(copy_to(sent, CLAIRE), path=came_back.PATH)
        for number in range(MOST + 3):
            come_back(sent, postfix(copy).replace(b"Message-ID: <failed", f"Message-ID: <{number}".encode()))
        assert len(history(sent, CLAIRE)) == MOST


def test_a_return_path_that_only_the_mail_server_knows_is_enough(sent: Office) -> None:
    copy = copy_to(sent, CLAIRE)
    taken = come_back(sent, postfix(replace(copy, path=came_back.PATH)), recipient=copy.path.upper())
    assert (taken.verified, taken.suppressed) == (True, True)


def test_a_mail_that_was_led_elsewhere_says_nothing_about_whom_it_was_meant_for(office: Office) -> None:
    """mail.mode = "redirect:...": the test mailbox bounces, not Greta."""
    office.with_policy(redirect="rehearsal@example.org")
    office.ingest(*LEAD)
    office.make_run()
    office.finish()
    office.now = AFTER
    copy = replace(copy_to(office, "rehearsal@example.org"))
    for named in ("rehearsal@example.org", GRETA):
        assert not come_back(office, postfix(replace(copy, named=named))).suppressed
    assert suppressed(office) == {}


class TestUncertain:
    """Promise 3: a bounce tells what became of a copy whose answer was lost."""

    @pytest.fixture
    def lost(self, office: Office) -> Office:
        office.server.misbehave("dot", DROP)
        office.ingest(*LEAD)
        office.make_run()
        office.finish()
        office.now = AFTER
        assert office.outcome == ("uncertain", "connection_lost")
        return office

    def copy(self, lost: Office) -> Copy:
        (row,) = lost.rows(tables.letters)
        return Copy(GRETA, lost.room.return_path(id_of(lost, GRETA), GRETA), row.message_id)

    @pytest.mark.parametrize(
        ("action", "status", "state", "outcome"),
        [
            ("failed", "5.1.1", ("failed", "address_refused"), ("failed", "address_refused")),
            ("failed", "5.2.2", ("failed", "refused_by_server"), ("failed", "refused_by_server")),
            ("delayed", "4.4.1", ("sent", "accepted"), ("sent", "follow_up_first")),
            ("delivered", "2.0.0", ("sent", "accepted"), ("sent", "follow_up_first")),
        ],
    )
    def test_it_comes_to_an_end(
        self, lost: Office, action: str, status: str, state: tuple[str, str], outcome: tuple[str, str]
    ) -> None:
        come_back(lost, postfix(self.copy(lost), action, status, f"550 {status} words"))
        assert (lost.copies(), lost.outcome) == ([(GRETA, *state)], outcome)

    def test_a_complaint_proves_that_it_arrived(self, lost: Office) -> None:
        come_back(lost, complaint(self.copy(lost)))
        assert lost.outcome == ("sent", "follow_up_first")

    @pytest.mark.parametrize("report", ["delivered", "complaint"])
    def test_lt_7_what_was_sent_after_all_was_sent_when_its_body_left(self, lost: Office, report: str) -> None:
        """Told on 6 June, left on the 3rd: the next mail is due a week after that."""
        lost.now = utc("2026-06-06T12:00")
        copy = self.copy(lost)
        come_back(lost, complaint(copy) if report == "complaint" else postfix(copy, report, "2.0.0", "250 2.0.0 Ok"))
        (row,) = lost.rows(tables.deliveries)
        assert lost.outcome == ("sent", "follow_up_first")
        assert (row.state, row.ended_at, lost.notice.at) == ("sent", RUN, RUN)
        lost.ingest(said("address.released", lost.now, address=GRETA))
        for day in (9, 10, 13):
            lost.now = utc(f"2026-06-{day:02}T07:00")
            lost.make_run()
            lost.finish()
        assert [(row.sequence, row.at) for row in lost.rows(tables.notices)] == [
            (1, RUN),
            (2, utc("2026-06-10T07:00")),
        ]

    def test_what_failed_after_all_failed_when_that_was_told_and_its_number_was_used_when_its_body_left(
        self, lost: Office
    ) -> None:
        come_back(lost, postfix(self.copy(lost), "failed", "5.2.2", "550 5.2.2 words"))
        (row,) = lost.rows(tables.deliveries)
        assert (row.ended_at, lost.notice.at) == (AFTER, RUN)

    def test_an_unverified_report_decides_nothing(self, lost: Office) -> None:
        come_back(lost, postfix(replace(self.copy(lost), path=came_back.PATH)))
        assert lost.outcome == ("uncertain", "connection_lost")

    def test_what_came_back_from_another_address_decides_nothing(self, lost: Office) -> None:
        come_back(lost, postfix(replace(self.copy(lost), named="eve@example.net")))
        assert lost.outcome == ("uncertain", "connection_lost")


def test_what_waits_for_a_bounced_address_does_not_go_out(sent: Office) -> None:
    """The bounce is a fact like any other: an open copy that leans on it is decided again (promise 2)."""
    sent.ingest(process(), said_lead(acceptor="U-1"))
    copy = copy_to(sent, JONAS)
    sent.now = RUN + DAY
    sent.make_run()
    assert [row.state for row in sent.rows(tables.deliveries, tables.deliveries.c.address == JONAS)][-1] == "pending"
    come_back(sent, postfix(copy))
    sent.finish()
    row = sent.rows(tables.notices, tables.notices.c.kind == "lead.follow_up")[-1]
    assert (row.outcome, row.reason) == ("suppressed", "address_suppressed")
    assert len([mail for mail in sent.server.mails if mail.recipients == (JONAS,)]) == 1


class TestSoftLimit:
    def bounce(self, office: Office, address: str, **limits: Any) -> Taken:
        """The newest copy comes back softly."""
        mail = [mail for mail in office.server.mails if mail.recipients == (address,)][-1]
        copy = Copy(address, mail.sender, str(read_mail(mail)["Message-ID"]))
        raw = postfix(copy, status="5.2.2", said="552 5.2.2 full")
        number = len(office.rows(tables.reports))
        return come_back(office, raw.replace(b"Message-ID: <failed", f"Message-ID: <{number}".encode()), **limits)

    def again(self, office: Office, days: int) -> None:
        office.now = RUN + days * DAY
        office.make_run()
        office.finish()
        office.now += timedelta(hours=1)

    def test_so_many_mails_that_came_back_suppress_the_address(self, sent: Office) -> None:
        assert not self.bounce(sent, CLAIRE, soft_limit=2).suppressed
        assert not self.bounce(sent, CLAIRE, soft_limit=2).suppressed, "twice the same mail"
        self.again(sent, 30)
        assert self.bounce(sent, CLAIRE, soft_limit=2, soft_within=60 * DAY).suppressed
        found = known(sent, CLAIRE)
        assert found is not None
        assert (found.reason, found.soft_bounces) == ("hard", 3)
        assert found.words == "2 soft bounces (bounces.soft_limit), the last one: 552 5.2.2 full"

    def test_old_ones_do_not_count(self, sent: Office) -> None:
        self.bounce(sent, CLAIRE, soft_limit=2)
        self.again(sent, 30)
        assert not self.bounce(sent, CLAIRE, soft_limit=2, soft_within=7 * DAY).suppressed

    def test_those_before_a_release_do_not_count(self, sent: Office) -> None:
        assert self.bounce(sent, CLAIRE, soft_limit=1).suppressed
        assert addresses.release(sent.database, INTAKE, CLAIRE, "jo", "emptied", sent.now).was is Standing.SUPPRESSED
        self.again(sent, 30)
        assert not self.bounce(sent, CLAIRE, soft_limit=2, soft_within=60 * DAY).suppressed

    def test_without_a_limit_they_are_only_counted(self, sent: Office) -> None:
        self.bounce(sent, CLAIRE)
        assert suppressed(sent) == {}


class TestRelease:
    def test_mail_goes_there_again_and_who_said_so_is_kept(self, sent: Office) -> None:
        raw = postfix(copy_to(sent, CLAIRE))
        come_back(sent, raw)
        sent.now += timedelta(hours=1)
        released = addresses.release(sent.database, INTAKE, f" {CLAIRE.upper()}", "jo", "moved back", sent.now)
        assert (released.was, suppressed(sent)) == (Standing.SUPPRESSED, {})
        with sent.database.read() as connection:
            said = reports.of_address(connection, CLAIRE, 10)
        assert [(each.kind, each.said_by) for each in said] == [("released", "jo"), ("hard", "relay.example.org")]
        assert said[0].words == "moved back"
        assert come_back(sent, raw).repeated
        assert suppressed(sent) == {}

    def test_a_bounce_from_before_it_that_is_read_later_changes_nothing(self, sent: Office) -> None:
        copy = copy_to(sent, CLAIRE)
        come_back(sent, postfix(copy))
        sent.now += DAY
        addresses.release(sent.database, INTAKE, CLAIRE, "jo", "moved back", sent.now)
        sent.now += DAY
        come_back(sent, complaint(copy).replace(b"Thu, 4 Jun 2026 08:00", b"Wed, 3 Jun 2026 08:30"))
        assert suppressed(sent) == {}

    def test_a_bounce_with_a_date_of_the_future_can_be_released(self, sent: Office) -> None:
        come_back(sent, postfix(copy_to(sent, CLAIRE), date="Fri, 1 Jan 2100 00:00:00 +0000"))
        addresses.release(sent.database, INTAKE, CLAIRE, "jo", "moved back", sent.now)
        assert suppressed(sent) == {}

    def test_an_address_that_is_not_suppressed_is_left_as_it_is(self, sent: Office) -> None:
        assert addresses.release(sent.database, INTAKE, "eve@example.net", "jo", "?", sent.now).was is None
        come_back(sent, postfix(copy_to(sent, CLAIRE), status="5.2.2"))
        assert addresses.release(sent.database, INTAKE, CLAIRE, "jo", "?", sent.now).was is Standing.COUNTED
        assert [row.kind for row in sent.rows(tables.reports)] == [Verdict.SOFT]
