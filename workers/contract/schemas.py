"""The contract as JSON Schema 2020-12: one schema a type, of the whole event, made from the models that parse it."""

from functools import cache
from typing import Any, Literal

from pydantic import ConfigDict, create_model
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from workers.contract import examples
from workers.contract.envelope import Envelope
from workers.contract.registry import TYPES

LEFT_TO_THE_PARSER = (
    "The parser also refuses: a title or name that is blank; a text that is no e-mail address, or no time zone of the "
    "IANA database; a date or time that the calendar does not have, or of a year far away; and what compares two "
    "fields: stage ids that are not unique, an end before its start, a selection that does not fit its mode."
)
"""What a schema leaves open: a JSON Schema cannot say it, or readers would understand its formats differently."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """Without titles that only repeat names, and without `default: null`: absent is allowed, null mostly is not."""

    schema_dialect = DIALECT

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        return (
            self.generate_inner(schema["schema"]) if schema.get("default") is None else super().default_schema(schema)
        )


class _OpenEnvelope(Envelope):
    model_config = ConfigDict(extra="allow")


def schema_names() -> tuple[str, ...]:
    """Every type that has a schema, in the order of EVENTS."""
    return tuple(TYPES)


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a whole event of type `name`, with examples that parse. Raises KeyError for an unknown type.

    What it refuses the parser refuses, too. The parser alone looks at more: `LEFT_TO_THE_PARSER`.
    """
    model = TYPES[name]
    fields: dict[str, Any] = {"type": Literal[name], "data": model}
    event = create_model(name, __base__=_OpenEnvelope, **fields)
    made = event.model_json_schema(schema_generator=_Generator)
    return {
        "$schema": DIALECT,
        "$id": f"urn:rappel:schema:{name}",
        **made,
        "description": model.__doc__,
        "$comment": LEFT_TO_THE_PARSER,
        "examples": [examples.minimal(name), examples.full(name)],
    }
