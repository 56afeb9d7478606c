"""The pages on a real server, and a browser without a screen that reads them."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urlsplit

from pydantic import SecretStr

from workers.house import House
from workers.house import build as build_house
from workers.settings import Settings
from workers.settings.installation import Database
from workers.web import serving
from workers.web.app import build
from workers.web.door import link

_BEFORE_A_MARK = re.compile(r" (?=[;:,.])")
TOKEN = "the-token-of-the-pages-in-tests"


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in small letters; of several cookies only the last is here."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def html(self) -> str:
        return self.body.decode()

    @property
    def text(self) -> str:
        """What a reader sees, pieces between single blanks."""
        return _BEFORE_A_MARK.sub("", " ".join(_Text(self.html).pieces))


@dataclass
class Served:
    """A server, and what our client holds: `cookies` are sent with every request."""

    address: str
    house: House
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def link(self) -> str:
        return link(self.address, TOKEN)

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """One request, redirects not followed; `accept_language="de"` is a header."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with closing(HTTPConnection(urlsplit(self.address).netloc, timeout=30)) as connection:
            connection.request(method, path, headers=given)
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): v for name, v in response.getheaders()}, response.read())

    def sign_in(self) -> "Served":
        """Follow the link; from then on the session is sent along."""
        name, _, value = self.get(self.link.removeprefix(self.address)).headers["set-cookie"].partition("=")
        self.cookies[name] = value.partition(";")[0]
        return self


@contextmanager
def serving_pages(database_url: str, settings: Settings | None = None) -> Iterator[Served]:
    """The pages over this database, on a free port, in a thread of this process; nobody is signed in."""
    over = {"database": Database(url=SecretStr(database_url))}
    house = build_house((settings or Settings()).model_copy(update=over))
    listener = serving.listen("127.0.0.1", 0)
    server = serving.server_of(build(house, TOKEN))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Served(serving.address_of(listener), house)
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()
        house.database.close()
        assert not thread.is_alive()


class _Text(HTMLParser):
    """The pieces of text that are shown."""

    _SILENT = ("style", "title", "script")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._tag = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag not in self._SILENT and (piece := " ".join(data.split())):
            self.pieces.append(piece)
