"""What mails that came back say about an address (RULES 0.9; DESIGN promise 5).

- only 5.1.x and 5.2.1 say that nobody will ever read mail there: those are hard, at SMTP time and afterwards alike
- every other failure is soft, also one that gives no code: it is counted
- what is said of another address than ours (an alias, a forward, somebody else's mail) counts nothing
- where several things are said of ours, the mildest one holds
- feedback is about the copy, whatever address its report shows: providers redact it
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """What became of a mail, as a report says (RFC 3464 2.3.3, RFC 5965). `remarked`: feedback that is no complaint."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    COMPLAINED = "complained"
    REMARKED = "remarked"


class Verdict(StrEnum):
    """What a report means for the address that a copy went to. Hard ones and complaints suppress it."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    ELSEWHERE = "elsewhere"
    REMARK = "remark"


SUPPRESSING = frozenset({Verdict.HARD, Verdict.COMPLAINT})


@dataclass(frozen=True, slots=True)
class Fate:
    """What a report says of one recipient.

    `status`: enhanced code (RFC 3463); `words`: the other server's own; `addresses`: how the report calls the recipient
    (folded), empty where it does not.
    """

    action: Action
    status: str | None = None
    words: str = ""
    addresses: frozenset[str] = field(default_factory=frozenset)


def nobody_reads_there(status: str | None) -> bool:
    """Whether a permanent refusal with this code means the address itself (promise 5: 5.1.x and 5.2.1)."""
    if status is None or status in _ABOUT_THE_SENDER:
        return False
    return status.startswith("5.1.") or status == "5.2.1"


_ABOUT_THE_SENDER = frozenset({"5.1.7", "5.1.8"})
"""Addressing errors of our own return path (RFC 3463 3.2), whenever a server finds them."""


def judge(fates: Sequence[Fate], ours: Collection[str]) -> tuple[Verdict, Fate]:
    """What a report with at least one fate means for our address, which is `ours` in each way to write it, folded."""
    verdicts = [(_verdict(fate), fate) for fate in fates if _means(fate, ours)]
    if not verdicts:
        return Verdict.ELSEWHERE, fates[0]
    return min(verdicts, key=lambda verdict: _MILDEST_FIRST.index(verdict[0]))


def _means(fate: Fate, ours: Collection[str]) -> bool:
    of_copy = fate.action in (Action.COMPLAINED, Action.REMARKED)
    return of_copy or not fate.addresses or not fate.addresses.isdisjoint(ours)


def _verdict(fate: Fate) -> Verdict:
    if fate.action is Action.FAILED:
        return Verdict.HARD if nobody_reads_there(fate.status) else Verdict.SOFT
    return _OF_ACTION[fate.action]


_OF_ACTION = {
    Action.DELAYED: Verdict.DELAYED,
    Action.DELIVERED: Verdict.DELIVERED,
    Action.COMPLAINED: Verdict.COMPLAINT,
    Action.REMARKED: Verdict.REMARK,
}
_MILDEST_FIRST = (
    Verdict.COMPLAINT,  # nothing that a server says takes back what a reader said
    Verdict.REMARK,
    Verdict.DELIVERED,
    Verdict.DELAYED,
    Verdict.SOFT,
    Verdict.HARD,
)
