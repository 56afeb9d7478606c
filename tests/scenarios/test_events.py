from datetime import UTC, date, datetime, timedelta, timezone

from tests.scenarios import event, ndjson


def test_an_event_is_a_cloudevent_with_plain_values() -> None:
    made = event(
        "renewal.saved",
        datetime(2026, 6, 1, 9, tzinfo=timezone(timedelta(hours=2))),
        id="RN-1",
        renews_on=date(2026, 9, 1),
    )
    assert made.pop("id").startswith("renewal.saved:")
    assert made == {
        "specversion": "1.0",
        "source": "https://crm.example.com",
        "type": "renewal.saved",
        "time": "2026-06-01T07:00:00Z",
        "data": {"id": "RN-1", "renews_on": "2026-09-01"},
    }


def test_ids_differ_with_type_time_and_data_and_with_nothing_else() -> None:
    at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    same = [event("lead.deleted", at, id="L-1"), event("lead.deleted", "2026-06-01T09:00:00Z", id="L-1")]
    others = [
        event("lead.deleted", at, id="L-2"),
        event("user.deactivated", at, id="L-1"),
        event("lead.deleted", at + timedelta(seconds=1), id="L-1"),
    ]
    assert same[0] == same[1]
    assert len({made["id"] for made in [same[0], *others]}) == 4


def test_a_naive_time_stays_naive_for_the_tests_that_need_one() -> None:
    assert event("lead.deleted", datetime(2026, 6, 1, 9), id="L-1")["time"] == "2026-06-01T09:00:00"  # noqa: DTZ001 - naive is the point


def test_ndjson_is_one_line_per_event() -> None:
    made = [event("lead.deleted", "2026-06-01T09:00:00Z", id=id) for id in ("L-1", "L-é")]
    assert ndjson(made).count("\n") == 2
    assert "L-é" in ndjson(made)
