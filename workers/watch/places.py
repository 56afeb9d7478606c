"""Where something broke, for people who mend it."""

import traceback


def places(error: BaseException) -> str:
    """An error as its places and its type. What it says can repeat a row, and rows are about people."""
    trace = "".join(traceback.format_tb(error.__traceback__)).rstrip()
    return f"{trace}\n{type(error).__name__}"
