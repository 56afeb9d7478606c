"""Dates, times and ordinals, as each language writes them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.domain.calendar import FIRST, LAST
from workers.domain.notices import LANGUAGES
from workers.render.formats import LOCALES, Formats


def test_every_language_has_a_locale():
    assert tuple(LOCALES) == LANGUAGES


@pytest.mark.parametrize(
    ("language", "full", "long"),
    [
        ("en", "Tuesday, 1 September 2026", "1 September 2026"),
        ("de", "Dienstag, 1. September 2026", "1. September 2026"),
        ("fr", "mardi 1er septembre 2026", "1er septembre 2026"),
    ],
)
def test_days_are_written_in_words(language, full, long):
    formats = Formats(language)

    assert formats.day(date(2026, 9, 1)) == full
    assert formats.day(date(2026, 9, 1), style="long") == long


def test_french_counts_only_the_first_of_a_month_as_an_ordinal():
    assert Formats("fr").day(date(2026, 9, 11), style="long") == "11 septembre 2026"
    assert Formats("fr").day(date(2021, 1, 31), style="long") == "31 janvier 2021"


def test_a_moment_falls_on_the_day_of_the_readers_zone():
    moment = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)

    assert Formats("de").day(moment, "Europe/Berlin", "long") == "2. Juni 2026"
    assert Formats("de").day(moment, "UTC", "long") == "1. Juni 2026"


@pytest.mark.parametrize(
    ("month", "clock", "name"),
    [(1, "13:00", "Mitteleuropäische Normalzeit"), (7, "14:00", "Mitteleuropäische Sommerzeit")],
)
def test_the_name_of_a_zone_follows_the_season(month, clock, name):
    noon = datetime(2026, month, 15, 12, tzinfo=UTC)

    assert Formats("de").clock(noon, "Europe/Berlin") == clock
    assert Formats("de").zone_name(noon, "Europe/Berlin") == name


@pytest.mark.parametrize("zone", ["Mars/Base", "", "Europe", "../../etc/passwd", "/etc/passwd", "a\x00b", "x" * 500])
def test_an_unknown_zone_is_read_as_utc_and_named_so(zone):
    noon = datetime(2026, 7, 15, 12, tzinfo=UTC)

    assert Formats("en").clock(noon, zone) == "12:00"
    assert Formats("en").zone_name(noon, zone) == "Coordinated Universal Time"


def test_an_unknown_currency_is_written_as_it_came():
    assert Formats("en").money(Decimal("12.5"), "XXQ") == "XXQ12.50"


@pytest.mark.parametrize(
    ("language", "ordinals"),
    [
        ("en", ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "113th"]),
        ("de", ["1.", "2.", "3.", "4.", "11.", "12.", "13.", "21.", "102.", "113."]),
        ("fr", ["1er", "2e", "3e", "4e", "11e", "12e", "13e", "21e", "102e", "113e"]),
    ],
)
def test_ordinals(language, ordinals):
    assert [Formats(language).ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 113)] == ordinals


@settings(deadline=None)
@given(
    away=st.timedeltas(timedelta(), timedelta(days=2)),
    from_the_end=st.booleans(),
    language=st.sampled_from(LANGUAGES),
    zone=st.sampled_from(sorted(available_timezones())),
)
def test_the_calendars_ends_are_written_in_every_zone(away, from_the_end, language, zone):
    moment = LAST - away if from_the_end else FIRST + away
    formats = Formats(language)

    assert formats.day(moment, zone).endswith((" 9998", " 9999") if from_the_end else (" 1",))
    assert len(formats.clock(moment, zone)) == len("23:59")
    assert formats.zone_name(moment, zone)


def test_the_last_moment_is_of_the_last_day_wherever_it_is_read():
    assert Formats("en").day(LAST, "Europe/Berlin") == "Friday, 31 December 9999"
    assert Formats("en").clock(LAST, "Europe/Berlin") == "23:59"
    assert Formats("en").clock(LAST, "America/New_York") == "18:59"
    assert Formats("en").day(FIRST, "America/New_York") == "Monday, 1 January 1"
    assert Formats("en").clock(FIRST, "America/New_York") == "00:00"
