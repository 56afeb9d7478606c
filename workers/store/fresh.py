"""Which decisions still stand: no fact has changed since, it is the same day, and their time is not over."""

from datetime import datetime

import sqlalchemy as sa

from workers.domain.calendar import Day
from workers.store import tables

deliveries, notices = tables.deliveries, tables.notices


def stands(now: datetime, today: Day) -> sa.ColumnElement[bool]:
    """Of a copy and its notice: it may go out as it was decided. What an operator sends may on any day."""
    return ~notices.c.needs_decision & (is_of(today) | deliveries.c.by_hand) & not_outlived(now)


def is_of(day: Day) -> sa.ColumnElement[bool]:
    """It was decided on this day: a text counts days. Of one to come it is after the fleet's clock went back."""
    return (notices.c.decided_at >= day.begins) & (notices.c.decided_at < day.ends)


def not_outlived(now: datetime) -> sa.ColumnElement[bool]:
    """Nothing has ended it yet: a link still works, enough was not waited for an object."""
    return notices.c.stands_until.is_(None) | (notices.c.stands_until > now)
