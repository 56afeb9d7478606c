"""Events in which every text is as long as the contract allows: what a store must have room for."""

import random
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from tests.contract.mutations import places, replaced
from tests.contract.speech import verdict
from workers.contract import examples

THREE_OCTETS, FOUR_OCTETS = (0x4E00, 0x9FA5), (0x20000, 0x2A6D0)
"""Han characters, by what each of them takes in UTF-8."""

OBJECT = "I" * 128
"""The id of every object: so they refer to one another."""


class Author:
    """Writes texts of its alphabet that no compression makes shorter."""

    def __init__(self, alphabet: tuple[int, int], seed: str) -> None:
        self._alphabet = alphabet
        self._chance = random.Random(seed)

    def word(self, length: int) -> str:
        return "".join(chr(self._chance.randint(*self._alphabet)) for _ in range(length))

    def texts(self, like: str) -> Iterator[str]:
        """The longest first: one for each limit of the contract, and one for each pattern."""
        if "@" in like:
            labels = [self.word(10) for _ in range(20)]
            yield from (f"{self.word(64)}@{'.'.join(labels[:some])}.example.com" for some in range(20, 0, -1))
        yield self.word(10_000)
        link = "https://crm.example.com/"
        yield link + self.word(2_000 - len(link))
        yield from (self.word(length) for length in (500, 256))
        yield from (f"company/{OBJECT}", OBJECT, OBJECT[1:] + "2")
        yield "deu-Latn-419-aaaaaaaa-bbbbbbbb-1abc"


@cache
def longest(name: str, alphabet: tuple[int, int] = THREE_OCTETS) -> dict[str, Any]:
    """The full example of a type, each text of it replaced by the longest that the contract takes in its place."""
    made, author = examples.full(name), Author(alphabet, name)
    for path in [("id",), ("source",), *(path for path in places(made) if path[0] == "data")]:
        if isinstance(told := _at(made, path), str):
            made = next(_accepted(replaced(made, path, text) for text in author.texts(told)), made)
    for path in [path for path in places(made) if isinstance(_at(made, path), dict)]:
        made = next(_accepted([replaced(made, path, _renamed(_at(made, path), author))]), made)
    return made


def _accepted(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (event for event in events if verdict(event) is None)


def _at(event: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        event = event[step]
    return event


def _renamed(fields: dict[str, Any], author: Author) -> dict[str, Any]:
    """With names that are free, where they are."""
    return {author.word(500): value for value in fields.values()}
