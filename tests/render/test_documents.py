"""Letters to a client's contacts about its documents (part 4 of the rules)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.render.desk import DOCUMENTS, Page, renderer
from workers.domain.contents import Because, DocumentContent, lines
from workers.domain.letters import Letter
from workers.render.examples import example
from workers.render.scenarios import bare

TOGGLES = {
    "invoice": "invoices",
    "credit_note": "credit notes",
    "estimate": "estimates",
    "contract": "contracts",
    "ticket": "tickets",
    "project": "projects",
    "task": "tasks",
}
TOGGLED = [(template, TOGGLES[template.split(".")[0]]) for template in DOCUMENTS if template != "proposal.sent"]


def document(template: str, language: str = "en", **changes: object) -> DocumentContent:
    content = example(template, language)
    assert isinstance(content, DocumentContent)
    return replace(content, **changes)  # type: ignore[arg-type]


def written(template: str, content: DocumentContent) -> Letter:
    return renderer().render(template, content)


@pytest.mark.parametrize(("template", "matter"), TOGGLED)
def test_p1_a_reader_whose_toggle_is_on_is_told_which(template, matter):
    text = written(template, document(template, because=Because.TOGGLE_ON)).text

    assert f"because notifications about {matter} are switched on for you." in text
    assert [other for other in TOGGLES.values() if f"about {other} are" in text] == [matter]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "because it was sent to you personally by Agentur Alsterblick."),
        ("de", "weil Agentur Alsterblick sie Ihnen persönlich geschickt hat."),
        ("fr", "parce que Agentur Alsterblick vous l’a envoyé personnellement."),
    ],
)
@pytest.mark.parametrize("template", DOCUMENTS)
def test_p5_who_was_chosen_by_hand_is_told_so_and_hears_of_no_toggle(template, language, words):
    letter = written(template, document(template, language, because=Because.MANUAL_SELECTION))

    assert words in letter.text
    assert words in Page(letter.html).text
    for switched_on in ("switched on", "eingeschaltet", "activées"):
        assert switched_on not in letter.text


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("proposal.sent", "because this proposal was made for you."),
        ("ticket.opened", "because this ticket was opened for your address."),
        ("ticket.replied", "because this ticket was opened for your address."),
        ("ticket.closed", "because this ticket was opened for your address."),
    ],
)
def test_p15_the_reader_of_an_address_hears_of_no_toggle(template, words):
    text = written(template, document(template, because=Because.DIRECT_ADDRESS)).text

    assert words in text
    assert "switched on" not in text


@pytest.mark.parametrize(
    ("number", "title", "subject", "facts"),
    [
        ("2026-7", "Roof", "Your new invoice: 2026-7", "Invoice: 2026-7\nRegarding: Roof\n"),
        ("2026-7", None, "Your new invoice: 2026-7", "Invoice: 2026-7\nCompany:"),
        (None, "Roof", "Your new invoice: Roof", "\n\nRegarding: Roof\n"),
        (None, None, "Your new invoice: 55", "Invoice: 55\nCompany:"),
    ],
)
def test_a_document_is_called_by_number_or_title_or_id(number, title, subject, facts):
    letter = written("invoice.sent", document("invoice.sent", number=number, title=title))

    assert letter.subject == subject
    assert facts in letter.text


def test_a_ticket_is_called_by_its_title():
    content = document("ticket.closed", number="4711", title="No login")

    assert written("ticket.closed", content).subject == "Your ticket has been closed: No login"
    assert written("ticket.closed", replace(content, title=None)).subject == "Your ticket has been closed: 4711"


@pytest.mark.parametrize(
    ("changes", "name", "facts"),
    [
        ({"title": "Plan.pdf", "project_title": "Roof"}, "Roof", "Project: Roof\nFile: Plan.pdf\n"),
        ({"title": "Roof", "project_title": "Roof"}, "Roof", "Project: Roof\nCompany:"),
        ({"title": "Roof", "project_title": None}, "Roof", "Project: Roof\nCompany:"),
    ],
)
def test_a_project_is_told_from_what_belongs_to_it(changes, name, facts):
    letter = written("project.file_added", document("project.file_added", **changes))

    assert letter.subject == f"New file in your project: {name}"
    assert facts in letter.text


@pytest.mark.parametrize(
    ("days_left", "language", "words"),
    [
        (14, "en", "€1,190.00 · due on Monday, 15 June 2026 · in 14 days\n"),
        (1, "en", "€1,190.00 · due on Monday, 15 June 2026 · in 1 day\n"),
        (0, "en", "€1,190.00 · due on Monday, 15 June 2026 · today\n"),
        (-1, "en", "€1,190.00 · due on Monday, 15 June 2026 · 1 day ago\n"),
        (-5, "en", "€1,190.00 · due on Monday, 15 June 2026 · 5 days ago\n"),
        (-1, "de", "1.190,00\xa0€ · fällig am Montag, 15. Juni 2026 · vor 1 Tag\n"),
        (-5, "de", "1.190,00\xa0€ · fällig am Montag, 15. Juni 2026 · vor 5 Tagen\n"),
        (-5, "fr", "1\u202f190,00\xa0€ · échéance le lundi 15 juin 2026 · il y a 5\xa0jours\n"),
    ],
)
def test_what_matters_of_an_invoice_stands_out(days_left, language, words):
    template = "invoice.sent" if days_left >= 0 else "invoice.overdue"
    letter = written(template, document(template, language, days_left=days_left))

    assert f"\n\n{words}\n" in letter.text


@pytest.mark.parametrize("days_left", [0, 3])
def test_what_is_overdue_is_not_said_to_be_due_today_or_later(days_left):
    text = written("invoice.overdue", document("invoice.overdue", days_left=days_left)).text

    assert "\n€1,190.00 · due on Monday, 15 June 2026\n" in text


def test_a_deadline_without_total_begins_the_line_itself():
    letter = written("invoice.sent", document("invoice.sent", total=None, currency=None))

    assert "\n\nDue on Monday, 15 June 2026 · in 14 days\n\n" in letter.text


def test_a_total_without_deadline_is_a_fact_among_others():
    letter = written("invoice.sent", document("invoice.sent", due_on=None, days_left=None))

    assert "\nAmount: €1,190.00\n" in letter.text
    assert "due" not in letter.text


@pytest.mark.parametrize(
    ("template", "days_left", "headline", "until"),
    [
        ("contract.expiring", 3, "Your contract ends soon", "Runs until"),
        ("contract.expiring", 0, "Your contract ends soon", "Runs until"),
        ("contract.expiring", -2, "Your contract has ended", "Ran until"),
        ("estimate.expiring", 3, "Your estimate expires soon", "Valid until"),
        ("estimate.expiring", 0, "Your estimate expires soon", "Valid until"),
        ("estimate.expiring", -2, "Your estimate has expired", "Was valid until"),
    ],
)
def test_what_is_over_is_not_said_to_end_soon(template, days_left, headline, until):
    letter = written(template, document(template, days_left=days_left))
    assert letter.subject.startswith(headline)
    assert until.casefold() in letter.text.casefold()
    assert ("soon" in letter.text, "little while" in letter.text) == (
        days_left >= 0,
        days_left >= 0 and template == "estimate.expiring",
    )


@pytest.mark.parametrize(
    ("days_left", "headline"),
    [(3, "Your invoice is due soon"), (0, "Your invoice is due"), (-1, "Your invoice is due")],
)
def test_an_invoice_is_due_soon_only_while_it_is_not_due(days_left, headline):
    assert written("invoice.due", document("invoice.due", days_left=days_left)).subject == f"{headline}: 2026-0055"


def test_a_paid_invoice_asks_for_nothing():
    letter = written("invoice.paid", document("invoice.paid"))

    assert "\n€1,190.00 · payment received\n" in letter.text
    assert "due" not in letter.text


def test_a_total_of_nothing_is_told():
    content = document("credit_note.sent", total=Decimal(0), issued_on=date(2026, 6, 1))

    assert "\nAmount: €0.00\nIssued on: 1 June 2026\n" in written("credit_note.sent", content).text


@pytest.mark.parametrize("template", DOCUMENTS)
def test_what_somebody_wrote_is_quoted_with_its_lines(template):
    letter = written(template, document(template, text=lines("Dear all,\n\n\nas <agreed>.\n-- \nIda")))

    assert "\n> Dear all,\n>\n> as <agreed>.\n> --\n> Ida\n" in letter.text
    assert ">Dear all,<br><br>as &lt;agreed&gt;.<br>--<br>Ida</blockquote>" in letter.html


@pytest.mark.parametrize("template", DOCUMENTS)
def test_the_least_that_is_known_makes_a_letter(template):
    letter = written(template, bare(document(template)))

    assert letter.subject.endswith(": 55")
    assert "\nCompany: Harbour & Finch Ltd\n" in letter.text
    assert ">" not in letter.text
