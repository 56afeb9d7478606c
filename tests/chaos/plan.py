"""What a run does, and to whom: chosen by its seed alone. How the processes interleave is left to the machine."""

import random
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class Fault(StrEnum):
    """What is done to the fleet. Its worker processes are resolvers and mailers at once."""

    WORKER = "a worker process (resolver and mailer) is killed"
    FREEZE = "a worker process is frozen until it is declared dead, then goes on"
    SCHEDULER = "a scheduler is killed"
    MASTER = "dramatiq's master is killed, its worker processes with it"
    QUEUE = "Valkey is killed"
    QUEUE_LOST = "Valkey is killed and loses its data"
    QUEUE_FULL = "Valkey is full and refuses to write, then has room again"
    SINK = "the mail server breaks all connections and stays away for a moment"
    DATABASE = "PostgreSQL is shut down at once and stays away for a moment"


@dataclass(frozen=True, slots=True)
class Strike:
    """`after`: so many bodies that reach the sink once the next chunk of events is in; `which`: of several, 0 to 1."""

    fault: Fault
    after: int
    which: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `database`: "sqlite" or "postgresql"; `kills` None: every fault once."""

    seed: int
    mails: int
    database: str
    kills: int | None = None

    @property
    def faults(self) -> list[Fault]:
        """SQLite has no server to shut down."""
        return [each for each in Fault if each is not Fault.DATABASE or self.database == "postgresql"]

    def strikes(self) -> list[Strike]:
        """Every fault before any comes a second time, in the seed's order."""
        chance = random.Random(self.seed)
        order: list[Fault] = []
        kills = len(self.faults) if self.kills is None else self.kills
        while len(order) < kills:
            order += chance.sample(self.faults, len(self.faults))
        # No more than is sure to come: the other half of a chunk may be lost with the queue before it was accepted.
        most = max(1, self.mails // (kills + 1) // 2)
        return [Strike(fault, chance.randint(1, most), chance.random()) for fault in order[:kills]]

    def chunks(self) -> list[range]:
        """The numbers of the mails that are brought before each strike, and after the last one."""
        pieces = len(self.strikes()) + 1
        edges = [self.mails * piece // pieces for piece in range(pieces + 1)]
        return [range(start, end) for start, end in pairwise(edges)]
