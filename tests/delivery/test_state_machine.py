"""Any sequence of claims, commits, answers, fences, deaths and operators' orders keeps DESIGN promise 3."""

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.delivery.office import POLICY, RULES, VAULT, lost_answer, renderer
from tests.store.ledger_story import Deaf
from tests.world import utc
from workers.domain.delivery import OPEN, TRANSITIONS, Copy, State, Verb
from workers.domain.delivery import outcome as outcome_rule
from workers.domain.reasons import Reason
from workers.domain.suspicion import MOST
from workers.postbox.outcomes import Kind, Outcome, Phase, answer, silence
from workers.stages import answers, intervene, send, sweep
from workers.stages.intervene import Order
from workers.stages.mailroom import Mailroom
from workers.stages.set_aside import set_aside
from workers.stages.verify import verify
from workers.store import decisions, fences, fleet, ledger, outbox, settlement, tables
from workers.store.database import Database
from workers.store.outbox import Claimed

NOON = utc("2026-06-03T12:00")
PEOPLE = ["claire@lumiere.example.com", "bruno@lumiere.example.com", "jonas@nordwind.example.org"]
ELSEWHERE = "elsewhere@lumiere.example.com"
ROUTE = "relay"
WAYS = answers.Ways((ROUTE, "spare"), "bounces.example.org")

BEFORE_THE_BODY = [
    (Kind.DEFERRED, answer(Phase.RCPT, 450, "4.2.0 later")),
    (Kind.REFUSED, answer(Phase.RCPT, 550, "5.1.1 nobody")),
    (Kind.REFUSED, answer(Phase.RCPT, 550, "5.7.1 no")),
    (Kind.UNREACHABLE, silence(Phase.CONNECT, "refused")),
    (Kind.SENDER_REFUSED, answer(Phase.MAIL, 550, "5.7.0 not you")),
    (Kind.DEFERRED, silence(Phase.GATE, "the gate failed")),
    (Kind.GATED, silence(Phase.GATE, "no")),
]
AFTER_THE_BODY = [
    (Kind.ACCEPTED, answer(Phase.BODY, 250, "2.0.0 ok")),
    (Kind.REFUSED, answer(Phase.BODY, 554, "5.6.0 no")),
    (Kind.DEFERRED, answer(Phase.BODY, 451, "4.3.0 later")),
    (Kind.DEFERRED, silence(Phase.GATE, "given up before the body")),
    (Kind.UNCERTAIN, silence(Phase.BODY, "gone")),
]
DID_NOT_ARRIVE = {Kind.REFUSED, Kind.DEFERRED}


@dataclass
class Flight:
    """A lease in a worker's hands. `left`: its body may have left; `answered`: what the server said to it."""

    copy: Claimed
    worker: str
    left: bool = False
    answered: Kind | None = None


@dataclass
class Bodies:
    """What one person may have received: a flight whose body left and was not turned away counts."""

    flights: list[Flight] = field(default_factory=list)

    def maybe(self) -> int:
        return sum(flight.answered not in DID_NOT_ARRIVE for flight in self.flights)


class Mail(RuleBasedStateMachine):
    database: Database
    flights = Bundle("flights")

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.workers: list[str] = []
        self.before: dict[int, Any] = {}
        self.bodies: dict[int, Bodies] = {position: Bodies() for position in range(3)}
        self.chance = random.Random(0)
        self.resent: set[str] = set()
        self.words = 0
        self.taken: set[tuple[int, int]] = set()
        with self.database.write() as connection:
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(table.delete())

    @initialize()
    def a_letter_to_two_with_a_copy_for_a_third(self) -> None:
        self.hire()
        with self.database.write() as connection:
            notice = {"kind": "renewal.notice", "subject": "renewal/R-1", "occurrence": "x", "cause": "run/x"}
            notice |= {"created_at": NOON, "decided_at": NOON, "needs_decision": False, "notes": [], "blocks": True}
            notice |= {"id": 1, "decided_reason": Reason.HUBSPOT_OWNER_DEFAULT}
            connection.execute(tables.notices.insert().values(notice))
            for position, address in enumerate(PEOPLE):
                person = {"notice": 1, "position": position, "roles": [], "address": address, "kept": True}
                person |= {"reason": Reason.MAIN_CONTACT, "name": "", "facts": []}
                connection.execute(tables.people.insert().values(person))
            self.write_letter(connection)

    def write_letter(self, connection: sa.Connection) -> None:
        letter = {"notice": 1, "position": 0, "template": "t", "language": "en", "subject_line": "Hello"}
        letter |= {"to_line": [["", address] for address in PEOPLE[:2]], "cc_line": [["", PEOPLE[2]]]}
        count = connection.execute(sa.select(sa.func.count()).select_from(tables.letters)).scalar_one()
        letter |= {"content": {}, "message_id": f"<{count}@example.com>"}
        id = connection.execute(tables.letters.insert().values(letter).returning(tables.letters.c.id)).scalar_one()
        for position, address in enumerate(PEOPLE):
            copy = {"notice": 1, "letter": id, "person": position, "address": address, "next_attempt_at": self.now}
            copy |= {"line": "cc", "state": State.WAITING} if position == 2 else {"line": "to", "state": State.PENDING}
            connection.execute(tables.deliveries.insert().values(copy))
        ledger.replace_refs(connection, {1: ["renewal/R-1"]})

    # The fleet

    def hire(self) -> None:
        self.workers.append(f"worker-{len(self.workers)}")
        with self.database.write() as connection:
            fleet.enlist(connection, self.workers[-1], "worker", "localhost", 1)

    @rule(target=flights, hours=st.sampled_from([0, 1, 12]), which=st.integers(0, 2), left=st.integers(0, 3))
    def claim(self, hours: int, which: int, left: int) -> Any:
        """One of the latest three workers takes what is due after a while; some of it leaves at once."""
        self.pass_time(hours)
        taken = self.take(self.workers[-1 - which % len(self.workers)], 3)
        self.every_step_is_in_the_table()
        for flight in taken[:left]:
            self.begin_sending(flight)
        return multiple(*taken)

    def take(self, worker: str, limit: int) -> list[Flight]:
        today = RULES.daily.day(self.now)
        with self.database.write() as connection:
            claimed = outbox.claim(connection, None, worker, self.now, today, limit)
            claimed += outbox.claim_alone(connection, None, worker, self.now, today, 10)
        self.taken |= {(copy.id, copy.token) for copy in claimed}
        return [Flight(copy, worker) for copy in claimed]

    def pass_time(self, hours: int) -> None:
        """As the scheduler does: at midnight what waits is decided again; what is due is looked at each moment."""
        before = RULES.daily.day_of(self.now)
        self.now += timedelta(hours=hours)
        if RULES.daily.day_of(self.now) != before:
            sweep.review(self.database, RULES.daily, self.now)
            self.confirm()
        sweep.wake(self.database, RULES.daily, self.now)

    def confirm(self) -> None:
        """As the resolver does, where facts are as they were."""
        with self.database.write() as connection:
            if connection.execute(sa.select(tables.notices)).one().needs_decision:
                decisions.confirm(connection, {1: ["renewal/R-1"]}, self.now)

    @rule(target=flights)
    def take_whatever_is_due(self) -> Any:
        """At any moment: what is due is taken up, once the sweep and the resolver have looked at it."""
        sweep.wake(self.database, RULES.daily, self.now)
        self.confirm()
        taken = []
        while some := self.take(self.workers[-1], 100):  # the latest lives
            taken += some
        rows = self.rows().values()
        assert [row.id for row in rows if row.state == State.PENDING and row.next_attempt_at <= self.now] == []
        return multiple(*taken)

    @rule(which=st.integers(0, 2))
    def take_and_never_hear_of_it(self, which: int) -> None:
        """The claim is committed, but not even its own mailer knows."""
        worker = self.workers[-1 - which % len(self.workers)]
        with lost_answer(self.database), suppress(sa.exc.OperationalError):
            send.send(self.mailroom(worker))

    def mailroom(self, worker: str) -> Mailroom:
        """Of a worker that never gets as far as to write a letter."""
        return Mailroom(
            database=self.database,
            renderer=renderer(),
            carrier=Deaf(self.now),
            policy=POLICY,
            vault=VAULT,
            daily=RULES.daily,
            clock=lambda: self.now,
            routes=(ROUTE,),
            worker=lambda: worker,
        )

    @rule(flight=flights)
    def begin_sending(self, flight: Flight) -> None:
        """Also such as were fenced, buried or answered meanwhile: then it must say no."""
        with self.database.write() as connection:
            allowed = outbox.begin_sending(connection, [flight.copy], flight.worker, self.now)
        if not allowed:
            return
        row = self.rows()[flight.copy.id]
        sent = self.bodies[row.person]
        assert not flight.left, "one lease sends one body"
        assert sent.maybe() == 0 or row.possible_duplicate, "twice, and nobody said so"
        flight.left = True
        sent.flights.append(flight)

    @rule(flight=flights, said=st.integers(0))
    def answer(self, flight: Flight, said: int) -> None:
        """Also late, after the worker was buried, and twice, when a commit's own answer was lost."""
        if flight.answered is None:
            some = AFTER_THE_BODY if flight.left else BEFORE_THE_BODY
            kind, reply = some[said % len(some)]
            flight.answered = kind
            self.said = Outcome(str(flight.copy.id), ROUTE, kind, reply, self.now, 0.1)
            self.record(flight, self.said)

    @rule(flight=flights, kind=st.sampled_from([Kind.UNREACHABLE, Kind.SENDER_REFUSED]))
    def take_the_next_route(self, flight: Flight, kind: Kind) -> None:
        """What one route could not take stays in the worker's hands; also late."""
        if flight.answered is None and not flight.left:
            reply = silence(Phase.CONNECT, "refused")
            self.record(flight, Outcome(str(flight.copy.id), ROUTE, kind, reply, self.now, 0.1, goes_on=True))

    @rule(flight=consumes(flights))
    def the_same_answer_again(self, flight: Flight) -> None:
        if flight.answered is Kind.ACCEPTED:
            reply = answer(Phase.BODY, 250, "2.0.0 ok")
            self.record(flight, Outcome(str(flight.copy.id), ROUTE, Kind.ACCEPTED, reply, self.now, 0.1))

    def record(self, flight: Flight, outcome: Outcome) -> None:
        with self.database.write_facts() as connection:
            said = answers.Answer(flight.copy, outcome, flight.copy.address)
            answers.record(connection, [said], flight.worker, self.now, WAYS, self.chance, self.resent)

    @rule(flight=flights, how=st.sampled_from(["broken", "given back", "out of time"]))
    def does_not_try(self, flight: Flight, how: str) -> None:
        with self.database.write() as connection:
            if how == "broken":
                outbox.move(connection, flight.copy, State.HELD, Reason.TEMPLATE_BROKEN)
            else:
                outbox.release(connection, [flight.copy], flight.worker, suspected=how == "out of time")

    @rule()
    def set_aside(self) -> None:
        ids = list(self.rows())
        with self.database.write() as connection:
            set_aside(connection, [], ids, self.now)

    @rule()
    def try_what_was_set_aside_again(self) -> None:
        with self.database.write() as connection:
            outbox.let_go(connection, Reason.BREAKS_WORKERS, "notice/1", self.now, 10)

    @rule(which=st.integers(0, 2))
    def bury(self, which: int) -> None:
        """One of the latest three workers dies, and a new one begins."""
        self.hire()
        with self.database.write() as connection:
            fleet.retire(connection, self.workers[max(-len(self.workers), -2 - which)])
        sweep.bury(self.database, timedelta(days=1), self.workers[-1], self.now, self.resent)

    @rule(resends=st.booleans())
    def set_on_uncertain(self, resends: bool) -> None:
        self.resent = {"t"} if resends else set()

    # Facts and operators

    @rule()
    def fence(self) -> None:
        with self.database.write() as connection:
            ledger.decide_again(connection, [1])

    @rule(otherwise=st.booleans(), began=st.sampled_from([0, 13]))
    def decide(self, otherwise: bool, began: int) -> None:
        """As the resolver does: a new letter, as long as nothing of the old one has begun to leave.

        Its time is that at which it began, so many hours ago: a day may have ended since.
        """
        with self.database.write() as connection:
            notice = connection.execute(sa.select(tables.notices)).one()
            if notice.needs_decision and otherwise and not notice.frozen:
                ledger.withdraw(connection, [1], Reason.DECIDED_AGAIN, self.now)
                self.write_letter(connection)
            elif notice.needs_decision:
                ledger.replace_refs(connection, {1: ["renewal/R-1"]})
            if notice.needs_decision:
                connection.execute(
                    tables.notices.update().values(needs_decision=False, decided_at=self.now - timedelta(hours=began))
                )
        sweep.wake(self.database, RULES.daily, self.now)

    @rule(position=st.integers(0, 2), state=st.sampled_from([State.SUPPRESSED, State.CANCELLED]))
    def drop(self, position: int, state: State) -> None:
        with self.database.write() as connection:
            if connection.execute(sa.select(tables.notices)).one().frozen:
                settlement.drop_copies(connection, 1, [settlement.Drop(position, state, Reason.TOGGLE_OFF)], self.now)

    @rule(position=st.integers(0, 2))
    def resend(self, position: int) -> None:
        with self.database.write() as connection:
            query = sa.select(tables.deliveries.c.id).where(tables.deliveries.c.person == position)
            outbox.resend(connection, list(connection.execute(query).scalars()), self.now)

    @rule(verb=st.sampled_from(Verb), which=st.integers(0, 7), to=st.sampled_from([None, ELSEWHERE]))
    def order(self, verb: Verb, which: int, to: str | None) -> None:
        """An operator's word, by the command's own way; some copies it must leave alone, whatever happened to them."""
        ids = sorted(self.rows(), reverse=True)[which : which + 1]
        self.words += 1
        wanted = Order(verb, "ada", f"word {self.words}", to if verb is Verb.RESEND else None)
        plans = intervene.plan(self.database, wanted, ids, POLICY, self.now)
        list(intervene.carry_out(self.database, wanted, plans, POLICY, self.now))

    @rule()
    def bounce(self) -> None:
        """The last check: what an operator sends stops at a corrected address that bounced. It needs no resolver."""
        with self.database.write_facts() as connection:
            outbox.suppress_address(connection, ELSEWHERE, ELSEWHERE, "hard", self.now, "gone")
            fences.fence(connection, [f"address/{ELSEWHERE}"])
        with self.database.write_decisions() as connection:
            intervene.drop_ordered(connection, [1], self.now)

    # What must always hold

    def rows(self) -> dict[int, Any]:
        with self.database.read() as connection:
            return {row.id: row for row in connection.execute(sa.select(tables.deliveries))}

    @invariant()
    def every_step_is_in_the_table(self) -> None:
        rows = self.rows()
        for id, old in self.before.items():
            new = rows[id]
            if new.state != old.state:
                assert State(new.state) in TRANSITIONS[State(old.state)], (old.state, new.state)
            assert new.token >= old.token
            assert new.possible_duplicate >= old.possible_duplicate, "the flag stays"
            assert new.by_hand >= old.by_hand
            taken_back = new.state in (State.CANCELLED, State.SUPPRESSED, State.HELD) and old.state != new.state
            if taken_back and new.reason != Reason.NO_TO_COPY_ACCEPTED:
                assert new.token > old.token
            if (old.state, new.state) == (State.WAITING, State.PENDING):
                assert any(
                    row.letter == new.letter and row.line == "to" and row.state == State.SENT for row in rows.values()
                )
            if (old.state, new.state) == (State.UNCERTAIN, State.PENDING):
                assert new.possible_duplicate
        self.before = rows

    @invariant()
    def one_copy_at_a_time(self) -> None:
        """Of one letter for one person at most one copy may still go out; numbers count up."""
        rows = self.rows().values()
        for key in {(row.letter, row.person) for row in rows}:
            theirs = [row for row in rows if (row.letter, row.person) == key]
            assert sum(row.state in OPEN or row.state == State.UNCERTAIN for row in theirs) <= 1
            assert [row.copy_number for row in theirs] == list(range(1, len(theirs) + 1))

    @invariant()
    def every_new_copy_has_its_word(self) -> None:
        with self.database.read() as connection:
            made = set(connection.execute(sa.select(tables.interventions.c.made)).scalars()) - {None}
        assert made == {row.id for row in self.rows().values() if row.copy_number > 1}

    @invariant()
    def who_is_copied_gets_what_was_sent_anew(self) -> None:
        """HS-4, HS-8: a Cc copy that was cancelled with the last To copy has a next one when a To copy is sent."""
        rows = self.rows().values()
        accepted = {row.letter for row in rows if row.line == "to" and row.state == State.SENT}
        newest = {(row.letter, row.person): row for row in rows if row.line == "cc"}
        left = [row.id for row in newest.values() if row.reason == Reason.NO_TO_COPY_ACCEPTED]
        assert [id for id in left if self.rows()[id].letter in accepted] == []

    @invariant()
    def only_what_is_under_way_has_a_worker(self) -> None:
        for row in self.rows().values():
            assert (row.worker is not None) == (row.state in (State.LEASED, State.SENDING))

    @invariant()
    def a_lease_is_in_somebodys_hands(self) -> None:
        for row in self.rows().values():
            assert row.state != State.LEASED or (row.id, row.token) in self.taken

    @invariant()
    def what_came_to_something_has_no_claims(self) -> None:
        for row in self.rows().values():
            assert 0 <= row.claims <= MOST
            if row.state in (State.SENT, State.FAILED, State.UNCERTAIN):
                assert row.claims == 0
            if row.state == State.LEASED:
                assert row.claims > 0
            if row.reason == Reason.BREAKS_WORKERS:
                assert (row.state, row.claims) == (State.HELD, MOST)

    @invariant()
    def the_notice_comes_to_what_its_copies_make_of_it(self) -> None:
        with self.database.read() as connection:
            notice = connection.execute(sa.select(tables.notices)).one_or_none()
            standing = sa.select(tables.letters.c.id).where(~tables.letters.c.void)
            query = sa.select(tables.deliveries).where(tables.deliveries.c.letter.in_(standing))
            copies = [Copy(row.line, State(row.state)) for row in connection.execute(query)]
        if notice is not None:
            found = outcome_rule(copies)
            assert notice.outcome == (found[0] if found else None)

    @rule()
    def no_audit_of_the_ledger_finds_anything(self) -> None:
        """Now and then, and at the end: it looks at everything, which takes its time.

        Here nobody resolves, so a letter keeps its readers when an address of theirs is suppressed.
        """
        found = [(violation.audit.name, violation.rows) for violation in verify(self.database, RULES.daily, self.now)]
        assert [violation for violation in found if violation[0] != "suppressed-stay-home"] == []

    def teardown(self) -> None:
        self.no_audit_of_the_ledger_finds_anything()


@pytest.fixture
def machine() -> type[Mail]:
    database = Database("sqlite://")
    database.create()
    return type("Machine", (Mail,), {"database": database})


def explore(machine: type[Mail], examples: int, steps: int) -> None:
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=slow, database=None
        ),
    )


def test_promise_3_no_sequence_sends_a_body_twice_without_the_flag(machine: type[Mail]) -> None:
    explore(machine, examples=50, steps=30)


@pytest.mark.long
def test_promise_3_no_long_sequence_does_either(machine: type[Mail]) -> None:
    explore(machine, examples=3000, steps=60)
