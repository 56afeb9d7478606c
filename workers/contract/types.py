"""The types that the fields of events share: what a value must look like, and what is kept of it."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, TypeVar

import email_validator
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

from workers.contract.refusal import Code, fault, shown
from workers.domain.direction import straight

# Reserved domains (.local, .test) are not refused here: in-house networks and rehearsals use them.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

T = TypeVar("T")


class Model(BaseModel):
    """Data of an event: exact JSON types, no unknown fields, never changed after it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _NotNull:
    """On `X | None`: None is what an absent field has; JSON's null is refused."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        nullable: dict[str, Any] = dict(handler(source))
        schema: CoreSchema = nullable["schema"]
        return schema


Maybe = Annotated[T | None, _NotNull()]
"""A field that may be absent (then None) but not null: EVENTS writes `x?`."""

Many = Annotated[tuple[T, ...], Strict(False)]
"""A JSON list, kept as a tuple. Its items stay strict."""

# Text ----------------------------------------------------------------------------------------------------------------

ONE_LINE = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
WORD = r"^[^\u0000-\u001f\u007f-\u009f]*$"
OBJECT_ID = r"^[A-Za-z0-9._:-]{1,128}$"
OBJECT_REF = r"^(company|deal|project|ticket|contact|invoice)/[A-Za-z0-9._:-]{1,128}$"
LINK = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#<>\u0022\u0000-\u0020\u007f-\u009f][^\s<>\u0022\u0000-\u0020\u007f-\u009f]*$"
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*$"
CURRENCY = r"^[A-Z]{3}$"

LINK_EXAMPLE = "https://crm.example.com/leads/1"

FORMS = {
    ONE_LINE: "must be free of control characters",
    WORD: "must be one line, free of control characters",
    OBJECT_ID: "must be an id: 1 to 128 letters, digits, or any of . _ : -",
    OBJECT_REF: "must name an object as kind/ID, for instance company/C-1 "
    "(kinds: company, deal, project, ticket, contact, invoice)",
    LINK: f"must be an absolute http or https address without blanks, such as {LINK_EXAMPLE}",
    LANGUAGE: "must be a BCP 47 language tag such as de or de-AT, with a hyphen and not an underscore",
    CURRENCY: "must be an ISO 4217 code in three capitals, such as EUR",
}
"""What a text must look like, by the pattern that says so: the middle of a sentence that begins with the field."""

_BREAKS = re.compile(r"[\t\n\r\u2028\u2029]+")


def _one_line(text: str) -> str:
    """Line breaks and tabs become blanks, and nothing turns what follows: such a text may stand in a sentence."""
    return straight(_BREAKS.sub(" ", text)).strip()


def _not_blank(text: str) -> str:
    if not text:
        raise fault(Code.INVALID_VALUE, "must not be empty or blank.")
    return text


Line = Annotated[str, StringConstraints(max_length=500, pattern=ONE_LINE), AfterValidator(_one_line)]
"""One line of text, trimmed; may be empty."""

Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, pattern=ONE_LINE),
    AfterValidator(_one_line),
    AfterValidator(_not_blank),
]
"""One line of text with something in it: a name, a title."""

Text = Annotated[str, StringConstraints(max_length=10_000)]
"""Text of any number of lines."""

Attribute = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=WORD)]
"""An attribute of the envelope that must say something."""

Id = Annotated[str, StringConstraints(pattern=OBJECT_ID)]
"""The id of the object that the event itself defines or ends."""


class RefersTo:
    """Marks an id as that of another object of `kind`, which may not have been sent yet; None: the value names it."""

    def __init__(self, kind: str | None) -> None:
        self.kind = kind

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core), "x-refers-to": self.kind or "object"}


UserId = Annotated[Id, RefersTo("user")]
PartnerId = Annotated[Id, RefersTo("partner")]
CompanyId = Annotated[Id, RefersTo("company")]
ContactId = Annotated[Id, RefersTo("contact")]
ProjectId = Annotated[Id, RefersTo("project")]
TicketId = Annotated[Id, RefersTo("ticket")]
ProcessId = Annotated[Id, RefersTo("process")]
LeadId = Annotated[Id, RefersTo("lead")]
ObjectRef = Annotated[str, StringConstraints(pattern=OBJECT_REF), RefersTo(None)]

Link = Annotated[str, StringConstraints(max_length=2000, pattern=LINK)]
Currency = Annotated[str, StringConstraints(pattern=CURRENCY)]


@lru_cache(maxsize=1024)
def _canonical_language(tag: str) -> str:
    """de-AT, zh-Hans: the case that BCP 47 recommends, so that tags can be compared."""
    language, *parts = tag.split("-")
    cased = (
        part.title() if len(part) == 4 and part.isalpha() else part.upper() if len(part) == 2 else part
        for part in parts
    )
    return "-".join((language.lower(), *cased))


Language = Annotated[str, StringConstraints(max_length=35, pattern=LANGUAGE), AfterValidator(_canonical_language)]
"""A BCP 47 language tag in its recommended case."""

# Amounts -------------------------------------------------------------------------------------------------------------

_PLACES = 6
_LIMIT = 10**15
_DECIMAL = r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"


def _amount(value: object) -> Decimal:
    """A number is taken as its shortest decimal form, so 0.1 is 0.1; noise beyond six places is rounded away."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise fault(Code.WRONG_TYPE, f'must be a number or a decimal text such as "1250.00", not {shown(value)}.')
    if isinstance(value, str):
        if not re.fullmatch(_DECIMAL, value):
            raise fault(Code.INVALID_VALUE, f'must be a decimal text such as "1250.00", not {shown(value)}.')
        return Decimal(value)
    if not abs(value) < _LIMIT:
        raise fault(Code.INVALID_VALUE, f"must be below 10^15, not {shown(value)}.")
    amount = Decimal(repr(value))
    return amount if int(amount.as_tuple().exponent) >= -_PLACES else round(amount, _PLACES)


Amount = Annotated[
    Decimal,
    PlainValidator(_amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": -_LIMIT, "exclusiveMaximum": _LIMIT},
                {"type": "string", "pattern": _DECIMAL},
            ]
        }
    ),
]
"""An amount of money: a JSON number, or a decimal text where a producer wants every digit kept."""

# Addresses -----------------------------------------------------------------------------------------------------------


def _address(text: str) -> str:
    """Kept as written, but trimmed: case and an international domain are the sender's."""
    trimmed = text.strip()
    try:
        email_validator.validate_email(
            trimmed, check_deliverability=False, globally_deliverable=False, allow_smtputf8=True
        )
    except email_validator.EmailNotValidError as error:
        raise fault(
            Code.INVALID_VALUE, f"must be an e-mail address such as ada@example.com; {shown(text)}: {error}"
        ) from None
    return trimmed


def _address_or_none(text: str) -> str:
    return _address(text) if text.strip() else ""


Address = Annotated[str, StringConstraints(max_length=320), AfterValidator(_address)]
"""An e-mail address, trimmed."""

AddressOrEmpty = Annotated[str, StringConstraints(max_length=320), AfterValidator(_address_or_none)]
"""An e-mail address, trimmed; the empty text means that there is none."""
