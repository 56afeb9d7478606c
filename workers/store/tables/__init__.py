"""The tables: what we were told (facts), what we decided (notices, people), what became of it (letters, deliveries).

A fact row keeps, for each kind of state, the `time` it was last set at and the event that set it (`*_seq` is the
event's arrival number), so that an older state never overwrites a newer one (RULES 0.6). A row whose `set_at` is null
was only heard of: a deletion or an appointment that came before its object.
"""

from workers.store.tables.accounts import (
    addresses,
    companies,
    contact_entries,
    contacts,
    erasures,
    erasures_left,
    opt_out_changes,
    opt_outs,
    partners,
    users,
)
from workers.store.tables.arrivals import events
from workers.store.tables.base import metadata
from workers.store.tables.deciding import fences, letters, notice_refs, notices, occasions, people, runs, secrets
from workers.store.tables.fleet import flags, problems, routes, views, workers
from workers.store.tables.matters import (
    deals,
    fan_outs,
    lead_entries,
    lead_saves,
    leads,
    processes,
    projects,
    renewals,
    switches,
    tickets,
)
from workers.store.tables.search import SEARCHED, lexemes_of, plain, words_of
from workers.store.tables.sending import attempts, deliveries, interventions, openings, reports

__all__ = [
    "SEARCHED",
    "addresses",
    "attempts",
    "companies",
    "contact_entries",
    "contacts",
    "deals",
    "deliveries",
    "erasures",
    "erasures_left",
    "events",
    "fan_outs",
    "fences",
    "flags",
    "interventions",
    "lead_entries",
    "lead_saves",
    "leads",
    "letters",
    "lexemes_of",
    "metadata",
    "notice_refs",
    "notices",
    "occasions",
    "openings",
    "opt_out_changes",
    "opt_outs",
    "partners",
    "people",
    "plain",
    "problems",
    "processes",
    "projects",
    "renewals",
    "reports",
    "routes",
    "runs",
    "secrets",
    "switches",
    "tickets",
    "users",
    "views",
    "words_of",
    "workers",
]
