"""`rappel preview`: what a mail looks like, from its example or from an event."""

import re
import stat
import webbrowser
from pathlib import Path

import pytest

from tests.cli.terminal import rappel
from tests.scenarios import event, ndjson
from tests.scenarios.office import BRUNO, company, contact, document, off, toggles

TOKEN = "https://portal.example.com/set-password/T0KEN"
AT = "2026-06-01T09:00:00Z"
PEOPLE = (company(), contact("C-1"), contact("C-2"), contact("C-3", notifications=toggles("invoice")))


def written(place: Path, *events: dict[str, object]) -> str:
    (place / "events.ndjson").write_text(ndjson(events))
    return "events.ndjson"


class TestExample:
    def test_the_text_in_the_asked_language(self, place: Path) -> None:
        done = rappel("preview", "invoice.sent", "--language", "fr")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("Subject: Votre nouvelle facture\xa0: 2026-0055\n\n")
        assert "Camille Laurent" in done.out
        assert list(place.iterdir()) == []

    def test_html_and_json_say_the_same(self) -> None:
        (line,) = rappel("preview", "invoice.sent", "--json").json
        assert (line["template"], line["language"], line["to"], line["cc"]) == ("invoice.sent", "en", [], [])
        assert rappel("preview", "invoice.sent", "--html").out == line["html"]
        assert rappel("preview", "invoice.sent").out == f"Subject: {line['subject_line']}\n\n{line['text']}"

    def test_px10_no_link_for_a_password(self) -> None:
        done = rappel("preview", "contact.set_password", "--json")
        assert "set-password" not in done.out
        assert "https://redacted.invalid/" in done.json[0]["text"]

    def test_a_scenario_is_shown_in_the_asked_language(self) -> None:
        done = rappel("preview", "renewal.notice", "--scenario", "zero", "--language", "de")
        assert (done.code, done.err) == (0, "")
        assert "Verlängerung am Dienstag, 1. September 2026 · heute" in done.out
        (line,) = rappel("preview", "renewal.notice", "--scenario", "zero", "--json").json
        assert line["scenario"] == "zero"

    def test_hostile_words_do_not_reach_the_terminal_as_commands(self) -> None:
        done = rappel("preview", "invoice.sent", "--scenario", "hostile")
        assert "<script>alert(1)</script>" in done.out
        assert "javascript:" not in done.out
        assert not [line for line in done.out.splitlines() if line.startswith("Bcc")]

    @pytest.mark.parametrize("opens", [True, False])
    def test_open_keeps_the_page_where_only_its_owner_reads_it(
        self, opens: bool, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[str] = []
        monkeypatch.setattr("tempfile.tempdir", str(place))
        monkeypatch.setattr(webbrowser, "open", lambda url: seen.append(url) or opens)
        done = rappel("preview", "activity", "--open")
        (page,) = place.iterdir()
        assert (done.code, done.out, seen) == (0 if opens else 1, f"{page}\n", [page.as_uri()])
        assert ("No browser was found" in done.err) is not opens
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        assert page.read_bytes() == rappel("preview", "activity", "--html").bytes


class TestMisuse:
    def test_an_unknown_kind_is_told_the_nearest_ones(self) -> None:
        done = rappel("preview", "invoice.snt")
        assert (done.code, done.out) == (2, "")
        assert "there is no template 'invoice.snt': did you mean invoice.sent" in done.err
        assert "`rappel templates` lists them" in rappel("preview", "zzz").err

    def test_an_unknown_scenario_is_told_the_nearest_and_all(self) -> None:
        done = rappel("preview", "invoice.sent", "--scenario", "spares")
        assert (done.code, done.out) == (2, "")
        assert "invoice.sent has no scenario 'spares': there are normal, long, sparse, zero, one, many, " in done.err
        assert "hostile. Did you mean sparse?" in done.err

    def test_a_scenario_that_does_not_apply_is_refused(self) -> None:
        done = rappel("preview", "ticket.opened", "--scenario", "many")
        assert (done.code, done.out) == (2, "")
        assert "ticket.opened has no scenario 'many': there are normal, long, sparse, hostile." in done.err

    def test_an_event_brings_its_own_content(self, place: Path) -> None:
        done = rappel("preview", "invoice.sent", "--event", written(place, *PEOPLE, document()), "--scenario", "long")
        assert (done.code, done.out) == (2, "")
        assert "give one of --event and --scenario" in done.err

    @pytest.mark.parametrize("options", [["--language", "it"], ["--html", "--json"], ["--open", "--text"]])
    def test_options_that_make_no_sense(self, options: list[str]) -> None:
        assert rappel("preview", "invoice.sent", *options).code == 2

    def test_an_event_that_is_no_occasion_for_it(self, place: Path) -> None:
        file = written(place, *PEOPLE, document())
        done = rappel("preview", "invoice.paid", "--event", file)
        assert (done.code, done.out) == (2, "")
        assert "is no occasion for invoice.paid" in done.err
        assert rappel("preview", "invoice.sent", "--event", written(place, company())).code == 2
        assert rappel("preview", "invoice.sent", "--event", "nowhere.ndjson").code == 6


class TestEvent:
    def test_those_whom_the_rules_choose_read_the_last_event(self, place: Path) -> None:
        file = written(place, *PEOPLE, document("invoice.sent", at="06-01 08:30"), document(at="06-01 09:00"))
        lines = rappel("preview", "invoice.sent", "--event", file, "--json").json
        assert [(line["language"], line["to"]) for line in lines] == [
            ("fr", ["anna@lumiere.example.com"]),
            ("de", [BRUNO[1]]),
        ]
        done = rappel("preview", "invoice.sent", "--event", file, "--language", "de")
        assert done.out.startswith(f"To: Bruno Roche <{BRUNO[1]}>\nSubject: {lines[1]['subject_line']}\n\n")
        assert "anna@" not in done.out
        assert [path.name for path in place.iterdir()] == ["events.ndjson"]

    def test_it_is_shown_although_mail_mode_would_let_nothing_out(self, place: Path) -> None:
        (place / "r.toml").write_text('[mail]\nmode = "allow:example.org"\n[[smtp.routes]]\nname = "a"\nhost = "::1"\n')
        file = written(place, *PEOPLE, document())
        done = rappel("preview", "invoice.sent", "--event", file, "--json", "--config", "r.toml")
        assert done.err == ""
        assert [line["language"] for line in done.json] == ["fr", "de"]

    @pytest.mark.parametrize(
        ("before", "outcome"),
        [
            ((company(), contact("C-1"), off("invoice.sent")), "suppressed\n  template_disabled: "),
            ((), "open\n  reference_missing: "),
        ],
        ids=["switched off", "its company is unknown"],
    )
    def test_no_letter_says_why(self, before: tuple[dict[str, object], ...], outcome: str, place: Path) -> None:
        file = written(place, *before, document())
        done = rappel("preview", "invoice.sent", "--event", file, "--json")
        assert (done.code, done.out) == (0, "")
        assert done.err.startswith("The event leads to no letter from invoice.sent. What came of it:\n")
        assert outcome in done.err

    def test_px10_the_real_link_for_a_password_is_never_shown(self, place: Path) -> None:
        asked = event("contact.password_requested", AT, id="C-1", url=TOKEN, issued_at=AT)
        file = written(place, *PEOPLE, asked)
        shown = [rappel("preview", "contact.set_password", "--event", file, *form) for form in ([], ["--json"])]
        assert [done.code for done in shown] == [0, 0]
        for done in shown:
            assert re.search("anna@lumiere", done.out)
            assert "https://redacted.invalid/" in done.out
            assert "T0KEN" not in done.out + done.err

    def test_a_rejected_line_is_told_by_its_number(self, place: Path) -> None:
        wrong = company() | {"id": "x", "data": {"id": "K-1"}}
        done = rappel("preview", "invoice.sent", "--event", written(place, wrong, *PEOPLE, document()), "--json")
        assert (done.code, len(done.json)) == (5, 2)
        assert done.err.startswith("events.ndjson, line 1: ")
        done = rappel("preview", "invoice.sent", "--event", written(place, *PEOPLE, wrong))
        assert (done.code, done.out) == (5, "")
        assert done.err.startswith("events.ndjson, line 5: ")
