"""Audits of copies and their letters: leases and tokens, what left, what may have arrived twice, who is written to."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from workers.domain.delivery import OPEN, State, cc_follows
from workers.domain.delivery import Copy as CopyOfLetter
from workers.domain.reasons import Reason
from workers.domain.suspicion import MOST
from workers.store import tables
from workers.store.audits.audit import A_MINUTE_AGO, AN_HOUR_AGO, HOURS_AGO, MIDNIGHT, NEXT_MIDNIGHT, REPORT, Audit, Row
from workers.store.audits.notices import OF_STANDING
from workers.store.fleet import PAUSED

notices, letters, deliveries, people = tables.notices, tables.letters, tables.deliveries, tables.people
attempts, workers = tables.attempts, tables.workers

ACCEPTED, UNCERTAIN = "accepted", "uncertain"
"""What attempts came to, in the postbox's words."""

_UNDER_WAY = deliveries.c.state.in_([State.LEASED, State.SENDING])
_LEFT = sa.or_(deliveries.c.state.in_([State.SENDING, State.SENT, State.UNCERTAIN]), deliveries.c.possible_duplicate)
_BY_OTHER_MEANS = (deliveries.c.state == State.SENT) & (deliveries.c.reason == Reason.OPERATOR)
"""What an operator calls sent may never have been written here."""
_ENDED = deliveries.c.state.not_in(OPEN)
_IS_FIRST = deliveries.c.copy_number == 1


def _copies(*where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Copies, with the notice they belong to and their state."""
    numbers = deliveries.c.notice, deliveries.c.id.label("delivery")
    return sa.select(*numbers, deliveries.c.state).where(*where)


def _standing(*where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Copies of letters that were not voided."""
    return _copies(*where).join_from(deliveries, letters, OF_STANDING)


def _answered(*kinds: str) -> sa.Exists:
    return sa.exists().where(attempts.c.delivery == deliveries.c.id, attempts.c.kind.in_(kinds))


_REPORTED = sa.exists().where(tables.reports.c.delivery == deliveries.c.id)


def _to_copy_was_accepted() -> sa.Exists:
    to = deliveries.alias("to_copies")
    return sa.exists().where(to.c.letter == deliveries.c.letter, to.c.line == "to", to.c.state == State.SENT)


def _stranded(rows: Iterator[Row]) -> Iterator[Row]:
    """Cc copies that wait although the To copies of their letter have said what becomes of them."""
    for _, of_letter in groupby(rows, key=itemgetter("letter")):
        some = list(of_letter)
        follows = cc_follows(CopyOfLetter(row["line"], State(row["state"])) for row in some)
        if follows is not None:
            waiting = (row for row in some if row["state"] == State.WAITING)
            yield from ({"delivery": row["delivery"], "letter": row["letter"], "should_be": follows} for row in waiting)


def _misaddressed(rows: Iterator[Row]) -> Iterator[Row]:
    """Letters whose To or Cc line does not name just those who get a copy."""
    for id, of_letter in groupby(rows, key=itemgetter("letter")):
        some = list(of_letter)
        for line in ("to", "cc"):
            named = sorted(address for _, address in some[0][f"{line}_line"])
            if named != sorted(row["address"] for row in some if row["line"] == line):
                yield {"letter": id, "line": line}


_WAITING = deliveries.alias("waiting_copies")
_BY_LETTER = (
    sa.select(deliveries.c.letter, deliveries.c.id.label("delivery"), deliveries.c.line, deliveries.c.state)
    .where(
        sa.exists().where(_WAITING.c.letter == deliveries.c.letter, _WAITING.c.state == State.WAITING),
        deliveries.c.state.in_(list(State)),
    )
    .order_by(deliveries.c.letter, deliveries.c.id)
)
_LINES = (
    sa.select(
        letters.c.id.label("letter"), letters.c.to_line, letters.c.cc_line, deliveries.c.line, deliveries.c.address
    )
    .join_from(letters, deliveries, OF_STANDING)
    .where(_IS_FIRST)
    .order_by(letters.c.id, deliveries.c.id)
)

_GETS_A_COPY = sa.exists().where(
    letters.c.notice == people.c.notice,
    ~letters.c.void,
    deliveries.c.letter == letters.c.id,
    deliveries.c.person == people.c.position,
)
_IS_TO_BE_SENT = sa.exists().where(letters.c.notice == people.c.notice, ~letters.c.void)
_OF_ANOTHER_DAY = (notices.c.decided_at < MIDNIGHT) | (notices.c.decided_at >= NEXT_MIDNIGHT)
_FLEET_IS_PAUSED = sa.exists().where(tables.flags.c.name == PAUSED)
_SUPPRESSED = sa.exists().where(
    tables.addresses.c.key == sa.func.lower(sa.func.trim(deliveries.c.address)), tables.addresses.c.suppressed
)
_COUNTED = sa.func.count().label("copies")

OF_COPIES = (
    Audit(
        "known-states",
        "DESIGN promise 3",
        "A copy is in one of the ten states, and on the To or Cc line.",
        "A newer release may have written it: `rappel migrate --check`. Otherwise: " + REPORT,
        _copies(deliveries.c.state.not_in(list(State)) | deliveries.c.line.not_in(["to", "cc"])),
    ),
    Audit(
        "copies-belong",
        "DESIGN promise 2",
        "A copy belongs to a letter, and both to the same notice.",
        REPORT,
        sa.select(deliveries.c.id.label("delivery"), deliveries.c.letter, deliveries.c.notice)
        .join_from(deliveries, letters, letters.c.id == deliveries.c.letter, isouter=True)
        .join(notices, notices.c.id == deliveries.c.notice, isouter=True)
        .where(letters.c.notice.is_distinct_from(deliveries.c.notice) | notices.c.id.is_(None)),
    ),
    Audit(
        "copies-numbered",
        "DESIGN promise 2",
        "The copies of a letter to one person are numbered 1, 2, 3 without a gap.",
        REPORT,
        sa.select(deliveries.c.letter, deliveries.c.person, _COUNTED)
        .group_by(deliveries.c.letter, deliveries.c.person)
        .having((sa.func.max(deliveries.c.copy_number) != _COUNTED) | (sa.func.min(deliveries.c.copy_number) != 1)),
    ),
    Audit(
        "one-copy-an-address",
        "RULES 0.3",
        "Of one notice, one address gets one first copy.",
        "Somebody may have been told twice. " + REPORT,
        sa.select(deliveries.c.notice, sa.func.min(deliveries.c.id).label("delivery"), _COUNTED)
        .join_from(deliveries, letters, OF_STANDING)
        .where(_IS_FIRST, deliveries.c.address != "")
        .group_by(deliveries.c.notice, sa.func.lower(deliveries.c.address))
        .having(_COUNTED > 1),
    ),
    Audit(
        "under-way-has-worker",
        "DESIGN promise 3",
        "A copy has a worker while it is leased or sending, and at no other time.",
        REPORT,
        _copies((deliveries.c.worker.is_not(None) & ~_UNDER_WAY) | (deliveries.c.worker.is_(None) & _UNDER_WAY)),
    ),
    Audit(
        "workers-live",
        "DESIGN promise 3",
        "Leases belong to incarnations that live: what a dead one held was taken over within a minute.",
        "Start a scheduler (`rappel up`): its sweep takes over what dead workers held. If one runs: " + REPORT,
        _copies(
            _UNDER_WAY,
            ~sa.exists().where(
                workers.c.id == deliveries.c.worker, workers.c.dead_at.is_(None) | (workers.c.dead_at > A_MINUTE_AGO)
            ),
        ),
    ),
    Audit(
        "leases-have-an-end",
        "DESIGN promise 3",
        "No copy is under way for longer than a mailer may take for its batch: somebody has it in hand.",
        "Nobody takes it up while its worker lives: restart that worker. " + REPORT,
        _copies(_UNDER_WAY, deliveries.c.woken_at < HOURS_AGO),
    ),
    Audit(
        "due-goes-out-today",
        "DESIGN promise 5",
        "A copy that has been due for an hour was decided today: what was decided on another day is decided again.",
        "Start a scheduler (`rappel up`): its sweep has it decided again. If one runs: " + REPORT,
        _copies(
            deliveries.c.state == State.PENDING,
            deliveries.c.next_attempt_at < AN_HOUR_AGO,
            ~deliveries.c.by_hand,
            ~notices.c.needs_decision,
            _OF_ANOTHER_DAY,
            ~_FLEET_IS_PAUSED,
        ).join_from(deliveries, notices, notices.c.id == deliveries.c.notice),
    ),
    Audit(
        "claims-move-tokens",
        "DESIGN promise 3",
        "A claim moves the fencing token on: what was ever leased has one above 0.",
        REPORT,
        _copies(
            deliveries.c.token < 1,
            sa.or_(
                deliveries.c.state.in_([State.LEASED, State.SENDING, State.UNCERTAIN]),
                sa.exists().where(attempts.c.delivery == deliveries.c.id),
            ),
        ),
    ),
    Audit(
        "claims-have-an-end",
        "DESIGN promise 8",
        "What was taken up six times, and nothing came of it, is taken up no more.",
        "It may kill a worker each time: hold it back with `rappel pause`. " + REPORT,
        _copies((deliveries.c.claims > MOST) | (deliveries.c.claims < 0)),
    ),
    Audit(
        "sent-was-accepted",
        "DESIGN promise 5",
        "A copy that is sent as accepted was accepted by a server, or a report came back that shows that it had been.",
        "Ask the mail server's log whether it took this mail. " + REPORT,
        _copies(
            deliveries.c.state == State.SENT, deliveries.c.reason == Reason.ACCEPTED, ~_answered(ACCEPTED), ~_REPORTED
        ),
    ),
    Audit(
        "resent-is-flagged",
        "DESIGN promises 3 and 4",
        "What a server accepted, or may have accepted, goes out again only with the flag that it may arrive twice.",
        "Take the copy back before it goes out (`rappel pause`). " + REPORT,
        _copies(deliveries.c.state.in_(OPEN), ~deliveries.c.possible_duplicate, _answered(ACCEPTED, UNCERTAIN)),
    ),
    Audit(
        "void-stays-home",
        "DESIGN promise 2",
        "Of a letter whose decision was made again no copy is open, and none has begun to leave.",
        "Its readers may get a mail that was decided otherwise. " + REPORT,
        _copies(letters.c.void, deliveries.c.state.in_(OPEN) | _LEFT).join_from(
            deliveries, letters, letters.c.id == deliveries.c.letter
        ),
    ),
    Audit(
        "left-is-frozen",
        "DESIGN promise 2",
        "From the first copy that begins to leave on, the notice is frozen and its letter's text is kept as it was.",
        REPORT,
        _copies(_LEFT, ~notices.c.frozen | (letters.c.subject_line.is_(None) & ~_BY_OTHER_MEANS))
        .join_from(deliveries, notices, notices.c.id == deliveries.c.notice)
        .join(letters, letters.c.id == deliveries.c.letter),
    ),
    Audit(
        "cc-waits-for-to",
        "DESIGN promise 3, RULES HS-8",
        "A Cc copy waits only while a To copy of its letter is open or uncertain.",
        REPORT,
        _BY_LETTER,
        _stranded,
    ),
    Audit(
        "cc-follows-to",
        "DESIGN promise 3, RULES HS-8",
        "A Cc copy goes out only after a To copy of its letter was accepted.",
        REPORT,
        _copies(
            deliveries.c.line == "cc",
            deliveries.c.state.not_in([State.WAITING, State.HELD, State.CANCELLED, State.SUPPRESSED]),
            ~_to_copy_was_accepted(),
        ),
    ),
    Audit(
        "addressed-as-decided",
        "DESIGN promise 2",
        "A first copy goes to a person that the decision kept, at the address it names.",
        REPORT,
        _standing(_IS_FIRST, people.c.kept.is_not(sa.true()) | (people.c.address != deliveries.c.address)).join(
            people, (people.c.notice == deliveries.c.notice) & (people.c.position == deliveries.c.person), isouter=True
        ),
    ),
    Audit(
        "kept-get-copies",
        "DESIGN promise 1",
        "Everybody whom a decision to send kept has a copy.",
        "This person is not told. " + REPORT,
        sa.select(people.c.notice, people.c.position.label("person")).where(
            people.c.kept, _IS_TO_BE_SENT, ~_GETS_A_COPY
        ),
    ),
    Audit(
        "lines-name-readers",
        "DESIGN promise 2",
        "The To and Cc lines of a letter name just those who get its first copies.",
        REPORT,
        _LINES,
        _misaddressed,
    ),
    Audit(
        "ends-of-copies",
        "DESIGN promise 3",
        "A copy that came to an end, or is uncertain, says when and why; one that is open has not ended.",
        REPORT,
        _copies(
            sa.or_(
                _ENDED & (deliveries.c.ended_at.is_(None) | deliveries.c.reason.is_(None)),
                ~_ENDED & deliveries.c.ended_at.is_not(None),
            )
        ),
    ),
    Audit(
        "patience-counted",
        "DESIGN promise 5",
        "A copy that a server put off knows how often, and since when.",
        REPORT,
        _copies((deliveries.c.attempts > 0) != deliveries.c.first_answer_at.is_not(None)),
    ),
    Audit(
        "suppressed-stay-home",
        "RULES 0.9",
        "No copy waits to go to an address that is suppressed, unless its notice is about to be decided again.",
        REPORT,
        _standing(
            deliveries.c.state.in_([State.WAITING, State.PENDING, State.LEASED]), ~notices.c.needs_decision, _SUPPRESSED
        ).join(notices, notices.c.id == deliveries.c.notice),
    ),
)
