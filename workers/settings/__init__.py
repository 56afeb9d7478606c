"""What can be set, and where it comes from. Read at the front doors and by the house only."""

from workers.settings.loading import ConfigurationError, load
from workers.settings.mailing import MailMode, Partner, Route
from workers.settings.reference import reference
from workers.settings.tree import Settings

__all__ = ["ConfigurationError", "MailMode", "Partner", "Route", "Settings", "load", "reference"]
