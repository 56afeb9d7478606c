"""From a case to what its mail says: every choice is made here, templates hold words only."""

from datetime import datetime
from zoneinfo import ZoneInfo

from workers.domain.brand import brand_partner
from workers.domain.calendar import add
from workers.domain.cases import LeadCase, RenewalCase
from workers.domain.contents import FollowUpContent, Reader, RenewalContent
from workers.domain.notices import RENEWAL_REMINDER, LetterPlan
from workers.stages.rules import Rules


def of_follow_up(case: LeadCase, plan: LetterPlan, sequence: int, now: datetime, rules: Rules) -> FollowUpContent:
    """What a follow-up says. The case is one that `follow_up.decide` would send; ValueError for any other."""
    acceptor, process = case.acceptor, case.process
    if acceptor is None or process is None:
        raise ValueError(f"{case.lead.ref} has nobody to write to")
    stage = process.stage(case.lead.visit.stage)
    if stage is None or stage.duration is None:
        raise ValueError(f"{case.lead.ref} is in a stage without duration")
    ended = case.acceptor_partner is not None and case.acceptor_partner.ended
    brand = brand_partner(acceptor.partner, acceptor.partner, ended=ended)  # a lead is its acceptor's (LT-5)
    overdue_since = add(case.lead.visit.begins_at, stage.duration)
    daily = rules.daily
    return FollowUpContent(
        reader=Reader(plan.language, acceptor.timezone, acceptor.name, brand),
        lead_title=case.lead.title,
        process_name=process.name,
        stage_name=stage.name,
        overdue_since=overdue_since,
        overdue_days=(daily.day_of(now) - daily.day_of(overdue_since)).days,
        number=sequence,
        company_name=case.company.name if case.company else None,
        link=case.lead.link,
        details=case.lead.details,
    )


def of_renewal(case: RenewalCase, plan: LetterPlan, kind: str, now: datetime, rules: Rules) -> RenewalContent:
    """What a renewal notice or reminder says, to the client or to the point of contact (HS-5)."""
    renewal, company, partner = case.renewal, case.company, case.partner
    for_partner = plan.template.endswith(".partner")
    return RenewalContent(
        reader=_reader(case, plan, for_partner),
        company_name=company.name if company else renewal.company,
        product=renewal.product,
        renews_on=renewal.renews_on,
        days_left=(renewal.renews_on - rules.daily.day_of(now)).days,
        is_reminder=kind == RENEWAL_REMINDER.name,
        for_partner=for_partner,
        partner_name=partner.name if partner and not partner.ended else None,
        amount=renewal.amount,
        currency=renewal.currency,
        link=renewal.link,
    )


def _reader(case: RenewalCase, plan: LetterPlan, for_partner: bool) -> Reader:
    partner, company = case.partner, case.company
    ended = (company is not None and company.services_ended) or (partner is not None and partner.ended)
    about = partner.id if partner else None
    brand = brand_partner(about, about, ended=ended)  # a point of contact speaks for the partner, too
    alone = plan.to[0].name if len(plan.to) == 1 else None
    if for_partner:
        user = next((user for user in case.users.values() if user.ref == plan.to[0].ref), None)
        return Reader(plan.language, user.timezone if user else "UTC", alone, brand)
    timezone = company.timezone if company else None
    return Reader(plan.language, _known_zone(timezone), alone, brand)


def _known_zone(name: str | None) -> str:
    return str(ZoneInfo(name)) if name else "UTC"
