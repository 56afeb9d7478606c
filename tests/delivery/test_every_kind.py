"""A mail of every kind, in every language, through a real server with STARTTLS and AUTH, and read back by the stdlib.

The catalogue is walked: a notice that is added is sent here too.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.delivery.office import CLAIRE, JONAS, QUICK, RUN, VAULT, Office, read, renderer, route_to
from tests.servers.authority import Authority
from tests.servers.dkimpy import Verifier, verifying
from tests.servers.smtpd import Mail, Smtpd
from workers.domain.contents import REDACTED, SetPasswordContent
from workers.domain.delivery import State
from workers.domain.notices import LANGUAGES, WRITTEN_FOR
from workers.house import real_clock
from workers.postbox.dkim import Signer
from workers.postbox.postbox import Postbox
from workers.render.examples import example
from workers.stages.resolve import CONTENT
from workers.store import tables
from workers.store.database import Database

SIGNERS = (
    Signer("nordwind.example.org", "rsa", rsa.generate_private_key(65537, 2048)),
    Signer("nordwind.example.org", "ed", ed25519.Ed25519PrivateKey.generate()),
)
LOGIN = {"username": "rappel", "password": "open sesame"}
TO, CC = ("Claire Fontaine-Lefèvre", CLAIRE), ("Jonas Albrecht", JONAS)
ALL = [(template, language) for template in WRITTEN_FOR for language in LANGUAGES]


@dataclass(frozen=True)
class Arrived:
    """What the server has, and the return path of the copy."""

    mail: Mail
    path: str


@pytest.fixture(scope="module")
def arrived(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str], Arrived]]:
    """All mails, sent by one mailer over the connections of one pool."""
    directory = tmp_path_factory.mktemp("every_kind")
    with closing(sqlite3.connect(sqlite_template)) as source, closing(sqlite3.connect(directory / "all.db")) as copy:
        source.backup(copy)
    authority = Authority(directory)
    secure = Smtpd(tls="starttls", certificate=authority.issue(), users={"rappel": "open sesame"})
    with closing(Database(f"sqlite:///{directory / 'all.db'}")) as database, secure as server:
        route = route_to(server, tls="starttls", ca_file=authority.cert, **LOGIN)
        with Postbox([route], clock=real_clock, timeouts=QUICK, hostname="client.example.org") as postbox:
            office = Office(database, server, postbox)
            office.room = replace(office.room, signers=SIGNERS)
            copies = {which: decided(database, number, *which) for number, which in enumerate(ALL, start=1)}
            office.finish()
        assert server.in_clear == ["EHLO client.example.org", "STARTTLS"] * server.connections
        assert server.connections <= route.pool_size
        by_path = {mail.sender: mail for mail in server.mails}
        paths = {which: office.room.return_path(id, CLAIRE) for which, id in copies.items()}
        yield {which: Arrived(by_path[path], path) for which, path in paths.items()}


def decided(database: Database, number: int, template: str, language: str) -> int:
    """A decided notice of this template with the copy for Claire due: the copy's id."""
    content = example(template, language)
    notice = {
        "kind": WRITTEN_FOR[template][0].name,
        "subject": f"example/{number}",
        "occurrence": f"example/{number}",
        "cause": f"event/test/{number}",
        "created_at": RUN,
        "needs_decision": False,
        "decided_at": RUN,
        "decided_reason": "main_contact",
        "notes": [],
        "blocks": True,
    }
    with database.write() as connection:
        (id,) = connection.execute(tables.notices.insert().values(notice)).inserted_primary_key or ()
        if isinstance(content, SetPasswordContent):
            secret = {"notice": id, "sealed": VAULT.seal(content.url)}
            connection.execute(tables.secrets.insert().values(secret))
            content = replace(content, url=REDACTED)
        letter = {
            "notice": id,
            "position": 0,
            "template": template,
            "language": language,
            "to_line": [list(TO)],
            "cc_line": [list(CC)],
            "content": CONTENT.dump_python(content, mode="json"),
            "message_id": f"<{number}@example.org>",
        }
        (letter_id,) = connection.execute(tables.letters.insert().values(letter)).inserted_primary_key or ()
        copy = {"notice": id, "letter": letter_id, "person": 0, "line": "to", "address": CLAIRE}
        copy |= {"state": State.PENDING, "next_attempt_at": RUN}
        (copy_id,) = connection.execute(tables.deliveries.insert().values(copy)).inserted_primary_key or ()
    return int(copy_id)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", WRITTEN_FOR)
def test_it_arrives_as_it_was_written(arrived: dict[tuple[str, str], Arrived], template: str, language: str) -> None:
    written = renderer().render(template, example(template, language))
    came = arrived[template, language]
    mail = read(came.mail)
    assert (came.mail.sender, came.mail.recipients) == (came.path, (CLAIRE,))
    assert {name: str(value) for name, value in mail.items() if name != "DKIM-Signature"} == {
        "Message-ID": f"<{ALL.index((template, language)) + 1}@example.org>",
        "Date": format_datetime(RUN),
        "From": "Nordwind <post@nordwind.example.org>",
        "To": f"{TO[0]} <{TO[1]}>",
        "Cc": f"{CC[0]} <{CC[1]}>",
        "Subject": written.subject,
        "Content-Language": language,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Id": f"<{template}.nordwind.example.org>",
        "Feedback-ID": f"{template}:{language}::rappel",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{mail.get_boundary()}"',
    }
    assert [(part.get_content_type(), part.get_content_charset()) for part in mail.iter_parts()] == [
        ("text/plain", "utf-8"),
        ("text/html", "utf-8"),
    ]
    assert (body(mail, "plain"), body(mail, "html")) == (as_read(written.text), as_read(written.html))
    assert [part.defects for part in mail.walk()] == [[], [], []]


@pytest.fixture(scope="module")
def dkimpy() -> Iterator[Verifier]:
    with verifying(SIGNERS) as verifier:
        yield verifier


@pytest.mark.parametrize("template", WRITTEN_FOR)
def test_rfc_6376_its_signatures_are_true_to_another_program(
    arrived: dict[tuple[str, str], Arrived], dkimpy: Verifier, template: str
) -> None:
    for language in LANGUAGES:
        seen = dkimpy.look_at(arrived[template, language].mail.message)
        assert [(each.algorithm, each.good) for each in seen] == [("rsa-sha256", True), ("ed25519-sha256", True)]


def body(mail: Any, subtype: str) -> str:
    return as_read(mail.get_body((subtype,)).get_content())


def as_read(text: str) -> str:
    """Line breaks as here, and whatever stands at the end."""
    return text.replace("\r\n", "\n").rstrip("\n")


def test_no_secret_is_kept_with_the_letter(arrived: dict[tuple[str, str], Arrived]) -> None:
    content = example("contact.set_password", "en")
    assert isinstance(content, SetPasswordContent)
    text = body(read(arrived["contact.set_password", "en"].mail), "plain")
    assert content.url in text
    assert REDACTED not in text
