"""What mails are about: a lead, a renewal, a deal, a document ...; what is known of it, and why it rests."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.engine import Connection

from workers.domain.facts import Company, User
from workers.domain.notices import DOCUMENT_KINDS
from workers.stages.explain import ANSWERED, Explained, explain
from workers.stages.rules import Rules
from workers.store import known, lookup, origins
from workers.store.origins import Origin

KINDS = tuple(dict.fromkeys(("lead", "renewal", "deal", *DOCUMENT_KINDS)))
"""What a page can be about, beside people and companies."""


@dataclass(frozen=True, slots=True)
class Thing:
    """`answer`: why nothing goes out about a lead or renewal right now, and what is foreseen; None for all else.

    `answers_for_it`: ids of the users in charge, with the user where known.
    """

    ref: str
    title: str | None = None
    company: Company | None = None
    status: str | None = None
    renews_on: date | None = None
    answers_for_it: tuple[tuple[str, User | None], ...] = ()
    answer: Explained | None = None
    told: Origin | None = None


def thing(connection: Connection, rules: Rules, ref: str, now: datetime) -> Thing | None:
    """None where no event has told of it, as of every document."""
    facts = lookup.facts_of(connection, ref)
    if facts is None:
        return None
    named = facts.get("responsible") or facts.get("acceptor") or []
    ids = [named] if isinstance(named, str) else named
    users = known.users(connection, ids)
    return Thing(
        ref=ref,
        title=facts.get("title") or facts.get("product"),
        company=known.company(connection, facts["company"]) if "company" in facts else None,
        status=facts.get("status"),
        renews_on=facts.get("renews_on"),
        answers_for_it=tuple((id, users.get(id)) for id in ids),
        answer=explain(connection, rules, ref, now) if ref.startswith(ANSWERED) else None,
        told=origins.origins(connection, {ref}).get(ref),
    )
