"""`rappel migrate`: the database's schema."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import URL, make_url

from workers.cli.errors import Exit
from workers.cli.installation import read_settings
from workers.cli.options import Config
from workers.cli.screen import say
from workers.store import migrate as schema

Check = Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if there is something to do.")]


def migrate(check: Check = False, config: Config = None) -> None:
    """Prepare the database for this release: create its tables, or bring them up to date. Harmless to repeat.

    Example: rappel migrate --check
    """
    url = read_settings(config).database_url
    steps = schema.check(url)
    for step in steps:
        say(f"{'missing' if check else 'applying'} {step}")
    if not steps:
        say("The database is up to date.")
    elif check:
        raise typer.Exit(Exit.FAILURE)
    else:
        _make_room(make_url(url))
        schema.migrate(url)
        say("The database is ready.")


def _make_room(url: URL) -> None:
    """SQLite creates its file, but not the directory around it."""
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
