"""The postbox against a real server: every kind of outcome, and what never reaches the server."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.postbox.conftest import IMPATIENT, NOON, QUICK, Ledger, OpenPostbox, parcel, parcels, route_to
from tests.servers.smtpd import (
    DROP,
    HANG,
    MAILBOX_FULL,
    MAILBOX_FULL_FOR_NOW,
    Action,
    Answer,
    Certificate,
    Greylist,
    Smtpd,
)
from tests.waiting import until
from workers.postbox.outcomes import Kind, Outcome, Phase, Reply
from workers.postbox.parcels import Reuse, Timeouts
from workers.postbox.postbox import PostboxClosedError


def patience(action: Action | None) -> Timeouts:
    return IMPATIENT if action is HANG else QUICK


def deliver_one(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, action: Action | None = None) -> Outcome:
    open_postbox(server, timeouts=patience(action)).deliver([parcel(1)], ledger.gate, ledger.record)
    return ledger.only


def test_accepted(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    open_postbox(server).deliver([parcel(1)], ledger.gate, ledger.record)
    (mail,) = server.mails
    assert (mail.sender, mail.recipients) == ("bounce+1@mail.example.org", ("r1@example.net",))
    assert mail.message == b"Subject: 1\r\n\r\nGuten Tag\r\n"
    assert ledger.gate_calls == [["1"]]
    outcome = ledger.only
    assert 0 < outcome.seconds < 5
    reply = Reply(Phase.BODY, 250, "2.0.0", "2.0.0 accepted as 1")
    assert replace(outcome, seconds=0) == Outcome("1", "relay", Kind.ACCEPTED, reply, NOON, 0)


@pytest.mark.parametrize(
    ("phase", "action", "kind", "answered"),
    [
        # MAIL
        ("mail", Answer(451, "4.3.0 later"), Kind.DEFERRED, (Phase.MAIL, 451, "4.3.0")),
        ("mail", Answer(421, "4.3.2 closing"), Kind.DEFERRED, (Phase.MAIL, 421, "4.3.2")),
        ("mail", Answer(550, "5.7.1 not you"), Kind.SENDER_REFUSED, (Phase.MAIL, 550, "5.7.1")),
        ("mail", DROP, Kind.DEFERRED, (Phase.MAIL, None, None)),
        ("mail", HANG, Kind.DEFERRED, (Phase.MAIL, None, None)),
        ("mail", Answer(354, "what?"), Kind.DEFERRED, (Phase.MAIL, 354, None)),
        # RCPT
        ("rcpt", MAILBOX_FULL_FOR_NOW, Kind.DEFERRED, (Phase.RCPT, 452, "4.2.2")),
        ("rcpt", Greylist(), Kind.DEFERRED, (Phase.RCPT, 451, "4.7.1")),
        ("rcpt", MAILBOX_FULL, Kind.REFUSED, (Phase.RCPT, 552, "5.2.2")),
        ("rcpt", Answer(550, "5.1.1 nobody here"), Kind.REFUSED, (Phase.RCPT, 550, "5.1.1")),
        ("rcpt", Answer(550, "no such user"), Kind.REFUSED, (Phase.RCPT, 550, None)),
        ("rcpt", Answer(421, "4.3.2 closing"), Kind.DEFERRED, (Phase.RCPT, 421, "4.3.2")),
        ("rcpt", DROP, Kind.DEFERRED, (Phase.RCPT, None, None)),
        ("rcpt", HANG, Kind.DEFERRED, (Phase.RCPT, None, None)),
        # DATA, before 354
        ("data", Answer(451, "4.3.0 later"), Kind.DEFERRED, (Phase.DATA, 451, "4.3.0")),
        ("data", Answer(554, "5.7.1 no"), Kind.REFUSED, (Phase.DATA, 554, "5.7.1")),
        ("data", Answer(250, "what?"), Kind.DEFERRED, (Phase.DATA, 250, None)),
        ("data", DROP, Kind.DEFERRED, (Phase.DATA, None, None)),
        ("data", HANG, Kind.DEFERRED, (Phase.DATA, None, None)),
        # the body
        ("body", DROP, Kind.UNCERTAIN, (Phase.BODY, None, None)),
        ("body", HANG, Kind.UNCERTAIN, (Phase.BODY, None, None)),
        # after the final dot
        ("dot", DROP, Kind.UNCERTAIN, (Phase.BODY, None, None)),
        ("dot", HANG, Kind.UNCERTAIN, (Phase.BODY, None, None)),
        ("dot", MAILBOX_FULL_FOR_NOW, Kind.DEFERRED, (Phase.BODY, 452, "4.2.2")),
        ("dot", Answer(421, "4.3.2 closing"), Kind.DEFERRED, (Phase.BODY, 421, "4.3.2")),
        ("dot", Answer(554, "5.7.1 spam"), Kind.REFUSED, (Phase.BODY, 554, "5.7.1")),
        ("dot", Answer(354, "what?"), Kind.UNCERTAIN, (Phase.BODY, 354, None)),
    ],
)
def test_every_misbehaviour_of_a_session_has_its_outcome(
    open_postbox: OpenPostbox,
    server: Smtpd,
    ledger: Ledger,
    phase: str,
    action: Action,
    kind: Kind,
    answered: tuple[Phase, int | None, str | None],
) -> None:
    server.misbehave(phase, action)
    outcome = deliver_one(open_postbox, server, ledger, action)
    assert (outcome.kind, (outcome.reply.phase, outcome.reply.code, outcome.reply.enhanced)) == (kind, answered)
    assert outcome.reply.text
    assert bool(server.bodies) == (phase in {"body", "dot"})
    assert bool(server.mails) == (phase == "dot" and not isinstance(action, Answer))


@pytest.mark.parametrize("phase", ["connect", "ehlo"])
@pytest.mark.parametrize(
    ("action", "code"), [(DROP, None), (HANG, None), (Answer(421, "4.3.2 later"), 421), (Answer(554, "5.3.2 no"), 554)]
)
def test_no_session_is_the_routes_fault(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, phase: str, action: Action, code: int | None
) -> None:
    server.misbehave(phase, action)
    outcome = deliver_one(open_postbox, server, ledger, action)
    assert (outcome.kind, outcome.reply.phase, outcome.reply.code) == (Kind.UNREACHABLE, Phase(phase), code)
    assert (server.count("MAIL"), server.mails, ledger.gate_calls) == (0, [], [])


def test_nobody_listens(open_postbox: OpenPostbox, ledger: Ledger) -> None:
    with Smtpd() as gone:
        pass
    outcome = deliver_one(open_postbox, gone, ledger)
    assert (outcome.kind, outcome.reply.phase, outcome.reply.code) == (Kind.UNREACHABLE, Phase.CONNECT, None)


# More than the buffers between two sockets can hold.
LARGE = (b"x" * 76 + b"\r\n") * 200_000


def test_a_body_with_dots_arrives_as_it_was(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    bodies = [b".\r\n", b"..\r\n.\r\n", b".a\r\n\r\n.\r\n.b", b"a\n.\nb\r.\r", b"\r\n.\r\n"]
    sent = [parcel(number, message=body) for number, body in enumerate(bodies)]
    open_postbox(server).deliver(sent, ledger.gate, ledger.record)
    arrived = {mail.recipients[0]: mail.message for mail in server.mails}
    assert [arrived[f"r{number}@example.net"] for number in range(len(bodies))] == [
        b".\r\n",
        b"..\r\n.\r\n",
        b".a\r\n\r\n.\r\n.b\r\n",
        b"a\r\n.\r\nb\r\n.\r\n",
        b"\r\n.\r\n",
    ]


def test_a_large_body_arrives_whole(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    message = LARGE[:1_560_000]
    open_postbox(server).deliver([parcel(1, message=message)], ledger.gate, ledger.record)
    assert (ledger.only.kind, server.mails[0].message == message) == (Kind.ACCEPTED, True)


def test_a_body_that_nobody_reads_is_uncertain(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    server.misbehave("body", HANG)
    postbox = open_postbox(server, timeouts=IMPATIENT)
    postbox.deliver([parcel(1, message=LARGE)], ledger.gate, ledger.record)
    assert (ledger.only.kind, server.mails) == (Kind.UNCERTAIN, [])


def test_a_refusal_in_the_middle_of_the_body_is_definite(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger
) -> None:
    server.misbehave("body", Answer(552, "5.3.4 too large"))
    postbox = open_postbox(server)
    postbox.deliver([parcel(1, message=LARGE)], ledger.gate, ledger.record)
    assert (ledger.only.kind, ledger.only.reply.enhanced, server.mails) == (Kind.REFUSED, "5.3.4", [])


def test_the_addresses_of_a_domain_outside_ascii_are_punycode(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger
) -> None:
    open_postbox(server).deliver([parcel(1, "anna@bücher.example.org")], ledger.gate, ledger.record)
    assert server.mails[0].recipients == ("anna@xn--bcher-kva.example.org",)
    assert (1, "MAIL FROM:<bounce+1@mail.example.org>") in server.commands


def test_a_local_part_outside_ascii_needs_smtputf8(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    open_postbox(server).deliver([parcel(1, "jürgen@example.org")], ledger.gate, ledger.record)
    assert server.mails[0].recipients == ("jürgen@example.org",)
    assert (1, "MAIL FROM:<bounce+1@mail.example.org> BODY=8BITMIME SMTPUTF8") in server.commands


def test_a_server_without_smtputf8_refuses_a_local_part_outside_ascii(
    open_postbox: OpenPostbox, ledger: Ledger
) -> None:
    with Smtpd(extensions=("8BITMIME",)) as server:
        postbox = open_postbox(server)
        postbox.deliver([parcel(1, "jürgen@example.org"), parcel(2)], ledger.gate, ledger.record)
        assert ledger.kinds == {"1": Kind.REFUSED, "2": Kind.ACCEPTED}
        assert (ledger.outcomes["1"].reply.enhanced, ledger.outcomes["1"].suppresses_address) == ("5.6.7", False)


@pytest.mark.parametrize("address", ["anna", "anna@example.org>\r\nRCPT TO:<eve@example.net", "a b@example.org"])
def test_an_impossible_address_is_refused_without_being_asked(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, address: str
) -> None:
    open_postbox(server).deliver([parcel(1, address)], ledger.gate, ledger.record)
    assert (ledger.only.kind, ledger.only.reply.enhanced) == (Kind.REFUSED, "5.1.3")
    assert ledger.only.suppresses_address
    assert server.count("RCPT") == server.count("MAIL") == 0


def test_an_impossible_sender_is_the_senders_fault(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    open_postbox(server).deliver([replace(parcel(1), sender="nobody")], ledger.gate, ledger.record)
    assert (ledger.only.kind, ledger.only.suppresses_address) == (Kind.SENDER_REFUSED, False)


def test_greylisted_first_accepted_then(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    server.misbehave("rcpt", Greylist())
    postbox = open_postbox(server)
    postbox.deliver([parcel(1)], ledger.gate, ledger.record)
    postbox.deliver([parcel(1)], ledger.gate, ledger.record)
    assert [outcome.kind for outcomes in ledger.records for outcome in outcomes] == [Kind.DEFERRED, Kind.ACCEPTED]


def test_the_fault_of_one_recipient_is_not_the_others(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    server.misbehave("rcpt", Answer(550, "5.1.1 nobody here"), recipient="r3@example.net")
    server.misbehave("dot", DROP, recipient="r5@example.net")
    open_postbox(server).deliver(parcels(8), ledger.gate, ledger.record)
    expected = {str(number): Kind.ACCEPTED for number in range(8)} | {"3": Kind.REFUSED, "5": Kind.UNCERTAIN}
    assert ledger.kinds == expected


# The gate


def test_a_closed_gate_lets_no_body_out(open_postbox: OpenPostbox, server: Smtpd) -> None:
    ledger = Ledger(closed_to=frozenset({"1", "2"}))
    open_postbox(server).deliver(parcels(4), ledger.gate, ledger.record)
    assert ledger.kinds == {"0": Kind.ACCEPTED, "1": Kind.GATED, "2": Kind.GATED, "3": Kind.ACCEPTED}
    assert sorted(mail.recipients[0] for mail in server.mails) == ["r0@example.net", "r3@example.net"]
    assert (len(server.bodies), server.count("DATA"), server.count("RSET")) == (2, 2, 2)
    assert ledger.outcomes["1"].reply.phase is Phase.GATE


def test_a_gate_that_fails_lets_no_body_out(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    def gate(ids: list[str]) -> set[str]:
        raise ConnectionError("the database is away")

    open_postbox(server).deliver(parcels(3), gate, ledger.record)
    assert set(ledger.kinds.values()) == {Kind.DEFERRED}
    assert (server.bodies, server.count("DATA"), server.count("RSET")) == ([], 0, 3)


@pytest.mark.parametrize("phase", ["mail", "rcpt"])
@pytest.mark.parametrize("action", [Answer(451, "4.3.0 later"), Answer(550, "5.7.1 no"), DROP])
def test_the_gate_is_asked_for_accepted_recipients_only(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, phase: str, action: Action
) -> None:
    server.misbehave(phase, action)
    open_postbox(server).deliver(parcels(3), ledger.gate, ledger.record)
    assert (ledger.gate_calls, server.bodies) == ([], [])


def test_the_gate_is_asked_after_rcpt_and_before_data(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    seen: list[tuple[int, int, int]] = []

    def gate(ids: list[str]) -> set[str]:
        seen.append((server.count("RCPT"), server.count("DATA"), len(server.bodies)))
        return set(ids)

    open_postbox(server).deliver([parcel(1)], gate, ledger.record)
    assert seen == [(1, 0, 0)]


def test_a_gate_closed_while_the_server_thinks_about_rcpt_lets_no_body_out(
    open_postbox: OpenPostbox, server: Smtpd
) -> None:
    ledger = Ledger()
    barrier = server.hold("rcpt")
    postbox = open_postbox(server)
    with ThreadPoolExecutor(1) as thread:
        delivery = thread.submit(postbox.deliver, [parcel(1)], ledger.gate, ledger.record)
        barrier.wait_until_reached()
        ledger.closed_to = frozenset({"1"})
        barrier.release()
        delivery.result(20)
    assert (ledger.only.kind, server.bodies) == (Kind.GATED, [])


def test_those_who_wait_go_through_the_gate_in_one_call(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger
) -> None:
    others = [server.hold("rcpt", recipient=f"r{number}@example.net") for number in (1, 2, 3)]

    def gate(ids: list[str]) -> set[str]:
        if "0" in ids:
            for barrier in others:
                barrier.release()
            until(lambda: server.answers["rcpt"] == 4)
        return ledger.gate(ids)

    open_postbox(server).deliver(parcels(4), gate, ledger.record)
    assert [sorted(call) for call in ledger.gate_calls] == [["0"], ["1", "2", "3"]]


def test_a_process_that_may_no_longer_send_stops_before_the_body(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger
) -> None:
    open_postbox(server).deliver([parcel(1)], ledger.gate, ledger.record, still_ours=lambda: False)
    assert (ledger.only.kind, ledger.only.reply.phase) == (Kind.DEFERRED, Phase.GATE)
    assert (server.count("DATA"), server.bodies, server.mails) == (1, [], [])


def test_a_connection_lost_while_the_gate_thinks_sends_no_body(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger
) -> None:
    def gate(ids: list[str]) -> set[str]:
        server.stop()
        return ledger.gate(ids)

    open_postbox(server).deliver([parcel(1)], gate, ledger.record)
    assert (ledger.only.kind, ledger.only.reply.phase, server.bodies) == (Kind.DEFERRED, Phase.DATA, [])


def test_a_fault_of_ours_before_the_body_is_an_outcome_and_a_report(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    def still_ours() -> bool:
        raise ZeroDivisionError("a bug")

    open_postbox(server).deliver(parcels(2), ledger.gate, ledger.record, still_ours=still_ours)
    assert ledger.kinds == {"0": Kind.DEFERRED, "1": Kind.DEFERRED}
    assert (server.bodies, server.mails) == ([], [])
    assert sorted(entry.getMessage() for entry in caplog.records) == [
        "delivery 0: a fault of ours",
        "delivery 1: a fault of ours",
    ]


# Records


def test_a_record_is_tried_until_it_works(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[set[str]] = []

    def record(outcomes: list[Outcome]) -> None:
        tries.append({outcome.delivery_id for outcome in outcomes})
        if len(tries) < 3:
            raise ConnectionError("the database is away")
        ledger.record(outcomes)

    open_postbox(server).deliver(parcels(4), ledger.gate, record)
    assert tries[0] == tries[1] == tries[2]
    assert ledger.kinds == {str(number): Kind.ACCEPTED for number in range(4)}
    assert sum(len(outcomes) for outcomes in ledger.records) == 4
    assert [entry.name for entry in caplog.records] == ["workers.postbox.batch"] * 2


# Connections


def test_200_parcels_over_4_connections(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    open_postbox(server).deliver(parcels(200), ledger.gate, ledger.record)
    assert ledger.kinds == {str(number): Kind.ACCEPTED for number in range(200)}
    assert sorted(mail.recipients[0] for mail in server.mails) == sorted(
        f"r{number}@example.net" for number in range(200)
    )
    assert server.connections == 4


def test_batches_share_the_connections(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    postbox = open_postbox(server)
    with ThreadPoolExecutor(6) as threads:
        batches = [[parcel(f"{batch}-{number}") for number in range(10)] for batch in range(6)]
        list(threads.map(lambda batch: postbox.deliver(batch, ledger.gate, ledger.record), batches))
    postbox.deliver(parcels(4), ledger.gate, ledger.record)
    assert set(ledger.kinds.values()) == {Kind.ACCEPTED}
    assert (len(ledger.outcomes), len(server.mails)) == (64, 64)
    assert server.connections == 4


def test_one_after_the_other_uses_one_connection(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    postbox = open_postbox(server)
    for each in parcels(5):
        postbox.deliver([each], ledger.gate, ledger.record)
    assert (server.connections, len(server.mails)) == (1, 5)


def test_a_connection_is_closed_after_so_many_letters(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    postbox = open_postbox(route_to(server, pool_size=1), reuse=Reuse(letters=3))
    postbox.deliver(parcels(7), ledger.gate, ledger.record)
    assert [mail.connection for mail in server.mails] == [1, 1, 1, 2, 2, 2, 3]


def test_an_idle_connection_is_closed(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    postbox = open_postbox(server, reuse=Reuse(idle=0.05))
    postbox.deliver(parcels(4), ledger.gate, ledger.record)
    until(lambda: server.count("QUIT") == server.connections and server.sessions == 0)


def test_a_connection_that_was_idle_is_asked_for_a_sign_of_life(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger
) -> None:
    postbox = open_postbox(server, reuse=Reuse(check_after=0), timeouts=IMPATIENT)
    postbox.deliver([parcel(1)], ledger.gate, ledger.record)
    server.misbehave("rset", HANG, times=1)
    postbox.deliver([parcel(2)], ledger.gate, ledger.record)
    assert ledger.kinds == {"1": Kind.ACCEPTED, "2": Kind.ACCEPTED}
    assert (server.connections, server.count("RSET")) == (2, 1)


@pytest.mark.parametrize("action", [Answer(421, "4.4.2 idle for too long"), DROP])
def test_a_kept_connection_that_the_server_closes_costs_no_attempt(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, action: Action
) -> None:
    postbox = open_postbox(server)
    postbox.deliver([parcel(1)], ledger.gate, ledger.record)
    server.misbehave("mail", action, times=1)
    postbox.deliver([parcel(2)], ledger.gate, ledger.record)
    assert ledger.kinds == {"1": Kind.ACCEPTED, "2": Kind.ACCEPTED}
    assert [mail.connection for mail in server.mails] == [1, 2]


def test_a_connection_whose_body_had_no_answer_is_not_used_again(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger
) -> None:
    server.misbehave("dot", HANG, times=1)
    postbox = open_postbox(route_to(server, pool_size=1), timeouts=IMPATIENT)
    postbox.deliver(parcels(2), ledger.gate, ledger.record)
    assert ledger.kinds == {"0": Kind.UNCERTAIN, "1": Kind.ACCEPTED}
    assert [mail.connection for mail in server.mails] == [1, 2]


def test_a_refused_parcel_leaves_its_connection_in_use(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger
) -> None:
    for phase in ("mail", "rcpt", "data", "dot"):
        server.misbehave(phase, Answer(554, "5.7.1 no"), times=1)
    postbox = open_postbox(route_to(server, pool_size=1))
    postbox.deliver(parcels(5), ledger.gate, ledger.record)
    assert list(ledger.kinds.values()) == [Kind.SENDER_REFUSED, *[Kind.REFUSED] * 3, Kind.ACCEPTED]
    assert server.connections == 1


def test_a_route_out_of_reach_is_not_hammered(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    server.misbehave("connect", Answer(421, "4.3.2 closed for today"))
    open_postbox(server).deliver(parcels(50), ledger.gate, ledger.record)
    assert ledger.kinds == {str(number): Kind.UNREACHABLE for number in range(50)}
    assert server.connections == 1


def test_a_server_with_room_for_two_is_not_out_of_reach(open_postbox: OpenPostbox, ledger: Ledger) -> None:
    with Smtpd(max_sessions=2) as server:
        barrier = server.hold("rcpt")
        postbox = open_postbox(server)
        with ThreadPoolExecutor(1) as thread:
            delivery = thread.submit(postbox.deliver, parcels(40), ledger.gate, ledger.record)
            barrier.wait_until_reached(2)
            barrier.release()
            delivery.result(20)
        assert ledger.kinds == {str(number): Kind.ACCEPTED for number in range(40)}


def test_the_first_route_that_is_not_paused_is_used(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    with Smtpd() as second:
        postbox = open_postbox(route_to(server), route_to(second, name="second"))
        postbox.deliver([parcel(1)], ledger.gate, ledger.record)
        postbox.deliver([parcel(2)], ledger.gate, ledger.record, paused={"relay"})
        postbox.deliver([parcel(3)], ledger.gate, ledger.record, paused={"relay", "second"})
        assert (len(server.mails), len(second.mails)) == (1, 1)
    assert [outcome.route for outcome in ledger.outcomes.values()] == ["relay", "second", "relay"]
    assert ledger.kinds == {"1": Kind.ACCEPTED, "2": Kind.ACCEPTED, "3": Kind.UNREACHABLE}


# TLS and login


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_tls_and_login(open_postbox: OpenPostbox, ledger: Ledger, certificate: Certificate, tls: str) -> None:
    with Smtpd(tls=tls, certificate=certificate, users={"rappel": "secret"}) as server:
        route = route_to(server, tls=tls, ca_file=certificate.cert, username="rappel", password="secret")
        open_postbox(route).deliver(parcels(6), ledger.gate, ledger.record)
        assert set(ledger.kinds.values()) == {Kind.ACCEPTED}
        assert len(server.mails) == 6
    assert "secret" not in repr(route)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_that_nobody_vouches_for_is_no_session(
    open_postbox: OpenPostbox, ledger: Ledger, certificate: Certificate, tls: str
) -> None:
    with Smtpd(tls=tls, certificate=certificate) as server:
        open_postbox(route_to(server, tls=tls)).deliver([parcel(1)], ledger.gate, ledger.record)
        phase = Phase.STARTTLS if tls == "starttls" else Phase.CONNECT
        assert (ledger.only.kind, ledger.only.reply.phase) == (Kind.UNREACHABLE, phase)
        assert "certificate" in ledger.only.reply.text.lower()
        assert server.mails == []


def test_starttls_is_never_skipped(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    open_postbox(route_to(server, tls="starttls")).deliver([parcel(1)], ledger.gate, ledger.record)
    assert (ledger.only.kind, ledger.only.reply.phase) == (Kind.UNREACHABLE, Phase.STARTTLS)
    assert (server.count("MAIL"), server.mails) == (0, [])


@pytest.mark.parametrize("action", [Answer(454, "4.7.0 not now"), DROP, HANG])
def test_starttls_that_fails_is_no_session(
    open_postbox: OpenPostbox, ledger: Ledger, certificate: Certificate, action: Action
) -> None:
    with Smtpd(tls="starttls", certificate=certificate) as server:
        server.misbehave("starttls", action)
        route = route_to(server, tls="starttls", ca_file=certificate.cert)
        open_postbox(route, timeouts=patience(action)).deliver([parcel(1)], ledger.gate, ledger.record)
        assert (ledger.only.kind, ledger.only.reply.phase) == (Kind.UNREACHABLE, Phase.STARTTLS)
        assert server.count("MAIL") == 0


def test_a_refused_login_is_no_session(open_postbox: OpenPostbox, ledger: Ledger) -> None:
    with Smtpd(users={"rappel": "secret"}) as server:
        route = route_to(server, username="rappel", password="wrong")
        open_postbox(route).deliver([parcel(1)], ledger.gate, ledger.record)
        assert (ledger.only.kind, ledger.only.reply.phase) == (Kind.UNREACHABLE, Phase.AUTH)
        assert (ledger.only.reply.code, ledger.only.reply.enhanced, server.mails) == (535, "5.7.8", [])


# Closing


def test_close_waits_for_what_is_under_way(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    barrier = server.hold("dot")
    postbox = open_postbox(server)
    with ThreadPoolExecutor(2) as threads:
        delivery = threads.submit(postbox.deliver, [parcel(1)], ledger.gate, ledger.record)
        barrier.wait_until_reached()
        closing = threads.submit(postbox.close)
        until(lambda: not postbox.is_open)
        with pytest.raises(PostboxClosedError):
            postbox.deliver([parcel(2)], ledger.gate, ledger.record)
        barrier.release()
        delivery.result(20)
        closing.result(20)
    assert ledger.kinds == {"1": Kind.ACCEPTED}
    until(lambda: server.sessions == 0)


@pytest.mark.parametrize(("phase", "sessions"), [("connect", 1), ("rcpt", 4), ("dot", 4)])
def test_close_drops_what_does_not_end(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, phase: str, sessions: int
) -> None:
    barrier = server.hold(phase)
    postbox = open_postbox(server)
    with ThreadPoolExecutor(1) as threads:
        delivery = threads.submit(postbox.deliver, parcels(6), ledger.gate, ledger.record)
        barrier.wait_until_reached(sessions)
        postbox.close(grace=0.05)
        with pytest.raises(PostboxClosedError):
            delivery.result(20)
    assert ledger.records == []


def test_close_gives_up_a_record_that_never_works(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    def record(outcomes: list[Outcome]) -> None:
        raise ConnectionError("the database is away")

    postbox = open_postbox(server)
    with ThreadPoolExecutor(1) as threads:
        delivery = threads.submit(postbox.deliver, [parcel(1)], ledger.gate, record)
        until(lambda: bool(caplog.records))
        postbox.close(grace=0.05)
        with pytest.raises(PostboxClosedError):
            delivery.result(20)


def test_a_closed_postbox_takes_nothing(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    postbox = open_postbox(server)
    postbox.close()
    postbox.close()
    with pytest.raises(PostboxClosedError):
        postbox.deliver([parcel(1)], ledger.gate, ledger.record)


def test_nothing_to_deliver_is_no_connection(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    open_postbox(server).deliver([], ledger.gate, ledger.record)
    assert (server.connections, ledger.records) == (0, [])
