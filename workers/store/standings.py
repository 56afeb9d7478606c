"""Copies as an operator finds them, with everything that speaks for or against sending them once more."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.delivery import OPEN, State
from workers.domain.facts import Reachability
from workers.domain.interventions import Standing
from workers.domain.notices import SET_PASSWORD
from workers.domain.reasons import Reason
from workers.domain.recipients import fold, language_off
from workers.store import cases, tables
from workers.store.bench import chunks
from workers.store.decisions import POISON
from workers.store.reader_languages import reader_languages

deliveries, letters, notices, people = tables.deliveries, tables.letters, tables.notices, tables.people


def standings(connection: Connection, ids: Collection[int], reader: str | None = None) -> dict[int, Standing]:
    """The copies with these ids, as they stand; `reader`: a corrected address that they would go to."""
    rows = [row for some in chunks(ids) for row in connection.execute(_query(some)).mappings()]
    reach = cases.reachability(connection, {reader or row["address"] for row in rows})
    erased = _erased(connection, {row["ref"] for row in rows if row["ref"]})
    languages = reader_languages(connection, rows)
    found = {row["id"]: _standing(row, reader, reach, erased, languages[row["id"]]) for row in rows}
    return _with_doubled(connection, found) if reader else found


def left_behind(connection: Connection, letters: Collection[int]) -> list[Standing]:
    """The Cc copies of these letters that were cancelled with the last To copy, and that no newer copy followed."""
    ended = (deliveries.c.state == State.CANCELLED) & (deliveries.c.reason == Reason.NO_TO_COPY_ACCEPTED)
    queries = (sa.select(deliveries.c.id).where(deliveries.c.letter.in_(some), ended) for some in chunks(letters))
    found = standings(connection, [id for query in queries for id in connection.execute(query).scalars()])
    return list(_with_doubled(connection, {id: each for id, each in found.items() if each.newest == id}).values())


def _query(ids: Collection[int]) -> sa.Select[Any]:
    other = deliveries.alias()
    same = (other.c.letter == deliveries.c.letter) & (other.c.person == deliveries.c.person)
    newest = sa.select(sa.func.max(other.c.id)).where(same).scalar_subquery()
    to = deliveries.alias()
    accepted = sa.exists().where(to.c.letter == deliveries.c.letter, to.c.line == "to", to.c.state == State.SENT)
    sealed = sa.select(tables.secrets.c.notice).where(tables.secrets.c.notice == deliveries.c.notice).exists()
    opt_outs = tables.opt_outs
    hers = ("contact/" + opt_outs.c.contact == people.c.ref) & (opt_outs.c.toggle == letters.c.toggle)
    opted_out = sa.select(opt_outs.c.contact).where(hers, people.c.reason != Reason.MANUAL_SELECTION).exists()
    own = ("id", "notice", "letter", "person", "copy_number", "line", "address", "state", "token", "reason")
    times = ("possible_duplicate", "by_hand", "ended_at", "left_at")
    return (
        sa.select(
            *(deliveries.c[name] for name in (*own, *times)),
            newest.label("newest"),
            sealed.label("has_link"),
            opted_out.label("opted_out"),
            accepted.label("to_accepted"),
            *(letters.c[name] for name in ("template", "language", "void")),
            (letters.c.rendered_at.is_not(None) & letters.c.body.is_(None)).label("text_forgotten"),
            (sa.func.coalesce(letters.c.subject_line, "-") == "").label("text_erased"),
            *(notices.c[name] for name in ("subject", "stands_until")),
            (notices.c.needs_decision & (notices.c.failures >= POISON)).label("set_aside"),
            notices.c.reason.label("notice_reason"),
            people.c.ref,
        )
        .join(letters, letters.c.id == deliveries.c.letter)
        .join(notices, notices.c.id == deliveries.c.notice)
        .outerjoin(people, (people.c.notice == deliveries.c.notice) & (people.c.position == deliveries.c.person))
        .where(deliveries.c.id.in_(ids))
    )


def _standing(
    row: Mapping[Any, Any],
    reader: str | None,
    reach: Reachability,
    erased: Collection[str],
    languages: Collection[str],
) -> Standing:
    told = {name: row[name] for name in Standing.__dataclass_fields__ if name in row}
    return Standing(
        **told
        | {
            "state": State(row["state"]),
            "reason": Reason(row["reason"]) if row["reason"] else None,
            "reader": reader or row["address"],
            "doubled": None,
            "only_captured": row["notice_reason"] == Reason.ONLY_CAPTURED,
            "needs_link": row["template"] in SET_PASSWORD.templates,
            "link_until": row["stands_until"],
            "erased": row["ref"] in erased or not row["address"],
            "suppressed": fold(reader or row["address"]) in reach.suppressed,
            "template_off": language_off(reach.switches, row["template"], languages) is not None,
        }
    )


def _with_doubled(connection: Connection, found: Mapping[int, Standing]) -> dict[int, Standing]:
    """With the copy that brought the letter to the same address, or will (RULES 0.3)."""
    brings = deliveries.c.state.in_([*OPEN, State.SENT, State.UNCERTAIN])
    doubled: dict[tuple[int, str], int] = {}
    for some in chunks({each.letter for each in found.values()}):
        columns = (deliveries.c.id, deliveries.c.letter, deliveries.c.address)
        for row in connection.execute(sa.select(*columns).where(deliveries.c.letter.in_(some), brings)):
            doubled[row.letter, fold(row.address)] = row.id
    return {id: replace(each, doubled=doubled.get((each.letter, fold(each.reader)))) for id, each in found.items()}


def _erased(connection: Connection, refs: Collection[str]) -> set[str]:
    """Of these people those of whom nothing personal is left (RULES 0.12)."""
    ids = {kind: {ref.partition("/")[2] for ref in refs if ref.startswith(f"{kind}/")} for kind in ("contact", "user")}
    contacts = cases.rows_by_id(connection, tables.contacts, ids["contact"])
    users = cases.rows_by_id(connection, tables.users, ids["user"])
    nameless = {f"contact/{id}" for id, row in contacts.items() if row["set_at"] and row["last_name"] is None}
    return nameless | {f"user/{id}" for id, row in users.items() if row["set_at"] and row["active"] is None}
