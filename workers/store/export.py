"""Notices as EVENTS prints them: one JSON object a notice that came to an outcome."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from workers.domain.delivery import State
from workers.domain.reasons import Outcome
from workers.store import tables

notices, people, letters, deliveries = tables.notices, tables.people, tables.letters, tables.deliveries

PAGE = 500

ERASED = {"erased": True}
"""What is added where something of an erased person was."""


def lines(connection: Connection, where: sa.ColumnElement[bool] | None = None) -> Iterator[dict[str, Any]]:
    """The notices with an outcome, by time; then those of events, as these arrived, before those of the run.

    Of one run: by subject, the larger offset first.
    """
    query = sa.select(notices).where(notices.c.outcome.is_not(None))
    if where is not None:
        query = query.where(where)
    caused = (notices.c.arrival.nulls_last(), notices.c.position)
    of_run = (notices.c.subject, notices.c.offset_days.desc(), notices.c.id)
    found = connection.execute(query.order_by(notices.c.at, *caused, *of_run)).mappings()
    while page := found.fetchmany(PAGE):
        yield from _page(connection, page)


def held_lines(connection: Connection, at: datetime) -> Iterator[dict[str, Any]]:
    """The notices that wait for something at `at`, as their events arrived."""
    query = sa.select(notices).where(notices.c.outcome.is_(None), notices.c.held_reason.is_not(None))
    query = query.order_by(notices.c.arrival, notices.c.position)
    held = {"at": stamp(at), "outcome": Outcome.HELD.value}
    found = connection.execute(query).mappings()
    while page := found.fetchmany(PAGE):
        yield from (line | held for line in _page(connection, page))


def _page(connection: Connection, page: Sequence[RowMapping]) -> Iterator[dict[str, Any]]:
    ids = [notice["id"] for notice in page]
    persons: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(
        sa.select(people).where(people.c.notice.in_(ids)).order_by(people.c.notice, people.c.position)
    ):
        told = {"roles": row.roles, "ref": row.ref, "address": row.address, "kept": row.kept, "reason": row.reason}
        persons[row.notice].append(told | ERASED if row.erased else told)
    mails = _mails(connection, ids)
    for notice in page:
        yield {
            "at": stamp(notice["at"]),
            "notice": notice["kind"],
            "subject": notice["subject"],
            "sequence": notice["sequence"],
            "offset_days": notice["offset_days"],
            "outcome": notice["outcome"],
            "reason": notice["reason"] or notice["held_reason"],
            "notes": notice["notes"],
            "mails": mails[notice["id"]] if notice["outcome"] == Outcome.SENT else [],
            "people": persons[notice["id"]],
        }


def _mails(connection: Connection, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The letters of which a copy was accepted."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    was_sent = sa.exists().where(deliveries.c.letter == letters.c.id, deliveries.c.state == State.SENT)
    query = sa.select(letters).where(letters.c.notice.in_(ids), was_sent)
    for row in connection.execute(query.order_by(letters.c.notice, letters.c.position)):
        mail = {
            "to": addresses_of(row.to_line),
            "cc": addresses_of(row.cc_line),
            "language": row.language,
            "template": row.template,
            "subject_line": row.subject_line or None,
        }
        found[row.notice].append(mail | ERASED if row.subject_line == "" else mail)
    return found


def addresses_of(line: Iterable[Sequence[str]]) -> list[str | None]:
    """The addresses of a To or Cc line; None: an erased person's."""
    return [address or None for _, address in line]


def stamp(at: datetime | None) -> str | None:
    """An instant as EVENTS writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
