"""The pages tell of dates at the ends of the calendar, in whatever zone they tell the time."""

import pytest

from tests.scenarios import event
from tests.stages.fleet import SALES, lead, take
from tests.stages.support import STATE
from tests.web.site import serving_pages
from workers.domain.calendar import FIRST, LAST
from workers.domain.notices import LANGUAGES
from workers.settings import Settings

OPEN = event("renewal.saved", LAST, id="R-9", company="K-1", product="Hub", renews_on="9999-12-31")
UNSET = event("renewal.saved", FIRST, id="R-8", company="K-1", product="Hub", renews_on="0001-01-01")
ENDLESS = event("contact.saved", LAST, id="C-9", company="K-1", first_name="Zoe", last_name="Petit", billing=True)
LEADS = (lead("L-8", stage_entered_at=FIRST), lead("L-9", at=LAST, stage_entered_at=LAST, company="K-1"))


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
def test_dates_at_the_ends_are_shown(database_url: str, zone: str) -> None:
    settings = Settings.model_validate({"daily_run": {"timezone": zone}})
    with serving_pages(database_url, settings) as served:
        take(served.house.database, *STATE, SALES, OPEN, UNSET, ENDLESS, *LEADS)
        served.sign_in()
        for language in LANGUAGES:
            pages = {
                path: served.get(f"/{path}?lang={language}")
                for path in (
                    "renewal/R-8",
                    "renewal/R-9",
                    "lead/L-8",
                    "lead/L-9",
                    "contact/C-9",
                    "company/K-1",
                    "user/U-1",
                )
            }
            assert {path: page.status for path, page in pages.items()} == dict.fromkeys(pages, 200)
            assert "9999" in pages["renewal/R-9"].text
            assert "9999" in pages["lead/L-9"].text
