"""What speaks against an operator's word about a copy, and what to do instead (DESIGN promise 3).

An operator's resend stands outside the rules of the day: whoever closed the lead since, the mail goes out. It never
reaches an address that bounced or a person who was erased or has unsubscribed, and is refused while its template is
switched off (RULES 0.7, 0.9, 0.12, PX-4).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workers.domain.delivery import ORDERS, SENT_ANEW, State, Verb
from workers.domain.reasons import Reason


class Against(StrEnum):
    """Why a copy stays as it is."""

    ORDERED_ALREADY = "ordered_already"
    CHANGED = "changed"
    UNDER_WAY = "under_way"
    OVER = "over"
    FOLLOWS_TO = "follows_to"
    NEWER_COPY = "newer_copy"
    DECIDED_AGAIN = "decided_again"
    SET_ASIDE = "set_aside"
    ONLY_CAPTURED = "only_captured"
    TEXT_ERASED = "text_erased"
    TEXT_FORGOTTEN = "text_forgotten"
    LINK_GONE = "link_gone"
    ERASED = "erased"
    ADDRESS_SUPPRESSED = "address_suppressed"
    OPTED_OUT = "opted_out"
    DUPLICATE_ADDRESS = "duplicate_address"
    TEMPLATE_DISABLED = "template_disabled"
    OUTSIDE_ALLOWED_DOMAINS = "outside_allowed_domains"


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an order is not carried out, and what to do, in words."""

    reason: Against
    advice: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A copy as an operator finds it. `reader`: the address it would go to now, which `suppressed` is about.

    `left_at`: when its body was last about to leave. `newest`: the newest copy of this letter for this person, maybe
    itself. `doubled`: another open or sent copy of the letter that goes to `reader`. `needs_link`: its letter shows a
    link that is kept apart, which is worth something while `has_link` and before `link_until` (PX-10). `opted_out`: its
    reader unsubscribed from such mails, and it was not sent to who was chosen by hand (PX-7). `to_accepted`: a copy in
    To of its letter was accepted, or goes out again by this very order. `erased`: its reader was; `address` is empty
    once that has reached this copy. `text_erased`: the letter had somebody who was on its lines.
    """

    id: int
    notice: int
    letter: int
    person: int
    copy_number: int
    line: str
    address: str
    reader: str
    state: State
    token: int
    reason: Reason | None
    possible_duplicate: bool
    by_hand: bool
    ended_at: datetime | None
    left_at: datetime | None
    newest: int
    doubled: int | None
    subject: str
    template: str
    ref: str | None
    void: bool
    set_aside: bool
    only_captured: bool
    text_erased: bool
    text_forgotten: bool
    needs_link: bool
    has_link: bool
    link_until: datetime | None
    erased: bool
    suppressed: bool
    opted_out: bool
    template_off: bool
    ordered_at: datetime | None = None
    to_accepted: bool = False

    @property
    def was_left_behind(self) -> bool:
        """A Cc copy that was cancelled with the last To copy (HS-8): it is owed when the mail is sent anew (HS-4)."""
        return self.state is State.CANCELLED and self.reason is Reason.NO_TO_COPY_ACCEPTED

    @property
    def may_have_arrived(self) -> bool:
        """Whether whoever gets the letter again may have it already."""
        given_up = self.state is State.FAILED and self.reason is Reason.OPERATOR
        return self.possible_duplicate or given_up or self.state in (State.SENT, State.UNCERTAIN)


def becomes(verb: Verb, standing: Standing) -> State | None:
    """The state that an order brings a copy into; None: the copy stays as it is.

    A resend to a corrected address ends a copy that waited for a word, as `drop` does: the new copy goes instead.
    """
    if verb is Verb.RESEND and standing.reader != standing.address:
        verb = Verb.DROP
    return ORDERS[verb].get(standing.state)


def adds_copy(verb: Verb, standing: Standing) -> bool:
    """Whether an order makes a new copy, with the next number: the old one has an end, or another address."""
    has_an_end = standing.state in SENT_ANEW or standing.was_left_behind
    return verb is Verb.RESEND and (has_an_end or standing.reader != standing.address)


def objection(verb: Verb, standing: Standing, now: datetime) -> Objection | None:
    """What speaks first against carrying the order out; None if nothing does."""
    return next(_objections(verb, standing, now), None)


def _objections(verb: Verb, standing: Standing, now: datetime) -> Iterator[Objection]:
    yield from _against_any(verb, standing)
    if verb is Verb.RESEND:
        yield from _against_resend(standing)
        yield from against_leaving(standing, now)


def _against_any(verb: Verb, standing: Standing) -> Iterator[Objection]:
    if standing.ordered_at:
        yield Objection(
            Against.ORDERED_ALREADY,
            f"the same was ordered at {standing.ordered_at:%Y-%m-%d %H:%M} UTC with the same words, so nothing is done "
            "twice; to order it once more, give another --why",
        )
    if standing.newest != standing.id:
        yield Objection(
            Against.NEWER_COPY, f"delivery {standing.newest} is a newer copy of it: look at that one, and name it"
        )
    if standing.state in ORDERS[verb] or (verb is Verb.RESEND and standing.state in SENT_ANEW):
        return
    if verb is Verb.RESEND and standing.was_left_behind:
        if not standing.to_accepted:
            yield Objection(Against.FOLLOWS_TO, "it follows by itself when a copy in To is sent again: name that one")
        return
    if standing.state in SENT_ANEW or standing.state in (State.CANCELLED, State.SUPPRESSED):
        yield Objection(Against.OVER, f"it is {standing.state}, and {_DONE[verb]}")
    elif standing.state is State.WAITING:
        yield Objection(Against.UNDER_WAY, "it follows by itself when the mail was accepted for somebody in To")
    else:
        yield Objection(Against.UNDER_WAY, f"it is {standing.state}, on its way by itself: wait for its end")


_DONE = {
    Verb.RESEND: "was never to go out; an event that changes the facts has it decided anew",
    Verb.MARK_SENT: "only held and uncertain ones can be marked",
    Verb.DROP: "only held and uncertain ones can be dropped",
}


def _against_resend(standing: Standing) -> Iterator[Objection]:
    if not standing.address:
        yield _erased(standing)
    if standing.void:
        yield Objection(
            Against.DECIDED_AGAIN,
            "this letter was replaced when its notice was decided anew: name a copy of the new one",
        )
    if standing.set_aside:
        yield Objection(
            Against.SET_ASIDE,
            "deciding its notice broke again and again, so nothing of it leaves: see `rappel problems`",
        )
    if standing.only_captured:
        yield Objection(
            Against.ONLY_CAPTURED, "somebody said that captured mails do not count; the daily run decides it anew"
        )
    if standing.text_erased:
        yield Objection(
            Against.TEXT_ERASED,
            "its text was deleted with somebody on its To or Cc line who was erased: write by other means",
        )
    if standing.text_forgotten:
        yield Objection(
            Against.TEXT_FORGOTTEN, "its text was forgotten after its time (retention.bodies): write by other means"
        )
    if standing.doubled is not None:
        yield Objection(
            Against.DUPLICATE_ADDRESS, f"delivery {standing.doubled} brings this letter to {standing.reader} already"
        )


def _erased(standing: Standing) -> Objection:
    who = standing.ref or "the reader of this copy"
    return Objection(Against.ERASED, f"{who} was erased: nothing may be sent to this person; `drop` ends what waits")


def against_leaving(standing: Standing, now: datetime) -> Iterator[Objection]:
    """What stops a copy even if an operator said that it goes: asked at the order, and again before it leaves."""
    if standing.needs_link and not (standing.has_link and (standing.link_until is None or now < standing.link_until)):
        yield Objection(
            Against.LINK_GONE,
            "its link for setting a password is used up, expired or deleted: have upstream ask for a new one "
            "(event contact.password_requested), which sends a new mail",
        )
    if standing.erased:
        yield _erased(standing)
    if standing.suppressed:
        yield Objection(
            Against.ADDRESS_SUPPRESSED,
            f"mail to {standing.reader} bounced or was complained of: release the address first (`rappel "
            "addresses release`), or give a corrected one with --to",
        )
    if standing.opted_out:
        yield Objection(
            Against.OPTED_OUT, f"{standing.ref} unsubscribed from such mails: only `rappel optouts release` undoes that"
        )
    if standing.template_off:
        yield Objection(
            Against.TEMPLATE_DISABLED, f"the template {standing.template} is switched off: switch it on first"
        )


ENDS: dict[Against, Reason] = {
    Against.LINK_GONE: Reason.LINK_EXPIRED,
    Against.ADDRESS_SUPPRESSED: Reason.ADDRESS_SUPPRESSED,
    Against.OPTED_OUT: Reason.OPTED_OUT,
    Against.TEMPLATE_DISABLED: Reason.TEMPLATE_DISABLED,
}


def last_check(standing: Standing, now: datetime) -> Reason | None:
    """Why a copy that an operator sends may not leave after all; None if it may (DESIGN promise 2)."""
    found = next(against_leaving(standing, now), None)
    if found is None:
        return None
    gone = Reason.USER_NOT_FOUND if (standing.ref or "").startswith("user/") else Reason.CONTACT_NOT_FOUND
    return ENDS.get(found.reason, gone)
