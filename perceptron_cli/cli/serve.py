"""A page on this machine alone, made anew when its config is saved."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Callable
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from perceptron_cli import web
from perceptron_cli.cli.stream import say
from perceptron_cli.errors import NnstepError
from perceptron_cli.render.as_html import page


class Served:
    """The newest page, and what it is known by: the config's content as it was when the page was made."""

    def __init__(self, config: str, make: Callable[[], str]) -> None:
        self.config, self.make = config, make
        self.version, self.text = "", ""
        self.renew(strictly=True)

    def renew(self, *, strictly: bool = False) -> None:
        """Make the page anew where the config has changed; an error in it is the page then."""
        version = self._content()
        if version == self.version:
            return
        self.version = version
        try:
            self.text = self.make()
        except NnstepError as error:
            if strictly:
                raise
            told = "".join(
                f"<p>{escape(str(one))}</p><p>{escape(one.hint or '')}</p>" for one in error.problems
            )
            body = f"<main><h1>The config cannot be read</h1>{told}</main>"
            self.text = page("nnstep", body, web.script("serve"), served=True)

    def _content(self) -> str:
        if not os.path.isfile(self.config):
            return "bundled"
        with open(self.config, "rb") as stream:
            return sha256(stream.read()).hexdigest()


def serve_page(config: str, make: Callable[[], str]) -> None:
    """Show a page in the browser until the command is interrupted. Raises InputError for a wrong config."""
    served = Served(config, make)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Host", "").partition(":")[0] not in ("127.0.0.1", "localhost"):
                self.send_error(403)
                return
            if self.path not in ("/", "/version"):
                self.send_error(404)
                return
            served.renew()
            text, kind = (served.text, "html") if self.path == "/" else (served.version, "plain")
            data = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", f"text/{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing of each request."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of a browser that goes away in the middle of an answer."""
            if not isinstance(sys.exception(), ConnectionError):
                super().handle_error(request, client_address)  # type: ignore[arg-type]

    with Server(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        address = f"http://127.0.0.1:{server.server_port}/"
        say(f"the page is at {address} until Ctrl-C ends it")
        webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
