"""Which features of HTML and CSS a mail uses, under the names that caniemail gives them."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from tests.mails.caniemail import support

ELEMENTS = {
    "h1": "html-h1-h6",
    "h2": "html-h1-h6",
    "li": "html-lists",
    "ol": "html-lists",
    "ul": "html-lists",
    "tbody": "html-table",
    "td": "html-table",
    "th": "html-table",
    "thead": "html-table",
    "tr": "html-table",
    "article": "html-semantics",
    "footer": "html-semantics",
    "header": "html-semantics",
    "main": "html-semantics",
    "nav": "html-semantics",
    "section": "html-semantics",
}
"""Elements that caniemail lists under another name than html-NAME."""

_VALUES = {
    "css-rgba": r"rgba\(",
    "css-important": r"!important",
    "css-unit-px": r"\dpx\b",
    "css-unit-percent": r"\d%",
    "css-unit-em": r"\dem\b",
    "css-unit-rem": r"\drem\b",
    "css-unit-vw": r"\dvw\b",
    "css-unit-calc": r"\bcalc\(",
    "css-variables": r"\bvar\(",
    "css-linear-gradient": r"linear-gradient\(",
    "css-sytem-ui": r"\bsystem-ui\b",
}
_SELECTORS = {
    "css-selector-class": r"\.[\w-]",
    "css-selector-id": r"#[\w-]",
    "css-selector-attribute": r"\[",
    "css-selector-universal": r"\*",
    "css-selector-child": r">",
    "css-selector-descendant": r"[\w\])] +[\w.#*\[:]",
    "css-selector-chaining": r"[\w-]\.[\w-]",
    "css-selector-grouping": r",",
    "css-selector-type": r"(^|[\s,>])[a-z]",
}
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"(@[\w-]+[^{};]*|[^{};@]+)\{")
_LAST = re.compile(r"\.(png|gif|jpg|webp|svg)$")


def features(html: str) -> frozenset[str]:
    """The features that the mail uses. One that caniemail does not list has its plain name: "<br>", "color"."""
    return frozenset(_Reading(html).found)


class _Reading(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._in_style = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        self.found.add(_named(ELEMENTS.get(tag, f"html-{tag}"), f"<{tag}>"))
        for name, value in attrs:
            self.found |= set(_attribute(tag, name, value or ""))

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.found |= set(_sheet(data))

    def handle_comment(self, data: str) -> None:
        if not data.startswith("[if mso]"):  # those are for Outlook alone, which reads them
            self.found.add("html-comments")

    def handle_decl(self, decl: str) -> None:
        self.found.add("html-doctype")


def _attribute(tag: str, name: str, value: str) -> Iterator[str]:
    if name == "style":
        yield from _declarations(value)
    elif name == "href" and value.startswith(("mailto:", "#")):
        yield "html-mailto-links" if value.startswith("mailto:") else "html-anchor-links"
    elif name == "src" and (ending := _LAST.search(value)):
        yield f"image-{ending[1]}"
    elif tag == "meta" and (name, value) == ("name", "color-scheme"):
        yield "html-meta-color-scheme"
    elif tag != "meta":
        yield _named(f"html-{name}", f"[{name}]")


def _sheet(css: str) -> Iterator[str]:
    if _COMMENT.search(css):
        yield "css-comments"
    css = _COMMENT.sub("", css)
    for head in map(str.strip, _RULE.findall(css)):
        if head.startswith("@"):
            yield _named(f"css-at-{head[1:].split()[0]}", head)
            yield from (f"css-at-media-{name}" for name in re.findall(r"\((prefers-[\w-]+|hover|orientation)", head))
        else:
            yield from (name for name, pattern in _SELECTORS.items() if re.search(pattern, head))
            yield from (_named(f"css-pseudo-class-{name}", f":{name}") for name in re.findall(r":([\w-]+)", head))
    for body in re.findall(r"\{([^{}]*)\}", css):
        yield from _declarations(body)


def _declarations(css: str) -> Iterator[str]:
    for declaration in filter(None, map(str.strip, css.split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name.startswith("mso-"):
            continue  # Outlook's own
        yield _property(name)
        if (name, value.split()[0]) == ("display", "none"):
            yield "css-display-none"
        yield from (feature for feature, pattern in _VALUES.items() if re.search(pattern, value))


def _property(name: str) -> str:
    """ "border-left-color" is a matter of css-border-left-color, else of css-border-left, else of css-border."""
    parts = name.split("-")
    candidates = ("css-" + "-".join(parts[:length]) for length in range(len(parts), 0, -1))
    if name.startswith(("font-family", "text-size")):  # not what css-font and css-text say
        return name
    return next((candidate for candidate in candidates if candidate in support()), name)


def _named(feature: str, plain: str) -> str:
    return feature if feature in support() else plain
