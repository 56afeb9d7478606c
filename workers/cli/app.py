"""The verbs of `rappel`."""

import typer

from workers.cli import fleet
from workers.cli.addresses import addresses
from workers.cli.bounces import bounces
from workers.cli.config import config
from workers.cli.deliveries import deliveries
from workers.cli.demo import demo
from workers.cli.explain import explain
from workers.cli.ingest import ingest
from workers.cli.ledger import ledger
from workers.cli.migrate import migrate
from workers.cli.optouts import optouts
from workers.cli.preselect import preselect
from workers.cli.preview import preview
from workers.cli.problems import problems
from workers.cli.schema import schema
from workers.cli.sending import captured, pause, resume
from workers.cli.simulate import simulate
from workers.cli.templates import templates
from workers.cli.web import web

app = typer.Typer(
    name="rappel",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Decides who must be told what about leads, renewals and companies, and tells them by mail, once, with a "
    "reason that anyone can look up.",
)

app.command()(fleet.up)
app.command()(demo)
for verb in (ingest, simulate, explain, preselect, templates, preview, pause, resume, captured, migrate, schema):
    app.command()(verb)
app.add_typer(deliveries, name="deliveries")
app.add_typer(bounces, name="bounces")
app.add_typer(addresses, name="addresses")
app.add_typer(problems, name="problems")
app.add_typer(ledger, name="ledger")
app.add_typer(optouts, name="optouts")
app.add_typer(config, name="config")
app.command()(web)
app.command()(fleet.scheduler)
app.command()(fleet.workers)
