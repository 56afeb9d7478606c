"""What a last word means, as a table, and what is kept of it."""

import pytest

from tests.postbox.conftest import NOON
from workers.postbox.outcomes import Kind, Outcome, Phase, Reply, answer, classify, silence

BEFORE_MAIL = [Phase.CONNECT, Phase.EHLO, Phase.STARTTLS, Phase.AUTH]


@pytest.mark.parametrize("phase", BEFORE_MAIL)
@pytest.mark.parametrize("code", [None, 200, 354, 421, 454, 500, 535, 554])
def test_without_a_session_every_word_is_unreachable(phase: Phase, code: int | None) -> None:
    assert classify(Reply(phase, code, None, "")) is Kind.UNREACHABLE


@pytest.mark.parametrize(
    ("phase", "code", "kind"),
    [
        (Phase.MAIL, None, Kind.DEFERRED),
        (Phase.MAIL, 421, Kind.DEFERRED),
        (Phase.MAIL, 451, Kind.DEFERRED),
        (Phase.MAIL, 530, Kind.SENDER_REFUSED),
        (Phase.MAIL, 550, Kind.SENDER_REFUSED),
        (Phase.MAIL, 354, Kind.DEFERRED),
        (Phase.RCPT, None, Kind.DEFERRED),
        (Phase.RCPT, 421, Kind.DEFERRED),
        (Phase.RCPT, 450, Kind.DEFERRED),
        (Phase.RCPT, 550, Kind.REFUSED),
        (Phase.RCPT, 599, Kind.REFUSED),
        (Phase.GATE, None, Kind.DEFERRED),
        (Phase.DATA, None, Kind.DEFERRED),
        (Phase.DATA, 250, Kind.DEFERRED),
        (Phase.DATA, 451, Kind.DEFERRED),
        (Phase.DATA, 554, Kind.REFUSED),
        (Phase.BODY, None, Kind.UNCERTAIN),
        (Phase.BODY, 199, Kind.UNCERTAIN),
        (Phase.BODY, 250, Kind.ACCEPTED),
        (Phase.BODY, 251, Kind.ACCEPTED),
        (Phase.BODY, 354, Kind.UNCERTAIN),
        (Phase.BODY, 421, Kind.DEFERRED),
        (Phase.BODY, 452, Kind.DEFERRED),
        (Phase.BODY, 550, Kind.REFUSED),
        (Phase.BODY, 600, Kind.UNCERTAIN),
    ],
)
def test_what_a_last_word_means(phase: Phase, code: int | None, kind: Kind) -> None:
    assert classify(Reply(phase, code, None, "")) is kind


def test_every_phase_has_a_meaning_for_every_code() -> None:
    kinds = {classify(Reply(phase, code, None, "")) for phase in Phase for code in [None, *range(1000)]}
    assert kinds == set(Kind) - {Kind.GATED, Kind.LIMITED}


@pytest.mark.parametrize(
    ("kind", "enhanced", "suppressed"),
    [
        (Kind.REFUSED, "5.1.1", True),
        (Kind.REFUSED, "5.1.10", True),
        (Kind.REFUSED, "5.1.7", False),  # the sender's address
        (Kind.REFUSED, "5.1.8", False),  # the sender's domain
        (Kind.REFUSED, "5.2.1", True),
        (Kind.REFUSED, "5.2.2", False),
        (Kind.REFUSED, "5.2.10", False),
        (Kind.REFUSED, "5.7.1", False),
        (Kind.REFUSED, "5.10.1", False),
        (Kind.REFUSED, None, False),
        (Kind.SENDER_REFUSED, "5.1.8", False),
        (Kind.DEFERRED, "4.1.1", False),
        (Kind.UNREACHABLE, "5.1.1", False),
    ],
)
def test_which_refusals_suppress_the_address(kind: Kind, enhanced: str | None, suppressed: bool) -> None:
    outcome = Outcome("1", "relay", kind, Reply(Phase.RCPT, 550, enhanced, ""), NOON, 0)
    assert outcome.suppresses_address is suppressed


@pytest.mark.parametrize(
    ("code", "text", "enhanced"),
    [
        (550, "5.1.1 nobody here", "5.1.1"),
        (550, "5.1.1", "5.1.1"),
        (550, "5.1.10\nnull MX", "5.1.10"),
        (550, "nobody here (5.1.1)", None),
        (550, "5.1.1: nobody here", None),
        (550, "4.1.1 which is it", None),
        (550, "5.1.1.1 is no code", None),
        (250, "2.0.0 ok", "2.0.0"),
        (250, "", None),
    ],
)
def test_the_enhanced_code_stands_first_and_agrees(code: int, text: str, enhanced: str | None) -> None:
    assert answer(Phase.RCPT, code, text) == Reply(Phase.RCPT, code, enhanced, text)


def test_a_servers_words_are_kept_in_a_form_that_databases_take() -> None:
    octets = b"5.1.1 caf\xe9\x00 \xc3\xa9"
    reply = answer(Phase.RCPT, 550, octets.decode("utf-8", "surrogateescape"))
    assert reply.text == "5.1.1 caf\ufffd\ufffd é"
    assert len(silence(Phase.BODY, "x" * 5_000).text) == 2_000
