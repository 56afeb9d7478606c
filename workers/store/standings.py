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
    if reader:
        doubled = _doubled(connection, found, reader)
        found = {id: replace(each, doubled=doubled.get(each.letter)) for id, each in found.items()}
    return found


def _query(ids: Collection[int]) -> sa.Select[Any]:
    other = deliveries.alias()
    same = (other.c.letter == deliveries.c.letter) & (other.c.person == deliveries.c.person)
    newest = sa.select(sa.func.max(other.c.id)).where(same).scalar_subquery()
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
            *(letters.c[name] for name in ("template", "language", "void")),
            (letters.c.rendered_at.is_not(None) & letters.c.body.is_(None)).label("text_forgotten"),
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
            "erased": row["ref"] in erased,
            "suppressed": fold(reader or row["address"]) in reach.suppressed,
            "template_off": language_off(reach.switches, row["template"], languages) is not None,
        }
    )


def _doubled(connection: Connection, found: Mapping[int, Standing], reader: str) -> dict[int, int]:
    """By letter: a copy that brought it to this address, or will (RULES 0.3)."""
    brings = deliveries.c.state.in_([*OPEN, State.SENT, State.UNCERTAIN])
    doubled: dict[int, int] = {}
    for some in chunks({each.letter for each in found.values()}):
        columns = (deliveries.c.id, deliveries.c.letter, deliveries.c.address)
        for row in connection.execute(sa.select(*columns).where(deliveries.c.letter.in_(some), brings)):
            if fold(row.address) == fold(reader):
                doubled[row.letter] = row.id
    return doubled


def _erased(connection: Connection, refs: Collection[str]) -> set[str]:
    """Of these people those of whom nothing personal is left (RULES 0.12)."""
    ids = {kind: {ref.partition("/")[2] for ref in refs if ref.startswith(f"{kind}/")} for kind in ("contact", "user")}
    contacts = cases.rows_by_id(connection, tables.contacts, ids["contact"])
    users = cases.rows_by_id(connection, tables.users, ids["user"])
    nameless = {f"contact/{id}" for id, row in contacts.items() if row["set_at"] and row["last_name"] is None}
    return nameless | {f"user/{id}" for id, row in users.items() if row["set_at"] and row["active"] is None}
