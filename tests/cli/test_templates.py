"""`rappel templates`: every template with its switches, toggle and readers."""

from pathlib import Path

import pytest

from tests.cli.terminal import rappel
from tests.scenarios import event, ndjson
from workers.contract.templates import TEMPLATES


def switched(template: str, time: str, *, enabled: bool = False, **more: str) -> dict[str, object]:
    return event("template.switched", time, template=template, enabled=enabled, **more)


@pytest.mark.usefixtures("installation")
class TestTemplates:
    def test_px13_lists_all_of_them_and_which_are_off_in_which_language(self, place: Path) -> None:
        events = [
            switched("invoice.sent", "2026-06-01T08:00:00Z", language="fr"),
            switched("activity", "2026-06-01T08:00:00Z"),
            switched("activity", "2026-06-01T09:00:00Z", enabled=True, language="de"),
            switched("task.commented", "2026-06-01T08:00:00Z", language="de-AT"),
            switched("task.commented", "2026-06-01T08:00:00Z", language="it"),
        ]
        (place / "events.ndjson").write_text(ndjson(events))
        assert rappel("ingest", "events.ndjson").code == 0

        found = {line["template"]: line for line in rappel("templates", "--json").json}

        assert set(found) == set(TEMPLATES)
        assert found["invoice.sent"] == {
            "template": "invoice.sent",
            "notice": "invoice.sent",
            "languages": ["en", "de", "fr"],
            "enabled": {"en": True, "de": True, "fr": False},
            "enabled_beside": {},
            "toggle": "invoice",
            "audience": "the client's contacts, or who was chosen",
            "rows": ["P1", "P17"],
            "scenarios": ["normal", "long", "sparse", "zero", "one", "many", "hostile"],
        }
        assert found["activity"]["enabled"] == {"en": False, "de": True, "fr": False}
        everywhere = {"en": True, "de": True, "fr": True}
        assert found["task.commented"]["enabled"] == everywhere
        assert found["task.commented"]["enabled_beside"] == {"de-AT": False, "it": False}
        rows = {row[0]: row[2:5] for row in rappel("templates").table("template", "notice")}
        assert rows["task.commented"] == ["on, it off", "on, de-AT off", "on"]
        off = {"invoice.sent", "activity"}
        assert all(found[name]["enabled"] == everywhere for name in found if name not in off)

    def test_for_people(self) -> None:
        rows = {row[0]: row[1:] for row in rappel("templates").table("template", "notice")}
        assert rows["proposal.sent"][1:5] == ["on", "on", "on", "none"]
        assert rows["proposal.sent"][-1] == "normal long sparse zero one many hostile"
        assert rows["ticket.opened"][-1] == "normal long sparse hostile"
        assert rows["renewal.reminder"][:5] == ["renewal.reminder", "on", "on", "on", "contract"]
        assert rows["renewal.reminder.partner"][:5] == ["renewal.reminder", "on", "on", "on", "none"]

    def test_the_toggle_of_renewals_is_that_of_the_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RAPPEL_RENEWALS__TOGGLE", "invoice")
        found = {line["template"]: line["toggle"] for line in rappel("templates", "--json").json}
        assert (found["renewal.notice"], found["renewal.notice.partner"]) == ("invoice", None)


def test_without_a_database_it_says_what_to_do() -> None:
    done = rappel("templates")
    assert (done.code, done.out) == (4, "")
    assert "rappel migrate" in done.err
