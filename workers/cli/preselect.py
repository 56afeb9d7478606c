"""`rappel preselect`: whom a send dialog selects beforehand (PX-6)."""

from typing import Annotated

import typer

from workers.cli.errors import Exit
from workers.cli.installation import open_house
from workers.cli.options import AsJson, Config
from workers.cli.screen import leave, print_json, print_table, say
from workers.domain.documents import preselection
from workers.domain.notices import CATALOGUE, DOCUMENTS
from workers.store import cases

_NOBODY = "Nobody: no active contact has the toggle for it on, or all who have it unsubscribed."

CompanyId = Annotated[str, typer.Argument(metavar="COMPANY", help="Id of the company.")]
Notice = Annotated[str, typer.Option("--notice", metavar="TYPE", help="What is to be sent, such as invoice.sent.")]


def preselect(company: CompanyId, notice: Notice, as_json: AsJson = False, config: Config = None) -> None:
    """List the contacts of a company whose toggle for a document is on, the primary one first.

    Exit code: 0, also if there are none; 6 if no event has told of the company yet.

    Example: rappel preselect C-1 --notice invoice.sent
    """
    kind = CATALOGUE.get(notice)
    if kind not in DOCUMENTS:
        names = ", ".join(each.name for each in DOCUMENTS)
        raise typer.BadParameter(f"{notice} is not about a document; there are {names}.", param_hint="--notice")
    with open_house(config) as house, house.database.read() as connection:
        known = cases.companies_by_id(connection, [company])
        contacts = cases.contacts_of(connection, [company], house.rules.permissions)[company]
    if not known:
        leave(f"company/{company} is not known: no event has told of it yet.", Exit.NOT_FOUND)
    chosen = preselection(contacts, kind.toggle if kind else None)
    by_id = {contact.id: contact for contact in contacts}
    if as_json:
        print_json({"contact": id, "address": by_id[id].address} for id in chosen)
    elif chosen:
        print_table(("contact", "name", "address"), [(id, by_id[id].name, by_id[id].address or "") for id in chosen])
    else:
        say(
            _NOBODY
            if kind and kind.toggle
            else f"Nobody: no switch selects readers of {notice}; they are chosen by hand."
        )
