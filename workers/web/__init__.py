"""The pages that support reads, and those that readers of mails see.

A page is a router and a template: `web/mail.py` has `router = APIRouter()`, `web/pages/mail.html` extends `layout.html`
(readers of mails: `plain.html`, which has no navigation). To add one:

1. Write the router file. A route is a plain `def`: FastAPI runs it in a thread. It takes a `SignedIn` or `Anybody`
   visit (`web/visits.py`), reads in one `visit.house.database.read()`, and answers with `visit.page(...)`. All SQL is
   in `store/`; what a page needs is loaded with a constant number of queries, bounded, and paged where there is more.
2. Name the router in `web/routers.py`: under SUPPORT it is behind the sign-in, under PUBLIC anybody gets in.
3. A page that shows personal data says so, before it answers: `visit.saw("contact/K-1", page="contact")`.
4. Write the template. Words are `{% trans %}` or `_()`, English ids; `make i18n` collects them, and German and French
   are added in `locales/*/LC_MESSAGES/pages.po`. Reasons and notes are sentences in the visitor's language:
   `{{ reason | in_words }}`, `{{ note | note_in_words }}`.
   From `macros.html` come `badge(state)`, `when(at)` (with its zone), `ref(subject)`, `table`, `empty`, `more`.
5. No script, no style and no event attribute in a page: the CSP refuses them. Looks belong into `static/rappel.css`.
   Everything works without JavaScript; htmx attributes may make it quicker.
6. Name its addresses in `tests/web/every.py`; a test fails until they are there. Then it is checked like all others:
   axe by day and by night, headers, a phone's width, hostile words. `tests/web/site.py` has a real server (`site` on
   both databases) and a signed-in client for what is its own.

Nothing here decides anything, and pages only read; but for the one on which readers of mails unsubscribe.
"""
