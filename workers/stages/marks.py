"""Who is primary in each company that the contacts of a batch are in, or were in (PX-2, C1 to C3).

What was told of a contact's whereabouts is kept event by event, so that a move, a deletion or a return that is told
late counts at its own time (RULES 0.6). Events whose keys are forgotten are too old for that (`primary.settled`).
"""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from workers.domain import primary
from workers.domain.primary import Entry, Mark, Members
from workers.store import tables
from workers.store.bench import Bench, Row


class Marks:
    """What is told of the whereabouts of contacts in a batch; when all is told, the marks on the rows of its bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._told: dict[str, list[Entry]] = {}
        self._companies: dict[str, Members] = {}
        self._contacts: dict[str, set[str]] = {}
        self._late: dict[str, set[str]] = defaultdict(set)

    def tell(self, entry: Entry) -> tuple[set[str], str | None]:
        """One event more, before its row is changed: the companies that it concerns, and what its sender must hear."""
        before = self._entries_of(entry.contact)
        companies = {each.company for each in (*before, entry) if each.company}
        for company in companies:
            self._open(company)
        told = self._told[entry.contact] = primary.thinned([*before, entry])
        unsets = entry.company if entry.primary is False and self._may_hold(entry) else None
        for company in companies:
            self._hear(company, entry)
        self._store_stay(entry.contact, told)
        return companies, self._members(unsets).warning(entry) if unsets else None

    def close(self, oldest: int) -> None:
        """Write down who is primary, and what was told.

        `oldest`: arrival of the oldest event whose key is still known.
        """
        members = [self._members(company) for company in self._companies]
        for each in members:
            self._take_marks(each)
        for each in members:  # after all takings: who moves may lose the mark here and get it there
            if each.mark:
                self._give_mark(each.mark)
        for company in self._companies:
            self._settle(company, oldest)
        for contact, told in self._told.items():
            self._bench.log(tables.contact_entries, contact)[:] = [_row(entry) for entry in told]

    def _open(self, company: str) -> None:
        if company not in self._companies:
            self._contacts[company] = self._bench.contacts_of(company)
            self._companies[company] = Members(company, self._entries(company))

    def _may_hold(self, entry: Entry) -> bool:
        """Whether the contact had the mark when all was last gone through, or something was told late of it since."""
        mark = self._companies[entry.company].mark if entry.company else None
        return (mark is not None and mark.holder == entry.contact) or entry.contact in self._late[entry.company or ""]

    def _hear(self, company: str, entry: Entry) -> None:
        """In order it is heard at once; else all is gone through again, as soon as somebody asks."""
        members, contacts = self._companies[company], self._contacts[company]
        is_known = entry.contact in contacts or len(self._told[entry.contact]) == 1
        contacts.add(entry.contact)
        if is_known and (members.heard is None or members.heard < entry.position):
            members.hear(entry)
        else:
            self._late[company].add(entry.contact)

    def _members(self, company: str) -> Members:
        if self._late.pop(company, None):
            self._companies[company] = Members(company, self._entries(company))
        return self._companies[company]

    def _entries(self, company: str) -> list[Entry]:
        return [entry for contact in self._contacts[company] for entry in self._entries_of(contact)]

    def _entries_of(self, contact: str) -> list[Entry]:
        if contact not in self._told:
            told = [_entry(row) for row in self._bench.log(tables.contact_entries, contact)]
            row, orders = self._bench.row("contact", contact), {each.order for each in told}
            self._told[contact] = told if _is_told(row, orders) else [*told, *_of_row(row, orders)]
        return self._told[contact]

    def _take_marks(self, members: Members) -> None:
        for contact in self._contacts[members.company]:
            row = self._bench.row("contact", contact)
            holds = members.mark is not None and members.mark.holder == contact
            if row["company"] == members.company and row["mark_at"] and not holds:
                self._bench.touch("contact", contact).update(mark_at=None, mark_explicit=None)

    def _give_mark(self, mark: Mark) -> None:
        row = self._bench.row("contact", mark.holder)
        if mark.since is None and row["mark_at"]:
            return
        at = (mark.since or max(each.position for each in self._told[mark.holder]))[0]
        if (row["mark_at"], row["mark_explicit"]) != (at, mark.explicit):
            self._bench.touch("contact", mark.holder).update(mark_at=at, mark_explicit=mark.explicit)

    def _store_stay(self, contact: str, told: list[Entry]) -> None:
        stay, row = primary.newest_stay(told), self._bench.row("contact", contact)
        if stay and (row["created_at"], row["created_seq"]) != stay.position:
            self._bench.touch("contact", contact).update(created_at=stay.time, created_seq=stay.order)

    def _settle(self, company: str, oldest: int) -> None:
        """Forget what is too old to be put in order any more, where there is more of it than what came of it."""
        entries, contacts = self._entries(company), self._contacts[company]
        if sum(entry.order < oldest for entry in entries) <= 2 * len(contacts):
            return
        left: dict[str, list[Entry]] = defaultdict(list)
        for entry in primary.settled(company, entries, oldest):
            left[entry.contact].append(entry)
        for contact in contacts:
            self._told[contact] = primary.thinned(left[contact])


def _is_told(row: Row, orders: set[int]) -> bool:
    """Whether the log knows what the row says. If not, a release wrote the row that keeps no log."""
    states = [(row[f"{kind}_at"], row[f"{kind}_seq"]) for kind in ("set", "gone") if row[f"{kind}_at"]]
    return not states or max(states)[1] in orders


def _of_row(row: Row, known: set[int]) -> list[Entry]:
    """What a row says of where its contact is, and has been, as entries that are settled."""
    states: dict[int, Entry] = {}
    if row["set_at"] and row["company"]:
        here = Entry(row["id"], row["set_at"], row["set_seq"], row["company"], bool(row["active"]), settled=True)
        came = replace(here, time=row["created_at"], order=row["created_seq"])
        marked = row["mark_at"] is not None
        as_it_came = marked and (row["mark_at"] <= came.time or here.order == came.order)
        states[here.order] = replace(here, primary=marked and not as_it_came)
        states[came.order] = replace(came, primary=as_it_came)
    if row["gone_at"]:
        states[row["gone_seq"]] = Entry(row["id"], row["gone_at"], row["gone_seq"], None, settled=True)
    return [entry for order, entry in states.items() if order not in known]


_COLUMNS = {"time": "time", "seq": "order", "company": "company", "active": "active"}
_COLUMNS |= {"primary": "primary", "settled": "settled", "contact": "contact"}
"""Columns of `contact_entries`, and the fields of an `Entry`."""


def _entry(row: Row) -> Entry:
    return Entry(**{field: row[column] for column, field in _COLUMNS.items()})


def _row(entry: Entry) -> dict[str, Any]:
    return {column: getattr(entry, field) for column, field in _COLUMNS.items()}
