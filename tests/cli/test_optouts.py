"""`rappel optouts`: who unsubscribed, and what operators were told by other means."""

import pytest

from tests.cli.terminal import rappel
from tests.scenarios import event, ndjson

NOW = "2026-06-01T08:00:00Z"
COMPANY = event("company.saved", NOW, id="K-1", name="Lumière")
CLAIRE = event("contact.saved", NOW, id="C-1", company="K-1", first_name="Claire", last_name="F", email="c@example.com")
SHE_CALLED = ("--by", "anna", "--why", "she called")
KEYS = ["at", "contact", "toggle", "opted_out", "source", "delivery", "operator", "why"]

pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture(autouse=True)
def _world(installation: str) -> None:
    rappel("ingest", "-", stdin=ndjson([COMPANY, CLAIRE]))


def test_an_empty_list_says_so() -> None:
    done = rappel("optouts")
    assert (done.code, done.out) == (0, "Nobody has unsubscribed.\n")
    of_claire = rappel("optouts", "--contact", "contact/C-1").out
    assert of_claire == "contact/C-1 has not unsubscribed from anything.\n"
    assert rappel("optouts", "--json").out == ""


def test_an_opt_out_is_recorded_listed_and_taken_back() -> None:
    done = rappel("optouts", "add", "contact/C-1", "invoice", *SHE_CALLED)
    assert (done.code, done.out) == (0, "contact/C-1 gets no more invoice mails.\n")
    again = rappel("optouts", "add", "contact/C-1", "invoice", *SHE_CALLED)
    assert (again.code, again.out) == (0, "contact/C-1 had unsubscribed from invoice mails already.\n")
    (row,) = rappel("optouts").table("time", "contact")
    assert row[1:] == ["contact/C-1", "invoice", "no more", "anna", "she called"]
    (line,) = rappel("optouts", "--json").json
    assert list(line) == KEYS
    told = [line[name] for name in KEYS[1:]]
    assert told == ["contact/C-1", "invoice", True, "operator", None, "anna", "she called"]
    back = rappel("optouts", "release", "contact/C-1", "invoice", *SHE_CALLED)
    assert (back.code, back.out) == (0, "contact/C-1 may get invoice mails again.\n")
    assert rappel("optouts").out == "Nobody has unsubscribed.\n"
    assert [line["opted_out"] for line in rappel("optouts", "--history", "--json").json] == [False, True]
    nothing = rappel("optouts", "release", "contact/C-1", "invoice", *SHE_CALLED)
    assert (nothing.code, nothing.out.endswith("there is nothing to take back.\n")) == (0, True)


def test_explain_tells_what_keeps_mails_from_a_contact() -> None:
    rappel("optouts", "add", "contact/C-1", "invoice", *SHE_CALLED)
    bounced = event("address.bounced", NOW, address="C@example.com", kind="hard")
    other = event(
        "contact.saved", NOW, id="C-2", company="K-1", first_name="Paul", last_name="G", email="p@example.com"
    )
    rappel("ingest", "-", stdin=ndjson([bounced, other]))
    (told,) = [line for line in rappel("optouts").out.splitlines() if "anna" in line]
    out = rappel("explain", "contact/C-1").out
    at = " ".join(told.split()[:3])
    assert f"  unsubscribed from invoice mails: {at}, anna\n" in out
    assert "  no mail goes to this address: hard; `rappel addresses show C@example.com` tells more\n" in out
    of_another = rappel("explain", "contact/C-2").out
    assert ("unsubscribed" in of_another, "no mail goes" in of_another) == (False, False)


def test_the_list_is_of_one_contact_and_not_longer_than_asked() -> None:
    for toggle in ("invoice", "task"):
        rappel("optouts", "add", "contact/C-1", toggle, *SHE_CALLED)
    out = rappel("optouts", "--limit", "1").out
    assert ("task" in out, "invoice" in out, out.endswith("There are more; --limit 2 shows some.\n")) == (
        True,
        False,
        True,
    )
    assert rappel("optouts", "--contact", "contact/C-2", "--json").json == []


def test_px6_who_unsubscribed_is_not_preselected() -> None:
    assert "C-1" in rappel("preselect", "K-1", "--notice", "invoice.sent").out
    rappel("optouts", "add", "contact/C-1", "invoice", *SHE_CALLED)
    assert "C-1" not in rappel("preselect", "K-1", "--notice", "invoice.sent").out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("add", "contact/C-9", "invoice", *SHE_CALLED), 6, "contact/C-9 is not known"),
        (("add", "C-1", "invoice", *SHE_CALLED), 2, "write contact/ID"),
        (("add", "user/C-1", "invoice", *SHE_CALLED), 2, "write contact/ID"),
        (("add", "contact/C-1", "proposal", *SHE_CALLED), 2, "there is no toggle 'proposal'"),
        (("add", "contact/C-1", "invoice", "--by", "anna"), 2, "--why"),
        (("add", "contact/C-1", "invoice", "--by", " ", "--why", "x"), 2, "must not be empty"),
        (("release", "contact/C-1", "invoices", *SHE_CALLED), 2, "there is no toggle 'invoices'"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_recorded(arguments: tuple[str, ...], code: int, says: str) -> None:
    done = rappel("optouts", *arguments)
    assert (done.code, says in done.err) == (code, True), done.err
    assert rappel("optouts", "--history", "--json").json == []
