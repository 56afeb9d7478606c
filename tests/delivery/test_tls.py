"""A server that cannot be trusted, or does not trust us, gets nothing: no mail, no password (DESIGN promise 5).

Its fault or ours, the letter keeps its attempts, the route rests, operators are told, and the next route takes over.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.delivery.office import GRETA, LEAD, MINUTE, QUICK, RUN, Office, route_to
from tests.servers.authority import DAY, Authority
from tests.servers.smtpd import DROP, PLAIN, Action, Answer, Certificate, Smtpd, Whisper
from workers.house import real_clock
from workers.postbox.parcels import Timeouts
from workers.postbox.postbox import Postbox
from workers.store import fleet, tables
from workers.store.database import Database

USERS = {"rappel": "open sesame"}
IMPATIENT = replace(QUICK, connect=0.7)
LOGIN = {"username": "rappel", "password": "open sesame"}


@dataclass(frozen=True)
class Papers:
    """What the authority certified, rightly or not."""

    authority: Authority
    ours: Authority
    """Another one: it certifies clients."""
    certificates: dict[str, Certificate]


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    directory = tmp_path_factory.mktemp("papers")
    authority, other = Authority(directory), Authority(directory, "Other")
    year = timedelta(days=365)
    certificates = {
        "good": authority.issue(),
        "of another name": authority.issue("mail.example.org", "10.0.0.1"),
        "expired": authority.issue(since=-year, until=-DAY),
        "not yet valid": authority.issue(since=DAY, until=year),
        "self-signed": authority.issue_self_signed(),
        "of an unknown authority": other.issue(),
        "of a client": other.issue("rappel"),
    }
    return Papers(authority, other, certificates)


@dataclass(frozen=True)
class Case:
    """A server as it should not be, and at which phase no session comes about, with which code."""

    phase: str
    code: int | None = None
    tls: str = "starttls"
    certificate: str = "good"
    offers: str = ""
    wants_clients: bool = False
    is_silence: bool = False
    misbehaves: dict[str, Action] = field(default_factory=dict)
    login: dict[str, str] = field(default_factory=lambda: LOGIN)

    def server(self, papers: Papers) -> Smtpd:
        made = Smtpd(
            tls=self.offers or self.tls,
            certificate=papers.certificates[self.certificate],
            users=USERS,
            clients_of=papers.ours.cert if self.wants_clients else None,
        )
        for phase, action in self.misbehaves.items():
            made.misbehave(phase, action)
        return made


WRONG = {"username": "rappel", "password": "guessed"}
CASES = {
    "offers no STARTTLS": Case("starttls", offers="none"),
    "refuses STARTTLS": Case("starttls", 454, misbehaves={"starttls": Answer(454, "4.7.0 TLS not available")}),
    "does not know STARTTLS": Case("starttls", 502, misbehaves={"starttls": Answer(502, "5.5.1 what?")}),
    "is gone after STARTTLS": Case("starttls", misbehaves={"starttls": DROP}),
    "agrees to TLS and goes on in clear": Case("starttls", misbehaves={"starttls": PLAIN}),
    "speaks no TLS on a port for it": Case("connect", tls="implicit", offers="none"),
    "speaks TLS at once where STARTTLS is expected": Case("connect", offers="implicit", is_silence=True),
    **{
        f"has a certificate {how}, {tls}": Case(phase, tls=tls, certificate=how)
        for how in ("of another name", "expired", "not yet valid", "self-signed", "of an unknown authority")
        for tls, phase in (("starttls", "starttls"), ("implicit", "connect"))
    },
    "refuses the login": Case("auth", 535, login=WRONG),
    "refuses the login for now": Case("auth", 454, misbehaves={"auth": Answer(454, "4.7.0 later")}),
    "is gone at the login": Case("auth", misbehaves={"auth": DROP}),
    "wants a certificate of ours": Case("ehlo", wants_clients=True),
}


@pytest.fixture
def office(database: Database, server: Smtpd) -> Iterator[Office]:
    """A follow-up for Greta, decided and due; no way out yet."""
    with closing(Postbox([], clock=real_clock)) as nowhere:
        made = Office(database, server, nowhere)
        made.ingest(*LEAD)
        made.make_run()
        yield made


def send(office: Office, *routes: Any, timeouts: Timeouts = QUICK) -> None:
    with Postbox(routes, clock=real_clock, timeouts=timeouts, hostname="client.example.org") as postbox:
        office.room = replace(office.room, carrier=postbox, routes=tuple(route.name for route in routes))
        assert office.send() == 1


def result(office: Office) -> dict[str, Any]:
    """All that came of it."""
    (row,) = office.rows(tables.deliveries)
    with office.database.read() as connection:
        resting = fleet.resting(connection, office.now)
    return {
        "copy": (row.state, row.reason, row.attempts, row.first_answer_at, row.next_attempt_at),
        "attempts": [(row.route, row.kind, row.phase, row.code) for row in office.rows(tables.attempts)],
        "resting": resting,
        "alerts": office.alerts(),
        "addresses": office.rows_of(tables.addresses),
    }


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_no_trust_no_mail_and_no_password(office: Office, papers: Papers, case: Case) -> None:
    with case.server(papers) as server:
        route = route_to(server, tls=case.tls, ca_file=papers.authority.cert, **case.login)
        send(office, route, timeouts=IMPATIENT if case.is_silence else QUICK)
        assert result(office) == {
            "copy": ("pending", None, 0, None, RUN + MINUTE),
            "attempts": [("relay", "unreachable", case.phase, case.code)],
            "resting": {"relay": RUN + MINUTE},
            "alerts": [("route/relay", "route_paused")],
            "addresses": [],
        }
        assert (server.mails, server.bodies, server.count("MAIL")) == ([], [], 0)
        assert {line.split(" ")[0] for line in server.in_clear} <= {"EHLO", "STARTTLS"}
        assert server.count("AUTH") == (case.phase == "auth")
    (alert,) = office.rows(tables.problems)
    assert f"At {case.phase} it said: {case.code or 'nothing'} " in alert.detail
    assert "sesame" not in alert.detail


@pytest.mark.parametrize("name", ["offers no STARTTLS", "has a certificate of another name, starttls"])
def test_the_next_route_takes_what_an_untrusted_server_may_not_have(office: Office, papers: Papers, name: str) -> None:
    case = CASES[name]
    good = Smtpd(tls="implicit", certificate=papers.certificates["good"], users=USERS)
    with case.server(papers) as bad, good:
        shared = {"ca_file": papers.authority.cert, **LOGIN}
        spare = route_to(good, name="spare", tls="implicit", **shared)
        send(office, route_to(bad, tls=case.tls, **shared), spare)
        assert [mail.recipients for mail in good.mails] == [(GRETA,)]
        assert (bad.mails, good.in_clear) == ([], [])
    assert result(office) == {
        "copy": ("sent", "accepted", 0, None, RUN),
        "attempts": [("relay", "unreachable", case.phase, case.code), ("spare", "accepted", "body", 250)],
        "resting": {"relay": RUN + MINUTE},
        "alerts": [("route/relay", "route_paused")],
        "addresses": [],
    }


SENT = {
    "copy": ("sent", "accepted", 0, None, RUN),
    "attempts": [("relay", "accepted", "body", 250)],
    "resting": {},
    "alerts": [],
    "addresses": [],
}


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("wants_clients", [False, True])
def test_with_a_server_that_is_who_it_says(office: Office, papers: Papers, tls: str, wants_clients: bool) -> None:
    """Also one that wants to know who we are before it listens; a login happens under TLS only."""
    case = Case("", tls=tls, wants_clients=wants_clients)
    client = papers.certificates["of a client"].cert if wants_clients else None
    with case.server(papers) as server:
        send(office, route_to(server, tls=tls, ca_file=papers.authority.cert, client_cert=client, **LOGIN))
        assert [mail.recipients for mail in server.mails] == [(GRETA,)]
        ehlos = ["EHLO client.example.org", "STARTTLS"] if tls == "starttls" else []
        assert server.in_clear == ehlos
    assert result(office) == SENT


def test_what_is_whispered_before_tls_is_not_believed(office: Office, papers: Papers) -> None:
    """Somebody on the way adds an answer to the EHLO that is yet to come: without AUTH, so that we would fail."""
    case = Case("", misbehaves={"starttls": Whisper("250-smtpd.example.org\r\n250 SIZE 1\r\n")})
    with case.server(papers) as server:
        send(office, route_to(server, tls="starttls", ca_file=papers.authority.cert, **LOGIN))
        assert [mail.recipients for mail in server.mails] == [(GRETA,)]
        assert server.in_clear == ["EHLO client.example.org", "STARTTLS"]
    assert result(office) == SENT
    (attempt,) = office.rows(tables.attempts)
    assert attempt.reply == "2.0.0 accepted as 1"
