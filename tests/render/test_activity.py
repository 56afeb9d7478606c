"""Letters to those in charge: what happened, on what, by whom, and why they read it (TL-1 to TL-6)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.render.desk import Page, renderer
from workers.domain.contents import ActivityContent, Reader, lines
from workers.domain.letters import Letter
from workers.domain.notices import LANGUAGES
from workers.render.examples import example
from workers.render.scenarios import bare


def activity(language: str = "en", **changes: object) -> ActivityContent:
    content = example("activity", language)
    assert isinstance(content, ActivityContent)
    return replace(content, **changes)  # type: ignore[arg-type]


def written(content: ActivityContent) -> Letter:
    return renderer().render("activity", content)


@pytest.mark.parametrize(
    ("kind", "action", "headline"),
    [
        ("company", "created", "Company created"),
        ("company", "note_added", "Note added"),
        ("deal", "updated", "Deal updated"),
        ("deal", "won", "Deal won"),
        ("deal", "note_added", "Note added"),
        ("project", "created", "Project created"),
        ("project", "updated", "Project updated"),
        ("project", "closed", "Project closed"),
        ("project", "deleted", "Project deleted"),
        ("project", "task_completed", "Task completed"),
        ("ticket", "internal_note_added", "Internal note added"),
        ("ticket", "customer_replied", "The customer has replied"),
        ("ticket", "closed", "Ticket closed"),
        ("contact", "updated", "Contact updated"),
    ],
)
def test_a_known_action_is_named_in_words(kind, action, headline):
    letter = written(activity(kind=kind, in_charge_of=kind, action=action, title="Roof 7"))

    assert letter.subject == f"{headline}: Roof 7"
    assert f"\n\n{headline}\n\n" in letter.text
    assert "Activity:" not in letter.text


@pytest.mark.parametrize(
    ("language", "headline", "label"),
    [
        ("en", "New activity", "Activity: "),
        ("de", "Neue Aktivität", "Aktivität: "),
        ("fr", "Nouvelle activité", "Activité\xa0: "),
    ],
)
def test_tl2_an_action_nobody_has_heard_of_is_told_in_general_words_and_as_it_came(language, headline, label):
    letter = written(activity(language, action="pipeline_moved", title="Roof 7"))

    assert headline in letter.subject
    assert f"\n{label}pipeline moved\n" in letter.text


@pytest.mark.parametrize(
    ("charge", "language", "words"),
    [
        (("company", False), "en", "because you are the account manager of Roof 7."),
        (("company", True), "en", "because you are the second account manager of Roof 7."),
        (("deal", False), "en", "because you are responsible for this deal."),
        (("deal", True), "en", "because you are the second person responsible for this deal."),
        (("project", False), "en", "because you are responsible for this project."),
        (("ticket", False), "en", "because you are responsible for this ticket."),
        (("contact", False), "en", "because you are responsible for this contact."),
        (("company", False), "de", "weil Sie für Roof 7 als Account-Manager eingetragen sind."),
        (("deal", False), "de", "weil Sie für diesen Deal zuständig sind."),
        (("company", False), "fr", "parce que vous êtes responsable de compte de la société Roof 7."),
        (("ticket", False), "fr", "parce que vous êtes responsable de ce ticket."),
    ],
)
def test_the_letter_says_why_its_reader_gets_it(charge, language, words):
    kind, second = charge

    letter = written(activity(language, kind=kind, in_charge_of=kind, is_second=second, title="Roof 7"))

    assert words in letter.text
    assert words in Page(letter.html).text


def test_the_manager_of_a_deals_company_is_told_of_which_company():
    content = activity(kind="deal", in_charge_of="company", title="Roof 7", company_name="Harbour & Finch Ltd")

    assert "because you are the account manager of Harbour & Finch Ltd." in written(content).text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "There is news about “Roof 7” from Ida."),
        ("de", "es gibt Neues zu „Roof 7“ von Ida."),
        ("fr", "Il y a du nouveau concernant «\xa0Roof 7\xa0», signalé par Ida."),
    ],
)
def test_an_actor_is_named_and_nobody_is_invented(language, words):
    known = activity(language, title="Roof 7", actor_name="Ida")

    assert words in written(known).text
    assert "Ida" not in written(replace(known, actor_name=None)).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_moment_is_in_the_readers_zone_and_names_it(language):
    content = activity(
        language, reader=Reader(language, "America/Los_Angeles"), happened_at=datetime(2026, 6, 1, 6, 59, tzinfo=UTC)
    )
    zone = {
        "en": "Pacific Daylight Time",
        "de": "Nordamerikanische Westküsten-Sommerzeit",
        "fr": "heure d’été du Pacifique nord-américain",
    }

    assert "31" in written(content).text
    assert f"({zone[language]})" in written(content).text


def test_a_summary_is_quoted_line_by_line():
    letter = written(activity(text=lines("\r\nCalled.\r\n\r\n\r\n  They say <no>.\n")))

    assert "\n\n> Called.\n>\n> They say <no>.\n\n" in letter.text
    assert '">Called.<br><br>They say &lt;no&gt;.</blockquote>' in letter.html


def test_the_least_that_is_known_makes_a_letter():
    letter = written(bare(activity(kind="ticket", in_charge_of="ticket", action="closed", title="Roof 7")))

    assert letter.subject == "Ticket closed: Roof 7"
    assert "\nTicket: Roof 7\nWhen: " in letter.text
    assert ">" not in letter.text
    for label in ("Number", "Company", "By:"):
        assert label not in letter.text
