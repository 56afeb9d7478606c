"""Welcome and set-password mails (RULES part 4: W1 to W5, PX-9, PX-10).

- W1: a contact that was created is welcomed; W2: unless upstream opted out for it; W3: a disabled template wins.
- W4: a link to set a password goes to its contact; where both are due, the welcome goes first, and announces the other
  if that one goes out.
- W5: the link is valid while now < issued + 48 h; a mail that would go out later is `link_expired`.

No toggle governs them. Both are for one person, whose refusal is the notice's (RULES 0.10).
"""

from datetime import datetime, timedelta

from workers.domain.calendar import later
from workers.domain.cases import PasswordCase, WelcomeCase
from workers.domain.contact_people import a_letter_each, reader, unknown_reader
from workers.domain.notices import SET_PASSWORD, WELCOME, Decision, Kind
from workers.domain.reasons import Reason
from workers.domain.recipients import contact_refusals, recipients, template_off_everywhere

LINK_VALID_FOR = timedelta(hours=48)


def on_creation(with_link: bool) -> tuple[Kind, ...]:
    """The notices of a `contact.created`, in the order in which they go out (W4). `with_link`: it carries one."""
    return (WELCOME, SET_PASSWORD) if with_link else (WELCOME,)


def valid_until(issued_at: datetime) -> datetime:
    """The first instant at which a link no longer works (PX-10)."""
    return later(issued_at, LINK_VALID_FOR)


def decide_welcome(case: WelcomeCase) -> Decision:
    """Whether the contact is welcomed, as the facts are now."""
    if template_off_everywhere(case.reach.switches, WELCOME.name):
        return Decision.refused(Reason.TEMPLATE_DISABLED)
    if case.opted_out:
        return Decision.refused(Reason.WELCOME_OPTED_OUT)
    return _to_contact(case, WELCOME, Reason.WELCOME)


def decide_set_password(case: PasswordCase, now: datetime) -> Decision:
    """Whether the link goes out at `now`."""
    if template_off_everywhere(case.reach.switches, SET_PASSWORD.name):
        return Decision.refused(Reason.TEMPLATE_DISABLED)
    if now >= valid_until(case.issued_at):
        return Decision.refused(Reason.LINK_EXPIRED)
    return _to_contact(case, SET_PASSWORD, Reason.SET_PASSWORD)


def password_follows(case: WelcomeCase, issued_at: datetime | None, now: datetime) -> bool:
    """Whether a link goes to the welcomed contact next, as the facts are now. `issued_at` None: it brought none."""
    if issued_at is None:
        return False
    link = PasswordCase(case.contact_id, issued_at, case.contact, case.company, case.partner, case.reach)
    return decide_set_password(link, now).sends


def _to_contact(case: WelcomeCase | PasswordCase, kind: Kind, reason: Reason) -> Decision:
    contact = case.contact
    if contact is None:
        candidate = unknown_reader(case.contact_id, reason)
    else:
        candidate = reader(contact, case.company, reason, contact_refusals(contact, kind.toggle))
    found = recipients([candidate], kind.templates[0], case.reach)
    return a_letter_each(found, kind.templates[0], nobody=found.people[0].reason)
