"""Dates, times, money and ordinals as a language writes them."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_time, get_timezone, get_timezone_name
from babel.numbers import format_currency, format_decimal

from workers.domain.calendar import local

LOCALES: Mapping[str, str] = {"en": "en_GB", "de": "de_DE", "fr": "fr_FR"}
"""The locale that each language is written in. "en" is European English: day before month, 24 hours."""

_ORDINALS = {
    "en": {"one": "{}st", "two": "{}nd", "few": "{}rd", "other": "{}th"},
    "de": {"other": "{}."},
    "fr": {"one": "{}er", "other": "{}e"},
}


class Formats:
    """The filters that templates use, in one language.

    Zones are IANA names; for one that this machine does not know, times are given in UTC, and the letter says so.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._locale = Locale.parse(LOCALES[language])

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the name that templates use. They remember: one run writes the same few dates thousands of times."""
        filters = (self.day, self.clock, self.zone_name, self.money, self.ordinal)
        return {filter.__name__: lru_cache(maxsize=1024)(filter) for filter in filters}

    def day(self, value: date, zone: str = "UTC", style: Literal["full", "long"] = "full") -> str:
        """A day in words, with its weekday ("full") or without; of a moment, the day it falls on in the zone."""
        day = local(value, _zone(zone)).date() if isinstance(value, datetime) else value
        words = format_date(day, style, self._locale)
        if self._language == "fr" and day.day == 1:
            # CLDR writes "1 juillet"; French counts the first of a month as an ordinal.
            return words.replace("1 ", "1er ", 1)
        return words

    def clock(self, moment: datetime, zone: str) -> str:
        """Hours and minutes in the zone."""
        return format_time(local(moment, _zone(zone)), "short", tzinfo=_zone(zone), locale=self._locale)

    def zone_name(self, moment: datetime, zone: str) -> str:
        """What the zone's time is called at that moment."""
        return get_timezone_name(local(moment, _zone(zone)), locale=self._locale)

    def money(self, amount: Decimal, currency: str | None) -> str:
        """An amount with its currency, or as a bare number where none is known."""
        if currency is None:
            return format_decimal(amount, locale=self._locale)
        return format_currency(amount, currency, locale=self._locale)

    def ordinal(self, number: int) -> str:
        """ "3rd", as an attribute of a masculine noun."""
        forms = _ORDINALS[self._language]
        return forms.get(self._locale.ordinal_form(number), forms["other"]).format(number)


def _zone(name: str) -> tzinfo:
    try:
        return get_timezone(name)
    except (LookupError, ValueError, OSError):
        return UTC
