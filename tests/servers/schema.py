"""The schema that fresh test databases have: that of this release."""

from workers.store.migrate import migrate

__all__ = ["migrate"]
