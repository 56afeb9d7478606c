"""What a supervisor tells about its fleet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    """A child was started; it may not do its work yet."""

    name: str
    pid: int


@dataclass(frozen=True, slots=True)
class BecameReady:
    """A child does its work."""

    name: str


@dataclass(frozen=True, slots=True)
class Ended:
    """`how` is a predicate ("was killed by SIGKILL"); `restart_in` is in seconds, None when it is not started again."""

    name: str
    pid: int
    how: str
    restart_in: float | None


@dataclass(frozen=True, slots=True)
class Said:
    """A child wrote a line to its output."""

    name: str
    line: str


@dataclass(frozen=True, slots=True)
class AllReady:
    """Every child is ready, for the first time."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """`at_once` when nobody is given time to finish."""

    at_once: bool


FleetEvent = Started | BecameReady | Ended | Said | AllReady | Stopping
