"""The pages that answer "did they get it?" and "why did X get it and Y not?"."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from tests.mails.sight import SCHEMES
from tests.render.desk import EVERY_SCENARIO
from tests.scenarios import event
from tests.stages.fleet import MONDAY, decide, deliver_all, rows, run_and_decide, take
from tests.stages.support import (
    BOUNCED,
    INVOICE,
    NOON,
    STATE,
    TOLD,
    contact,
    live,
)
from tests.web.conftest import opened
from tests.web.site import Served, serving_pages
from tests.world import utc
from workers.domain.notices import LANGUAGES
from workers.render.scenarios import scenarios_of
from workers.settings import Settings
from workers.stages import captured, sweep
from workers.store import tables
from workers.store.clock import lead_clock

RUN = utc("2026-06-02T07:00")

CAPTURED = {
    **{"delivery": 1, "at": TOLD, "route": "catcher", "worker": "w", "kind": "accepted", "phase": "body"},
    **{"code": 250, "enhanced": "2.0.0", "reply": "2.0.0 kept", "seconds": 0.1},
}
"""What the mail catcher says to a copy."""


STOPPED = {
    "en": (
        "was left out: mail to this person's address is stopped, because it came back or somebody complained.",
        "mail to this address is stopped, because it came back or somebody complained; an operator can release it",
    ),
    "de": (
        "wurde nicht berücksichtigt: An die Adresse dieser Person gehen keine Mails mehr, weil welche zurückkamen oder "
        "sich jemand beschwerte.",
        "an diese Adresse gehen keine Mails mehr, weil welche zurückkamen oder sich jemand beschwerte; ein Betreiber "
        "kann sie freigeben",
    ),
    "fr": (
        "n’est pas destinataire de ce message : plus aucun message n’est envoyé à l’adresse de cette personne, parce "
        "que des messages sont revenus ou que quelqu’un s’est plaint.",
        "plus aucun message n’est envoyé à cette adresse, parce que des messages sont revenus ou que quelqu’un s’est "
        "plaint; un opérateur peut la libérer",
    ),
}
"""What the answer says of a suppressed address, and what the page says; which of the two it was is not recorded."""


@pytest.fixture
def lived(site: Served) -> Served:
    """The pages over the world of `support`, on both databases."""
    live(site.house.database)
    return site


@pytest.fixture
def bilingual(site: Served) -> Served:
    """The same, but that Bruno reads German and gets the invoice as well."""
    told = {"C-2": contact("C-2", "Bruno", language="de")}
    live(site.house.database, [told.get(each["data"]["id"], each) if "id" in each["data"] else each for each in STATE])
    letters = tables.letters
    with site.house.database.write() as connection:
        for language, line in SUBJECT_LINES.items():
            connection.execute(letters.update().where(letters.c.language == language).values(subject_line=line))
    return site


SUBJECT_LINES = {"fr": "Une facture", "de": "Eine Rechnung"}


class TestContact:
    def test_one_timeline_and_what_bears_on_it(self, lived: Served) -> None:
        text = lived.get("/contact/C-2").text
        assert "Bruno Petit" in text
        assert "not sent Invoice sent invoice/55" in text
        assert "the contact's switch for this kind of mail is off" in text
        assert "Invoices off" in text
        assert "Language of letters German" in text

    def test_hs6_the_default_is_shown_with_what_it_is_now(self, lived: Served) -> None:
        assert "Default (currently: partner, Jonas Keller)" in lived.get("/contact/C-1").text
        assert "Standard (zurzeit: Partner, Jonas Keller)" in lived.get("/company/K-1?lang=de").text

    def test_px4_an_unsubscribe_has_its_source_and_time(self, lived: Served) -> None:
        text = lived.get("/contact/C-3").text
        assert "Invoices on unsubscribed 1 Jun 2026, 00:00 UTC, by one click in a mail program" in text

    def test_0_9_a_suppressed_address_says_why_since_when_and_until_when(self, lived: Served) -> None:
        text = lived.get("/contact/C-4").text
        assert "No mail goes to Diane@lumiere.example.com." in text
        assert "Mail to this address came back for good." in text
        assert "550 gone" in text

    def test_what_is_planned_stands_at_who_will_get_it(self, sqlite_url: str) -> None:
        settings = Settings.model_validate({"clock": {"source": "database"}})
        with serving_pages(sqlite_url, settings) as served:
            live(served.house.database)
            lead_clock(served.house.database, NOON)
            assert re.search(r"planned Notice of a renewal ?, 90 days before", served.sign_in().get("/user/U-1").text)
            assert "Nothing is planned." in served.get("/contact/C-1").text

    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", "2 Jun 2026, 07:00 CEST will not go out Notice of a renewal, 90 days before"),
            ("de", "2. Juni 2026, 07:00 MESZ geht nicht hinaus Ankündigung einer Verlängerung, 90 Tage vorher"),
            ("fr", "2 juin 2026, 07:00 UTC+02:00 ne partira pas Annonce d’un renouvellement, 90 jours avant"),
        ],
    )
    def test_what_will_not_go_out_says_so_and_why_and_when_in_the_zone_of_the_run(
        self, sqlite_url: str, language: str, said: str
    ) -> None:
        given = {"clock": {"source": "database"}, "daily_run": {"timezone": "Europe/Berlin"}}
        with serving_pages(sqlite_url, Settings.model_validate(given)) as served:
            live(served.house.database)
            gone = event("user.deactivated", "2026-06-01T01:00:00Z", id="U-1")
            take(served.house.database, gone, at=TOLD)
            lead_clock(served.house.database, NOON)
            served.sign_in()
            for path in ("/company/K-1", "/renewal/R-1", "/user/U-1"):
                planned = served.get(f"{path}?lang={language}").text
                if path != "/user/U-1":
                    assert said in planned.replace("\xa0", " ").replace(" ,", ",")
            english = served.get("/renewal/R-1?lang=en").text
            assert (
                "As things stand, it will not go out on that day: no active point of contact at the partner" in english
            )
            assert "not sent" not in english

    def test_what_is_planned_says_to_whom(self, sqlite_url: str) -> None:
        settings = Settings.model_validate({"clock": {"source": "database"}})
        with serving_pages(sqlite_url, settings) as served:
            live(served.house.database)
            lead_clock(served.house.database, NOON)
            text = served.sign_in().get("/user/U-1").text
            assert "2 Jun 2026, 07:00 UTC planned Notice of a renewal" in text
            assert "goes to Jonas Keller" in text

    @pytest.mark.parametrize(("id", "own"), [("C-1", ["Une facture"]), ("C-2", ["Eine Rechnung"]), ("C-3", [])])
    def test_a_timeline_shows_ones_own_subject_line_and_nobody_elses(
        self, bilingual: Served, id: str, own: list[str]
    ) -> None:
        html = bilingual.get(f"/contact/{id}").html
        assert [line for line in SUBJECT_LINES.values() if line in html] == own

    def test_somebody_erased_leaves_the_timeline_and_no_name(self, lived: Served) -> None:
        take(lived.house.database, event("contact.erased", TOLD, id="C-1"), at=NOON)
        answer = lived.get("/contact/C-1")
        assert answer.status == 200
        before = answer.text.partition("Timeline")[0]
        assert "This person was erased: what became of their mails is kept, and nothing else." in before
        assert "Anna" not in before
        assert "Lumière" not in before


class TestWhy:
    def test_the_first_rule_that_failed_is_bold_with_fact_event_and_time(self, lived: Served) -> None:
        html = lived.get("/notice/1").html
        row = next(row for row in html.split("<tr>") if "Bruno Petit" in row and "<strong>✗" in row)
        assert row.count("<strong>✗</strong>") == 1
        assert "<strong>the contact&#39;s switch for this kind of mail is off</strong>" in row
        assert "Invoices: switch is off" in row
        assert "contact.saved" in row
        assert 'datetime="2026-06-01T00:00:00+00:00"' in row

    def test_everybody_has_a_sentence(self, lived: Served) -> None:
        text = lived.get("/notice/1").text
        assert "Anna Petit was chosen because mails of this kind are switched on for this person." in text
        assert "The receiving server accepted the mail on 1 Jun 2026, 08:00 UTC." in text
        assert "Emil Petit was left out: no mail address is known." in text

    def test_what_was_only_captured_is_not_said_to_be_accepted(self, lived: Served) -> None:
        with lived.house.database.write() as connection:
            connection.execute(tables.attempts.insert().values(CAPTURED))
        text = lived.get("/notice/1?answer=en").text
        assert "The mail was only captured for a trial and never left." in text
        assert "The receiving server accepted" not in text
        assert "cannot be known" not in text

    def test_the_answer_is_in_the_clients_language_and_in_any_other(self, lived: Served) -> None:
        french = answer_of(lived.get("/notice/1").html)
        assert french.startswith("Vous nous avez interrogés sur un message (Facture envoyée) du 1er juin 2026.")
        bruno = "– Bruno Petit n’est pas destinataire de ce message :"
        assert f"{bruno} ce type de messages est désactivé pour cette personne." in french
        assert "@" not in french
        english = answer_of(lived.get("/notice/1?answer=en").html)
        assert "– Chloe Petit was left out: this person unsubscribed from mails of this kind." in english

    @pytest.mark.parametrize("language", STOPPED)
    def test_0_9_after_a_complaint_nobody_is_told_that_mail_came_back(self, site: Served, language: str) -> None:
        complained = BOUNCED | {"data": {"address": "Diane@lumiere.example.com", "kind": "complaint"}}
        live(site.house.database, [complained if each is BOUNCED else each for each in STATE])
        page = site.get(f"/notice/1?lang={language}&answer={language}")
        to_customers, to_support = STOPPED[language]
        assert f"– Diane Petit {to_customers}" in answer_of(page.html)
        assert to_support in page.text.replace("\xa0", " ")

    @pytest.mark.parametrize(
        ("language", "asked"),
        [
            ("fr", "Vous nous avez interrogés sur notre message « Une facture » du 1er juin 2026."),
            ("de", "Sie haben nach unserer Mail „Eine Rechnung“ vom 1. Juni 2026 gefragt."),
            ("en", "You asked about a mail (Invoice sent) of 1 June 2026."),
        ],
    )
    def test_the_answer_quotes_the_mail_in_its_language_and_the_day_it_was_sent(
        self, bilingual: Served, language: str, asked: str
    ) -> None:
        with bilingual.house.database.write() as connection:
            connection.execute(tables.attempts.insert().values(CAPTURED))
        captured.forget(bilingual.house.database, utc("2026-06-11T12:00"))
        assert answer_of(bilingual.get(f"/notice/1?answer={language}").html).startswith(asked)

    def test_one_language_alone_is_quoted_in_any_answer(self, lived: Served) -> None:
        with lived.house.database.write() as connection:
            connection.execute(tables.letters.update().values(subject_line="Une facture"))
        assert "our mail “Une facture” of 1 June 2026." in answer_of(lived.get("/notice/1?answer=en").html)

    def test_a_notice_refused_as_a_whole_says_so(self, lived: Served) -> None:
        database = lived.house.database
        take(database, INVOICE | {"id": "stale", "time": "2026-05-01T00:00:00Z"}, at=TOLD)
        decide(database, TOLD)
        text = lived.get("/notice/2?answer=en").text
        assert "This was refused as a whole, before anybody was considered." in text
        assert "It was not sent: it happened too long before it was told." in text


class TestThings:
    def test_a_renewal_says_why_it_rests_and_what_is_planned(self, lived: Served) -> None:
        text = lived.get("/renewal/R-1").text
        assert "The renewal date is over. Nothing is foreseen." in text  # by the real clock
        assert "Renews on 31 August 2026" in text

    def test_an_invoice_says_who_got_it(self, lived: Served) -> None:
        text = lived.get("/invoice/55").text
        assert "Anna Petit" in text
        assert "Bruno Petit: the contact's switch for this kind of mail is off" in text


class TestTemplates:
    def test_px13_kind_by_language_with_switch_and_coverage(self, lived: Served) -> None:
        take(
            lived.house.database,
            event("template.switched", MONDAY, template="invoice.sent", enabled=False, language="fr"),
        )
        html = lived.get("/templates").html
        row = next(row for row in html.split("<tr>") if ">invoice.sent<" in row)
        assert re.findall(r'badge (\w+)">(\w+)<', row) == [("good", "on"), ("good", "on"), ("bad", "off")]
        assert re.findall(r"(\d+)/(\d+)", row.partition("cover")[2])

    def test_0_7_a_language_without_templates_stands_beside_the_one_its_people_read(self, lived: Served) -> None:
        for language in ("de-AT", "it"):
            more = {"template": "invoice.paid", "enabled": False, "language": language}
            take(lived.house.database, event("template.switched", MONDAY, **more))
        row = next(row for row in lived.get("/templates").html.split("<tr>") if ">invoice.paid<" in row)
        badges = [re.findall(r'(?:"beside">(\S+) )?<span class="badge \w+">(\w+)<', cell) for cell in row.split("<td")]
        assert badges[1:4] == [[("", "on"), ("it", "off")], [("", "on"), ("de-AT", "off")], [("", "on")]]
        tongues = lived.get("/templates/invoice.paid/de").html.partition("tongues-of")[2].partition("</ul>")[0]
        assert re.findall(r'"beside">(\S+) <span class="badge bad">off<', tongues) == ["it", "de-AT"]
        assert tongues.count("Last switched") == 2

    def test_a_template_says_for_each_language_whether_it_is_on_and_translated(self, lived: Served) -> None:
        off = event("template.switched", MONDAY, template="invoice.sent", enabled=False, language="fr")
        take(lived.house.database, off)
        html = lived.get("/templates/invoice.sent/fr").html
        tongues = html[html.index("tongues-of") :].partition("</ul>")[0].split("<li")[1:]
        assert [re.findall(r'badge (\w+)">(\w+)<', each) for each in tongues] == [
            [("good", "on")],
            [("good", "on")],
            [("bad", "off")],
        ]
        assert all(re.search(r"(\d+) of \1 phrases translated", each) for each in tongues)
        assert ["template.switched" in each for each in tongues] == [False, False, True]
        assert ['class="current"' in each for each in tongues] == [False, False, True]

    def test_every_template_is_shown_in_every_language_and_scenario(self, stranger: Served) -> None:
        stranger.sign_in()
        paths = [f"/templates/{name}/{code}/letter?scenario={each}" for name, code, each in EVERY_SCENARIO]
        shown = {path: stranger.get(path).html for path in paths}
        assert {path for path, html in shown.items() if "</html>" not in html or "javascript:" in html} == set()
        as_a_rule = [f"/templates/contact.welcome/{code}/letter?scenario=many" for code in LANGUAGES]  # all permissions
        assert len(set(shown.values())) == len(shown.keys() - set(as_a_rule))

    @pytest.mark.parametrize("template", ["invoice.sent", "ticket.replied"])
    def test_its_scenarios_are_links_and_the_look_stays(self, template: str, stranger: Served) -> None:
        html = stranger.sign_in().get(f"/templates/{template}/de?scenario=long&width=phone&scheme=dark").html
        tabs = html[html.index('class="tabs"') :].partition("</nav>")[0]
        linked = re.findall(r'href="([^"]*)"( aria-current="page")?', tabs)
        looks = "width=phone&amp;scheme=dark"
        scenarios = [f"scenario={name}&amp;{looks}" for name in scenarios_of(template)[1:]]
        assert [address for address, _ in linked] == [f"?{query}" for query in (looks, *scenarios)]
        assert [address for address, current in linked if current] == [f"?scenario=long&amp;{looks}"]
        assert f'src="/templates/{template}/de/letter?scenario=long&amp;{looks}"' in html

    def test_what_is_shown_follows_the_scenario(self, stranger: Served) -> None:
        stranger.sign_in()
        assert "Hello Emily Carter" in stranger.get("/templates/invoice.sent/en").text
        sparse = stranger.get("/templates/invoice.sent/en?scenario=sparse").text
        assert "Your new invoice: 55" in sparse
        assert "Emily" not in sparse

    def test_px10_a_secret_link_is_never_shown(self, lived: Served) -> None:
        for path in ("/templates/contact.set_password/en", "/templates/contact.set_password/en/letter"):
            for name in scenarios_of("contact.set_password"):
                assert "set-password/EXAMPLE" not in lived.get(f"{path}?scenario={name}").html

    def test_the_letter_stands_in_a_frame_that_may_do_nothing(self, lived: Served) -> None:
        answer = lived.get("/templates/invoice.sent/en/letter")
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox; default-src 'none';")
        assert "script" not in policy
        assert "href=" not in answer.html
        assert re.search(r"<iframe [^>]* sandbox>", lived.get("/templates/invoice.sent/en").html)

    def test_the_frame_shows_the_colours_that_were_asked_for(self, lived: Served) -> None:
        shown = {scheme: lived.get(f"/templates/invoice.sent/en/letter?scheme={scheme}").html for scheme in SCHEMES}
        assert "@media (max-width: 0)" in shown["light"]
        assert "@media (min-width: 0)" in shown["dark"]

    @pytest.mark.parametrize("query", ["scenario=no", "width=9", "scheme=red"])
    def test_a_look_that_does_not_exist_is_refused(self, query: str, stranger: Served) -> None:
        stranger.sign_in()
        assert stranger.get(f"/templates/invoice.sent/en?{query}").status == 400
        assert stranger.get(f"/templates/invoice.sent/en/letter?{query}").status == 400


def answer_of(html: str) -> str:
    """What stands in the field that is copied."""
    return re.findall(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)[0].replace("\xa0", " ")


NOWHERE = (
    "/contact/C-9",
    "/user/U-9",
    "/company/K-9",
    "/renewal/R-9",
    "/invoice/9",
    "/notice/9",
    "/notice/0",
    "/notice/99999999999999999999",
    "/notice/x",
    "/contact/%00",
    "/contact/a%20b",
    f"/company/{'x' * 200}",
    "/templates/invoice.shredded/en",
    "/templates/invoice.sent/it",
    "/templates/invoice.shredded/en/letter",
    "/templates/ticket.opened/en?scenario=many",
    "/templates/ticket.opened/en/letter?scenario=many",
)


def test_what_nobody_knows_is_a_page_in_words(site: Served) -> None:
    answers = {path: site.get(path, accept_language="fr") for path in NOWHERE}
    told = {path for path, answer in answers.items() if "Cette page n’existe pas" in answer.text}
    assert ({answer.status for answer in answers.values()}, told) == ({404}, set(NOWHERE))


@pytest.mark.parametrize("template", ["activity", "invoice.overdue", "contact.set_password"])
def test_hostile_content_of_a_template_stays_words(browser: Browser, stranger: Served, template: str) -> None:
    """On the page and in the frame: nothing runs, loads or leads anywhere, and every word is there to be read."""
    page = opened(browser, stranger)
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text))
    page.on("dialog", lambda dialog: seen.append(dialog.message))
    page.on("request", lambda request: seen.append(request.url) if request.url.endswith("/x") else None)
    page.goto(f"/templates/{template}/en?scenario=hostile")
    frame = page.frame_locator("iframe.frame")
    for words in (page.inner_text("pre.text-part"), frame.locator("body").inner_text()):
        assert "<script>alert(1)</script>" in words
        assert "{{ 7 * 7 }}" in words
    assert page.locator("main script, main img").count() == 0
    assert frame.locator("script, img, a[href]").count() == 0
    assert seen == []
    page.context.close()


BARE = {
    "en": (
        "readers and letters were forgotten after their time (retention.ledger).",
        "Who was considered was forgotten after its time (retention.ledger).",
        "It was sent. Who got it is not kept any more.",
    ),
    "de": (
        "Empfänger und Mails wurden nach Ablauf der Aufbewahrungsfrist gelöscht (retention.ledger).",
        "Wer geprüft wurde, ist nach Ablauf der Aufbewahrungsfrist gelöscht worden (retention.ledger).",
        "Sie wurde gesendet. Wer sie bekam, ist nicht mehr aufbewahrt.",
    ),
    "fr": (
        "les destinataires et les messages ont été supprimés au terme de la durée de conservation (retention.ledger).",
        "Les personnes prises en compte ont été supprimées au terme de la durée de conservation (retention.ledger).",
        "Il a été envoyé. La liste de ses destinataires n’est plus conservée.",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_promise_2_a_notice_that_is_only_remembered_says_so(lived: Served, language: str) -> None:
    """Renewal R-1 went to Jonas; his name stands nowhere any more, and nobody is told that nothing was sent."""
    database = lived.house.database
    run_and_decide(database, "2026-06-02")
    deliver_all(database, RUN)
    (notice,) = rows(database, tables.notices, "id", "kind")[-1:]
    assert notice[1] == "renewal.notice"
    page = f"/notice/{notice[0]}?lang={language}&answer={language}"
    assert "Jonas Keller" in lived.get(page).text
    sweep.purge(database, RUN + timedelta(days=40), sweep.Kept(*[timedelta(days=30)] * 3))

    text = lived.get(page).text
    assert [words for words in BARE[language] if words not in text] == []
    assert "Jonas" not in text
    assert "Claire" not in lived.get("/renewal/R-1").text
    found = lived.get("/?q=renewal/R-1").text
    assert "Without a mail" not in found
