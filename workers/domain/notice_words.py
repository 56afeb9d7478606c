"""Every notice and template by a name for people."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "lead.follow_up": "Reminder of a lead",
    "renewal.notice": "Notice of a renewal",
    "renewal.notice.partner": "Notice of a renewal, to the partner",
    "renewal.reminder": "Reminder of a renewal",
    "renewal.reminder.partner": "Reminder of a renewal, to the partner",
    "activity": "Activity",
    "contact.welcome": "Welcome",
    "contact.set_password": "Link to set a password",
    "invoice.sent": "Invoice sent",
    "invoice.due": "Invoice due soon",
    "invoice.overdue": "Invoice overdue",
    "invoice.paid": "Invoice paid",
    "credit_note.sent": "Credit note sent",
    "estimate.sent": "Estimate sent",
    "estimate.expiring": "Estimate expiring",
    "contract.sent": "Contract sent",
    "contract.expiring": "Contract expiring",
    "contract.commented": "Comment on a contract",
    "proposal.sent": "Proposal sent",
    "ticket.opened": "Ticket opened",
    "ticket.replied": "Reply to a ticket",
    "ticket.closed": "Ticket closed",
    "project.discussed": "Message in a project",
    "project.file_added": "File added to a project",
    "project.finished": "Project finished",
    "task.status_changed": "Status of a task changed",
    "task.commented": "Comment on a task",
}

AUDIENCES: Mapping[str, str] = {
    "the lead's acceptor": "the lead's acceptor",
    "the client's main contact, billing contact and decision maker": (
        "the client's main contact, billing contact and decision maker"
    ),
    "the partner's point of contact": "the partner's point of contact",
    "who is responsible for the object": "who is responsible for the object",
    "the client's contacts, or who was chosen": "the client's contacts, or who was chosen",
    "who was chosen, else the proposal's address": "who was chosen, else the proposal's address",
    "the ticket's contact, else its address": "the ticket's contact, else its address",
    "the contact": "the contact",
}
"""To whom a template is written, by `Audience.who`: the same words, where `make i18n` finds them."""


def notice_in_words(name: str) -> str:
    """The name for people; the code itself for one that another release wrote."""
    return WORDS.get(name, name)
