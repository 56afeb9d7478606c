"""docs/smtp.md, read and played: each line of its tables is what a real server's answer leads to."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.delivery import office as cast
from tests.delivery.office import CLAIRE, GRETA, LEAD, MINUTE, QUICK, Office, line, read, route_to, user
from tests.delivery.test_tls import CASES
from tests.servers.smtpd import DROP, HANG, Action, Answer, Smtpd
from workers.house import real_clock
from workers.postbox.outcomes import Phase
from workers.postbox.parcels import Timeouts
from workers.postbox.postbox import Postbox
from workers.settings import load
from workers.stages.show import show
from workers.store import fleet, tables
from workers.store.database import Database

PAGE = (Path(__file__).parents[2] / "docs" / "smtp.md").read_text(encoding="utf-8")
IMPATIENT = Timeouts(connect=0.7, command=0.7, data=0.7)
ACTIONS = {"closes": DROP, "is silent": HANG}
SENDER = "bounces.example.org"

Row = tuple[str, ...]


def rows_below(heading: str) -> list[Row]:
    _, _, below = PAGE.partition(f"## {heading}\n")
    lines = [line for line in below.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[2:]]


ANSWERS = rows_below("What each answer leads to")


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """One kind is enough: what is stored of an answer is tested on both (test_routes)."""
    with closing(Database(sqlite_url)) as fresh:
        yield fresh


def decided(database: Database, server: Smtpd, postbox: Postbox, address: str = GRETA) -> Office:
    office = Office(database, server, postbox)
    office.ingest(*LEAD, user("U-2", address, "2026-06-01T09:00:00Z"))
    office.make_run()
    return office


def action_of(cell: str) -> Action:
    answer = re.fullmatch(r"`([0-9]{3}) (.+)`", cell)
    return Answer(int(answer[1]), answer[2]) if answer else ACTIONS[cell]


@pytest.mark.parametrize("row", ANSWERS, ids=[f"{row[0]}: {row[1]}" for row in ANSWERS])
def test_an_answer_leads_to_what_the_page_says(database: Database, server: Smtpd, row: Row) -> None:
    at, says = row[:2]
    action = action_of(says)
    if action != Answer(250, "2.1.5 ok"):
        server.misbehave(at, action)
    timeouts = IMPATIENT if action is HANG else QUICK
    with Postbox([route_to(server)], clock=real_clock, timeouts=timeouts) as postbox:
        office = decided(database, server, postbox)
        office.send()
        assert (at, says, *result(office)) == row
        assert len(server.mails) == (says == "`250 2.1.5 ok`" or (at == "dot" and not isinstance(action, Answer)))
        (attempt,) = office.rows(tables.attempts)
        if isinstance(action, Answer) and not server.mails:
            assert (attempt.code, attempt.reply) == (action.code, action.text), "word for word"


def result(office: Office) -> Row:
    (copy,) = office.rows(tables.deliveries)
    again = (copy.next_attempt_at - office.now) / MINUTE if copy.state == "pending" else 0
    assert copy.first_answer_at == (office.now if copy.attempts else None)
    with office.database.read() as connection:
        resting = fleet.resting(connection, office.now)
    rests = {"relay": "route", f"relay/{SENDER}": "sender"}
    alerts = {"relay": ("route/relay", "route_paused"), f"relay/{SENDER}": (f"sender/{SENDER}", "sender_paused")}
    assert office.alerts() == [alerts[way] for way in resting]
    return (
        copy.state,
        copy.reason or "",
        "yes" if copy.attempts else "",
        as_minutes(again),
        "".join(rests[way] for way in resting),
        "".join("suppressed" for row in office.rows_of(tables.addresses) if row.suppressed),
    )


def as_minutes(again: float) -> str:
    """Without the fifth that chance adds to our own schedule."""
    return "" if not again else "5 min" if 5 <= again <= 6 else f"{again:g} min"


def test_the_page_has_a_line_for_every_phase_and_each_only_once() -> None:
    phases = {phase.value for phase in Phase} - {"starttls", "auth", "gate"} | {"dot"}
    assert {row[0] for row in ANSWERS} == phases
    assert len(set(ANSWERS)) == len({row[:2] for row in ANSWERS}) == len(ANSWERS)


def test_the_page_lists_the_servers_that_cannot_be_trusted() -> None:
    """tests/delivery/test_tls.py plays them."""
    cases = [(name, case.phase, str(case.code or "")) for name, case in CASES.items()]
    assert rows_below("Servers that cannot be trusted") == cases


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    path, key = tmp_path / "rappel.toml", tmp_path / "dkim.pem"
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key.write_bytes(pem)
    example = "".join(re.findall(r"```toml\n(.+?)```", PAGE, re.DOTALL))
    path.write_text(example.replace("/etc/rappel/dkim.pem", str(key)), encoding="utf-8")
    smtp = load(path).smtp
    assert [each.signer.record_name for each in smtp.dkim] == ["rappel-2026._domainkey.example.com"]
    assert [(route.name, route.tls) for route in smtp.routes] == [("main", "starttls"), ("spare", "implicit")]
    assert list(smtp.domain_rates) == ["gmx.de"]


# Addresses outside ASCII

JUERGEN = "jürgen@bücher.example.org"


def attempts(office: Office) -> list[Any]:
    return [(row.kind, row.phase, row.code, row.enhanced) for row in office.rows(tables.attempts)]


def test_a_server_without_smtputf8_cannot_take_such_an_address_and_nobody_holds_it_against_it(
    database: Database,
) -> None:
    plain = Smtpd(extensions=("8BITMIME", "ENHANCEDSTATUSCODES"))
    with plain as server, Postbox([route_to(server)], clock=real_clock, timeouts=QUICK) as postbox:
        office = decided(database, server, postbox, JUERGEN)
        office.finish()
        assert office.outcome == ("failed", "refused_by_server")
        assert attempts(office) == [("refused", "rcpt", 553, "5.6.7")]
        assert office.rows(tables.attempts)[0].reply == "the server takes no address outside ASCII (SMTPUTF8)"
        assert (office.rows_of(tables.addresses), office.alerts(), server.count("MAIL")) == ([], [], 0)


@pytest.mark.parametrize("eight_bit", [True, False])
def test_a_server_with_smtputf8_takes_it_and_is_told_what_comes(database: Database, eight_bit: bool) -> None:
    offers = ("8BITMIME", "SMTPUTF8") if eight_bit else ("SMTPUTF8",)
    with (
        Smtpd(extensions=offers) as server,
        Postbox([route_to(server)], clock=real_clock, timeouts=QUICK) as postbox,
    ):
        office = decided(database, server, postbox, JUERGEN)
        office.finish()
        assert office.outcome == ("sent", "follow_up_first")
        assert office.recipients == ["jürgen@xn--bcher-kva.example.org"]
        (mail,) = [line for _, line in server.commands if line.startswith("MAIL")]
        assert (
            mail == f"MAIL FROM:<{office.room.return_path(1, JUERGEN)}>{' BODY=8BITMIME' if eight_bit else ''} SMTPUTF8"
        )


def renewal_for_both(database: Database, server: Smtpd, postbox: Postbox) -> Office:
    """A letter to Claire and Jürgen, whose lines show both."""
    office = Office(database, server, postbox)
    people = [cast.contact("C-1", CLAIRE, primary=True), cast.contact("C-2", JUERGEN, billing=True)]
    office.ingest(*cast.PEOPLE, cast.company(), *people, cast.renewal())
    office.make_run()
    office.finish()
    return office


def test_nobodys_mail_fails_because_of_somebody_elses_address(database: Database) -> None:
    with Smtpd(extensions=()) as server, Postbox([route_to(server)], clock=real_clock, timeouts=QUICK) as postbox:
        office = renewal_for_both(database, server, postbox)
        assert {state: address for address, state, _ in office.copies() if address in (CLAIRE, JUERGEN)} == {
            "sent": CLAIRE,
            "failed": JUERGEN,
        }
        (mail,) = (mail for mail in server.mails if mail.recipients == (CLAIRE,))
        assert mail.message.isascii()
        assert line(read(mail), "To") == [CLAIRE]
        raw = message_from_bytes(mail.message)["To"]
        assert "C-2 Fontaine jürgen@bücher.example.org :;" in str(make_header(decode_header(raw)))


def test_who_has_such_an_address_reads_the_addresses_as_they_are(database: Database, server: Smtpd) -> None:
    with Postbox([route_to(server)], clock=real_clock, timeouts=QUICK) as postbox:
        office = renewal_for_both(database, server, postbox)
        mails = {mail.recipients[0]: mail for mail in server.mails}
        his, hers = mails["jürgen@xn--bcher-kva.example.org"], mails[CLAIRE]
        assert (his.message.isascii(), hers.message.isascii()) == (False, True)
        assert "<jürgen@xn--bcher-kva.example.org>".encode() in his.message
        assert read(his)["Message-ID"] == read(hers)["Message-ID"]
        assert [said.split()[-1] for _, said in server.commands if said.startswith("MAIL")].count("SMTPUTF8") == 1
        shown = {}
        for row in office.rows(tables.deliveries):
            with database.read() as connection:
                shown[row.address] = show(connection, row.letter, row.id).eml(office.room.policy)
        assert (shown[JUERGEN], shown[CLAIRE]) == (his.message, hers.message)


def test_nobody_else_needs_anything_of_a_server(database: Database) -> None:
    bare = Smtpd(extensions=())
    with bare as server, Postbox([route_to(server)], clock=real_clock, timeouts=QUICK) as postbox:
        office = decided(database, server, postbox, "anna@bücher.example.org")
        office.finish()
        assert office.recipients == ["anna@xn--bcher-kva.example.org"]
        (mail,) = server.mails
        assert mail.message.isascii()
        path = office.room.return_path(1, "anna@bücher.example.org")
        assert (1, f"MAIL FROM:<{path}>") in server.commands


def test_replacing_a_kept_connection_costs_nothing(database: Database, server: Smtpd) -> None:
    route = replace(route_to(server), pool_size=1)
    with Postbox([route], clock=real_clock, timeouts=QUICK) as postbox:
        office = decided(database, server, postbox)
        office.finish()
        server.misbehave("mail", Answer(421, "4.4.2 idle for too long"), times=1)
        office.now += 7 * 24 * 60 * MINUTE
        office.make_run()
        office.finish()
        assert [mail.connection for mail in server.mails] == [1, 2]
    assert attempts(office) == [("accepted", "body", 250, "2.0.0")] * 2
