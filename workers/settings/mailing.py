"""Settings of mails and of the servers that take them."""

from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FilePath,
    PlainSerializer,
    SecretStr,
    TypeAdapter,
    ValidationInfo,
    field_validator,
)

from workers.domain.notices import TRACKABLE, WRITTEN_FOR
from workers.render.brand import LEGIBLE, contrast
from workers.settings.signing import DkimKeys
from workers.settings.values import (
    Address,
    Colour,
    Domain,
    Line,
    Maybe,
    PictureUrl,
    PositiveDuration,
    Rate,
    Section,
    Unique,
    check_domain,
)

Port = Annotated[int, Field(ge=1, le=65535)]

_ADDRESS: TypeAdapter[str] = TypeAdapter(Address)


@dataclass(frozen=True, slots=True)
class MailMode:
    """Where mail may go: nowhere (capture), to one address (redirect), to some domains (allow), or out (live)."""

    kind: Literal["capture", "redirect", "allow", "live"]
    address: str | None = None
    domains: frozenset[str] = frozenset()

    def __str__(self) -> str:
        target = self.address or ",".join(sorted(self.domains))
        return f"{self.kind}:{target}" if target else self.kind


def _parse_mode(value: object) -> MailMode:
    if isinstance(value, MailMode):
        return value
    kind, _, target = str(value).partition(":")
    match kind, target.strip():
        case ("capture" | "live") as plain, "":
            return MailMode(plain)
        case "redirect", address if address:
            return MailMode("redirect", address=_ADDRESS.validate_python(address))
        case "allow", domains if domains:
            return MailMode("allow", domains=frozenset(check_domain(domain) for domain in domains.split(",")))
    raise ValueError('write "capture", "redirect:ADDRESS", "allow:DOMAIN,DOMAIN" or "live"')


class Sender(Section):
    """The From line of a mail."""

    name: Line = Field("rappel", description="Name in the From line.")
    address: Address = Field("rappel@example.com", description="Address in the From line.")


class Logo(Section):
    """A picture at the head of mails, in the place of the name. It is hosted: mails have no attachments."""

    url: Maybe[PictureUrl] = Field(None, description='Where it is, an https address; "none": the name is shown.')
    alt: Line = Field("", description="What is read where it is not seen; empty: the name of the brand.")
    width: int = Field(140, ge=16, le=520, description="Its width in pixels; a file of twice the width stays sharp.")


def _check_ink(ink: str | None, info: ValidationInfo) -> str | None:
    """What cannot be read is refused; without a colour beside it that one is to be named, too."""
    if ink is None or "colour" not in info.data:
        return ink
    colour = info.data["colour"]
    if colour is None:
        raise ValueError("give the colour that it is written on, too")
    if (ratio := contrast(ink, colour)) < LEGIBLE:
        raise ValueError(
            f'cannot be read on {colour}: the contrast is {ratio:.1f}, at least {LEGIBLE} is needed; "none" is '
            "black or white, whichever is more legible"
        )
    return ink


Ink = Annotated[Maybe[Colour], AfterValidator(_check_ink)]


class Brand(Section):
    """How mails look."""

    name: Line = Field("rappel", description="Name at the head of every mail.")
    colour: Colour = Field("#1d6b62", description='Colour of buttons and marks, as "#rrggbb".')
    ink: Ink = Field(
        None, description='Colour of the words on buttons, legible on `colour`; "none": black or white, as is legible.'
    )
    address: Line = Field("", description="Postal address in the footer, on one line; empty: none is shown.")
    logo: Logo = Field(Logo(), description="A picture in the place of the name.")


class PartnerBrand(Section):
    """How mails in the name of one partner look; "none": as the house's.

    A partner with a name of its own does not get the signature, the postal address and the logo of the house.
    """

    name: Maybe[Line] = Field(None, description="Name at the head of the mail.")
    colour: Maybe[Colour] = Field(None, description='Colour of buttons and marks, as "#rrggbb".')
    ink: Ink = Field(None, description='Colour of the words on buttons; "none": black or white, as is legible.')
    address: Maybe[Line] = Field(None, description="Postal address in the footer, on one line.")
    logo: Logo = Field(Logo(), description="A picture in the place of the name: url, alt and width.")


class Partner(Section):
    """What differs in mails about a partner's clients and leads, to these clients or to the partner's own people."""

    sender_name: Maybe[Line] = Field(
        None, description='Name in the From line; "none": `brand.name`, else the house\'s.'
    )
    sender_address: Maybe[Address] = Field(None, description="Address in the From line.")
    reply_to: Maybe[Address] = Field(None, description="Address that answers go to.")
    signature: Maybe[str] = Field(None, description="Signature under the mail, as plain text.")
    brand: PartnerBrand = Field(PartnerBrand(), description="How they look: name, colour, ink, address and logo.")


OnUncertain = Literal["hold", "resend"]


def _check_templates(choices: dict[str, OnUncertain]) -> dict[str, OnUncertain]:
    for name in choices:
        if name not in WRITTEN_FOR:
            near = get_close_matches(name, WRITTEN_FOR, n=1)
            raise ValueError(f"there is no template {name!r}{f', did you mean {near[0]!r}?' if near else ''}")
    return choices


class Mail(Section):
    """What mails say of their sender, and where they may go."""

    mode: Annotated[MailMode, BeforeValidator(_parse_mode), PlainSerializer(str)] = Field(
        MailMode("capture"),
        description='"capture": to the built-in catcher, nothing leaves; "redirect:ADDRESS": all to one address; '
        '"allow:DOMAINS": only to these domains (with commas between), the rest is held; "live": to everybody.',
    )
    sender: Sender = Field(Sender(), description="The From line of every mail.")
    reply_to: Maybe[Address] = Field(None, description='Address that answers go to; "none": the sender.')
    return_path_domain: Maybe[Domain] = Field(
        None, description='Domain of the return paths, where bounces arrive; "none": that of the sender.'
    )
    on_uncertain: Annotated[dict[str, OnUncertain], AfterValidator(_check_templates)] = Field(
        {"contact.welcome": "resend", "contact.set_password": "resend"},
        description="By template: what becomes of a mail whose body left while its answer never came. "
        '"resend": it goes out again by itself, up to three times, with the same Message-ID; '
        '"hold", also of templates that are not named: an operator decides. '
        "A table given here replaces the default one.",
    )
    track_opens: Unique[Literal[TRACKABLE]] = Field(  # type: ignore[valid-type]
        (),
        description="Templates whose mails carry a picture that tells when they were opened (PX-12): of "
        f"{', '.join(TRACKABLE)}. Needs `web.public_url`. Kept is when it was fetched first and how often, as long as "
        "the delivery (`retention.ledger`), and nothing of who fetched it: no address, no program, no place. It says "
        "little: many programs fetch pictures unasked, or never. Say in your privacy statement that you do this, why, "
        'and for how long; where the law asks for consent, ask before. Only where `mode` is "live" or "allow:DOMAINS".',
    )
    signature: str = Field("", description="General signature under every mail (PX-11), as plain text.")
    partners: dict[str, Partner] = Field(
        {}, description="By partner id: sender, signature and brand of the mails in the name of this partner."
    )
    brand: Brand = Field(Brand(), description="How mails look.")

    @property
    def resent_when_uncertain(self) -> frozenset[str]:
        """The templates that `on_uncertain` says so of."""
        return frozenset(template for template, choice in self.on_uncertain.items() if choice == "resend")


_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class Bounces(Section):
    """Mails that come back (`rappel bounces ingest`). Hard bounces and complaints always suppress the address."""

    soft_limit: Maybe[Annotated[int, Field(ge=1)]] = Field(
        None,
        description="So many mails that came back softly (a full mailbox, a refusal that does not blame the address) "
        'within `soft_within` suppress the address; "none": they are only counted.',
    )
    soft_within: PositiveDuration = Field(timedelta(days=30), description="How long a soft bounce counts.")


class Route(Section):
    """A mail server that takes mails from us."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")] = Field(description="Name of the route.")
    host: Annotated[str, Field(min_length=1)] = Field(description="Name or address of the server.")
    port: Port = Field(587, description="Port of the server: 587 with starttls, 465 with implicit, 25 with none.")
    tls: Literal["none", "starttls", "implicit"] = Field("starttls", description="How the connection is encrypted.")
    username: Maybe[str] = Field(None, description='Name to sign in with; "none": without signing in.')
    password: Maybe[SecretStr] = Field(None, description="Password to sign in with.")
    ca_file: Maybe[FilePath] = Field(
        None,
        description="PEM file of the authorities that the server's certificate must be from; \"none\": the system's.",
    )
    client_cert: Maybe[FilePath] = Field(
        None, description='PEM file of our own certificate and its key, where the server asks for one; "none": none.'
    )
    rate: Maybe[Rate] = Field(
        None, description='Most mails of the whole fleet to this server, such as "600/m"; "none": no limit.'
    )
    pool_size: int = Field(4, ge=1, le=100, description="Most connections of one process to this server.")

    @field_validator("password")
    @classmethod
    def _comes_with_a_username(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if (info.data.get("username") is None) != (password is None):
            raise ValueError("give username and password, or neither")
        if password is not None and info.data.get("tls") == "none" and info.data.get("host") not in _THIS_MACHINE:
            raise ValueError('would be sent in clear: set tls to "starttls" or "implicit"')
        return password


class Timeouts(Section):
    """How long the mail server may take."""

    connect: PositiveDuration = Field(timedelta(seconds=30), description="To connect and to greet.")
    command: PositiveDuration = Field(timedelta(minutes=5), description="To answer a command.")
    data: PositiveDuration = Field(timedelta(minutes=10), description="To answer the end of a mail's body.")


def _names_differ(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    names = [route.name for route in routes]
    if len(set(names)) != len(names):
        raise ValueError("two routes have the same name")
    return routes


class Smtp(Section):
    """The servers that take our mails."""

    routes: Annotated[tuple[Route, ...], AfterValidator(_names_differ)] = Field(
        (), description="Mail servers in order: a mail goes by the first that can be used at that moment."
    )
    domain_rates: dict[Domain, Rate] = Field(
        {}, description='Most mails of the whole fleet to a recipient\'s domain, such as {"gmx.de" = "60/m"}.'
    )
    dkim: DkimKeys = Field(
        (), description="Keys that mails are signed with: all of the domain in the From line, else of the one above it."
    )
    timeouts: Timeouts = Field(Timeouts(), description="How long a mail server may take.")
