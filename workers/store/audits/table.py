"""All audits of the ledger, in the order in which they are made."""

from workers.store.audits.audit import Audit
from workers.store.audits.copies import OF_COPIES
from workers.store.audits.erasures import OF_ERASURES
from workers.store.audits.notices import OF_NOTICES

AUDITS: tuple[Audit, ...] = (*OF_NOTICES, *OF_COPIES, *OF_ERASURES)
