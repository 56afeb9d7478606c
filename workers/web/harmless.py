"""A mail's HTML made fit to be looked at: it leads nowhere, loads nothing by itself, and shows the colours asked for.

The real barrier is the frame's own answer (`frame`): sandboxed, and allowed neither script nor form nor fetch. The
rewriting here only makes sure that a click on a link does nothing, instead of showing an error.
"""

import re
from html import escape
from html.parser import HTMLParser
from typing import Literal

from starlette.responses import HTMLResponse, Response

Scheme = Literal["light", "dark"]

_FRAME = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src {images}; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_LEADS = frozenset({"href", "action", "formaction", "ping", "target", "srcdoc", "xlink:href"})
_DROPPED = frozenset({"base", "meta", "link"})
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"']+")
_TOKEN = re.compile(r"(?<=[/=])(?=[^/?&=#]*\d)(?=[^/?&=#]*[A-Za-z])[\w.~%-]{20,}")

REDACTED = "REDACTED"


def frame(html: str, scheme: Scheme = "light", *, images: bool = False) -> Response:
    """The answer that a sandboxed frame shows. `images`: remote ones may be loaded, and tell their server of it."""
    policy = _FRAME.format(images="data: https: http:" if images else "data:")
    return HTMLResponse(harmless(html, scheme), headers={"content-security-policy": policy})


def harmless(html: str, scheme: Scheme = "light") -> str:
    """The same page without anything that leads elsewhere, as a mail program in that colour scheme shows it."""
    return _Rewriter(scheme).rewritten(html)


def redacted(text: str) -> str:
    """`text` with what looks like a secret in its links replaced: those of unsubscribing, of setting a password."""
    return _URL.sub(lambda found: _TOKEN.sub(REDACTED, found[0]), text)


class _Rewriter(HTMLParser):
    """Copies a page tag by tag. Where a link led stays to be read: in the tooltip."""

    def __init__(self, scheme: Scheme) -> None:
        super().__init__(convert_charrefs=False)
        self._scheme = scheme
        self._out: list[str] = []

    def rewritten(self, html: str) -> str:
        self.feed(html)
        self.close()
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            return
        if all(name not in _LEADS for name, _ in attrs):
            self._out.append(self.get_starttag_text() or "")
            return
        kept = [(name, value) for name, value in attrs if name not in _LEADS]
        led = next((value for name, value in attrs if name == "href" and value), None)
        if led and all(name != "title" for name, _ in kept):
            kept.append(("title", redacted(led)))
        words = "".join(f' {name}="{escape(value or "")}"' for name, value in kept)
        self._out.append(f"<{tag}{words}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style":
            data = _SCHEME.sub(self._holds, data)
        self._out.append(data)

    def _holds(self, query: re.Match[str]) -> str:
        """A condition that is always true or never, in place of one about the visitor's own scheme."""
        return "(min-width: 0)" if query[1].lower() == self._scheme else "(max-width: 0)"

    def handle_entityref(self, name: str) -> None:
        self._out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._out.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        pass  # conditional comments are for Outlook alone

    def handle_decl(self, decl: str) -> None:
        self._out.append(f"<!{decl}>")
