"""The closed vocabularies of a decision: reasons, roles, outcomes, notes (RULES part 0; EVENTS, simulate)."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of a notice (RULES 0.2). `held` and `uncertain` wait for something and are no ends."""

    SENT = "sent"
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HELD = "held"
    UNCERTAIN = "uncertain"


class Role(StrEnum):
    """In which capacity somebody was considered for a notice (EVENTS)."""

    ACCEPTOR = "acceptor"
    MAIN = "main"
    BILLING = "billing"
    DECISION_MAKER = "decision_maker"
    POINT_OF_CONTACT = "point_of_contact"
    ACCOUNT_MANAGER = "account_manager"
    SECOND_ACCOUNT_MANAGER = "second_account_manager"
    RESPONSIBLE = "responsible"
    CONTACT = "contact"
    DIRECT = "direct"


class Reason(StrEnum):
    """Why somebody, or a whole notice, was kept or refused. Never null (RULES 0.2)."""

    # kept: renewals (part 1)
    MAIN_CONTACT = "main_contact"
    BILLING_CONTACT = "billing_contact"
    DECISION_MAKER = "decision_maker"
    POINT_OF_CONTACT = "point_of_contact"
    HUBSPOT_OWNER_DEFAULT = "hubspot_owner_default"
    HUBSPOT_OWNER_CLIENT = "hubspot_owner_client"
    PARTNER_OWNER_DEFAULT = "partner_owner_default"
    PARTNER_OWNER_CLIENT = "partner_owner_client"
    # kept: activities (part 2)
    COMPANY_ACCOUNT_MANAGER = "company_account_manager"
    COMPANY_SECOND_ACCOUNT_MANAGER = "company_second_account_manager"
    DEAL_RESPONSIBLE = "deal_responsible"
    PROJECT_RESPONSIBLE = "project_responsible"
    TICKET_RESPONSIBLE = "ticket_responsible"
    CUSTOM_FIELD_USER = "custom_field_user"
    # kept: follow-ups (part 3)
    LEAD_ACCEPTOR = "lead_acceptor"
    FOLLOW_UP_FIRST = "follow_up_first"
    FOLLOW_UP_NEXT = "follow_up_next"
    FOLLOW_UP_CATCH_UP = "follow_up_catch_up"
    # kept: documents and contacts (part 4)
    TOGGLE_ON = "toggle_on"
    MANUAL_SELECTION = "manual_selection"
    DIRECT_ADDRESS = "direct_address"
    WELCOME = "welcome"
    SET_PASSWORD = "set_password"  # noqa: S105 - a reason, no secret
    # a person is refused, in the order of RULES 0.10
    SECOND_ACCOUNT_MANAGER_DISABLED = "second_account_manager_disabled"
    CONTACT_NOT_FOUND = "contact_not_found"
    USER_NOT_FOUND = "user_not_found"
    CONTACT_NOT_OF_COMPANY = "contact_not_of_company"
    CONTACT_INACTIVE = "contact_inactive"
    USER_INACTIVE = "user_inactive"
    NO_ADDRESS = "no_address"
    ADDRESS_SUPPRESSED = "address_suppressed"
    TEMPLATE_DISABLED = "template_disabled"
    OPTED_OUT = "opted_out"
    TOGGLE_OFF = "toggle_off"
    ACTOR_SELF = "actor_self"
    DUPLICATE_ADDRESS = "duplicate_address"
    ROLE_MISSING = "role_missing"
    PARTNER_ENDED = "partner_ended"
    # nobody is left
    NO_CONTACTS = "no_contacts"
    ALL_TOGGLES_OFF = "all_toggles_off"
    NO_RECIPIENTS = "no_recipients"
    NO_CLIENT_RECIPIENTS = "no_client_recipients"
    NO_POINT_OF_CONTACT = "no_point_of_contact"
    NO_LEAD_ACCEPTOR = "no_lead_acceptor"
    NO_OWNER = "no_owner"
    MISSING_MANDATORY_OWNER = "missing_mandatory_owner"
    OBJECT_HAS_NO_OWNER = "object_has_no_owner"
    # a whole notice is refused or ends
    STALE_OCCASION = "stale_occasion"
    REFERENCE_MISSING = "reference_missing"
    COMPANY_DELETED = "company_deleted"
    LINK_EXPIRED = "link_expired"
    WELCOME_OPTED_OUT = "welcome_opted_out"
    TASK_NOT_OF_PROJECT = "task_not_of_project"
    NOT_VISIBLE_TO_CUSTOMER = "not_visible_to_customer"
    RENEWAL_CLOSED = "renewal_closed"
    RENEWAL_MOVED = "renewal_moved"
    SKIPPED_LATE = "skipped_late"
    EXPIRED = "expired"
    FEATURE_NOT_IN_PLAN = "feature_not_in_plan"
    ACTION_NOT_NOTIFIABLE = "action_not_notifiable"
    # a lead rests (part 3)
    FOLLOW_UP_DISABLED = "follow_up_disabled"
    STAGE_WITHOUT_DURATION = "stage_without_duration"
    NOT_OVERDUE = "not_overdue"
    FIRST_MAIL_NEXT_DAY = "first_mail_next_day"
    BETWEEN_INTERVALS = "between_intervals"
    MAX_REMINDERS = "max_reminders"
    STOPPED_STATUS_CHANGE = "stopped_status_change"
    STOPPED_FUTURE_APPOINTMENT = "stopped_future_appointment"
    STOPPED_TASK_CREATED = "stopped_task_created"
    LEAD_CLOSED = "lead_closed"
    LEAD_DELETED = "lead_deleted"
    # a renewal rests
    NEXT_OFFSET = "next_offset"
    RENEWAL_PASSED = "renewal_passed"
    # nothing is known of the thing asked for
    UNKNOWN = "unknown"
    # deliveries
    ACCEPTED = "accepted"
    DECIDED_AGAIN = "decided_again"
    NO_TO_COPY_ACCEPTED = "no_to_copy_accepted"
    ADDRESS_REFUSED = "address_refused"
    REFUSED_BY_SERVER = "refused_by_server"
    RETRIES_EXHAUSTED = "retries_exhausted"
    WORKER_DIED = "worker_died"
    CONNECTION_LOST = "connection_lost"
    RATE_LIMITED = "rate_limited"
    TEMPLATE_BROKEN = "template_broken"
    LETTER_BROKEN = "letter_broken"
    BREAKS_WORKERS = "breaks_workers"
    OUTSIDE_ALLOWED_DOMAINS = "outside_allowed_domains"
    OPERATOR = "operator"
    ONLY_CAPTURED = "only_captured"
    # routes
    ROUTE_PAUSED = "route_paused"
    SENDER_PAUSED = "sender_paused"


class Note(StrEnum):
    """A remark on a notice that changes nothing about its outcome (RULES parts 1 and 4)."""

    POINT_OF_CONTACT_INHERITED = "point_of_contact_inherited"
    NO_POINT_OF_CONTACT = "no_point_of_contact"
    PARTNER_RELATION_ENDED = "partner_relation_ended"
    NO_PORTAL_PERMISSION = "no_portal_permission"
    CONTACT_INACTIVE = "contact_inactive"
    OPTED_OUT = "opted_out"
    COPY_DROPPED = "copy_dropped"
    COPY_FAILED = "copy_failed"
    COPY_UNCERTAIN = "copy_uncertain"
    COPY_BOUNCED = "copy_bounced"
    RECORD_FORGOTTEN = "record_forgotten"


FINAL_FOR_OCCURRENCE = frozenset({Reason.RENEWAL_CLOSED, Reason.SKIPPED_LATE, Reason.EXPIRED, Reason.COMPANY_DELETED})
"""Suppressions that consume the occurrence of a time-driven notice for good (RULES 0.5)."""

ALERTED = frozenset({Reason.NO_POINT_OF_CONTACT, Reason.NO_CLIENT_RECIPIENTS, Reason.MISSING_MANDATORY_OWNER})
"""Reasons of a notice that operators must see (RULES R8, R10; 0.4 with O7 and O10)."""
