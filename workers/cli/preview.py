"""`rappel preview`: what a mail looks like, without one being sent."""

import os
import tempfile
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from workers.cli.errors import Exit
from workers.cli.explain import notice_in_lines
from workers.cli.installation import read_settings
from workers.cli.options import AsJson, Config, template_name
from workers.cli.screen import addressees, leave, print_json, say, warn
from workers.cli.simulate import Stream, complain
from workers.cli.sources import sources
from workers.contract.refusal import nearest
from workers.domain.notices import LANGUAGES, WRITTEN_FOR
from workers.house import renderer_of, simulation
from workers.render import TemplateBroken
from workers.render.scenarios import MEANINGS, Scenario, scenarios_of
from workers.settings import Settings
from workers.stages.preview import Preview, of_last_event, of_scenario


def language_code(code: str) -> str:
    """A language in which templates exist."""
    if code not in LANGUAGES:
        raise typer.BadParameter(f"there are {', '.join(LANGUAGES)}, not {code!r}.")
    return code


Template = Annotated[str, typer.Argument(parser=template_name, metavar="KIND", help="A template: `rappel templates`.")]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        parser=language_code,
        metavar="CODE",
        help=f"{', '.join(LANGUAGES)}; else en, and with --event every language of its readers.",
    ),
]
ScenarioName = Annotated[
    str,
    typer.Option(
        "--scenario",
        metavar="NAME",
        help="With which example content: "
        + "; ".join(f"{name} ({meaning})" for name, meaning in MEANINGS.items())
        + ". `rappel templates` lists those of each.",
    ),
]
EventFile = Annotated[
    str | None,
    typer.Option(
        "--event",
        metavar="FILE",
        help="Show what the last event in this file (NDJSON; - reads stdin) causes; the lines before it tell the "
        "rest: companies, contacts, users.",
    ),
]


def preview(
    template: Template,
    language: Language = None,
    scenario: ScenarioName = Scenario.NORMAL,
    event: EventFile = None,
    text: Annotated[bool, typer.Option("--text", help="The text part, as without --html.")] = False,
    html: Annotated[bool, typer.Option("--html", help="The HTML part alone.")] = False,
    in_browser: Annotated[bool, typer.Option("--open", help="Show the HTML part in a browser.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show what a mail looks like: with example content, or what a real event causes. Nothing is sent or kept.

    With --event the rules decide in an empty scratch database; of this installation only the settings count. Links for
    setting a password are never shown. --json gives a line for each letter, with both parts. --open keeps the page in
    a temporary file that only you can read.

    Exit code: 0, also if the event leads to no letter; 5 if a line of the file was rejected.

    Example: rappel preview invoice.sent --language fr --scenario long --open
    """
    if sum((text, html, in_browser, as_json)) > 1:
        raise typer.BadParameter("give one of --text, --html, --open and --json.")
    name = _scenario(scenario, template)
    if event is not None and name is not Scenario.NORMAL:
        raise typer.BadParameter("give one of --event and --scenario: an event brings its own content.")
    settings = read_settings(config)
    code = Exit.OK
    try:
        if event is None:
            shown = of_scenario(renderer_of(settings), template, language or LANGUAGES[0], name)
            found: Sequence[Preview] = [shown]
        else:
            found, code = _of_event(settings, template, language, event)
    except TemplateBroken as broken:
        leave(f"{broken}.", Exit.FAILURE)
    if as_json:
        print_json(map(_as_json, found))
    elif in_browser:
        _open(found)
    elif html:
        typer.echo("".join(each.letter.html for each in found).encode(), nl=False)
    else:
        say("\n\n".join(map(_as_text, found)))
    raise typer.Exit(code)


def _scenario(name: str, template: str) -> Scenario:
    """The scenario of this name; refused where the template has none."""
    known = scenarios_of(template)
    if name not in known:
        there_are = f"there are {', '.join(known)}. {nearest(name, known).capitalize()}".strip()
        raise typer.BadParameter(f"{template} has no scenario {name!r}: {there_are}", param_hint="--scenario")
    return Scenario(name)


def _of_event(settings: Settings, template: str, language: str | None, file: str) -> tuple[Sequence[Preview], Exit]:
    """The letters in this language, or in any; ends where there are none."""
    stream, run = Stream(sources([file]), None), simulation(settings)
    caused = of_last_event(run, list(stream.lines()), template)
    run.database.close()
    rejected = [answer for answer in run.answers if answer.status == "rejected"]
    complain(stream, rejected)
    code = Exit.PARTIAL if rejected else Exit.OK
    found = [each for each in caused.previews if language in (None, each.language)]
    if found:
        return found, code
    if caused.notice is None:
        if rejected:
            raise typer.Exit(code)
        raise typer.BadParameter(
            f"the last event of {file} is no occasion for {WRITTEN_FOR[template][0].name}.", param_hint="--event"
        )
    in_language = f" in {language}" if language and caused.previews else ""
    warn(f"The event leads to no letter from {template}{in_language}. What came of it:")
    warn("\n".join(notice_in_lines(caused.notice)))
    raise typer.Exit(code)


def _as_json(shown: Preview) -> dict[str, Any]:
    return {
        "template": shown.template,
        "language": shown.language,
        "scenario": shown.scenario,
        "to": [address for _, address in shown.to],
        "cc": [address for _, address in shown.cc],
        "subject_line": shown.letter.subject,
        "text": shown.letter.text,
        "html": shown.letter.html,
    }


def _as_text(shown: Preview) -> str:
    lines = [f"{name}: {addressees(people)}" for name, people in (("To", shown.to), ("Cc", shown.cc)) if people]
    return "\n".join([*lines, f"Subject: {shown.letter.subject}", "", shown.letter.text.rstrip("\n")])


def _open(previews: Sequence[Preview]) -> None:
    """A page for each letter. The files stay: a browser reads them when it likes."""
    for shown in previews:
        path = _private_file(shown)
        say(str(path))
        if not webbrowser.open(path.as_uri()):
            leave("No browser was found; the file above holds the letter.", Exit.FAILURE)


def _private_file(shown: Preview) -> Path:
    file, name = tempfile.mkstemp(prefix=f"rappel-{shown.template}.{shown.language}-", suffix=".html")
    with os.fdopen(file, "w", encoding="utf-8") as page:
        page.write(shown.letter.html)
    return Path(name)
