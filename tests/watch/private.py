"""Events full of words that belong into the database, the mails and the queue `events`, and nowhere else."""

from tests.scenarios import Event, event
from tests.world import utc

START = utc("2026-06-01T06:00")
RUN = utc("2026-06-02T07:00")

# Each stands for itself, and survives whatever encoding it is in; no two of our own words look like them.
NAMES = ("Zyxthabella", "Qwertholomew", "Vexandrine", "Kwyjiborough")
LOCALS = ("zyx.thabella", "qwer.tholomew", "vex.andrine", "kwyji.borough")
REFUSED = "refus3d-4ddress@@wr0ng"
LINK_TOKEN = "L1nkT0k3nThatOpensAnAccount"
SMTP_PASSWORD = "Sm7pP4ssw0rdOfTheRelay"
DATABASE_PASSWORD = "D4tab4seP4ssw0rd"
WEB_TOKEN = "W3bT0kenOfThePages-0123456789"
SECRET_KEY = "UzNjcjN0SzN5T2ZUaGVXaG9sZUZsZWV0MTIzNDU2Nzg="
WORDS = (
    "b0dyWordsOfATicket",
    "t1tleOfALead",
    "summ4ryOfACall",
    "c0mpanyNameOfAClient",
    "h0stileWords",
    "un3xpectedField",
)

PRIVATE = (*NAMES, *LOCALS, REFUSED, LINK_TOKEN, SMTP_PASSWORD, DATABASE_PASSWORD, WEB_TOKEN, SECRET_KEY, *WORDS)

ZYX, QWER, VEX, KWYJI = (f"{local}@{name.lower()}.example.com" for local, name in zip(LOCALS, NAMES, strict=True))
HOSTILE = "h0stileWords %s %(x)s {0} {{7*7}} ${jndi:x} <script> \u202e ; DROP TABLE users; --"


def told(type: str, **data: object) -> Event:
    return event(type, START, **data)


STATE = [
    told("user.saved", id="U-1", name=NAMES[0], email=ZYX),
    told(
        "process.saved",
        id="sales",
        name="Sales",
        stages=[{"id": "new", "name": "New", "duration": {"value": 1, "unit": "days"}}],
        follow_up={"enabled": True, "interval": {"value": 1, "unit": "days"}},
    ),
    told("company.saved", id="K-1", name=f"{WORDS[3]} {HOSTILE}", account_managers=["U-1"]),
    told("contact.saved", id="C-1", company="K-1", first_name=NAMES[1], last_name=HOSTILE, email=QWER),
    told("contact.saved", id="C-2", company="K-1", first_name=NAMES[2], last_name="Refused", email=VEX),
    told(
        "lead.saved",
        id="L-1",
        title=f"{WORDS[1]} {HOSTILE}",
        process="sales",
        stage="new",
        stage_entered_at=utc("2026-05-20T00:00"),
        acceptor="U-1",
    ),
]
WRONG = [
    told("contact.saved", id="C-9", company="K-1", first_name=NAMES[3], last_name="X", email=REFUSED),
    told("contact.saved", id="C-8", company="K-1", first_name=NAMES[3], last_name="X", email=KWYJI, un3xpectedField=1),
    told("user.saved", id=f"{NAMES[3]} {KWYJI}", name=NAMES[3], email=KWYJI),
    told("nothing.known", id="X", email=KWYJI),
    {"specversion": "1.0", "id": KWYJI, "source": KWYJI, "type": "user.saved", "time": KWYJI, "data": [NAMES[3]]},
]


def created(n: int) -> Event:
    """A new contact whose mail holds a link to set a password."""
    link = {"url": f"https://portal.example.com/{LINK_TOKEN}", "issued_at": START}
    who = {"id": f"N-{n}", "company": "K-1", "first_name": NAMES[3], "last_name": HOSTILE, "email": KWYJI}
    return told("contact.created", **who, set_password=link)


def document(type: str, n: int, *contacts: str) -> Event:
    chosen = {"mode": "manual", "contacts": list(contacts)}
    return told(type, company="K-1", document={"id": str(n), "title": HOSTILE}, **chosen)


def called(n: int) -> Event:
    return told("activity.recorded", object="company/K-1", action=f"call_{n}", summary=f"{WORDS[2]} {HOSTILE}")
