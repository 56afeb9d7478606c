"""Audits of erasures: what should have left the ledger with an erased person, and did not."""

import sqlalchemy as sa

from workers.store import tables
from workers.store.audits.audit import REPORT, Audit
from workers.store.scrubbing import IS_OVER

notices, letters, deliveries, people = tables.notices, tables.letters, tables.deliveries, tables.people
attempts, reports, interventions = tables.attempts, tables.reports, tables.interventions
erasures, left = tables.erasures, tables.erasures_left

_IS_UNDER_WAY = erasures.c.step.is_not(None) | sa.exists().where(
    left.c.ref == erasures.c.ref, left.c.notice == people.c.notice
)
_KNEW_THEM = people.c.as_of.is_(None) | (people.c.as_of < erasures.c.seq)
_NAMES_THEM = (people.c.name != "") | people.c.address.is_not(None)


def _of_copy(table: sa.Table, *where: sa.ColumnElement[bool]) -> sa.Exists:
    return sa.exists().where(table.c.delivery == deliveries.c.id, *where)


_SAYS_SOMETHING = sa.or_(
    letters.c.body.is_not(None),
    letters.c.subject_line.is_distinct_from(""),
    _of_copy(attempts, attempts.c.reply != ""),
    _of_copy(reports, (reports.c.words != "") | (reports.c.address_key != "")),
    _of_copy(interventions, interventions.c.address.is_not(None)),
    _of_copy(tables.openings),
)

OF_ERASURES = (
    Audit(
        "erased-have-left",
        "EVENTS, contact.erased",
        "Of who was erased, no notice that is over keeps name, address or facts that it knew before.",
        "Start a scheduler (`rappel up`): its sweep goes through the ledger. If one runs: " + REPORT,
        sa.select(people.c.notice, people.c.position.label("person"), people.c.ref)
        .join_from(people, erasures, erasures.c.ref == people.c.ref)
        .join(notices, notices.c.id == people.c.notice)
        .where(_KNEW_THEM, _NAMES_THEM, IS_OVER, ~_IS_UNDER_WAY),
    ),
    Audit(
        "erased-say-nothing",
        "EVENTS, contact.erased",
        "A copy that was an erased person's holds no text, no word of a server, and no opening.",
        "It came after the ledger was gone through. " + REPORT,
        sa.select(deliveries.c.notice, deliveries.c.id.label("delivery"), deliveries.c.letter)
        .join_from(deliveries, letters, letters.c.id == deliveries.c.letter)
        .where(deliveries.c.address == "", _SAYS_SOMETHING),
    ),
)
