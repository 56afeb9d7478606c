"""Audits of notices: who holds an occurrence, what an open one waits for, and what became of an ended one."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from workers.domain.delivery import OPEN, Copy, State
from workers.domain.delivery import outcome as outcome_rule
from workers.domain.reasons import FINAL_FOR_OCCURRENCE, Outcome, Reason
from workers.store import tables
from workers.store.audits.audit import REPORT, TWO_DAYS_AGO, Audit, Row

notices, letters, deliveries = tables.notices, tables.letters, tables.deliveries

IS_OPEN = notices.c.outcome.is_(None)
OF_STANDING = (letters.c.id == deliveries.c.letter) & ~letters.c.void


def standing_copy(*where: sa.ColumnElement[bool]) -> sa.Exists:
    """A copy of the notice, of a letter that was not voided."""
    return sa.exists().where(deliveries.c.notice == notices.c.id, OF_STANDING, *where)


def _twice(what: sa.ColumnElement[bool], *keys: sa.Column[Any]) -> sa.Select[Any]:
    """Notices that share a key of which one is allowed: the first and the last of them."""
    first, last = sa.func.min(notices.c.id).label("notice"), sa.func.max(notices.c.id).label("other_notice")
    return sa.select(first, last).where(what).group_by(*keys).having(sa.func.count() > 1)


_MAY_HAVE_ARRIVED = standing_copy(deliveries.c.possible_duplicate)
_RECORD_FORGOTTEN = notices.c.frozen & ~sa.exists().where(letters.c.notice == notices.c.id)
"""A copy had begun to leave, and of its letter nothing is left: nobody can tell any more that it may have arrived."""
_HOLDS = sa.or_(
    IS_OPEN,
    notices.c.outcome.in_([Outcome.SENT, Outcome.FAILED, Outcome.UNCERTAIN]),
    (notices.c.outcome == Outcome.SUPPRESSED) & notices.c.reason.in_(FINAL_FOR_OCCURRENCE),
    _MAY_HAVE_ARRIVED & notices.c.reason.is_distinct_from(Reason.ONLY_CAPTURED),
)


def _outcomes(rows: Iterator[Row]) -> Iterator[Row]:
    """Notices whose outcome is not what their copies make of it."""
    for id, of_notice in groupby(rows, key=itemgetter("notice")):
        some = list(of_notice)
        found = outcome_rule(Copy(row["line"], State(row["state"])) for row in some)
        before, only_captured = some[0]["outcome"], some[0]["reason"] == Reason.ONLY_CAPTURED
        should_be = found[0] if found else None
        if before != should_be and not (only_captured and should_be is Outcome.SENT):
            yield {"notice": id, "outcome": before, "should_be": should_be}


_COPIES = (
    sa.select(notices.c.id.label("notice"), notices.c.outcome, notices.c.reason, deliveries.c.line, deliveries.c.state)
    .join_from(notices, deliveries, deliveries.c.notice == notices.c.id)
    .join(letters, OF_STANDING)
    .where(deliveries.c.state.in_(list(State)))
    .order_by(notices.c.id, deliveries.c.id)
)


_IS_GONE = notices.c.outcome.is_not(None) & ~standing_copy(deliveries.c.state.in_(OPEN))

OF_NOTICES = (
    Audit(
        "one-open-notice",
        "DESIGN promise 2",
        "An occurrence has at most one open notice.",
        REPORT,
        _twice(IS_OPEN, notices.c.occurrence),
    ),
    Audit(
        "one-sent-notice",
        "DESIGN promise 2",
        "An occurrence has at most one sent notice, ever.",
        "Somebody was told twice. " + REPORT,
        _twice(notices.c.outcome == Outcome.SENT, notices.c.occurrence),
    ),
    Audit(
        "one-holder",
        "DESIGN promise 2",
        "An occurrence is held by at most one notice.",
        REPORT,
        _twice(notices.c.blocks, notices.c.occurrence),
    ),
    Audit(
        "one-decision",
        "DESIGN promise 2",
        "A decision is unique by its occurrence and the run or event that caused it.",
        REPORT,
        _twice(sa.true(), notices.c.occurrence, notices.c.cause),
    ),
    Audit(
        "occurrence-held",
        "RULES 0.5",
        "What is open, sent, failed, uncertain or final, or may have arrived, holds its occurrence.",
        "Another notice of the same occasion may go out. " + REPORT,
        sa.select(notices.c.id.label("notice"), notices.c.outcome, notices.c.reason).where(_HOLDS, ~notices.c.blocks),
    ),
    Audit(
        "occurrence-free",
        "RULES 0.5",
        "What was cancelled, or refused for a reason that people can mend, leaves its occurrence free.",
        "It is never decided again. " + REPORT,
        sa.select(notices.c.id.label("notice"), notices.c.outcome, notices.c.reason).where(
            notices.c.outcome.in_([Outcome.CANCELLED, Outcome.SUPPRESSED]),
            ~_HOLDS,
            notices.c.blocks,
            ~_RECORD_FORGOTTEN,
        ),
    ),
    Audit(
        "outcome-of-copies",
        "DESIGN promise 3",
        "The outcome of a notice is what its To copies make of it; letters of decisions made again do not count.",
        REPORT,
        _COPIES,
        _outcomes,
    ),
    Audit(
        "ends-say-why",
        "RULES 0.2",
        "A notice that came to an outcome has a reason and a time; an open one has neither.",
        REPORT,
        sa.select(notices.c.id.label("notice"), notices.c.outcome, notices.c.reason).where(
            sa.or_(
                ~IS_OPEN & (notices.c.reason.is_(None) | notices.c.at.is_(None)),
                IS_OPEN & (notices.c.reason.is_not(None) | notices.c.at.is_not(None)),
            )
        ),
    ),
    Audit(
        "open-leads-somewhere",
        "DESIGN promise 1",
        "An open notice waits for a decision, for something it names, or for one of its copies.",
        "Nobody looks at it any more: its mail would be lost. " + REPORT,
        sa.select(notices.c.id.label("notice")).where(
            IS_OPEN,
            ~notices.c.needs_decision,
            notices.c.held_reason.is_(None),
            ~standing_copy(deliveries.c.state.in_(OPEN)),
        ),
    ),
    Audit(
        "held-has-an-end",
        "RULES 0.12",
        "A notice that waits for something it names has a time at which that waiting ends.",
        REPORT,
        sa.select(notices.c.id.label("notice"), notices.c.held_reason).where(
            IS_OPEN, ~notices.c.needs_decision, notices.c.held_reason.is_not(None), notices.c.stands_until.is_(None)
        ),
    ),
    Audit(
        "ended-is-not-decided-again",
        "DESIGN promise 3",
        "A notice that came to an outcome, and has no copy on its way, is not decided again.",
        REPORT,
        sa.select(notices.c.id.label("notice"), notices.c.outcome).where(_IS_GONE, notices.c.needs_decision),
    ),
    Audit(
        "open-leans-on-facts",
        "DESIGN promise 2",
        "A decided notice with copies that have not left names the facts it leans on.",
        "A changed fact would not stop it. " + REPORT,
        sa.select(notices.c.id.label("notice")).where(
            ~notices.c.needs_decision,
            standing_copy(deliveries.c.state.in_(OPEN - {State.SENDING})),
            ~sa.exists().where(tables.notice_refs.c.notice == notices.c.id),
        ),
    ),
    Audit(
        "occasion-kept",
        "DESIGN promise 1",
        "An open notice that an event caused keeps what that event said.",
        "It cannot be decided. " + REPORT,
        sa.select(notices.c.id.label("notice")).where(
            IS_OPEN, notices.c.arrival.is_not(None), ~sa.exists().where(tables.occasions.c.notice == notices.c.id)
        ),
    ),
    Audit(
        "secret-forgotten",
        "DESIGN promise 6, RULES PX-10",
        "A secret is gone when its notice is over; that of an uncertain one, within two days after it expired.",
        "The fleet forgets secrets that expired once a day while it runs. " + REPORT,
        sa.select(notices.c.id.label("notice"), notices.c.outcome)
        .join_from(notices, tables.secrets, tables.secrets.c.notice == notices.c.id)
        .where(
            _IS_GONE,
            (notices.c.outcome != Outcome.UNCERTAIN) | (notices.c.stands_until < TWO_DAYS_AGO),
        ),
    ),
)
