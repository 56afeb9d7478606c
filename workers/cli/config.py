"""`rappel config`: what can be set, and what is."""

from collections.abc import Iterator
from typing import Any

import typer

from workers.cli.options import AsJson, Config
from workers.cli.screen import counted, print_json, print_table, say
from workers.house import policy_of, signers_of
from workers.postbox import dkim
from workers.settings import Settings, load, reference
from workers.settings.in_force import InForce, differences

config = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What can be set, and what is in force.")


@config.command("check")
def check_config(config: Config = None, as_json: AsJson = False) -> None:
    """Check the settings, and print what is in force: where mail may go, and what differs from the defaults.

    Secrets are not printed. Exit code: 0; 3 if something is wrong, with every key that is.

    Example: rappel config check --config config/rappel.toml
    """
    settings = load(config)
    changed = differences(settings)
    if as_json:
        print_json([_as_json(settings, changed)])
        return
    say(f"mail.mode is {settings.mail.mode}: {_meaning(settings)}")
    for line in (*_signing(settings), *_plan(settings)):
        say(line)
    if not changed:
        say("All settings have their defaults. `rappel config reference` explains them.")
        return
    say(f"{counted(len(changed), 'setting differs', 'settings differ')} from the defaults:\n")
    print_table(("setting", "in force", "default"), [(each.key, each.value, each.default) for each in changed])


@config.command("dkim")
def print_records(config: Config = None, as_json: AsJson = False) -> None:
    """Print the DNS records of the keys that mails are signed with, as lines of a zone file.

    Publish a record before its key is used, and leave it for some days after the last mail that was signed with it.

    Example: rappel config dkim
    """
    signers = signers_of(load(config))
    if as_json:
        print_json({"name": each.record_name, "type": "TXT", "value": each.record} for each in signers)
        return
    for each in signers:
        say(f"{each.record_name}. IN TXT ( {' '.join(_strings(each.record))} )")
    if not signers:
        say("No key is set: smtp.dkim is empty.")


@config.command("reference")
def print_reference() -> None:
    """Print every setting with its default and its meaning, in Markdown.

    Example: rappel config reference > settings.md
    """
    typer.echo(reference().encode(), nl=False)


def _as_json(settings: Settings, changed: list[InForce]) -> dict[str, Any]:
    routes = [route.name for route in settings.smtp.routes]
    return {
        "mail_mode": str(settings.mail.mode),
        "routes": routes,
        "differences": [{"key": each.key, "value": each.value, "default": each.default} for each in changed],
    }


def _strings(text: str) -> Iterator[str]:
    """A text of a zone file, in strings of at most 255 octets (RFC 1035 3.3.14)."""
    return (f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))


def _signing(settings: Settings) -> Iterator[str]:
    """Which mails are signed (DKIM); nothing where no key is set."""
    signers = signers_of(settings)
    for domain in sorted(policy_of(settings).sender_domains) if signers else ():
        own = dkim.signers_of(signers, domain)
        records = ", ".join(f"{each.record_name} ({each.algorithm})" for each in own)
        say_how = f"are signed: {records}" if own else "are not signed: smtp.dkim has no key for it."
        yield f"Mails from {domain} {say_how}"


def _plan(settings: Settings) -> Iterator[str]:
    """A plan that nobody knows allows everything, which may be a slip."""
    plan, plans = settings.responsibility.plan, settings.responsibility.plans
    if plan and plan not in plans:
        known = ", ".join(sorted(plans)) or "none"
        yield f"responsibility.plan is {plan}, of which responsibility.plans knows nothing ({known}): all is allowed."


def _meaning(settings: Settings) -> str:
    mode = settings.mail.mode
    routes = ", ".join(f"{route.name} ({route.host}:{route.port}, {route.tls})" for route in settings.smtp.routes)
    match mode.kind:
        case "capture":
            return "every mail goes to the built-in catcher, nothing leaves."
        case "redirect":
            return f"every mail goes to {mode.address} instead, by {routes}."
        case "allow":
            return f"mail goes only to {', '.join(sorted(mode.domains))}, the rest is held; by {routes}."
        case "live":
            return f"mail goes to everybody, by {routes}."
