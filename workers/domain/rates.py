"""How many mails may go in which time: the arithmetic of a rate, in whole microseconds."""

from dataclasses import dataclass

SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` mails in any span of so many `seconds`, wherever the span begins.

    A tenth of them may go at once; one by one they become possible again. Both together never pass `count`.
    """

    count: int
    seconds: int

    @property
    def burst(self) -> int:
        """How many may go at once after a rest."""
        return max(1, self.count // 10)

    @property
    def interval(self) -> int:
        """Microseconds after which one more may go, rounded up: `burst` and what follows it fit into the span."""
        return -(-self.seconds * SECOND // (self.count - self.burst + 1))
