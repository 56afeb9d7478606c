"""A server that says more than it was asked is out of step: its next answer may belong to anything (promises 3, 4)."""

import pytest

from tests.postbox.conftest import Ledger, OpenPostbox, parcel, parcels, route_to
from tests.servers.smtpd import Answer, Smtpd, Whisper
from workers.postbox.outcomes import Kind, Phase

OTHERS = ["250 2.0.0 early", "451 4.3.0 early", "554 5.7.1 early", "354 go on", "250-half of an answer", "25"]
GOODBYE = "421 4.3.2 closing"


def whisper(text: str) -> Whisper:
    return Whisper(f"{text}\r\n" if len(text) > 2 else text)


@pytest.mark.parametrize("said", OTHERS)
@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_a_second_answer_before_the_body_ends_the_session_and_no_body_leaves(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, phase: str, said: str
) -> None:
    """Not even where the real answer to the body would have been a refusal, as one that came early is none."""
    server.misbehave(phase, whisper(said), times=1)
    server.misbehave("dot", Answer(554, "5.7.1 rejected"))
    open_postbox(server).deliver([parcel(1)], ledger.gate, ledger.record)
    reply = ledger.only.reply
    assert (ledger.only.kind, reply.phase, reply.code) == (Kind.DEFERRED, Phase(phase), None)
    assert reply.text == f"out of step: the server said more than it was asked: {said}"
    assert (server.bodies, server.mails, server.count("RSET")) == ([], [], 0)


def test_the_next_one_goes_by_another_connection(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    server.misbehave("data", whisper("250 2.0.0 early"), times=1)
    postbox = open_postbox(route_to(server, pool_size=1))
    postbox.deliver(parcels(2), ledger.gate, ledger.record)
    assert ledger.kinds == {"0": Kind.DEFERRED, "1": Kind.ACCEPTED}
    assert [(mail.recipients, mail.connection) for mail in server.mails] == [(("r1@example.net",), 2)]


@pytest.mark.parametrize("said", OTHERS)
def test_two_answers_to_a_body_are_none(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, said: str) -> None:
    """One of them belongs to something else, and nobody can tell which: the mail may have arrived."""
    server.misbehave("dot", whisper(said), times=1)
    postbox = open_postbox(route_to(server, pool_size=1))
    postbox.deliver(parcels(2), ledger.gate, ledger.record)
    assert ledger.kinds == {"0": Kind.UNCERTAIN, "1": Kind.ACCEPTED}
    assert [mail.connection for mail in server.mails] == [1, 2]


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_a_goodbye_in_the_same_breath_counts_before_the_body(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, phase: str
) -> None:
    server.misbehave(phase, whisper(GOODBYE), times=1)
    open_postbox(server).deliver([parcel(1)], ledger.gate, ledger.record)
    reply = ledger.only.reply
    assert (ledger.only.kind, reply.phase, reply.code, reply.enhanced) == (Kind.DEFERRED, Phase(phase), 421, "4.3.2")
    assert server.bodies == []


@pytest.mark.parametrize(
    ("phase", "answered", "kind"),
    [
        ("rcpt", Answer(550, f"5.1.1 nobody\r\n{GOODBYE}"), Kind.REFUSED),
        ("rcpt", Answer(450, f"4.2.0 later\r\n{GOODBYE}"), Kind.DEFERRED),
        ("mail", Answer(550, f"5.7.1 not you\r\n{GOODBYE}"), Kind.SENDER_REFUSED),
        ("data", Answer(554, f"5.7.1 no\r\n{GOODBYE}"), Kind.REFUSED),
        ("dot", Answer(554, f"5.7.1 spam\r\n{GOODBYE}"), Kind.REFUSED),
        ("dot", Answer(250, f"2.0.0 taken\r\n{GOODBYE}"), Kind.ACCEPTED),
    ],
)
def test_what_ended_the_attempt_stands_before_a_goodbye(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, phase: str, answered: Answer, kind: Kind
) -> None:
    server.misbehave(phase, answered, times=1)
    postbox = open_postbox(route_to(server, pool_size=1))
    postbox.deliver(parcels(2), ledger.gate, ledger.record)
    first = ledger.outcomes["0"].reply
    assert (ledger.kinds, first.code) == ({"0": kind, "1": Kind.ACCEPTED}, answered.code)
    assert server.mails[-1].connection == 2


def test_an_answer_to_nothing_ends_a_kept_connection_and_costs_no_attempt(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger
) -> None:
    """It is heard before the next mail begins, or taken as the answer to MAIL; then it shows at the gate."""
    postbox = open_postbox(route_to(server, pool_size=1))
    postbox.deliver([parcel(1)], ledger.gate, ledger.record)
    server.misbehave("rcpt", Answer(550, "5.1.1 nobody"), recipient="r2@example.net")
    server.say_unasked("250 2.1.0 by the way\r\n")
    postbox.deliver([parcel(2)], ledger.gate, ledger.record)
    assert ledger.kinds["2"] in {Kind.REFUSED, Kind.DEFERRED}
    assert [mail.recipients for mail in server.mails] == [("r1@example.net",)]
    assert len(server.bodies) == 1


@pytest.mark.parametrize("said", ["250 2.0.0 by the way", GOODBYE])
def test_an_answer_to_nothing_while_the_gate_is_asked_lets_no_body_out(
    open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger, said: str
) -> None:
    def gate(ids: list[str]) -> set[str]:
        server.say_unasked(f"{said}\r\n")
        return ledger.gate(ids)

    open_postbox(server).deliver([parcel(1)], gate, ledger.record)
    assert (ledger.only.kind, ledger.only.reply.phase) == (Kind.DEFERRED, Phase.DATA)
    assert server.bodies == []


def test_a_session_that_begins_out_of_step_is_none(open_postbox: OpenPostbox, server: Smtpd, ledger: Ledger) -> None:
    server.misbehave("connect", whisper("250 smtpd.example.org"), times=1)
    open_postbox(server).deliver([parcel(1)], ledger.gate, ledger.record)
    assert (ledger.only.kind, ledger.only.reply.phase) == (Kind.UNREACHABLE, Phase.EHLO)
    assert (server.count("MAIL"), server.bodies) == (0, [])
