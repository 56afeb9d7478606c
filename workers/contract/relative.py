"""Example events whose days count from the day on which they are read, so that they never grow old.

Inside any JSON string, `{day-12T09:30}` stands for 09:30 UTC twelve days before today, `{date+45}` for a date. Nothing
else may stand in braces there: a misspelt placeholder must not reach a store as text.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

# A brace before a quote, a space or another brace belongs to JSON itself; any other opens a placeholder.
_BRACES = re.compile(r'\{(?!\s*["}]|\s*$)[^"{}]*\}?')
_DAY = re.compile(r"\{day(?P<days>[+-]\d{1,4})T(?P<clock>(?:[01]\d|2[0-3]):[0-5]\d)\}", re.ASCII)
_DATE = re.compile(r"\{date(?P<days>[+-]\d{1,4})\}", re.ASCII)


class UnknownPlaceholderError(ValueError):
    """Something in braces that is neither a relative instant nor a relative date, or none of the calendar."""


def resolve(line: str, today: date) -> str:
    """`line` with every placeholder replaced; the rest of it is left as it is.

    Raises UnknownPlaceholderError, whose message names the placeholder and the beginning of the line.
    """

    def absolute(found: re.Match[str]) -> str:
        placeholder = found.group()
        try:
            if instant := _DAY.fullmatch(placeholder):
                return f"{_shifted(today, instant['days'])}T{instant['clock']}:00Z"
            if day := _DATE.fullmatch(placeholder):
                return _shifted(today, day["days"])
        except OverflowError:
            raise UnknownPlaceholderError(f"{placeholder} of {today} lies outside the years 1 to 9999") from None
        raise UnknownPlaceholderError(
            f"{placeholder} is no placeholder: write {{day-12T09:30}} or {{date+45}} (in: {_shortened(line)})"
        )

    return _BRACES.sub(absolute, line)


def resolve_all(lines: Iterable[str], today: date) -> Iterator[str]:
    """Every line resolved. Raises UnknownPlaceholderError, whose message begins with the line's number, from 1."""
    for number, line in enumerate(lines, start=1):
        try:
            yield resolve(line, today)
        except UnknownPlaceholderError as error:
            raise UnknownPlaceholderError(f"line {number}: {error}") from None


def _shifted(today: date, days: str) -> str:
    return (today + timedelta(days=int(days))).isoformat()


def _shortened(line: str) -> str:
    text = line.strip()
    return text if len(text) <= 80 else f"{text[:79]}…"
