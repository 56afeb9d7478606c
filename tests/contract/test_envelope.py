import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.speech import GONE, detail, event, verdict
from workers.contract import examples
from workers.contract.envelope import Event, parse
from workers.contract.refusal import Refused
from workers.contract.registry import OCCASIONS, TYPES
from workers.contract.state import LeadTask


@pytest.mark.parametrize("name", TYPES)
def test_minimal_and_full_examples_are_accepted(name: str) -> None:
    for example in (examples.minimal(name), examples.full(name)):
        assert parse(json.dumps(example)) == parse(example) == parse(json.dumps(example).encode())


def test_an_event_is_kept_whole() -> None:
    raw = {
        "specversion": "1.0",
        "id": "ev 1",
        "source": "crm",
        "type": "lead.task_created",
        "time": "2026-06-01T09:00:00+02:00",
        "receivedat": "2026-06-01T07:00:05.5Z",
        "subject": 17,
        "traceparent": None,
        "data": {"lead": "L-1", "id": "77"},
    }
    assert parse(raw) == Event(
        source="crm",
        id="ev 1",
        type="lead.task_created",
        time=datetime(2026, 6, 1, 7, tzinfo=UTC),
        received_at=datetime(2026, 6, 1, 7, 0, 5, 500000, tzinfo=UTC),
        data=LeadTask(lead="L-1", id="77"),
        fingerprint=parse(raw).fingerprint,
        raw=raw,
    )


def test_state_and_occasions_are_told_apart() -> None:
    assert parse(examples.full("template.switched")).kind_of == "state"
    assert parse(examples.full("activity.recorded")).kind_of == "occasion"
    assert {"contact.created", "ticket.closed", "task.commented"} < OCCASIONS
    assert not {name for name in OCCASIONS if name.endswith((".saved", ".deleted", ".erased"))}


@pytest.mark.parametrize(
    ("changes", "reason", "pointer"),
    [
        pytest.param({"specversion": "0.3"}, "unsupported_specversion", "/specversion", id="other version"),
        pytest.param({"specversion": 1}, "wrong_type", "/specversion", id="version as number"),
        pytest.param({"specversion": GONE}, "missing_field", "/specversion", id="no version"),
        pytest.param({"id": GONE}, "missing_field", "/id", id="no id"),
        pytest.param({"id": ""}, "invalid_value", "/id", id="empty id"),
        pytest.param({"id": 7}, "wrong_type", "/id", id="id as number"),
        pytest.param({"id": "x" * 257}, "too_large", "/id", id="long id"),
        pytest.param({"id": "a\nb"}, "invalid_value", "/id", id="line break in id"),
        pytest.param({"source": GONE}, "missing_field", "/source", id="no source"),
        pytest.param({"source": ""}, "invalid_value", "/source", id="empty source"),
        pytest.param({"source": None}, "null_not_allowed", "/source", id="null source"),
        pytest.param({"source": "a\u0085b"}, "invalid_value", "/source", id="control character in source"),
        pytest.param({"time": GONE}, "missing_field", "/time", id="no time"),
        pytest.param({"time": "2026-06-01T08:30:00"}, "naive_time", "/time", id="naive time"),
        pytest.param({"time": "2026-06-01"}, "invalid_value", "/time", id="only a date"),
        pytest.param({"time": "20260601T083000Z"}, "invalid_value", "/time", id="ISO 8601, not RFC 3339"),
        pytest.param({"time": "2026-02-30T08:30:00Z"}, "invalid_value", "/time", id="no such day"),
        pytest.param({"time": "2026-06-01T24:00:00Z"}, "invalid_value", "/time", id="no such hour"),
        pytest.param({"time": "0000-12-31T23:59:59Z"}, "invalid_value", "/time", id="the year 0"),
        pytest.param({"time": "9999-12-31T23:59:59-00:01"}, "invalid_value", "/time", id="after 9999 in UTC"),
        pytest.param({"time": "10000-01-01T00:00:00Z"}, "invalid_value", "/time", id="five digits"),
        pytest.param({"time": "0001-01-01T00:00:00+01:00"}, "invalid_value", "/time", id="before all time"),
        pytest.param({"time": 1780300000}, "wrong_type", "/time", id="time as number"),
        pytest.param({"time": "2026-06-01T08:30:00Z\n"}, "invalid_value", "/time", id="line break after time"),
        pytest.param({"receivedat": "2026-06-01T08:30:00"}, "naive_time", "/receivedat", id="naive arrival"),
        pytest.param({"type": "lead.savd"}, "unknown_type", "/type", id="unknown type"),
        pytest.param({"type": GONE}, "missing_field", "/type", id="no type"),
        pytest.param({"type": None}, "null_not_allowed", "/type", id="null type"),
        pytest.param({"data": GONE}, "missing_field", "/data", id="no data"),
        pytest.param({"data": None}, "null_not_allowed", "/data", id="null data"),
        pytest.param({"data": []}, "wrong_type", "/data", id="data as list"),
    ],
)
def test_envelope_is_refused(changes: dict[str, object], reason: str, pointer: str) -> None:
    assert verdict(event("lead.saved", **changes)) == (reason, pointer)


@pytest.mark.parametrize(
    "time",
    [
        "2026-06-01T08:30:00Z",
        "2026-06-01t08:30:00z",
        "2026-06-01T10:30:00.000000000+02:00",
        "2026-05-31T23:00:00-09:30",
        "2026-06-01T08:30:00-00:00",
    ],
)
def test_every_rfc_3339_spelling_of_an_instant_is_the_same(time: str) -> None:
    assert parse(event("lead.saved", time=time)).time == datetime(2026, 6, 1, 8, 30, tzinfo=UTC)


def test_a_null_arrival_is_an_absent_one() -> None:
    assert parse(event("lead.saved", receivedat=None)).received_at is None


def test_sentences_say_what_to_do() -> None:
    assert detail(event("lead.saved", time="2026-06-01T08:30:00")) == (
        'time "2026-06-01T08:30:00" names no zone: add Z for UTC, or an offset such as +02:00.'
    )
    assert detail(event("lead.saved", type="renewal_saved")) == (
        'type "renewal_saved" is not known: did you mean renewal.saved?'
    )
    assert detail(event("process.saved", data__follow_up__interval__value=0)) == (
        "follow_up.interval.value must be a whole number of at least 1, not 0. "
        "To stop follow-ups set follow_up.enabled to false."
    )
    assert detail(event("lead.saved", data__stage_entered=1)) == (
        "stage_entered is not a known field: did you mean stage_entered_at?"
    )
    assert detail(event("lead.saved", data__stage=GONE)) == "stage is missing: The stage of that process it is in."
    assert detail(event("lead.saved", data__acceptor=None)) == "acceptor must not be null; leave it out."
    assert detail(event("contact.saved", data__language="pt_BR")) == (
        'language must be a BCP 47 language tag such as de or de-AT, with a hyphen and not an underscore, not "pt_BR".'
    )


def test_a_misspelt_field_is_named_before_the_missing_one() -> None:
    raw = event("lead.saved", data__stage=GONE, data__stge="qualified")
    assert verdict(raw) == ("unknown_field", "/data/stge")


def test_px10_a_password_link_is_never_repeated() -> None:
    for secret in ("TOKEN", ["TOKEN"], 4711, "https://x.example.com/ TOKEN", "https://x.example.com/TOKEN" * 100):
        for raw in (
            event("contact.password_requested", data__url=secret),
            event("contact.created", data__set_password__url=secret),
        ):
            assert "TOKEN" not in detail(raw)
            assert "4711" not in detail(raw)


LINK = "HTTPS://portal.example.com/set/TOKEN?x=TOKEN"


@pytest.mark.parametrize(
    "raw",
    [
        event("contact.created", data__set_password=LINK),
        event("contact.created", data__set_password="portal.example.com/TOKEN"),
        event("contact.created", data__first_name=5, data__active=LINK),
        event("contact.created", data__company=LINK),
        event("contact.created", data__email=LINK),
        event("contact.created", data__language=LINK + '"TOKEN'),
        event("contact.created", **{f"data__{LINK}": 1}),
        event("contact.password_requested", data__id=LINK),
        event("contact.password_requested", data__issued_at=LINK),
        event("contact.password_requested", data__link=[LINK]),
        event("contact.password_requested", data=LINK),
        event("contact.password_requested", time=LINK),
        event("contact.password_requested", type="contact.password_request", data__id=LINK),
        event("contact.password_requested", type=LINK),
        event("contact.password_requested", type=[LINK]),
        f'{{"type": "contact.password_requested", "data": {{"{LINK}": 1, "{LINK}": 1}}}}',
        f'{{"data": {{"{LINK}": NaN}}}}',
    ],
)
def test_px10_a_link_in_an_unexpected_place_is_not_repeated_either(raw: Any) -> None:
    with pytest.raises(Refused) as caught:
        parse(raw)
    assert "TOKEN" not in f"{caught.value} {caught.value.pointer} {caught.value.detail}"


def test_px10_what_can_hold_no_secret_is_repeated_for_its_sender() -> None:
    assert LINK[:50] in detail(event("lead.saved", data__id=LINK))
    assert verdict(event("lead.saved", **{"data__https://x": 1})) == ("unknown_field", "/data/https:~1~1x")


def test_px10_what_a_link_must_look_like_is_told_where_links_are_hidden() -> None:
    assert detail(event("contact.password_requested", data__url="portal.example.com")) == (
        "url must be an absolute http or https address without blanks, such as https://crm.example.com/leads/1, "
        "not what was sent."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"data": '{"title": NaN}'},
        {"data": '{"title": "\\u0000"}'},
        {"data": '{"title": 1, "title": 2}'},
        {"ext": "[" * 40 + "]" * 40},
    ],
    ids=["NaN", "NUL", "twice", "deep"],
)
def test_what_no_reader_can_take_whole_is_known_by_source_and_id(changes: dict[str, str]) -> None:
    fields = {"id": '"ev-9"', "source": '"crm"'} | changes
    with pytest.raises(Refused) as caught:
        parse("{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}")
    assert (caught.value.source, caught.value.id) == ("crm", "ev-9")


@pytest.mark.parametrize("written", ['"id": "a", "id": "b"', '"id": "\\ud800"', '"id": "a\\u0000"', '"id": NaN'])
def test_an_id_that_readers_understand_differently_is_none(written: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(f'{{"source": "crm", {written}}}')
    assert (caught.value.source, caught.value.id) == ("crm", None)


def test_a_refusal_knows_the_event_where_it_could_be_read() -> None:
    with pytest.raises(Refused) as known:
        parse(event("lead.saved", data__id=5, id="ev-9", source="crm"))
    assert (known.value.source, known.value.id) == ("crm", "ev-9")
    with pytest.raises(Refused) as unknown:
        parse(event("lead.saved", id="a\nb", source=["crm"]))
    assert (unknown.value.source, unknown.value.id) == (None, None)


@pytest.mark.parametrize("control", ["\x1b", "\u202e", "\u2066"])
def test_a_refusal_cannot_write_on_a_terminal(control: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(event("lead.saved", **{f"data__{control}[2J": 1}))
    assert control not in caught.value.pointer + caught.value.detail
