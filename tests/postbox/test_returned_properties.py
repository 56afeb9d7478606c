"""Whatever comes back: it is read, in bounded time and space, and nothing raises."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.postbox.came_back import GONE, REPORTS, Copy, complaint
from workers.domain.bounces import Verdict, judge
from workers.postbox.returned.left_alone import Other
from workers.postbox.returned.mails import LONGEST_WORDS
from workers.postbox.returned.reading import Report, read

MAILS = [write(Copy()) for write in (*REPORTS.values(), complaint)]
EDITS = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 60), st.binary(max_size=40)), max_size=6)


def holds(raw: bytes) -> None:
    found = read(raw)
    assert isinstance(found, Report | Other)
    if isinstance(found, Report):
        assert found.fates
        assert all(len(fate.words) <= LONGEST_WORDS and fate.words.isprintable() for fate in found.fates)
        verdict, fate = judge(found.fates, {"somebody.else@example.net"})
        assert verdict is not Verdict.HARD or not fate.addresses


@given(st.sampled_from(MAILS), EDITS)
@settings(max_examples=150, deadline=None)
def test_any_mutation_of_a_report_is_read(raw: bytes, edits: list[tuple[int, int, bytes]]) -> None:
    for start, length, instead in edits:
        raw = raw[:start] + instead + raw[start + length :]
    holds(raw)


@given(st.binary(max_size=2000))
@settings(max_examples=60, deadline=None)
def test_anything_at_all_is_read(raw: bytes) -> None:
    holds(raw)


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_words_are_kept_fit_for_a_database(text: str) -> None:
    raw = b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n"
    raw += f"Final-Recipient: rfc822; {GONE}\nDiagnostic-Code: ".encode() + text.encode("utf-8", "replace")
    holds(raw)
