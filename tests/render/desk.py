"""Where the tests of this room write letters and read them as a mail program would."""

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from workers.contract.templates import TEMPLATES as ALL
from workers.domain.contents import (
    ActivityContent,
    Content,
    DocumentContent,
    FollowUpContent,
    RenewalContent,
    SetPasswordContent,
    WelcomeContent,
)
from workers.domain.notices import LANGUAGES
from workers.render import Brand, Renderer
from workers.render.examples import example
from workers.render.scenarios import scenarios_of

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
LOCALES = ROOT / "locales"

EVERYTHING = {template: type(example(template)) for template in ALL}
"""Which content each template of the contract shows."""
RENEWALS = tuple(template for template, content in EVERYTHING.items() if content is RenewalContent)
DOCUMENTS = tuple(template for template, content in EVERYTHING.items() if content is DocumentContent)
LINKED = tuple(template for template in ALL if hasattr(example(template), "link"))
EVERY = [(template, language) for template in ALL for language in LANGUAGES]
EVERY_SCENARIO = [(template, language, name) for template, language in EVERY for name in scenarios_of(template)]

BRAND = Brand(
    name="Agentur Alsterblick",
    colour="#1d6b62",
    signature="Team Alsterblick\n+49 40 5550 100",
    address="Agentur Alsterblick GmbH · Beispielweg 1 · 20095 Hamburg",
)


OUTSIDE: dict[type[Content], tuple[str, ...]] = {
    FollowUpContent: ("lead_title", "process_name", "stage_name", "company_name", "details"),
    RenewalContent: ("company_name", "product", "partner_name"),
    ActivityContent: ("title", "action", "number", "company_name", "actor_name", "text"),
    DocumentContent: ("company_name", "id", "number", "title", "project_title", "task_title", "text"),
    WelcomeContent: ("company_name", "login"),
    SetPasswordContent: ("login",),
}
"""The fields of each content that hold words from outside."""


def worded(value: str) -> dict[str, object]:
    """`value` in the form of each field that is more than one string."""
    return {"details": ((value, value),), "text": (value, "", value)}


def filled(content: Content, value: str) -> Content:
    """The content with `value` wherever words come from outside, but for the reader."""
    return replace(content, **{name: worded(value).get(name, value) for name in OUTSIDE[type(content)]})


@cache
def renderer() -> Renderer:
    """One for all tests of a process, as in the fleet."""
    return Renderer(TEMPLATES, LOCALES, BRAND)


class Page(HTMLParser):
    """An HTML part, read: its pieces of text in order, its links and what they say, its tags with their attributes."""

    _SILENT = ("style", "title")
    _VOID = ("meta", "br", "img")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.pieces: list[str] = []
        self.links: list[str] = []
        self.buttons: list[str] = []
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.comments: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))
        if tag not in self._VOID:
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        piece = re.sub(r"[\n ]+", " ", data.replace("\u2007\u034f", "")).strip(" \u2007\u034f\xa0")
        if piece and self.open[-1] not in self._SILENT:
            self.pieces.append(piece)
        if self.open and self.open[-1] == "a":
            self.buttons.append(piece)

    @property
    def preheader(self) -> str:
        return self.pieces[0]

    @property
    def text(self) -> str:
        return "\n".join(self.pieces)
