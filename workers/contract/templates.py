"""The templates that upstream systems and people may switch on and off."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from workers.contract.occasions import DOCUMENT_TYPES, TICKET_TYPES
from workers.contract.refusal import Code, fault, nearest, shown
from workers.contract.types import Language, Maybe, Model

TEMPLATES = (
    "lead.follow_up",
    "renewal.notice",
    "renewal.notice.partner",
    "renewal.reminder",
    "renewal.reminder.partner",
    "activity",
    "contact.welcome",
    "contact.set_password",
    *DOCUMENT_TYPES,
    *TICKET_TYPES,
)
"""Everything a `template.switched` may name: the notices' names and the variants for a point of contact."""


def _known_template(name: str) -> str:
    if name not in TEMPLATES:
        hint = nearest(name, TEMPLATES) or f"the templates are {', '.join(TEMPLATES)}."
        raise fault(Code.INVALID_VALUE, f"must be the name of a template; {shown(name)} is none: {hint}")
    return name


TemplateName = Annotated[
    str, AfterValidator(_known_template), WithJsonSchema({"type": "string", "enum": list(TEMPLATES)})
]


class TemplateSwitched(Model):
    """A template was switched on or off (RULES 0.7)."""

    template: TemplateName = Field(description="Name of the template.", examples=["renewal.reminder"])
    enabled: bool = Field(description="Whether its mails go out.", examples=[False])
    language: Maybe[Language] = Field(
        None, description="The language it concerns, with its regions; absent: all.", examples=["fr"]
    )
