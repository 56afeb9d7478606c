import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.contract.mutations import mutations
from tests.contract.speech import GONE, event, verdict
from workers.contract import examples
from workers.contract.registry import TYPES
from workers.contract.schemas import schema, schema_names


def objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "properties" in node:
            yield node
        for inner in node.values():
            yield from objects(inner)


@pytest.mark.parametrize(
    "raw",
    [
        event("user.saved", data__name="  "),
        event("user.saved", data__email="nobody"),
        event("user.saved", data__timezone="Mars/Base"),
        event("renewal.saved", data__renews_on="2026-02-30"),
        event("lead.appointment_saved", data__ends_at="2026-06-01T00:00:00Z"),
        event("invoice.sent", data__mode="automatic", data__contacts=["K-1"]),
    ],
    ids=["blank", "address", "zone", "calendar", "end", "selection"],
)
def test_what_a_schema_leaves_to_the_parser_is_refused_there_and_the_schema_says_so(raw: dict[str, Any]) -> None:
    made = schema(raw["type"])
    assert Draft202012Validator(made).is_valid(raw)
    assert verdict(raw) is not None
    assert made["$comment"].startswith("The parser also refuses: ")


def test_every_type_has_a_schema() -> None:
    assert schema_names() == tuple(TYPES)


@pytest.mark.parametrize("name", TYPES)
def test_a_schema_is_valid_and_its_examples_are(name: str) -> None:
    made = schema(name)
    Draft202012Validator.check_schema(made)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["$id"] == f"urn:rappel:schema:{name}"
    assert made["examples"] == [examples.minimal(name), examples.full(name)]
    for example in made["examples"]:
        Draft202012Validator(made).validate(example)
        assert verdict(example) is None


@pytest.mark.parametrize("name", TYPES)
def test_only_the_envelope_is_open(name: str) -> None:
    made = schema(name)
    assert made["additionalProperties"] is True
    assert all(node["additionalProperties"] is False for node in objects(made["$defs"]))


@pytest.mark.parametrize("name", TYPES)
def test_every_field_of_data_says_what_it_means_and_shows_an_example(name: str) -> None:
    for node in objects(schema(name)["$defs"]):
        for field in node["properties"].values():
            assert field["description"].endswith(".")
            assert "$ref" in field or "$ref" in field.get("items", {}) or field["examples"]


@pytest.mark.parametrize("name", {model: name for name, model in TYPES.items()}.values())
def test_what_the_schema_refuses_the_parser_refuses(name: str) -> None:
    validator = Draft202012Validator(schema(name))
    corpus = list(mutations(examples.full(name)))
    refused = [raw for raw in corpus if not validator.is_valid(raw)]
    assert len(refused) > 20
    for raw in refused:
        assert verdict(raw) is not None, json.dumps(raw)


def test_a_schema_names_the_range_of_instants_and_days() -> None:
    instant, day = (schema(name)["$defs"] for name in ("lead.saved", "renewal.saved"))
    entered = instant["LeadSaved"]["properties"]["stage_entered_at"]
    renews_on = day["RenewalSaved"]["properties"]["renews_on"]
    of_instant = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z")
    assert (entered["formatMinimum"], entered["formatMaximum"]) == of_instant
    assert (renews_on["formatMinimum"], renews_on["formatMaximum"]) == ("0001-01-01", "9999-12-31")
    for first, last in (of_instant, (of_instant[0], of_instant[1][:-1] + "9Z")):
        assert verdict(event("lead.saved", data__stage_entered_at=first)) is None
        assert verdict(event("lead.saved", data__stage_entered_at=last)) is None
    for edge in ("0001-01-01", "9999-12-31"):
        assert verdict(event("renewal.saved", data__renews_on=edge)) is None
    assert verdict(event("renewal.saved", data__renews_on="0000-12-31")) == ("invalid_value", "/data/renews_on")


@pytest.mark.parametrize(
    "raw",
    [
        event("lead.saved", time="2026-06-01T08:30:00"),
        event("lead.saved", data__stage=GONE),
        event("lead.saved", data__stge="x"),
        event("lead.saved", data__acceptor=None),
        event("company.saved", data__account_managers=["U-1", None]),
        event("company.saved", data__account_managers=["U-1", "U-2", "U-3"]),
        event("process.saved", data__follow_up__interval__value=0),
        event("renewal.saved", data__amount=10**15),
        event("renewal.saved", data__renews_on="31.12.2026"),
        event("template.switched", data__template="renewal.reminders"),
    ],
)
def test_structure_is_refused_by_both(raw: dict[str, Any]) -> None:
    assert not Draft202012Validator(schema(raw["type"])).is_valid(raw)
    assert verdict(raw) is not None
