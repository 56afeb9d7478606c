"""Follow-ups that a run has brought about and that have not come to an end yet, for a look at what comes after them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workers.domain.cases import LeadCase
from workers.domain.facts import SentFollowUp
from workers.domain.notices import FOLLOW_UP
from workers.domain.reasons import Reason
from workers.store import tables
from workers.store.bench import chunks


def as_if_sent(connection: Connection, cases: Mapping[str, LeadCase]) -> dict[str, LeadCase]:
    """The cases of leads, by id, as they will be when what is on its way has arrived: it counts from its run on."""
    by_ref = {case.lead.ref: case for case in cases.values()}
    notices = tables.notices
    found: dict[str, list[SentFollowUp]] = defaultdict(list)
    for refs in chunks(by_ref):
        query = sa.select(notices.c.subject, notices.c.visit, notices.c.sequence, notices.c.created_at)
        query = query.add_columns(notices.c.due_reason).where(
            notices.c.subject.in_(refs), notices.c.kind == FOLLOW_UP.name, notices.c.outcome.is_(None)
        )
        for row in connection.execute(query):
            # The very visit, as its decision asks (`follow_up.decide`): of a stay that proved to begin at another time
            # it is suppressed, and made anew by the next run (ADR 4).
            if row.visit == by_ref[row.subject].lead.visit.key:
                first = row.due_reason == Reason.FOLLOW_UP_FIRST
                found[row.subject].append(SentFollowUp(row.sequence, row.created_at, first))
    return {id: replace(case, sent=(*case.sent, *found[case.lead.ref])) for id, case in cases.items()}
