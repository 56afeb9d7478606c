"""Everything personal of an erased person is deleted (EVENTS): what was said of the address, too."""

from datetime import timedelta

import pytest

from tests.delivery import office as cast
from tests.delivery.office import CLAIRE, INTAKE, RENEWAL, RUN, Office
from tests.delivery.test_bounces import AFTER, come_back, copy_to, known, suppressed
from tests.postbox.came_back import postfix
from tests.stages.fleet import KEPT
from workers.domain.bounces import Verdict
from workers.stages import addresses, scrub, sweep
from workers.store import tables

ERASED = cast.said("contact.erased", AFTER, id="C-1")


@pytest.fixture
def sent(office: Office) -> Office:
    """The renewal notice is sent to Claire, too; an hour has passed."""
    office.ingest(*RENEWAL)
    office.make_run()
    office.finish()
    office.now = AFTER
    return office


def everything_said(office: Office) -> str:
    """All that is kept of addresses and what came back."""
    return repr([*office.rows(tables.reports), *office.rows_of(tables.addresses)])


def test_what_a_server_said_is_forgotten_and_the_address_stays_suppressed(sent: Office) -> None:
    come_back(sent, postfix(copy_to(sent, CLAIRE)))
    (before,) = sent.rows(tables.reports)
    assert before.words == "550 5.1.1 no such user"
    sent.ingest(ERASED)
    (after,) = sent.rows(tables.reports)
    assert (after.words, after.said_by, after.address_key) == ("", "", "")
    assert (after.kind, after.delivery) == (Verdict.HARD, before.delivery), "that it came back is the mail's history"
    found = known(sent, CLAIRE)
    assert found is not None
    assert (found.words, suppressed(sent)) == (None, {CLAIRE: "hard"})


def test_an_address_that_is_not_suppressed_is_forgotten_and_who_released_it_why(sent: Office) -> None:
    come_back(sent, postfix(copy_to(sent, CLAIRE)))
    addresses.release(sent.database, INTAKE, CLAIRE, "jo", "Claire moved back", AFTER + timedelta(hours=1))
    sent.ingest(cast.said("contact.erased", AFTER + timedelta(hours=2), id="C-1"))
    assert CLAIRE not in everything_said(sent)
    assert "Claire" not in everything_said(sent)


def test_an_earlier_address_is_found_by_the_mails_that_went_there(sent: Office) -> None:
    come_back(sent, postfix(copy_to(sent, CLAIRE), status="5.2.2"))
    sent.ingest(cast.contact("C-1", "new@lumiere.example.com", "2026-06-03T07:30:00Z", primary=True), ERASED)
    while scrub.scrub(sent.database):
        pass
    assert CLAIRE not in everything_said(sent)


@pytest.mark.parametrize(
    "other",
    [
        cast.contact("C-9", f" {CLAIRE.upper()} ", AFTER.isoformat()),
        cast.user("U-9", CLAIRE, AFTER.isoformat()),
        cast.contact("C-1", CLAIRE, (AFTER + timedelta(minutes=1)).isoformat()),
    ],
    ids=["another contact", "a user", "herself, who came back"],
)
def test_an_address_that_somebody_else_has_as_well_stays_known(sent: Office, other: cast.Event) -> None:
    come_back(sent, postfix(copy_to(sent, CLAIRE)))
    before = everything_said(sent)
    sent.ingest(other, ERASED)
    assert everything_said(sent) == before


def test_somebody_else_has_the_same_address_in_another_spelling(sent: Office) -> None:
    eve, adam = "eve@bücher.example", "eve@xn--bcher-kva.example"
    sent.ingest(cast.user("U-5", eve), cast.user("U-6", adam))
    sent.ingest(cast.said("address.bounced", RUN, address=adam, kind="soft", diagnostic="eve is away"))
    sent.ingest(cast.said("user.erased", AFTER, id="U-6"))
    assert [row.key for row in sent.rows_of(tables.addresses)] == [adam], "U-5 still has it"
    sent.ingest(cast.said("user.erased", AFTER, id="U-5"))
    assert sent.rows_of(tables.addresses) == []


def test_an_erasure_that_is_older_than_what_is_known_deletes_nothing(sent: Office) -> None:
    come_back(sent, postfix(copy_to(sent, CLAIRE), status="5.2.2"))
    before = everything_said(sent)
    sent.ingest(cast.said("contact.erased", "2026-05-01T08:00:00Z", id="C-1"))
    assert everything_said(sent) == before


def test_an_erased_user_leaves_nothing_either(office: Office) -> None:
    office.ingest(cast.user("U-5", "eve@nordwind.example.org"))
    bounced = {"address": "Eve@nordwind.example.org", "kind": "soft", "diagnostic": "eve is away"}
    office.ingest(cast.said("address.bounced", RUN, **bounced))
    office.ingest(cast.said("user.erased", RUN, id="U-5"))
    assert office.rows_of(tables.addresses) == []


def test_a_release_is_kept_as_long_as_the_ledger(sent: Office) -> None:
    """It hangs on no delivery, with which it could go."""
    come_back(sent, postfix(copy_to(sent, CLAIRE)))
    at = AFTER + timedelta(hours=1)
    addresses.release(sent.database, INTAKE, CLAIRE, "jo", "moved back", at)

    def kinds() -> list[str]:
        return [row.kind for row in sent.rows(tables.reports)]

    sweep.purge(sent.database, at + KEPT.ledger, KEPT)
    assert kinds() == ["released"]
    sweep.purge(sent.database, at + KEPT.ledger + timedelta(seconds=1), KEPT)
    assert kinds() == []
