"""One box: whatever people know a mail by finds it, on both databases."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.web.example import NOW, live, vary
from tests.web.site import Served, serving_pages
from workers.settings import Settings
from workers.store import lookup, tables, today
from workers.store.database import Database
from workers.store.migrate import migrate
from workers.store.search import Found, Thing, search


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The example's first day, varied; nobody changes it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('search') / 'rappel.db'}"
        yield from _lived(url)
        return
    with request.getfixturevalue("postgres_server").database() as url:
        yield from _lived(url)


def _lived(url: str) -> Iterator[Database]:
    migrate(url)
    database = Database(url)
    live(database)
    vary(database)
    yield database
    database.close()


def ask(database: Database, question: str, limit: int = 50, before: int | None = None) -> Found:
    with database.read() as connection:
        return search(connection, question, limit, before)


def names(found: Found) -> list[tuple[str, str]]:
    return [(thing.ref, thing.name) for thing in found.things]


def addresses(found: Found) -> set[str]:
    return {copy.address for copy in found.mails}


ANNA = {"Anna.Kuester@hafen.example.com", "anna.kuester@hafen.example.com"}


@pytest.mark.parametrize("question", ["anna.kuester@hafen.example.com", "ANNA.KUESTER@HAFEN.EXAMPLE.COM"])
def test_an_address_finds_its_mails_whatever_its_case(lived: Database, question: str) -> None:
    found = ask(lived, question)
    assert {thing.ref for thing in found.things} == {"contact/K-1001", "user/U-anna"}
    assert addresses(found) <= ANNA
    assert [copy.id for copy in found.mails] == sorted((copy.id for copy in found.mails), reverse=True)
    with lived.read() as connection:
        folded = sa.func.lower(tables.deliveries.c.address) == question.lower()
        expected = connection.execute(sa.select(tables.deliveries.c.id).where(folded)).scalars().all()
    assert {copy.id for copy in found.mails} == set(expected)
    assert expected


@pytest.mark.parametrize(
    "question",
    [
        "küster",
        "KÜSTER",
        "kuster",
        "ku\u0308ster",
        "kúster",
        "anna k",
        "Anna Küster",
        "küs anna",
        "anna.kue",
    ],
)
def test_words_begin_as_asked_in_any_order_case_and_accent(lived: Database, question: str) -> None:
    found = ask(lived, question)
    assert ("user/U-anna", "Anna Küster") in names(found)
    assert {thing.ref for thing in found.things} == {"contact/K-1001", "user/U-anna"}
    assert found.mails


@pytest.mark.parametrize("question", ["üster", "anna x", "%", "_", "a", "'", "\\", "k%ster", "& | !", ":*", "'a':*"])
def test_what_begins_no_word_finds_nobody(lived: Database, question: str) -> None:
    assert ask(lived, question) == Found([], [], False, [])


@pytest.mark.parametrize("question", ["étoile", "etoile", "ETOILE", "Étoile"])
def test_a_company_leads_to_the_mails_of_its_contacts(lived: Database, question: str) -> None:
    found = ask(lived, question)
    assert "company" in {thing.kind for thing in found.things}
    assert {"helene.morvan@etoile.example.org", "etienne.dupre@etoile.example.org"} <= addresses(found)


def test_both_databases_take_the_same_letters_for_plain(lived: Database) -> None:
    """What `plain` says in Python, for SQLite, PostgreSQL says in the words of its index."""
    letters = [*filter(str.isalpha, map(chr, range(0xC0, 0x250))), "straße", "Œuvre", "Ærø", "ẞ", "e\u0301"]
    words = [tables.plain(f"x{letter}") for letter in letters]
    if lived.engine.dialect.name == "sqlite":
        assert not set("àéîõüçœßæ") & set("".join(words))
        return
    with lived.read() as connection:
        expression = tables.lexemes_of("partners").replace("coalesce(name, '')", ":text")
        lexemes = sa.select(sa.func.array_to_string(sa.text(f"tsvector_to_array({expression})"), "|"))
        found = [connection.execute(lexemes, {"text": f"x{letter}"}).scalar_one() for letter in letters]
    assert found == words


@pytest.mark.parametrize("question", ["C-01", "Brandstätter"])
def test_a_company_leads_to_the_mails_about_what_is_its_own(lived: Database, question: str) -> None:
    """Also to those that went to colleagues and partners."""
    found = ask(lived, question)
    owned = {"lead/L-101", "renewal/RN-01"}
    with lived.read() as connection:
        deliveries, notices = tables.deliveries, tables.notices
        query = sa.select(deliveries.c.id).join(notices, notices.c.id == deliveries.c.notice)
        expected = set(connection.execute(query.where(notices.c.subject.in_(owned))).scalars())
    assert expected
    assert expected <= {copy.id for copy in found.mails}


def test_a_partner_leads_to_the_mails_of_its_people(lived: Database) -> None:
    found = ask(lived, "Hafen & Partner")
    assert "partner/P-hafen" in {thing.ref for thing in found.things}
    assert {"jonas.weiss@hafen.example.com", "nora.brandt@hafen.example.com"} <= addresses(found)


def test_a_partner_is_found_by_its_name_and_a_renewal_by_its_product(database: Database) -> None:
    known = {"set_seq": 1, "set_at": NOW}
    with database.write() as connection:
        connection.execute(tables.partners.insert().values(id="P-1", name="Réseau Lumière", **known))
        connection.execute(tables.renewals.insert().values(id="R-1", product="Œuvre Hub Starter", **known))
    assert names(ask(database, "lumiere res")) == [("partner/P-1", "Réseau Lumière")]
    assert names(ask(database, "oeuvre")) == [("renewal/R-1", "Œuvre Hub Starter")]
    assert names(ask(database, "lumi hub")) == []


@pytest.mark.parametrize("question", ["lead/L-124", "L-124", " L-124 "])
def test_a_lead_is_found_by_its_id_with_or_without_its_kind(lived: Database, question: str) -> None:
    found = ask(lived, question.strip())
    assert [thing.ref for thing in found.things] == ["lead/L-124"]
    assert {copy.subject for copy in found.mails} == {"lead/L-124"}


def test_a_renewal_tells_also_what_was_not_sent_about_it(lived: Database) -> None:
    with lived.read() as connection:
        refused = today.refused(connection, NOW.replace(hour=0), None, 1)[0]
    found = ask(lived, refused.subject)
    assert refused in found.unsent
    assert found.unsent[0].outcome in ("suppressed", "cancelled")


def test_a_message_id_with_or_without_brackets(lived: Database) -> None:
    with lived.read() as connection:
        query = sa.select(tables.letters.c.message_id, tables.letters.c.id).order_by(tables.letters.c.id).limit(1)
        message_id, letter = connection.execute(query).one()
        expected = {copy.id for copy in lookup.copies_of_letter(connection, letter)}
    for question in (message_id, message_id.strip("<>")):
        assert {copy.id for copy in ask(lived, question).mails} == expected


@pytest.mark.parametrize("question", ["4F2C3", "4f2c3"])
def test_the_id_that_a_server_gave(lived: Database, question: str) -> None:
    assert [copy.id for copy in ask(lived, question).mails] == [3]


@pytest.mark.parametrize("question", ["4F2C33x", "F2C3", "2.0", "queued"])
def test_a_part_of_a_servers_words_is_no_id(lived: Database, question: str) -> None:
    assert ask(lived, question).mails == []


def test_a_documents_number(database: Database) -> None:
    """Invoice 55 is known as 2026-0055; nobody knows 2026-005."""
    notice = {
        "id": 7,
        "kind": "invoice.sent",
        "subject": "invoice/55",
        "occurrence": "o",
        "cause": "event/s/1",
        "created_at": NOW,
        "needs_decision": False,
        "notes": [],
        "blocks": True,
        "outcome": "suppressed",
        "reason": "no_contacts",
        "at": NOW,
    }
    data = {"company": "C-1", "document": {"id": "55", "number": "2026-0055"}}
    occasion = {"notice": 7, "type": "invoice.sent", "time": NOW, "arrived_at": NOW, "data": data}
    with database.write() as connection:
        connection.execute(tables.notices.insert().values(notice))
        connection.execute(tables.occasions.insert().values(occasion))
    for question, expected in (("2026-0055", [7]), ("invoice/55", [7]), ("55", [7]), ("2026-005", []), ("5", [])):
        assert [unsent.id for unsent in ask(database, question).unsent] == expected


def test_more_is_paged_and_each_mail_is_shown_once(lived: Database) -> None:
    whole = ask(lived, "hafen.example.com anna").mails or ask(lived, "küster").mails
    seen: list[int] = []
    before = None
    while True:
        part = ask(lived, "küster", 2, before)
        seen += [copy.id for copy in part.mails]
        if not part.more:
            break
        assert len(part.mails) == 2
        before = seen[-1]
    assert seen == [copy.id for copy in whole]
    assert len(seen) >= 3


def test_the_number_of_queries_is_constant(lived: Database) -> None:
    said: list[str] = []
    sa.event.listen(lived.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    counts = set()
    for question in ("küster", "étoile", "zzz", "anna.kuester@hafen.example.com", "4F2C3"):
        said.clear()
        ask(lived, question)
        counts.add(len([statement for statement in said if statement.lstrip().upper().startswith("SELECT")]))
    assert counts == {4}


def test_the_day_in_numbers(lived: Database) -> None:
    with lived.read() as connection:
        numbers = today.numbers(connection, NOW.replace(hour=0))
        tomorrow = today.numbers(connection, NOW.replace(day=2, hour=0))
        trouble = today.trouble(connection, NOW, NOW.replace(hour=0), 10)
        total = connection.execute(sa.select(sa.func.count()).select_from(tables.deliveries)).scalar_one()
    assert (numbers.failed, numbers.waiting, numbers.held, numbers.uncertain) == (1, 1, 1, 1)
    assert numbers.sent == total - 4
    assert numbers.not_sent == sum(numbers.on_purpose.values()) > 3
    assert tomorrow == replace(numbers, sent=0, failed=0, on_purpose={})
    assert [(copy.id, copy.state) for copy in trouble.copies] == [(20, "held"), (8, "uncertain"), (6, "failed")]
    assert (trouble.paused_since, trouble.routes) == (None, [])


class TestPage:
    @pytest.fixture
    def site(self, lived: Database) -> Iterator[Served]:
        settings = Settings.model_validate({"clock": {"source": "database"}})
        with serving_pages(lived.url.render_as_string(hide_password=False), settings) as served:
            yield served.sign_in()

    def test_the_first_page_tells_the_day_and_what_needs_a_person(self, site: Served) -> None:
        text = site.get("/").text
        assert "1 Jun 2026, 12:00 UTC" in text
        assert "1 uncertain" in text
        assert "mail.mode does not allow mail to this domain" in text

    def test_an_answer_leads_to_mails_people_and_reasons(self, site: Served) -> None:
        answer = site.get("/?q=K%C3%BCster")
        assert 'href="/user/U-anna"' in answer.html
        assert 'href="/mail/' in answer.html
        assert "Nothing is known by this." in site.get("/?q=zzz").text
        assert "Darunter ist nichts bekannt." in site.get("/?q=zzz&lang=de").text

    def test_lists_are_behind_the_numbers(self, site: Served) -> None:
        assert "nora.brandt" in site.get("/mails/uncertain").text
        assert site.get("/mails/sent?today=true").html.count('href="/mail/') > 20
        refused = site.get("/not-sent")
        assert refused.html.count('href="/notice/') > 3
        assert site.get("/mails/nonsense").status == 404
        assert site.get("/mails/sent?before=x").status == 400

    def test_whose_data_was_shown_is_recorded(self, site: Served, lived: Database) -> None:
        site.get("/?q=L-124")
        with lived.read() as connection:
            row = connection.execute(sa.select(tables.views).order_by(tables.views.c.id.desc()).limit(1)).one()
        (ticket,) = site.cookies.values()
        assert (row.session, row.page) == (ticket.partition(".")[0], "search")
        assert row.refs[0] == "lead/L-124"
        assert row.refs[1].startswith("delivery/")


def test_a_thing_knows_its_reference() -> None:
    assert Thing("lead", "L-1", "", None, False).ref == "lead/L-1"
