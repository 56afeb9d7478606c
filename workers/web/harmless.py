"""A mail's HTML made fit to be looked at: it leads nowhere, loads nothing by itself, and shows the colours asked for.

The real barrier is the frame's own answer (`frame`): sandboxed, and allowed neither script nor form nor fetch. The
rewriting here only makes sure that a click on a link does nothing, instead of showing an error.
"""

import re
from html import escape
from html.parser import HTMLParser
from typing import Any, Literal

from starlette.responses import HTMLResponse, Response

Scheme = Literal["light", "dark"]

_FRAME = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src {images}; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_FOCUS = (
    "<style>body:focus-visible::after { content: ''; position: fixed; inset: 0; pointer-events: none; "
    "outline: 3px solid #2f8f83; outline-offset: -3px }</style>"
)
"""Around the whole frame, seen on light and on dark; the page around it is not told of the focus."""

_LEADS = frozenset({"href", "action", "formaction", "ping", "target", "srcdoc", "xlink:href"})
_DROPPED = frozenset({"base", "meta", "link"})
_FOREIGN = frozenset({"svg", "math"})
_RAW = frozenset({"style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext"})
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"']+")
_TOKEN = re.compile(r"(?<=[/=])(?=[^/?&=#]*\d)(?=[^/?&=#]*[A-Za-z])[\w.~%-]{20,}")

REDACTED = "REDACTED"


def frame(html: str, scheme: Scheme = "light", *, images: bool = False) -> Response:
    """The answer that a sandboxed frame shows. `images`: remote ones may be loaded, and tell their server of it."""
    policy = _FRAME.format(images="data: https: http:" if images else "data:")
    return HTMLResponse(harmless(html, scheme) + _FOCUS, headers={"content-security-policy": policy})


def harmless(html: str, scheme: Scheme = "light") -> str:
    """The same page without anything that leads elsewhere, as a mail program in that colour scheme shows it."""
    return _Rewriter(scheme).rewritten(html)


def redacted(text: str) -> str:
    """`text` with what looks like a secret in its links replaced: those of unsubscribing, of setting a password."""
    return _URL.sub(lambda found: _TOKEN.sub(REDACTED, found[0]), text)


class _Rewriter(HTMLParser):
    """Copies a page tag by tag. Where a link led stays to be read: in the tooltip.

    Whether a browser reads what is in a <style> as words or as tags depends on whether it is inside of an image. Where
    there is one, nobody shall have to know: from there on, such tags are left out and their content is read as tags.
    """

    def __init__(self, scheme: Scheme) -> None:
        super().__init__(convert_charrefs=False)
        self._scheme = scheme
        self._out: list[str] = []
        self._foreign = False

    def rewritten(self, html: str) -> str:
        self.feed(html)
        self.close()
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._foreign = self._foreign or tag in _FOREIGN
        if tag in _DROPPED or (self._foreign and tag in _RAW):
            return
        if tag == "body":  # what no longer leads anywhere cannot have the focus: so that keys scroll, the whole can
            attrs = [("tabindex", "0"), *((name, value) for name, value in attrs if name != "tabindex")]
        elif all(name not in _LEADS for name, _ in attrs):
            self._out.append(self.get_starttag_text() or "")
            return
        kept = [(name, value) for name, value in attrs if name not in _LEADS]
        led = next((value for name, value in attrs if name == "href" and value), None)
        if led and all(name != "title" for name, _ in kept):
            kept.append(("title", redacted(led)))
        words = "".join(f' {name}="{escape(value or "")}"' for name, value in kept)
        self._out.append(f"<{tag}{words}>")

    def set_cdata_mode(self, elem: str, **how: Any) -> None:
        if not self._foreign:
            super().set_cdata_mode(elem, **how)

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
