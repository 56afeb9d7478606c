"""Which ended notices must be remembered, however old they are: those whose occurrence could be asked for again.

- A follow-up, until its lead was closed after it: a deleted lead, or one that was moved on, may come back to the very
  same visit (ADR 4). Of the mails of a visit, failed ones among them (ADR 19), two are enough: the last one, after
  which its numbers go on, and the last first one, from which its grid is counted (LT-7). Of refusals those since the
  last mail: each is recorded once.
- A renewal notice, while its date is to come, or is still the renewal's date (R15, R18, R19).
- What an event caused, until that event is so old that nobody would be told of it any more (RULES 0.12).

How many there are is bounded by what is known of leads and renewals, not by how long the fleet runs.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from workers.domain.notices import FOLLOW_UP, RENEWAL_NOTICE, RENEWAL_REMINDER
from workers.domain.reasons import Outcome, Reason
from workers.store import tables

notices, leads, renewals, occasions = tables.notices, tables.leads, tables.renewals, tables.occasions

RENEWALS = (RENEWAL_NOTICE.name, RENEWAL_REMINDER.name)
A_DAY = timedelta(days=1)
"""No zone of daily runs is further from UTC."""


def may_be_asked_for(before: datetime, now: datetime) -> sa.ColumnElement[bool]:
    """Over notices that ended. `before`: what ended, or happened, before then has had its time (`retention.ledger`)."""
    return sa.or_(_of_leads(), _of_renewals(now), _of_events(before))


def _of_leads() -> sa.ColumnElement[bool]:
    """A visit that began before its lead was closed is over for good: closing outlasts whatever began before it."""
    closed = sa.exists().where(leads.c.id == _id_in_subject("lead/"), leads.c.closed_at >= notices.c.at)
    return sa.and_(notices.c.kind == FOLLOW_UP.name, _holds(), ~closed, ~_is_outlived())


def _is_outlived() -> sa.ColumnElement[bool]:
    """A later mail of the same visit tells as much: sequence and day of the last one, and of the last first one."""
    later = notices.alias("later")
    was_first = notices.c.blocks & (notices.c.due_reason == Reason.FOLLOW_UP_FIRST)
    return sa.exists().where(
        later.c.subject == notices.c.subject,
        later.c.kind == FOLLOW_UP.name,
        later.c.visit == notices.c.visit,
        later.c.blocks,
        later.c.id != notices.c.id,
        later.c.sequence >= notices.c.sequence,
        later.c.at >= notices.c.at,
        ~was_first | (later.c.due_reason == Reason.FOLLOW_UP_FIRST),
    )


def _of_renewals(now: datetime) -> sa.ColumnElement[bool]:
    """Its own date counts also when it is over: the lines of its offsets are not written again."""
    is_its_date = sa.exists().where(
        renewals.c.id == _id_in_subject("renewal/"), renewals.c.renews_on == notices.c.renews_on
    )
    is_to_come = notices.c.renews_on >= (now - A_DAY).date()
    return sa.and_(notices.c.kind.in_(RENEWALS), _holds(), is_to_come | is_its_date)


def _holds() -> sa.ColumnElement[bool]:
    """Its occurrence, or the only line of a refusal that people can mend."""
    return notices.c.blocks | (notices.c.outcome == Outcome.SUPPRESSED)


def _of_events(before: datetime) -> sa.ColumnElement[bool]:
    return sa.exists().where(occasions.c.notice == notices.c.id, occasions.c.time >= before)


def _id_in_subject(kind: str) -> sa.ColumnElement[str]:
    return sa.func.substr(notices.c.subject, len(kind) + 1)
