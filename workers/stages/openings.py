"""A mail was opened (PX-12): its picture was fetched from the public pages. That never changes what became of it."""

from datetime import datetime

from workers.stages import links
from workers.store import openings
from workers.store.database import Database
from workers.store.vault import Vault


def opened(database: Database, vault: Vault, token: str, now: datetime) -> None:
    """Write down that the picture with this token was fetched; nothing where it is none of ours."""
    delivery = links.read_picture_token(vault, token)
    if delivery is None:
        return
    with database.write() as connection:
        openings.record(connection, delivery, now)
