"""Text that cannot turn the words around it: without the characters that say in which direction others run.

Embeddings, overrides and isolates reach to the end of the paragraph where nobody closes them, and with it to our own
words. Text of languages that run from right to left is readable without them; its marks (U+200E, U+200F) stay.
"""

import re

TURNS = "\u202a-\u202e\u2066-\u2069"
"""The range, as a regular expression writes it."""

_TURNS = re.compile(f"[{TURNS}]")


def straight(text: str) -> str:
    """`text` without direction changes."""
    return text if text.isascii() else _TURNS.sub("", text)
