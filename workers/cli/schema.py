"""`rappel schema`: the contract, for machines."""

import json
from typing import Annotated

import typer

from workers.cli.errors import Exit
from workers.cli.options import AsJson
from workers.cli.screen import leave, print_json, say
from workers.contract.refusal import nearest
from workers.contract.schemas import schema as schema_of
from workers.contract.schemas import schema_names

Type = Annotated[str | None, typer.Argument(metavar="TYPE", help="Type of an event, such as lead.saved.")]


def schema(
    type: Type = None,
    listed: Annotated[bool, typer.Option("--list", help="List the types, as without TYPE.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the JSON Schema of a type of event, or list the types.

    Example: rappel schema lead.saved
    """
    names = schema_names()
    if listed or type is None:
        if as_json:
            print_json(names)
        else:
            say("\n".join(names))
    elif type not in names:
        hint = nearest(type, names) or "`rappel schema` lists the types."
        leave(f"There is no type {type}: {hint}", Exit.NOT_FOUND)
    elif as_json:
        print_json([schema_of(type)])
    else:
        typer.echo(json.dumps(schema_of(type), ensure_ascii=False, indent=2).encode())
