"""Whatever is done to an event, the parser accepts it or says Refused; and equal events have equal fingerprints."""

import copy
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.mutations import VALUES, places, removed, replaced
from tests.contract.speech import event, verdict
from workers.contract import examples
from workers.contract.envelope import parse
from workers.contract.registry import TYPES

types = st.sampled_from(sorted(TYPES))
texts = st.text(st.characters(exclude_categories=()))  # lone surrogates, too
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.sampled_from(VALUES))
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    changed: Any = copy.deepcopy(examples.full(draw(types)))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(list(places(changed)) or [("id",)]))
        if draw(st.booleans()):
            changed = replaced(changed, path, draw(json_values))
        elif draw(st.booleans()):
            changed = replaced(changed, (*path[:-1], draw(texts)) if isinstance(path[-1], str) else path, "x")
        else:
            changed = removed(changed, path)
    return changed


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_a_mutated_event_is_accepted_or_refused(raw: Any) -> None:
    assert verdict(raw) == verdict(json.dumps(raw))


@settings(deadline=None)
@given(st.one_of(st.text(), st.binary(), json_values.map(lambda value: json.dumps(value))))
def test_anything_at_all_is_accepted_or_refused(raw: str | bytes) -> None:
    assert verdict(raw) is not None


@settings(deadline=None)
@given(types, st.integers(0, 10**6), st.text(max_size=3))
def test_a_damaged_line_is_accepted_or_refused(name: str, place: int, garbage: str) -> None:
    line = json.dumps(examples.full(name), ensure_ascii=False)
    cut = place % len(line)
    verdict(line[:cut] + garbage + line[cut + 1 :])


def shuffled(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shuffled(draw, value[key]) for key in draw(st.permutations(list(value)))}
    if isinstance(value, list):
        return [shuffled(draw, item) for item in value]
    return float(value) if type(value) is int and draw(st.booleans()) else value


@settings(deadline=None)
@given(types, st.integers(-14 * 60, 14 * 60), st.data())
def test_key_order_number_spelling_offset_and_envelope_make_no_difference(
    name: str, minutes: int, choice: st.DataObject
) -> None:
    plain = examples.full(name)
    moved = datetime.fromisoformat(plain["time"]).astimezone(timezone(timedelta(minutes=minutes)))
    other = {**plain, "time": moved.isoformat(), "id": "another", "source": "other", "receivedat": None, "x": 1}
    other = shuffled(choice.draw, other)
    assert parse(json.dumps(other)).fingerprint == parse(plain).fingerprint


@settings(deadline=None)
@given(mutated())
def test_other_data_has_another_fingerprint(raw: Any) -> None:
    if verdict(raw) is None:
        event, plain = parse(raw), parse(examples.full(raw["type"]))
        same = (event.time, event.raw["data"]) == (plain.time, plain.raw["data"])
        assert (event.fingerprint == plain.fingerprint) == same


def test_true_is_not_one_and_a_number_is_not_its_text() -> None:
    prints = {parse(event("renewal.saved", data__amount=amount)).fingerprint for amount in (1, 1.0, "1", "1.0")}
    assert len(prints) == 3


def test_type_and_time_are_part_of_the_fingerprint() -> None:
    later = datetime(2026, 6, 1, 8, 30, 0, 1, tzinfo=UTC).isoformat()
    created, completed = examples.full("lead.task_created"), examples.full("lead.task_completed")
    assert len({parse(raw).fingerprint for raw in (created, completed, {**created, "time": later})}) == 3
