"""The composition root: settings in, parts that fit together out. Builds, decides nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import redis
from dramatiq.broker import Broker
from dramatiq.middleware import Middleware, ShutdownNotifications, TimeLimit
from redis.backoff import NoBackoff
from redis.retry import Retry

from workers import assets
from workers.channel import Channel
from workers.domain.calendar import DailyRun
from workers.domain.follow_up import FollowUpRules
from workers.domain.occasions import OccasionRules
from workers.domain.renewals import RenewalRules
from workers.domain.responsibility import ResponsibilityRules
from workers.postbox.addresses import Mailbox
from workers.postbox.dkim import Signer
from workers.postbox.parcels import Route, Timeouts
from workers.postbox.postbox import Postbox
from workers.postbox.rates import Rates
from workers.render.brand import Brand, Logo
from workers.render.renderer import Renderer
from workers.settings import Settings
from workers.settings.mailing import Logo as LogoSettings
from workers.settings.mailing import Mail
from workers.stages.bounces import Desk
from workers.stages.incoming import Intake
from workers.stages.mailroom import Mailroom, Policy, Sender
from workers.stages.rules import Rules
from workers.stages.simulate import Simulation
from workers.stages.timeline import Outage
from workers.store.captured import CATCHER
from workers.store.clock import database_clock
from workers.store.database import Database
from workers.store.vault import Vault, key_in

Clock = Callable[[], datetime]

_ONCE_MORE = Retry(NoBackoff(), 1)  # a kept connection may be a dead one


@dataclass(frozen=True, slots=True)
class House:
    """One process's parts. `clock` is the fleet's (rules, due times), never that of leases."""

    settings: Settings
    database: Database
    rules: Rules
    renderer: Renderer
    policy: Policy
    vault: Vault
    clock: Clock

    def intake(self, door: str | None, *, state_only: bool = False) -> Intake:
        """How events are taken in at a door."""
        return Intake(self.rules, self.vault, door, state_only)

    def bounce_desk(self) -> Desk:
        """Where mails that came back are taken in."""
        limits = self.settings.bounces
        return Desk(self.database, self.vault, self.intake(None), limits.soft_limit, limits.soft_within)

    @property
    def message_domain(self) -> str:
        """The right side of Message-IDs."""
        return self.policy.sender.mailbox.wire_domain

    def broker(self, *middleware: Middleware, url: str | None = None) -> Broker:
        """The wake-up channel. No retries and no delays: the database knows what is due (ADR 1).

        `url` is that of an embedded server, where the settings name none.
        """
        url = url or self.settings.redis_url
        if url is None:
            raise ValueError("redis.url is not set: start the fleet with `rappel up`, or name a server")
        return Channel(  # type: ignore[no-untyped-call]
            url=url,
            middleware=[TimeLimit(), ShutdownNotifications(), *middleware],
            heartbeat_timeout=5_000,
            maintenance_chance=1_000_000,
            dead_message_ttl=86_400_000,
        )

    def postbox(self) -> Postbox:
        """The way out; started by the caller, once a process and after any fork."""
        waits = self.settings.smtp.timeouts
        timeouts = Timeouts(*(wait.total_seconds() for wait in (waits.connect, waits.command, waits.data)))
        return Postbox(routes_of(self.settings), clock=real_clock, timeouts=timeouts, rates=rates_of(self.settings))

    def mailroom(self, postbox: Postbox, worker: Callable[[], str], still_ours: Callable[[str], bool]) -> Mailroom:
        """`worker` is this process's incarnation; `still_ours` says whether that one may still send."""
        return Mailroom(
            database=self.database,
            renderer=self.renderer,
            carrier=postbox,
            policy=self.policy,
            vault=self.vault,
            daily=self.rules.daily,
            clock=self.clock,
            routes=tuple(route.name for route in routes_of(self.settings)),
            worker=worker,
            still_ours=still_ours,
            resent=self.settings.mail.resent_when_uncertain,
            signers=signers_of(self.settings),
        )


def build(settings: Settings) -> House:
    """Everything that can be built without talking to a server."""
    database = Database(settings.database_url, stalled=settings.fleet.dead_after)
    return House(
        settings=settings,
        database=database,
        rules=rules_of(settings),
        renderer=renderer_of(settings),
        policy=policy_of(settings),
        vault=vault_of(settings),
        clock=database_clock(database) if settings.clock.source == "database" else real_clock,
    )


def simulation(settings: Settings, outages: Sequence[Outage] = ()) -> Simulation:
    """A fleet on a virtual clock, in a scratch database in memory; nothing else of the installation is touched."""
    scratch = Database("sqlite://")
    scratch.create()
    return Simulation(scratch, rules_of(settings), renderer_of(settings), policy_of(settings), outages)


def real_clock() -> datetime:
    return datetime.now(UTC)


def rules_of(settings: Settings) -> Rules:
    """The settings that change the rules (EVENTS)."""
    run, follow_up, renewals = settings.daily_run, settings.follow_up, settings.renewals
    responsible = settings.responsibility
    daily = DailyRun(run.at, run.timezone, run.latest)
    return Rules(
        daily=daily,
        follow_up=FollowUpRules(daily, follow_up.resume, follow_up.max_reminders),
        renewals=RenewalRules(renewals.offsets_days, renewals.catchup_days, renewals.toggle),
        responsibility=ResponsibilityRules(
            second_account_manager=responsible.second_account_manager,
            notify_actor=responsible.notify_actor,
            cross_notify=responsible.cross_notify,
            notify_custom_user_field=responsible.notify_custom_user_field,
            plan=responsible.plan,
            plans=responsible.plans,
        ),
        occasions=OccasionRules(settings.occasions.max_age, settings.occasions.wait),
        permissions=frozenset(settings.contacts.default_permissions),
    )


def vault_of(settings: Settings) -> Vault:
    """Where secrets are sealed: with the key of the settings, else with one that this machine keeps to itself."""
    key = settings.secrets.key
    return Vault(lambda: key.get_secret_value() if key else key_in(settings.data_dir / "secret.key"))


def renderer_of(settings: Settings) -> Renderer:
    return Renderer(assets.path("templates"), assets.path("locales"), brand_of(settings.mail))


def brand_of(mail: Mail) -> Brand:
    """How letters look, with the brands of partners that have one."""
    look = mail.brand
    own = Brand(look.name, look.colour, mail.signature, look.address, _logo(look.logo, look.name), look.ink or "")
    partners = {}
    for id, partner in mail.partners.items():
        theirs = partner.brand
        logo = _logo(theirs.logo, theirs.name or look.name)
        partners[id] = own.varied(theirs.name, theirs.colour, theirs.ink, partner.signature, theirs.address, logo)
    return replace(own, partners=partners)


def policy_of(settings: Settings) -> Policy:
    """Who signs, and whom mails may reach."""
    mail = settings.mail
    own = Sender(Mailbox(mail.sender.name, mail.sender.address), _mailbox(mail.reply_to))
    partners = {
        id: Sender(
            Mailbox(
                partner.sender_name or partner.brand.name or mail.sender.name,
                partner.sender_address or mail.sender.address,
            ),
            _mailbox(partner.reply_to) or own.reply_to,
        )
        for id, partner in mail.partners.items()
    }
    return Policy(
        sender=own,
        return_path_domain=mail.return_path_domain or own.mailbox.wire_domain,
        partners=partners,
        redirect=mail.mode.address,
        domains=mail.mode.domains if mail.mode.kind == "allow" else None,
        unsubscribe_at=f"{settings.web.public_url}/u/" if settings.web.public_url else None,
        opens_at=f"{settings.web.public_url}/u/open/" if settings.web.public_url else None,
        tracked=frozenset(mail.track_opens if mail.mode.kind in ("live", "allow") else ()),
    )


def routes_of(settings: Settings) -> tuple[Route, ...]:
    """The ways out; in capture mode the catcher alone, so that nothing can leave."""
    if settings.mail.mode.kind == "capture":
        return (Route(CATCHER, "127.0.0.1", settings.catcher.port),)
    return tuple(
        Route(
            name=route.name,
            host=route.host,
            port=route.port,
            tls=route.tls,
            username=route.username or "",
            password=route.password.get_secret_value() if route.password else "",
            pool_size=route.pool_size,
            ca_file=route.ca_file,
            client_cert=route.client_cert,
        )
        for route in settings.smtp.routes
    )


def signers_of(settings: Settings) -> tuple[Signer, ...]:
    """What mails are signed with (DKIM)."""
    return tuple(key.signer for key in settings.smtp.dkim)


def rates_of(settings: Settings) -> Rates | None:
    """The rates that the fleet keeps together; None where there are none, as with the catcher."""
    routes = {route.name: route.rate for route in settings.smtp.routes if route.rate}
    domains = settings.smtp.domain_rates
    if settings.mail.mode.kind == "capture" or not (routes or domains):
        return None
    if settings.redis_url is None:
        raise ValueError("redis.url is not set: processes that keep a rate together need a server")
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=2, retry=_ONCE_MORE)
    return Rates(client, routes, domains)


def _logo(logo: LogoSettings, name: str) -> Logo | None:
    return Logo(logo.url, logo.alt or name, logo.width) if logo.url else None


def _mailbox(address: str | None) -> Mailbox | None:
    return Mailbox("", address) if address else None
