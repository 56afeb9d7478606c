"""The pages in this process: one uvicorn, until it is asked to end."""

import signal
import socket

import uvicorn
from fastapi import FastAPI

_LAST_ANSWERS = 3
"""Seconds that answers under way get at the end; less than the supervisor's grace."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128)


def address_of(listener: socket.socket) -> str:
    """Where a browser finds it: "http://127.0.0.1:8025"."""
    host, port = listener.getsockname()[:2]
    return address(host, port)


def address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_of(app: FastAPI) -> uvicorn.Server:
    """No access log of its own (it tells query strings), no headers of proxies believed, no name of itself told."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_LAST_ANSWERS,
    )
    return uvicorn.Server(config)


def serve(app: FastAPI, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, which end it in good order. For the main thread."""
    server = server_of(app)

    def end(_number: int, _frame: object) -> None:
        server.should_exit = True  # uvicorn repeats the signal for us when it has ended: then nobody is left to hear

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    server.run(sockets=[listener])
