"""Why one person was chosen for a mail or left out, as a whole sentence that a customer may read.

`%(name)s` is the person or, where nobody holds a place, the place. No code, no address and no other person is named.
"""

from collections.abc import Mapping

from workers.domain.reasons import Reason

SENTENCES: Mapping[str, str] = {
    # chosen
    Reason.MAIN_CONTACT: "%(name)s was chosen as the company's main contact.",
    Reason.BILLING_CONTACT: "%(name)s was chosen as the company's billing contact.",
    Reason.DECISION_MAKER: "%(name)s was chosen as the person who decides for the company.",
    Reason.POINT_OF_CONTACT: "%(name)s was chosen as the partner's point of contact.",
    Reason.COMPANY_ACCOUNT_MANAGER: "%(name)s was chosen as the company's account manager.",
    Reason.COMPANY_SECOND_ACCOUNT_MANAGER: "%(name)s was chosen as the company's second account manager.",
    Reason.DEAL_RESPONSIBLE: "%(name)s was chosen as the person responsible for the deal.",
    Reason.PROJECT_RESPONSIBLE: "%(name)s was chosen as the person responsible for the project.",
    Reason.TICKET_RESPONSIBLE: "%(name)s was chosen as the person responsible for the ticket.",
    Reason.CUSTOM_FIELD_USER: "%(name)s was chosen because a field of the contact names this person.",
    Reason.LEAD_ACCEPTOR: "%(name)s was chosen because this person took the lead.",
    Reason.TOGGLE_ON: "%(name)s was chosen because mails of this kind are switched on for this person.",
    Reason.MANUAL_SELECTION: "%(name)s was chosen by hand.",
    Reason.DIRECT_ADDRESS: "%(name)s was chosen because this address was given for the mail.",
    Reason.WELCOME: "%(name)s was chosen as a new contact.",
    Reason.SET_PASSWORD: "%(name)s was chosen because this person is to set a password.",
    # left out
    Reason.SECOND_ACCOUNT_MANAGER_DISABLED: "%(name)s was left out: second account managers are not written to.",
    Reason.CONTACT_NOT_FOUND: "%(name)s was left out: this contact is not known, or not any more.",
    Reason.USER_NOT_FOUND: "%(name)s was left out: this user is not known, or not any more.",
    Reason.CONTACT_NOT_OF_COMPANY: "%(name)s was left out: this contact belongs to another company.",
    Reason.CONTACT_INACTIVE: "%(name)s was left out: this contact is set to inactive.",
    Reason.USER_INACTIVE: "%(name)s was left out: this user is not active any more.",
    Reason.NO_ADDRESS: "%(name)s was left out: no mail address is known.",
    Reason.ADDRESS_SUPPRESSED: (
        "%(name)s was left out: mail to this person's address is stopped, because it came back or somebody complained."
    ),
    Reason.TEMPLATE_DISABLED: "%(name)s was left out: mails of this kind are switched off in this person's language.",
    Reason.OPTED_OUT: "%(name)s was left out: this person unsubscribed from mails of this kind.",
    Reason.TOGGLE_OFF: "%(name)s was left out: mails of this kind are switched off for this person.",
    Reason.ACTOR_SELF: "%(name)s was left out: whoever did it need not be told.",
    Reason.DUPLICATE_ADDRESS: "%(name)s was left out: the mail goes to the same address already.",
    Reason.PARTNER_ENDED: "%(name)s was left out: the partnership has ended.",
    Reason.NO_CLIENT_RECIPIENTS: "%(name)s was left out: a copy alone is not sent, and nobody else was left.",
    # a place is empty
    Reason.ROLE_MISSING: "%(name)s: nobody holds this role.",
    Reason.NO_POINT_OF_CONTACT: "%(name)s: the partner has named nobody.",
    Reason.NO_OWNER: "%(name)s: nobody holds this place.",
    Reason.MISSING_MANDATORY_OWNER: "%(name)s: nobody holds this place, though somebody must.",
    Reason.NO_LEAD_ACCEPTOR: "%(name)s: nobody who is known took the lead.",
}
