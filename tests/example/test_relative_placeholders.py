import json
from datetime import date

import pytest

from workers.contract.relative import UnknownPlaceholderError, resolve, resolve_all

TODAY = date(2028, 3, 1)


@pytest.mark.parametrize(
    ("placeholder", "value"),
    [
        ("{day+0T06:00}", "2028-03-01T06:00:00Z"),
        ("{day-1T23:59}", "2028-02-29T23:59:00Z"),
        ("{day-12T09:30}", "2028-02-18T09:30:00Z"),
        ("{day+306T00:00}", "2029-01-01T00:00:00Z"),
        ("{date+0}", "2028-03-01"),
        ("{date-1}", "2028-02-29"),
        ("{date+45}", "2028-04-15"),
    ],
)
def test_a_placeholder_counts_from_today(placeholder: str, value: str) -> None:
    assert json.loads(resolve(json.dumps({"time": placeholder}), TODAY)) == {"time": value}


def test_several_placeholders_within_longer_texts() -> None:
    line = '{"data": {"a": ["from {date+1} to {date+2}"], "b": "{day+0T07:00}"}}'
    assert resolve(line, TODAY) == '{"data": {"a": ["from 2028-03-02 to 2028-03-03"], "b": "2028-03-01T07:00:00Z"}}'


@pytest.mark.parametrize(
    "line", ['{"a": {}, "b": [{"c": 1}, { "d": {"e": "x"}}]}', '{\n"a": 1 }', "{ }", "", "{", "no JSON"]
)
def test_what_has_no_placeholder_stays_as_it_is(line: str) -> None:
    assert resolve(line, TODAY) == line


@pytest.mark.parametrize(
    "placeholder",
    [
        "{day+1}",
        "{day1T09:30}",
        "{day+1T9:30}",
        "{day+1T24:00}",
        "{day+1T09:60}",
        "{day+1T09:30:00}",
        "{day+1T09:30Z}",
        "{day+12345T09:30}",
        "{ day+1T09:30}",
        "{day+1T09:30 }",
        "{Day+1T09:30}",
        "{day+١T09:30}",
        "{date}",
        "{date45}",
        "{date+45T09:30}",
        "{now}",
        "{day+1T09:30",
    ],
)
def test_anything_else_in_braces_is_refused_by_name(placeholder: str) -> None:
    with pytest.raises(UnknownPlaceholderError, match="is no placeholder") as refused:
        resolve(json.dumps({"id": "e-1", "time": placeholder}, ensure_ascii=False), TODAY)
    assert str(refused.value).startswith(placeholder)
    assert '"id": "e-1"' in str(refused.value)


def test_a_refusal_shows_only_the_beginning_of_a_long_line() -> None:
    with pytest.raises(UnknownPlaceholderError) as refused:
        resolve('{"time": "{now}", "text": "' + "x" * 500 + '"}', TODAY)
    assert len(str(refused.value)) < 160


def test_a_refusal_in_a_file_names_the_number_of_the_line() -> None:
    resolved = resolve_all(['{"time": "{date+0}"}', '{"time": "{tomorrow}"}'], TODAY)
    assert next(resolved) == '{"time": "2028-03-01"}'
    with pytest.raises(UnknownPlaceholderError, match=r"^line 2: \{tomorrow\} is no placeholder"):
        next(resolved)


@pytest.mark.parametrize(
    ("today", "placeholder", "read"),
    [
        (date(9999, 12, 30), "{date+1}", "9999-12-31"),
        (date(9999, 12, 30), "{day+1T23:59}", "9999-12-31T23:59:00Z"),
        (date(1, 1, 2), "{date-1}", "0001-01-01"),
        (date(9999, 12, 31), "{date+1}", None),
        (date(9999, 12, 31), "{day+1T00:00}", None),
        (date(1, 1, 1), "{date-1}", None),
    ],
)
def test_what_counts_beyond_the_calendar_is_refused_by_name(today: date, placeholder: str, read: str | None) -> None:
    if read:
        assert resolve(placeholder, today) == read
    else:
        with pytest.raises(UnknownPlaceholderError, match=r"lies outside the years 1 to 9999$") as refused:
            resolve(placeholder, today)
        assert str(refused.value).startswith(placeholder)
