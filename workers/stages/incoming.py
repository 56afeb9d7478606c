"""Events as a door hands them over, and how they are taken in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workers.contract.answers import Answer
from workers.contract.envelope import Event
from workers.contract.refusal import Refused
from workers.stages.rules import Rules
from workers.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event as a door received it. `position`: line number, or place in the batch, from 1."""

    position: int
    raw: str | bytes | dict[str, Any]
    arrived: datetime


@dataclass(frozen=True, slots=True)
class Intake:
    """How events are taken in. `door` names where they came in; None: what is refused is among the problems already.

    `state_only` refuses occasions, for the first synchronisation (EVENTS).
    """

    rules: Rules
    vault: Vault
    door: str | None
    state_only: bool = False


def rejected(incoming: Incoming, refused: Refused, event: Event | None = None) -> Answer:
    """The answer for an event that breaks the contract."""
    if event:
        refused.source, refused.id = event.source, event.id
    return Answer.rejection(incoming.position, refused)
