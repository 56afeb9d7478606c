"""Where settings come from, and what is said about wrong ones."""

import json
import re
from pathlib import Path

import pytest

from workers.settings import ConfigurationError, MailMode, Settings, load, reference
from workers.settings.tree import leaves

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working directory: no configuration file of this machine is in reach."""
    monkeypatch.chdir(tmp_path)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rappel.toml"
    path.write_text(text, encoding="utf-8")
    return path


def errors_of(path: Path | None = None) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    return dict(caught.value.errors)


def test_without_any_source_the_defaults_hold() -> None:
    assert load() == Settings()
    assert load().database_url == "sqlite:///.rappel/rappel.db"
    assert load().redis_url is None
    assert load().catcher_dir == Path(".rappel/mails")


def test_the_shipped_file_documents_the_defaults_and_every_key() -> None:
    shipped = CHECKOUT / "config" / "rappel.toml"

    assert load(shipped) == Settings()
    assert load(shipped).model_fields_set == set(Settings.model_fields)
    text = shipped.read_text(encoding="utf-8")
    assert [leaf.key for leaf in leaves() if not re.search(rf"^(\[.*)?{leaf.path[-1]}\b", text, re.MULTILINE)] == []


def test_the_file_in_the_working_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "rappel.toml").write_text("[renewals]\ncatchup_days = 3\n")

    assert load().renewals.catchup_days == 3


def test_the_file_that_the_environment_names_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPEL_CONFIG", str(write(tmp_path, "[renewals]\ncatchup_days = 4\n")))

    assert load().renewals.catchup_days == 4


def test_environment_beats_secrets_beat_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "rappel_renewals__catchup_days").write_text("2\n")
    (secrets / "RAPPEL_DATABASE__URL").write_text("postgresql://rappel:hush@db/rappel\n")
    (secrets / "of_another_program").write_text("not ours")
    monkeypatch.setenv("RAPPEL_SECRETS_DIR", str(secrets))
    monkeypatch.setenv("RAPPEL_RENEWALS__CATCHUP_DAYS", "3")
    path = write(tmp_path, '[renewals]\ncatchup_days = 1\ntoggle = ""\n[database]\nurl = "sqlite:///x.db"\n')

    settings = load(path)

    assert (settings.renewals.catchup_days, settings.renewals.toggle) == (3, None)
    assert settings.database_url == "postgresql+psycopg://rappel:hush@db/rappel"


def test_lists_in_the_environment_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPEL_RENEWALS__OFFSETS_DAYS", "[14, 45, 0]")

    assert load().renewals.offsets_days == (45, 14, 0)


@pytest.mark.parametrize("raw", ["90,60", "[90", "ninety", '"90"', "[90, 90]", "[-1]", "[1.5]"])
def test_a_wrong_list_in_the_environment_names_its_key(raw: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPEL_RENEWALS__OFFSETS_DAYS", raw)

    assert [key.partition("[")[0] for key in errors_of()] == ["renewals.offsets_days"]


def test_a_table_replaces_the_one_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, '[responsibility.plans]\nsolo = ["tickets"]\n')
    assert load(path).responsibility.plans == {"solo": frozenset({"tickets"})}

    monkeypatch.setenv("RAPPEL_RESPONSIBILITY__PLANS", json.dumps({"duo": []}))
    assert load(path).responsibility.plans == {"duo": frozenset()}


def test_a_section_is_merged_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPEL_MAIL__SENDER__NAME", "Agence Lumière")
    path = write(tmp_path, '[mail.sender]\naddress = "info@example.org"\nname = "x"\n')

    assert load(path).mail.sender.model_dump() == {"name": "Agence Lumière", "address": "info@example.org"}


@pytest.mark.parametrize(
    ("written", "key", "meant"),
    [
        ("[renewals]\noffset_days = [1]", "renewals.offset_days", "renewals.offsets_days"),
        ("[renewal]\ncatchup_days = 1", "renewal", "renewals"),
        ("catchup_days = 1", "catchup_days", "renewals.catchup_days"),
        ("[mail.sender]\nadress = 'a@example.org'", "mail.sender.adress", "mail.sender.address"),
        ("[[smtp.routes]]\nname='a'\nhost='b'\nprot=25", "smtp.routes[0].prot", "smtp.routes[].port"),
        ("[mail.brand]\ncolor = '#1d6b62'", "mail.brand.color", "mail.brand.colour"),
        (
            "[mail.partners.P-1.brand]\ncolor = '#1d6b62'",
            "mail.partners.P-1.brand.color",
            "mail.partners.ID.brand.colour",
        ),
        ("[mail.partners.P-1]\nreply = 'a@example.org'", "mail.partners.P-1.reply", "mail.partners.ID.reply_to"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known(written: str, key: str, meant: str, tmp_path: Path) -> None:
    assert errors_of(write(tmp_path, written)) == {key: f"is not a setting; did you mean {meant}?"}


def test_an_unknown_variable_is_refused_and_foreign_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPEL_PORT_8000_TCP_ADDR", "set by a container platform")
    assert load() == Settings()

    monkeypatch.setenv("RAPPEL_DATABSE__URL", "sqlite:///x.db")
    monkeypatch.setenv("RAPPEL_LOG__LEVLE", "debug")
    assert errors_of() == {
        "RAPPEL_DATABSE__URL": "is not a setting; did you mean RAPPEL_DATABASE__URL?",
        "log.levle": "is not a setting; did you mean log.level?",
    }


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ('[daily_run]\nat = "19:00"', "daily_run.latest"),
        ('[daily_run]\nlatest = "06:59"', "daily_run.latest"),
        ('[daily_run]\nat = "24:00"', "daily_run.at"),
        ("[daily_run]\nat = 7", "daily_run.at"),
        ('[daily_run]\ntimezone = "Europe"', "daily_run.timezone"),
        ('[daily_run]\ntimezone = "../UTC"', "daily_run.timezone"),
        ('[occasions]\nmax_age = "3 days"', "occasions.max_age"),
        ("[occasions]\nwait = 24", "occasions.wait"),
        ('[occasions]\nwait = "-1h"', "occasions.wait"),
        ("[renewals]\ncatchup_days = -1", "renewals.catchup_days"),
        ('[renewals]\ntoggle = "contracts"', "renewals.toggle"),
        ("[follow_up]\nmax_reminders = 0", "follow_up.max_reminders"),
        ('[follow_up]\nresume = "sometimes"', "follow_up.resume"),
        ('[responsibility.plans]\nmove = ["tickts"]', "responsibility.plans.move[0]"),
        ('[contacts]\ndefault_permissions = ["support", "support"]', "contacts.default_permissions"),
        ('[mail]\nmode = "redirect"', "mail.mode"),
        ('[mail]\nmode = "redirect:nobody"', "mail.mode"),
        ('[mail]\nmode = "allow:"', "mail.mode"),
        ('[mail]\nmode = "live"', "smtp"),
        ('[mail.sender]\nname = "a\\nBcc: b@example.org"', "mail.sender.name"),
        ('[mail]\nsignature = ["x"]', "mail.signature"),
        ('[mail.on_uncertain]\n"contact.welcom" = "resend"', "mail.on_uncertain"),
        ('[mail.on_uncertain]\n"activity" = "retry"', "mail.on_uncertain.activity"),
        ('[mail]\ntrack_opens = ["invoice.due"]', "mail.track_opens[0]"),
        ('[mail]\ntrack_opens = ["lead.follow_up"]', "mail.track_opens[0]"),
        ('[mail]\ntrack_opens = ["invoice.sent"]', "web"),
        ('[mail.brand]\ncolour = "green"', "mail.brand.colour"),
        ('[mail.brand]\ncolour = "#1d6b62"\nink = "#208070"', "mail.brand.ink"),
        ('[mail.brand.logo]\nurl = "http://www.example.com/logo.png"', "mail.brand.logo.url"),
        ('[mail.brand.logo]\nurl = "data:image/png;base64,AAAA"', "mail.brand.logo.url"),
        ('[mail.brand.logo]\nurl = "https://www.example.com/our logo.png"', "mail.brand.logo.url"),
        ('[mail.brand.logo]\nurl = "https://name:secret@example.com/logo.png"', "mail.brand.logo.url"),
        ('[mail.brand.logo]\nurl = "https://[example.com/logo.png"', "mail.brand.logo.url"),
        ("[mail.brand.logo]\nwidth = 1200", "mail.brand.logo.width"),
        ('[mail.partners.P-1.brand]\ncolour = "#777"', "mail.partners.P-1.brand.colour"),
        ('[mail.partners.P-1.brand]\nink = "#000000"', "mail.partners.P-1.brand.ink"),
        ('[mail.partners.P-1.brand.logo]\nurl = "logo.png"', "mail.partners.P-1.brand.logo.url"),
        ('[[smtp.routes]]\nname = "a"\nhost = "b"\nusername = "c"', "smtp.routes[0].password"),
        ('[[smtp.routes]]\nname = "a"\nhost = "b"\n[[smtp.routes]]\nname = "a"\nhost = "c"', "smtp.routes"),
        ('[[smtp.routes]]\nname = "a"\nhost = "b"\nca_file = "/nowhere/ca.pem"', "smtp.routes[0].ca_file"),
        ('[[smtp.routes]]\nname = "a"\nhost = "b"\nclient_cert = "/nowhere/me.pem"', "smtp.routes[0].client_cert"),
        (
            '[[smtp.routes]]\nname = "a"\nhost = "b"\ntls = "none"\nusername = "c"\npassword = "d"',
            "smtp.routes[0].password",
        ),
        ('[[smtp.routes]]\nname = "a"\nhost = "b"\nrate = "600"', "smtp.routes[0].rate"),
        ('[[smtp.routes]]\nname = "a"\nhost = "b"\nrate = 600', "smtp.routes[0].rate"),
        ('[smtp.domain_rates]\n"gmx.de" = "60/d"', "smtp.domain_rates.gmx.de"),
        ('[smtp.domain_rates]\n"gmx.de" = "0/m"', "smtp.domain_rates.gmx.de"),
        ('[[smtp.dkim]]\ndomain = "a.example"\nselector = "s"', "smtp.dkim[0].key"),
        ('[[smtp.dkim]]\ndomain = "a.example"\nselector = "s"\nkey = "x"', "smtp.dkim[0].key"),
        ('[[smtp.dkim]]\ndomain = "a.example"\nselector = "s"\nkey_file = "/nowhere.pem"', "smtp.dkim[0].key_file"),
        ('[[smtp.dkim]]\ndomain = "a.example"\nselector = "s"\nkey_file = "rappel.toml"', "smtp.dkim[0].key_file"),
        ('[database]\nurl = "mysql://x"', "database.url"),
        ('[database]\nurl = "sqlite:///"', "database.url"),
        ('[database]\nurl = "sqlite:///:memory:"', "database.url"),
        ('[redis]\nurl = "localhost:6379"', "redis.url"),
        ('[fleet]\nheartbeat = "0s"', "fleet.heartbeat"),
        ('[fleet]\nheartbeat = "15s"', "fleet.dead_after"),
        ("[fleet]\nbatch = 24", "fleet.batch"),
        ('[retention]\nevents = "29d"', "retention.events"),
        ('[retention]\nledger = "80d"', "retention.ledger"),
        ('[retention]\nbodies = "1d"\nledger = "29d"', "retention.ledger"),
        ('[occasions]\nmax_age = "31d"\n[retention]\nbodies = "30d"\nledger = "30d"', "retention"),
        ("renewals = 3", "renewals"),
    ],
)
def test_a_wrong_value_is_refused_by_its_key(written: str, key: str, tmp_path: Path) -> None:
    errors = errors_of(write(tmp_path, written))

    assert list(errors) == [key]
    assert len(errors[key]) > 10


def test_every_wrong_value_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, '[fleet]\nbatch = 1\n[daily_run]\ntimezone = "Europe/Brussel"\n')

    assert errors_of(path) == {
        "daily_run.timezone": "'Europe/Brussel' is not a time zone, did you mean \"Europe/Brussels\"?",
        "fleet.batch": "should be greater than or equal to 25 (Ids in one message.)",
    }


def test_0_5_a_ledger_that_would_let_an_event_be_mailed_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, '[occasions]\nmax_age = "731d"\n')

    assert errors_of(path) == {
        "retention": "retention.ledger is shorter than occasions.max_age: an event that is sent once more would be "
        "mailed once more, as nobody would remember it. Raise the one or lower the other"
    }


@pytest.mark.parametrize("content", [b"[renewals", b"\xff", None])
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    if content is not None:
        path.write_bytes(content)

    assert list(errors_of(path)) == [str(path)]


def test_missing_or_unreadable_secrets_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPEL_SECRETS_DIR", str(tmp_path / "gone"))
    assert list(errors_of()) == ["RAPPEL_SECRETS_DIR"]

    (tmp_path / "key.der").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("RAPPEL_SECRETS_DIR", str(tmp_path))
    assert list(errors_of()) == ["RAPPEL_SECRETS_DIR"]


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        ("capture", MailMode("capture")),
        ("redirect:Anna@Example.org", MailMode("redirect", address="Anna@example.org")),
        ("allow:Example.com, exämple.org", MailMode("allow", domains=frozenset({"example.com", "xn--exmple-cua.org"}))),
        ("live", MailMode("live")),
    ],
)
def test_mail_modes(written: str, mode: MailMode, tmp_path: Path) -> None:
    route = '[[smtp.routes]]\nname = "main"\nhost = "smtp.example.com"\n'

    assert load(write(tmp_path, f'[mail]\nmode = "{written}"\n{route}')).mail.mode == mode


def test_secrets_show_neither_in_repr_nor_in_errors(tmp_path: Path) -> None:
    secrets = """
        [database]
        url = "{database}hush-1@db.example.com/x"
        [redis]
        url = "{redis}hush-2@redis.example.com"
        [sentry]
        dsn = "https://hush-3@example.org/1"
        [[smtp.routes]]
        name = "main"
        host = "smtp.example.com"
        {username}
        password = "hush-4"
        """
    good = secrets.format(database="postgresql://a:", redis="redis://:", username='username = "u"')
    settings = load(write(tmp_path, good))
    shown = repr(settings) + str(settings) + settings.model_dump_json()
    assert "hush" not in shown
    assert settings.smtp.routes[0].password is not None
    assert settings.smtp.routes[0].password.get_secret_value() == "hush-4"

    bad = secrets.format(database="mysql://a:", redis="http://:", username='pasword = "hush-5"')
    with pytest.raises(ConfigurationError) as caught:
        load(write(tmp_path, bad))
    assert {key for key, _ in caught.value.errors} == {
        "database.url",
        "redis.url",
        "smtp.routes[0].password",
        "smtp.routes[0].pasword",
    }
    assert "hush" not in repr(caught.value) + str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_the_reference_names_every_key_and_its_default() -> None:
    page = reference()

    assert [leaf.key for leaf in leaves() if f"| `{leaf.key}` | `{leaf.variable}` | `" not in page] == []
    assert [leaf.key for leaf in leaves() if not leaf.field.description] == []
    assert '| `occasions.wait` | `RAPPEL_OCCASIONS__WAIT` | `"24h"` |' in page
    assert '`{move = ["projects"], boost = ["projects", "tickets"]}`' in page


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://notices.example.org", "https://notices.example.org"),
        ("https://notices.example.org:8443/rappel/", "https://notices.example.org:8443/rappel"),
        ("none", None),
        ("", None),
    ],
)
def test_the_public_address_is_taken(monkeypatch: pytest.MonkeyPatch, given: str, taken: str | None) -> None:
    monkeypatch.setenv("RAPPEL_WEB__PUBLIC_URL", given)

    assert load().web.public_url == taken


@pytest.mark.parametrize(
    "given",
    [
        "http://notices.example.org",  # mail programs post to https only (RFC 8058)
        "notices.example.org",
        "/u",
        "https://",
        "https://user:hush@notices.example.org",
        "https://notices.example.org/?a=b",
        "https://notices.example.org/#top",
        "https://notices.example.org:http",
        "https://notices.example.org/a b",
        "https://notices.example.org/<u>",
        "https://notices.example.org/\r\nBcc:x",
        "https://bücher.example.org",
        "https://[::1",
        "https://notices.example.org/" + "a" * 500,
    ],
)
def test_a_public_address_that_no_mail_could_carry_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("RAPPEL_WEB__PUBLIC_URL", given)

    errors = errors_of()

    assert list(errors) == ["web.public_url"]
    assert "https" in errors["web.public_url"]
