"""RULES 0.7 and PX-13 through the simulation: which people a switch for one language concerns."""

from typing import Any

import pytest

from tests.scenarios import Event, event
from tests.scenarios import leads as on_leads
from tests.scenarios import renewals as on_renewals
from tests.scenarios.office import (
    ANNA,
    AT,
    BRUNO,
    CHLOE,
    JONAS,
    activity,
    company,
    contact,
    deal,
    document,
    no_reader,
    not_sent,
    reader,
    told,
    user,
)
from tests.scenarios.story import Line, dropped, kept, mail, notice, z

INVOICE = ("invoice.sent", "invoice/55")


def switch(clock: str, enabled: bool, language: str | None = None, template: str = "invoice.sent") -> Event:
    more = {"language": language} if language else {}
    return event("template.switched", z(f"06-01 {clock}"), template=template, enabled=enabled, **more)


def written(*letters: tuple[tuple[str, str], str], people: list[Line]) -> list[Line]:
    """The invoice went out to these, each in this language."""
    mails = [mail("invoice.sent", language, [address]) for (_, address), language in letters]
    return [notice(AT, *INVOICE, "sent", "toggle_on", mails=mails, people=people)]


DISABLED = "template_disabled"


@pytest.mark.parametrize("language", ["it", "es", "pt-BR", "zh-Hant"])
def test_px13_a_language_without_templates_concerns_nobody_else(language: str) -> None:
    lines = told(company(), contact("C-1"), contact("C-3"), switch("08:10", False, language), document())
    assert lines == written((ANNA, "fr"), (CHLOE, "en"), people=[reader(ANNA), reader(CHLOE)])


def test_0_7_people_of_a_language_that_is_off_are_dropped_without_fallback_to_english() -> None:
    italian = contact("C-1", language="it-CH")
    lines = told(company(), italian, contact("C-3"), switch("08:10", False, "it"), document())
    assert lines == written((CHLOE, "en"), people=[no_reader(ANNA, DISABLED), reader(CHLOE)])


@pytest.mark.parametrize("enabled", [True, False])
def test_0_7_a_switch_of_italian_does_not_outdo_one_of_english(enabled: bool) -> None:
    """The Italian reader would get the English letter, which is off as well."""
    italian = contact("C-1", language="it")
    switches = switch("08:10", False, "en"), switch("08:20", enabled, "it")
    lines = told(company(language="en"), italian, contact("C-2"), contact("C-3"), *switches, document())
    people = [no_reader(ANNA, DISABLED), reader(BRUNO), no_reader(CHLOE, DISABLED)]
    assert lines == written((BRUNO, "de"), people=people)


SWITCHES: list[tuple[str, tuple[Event, ...], set[str]]] = [
    ("a region alone", (switch("08:10", False, "de-AT"),), {"de-AT"}),
    ("the language with its regions", (switch("08:10", False, "de"),), {"de", "de-AT", "de-CH"}),
    ("the region on again", (switch("08:10", False, "de"), switch("08:20", True, "de-AT")), {"de", "de-CH"}),
    ("the language on again", (switch("08:10", False, "de-AT"), switch("08:20", True, "de")), set()),
    ("a late older one", (switch("08:20", True, "de"), switch("08:10", False, "de-AT")), set()),
    ("all off, the region on", (switch("08:10", False), switch("08:20", True, "de-AT")), {"de", "de-CH"}),
    ("the region off, all on", (switch("08:10", False, "de-AT"), switch("08:20", True)), set()),
    ("written in capitals", (switch("08:10", False, "DE-at"),), {"de-AT"}),
]


@pytest.mark.parametrize(("name", "switches", "off"), SWITCHES, ids=[name for name, _, _ in SWITCHES])
def test_0_7_the_newest_switch_that_covers_a_region_decides_for_it(
    name: str, switches: tuple[Event, ...], off: set[str]
) -> None:
    readers = {"de": BRUNO, "de-AT": ANNA, "de-CH": CHLOE}
    lines = told(
        company(), contact("C-2"), contact("C-1", language="de-AT"), contact("C-3", language="de-CH"), *switches,
        document(),
    )  # fmt: skip
    there = {each["address"]: each["reason"] for each in lines[0]["people"]}
    expected = {address: DISABLED if tag in off else "toggle_on" for tag, (_, address) in readers.items()}
    assert there == expected


@pytest.mark.parametrize("first", ["de-AT", "it"])
def test_0_7_what_the_company_speaks_counts_only_where_the_contact_names_nothing_we_can_write(first: str) -> None:
    """Anna wants `first`, her company Austrian German: where she says German herself, its region is not asked."""
    anna = contact("C-1", language="de" if first == "de-AT" else first)
    lines = told(company(language="de-AT"), anna, contact("C-3"), switch("08:10", False, "de-AT"), document())
    people = [reader(ANNA) if first == "de-AT" else no_reader(ANNA, DISABLED), reader(CHLOE)]
    letters = [(ANNA, "de")] if first == "de-AT" else []
    assert lines == written(*letters, (CHLOE, "en"), people=people)


@pytest.mark.parametrize("language", ["it", "de-AT"])
def test_0_7_users_are_of_their_language_too(language: str) -> None:
    """Jonas speaks it and is responsible for the deal; then it is off for somebody else's."""
    events = (user("U-1", language=language), company(), deal("U-1"))
    assert told(*events, switch("08:10", False, language, "activity"), activity("deal/D-1")) == [
        not_sent("deal/D-1", "no_recipients", dropped("responsible", *JONAS, DISABLED))
    ]
    other = "es" if language == "it" else "de-CH"
    mails = [mail("activity", "en" if language == "it" else "de", [JONAS[1]])]
    assert told(*events, switch("08:10", False, other, "activity"), activity("deal/D-1")) == [
        notice(AT, "activity", "deal/D-1", "sent", "deal_responsible", mails=mails,
               people=[kept("responsible", *JONAS, "deal_responsible")])
    ]  # fmt: skip


def renewal_letter(language: str, off: str) -> list[Line]:
    company = on_renewals.company(language=language, partner=None)
    events = (*on_renewals.CLIENTS, company, on_renewals.renewal())
    switched = on_renewals.switch("2025-12-30 12:00", "renewal.notice", False, off)
    return told(*events, switched, until="2025-12-31 12:00")


@pytest.mark.parametrize(("language", "off"), [("pt-BR", "pt-BR"), ("pt-BR", "pt"), ("pt-BR", "en"), ("fr-CA", "fr")])
def test_0_7_a_renewal_letter_in_a_language_that_is_off_is_disabled_as_a_whole(language: str, off: str) -> None:
    assert renewal_letter(language, off) == [on_renewals.suppressed("2025-12-31 07:00", 90, DISABLED)]


@pytest.mark.parametrize(("language", "off"), [("en", "pt-BR"), ("pt-PT", "pt-BR"), ("fr", "fr-CA"), ("de", "it")])
def test_0_7_a_renewal_letter_in_another_language_goes_out(language: str, off: str) -> None:
    (line,) = renewal_letter(language, off)
    assert (line["outcome"], line["mails"][0]["language"]) == ("sent", language[:2] if language != "pt-PT" else "en")


@pytest.mark.parametrize(
    ("language", "off", "drops"),
    [("it", "it", True), ("en", "it", False), ("de-AT", "de", True), ("de", "de-AT", False)],
)
def test_f19_the_acceptor_is_of_a_language_too(language: str, off: str, drops: bool) -> None:
    reader = on_leads.JONAS[0], on_leads.JONAS[1], language[:2] if language != "it" else "en"
    switched: dict[str, Any] = {"template": "lead.follow_up", "enabled": False, "language": off}
    events = (
        on_leads.jonas(language=language), on_leads.process(), on_leads.lead(),
        event("template.switched", on_leads.START, **switched),
    )  # fmt: skip
    lines = told(*events, until="06-03 12:00")
    goes, stays = on_leads.sent("06-03 07:00", 1, "first", reader), on_leads.suppressed("06-03 07:00", 1, DISABLED)
    assert lines == [stays if drops else goes]
