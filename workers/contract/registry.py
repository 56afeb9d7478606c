"""Every type of event, and the data it carries (EVENTS)."""

from workers.contract import occasions, state
from workers.contract.templates import TemplateSwitched
from workers.contract.types import Model

_STATE: dict[str, type[Model]] = {
    "user.saved": state.UserSaved,
    "user.deactivated": state.UserDeactivated,
    "user.erased": state.UserErased,
    "partner.saved": state.PartnerSaved,
    "company.saved": state.CompanySaved,
    "company.deleted": state.CompanyDeleted,
    "contact.saved": state.ContactSaved,
    "contact.deleted": state.ContactDeleted,
    "contact.erased": state.ContactErased,
    "deal.saved": state.DealSaved,
    "project.saved": state.ProjectSaved,
    "ticket.saved": state.TicketSaved,
    "process.saved": state.ProcessSaved,
    "lead.saved": state.LeadSaved,
    "lead.closed": state.LeadClosed,
    "lead.deleted": state.LeadDeleted,
    "lead.appointment_saved": state.LeadAppointmentSaved,
    "lead.appointment_cancelled": state.LeadAppointmentCancelled,
    "lead.task_created": state.LeadTask,
    "lead.task_completed": state.LeadTask,
    "lead.task_deleted": state.LeadTask,
    "renewal.saved": state.RenewalSaved,
    "template.switched": TemplateSwitched,
    "address.bounced": state.AddressBounced,
    "address.released": state.AddressReleased,
}

_OCCASIONS: dict[str, type[Model]] = {
    "activity.recorded": occasions.ActivityRecorded,
    "contact.created": occasions.ContactCreated,
    "contact.password_requested": occasions.ContactPasswordRequested,
    **dict.fromkeys(occasions.DOCUMENT_TYPES, occasions.DocumentOccasion),
    **dict.fromkeys(occasions.TICKET_TYPES, occasions.TicketOccasion),
}

TYPES: dict[str, type[Model]] = _STATE | _OCCASIONS
OCCASIONS = frozenset(_OCCASIONS)
"""The types that can cause mail by themselves; `rappel ingest --state-only` refuses them."""
