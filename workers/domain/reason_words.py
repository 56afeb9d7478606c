"""Every reason and note as an English sentence, for people who ask why (command line, support pages)."""

from collections.abc import Mapping

from workers.domain.reasons import Note, Reason

WORDS: Mapping[str, str] = {
    # kept: renewals
    Reason.MAIN_CONTACT: "is the company's main contact",
    Reason.BILLING_CONTACT: "is the company's billing contact",
    Reason.DECISION_MAKER: "decides for the company",
    Reason.POINT_OF_CONTACT: "is the partner's point of contact for this client",
    Reason.HUBSPOT_OWNER_DEFAULT: "HubSpot writes to the client: that is the default, and nobody set it otherwise",
    Reason.HUBSPOT_OWNER_CLIENT: "HubSpot writes to the client: this client is set so",
    Reason.PARTNER_OWNER_DEFAULT: "the partner looks after renewals: that is its default for all clients",
    Reason.PARTNER_OWNER_CLIENT: "the partner looks after renewals: this client is set so",
    # kept: activities
    Reason.COMPANY_ACCOUNT_MANAGER: "is the company's account manager",
    Reason.COMPANY_SECOND_ACCOUNT_MANAGER: "is the company's second account manager",
    Reason.DEAL_RESPONSIBLE: "is responsible for the deal",
    Reason.PROJECT_RESPONSIBLE: "is responsible for the project",
    Reason.TICKET_RESPONSIBLE: "is responsible for the ticket",
    Reason.CUSTOM_FIELD_USER: "is named by a custom field of the contact",
    # kept: follow-ups
    Reason.LEAD_ACCEPTOR: "took the lead",
    Reason.FOLLOW_UP_FIRST: "the lead became overdue on an earlier day, this is the first mail",
    Reason.FOLLOW_UP_NEXT: "the interval since the first mail is over once more",
    Reason.FOLLOW_UP_CATCH_UP: "the run at which this mail was due did not take place, so it goes out now",
    # kept: documents and contacts
    Reason.TOGGLE_ON: "the contact's switch for this kind of mail is on",
    Reason.MANUAL_SELECTION: "was chosen by hand",
    Reason.DIRECT_ADDRESS: "it goes to the address that was given",
    Reason.WELCOME: "is a new contact",
    Reason.SET_PASSWORD: "is to set a password",
    # a person is refused
    Reason.SECOND_ACCOUNT_MANAGER_DISABLED: "second account managers are switched off",
    Reason.CONTACT_NOT_FOUND: "no such contact is known",
    Reason.USER_NOT_FOUND: "no such user is known",
    Reason.CONTACT_NOT_OF_COMPANY: "the contact belongs to another company",
    Reason.CONTACT_INACTIVE: "the contact is inactive",
    Reason.USER_INACTIVE: "the user is inactive",
    Reason.NO_ADDRESS: "there is no mail address",
    Reason.ADDRESS_SUPPRESSED: (
        "mail to this address is stopped, because it came back or somebody complained; an operator can release it"
    ),
    Reason.TEMPLATE_DISABLED: "the template is switched off, for all or for this language",
    Reason.OPTED_OUT: "this person unsubscribed",
    Reason.TOGGLE_OFF: "the contact's switch for this kind of mail is off",
    Reason.ACTOR_SELF: "did it, and need not be told",
    Reason.DUPLICATE_ADDRESS: "somebody else with the same address gets the mail already",
    Reason.ROLE_MISSING: "nobody holds this role",
    Reason.PARTNER_ENDED: "the partner of this user has ended",
    # nobody is left
    Reason.NO_CONTACTS: "the company has no contacts",
    Reason.ALL_TOGGLES_OFF: "every contact has switched this kind of mail off",
    Reason.NO_RECIPIENTS: "nobody is left who could get it",
    Reason.NO_CLIENT_RECIPIENTS: "nobody at the client can get it, and a copy alone is no mail",
    Reason.NO_POINT_OF_CONTACT: "no active point of contact at the partner is known for this client",
    Reason.NO_LEAD_ACCEPTOR: "nobody who is known took the lead",
    Reason.NO_OWNER: "nobody answers for it",
    Reason.MISSING_MANDATORY_OWNER: "somebody must answer for it, and nobody does",
    Reason.OBJECT_HAS_NO_OWNER: "nobody answers for things of this kind",
    # a whole notice is refused or ends
    Reason.STALE_OCCASION: "it happened too long before it was told",
    Reason.REFERENCE_MISSING: "what it is about is not known",
    Reason.COMPANY_DELETED: "the company is deleted",
    Reason.LINK_EXPIRED: "the link would no longer work when it arrives",
    Reason.WELCOME_OPTED_OUT: "no welcome is wanted for this contact",
    Reason.TASK_NOT_OF_PROJECT: "the task belongs to no project",
    Reason.NOT_VISIBLE_TO_CUSTOMER: "the client is not to see it",
    Reason.RENEWAL_CLOSED: "the renewal is renewed, confirmed, cancelled, or its cancellation was asked for",
    Reason.RENEWAL_MOVED: "the renewal got another date, or went to another client",
    Reason.SKIPPED_LATE: "it was due too long ago, or a later reminder was due on the same day",
    Reason.EXPIRED: "the date it was about is over",
    Reason.FEATURE_NOT_IN_PLAN: "the plan does not contain this feature",
    Reason.ACTION_NOT_NOTIFIABLE: "nobody is told of this action",
    # a lead rests
    Reason.FOLLOW_UP_DISABLED: "follow-up mails are switched off for this process, or the process is not known yet",
    Reason.STAGE_WITHOUT_DURATION: "the stage has no duration, so a lead in it is never overdue",
    Reason.NOT_OVERDUE: "the lead is not overdue yet",
    Reason.FIRST_MAIL_NEXT_DAY: "the lead is overdue, the first mail goes out with the next daily run",
    Reason.BETWEEN_INTERVALS: "the next mail waits for its day, counted from the first one",
    Reason.MAX_REMINDERS: "as many mails were sent as are allowed",
    Reason.STOPPED_STATUS_CHANGE: "the stage was changed",
    Reason.STOPPED_FUTURE_APPOINTMENT: "an appointment in the future was entered",
    Reason.STOPPED_TASK_CREATED: "a task was created",
    Reason.LEAD_CLOSED: "the lead is closed, or in a closed stage",
    Reason.LEAD_DELETED: "the lead is deleted",
    # a renewal rests
    Reason.NEXT_OFFSET: "the next notice waits for its day",
    Reason.RENEWAL_PASSED: "the renewal date is over",
    # nothing is known
    Reason.UNKNOWN: "no event has told of it yet",
    # deliveries
    Reason.ACCEPTED: "the mail server accepted it",
    Reason.DECIDED_AGAIN: "something changed, and it was decided anew",
    Reason.NO_TO_COPY_ACCEPTED: "a copy goes out only after the mail itself was accepted for somebody",
    Reason.ADDRESS_REFUSED: "the mail server says that this address does not exist",
    Reason.REFUSED_BY_SERVER: "the mail server refused it",
    Reason.RETRIES_EXHAUSTED: "the mail server asked to try again later, for two days",
    Reason.WORKER_DIED: "the process that sent it died before the answer came",
    Reason.CONNECTION_LOST: "the connection was lost before the answer came",
    Reason.RATE_LIMITED: "the rate that the settings allow this server or domain is used up, it waits for its turn",
    Reason.TEMPLATE_BROKEN: "the template has an error",
    Reason.LETTER_BROKEN: "the letter cannot be written",
    Reason.BREAKS_WORKERS: "each process that took it up died or ran out of time, so it was set aside",
    Reason.OUTSIDE_ALLOWED_DOMAINS: "mail.mode does not allow mail to this domain",
    Reason.OPERATOR: "an operator decided so",
    Reason.ONLY_CAPTURED: "the mail catcher took it, and an operator said that this does not count as sent",
    # routes
    Reason.ROUTE_PAUSED: "the mail server cannot be used, and is tried again after a while",
    Reason.SENDER_PAUSED: "the mail server takes no mail from this sender, and is tried again after a while",
}

NOTE_WORDS: Mapping[str, str] = {
    Note.POINT_OF_CONTACT_INHERITED: "the client has no point of contact of its own, the partner's was taken",
    Note.NO_POINT_OF_CONTACT: "the partner has no active point of contact, so nobody was copied",
    Note.PARTNER_RELATION_ENDED: "the partner no longer looks after this client",
    Note.NO_PORTAL_PERMISSION: "the link may be refused, the permission for it is missing",
    Note.CONTACT_INACTIVE: "an inactive contact was chosen by hand",
    Note.OPTED_OUT: "somebody who unsubscribed was chosen by hand",
    Note.COPY_DROPPED: "a copy was not sent",
    Note.COPY_FAILED: "a copy failed",
    Note.COPY_UNCERTAIN: "whether a copy arrived is uncertain",
    Note.COPY_BOUNCED: "a copy came back after it had left, or its reader complained",
    Note.RECORD_FORGOTTEN: "readers and letters were forgotten after their time (retention.ledger)",
}


def in_words(reason: str) -> str:
    """The sentence for a reason; the code itself for one that another release wrote."""
    return WORDS.get(reason, reason)


def note_in_words(note: str) -> str:
    """As `in_words`, for a note: `no_point_of_contact` means another thing there."""
    return NOTE_WORDS.get(note, note)
