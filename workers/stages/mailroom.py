"""What a mailer works with: who signs, whom mails may reach, and the parts it needs."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from workers.domain.calendar import DailyRun
from workers.domain.contents import Content
from workers.domain.letters import Letter
from workers.postbox.addresses import Mailbox, domain_of
from workers.postbox.dkim import Signer
from workers.postbox.parcels import Carrier
from workers.stages.return_paths import return_path
from workers.store.database import Database
from workers.store.vault import Vault


class Renders(Protocol):
    """Whatever turns content into a letter."""

    def render(self, template: str, content: Content) -> Letter: ...


@dataclass(frozen=True, slots=True)
class Sender:
    """What a From line and its answers say."""

    mailbox: Mailbox
    reply_to: Mailbox | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Who signs the mails, and whom they may reach (DESIGN part 4, `mail.mode`).

    `redirect`: every copy goes to this address instead; `domains`: only these (lower case, ASCII) get mail, None: all.
    `unsubscribe_at`: the URL that an unsubscribe token completes, `opens_at`: that which the token of a picture does;
    None: there are no public pages. `tracked`: templates of which it is told when they are opened (PX-12).
    """

    sender: Sender
    return_path_domain: str
    partners: Mapping[str, Sender] = field(default_factory=dict)
    redirect: str | None = None
    domains: frozenset[str] | None = None
    unsubscribe_at: str | None = None
    opens_at: str | None = None
    tracked: frozenset[str] = frozenset()

    def sender_of(self, partner: str | None) -> Sender:
        return self.partners.get(partner or "", self.sender)

    @property
    def sender_domains(self) -> frozenset[str]:
        """The domains of all From lines, in ASCII."""
        return frozenset(sender.mailbox.wire_domain for sender in (self.sender, *self.partners.values()))

    def recipient(self, address: str) -> str:
        """Where a copy for this address goes."""
        return self.redirect or address

    def allows(self, address: str) -> bool:
        return self.domains is None or domain_of(address) in self.domains


@dataclass(frozen=True, slots=True)
class Mailroom:
    """`worker` gives the id of this process's incarnation; `still_ours` says, without waiting, whether that one may
    still send (DESIGN promise 3). `clock` is the fleet's. `resent`: templates whose uncertain mails go out again.
    `signers`: what mails are signed with (DKIM)."""

    database: Database
    renderer: Renders
    carrier: Carrier
    policy: Policy
    vault: Vault
    daily: DailyRun
    clock: Callable[[], datetime]
    routes: tuple[str, ...]
    worker: Callable[[], str]
    still_ours: Callable[[str], bool] = lambda _: True
    chance: random.Random = field(default_factory=random.Random)
    resent: frozenset[str] = frozenset()
    signers: tuple[Signer, ...] = ()

    def return_path(self, delivery: int, recipient: str) -> str:
        """An address of the delivery's own, so that a bounce finds it (VERP), and nobody can make one up."""
        return return_path(self.vault, delivery, recipient, self.policy.return_path_domain)
