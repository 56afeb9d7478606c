"""Whose people the readers of copies are by now, by language, for the switches of templates (RULES 0.7)."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.engine import Connection

from workers.domain.notices import RENEWAL_NOTICE, RENEWAL_REMINDER
from workers.domain.recipients import languages_of, letter_language
from workers.store import cases, tables

Row = Mapping[Any, Any]

_TO_CLIENTS = frozenset(kind.templates[0] for kind in (RENEWAL_NOTICE, RENEWAL_REMINDER))
"""Written in the company's language, whoever reads it (RULES 0.8)."""


def reader_languages(connection: Connection, copies: Collection[Row]) -> dict[int, tuple[str, ...]]:
    """By the id of a copy (with its reader's `ref`, its `subject`, its letter's `template` and `language`).

    A letter whose readers want another language by now is still of its own.
    """
    refs = {copy["ref"] for copy in copies if copy["ref"]}
    contacts = cases.rows_by_id(connection, tables.contacts, _ids(refs, "contact"))
    users = cases.rows_by_id(connection, tables.users, _ids(refs, "user"))
    about = {copy["subject"] for copy in copies if copy["template"] in _TO_CLIENTS}
    renewals = cases.rows_by_id(connection, tables.renewals, _ids(about, "renewal"))
    clients = {row["company"] for row in (*contacts.values(), *renewals.values()) if row["company"]}
    companies = cases.rows_by_id(connection, tables.companies, clients)

    def wanted(copy: Row) -> tuple[str, ...]:
        kind, _, id = (copy["subject"] if copy["template"] in _TO_CLIENTS else copy["ref"] or "").partition("/")
        known = {"contact": contacts, "user": users, "renewal": renewals}.get(kind, {}).get(id, {})
        employer = companies.get(known.get("company") or "", {})
        own = None if kind == "renewal" else known.get("language")
        return tuple(filter(None, (own, employer.get("language"))))

    return {copy["id"]: _languages(wanted(copy), copy["language"]) for copy in copies}


def _ids(refs: Collection[str], kind: str) -> set[str]:
    return {ref.partition("/")[2] for ref in refs if ref.startswith(f"{kind}/")}


def _languages(wanted: tuple[str, ...], written_in: str) -> tuple[str, ...]:
    return languages_of(*wanted) if letter_language(*wanted) == written_in else (written_in,)
