"""An example of each template's content, for previews and tests. Everybody in it is invented; dates are fixed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

from workers.domain.contents import (
    ActivityContent,
    Because,
    Content,
    DocumentContent,
    FollowUpContent,
    Reader,
    RenewalContent,
    SetPasswordContent,
    WelcomeContent,
    lines,
)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What an example needs in the words of one language."""

    reader: str
    company: str
    partner: str
    lead: str
    process: str
    stage: str
    details: tuple[tuple[str, str], ...]
    colleague: str
    note: str
    work: str
    project: str
    task: str
    file: str
    trouble: str
    message: str
    reply: str


_SCENES = {
    "en": _Scene(
        reader="Emily Carter",
        company="Harbour & Finch Ltd",
        partner="Bright Lane Agency",
        lead="Solar roof for the Carter family",
        process="Direct sales",
        stage="First contact",
        details=(("Town", "Bristol"), ("Interest", "Solar roof with storage")),
        colleague="Oliver Hughes",
        note="Called about the offer.\nThey would like to see the storage option before Friday.",
        work="Relaunch of the online shop",
        project="Online shop 2026",
        task="Approve the drafts",
        file="Drafts, second round.pdf",
        trouble="The order form does not open",
        message="The second round of drafts is ready.\n\nPlease tell us which one you like best.",
        reply="Thank you for your patience: the form opens again.\nPlease reload the page once.",
    ),
    "de": _Scene(
        reader="Jonas Albrecht",
        company="Nordlicht Energie GmbH",
        partner="Agentur Alsterblick",
        lead="Photovoltaik für Familie Brandt",
        process="Direktvertrieb",
        stage="Erstkontakt",
        details=(("Ort", "Lüneburg"), ("Interesse", "Anlage mit Speicher")),
        colleague="Mara Weiß",
        note="Wegen des Angebots telefoniert.\nVor Freitag möchte man noch die Variante mit Speicher sehen.",
        work="Relaunch des Onlineshops",
        project="Onlineshop 2026",
        task="Entwürfe freigeben",
        file="Entwürfe, zweite Runde.pdf",
        trouble="Das Bestellformular öffnet sich nicht",
        message="Die zweite Runde der Entwürfe ist fertig.\n\nBitte sagen Sie uns, welcher Ihnen am besten gefällt.",
        reply="Danke für Ihre Geduld: Das Formular öffnet sich wieder.\nBitte laden Sie die Seite einmal neu.",
    ),
    "fr": _Scene(
        reader="Camille Laurent",
        company="Atelier Lumière SARL",
        partner="Agence Rive Claire",
        lead="Toiture solaire de la famille Morel",
        process="Vente directe",
        stage="Premier contact",
        details=(("Ville", "Annecy"), ("Intérêt", "Installation avec batterie")),
        colleague="Hugo Perrin",
        note="Échange téléphonique au sujet de l’offre.\nLe client souhaite voir la variante avec batterie.",
        work="Refonte de la boutique en ligne",
        project="Boutique en ligne 2026",
        task="Valider les maquettes",
        file="Maquettes, deuxième série.pdf",
        trouble="Le formulaire de commande ne s’ouvre pas",
        message="La deuxième série de maquettes est prête.\n\nDites-nous laquelle vous préférez.",
        reply="Merci de votre patience : le formulaire s’ouvre à nouveau.\nIl vous suffit de recharger la page.",
    ),
}
_ZONE = "Europe/Berlin"
_LOGIN = "reader@example.com"


def example(template: str, language: str = "en") -> Content:
    """The example of a template. Raises KeyError for a template or language that does not exist."""
    return _EXAMPLES[template](language)


def _follow_up(language: str) -> FollowUpContent:
    scene = _SCENES[language]
    return FollowUpContent(
        reader=_reader(language),
        lead_title=scene.lead,
        process_name=scene.process,
        stage_name=scene.stage,
        overdue_since=datetime(2026, 6, 1, 6, 59, tzinfo=UTC),
        overdue_days=15,
        number=3,
        company_name=scene.company,
        link="https://leads.example.com/leads/L-1",
        details=scene.details,
    )


def _renewal(language: str, *, is_reminder: bool, for_partner: bool) -> RenewalContent:
    scene = _SCENES[language]
    return RenewalContent(
        reader=Reader(language, _ZONE, scene.reader if for_partner else None),
        company_name=scene.company,
        product="Marketing Suite Professional",
        renews_on=date(2026, 9, 1),
        days_left=30 if is_reminder else 90,
        is_reminder=is_reminder,
        for_partner=for_partner,
        partner_name=scene.partner,
        amount=Decimal("10680.00"),
        currency="EUR",
        link="https://renewals.example.com/renewals/R-1",
    )


def _activity(language: str) -> ActivityContent:
    scene = _SCENES[language]
    return ActivityContent(
        reader=_reader(language),
        kind="company",
        title=scene.company,
        action="note_added",
        happened_at=datetime(2026, 6, 1, 8, 29, tzinfo=UTC),
        in_charge_of="company",
        actor_name=scene.colleague,
        text=lines(scene.note),
        link="https://crm.example.com/notes/1",
    )


def _welcome(language: str) -> WelcomeContent:
    return WelcomeContent(
        reader=_reader(language),
        company_name=_SCENES[language].company,
        login=_LOGIN,
        permissions=("invoices", "estimates", "contracts", "proposals", "support", "projects"),
        password_follows=True,
    )


def _set_password(language: str) -> SetPasswordContent:
    return SetPasswordContent(
        reader=_reader(language),
        login=_LOGIN,
        url="https://portal.example.com/set-password/EXAMPLE",
        valid_until=datetime(2026, 6, 3, 8, 29, tzinfo=UTC),
    )


def _invoice(language: str, days_left: int) -> DocumentContent:
    document = _document(language, "2026-0055", total="1190.00", days_left=days_left)
    return replace(document, title=_SCENES[language].work, issued_on=date(2026, 6, 1))


def _credit_note(language: str) -> DocumentContent:
    return replace(_document(language, "2026-0007", total="119.00"), issued_on=date(2026, 6, 1))


def _offer(language: str, number: str, days_left: int) -> DocumentContent:
    """An estimate or a contract."""
    return replace(_document(language, number, total="10680.00", days_left=days_left), title=_SCENES[language].work)


def _contract_comment(language: str) -> DocumentContent:
    scene = _SCENES[language]
    return replace(_offer(language, "2026-12", 90), text=lines(scene.message))


def _proposal(language: str) -> DocumentContent:
    return replace(_offer(language, "2026-31", 30), reader=Reader(language, _ZONE), because=Because.DIRECT_ADDRESS)


def _ticket(language: str, *, quotes: bool = False) -> DocumentContent:
    scene = _SCENES[language]
    return replace(_document(language, "4711"), title=scene.trouble, text=lines(scene.reply) if quotes else ())


def _project(language: str, *, quotes: bool = False, file: bool = False) -> DocumentContent:
    scene = _SCENES[language]
    return replace(
        _document(language, None),
        title=scene.file if file else scene.project,
        project_title=scene.project,
        text=lines(scene.message) if quotes else (),
    )


def _task(language: str, *, quotes: bool = False) -> DocumentContent:
    return replace(_project(language, quotes=quotes), title=None, task_title=_SCENES[language].task)


def _document(
    language: str, number: str | None, *, total: str | None = None, days_left: int | None = None
) -> DocumentContent:
    return DocumentContent(
        reader=_reader(language),
        because=Because.TOGGLE_ON,
        company_name=_SCENES[language].company,
        id="55",
        number=number,
        total=Decimal(total) if total else None,
        currency="EUR" if total else None,
        due_on=date(2026, 6, 15) if days_left is not None else None,
        days_left=days_left,
        link="https://portal.example.com/d/55",
    )


def _reader(language: str) -> Reader:
    return Reader(language, _ZONE, _SCENES[language].reader)


_EXAMPLES: Mapping[str, Callable[[str], Content]] = {
    "lead.follow_up": _follow_up,
    "renewal.notice": partial(_renewal, is_reminder=False, for_partner=False),
    "renewal.notice.partner": partial(_renewal, is_reminder=False, for_partner=True),
    "renewal.reminder": partial(_renewal, is_reminder=True, for_partner=False),
    "renewal.reminder.partner": partial(_renewal, is_reminder=True, for_partner=True),
    "activity": _activity,
    "contact.welcome": _welcome,
    "contact.set_password": _set_password,
    "invoice.sent": partial(_invoice, days_left=14),
    "invoice.due": partial(_invoice, days_left=3),
    "invoice.overdue": partial(_invoice, days_left=-5),
    "invoice.paid": partial(_invoice, days_left=6),
    "credit_note.sent": _credit_note,
    "estimate.sent": partial(_offer, number="2026-21", days_left=30),
    "estimate.expiring": partial(_offer, number="2026-21", days_left=5),
    "contract.sent": partial(_offer, number="2026-12", days_left=365),
    "contract.expiring": partial(_offer, number="2026-12", days_left=30),
    "contract.commented": _contract_comment,
    "proposal.sent": _proposal,
    "ticket.opened": _ticket,
    "ticket.replied": partial(_ticket, quotes=True),
    "ticket.closed": _ticket,
    "project.discussed": partial(_project, quotes=True),
    "project.file_added": partial(_project, file=True),
    "project.finished": _project,
    "task.status_changed": _task,
    "task.commented": partial(_task, quotes=True),
}
