"""`rappel migrate`, `config`, `schema`: what an installation needs before it runs, and the help of every verb."""

import json
from pathlib import Path

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.cli.terminal import VECTORS, rappel
from workers.settings import reference

PEM = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
NOT_MIGRATED = "The database has not been prepared for this release: run `rappel migrate`.\n"

READING = [
    ["deliveries"],
    ["deliveries", "show", "1"],
    ["deliveries", "export"],
    ["problems"],
    ["problems", "show", "1"],
    ["problems", "retry", "--all"],
    ["explain", "lead/L-1"],
    ["pause"],
    ["resume"],
    ["ingest", str(VECTORS / "lt8-weekly.ndjson")],
]


def spoken(arguments: list[str]) -> str:
    return " ".join(Path(word).name for word in arguments)


@pytest.mark.parametrize("arguments", READING, ids=spoken)
def test_without_a_database_one_sentence_says_what_to_do(arguments: list[str], place: Path) -> None:
    done = rappel(*arguments)
    assert (done.code, done.out, done.err) == (4, "", NOT_MIGRATED)
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("arguments", READING, ids=spoken)
def test_without_tables_one_sentence_says_what_to_do(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.db").touch()
    monkeypatch.setenv("RAPPEL_DATABASE__URL", f"sqlite:///{tmp_path / 'empty.db'}")
    done = rappel(*arguments)
    assert (done.code, done.out, done.err) == (4, "", NOT_MIGRATED)


def test_on_either_database_migrate_prepares_and_may_be_said_again(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPEL_DATABASE__URL", empty_database_url)
    lacking = rappel("migrate", "--check")
    assert lacking.code == 1
    assert lacking.out.startswith("missing 0001: ")
    assert (rappel("deliveries").code, rappel("deliveries").err) == (4, NOT_MIGRATED)

    done = rappel("migrate")
    assert (done.code, done.out.splitlines()[-1], done.err) == (0, "The database is ready.", "")
    assert rappel("deliveries").code == 0
    for again in (rappel("migrate"), rappel("migrate", "--check")):
        assert (again.code, again.out) == (0, "The database is up to date.\n")


def test_migrate_makes_room_for_the_embedded_database(place: Path) -> None:
    assert rappel("migrate").code == 0
    assert (place / ".rappel" / "rappel.db").is_file()


def test_a_database_that_is_away_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPEL_DATABASE__URL", "postgresql://me:geheim@127.0.0.1:1/rappel")
    done = rappel("deliveries")
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("The database cannot be reached: ")
    assert "geheim" not in done.err
    assert "Traceback" not in done.err


class TestConfig:
    def test_defaults_are_told_as_such(self) -> None:
        done = rappel("config", "check")
        assert (done.code, done.out) == (
            0,
            "mail.mode is capture: every mail goes to the built-in catcher, nothing leaves.\n"
            "All settings have their defaults. `rappel config reference` explains them.\n",
        )

    def test_what_differs_is_listed_without_secrets(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (place / "r.toml").write_text('[mail]\nmode = "allow:example.org"\n[renewals]\noffsets_days = [60, 30]\n')
        monkeypatch.setenv("RAPPEL_DATABASE__URL", "postgresql://me:geheim@db.example.com/rappel?password=geheim")
        monkeypatch.setenv("RAPPEL_SENTRY__DSN", "https://geheim@sentry.example.com/7")
        route = {"name": "main", "host": "smtp.example.com", "username": "me", "password": "geheim"}
        monkeypatch.setenv("RAPPEL_SMTP__ROUTES", json.dumps([route]))
        done = rappel("config", "check", "--config", "r.toml")
        assert done.code == 0
        assert "only to example.org, the rest is held; by main (smtp.example.com:587, starttls)." in done.out
        rows = done.table("setting", "in force")
        assert [row[0] for row in rows] == [
            *("renewals.offsets_days", "mail.mode", "smtp.routes", "database.url", "sentry.dsn")
        ]
        assert rows[0][1:] == ["[60, 30]", "[90, 60, 30]"]
        assert rows[3][1] == '"postgresql+psycopg://***@db.example.com/rappel"'
        assert rows[4][1] == '"https://***@sentry.example.com/7"'
        as_json = rappel("config", "check", "--config", "r.toml", "--json")
        assert as_json.json[0]["mail_mode"] == "allow:example.org"
        assert "geheim" not in done.out + as_json.out

    def test_a_plan_that_nobody_knows_is_told(self, place: Path) -> None:
        (place / "r.toml").write_text('[responsibility]\nplan = "bost"\n')
        told = "responsibility.plan is bost, of which responsibility.plans knows nothing (boost, move): all is allowed."
        assert told in rappel("config", "check", "--config", "r.toml").out.splitlines()
        for plan in ("boost", "none"):
            (place / "r.toml").write_text(f'[responsibility]\nplan = "{plan}"\n')
            assert "all is allowed" not in rappel("config", "check", "--config", "r.toml").out

    def test_every_mistake_is_told_by_key(self, place: Path) -> None:
        (place / "r.toml").write_text('[mail]\nmode = "loud"\n[daily_run]\nat = "25:00"\n')
        done = rappel("config", "check", "--config", "r.toml")
        assert (done.code, done.out) == (3, "")
        assert [line.split()[1] for line in done.err.splitlines()] == ["daily_run.at", "mail.mode"]

    def test_a_file_that_is_not_there(self) -> None:
        done = rappel("config", "check", "--config", "nowhere.toml")
        assert (done.code, done.err) == (3, "configuration: nowhere.toml cannot be read: No such file or directory\n")

    def test_a_key_for_signing_is_told_by_the_record_it_needs(self, place: Path) -> None:
        (place / "house.pem").write_bytes(PEM)
        key = f'[[smtp.dkim]]\ndomain = "example.com"\nkey_file = "{place / "house.pem"}"\nselector = '
        partner = '[mail.partners.P-1]\nsender_address = "post@example.net"\n'
        (place / "r.toml").write_text(f'{partner}{key}"one"\n')
        checked, told = (
            rappel("config", "check", "--config", "r.toml"),
            rappel("config", "dkim", "--config", "r.toml", "--json"),
        )
        assert checked.out.splitlines()[1:3] == [
            "Mails from example.com are signed: one._domainkey.example.com (rsa-sha256)",
            "Mails from example.net are not signed: smtp.dkim has no key for it.",
        ]
        (record,) = told.json
        assert (record["name"], record["type"]) == ("one._domainkey.example.com", "TXT")
        line = rappel("config", "dkim", "--config", "r.toml").out
        assert line.startswith('one._domainkey.example.com. IN TXT ( "v=DKIM1; k=rsa; p=')
        strings = line.split('"')[1::2]
        assert "".join(strings) == record["value"]
        assert max(map(len, strings)) == 255
        assert "PRIVATE" not in checked.out + line + told.out

    def test_a_key_that_cannot_sign_is_a_configuration_error(self, place: Path) -> None:
        locked = PEM.replace(b"MII", b"XXX")
        (place / "r.toml").write_text(f'[[smtp.dkim]]\ndomain="a.example"\nselector="s"\nkey="""{locked.decode()}"""\n')
        done = rappel("config", "dkim", "--config", "r.toml")
        assert (done.code, done.out) == (3, "")
        assert done.err.startswith("configuration: smtp.dkim[0].key is not a private key in PEM")
        assert "XXX" not in done.err

    def test_the_reference_is_that_of_the_settings(self) -> None:
        assert rappel("config", "reference").out == reference()


class TestSchema:
    def test_a_type_has_a_schema_that_its_events_keep(self) -> None:
        done = rappel("schema", "lead.saved")
        events = [json.loads(line) for line in (VECTORS / "lt8-weekly.ndjson").read_text().splitlines()]
        (lead,) = [each for each in events if each["type"] == "lead.saved"]
        jsonschema.validate(lead, json.loads(done.out))
        assert rappel("schema", "lead.saved", "--json").json == [json.loads(done.out)]

    def test_the_types_are_listed(self) -> None:
        names = rappel("schema").out.splitlines()
        assert {"lead.saved", "renewal.saved", "invoice.sent"} <= set(names)
        assert rappel("schema", "--list").out.splitlines() == rappel("schema", "--json").json == names

    def test_an_unknown_type_is_not_found(self) -> None:
        done = rappel("schema", "lead.savd")
        assert (done.code, done.out, done.err) == (6, "", "There is no type lead.savd: did you mean lead.saved?\n")


VERBS = [
    *(["ingest"], ["simulate"], ["explain"], ["pause"], ["resume"], ["migrate"], ["schema"]),
    *(["deliveries"], ["deliveries", "show"], ["deliveries", "export"]),
    *(["problems"], ["problems", "show"], ["problems", "retry"], ["problems", "solve"]),
    *(["config", "check"], ["config", "dkim"], ["config", "reference"]),
    ["web"],
]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_the_help_of_every_verb_has_an_example(verb: list[str]) -> None:
    done = rappel(*verb, "--help")
    assert done.code == 0
    assert f"\n  Example: rappel {' '.join(verb)}" in done.out


def test_a_verb_that_is_none_is_a_usage_error() -> None:
    assert rappel("remind").code == 2
