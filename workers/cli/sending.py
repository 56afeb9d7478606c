"""`rappel pause`, `resume` and `captured`: all sending, stopped and let go on, and begun for real."""

from typing import Annotated

import typer

from workers.cli.installation import open_house
from workers.cli.options import Config
from workers.cli.screen import counted, say, when
from workers.stages import captured as captures
from workers.stages import pausing


def pause(config: Config = None) -> None:
    """Stop all sending at once. Events are still taken in and daily runs made; what they decide waits.

    Example: rappel pause
    """
    with open_house(config) as house:
        paused = pausing.pause(house.database, house.clock())
    say(f"Sending {'is paused' if paused.is_new else 'was paused already'}, since {when(paused.since)}.")
    say(f"{counted(paused.copies.waiting, 'delivery waits', 'deliveries wait')}; all are checked again before they go.")
    if paused.copies.under_way:
        under_way = counted(
            paused.copies.under_way, "is on its way already and ends", "are on their way already and end"
        )
        say(f"{under_way} as if nothing had happened.")
    say("`rappel resume` lets sending go on.")


def resume(config: Config = None) -> None:
    """Let sending go on after `rappel pause`.

    Example: rappel resume
    """
    with open_house(config) as house:
        since, copies = pausing.resume(house.database)
    say(f"Sending goes on; it was paused since {when(since)}." if since else "Sending was not paused.")
    say(f"{counted(copies.waiting, 'delivery waits', 'deliveries wait')} for a mailer.")


CountAsSent = Annotated[bool, typer.Option("--count-as-sent", help="What was captured counts as sent.")]
Forget = Annotated[bool, typer.Option("--forget", help="It does not count: what is still due goes out for real.")]


def captured(count_as_sent: CountAsSent = False, forget: Forget = False, config: Config = None) -> None:
    """Show how many mails only the catcher took, and say whether they count, before mail.mode lets mail leave.

    Example: rappel captured --forget
    """
    if count_as_sent and forget:
        raise typer.BadParameter("say either --count-as-sent or --forget")
    with open_house(config) as house:
        if count_as_sent:
            say(f"{counted(captures.count_as_sent(house.database), 'delivery counts', 'deliveries count')} as sent.")
        elif forget:
            count = captures.forget(house.database, house.clock())
            say(f"{counted(count, 'notice was', 'notices were')} taken back; the next daily run looks at all again.")
        else:
            count = captures.unjudged(house.database)
            say(f"{counted(count, 'delivery was', 'deliveries were')} only captured and nobody has said if they count.")
            if count:
                say("`rappel deliveries` lists them; then say --count-as-sent or --forget.")
