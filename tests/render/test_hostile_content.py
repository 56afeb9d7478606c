"""Whatever upstream sends stays text, stays in its place, and never stops a letter."""

from dataclasses import replace
from datetime import UTC, date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.desk import ALL, DOCUMENTS, LINKED, RENEWALS, Page, filled, renderer
from workers.domain.calendar import FIRST, LAST
from workers.domain.contents import Because, Content, Reader, lines
from workers.domain.notices import LANGUAGES
from workers.render.examples import example

HOSTILE = [
    "<script>alert('x')</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></tr></table><h1>Pay here",
    "<!-- <![endif]-->",
    "{{ 7 * 7 }} {% raw %} %(name)s %s %",
    "&lt;b&gt; &amp; \\ ' \"",
    "👩‍👩‍👧‍👦 🇫🇷 ñ ﷽",
    "שלום עולם مرحبا",
    "W" * 500,
    "long words " * 45,
]


def hostile(template: str, language: str, value: str) -> Content:
    """The example with `value` wherever a string comes from outside."""
    return replace(filled(example(template, language), value), reader=Reader(language, "Europe/Berlin", value))


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("template", ALL)
def test_markup_in_a_value_stays_text(template, value):
    harmless = Page(renderer().render(template, hostile(template, "de", "x")).html)

    page = Page(renderer().render(template, hostile(template, "de", value)).html)

    assert [tag for tag, _ in page.tags] == [tag for tag, _ in harmless.tags]
    assert page.comments == harmless.comments
    assert page.links == harmless.links
    assert value.strip() in page.text


@pytest.mark.parametrize(("template", "field"), [*((t, "link") for t in LINKED), ("contact.set_password", "url")])
def test_a_link_cannot_leave_its_attribute(template, field):
    link = 'https://example.com/?a=1&b="><script>alert(1)</script>'

    page = Page(renderer().render(template, replace(example(template), **{field: link})).html)

    assert page.links == [link]
    assert "script" not in [tag for tag, _ in page.tags]


@pytest.mark.parametrize("breaking", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x1b[2J", "\x85", "\u2028", "\u2029", "\t"])
@pytest.mark.parametrize("template", ALL)
def test_a_value_cannot_begin_a_line_or_a_header_of_its_own(template, breaking):
    letter = renderer().render(template, hostile(template, "en", f"Ada{breaking}Bcc: eve@example.org"))
    plain = renderer().render(template, hostile(template, "en", "Ada Bcc: eve@example.org"))

    assert letter.subject.splitlines() == [letter.subject]
    assert len(letter.text.splitlines()) == len(plain.text.splitlines())
    assert not [line for line in letter.text.splitlines() if line.startswith("Bcc")]


@pytest.mark.parametrize("turn", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_a_value_cannot_turn_the_direction_of_what_follows(turn):
    letter = renderer().render("renewal.notice", hostile("renewal.notice", "fr", f"Ada {turn}gro.elpmaxe"))

    for part in (letter.subject, letter.text, letter.html):
        assert turn not in part


OUTSIDE = st.text(st.characters(), max_size=60)


@settings(deadline=None, max_examples=60)
@given(
    value=OUTSIDE,
    language=st.sampled_from(LANGUAGES),
    zone=st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Mars/Base", "", "Europe", "../etc"]),
    moment=st.sampled_from([FIRST, LAST]) | st.datetimes(timezones=st.just(UTC)),
    days=st.integers(0, 3_700_000),
    number=st.integers(1, 10_000),
)
def test_any_follow_up_becomes_a_letter(value, language, zone, moment, days, number):
    content = replace(
        hostile("lead.follow_up", language, value),
        reader=Reader(language, zone, value),
        overdue_since=moment,
        overdue_days=days,
        number=number,
    )

    letter = renderer().render("lead.follow_up", content)

    assert_sound(letter.subject, letter.text, letter.html)


@settings(deadline=None, max_examples=60)
@given(
    template=st.sampled_from(RENEWALS),
    value=OUTSIDE,
    language=st.sampled_from(LANGUAGES),
    day=st.sampled_from([date.min, date.max]) | st.dates(),
    amount=st.none() | st.decimals(0, 10**12, places=2),
    currency=st.none() | st.sampled_from(["EUR", "CHF", "XXQ", "", "€"]),
)
def test_any_renewal_becomes_a_letter(template, value, language, day, amount, currency):
    content = replace(hostile(template, language, value), renews_on=day, amount=amount, currency=currency)

    letter = renderer().render(template, content)

    assert_sound(letter.subject, letter.text, letter.html)


@settings(deadline=None, max_examples=100)
@given(
    template=st.sampled_from(DOCUMENTS),
    value=OUTSIDE,
    text=OUTSIDE,
    language=st.sampled_from(LANGUAGES),
    day=st.none() | st.sampled_from([date.min, date.max]) | st.dates(),
    days_left=st.none() | st.integers(-3_700_000, 3_700_000),
    amount=st.none() | st.decimals(0, 10**12, places=2),
    because=st.sampled_from([Because.TOGGLE_ON, Because.MANUAL_SELECTION]),
)
def test_any_document_becomes_a_letter(template, value, text, language, day, days_left, amount, because):
    content = replace(
        hostile(template, language, value),
        because=Because.DIRECT_ADDRESS if template == "proposal.sent" else because,
        text=lines(text),
        due_on=day,
        issued_on=day,
        days_left=days_left,
        total=amount,
    )

    letter = renderer().render(template, content)

    assert_sound(letter.subject, letter.text, letter.html)


@settings(deadline=None, max_examples=60)
@given(
    value=OUTSIDE,
    text=OUTSIDE,
    language=st.sampled_from(LANGUAGES),
    kind=st.sampled_from(["company", "deal", "project", "ticket", "contact"]),
    action=st.sampled_from(["created", "closed", "note_added", "customer_replied"]) | OUTSIDE,
)
def test_any_activity_becomes_a_letter(value, text, language, kind, action):
    content = replace(
        hostile("activity", language, value), kind=kind, in_charge_of=kind, action=action, text=lines(text)
    )

    letter = renderer().render("activity", content)

    assert_sound(letter.subject, letter.text, letter.html)


@given(st.text(st.characters(), max_size=200))
def test_lines_of_a_text_are_single_trimmed_and_never_blank_at_the_ends_or_twice(text):
    quoted = lines(text)

    assert all(line == line.strip() and len(line.splitlines()) <= 1 for line in quoted)
    assert "" not in (quoted[:1] + quoted[-1:])
    assert ("", "") not in pairwise(quoted)
    assert "".join("".join(quoted).split()) == "".join(text.split())


def assert_sound(subject: str, text: str, html: str) -> None:
    assert subject.splitlines() == [subject]
    assert text.encode()
    assert Page(html).open == []
    assert html.encode()
