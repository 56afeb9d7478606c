"""CSS written into the tags of a template when it is loaded: once per file, not once per mail."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader

_CLASSES = re.compile(r'class="(?P<classes>[^"]*)"(?: style="(?P<own>[^"]*)")?')
_STYLE = re.compile(r'style="(?P<rules>[^"]*)"')


class StyledLoader(FileSystemLoader):
    """Serves templates; those in HTML get the rules of `layout/style.css` written into every tag that has a class.

    Templates are not HTML yet, so rules are looked up by class alone: the style sheet may select by nothing else.
    A tag's own style stands right after its class, may contain expressions, and beats the style sheet.
    """

    def __init__(self, templates: Path) -> None:
        super().__init__(templates)
        self._css = (templates / "layout" / "style.css").read_text("utf-8")
        self._inliner = CSSInliner(load_remote_stylesheets=False)
        self._rules = cache(self._look_up)

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, filename, uptodate = super().get_source(environment, template)
        if template.endswith(".html"):
            source = _CLASSES.sub(self._styled, source)
        return source, filename, uptodate

    def _styled(self, tag: re.Match[str]) -> str:
        rules = self._rules(tag["classes"]) + (tag["own"] or "")
        return f'class="{tag["classes"]}" style="{rules}"'

    def _look_up(self, classes: str) -> str:
        inlined = self._inliner.inline_fragment(f'<p class="{classes}"></p>', self._css)
        style = _STYLE.search(inlined)
        return style["rules"] if style else ""
