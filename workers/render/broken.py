"""What went wrong in which template, so that only its mails wait (DESIGN promise 9)."""

import traceback
from pathlib import Path

from jinja2 import TemplateNotFound, TemplateSyntaxError


class TemplateBroken(Exception):  # noqa: N818 - a state that operators see, named as DESIGN and the reasons name it
    """One template cannot be rendered: a syntax error, an undefined name, a file that is missing.

    `template` is the kind's template, `line` the line (from 1; 0 where there is none) of the file that `message` names.
    """

    def __init__(self, template: str, line: int, message: str) -> None:
        super().__init__(template, line, message)
        self.template = template
        self.line = line
        self.message = message

    def __str__(self) -> str:
        return f"template {self.template}: {self.message} (line {self.line})"

    @classmethod
    def because(cls, error: Exception, template: str, root: Path) -> "TemplateBroken":
        """Find the place below `root` at which `error` arose."""
        file, line = _place(error, root)
        return cls(template, line, f"{file or template}: {_words(error)}")


def _place(error: Exception, root: Path) -> tuple[str | None, int]:
    if isinstance(error, TemplateSyntaxError):
        return error.name, error.lineno
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(root)]
    if not frames:
        return None, 0
    return Path(frames[-1].filename).relative_to(root).as_posix(), frames[-1].lineno or 0


def _words(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no file {error.name}"
    return str(error) if str(error) else type(error).__name__
