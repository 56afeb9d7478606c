"""What a door answers for each event, and the form it has on every door."""

from dataclasses import dataclass
from typing import Any, Literal, Self

from workers.contract.refusal import Refused

Status = Literal["accepted", "duplicate", "rejected"]


@dataclass(frozen=True, slots=True)
class Warning:
    """Something about an accepted event that people should look at, such as a reference that dangles."""

    code: str
    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for one event. `position`: its line or its place in the batch, from 1.

    `source` and `id` are None where the event was too broken to tell; `reason`, `pointer` and `detail` are set for
    rejected events only.
    """

    position: int
    source: str | None
    id: str | None
    status: Status
    reason: str | None = None
    pointer: str | None = None
    detail: str | None = None
    warnings: tuple[Warning, ...] = ()

    @classmethod
    def rejection(cls, position: int, refused: Refused) -> Self:
        """The answer for an event that breaks the contract."""
        return cls(position, refused.source, refused.id, "rejected", refused.reason, refused.pointer, refused.detail)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object: always all keys, always in this order, null where there is nothing to say."""
        return {
            "position": self.position,
            "source": self.source,
            "id": self.id,
            "status": self.status,
            "reason": self.reason,
            "pointer": self.pointer,
            "detail": self.detail,
            "warnings": [{"code": w.code, "pointer": w.pointer, "detail": w.detail} for w in self.warnings],
        }
