import json

import pytest

from tests.contract.speech import detail, verdict
from workers.contract import examples
from workers.contract.envelope import parse
from workers.contract.reading import MAX_BYTES, read

EVENT = examples.full("lead.saved")
TEXT = json.dumps(EVENT)


def with_extension(text: str) -> str:
    return TEXT[:-1] + f', "ext": {text}}}'


@pytest.mark.parametrize(
    ("raw", "reason", "pointer"),
    [
        pytest.param("", "not_json", "", id="empty"),
        pytest.param("{", "not_json", "", id="cut off"),
        pytest.param(TEXT + TEXT, "not_json", "", id="two events in one line"),
        pytest.param("{'id': 1}", "not_json", "", id="Python's quotes"),
        pytest.param(b"\xff\xfe{}", "not_json", "", id="not UTF-8"),
        pytest.param('{"id": "\ud800"}', "not_json", "", id="half a pair in a string"),
        pytest.param("[]", "wrong_type", "", id="list"),
        pytest.param("null", "wrong_type", "", id="null"),
        pytest.param('"x"', "wrong_type", "", id="text"),
        pytest.param({"data": {1, 2}}, "not_json", "", id="a Python set"),
        pytest.param({"data": {"amount": float("nan")}}, "invalid_value", "/data/amount", id="NaN in a dict"),
        pytest.param({"data": {"name": "\ud800"}}, "invalid_value", "/data/name", id="half a pair in a dict"),
        pytest.param('{"data": {"a": [1, NaN]}}', "invalid_value", "/data/a/1", id="NaN"),
        pytest.param('{"data": {"a": -Infinity}}', "invalid_value", "/data/a", id="infinity"),
        pytest.param('{"data": {"a": 1e999}}', "invalid_value", "/data/a", id="beyond all numbers"),
        pytest.param('{"data": {"a": ' + "9" * 5000 + "}}", "invalid_value", "", id="5000 digits"),
        pytest.param('{"data": {"a/b": 1, "a/b": 1}}', "duplicate_key", "/data/a~1b", id="duplicate key"),
        pytest.param(
            '{"data": [{"id": 1}, {"id": 1, "\\u0069d": 2}]}', "duplicate_key", "/data/1/id", id="escaped twin"
        ),
        pytest.param(with_extension('"\\u0000"'), "invalid_value", "/ext", id="NUL"),
        pytest.param(with_extension('["\\uDC00"]'), "invalid_value", "/ext/0", id="lone surrogate"),
        pytest.param(with_extension('{"\\uD83D": 1}'), "invalid_value", "/ext", id="lone surrogate in a key"),
        pytest.param(with_extension("[" * 40 + "]" * 40), "too_large", "/ext" + "/0" * 32, id="40 levels"),
        pytest.param(with_extension("[" * 100_000 + "]" * 100_000), "too_large", "", id="100,000 levels"),
        pytest.param(with_extension('"' + "x" * MAX_BYTES + '"'), "too_large", "", id="over a MiB"),
        pytest.param(with_extension('"' + "ä" * (MAX_BYTES // 2) + '"'), "too_large", "", id="over a MiB in UTF-8"),
    ],
)
def test_text_is_refused(raw: object, reason: str, pointer: str) -> None:
    assert verdict(raw) == (reason, pointer)


@pytest.mark.parametrize("line", ["{", '"id": "e-1",', "}", "[{}]", "[]"])
def test_a_line_that_is_a_part_of_an_event_or_a_list_of_them_says_what_a_line_is(line: str) -> None:
    assert detail(line).endswith(" In a file each event is one object, whole on a line of its own.")


def test_a_dict_that_contains_itself_is_refused() -> None:
    loop: dict[str, object] = {}
    loop["data"] = loop
    assert verdict(loop) == ("not_json", "")


def test_a_dict_too_deep_for_any_reader_is_refused() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert verdict({"data": deep}) == ("too_large", "")


def test_emoji_pairs_and_umlauts_are_no_flaw() -> None:
    assert verdict(with_extension('"\\ud83d\\ude00 \\u00e4 ä 😀"')) is None


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse(b"\xef\xbb\xbf" + TEXT.encode()) == parse(TEXT)


def test_numbers_are_values() -> None:
    assert read('{"a": [1.0, 1e2, -0.0, 0.5, 12345678901234567890]}') == {"a": [1, 100, 0, 0.5, 12345678901234567890]}


def test_a_big_event_of_many_objects_is_read() -> None:
    stages = [{"id": f"s{n}", "name": "Stage", "duration": {"value": 1, "unit": "days"}} for n in range(200)]
    assert verdict({**examples.minimal("process.saved"), "data": {"id": "p", "name": "P", "stages": stages}}) is None
