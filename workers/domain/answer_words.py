"""What a mail server's answer means, in English sentences for people who never read RFC 3463."""

from collections.abc import Mapping

_ENHANCED: Mapping[str, str] = {
    "4.2.1": "the mailbox takes nothing for now",
    "4.2.2": "the mailbox is full; there may be room later",
    "4.3.1": "the server has no room left; it may have later",
    "4.3.2": "the server takes no mail for now",
    "4.4.1": "the server behind it does not answer",
    "4.4.2": "the connection broke",
    "4.5.3": "too many recipients at once",
    "4.7.0": "the server is wary of us and wants us to try again",
    "4.7.1": "the server is wary of us and wants us to try again, as it does with who is new (greylisting)",
    "5.1.0": "the server does not accept this address",
    "5.1.1": "nobody has this address",
    "5.1.2": "there is no such mail domain",
    "5.1.3": "the address is misspelt",
    "5.1.6": "this person has moved, and the address is no longer used",
    "5.1.10": "this domain wants no mail at all",
    "5.2.1": "the mailbox is switched off",
    "5.2.2": "the mailbox is full",
    "5.2.3": "the mail is too large for this mailbox",
    "5.3.4": "the mail is too large for this server",
    "5.4.1": "nobody takes mail for this domain",
    "5.4.4": "the way to this domain is not known",
    "5.5.3": "too many recipients at once",
    "5.7.1": "the server refuses mail from us for its own reasons; its administrators know them",
    "5.7.25": "our server has no name that fits its address (reverse DNS)",
    "5.7.26": "our mail did not prove who we are (SPF, DKIM)",
    "5.7.27": "our domain wants no answers, so its mail is refused",
}

_SUBJECT: Mapping[str, str] = {
    "4.2": "the mailbox cannot take it for now",
    "4.3": "the server cannot take it for now",
    "4.4": "the way to the mailbox is interrupted for now",
    "4.7": "the server is wary of us and wants us to try again",
    "5.1": "the server does not accept this address",
    "5.2": "the mailbox does not take it",
    "5.3": "the server cannot take such a mail",
    "5.4": "there is no way to this domain",
    "5.6": "the server cannot read the mail",
    "5.7": "the server refuses mail from us for its own reasons; its administrators know them",
}

_KIND: Mapping[str, str] = {
    "accepted": "the server took the mail and is responsible for it now",
    "deferred": "the server asks us to try again later, and we do",
    "refused": "the server refuses the mail for good",
    "sender_refused": "the server refuses our sender address, whoever the mail is for",
    "gated": "it was taken back before its body left",
    "unreachable": "no server could be spoken to, so this counts as no attempt",
    "uncertain": "the body began to leave and no answer came back: it may have arrived, or not",
}

_CAUGHT: Mapping[str, str] = {"accepted": "the mail catcher kept the mail: it never left this machine"}

KINDS: Mapping[str, str] = {
    "accepted": "accepted",
    "deferred": "try later",
    "refused": "refused",
    "sender_refused": "sender refused",
    "gated": "taken back",
    "unreachable": "unreachable",
    "uncertain": "no answer",
}
"""What an attempt came to, in a word or two."""

PHASES: Mapping[str, str] = {
    "connect": "when connecting",
    "ehlo": "when greeting",
    "starttls": "when encrypting",
    "auth": "when signing in",
    "mail": "when naming the sender",
    "rcpt": "when naming the reader",
    "gate": "before the body",
    "data": "before the body",
    "body": "after the body",
}
"""How far an attempt came."""


def meaning(kind: str, enhanced: str | None, *, caught: bool = False) -> str:
    """The sentence for an attempt: by the enhanced code of a refusal, else by what it came to.

    `caught`: it was the mail catcher that answered, no server of the world.
    """
    if caught and kind in _CAUGHT:
        return _CAUGHT[kind]
    if enhanced and kind in ("deferred", "refused", "sender_refused"):
        subject = enhanced.rpartition(".")[0]
        found = _ENHANCED.get(enhanced) or _SUBJECT.get(subject)
        if found:
            return found
    return _KIND.get(kind, kind)
