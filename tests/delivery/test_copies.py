"""One letter, its copies and their envelopes (HS-8; DESIGN promises 2 and 9, part 4)."""

import shutil
from dataclasses import replace
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from tests.delivery import office as cast
from tests.delivery.office import BRUNO, CLAIRE, CLIENTS, GRETA, INTAKE, JONAS, LEAD, ODILE, RENEWAL, Office, line, read
from tests.servers.smtpd import DROP, Answer
from workers import assets
from workers.render.brand import Brand
from workers.render.renderer import Renderer
from workers.stages.retry import retry
from workers.store import tables

REFUSED = Answer(550, "5.7.1 no")


@pytest.fixture
def decided(office: Office) -> Office:
    """A renewal notice to three contacts, with a copy for the point of contact."""
    office.ingest(*RENEWAL)
    office.make_run()
    return office


def test_hs_8_all_copies_are_one_letter_and_each_has_an_envelope_of_its_own(decided: Office) -> None:
    decided.finish()
    mails = decided.server.mails
    assert {mail.message for mail in mails} == {mails[0].message}
    letter = BytesParser(policy=policy.default).parsebytes(mails[0].message)
    assert (line(letter, "To"), line(letter, "Cc")) == ([CLAIRE, BRUNO, ODILE], [JONAS])  # type: ignore[arg-type]
    of_address = {row.address: row.id for row in decided.rows(tables.deliveries)}
    envelopes = {(mail.sender, mail.recipients) for mail in mails}
    assert envelopes == {(decided.room.return_path(id, address), (address,)) for address, id in of_address.items()}
    assert decided.server.count("RCPT") == decided.server.count("MAIL") == 4


def test_hs_8_the_copy_leaves_only_after_a_to_copy_was_accepted(decided: Office) -> None:
    barrier = decided.server.hold("dot")
    with decided.sending():
        barrier.wait_until_reached(3)
        assert (JONAS, "waiting", None) in decided.copies()
        assert decided.send() == 0
        barrier.release()
    assert decided.recipients == CLIENTS
    assert (JONAS, "pending", None) in decided.copies()
    decided.finish()
    assert decided.recipients == sorted([*CLIENTS, JONAS])


def test_hs_8_one_accepted_to_copy_is_enough(decided: Office) -> None:
    for address in (CLAIRE, BRUNO):
        decided.server.misbehave("rcpt", REFUSED, recipient=address)
    decided.finish()
    assert decided.recipients == [JONAS, ODILE]
    assert decided.outcome == ("sent", "hubspot_owner_default")
    assert decided.notice.notes == ["copy_failed"]


def test_hs_8_a_copy_alone_is_no_mail(decided: Office) -> None:
    for address in CLIENTS:
        decided.server.misbehave("rcpt", REFUSED, recipient=address)
    decided.finish()
    assert decided.server.bodies == []
    assert decided.outcome == ("failed", "refused_by_server")
    assert (JONAS, "cancelled", "no_to_copy_accepted") in decided.copies()


def test_hs_8_the_copy_waits_for_an_uncertain_to_copy(decided: Office) -> None:
    decided.server.misbehave("dot", DROP)
    decided.finish()
    assert decided.outcome == ("uncertain", "connection_lost")
    assert (JONAS, "waiting", None) in decided.copies()


# mail.mode


def test_redirect_sends_every_copy_to_the_one_address(decided: Office) -> None:
    decided.with_policy(redirect="test@example.org")
    decided.finish()
    assert decided.recipients == ["test@example.org"] * 4
    assert line(read(decided.server.mails[0]), "To") == [CLAIRE, BRUNO, ODILE]


def test_redirect_what_the_one_address_answers_says_nothing_about_the_readers(decided: Office) -> None:
    decided.with_policy(redirect="test@example.org")
    decided.server.misbehave("rcpt", Answer(550, "5.1.1 nobody here"))
    decided.finish()
    assert decided.outcome == ("failed", "refused_by_server")
    assert decided.rows_of(tables.addresses) == []


def test_allow_holds_what_is_for_other_domains(decided: Office) -> None:
    decided.with_policy(domains=frozenset({"nordwind.example.org"}))
    decided.finish()
    assert decided.server.bodies == []
    held = [(address, "held", "outside_allowed_domains") for address in CLIENTS]
    assert decided.copies() == sorted([*held, (JONAS, "waiting", None)])
    assert decided.outcome == (None, None)


@pytest.mark.parametrize("address", ["greta@NORDWIND.example.org", "greta@bücher.example"])
def test_allow_compares_domains_as_they_go_on_the_wire(office: Office, address: str) -> None:
    office.with_policy(domains=frozenset({"nordwind.example.org", "xn--bcher-kva.example"}))
    office.ingest(*LEAD, cast.user("U-2", address, "2026-06-02T08:00:00Z"))
    office.make_run()
    office.finish()
    assert office.outcome == ("sent", "follow_up_first")


def test_allow_never_lets_a_name_pass_that_only_ends_like_an_allowed_one(office: Office) -> None:
    office.with_policy(domains=frozenset({"example.org"}))
    office.ingest(*LEAD)
    office.make_run()
    office.finish()
    assert office.copies() == [(GRETA, "held", "outside_allowed_domains")]


# Broken templates


@pytest.fixture
def broken_templates(tmp_path: Path) -> Renderer:
    """All templates, the one of the renewal notice with a syntax error."""
    folder = tmp_path / "templates"
    shutil.copytree(assets.path("templates"), folder)
    for path in (folder / "renewal.notice").rglob("*"):
        if path.is_file():
            path.write_text("{% if %}", encoding="utf-8")
    return Renderer(folder, assets.path("locales"), Brand("Nordwind", "#1d6b62"))


def test_promise_9_a_broken_template_holds_its_own_mails_only(office: Office, broken_templates: Renderer) -> None:
    office.room = replace(office.room, renderer=broken_templates)
    office.ingest(*RENEWAL, cast.process(), cast.lead(), cast.renewal(id="R-2"))
    office.make_run()
    office.finish()
    assert office.recipients == [GRETA]
    states = {(row.line, row.state, row.reason) for row in office.rows(tables.deliveries)}
    assert states == {("to", "sent", "accepted"), ("to", "held", "template_broken"), ("cc", "waiting", None)}
    assert office.alerts() == [("template/renewal.notice", "template_broken")], "told once, not for every mail"


def test_promise_8_mails_that_a_broken_template_held_are_retried_on_demand(
    office: Office, broken_templates: Renderer
) -> None:
    mended, office.room = office.room, replace(office.room, renderer=broken_templates)
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    assert office.recipients == []
    (problem,) = office.rows(tables.problems)
    office.room = mended
    (done,) = retry(office.database, [problem.id], INTAKE, office.now)
    assert (done.solved, done.undecided) == (True, [office.notice.id])
    office.finish()
    assert sorted(set(office.recipients)) == sorted([*CLIENTS, JONAS])
    assert [row.solved_at for row in office.rows(tables.problems)] == [office.now]


def test_promise_9_a_template_that_was_mended_is_tried_the_next_day(office: Office, broken_templates: Renderer) -> None:
    mended, office.room = office.room, replace(office.room, renderer=broken_templates)
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    office.room = mended
    office.now += cast.DAY
    office.review()
    office.finish()
    assert office.outcome == ("sent", "hubspot_owner_default")
