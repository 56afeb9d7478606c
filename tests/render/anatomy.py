"""An HTML part taken apart: what is this letter's own, and what all letters share. Together they are the whole part.

So a golden file holds what a person wants to read of a page, and still nothing can change unseen.
"""

import re
from dataclasses import dataclass, field
from html import escape

from tests.render.desk import EVERY_SCENARIO, renderer
from workers.domain.letters import Letter
from workers.render.scenarios import scenario

_OWN = re.compile(
    r'<html lang="(?P<language>.*?)".*?<title>(?P<title>.*?)</title>.*?<div class="preheader"[^>]*>(?P<preheader>.*?)'
    r'(?:&#8199;&#847; )+</div>.*?aria-label="(?P<name>.*?)" lang="(?P<again>.*?)".*?<td class="card"[^>]*>\n'
    r'(?P<card>.*?\n)</td>\n</tr>\n<tr>\n<td class="footer"[^>]*>\n(?P<footer>.*?\n)</td>',
    re.DOTALL,
)
_STYLED = re.compile(r'class="(?P<classes>[^"]*)" style="(?P<style>[^"]*)"')


@dataclass
class Anatomy:
    """`own` pieces of a page by name, without styles; `shared` is the page around them; `styles` by class."""

    own: dict[str, str]
    shared: str
    styles: dict[str, set[str]] = field(default_factory=dict)


def taken_apart(letter: Letter) -> Anatomy:
    """Fails where a page is not built as all others are."""
    found = _OWN.search(letter.html)
    assert found, "the page lacks a piece that every page has"
    own = found.groupdict()
    assert (own.pop("title"), own.pop("name")) == (escape_as_jinja(letter.subject),) * 2
    assert own.pop("again") == own.pop("language")
    shared, end = "", 0
    for name in _OWN.groupindex:
        start, after = found.span(name)
        shared += letter.html[end:start] + f"[{name}]"
        end = after
    styles: dict[str, set[str]] = {}

    def without_style(tag: re.Match[str]) -> str:
        styles.setdefault(tag["classes"], set()).add(tag["style"])
        return f'class="{tag["classes"]}"'

    return Anatomy({name: _STYLED.sub(without_style, piece) for name, piece in own.items()},
                   shared + letter.html[end:], styles)  # fmt: skip


def escape_as_jinja(text: str) -> str:
    return escape(text, quote=True).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def layout() -> str:
    """What all letters share, as its golden file has it. Fails where two letters differ in it."""
    pages: set[str] = set()
    styles: dict[str, set[str]] = {}
    for template, language, name in EVERY_SCENARIO:
        anatomy = taken_apart(renderer().render(template, scenario(template, language, name)))
        pages.add(anatomy.shared)
        for classes, found in anatomy.styles.items():
            styles.setdefault(classes, set()).update(found)
    [page] = pages
    rules = [f"{classes}: {style}" for classes, [style] in sorted(styles.items())]
    return "\n".join([page.rstrip("\n"), "", *rules]) + "\n"
