"""`rappel web`: the pages that support reads."""

import sys
from contextlib import closing

from workers.cli.installation import open_house
from workers.cli.options import Config
from workers.watch import reports
from workers.web import serving
from workers.web.app import build
from workers.web.door import link, new_token


def web(config: Config = None) -> None:
    """Serve the pages that support reads, on this machine alone, until Ctrl-C; `rappel up` serves them too.

    Prints a link that signs in. It holds for as long as the pages are served, the sign-in for twelve hours. Where
    web.token is set it is the token of the link, which is not printed then.

    Example: rappel web

    Example: RAPPEL_WEB__PORT=8025 rappel web
    """
    with open_house(config) as house:
        settings = house.settings
        reports.configure(settings.sentry.dsn.get_secret_value() if settings.sentry.dsn else None)
        token = settings.web.token.get_secret_value() if settings.web.token else new_token()
        with closing(serving.listen(settings.web.host, settings.web.port)) as listener:
            address = serving.address_of(listener)
            told = address if settings.web.token else link(address, token)
            sys.stderr.write(f"rappel: the pages are at {told}\n")
            sys.stderr.flush()
            serving.serve(build(house, token), listener)
