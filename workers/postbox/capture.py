"""A postbox that sends nothing: every parcel is accepted, at once and in order. For simulation."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from workers.postbox.outcomes import GATE_SAID_NO, Kind, Outcome, Phase, answer
from workers.postbox.parcels import Gate, Parcel, Record, StillOurs

ROUTE = "capture"
"""The route that its outcomes name."""

_ACCEPTED = answer(Phase.BODY, 250, "2.0.0 captured, not sent")


class CapturePostbox:
    """Delivers like the real one, in the caller's thread. An error of `gate` or `record` is the caller's."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def deliver(
        self,
        parcels: Sequence[Parcel],
        gate: Gate,
        record: Record,
        *,
        paused: Collection[str] = (),
        still_ours: StillOurs = lambda: True,
    ) -> None:
        """Accept what the gate lets through. There is no route to pause."""
        if not parcels:
            return
        allowed = gate([parcel.delivery_id for parcel in parcels])
        record([self._outcome(parcel.delivery_id, parcel.delivery_id in allowed) for parcel in parcels])

    def _outcome(self, delivery_id: str, allowed: bool) -> Outcome:
        kind, reply = (Kind.ACCEPTED, _ACCEPTED) if allowed else (Kind.GATED, GATE_SAID_NO)
        return Outcome(delivery_id, ROUTE, kind, reply, self._clock(), 0.0)
