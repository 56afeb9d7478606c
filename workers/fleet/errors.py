"""What keeps a fleet from starting."""


class FleetError(Exception):
    """The fleet cannot run here. The message says what to do next."""


class NoRedisServer(FleetError):  # noqa: N818 (says what is wrong by itself)
    """No usable Redis or Valkey server on this machine (exit code 4: dependency unreachable)."""


class RedisDidNotStart(FleetError):  # noqa: N818 (says what is wrong by itself)
    """The server was started, but did not answer in time; its last words are in the message."""


class SocketPathTooLong(FleetError):  # noqa: N818 (says what is wrong by itself)
    """The kernel takes no unix socket at this path."""


class FleetAlreadyRunning(FleetError):  # noqa: N818 (says what is wrong by itself)
    """Another fleet owns the data directory. `pid` is its supervisor, or None while that one is still booting."""

    def __init__(self, data_dir: str, pid: int | None) -> None:
        self.pid = pid
        owner = f"pid {pid}" if pid is not None else "it is just starting or stopping"
        super().__init__(
            f"a fleet already runs on {data_dir} ({owner}): stop it first, or give this one another data directory"
        )
