"""An example of each template's content, for previews and tests. Everybody in it is invented; dates are fixed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
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
from workers.render.scenes import SCENES, Scene

_ZONE = "Europe/Berlin"


def example(template: str, language: str = "en") -> Content:
    """The example of a template. Raises KeyError for a template or language that does not exist."""
    return written_about(SCENES[language], template)


def written_about(scene: Scene, template: str) -> Content:
    """What the template says in the words of this scene. Raises KeyError for a template that does not exist."""
    return _EXAMPLES[template](scene)


def _follow_up(scene: Scene) -> FollowUpContent:
    return FollowUpContent(
        reader=_reader(scene),
        lead_title=scene.lead,
        process_name=scene.process,
        stage_name=scene.stage,
        overdue_since=datetime(2026, 6, 1, 6, 59, tzinfo=UTC),
        overdue_days=15,
        number=3,
        company_name=scene.company,
        link=f"https://leads.example.com/leads/L-1{scene.path}",
        details=scene.details,
    )


def _renewal(scene: Scene, *, is_reminder: bool, for_partner: bool) -> RenewalContent:
    return RenewalContent(
        reader=Reader(scene.language, _ZONE, scene.reader if for_partner else None),
        company_name=scene.company,
        product=scene.product,
        renews_on=date(2026, 9, 1),
        days_left=30 if is_reminder else 90,
        is_reminder=is_reminder,
        for_partner=for_partner,
        partner_name=scene.partner,
        amount=Decimal("10680.00") * scene.factor,
        currency="EUR",
        link=f"https://renewals.example.com/renewals/R-1{scene.path}",
    )


def _activity(scene: Scene) -> ActivityContent:
    return ActivityContent(
        reader=_reader(scene),
        kind="company",
        title=scene.company,
        action="note_added",
        happened_at=datetime(2026, 6, 1, 8, 29, tzinfo=UTC),
        in_charge_of="company",
        actor_name=scene.colleague,
        text=lines(scene.note),
        link=f"https://crm.example.com/notes/1{scene.path}",
    )


def _welcome(scene: Scene) -> WelcomeContent:
    return WelcomeContent(
        reader=_reader(scene),
        company_name=scene.company,
        login=scene.login,
        permissions=("invoices", "estimates", "contracts", "proposals", "support", "projects"),
        password_follows=True,
    )


def _set_password(scene: Scene) -> SetPasswordContent:
    return SetPasswordContent(
        reader=_reader(scene),
        login=scene.login,
        url=f"https://portal.example.com/set-password/EXAMPLE{scene.path}",
        valid_until=datetime(2026, 6, 3, 8, 29, tzinfo=UTC),
    )


def _invoice(scene: Scene, days_left: int) -> DocumentContent:
    document = _document(scene, "2026-0055", total="1190.00", days_left=days_left)
    return replace(document, title=scene.work, issued_on=date(2026, 6, 1))


def _credit_note(scene: Scene) -> DocumentContent:
    return replace(_document(scene, "2026-0007", total="119.00"), issued_on=date(2026, 6, 1))


def _offer(scene: Scene, number: str, days_left: int) -> DocumentContent:
    """An estimate or a contract."""
    return replace(_document(scene, number, total="10680.00", days_left=days_left), title=scene.work)


def _contract_comment(scene: Scene) -> DocumentContent:
    return replace(_offer(scene, "2026-12", 90), text=lines(scene.message))


def _proposal(scene: Scene) -> DocumentContent:
    return replace(_offer(scene, "2026-31", 30), reader=Reader(scene.language, _ZONE), because=Because.DIRECT_ADDRESS)


def _ticket(scene: Scene, *, quotes: bool = False) -> DocumentContent:
    return replace(_document(scene, "4711"), title=scene.trouble, text=lines(scene.reply) if quotes else ())


def _project(scene: Scene, *, quotes: bool = False, file: bool = False) -> DocumentContent:
    return replace(
        _document(scene, None),
        title=scene.file if file else scene.project,
        project_title=scene.project,
        text=lines(scene.message) if quotes else (),
    )


def _task(scene: Scene, *, quotes: bool = False) -> DocumentContent:
    return replace(_project(scene, quotes=quotes), title=None, task_title=scene.task)


def _document(
    scene: Scene, number: str | None, *, total: str | None = None, days_left: int | None = None
) -> DocumentContent:
    return DocumentContent(
        reader=_reader(scene),
        because=Because.TOGGLE_ON,
        company_name=scene.company,
        id="55",
        number=scene.number.format(number) if number else None,
        total=Decimal(total) * scene.factor if total else None,
        currency="EUR" if total else None,
        due_on=date(2026, 6, 15) if days_left is not None else None,
        days_left=days_left,
        link=f"https://portal.example.com/d/55{scene.path}",
    )


def _reader(scene: Scene) -> Reader:
    return Reader(scene.language, _ZONE, scene.reader)


_EXAMPLES: Mapping[str, Callable[[Scene], Content]] = {
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
