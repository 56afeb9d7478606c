"""PX-12: which mails carry a picture that tells when they are opened, and which never do."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.delivery import office as cast
from tests.delivery.office import BRUNO, CLAIRE, LATER, RUN, VAULT, Office, read, said
from tests.servers.dkimpy import verifying
from tests.servers.smtpd import Mail
from workers.domain.notices import CATALOGUE, TRACKABLE
from workers.house import policy_of
from workers.postbox.dkim import Signer
from workers.settings import Settings
from workers.stages import links
from workers.stages.show import show
from workers.store import tables

PICTURES = "https://notices.example.org/u/open/"
TRACKED = {"opens_at": PICTURES, "tracked": frozenset({"invoice.sent"})}
WORLD = [cast.company(), cast.contact("C-1", CLAIRE), cast.contact("C-2", BRUNO)]


def event_of(type: str, id: str = "55") -> Any:
    return said(type, RUN.isoformat(), company="K-1", document={"id": id})


def html(mail: Mail) -> str:
    part = read(mail).get_body(("html",))
    assert part is not None
    return str(part.get_content())


def pictures(office: Office) -> dict[str, str | None]:
    """By address: the URL of the picture in the mail, None where there is none."""
    found = {}
    for mail in office.server.mails:
        _, begins, rest = html(mail).partition(PICTURES)
        found[mail.recipients[0]] = begins + rest.partition('"')[0] if begins else None
    return found


def test_px12_each_copy_has_a_picture_of_its_own_and_nobody_sees_it(office: Office) -> None:
    signer = Signer("nordwind.example.org", "s", Ed25519PrivateKey.generate())
    office.with_policy(**TRACKED)
    office.room = replace(office.room, signers=(signer,))
    office.ingest(*WORLD, event_of("invoice.sent"), event_of("estimate.sent"))
    office.finish()
    ids = {row.id: row.address for row in office.rows(tables.deliveries)}
    of_invoice, of_estimate = (
        {mail.recipients[0]: html(mail) for mail in office.server.mails if read(mail)["List-Id"].startswith(f"<{kind}")}
        for kind in ("invoice", "estimate")
    )
    tokens = {links.picture_token(VAULT, id): address for id, address in ids.items()}
    shown = {address: html.partition(PICTURES)[2].partition(".gif")[0] for address, html in of_invoice.items()}
    assert {address: tokens[token] for address, token in shown.items()} == {CLAIRE: CLAIRE, BRUNO: BRUNO}
    assert all(PICTURES not in text for text in of_estimate.values())
    with verifying([signer]) as dkimpy:
        assert all(dkimpy.look_at(mail.message)[0].good for mail in office.server.mails)
    picture = f'<img src="{PICTURES}{shown[CLAIRE]}.gif" alt="" width="1" height="1" style="display:block;border:0">'
    assert of_invoice[CLAIRE].split()[-1] == "</html>"
    assert f"{picture}</body>" in of_invoice[CLAIRE]


def test_px12_what_is_kept_and_shown_has_no_picture(office: Office) -> None:
    office.with_policy(**TRACKED)
    office.ingest(*WORLD, event_of("invoice.sent"))
    office.finish()
    with office.database.read() as connection:
        shown = [show(connection, row.letter, row.id) for row in office.rows(tables.deliveries)]
    assert [each.is_tracked for each in shown] == [True, True]
    for each in shown:
        assert each.letter is not None
        assert PICTURES not in each.letter.html
        assert b"/u/open/" not in each.eml(office.room.policy)


def test_px12_it_is_off_by_default_and_where_mail_does_not_reach_its_reader() -> None:
    public = {"web": {"public_url": "https://notices.example.org"}}
    route = {"smtp": {"routes": [{"name": "main", "host": "smtp.example.com"}]}}
    assert policy_of(Settings.model_validate(public)).tracked == frozenset()
    for mode, tracked in (
        ("capture", []),
        ("redirect:test@example.org", []),
        ("live", ["invoice.sent"]),
        ("allow:example.org", ["invoice.sent"]),
    ):
        mail = {"mail": {"mode": mode, "track_opens": ["invoice.sent"]}}
        assert policy_of(Settings.model_validate(public | route | mail)).tracked == frozenset(tracked)


def test_px12_what_is_led_elsewhere_has_none(office: Office) -> None:
    office.with_policy(**TRACKED, redirect="test@nordwind.example.org")
    office.ingest(*WORLD, event_of("invoice.sent"))
    office.finish()
    assert pictures(office) == {"test@nordwind.example.org": None}


def test_px12_switched_off_it_ends_at_once_switched_on_it_begins_with_the_next_letter(office: Office) -> None:
    office.with_policy(**TRACKED)
    office.ingest(*WORLD, event_of("invoice.sent", "55"))
    office.server.misbehave("rcpt", LATER, recipient=BRUNO)
    office.finish()
    office.server.behave()
    office.with_policy(opens_at=PICTURES)
    office.now += cast.HOUR
    office.finish()
    assert {address: url is not None for address, url in pictures(office).items()} == {CLAIRE: True, BRUNO: False}


@pytest.mark.parametrize("template", TRACKABLE)
def test_px12_those_that_can_be_tracked_are_sent_mails_of_the_catalogue(template: str) -> None:
    assert CATALOGUE[template].name == template
