"""What goes to standard error: one line an occasion, with ids and reasons, never an address or a text."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

_FIRST: list[structlog.typing.Processor] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logger(name: str | None = None) -> Any:
    """A module's logger. By importing it from here the module is discreet before anybody configures anything."""
    return structlog.get_logger(name) if name else structlog.get_logger()


def be_discreet() -> None:
    """As `configure`, for whoever only imports us: structlog's default shows an exception with all its variables."""
    structlog.configure(
        processors=[*_FIRST, without_words, structlog.dev.ConsoleRenderer(colors=False)],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def configure(level: str, form: Literal["text", "json"]) -> None:
    """Set up structlog, and the standard library's logging with it, for this process: both tell in the same form."""
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*_FIRST, without_words, last],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_FIRST, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, without_words, last],
        )
    )
    # dramatiq logs the arguments of a message at INFO and DEBUG; events are personal data. In its processes it has set
    # up logging of its own before us, which tells exceptions in full.
    logging.basicConfig(level=logging.WARNING, handlers=[to_stderr], force=True)
    logging.getLogger("dramatiq.worker").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").addFilter(_of_the_loop)


def _of_the_loop(record: logging.LogRecord) -> bool:
    """What asyncio says of a task or callback that failed repeats its arguments and its error."""
    record.msg, record.args = "something failed on the event loop", ()
    return True


def without_words(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its type and its places: what it says can repeat a row, and rows are about people."""
    if error := line.pop("exc_info", None):
        if isinstance(error, BaseException):
            error = type(error), error, error.__traceback__
        kind, _, trace = error if isinstance(error, tuple) else sys.exc_info()
        line["error"] = kind.__name__ if kind else "?"
        line["exception"] = "".join(traceback.format_tb(trace))
    return line


be_discreet()
