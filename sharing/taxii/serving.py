"""Run the TAXII server on this machine; behind a web server that speaks TLS in production."""

import logging
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import WSGIApplication

IDLE_SECONDS = 30  # a silent connection is closed
CLOSING_SECONDS = 0.05  # `shutdown()` waits at most so long for the loop to notice

_log = logging.getLogger("vigie.taxii")


def serve(application: WSGIApplication, host: str, port: int) -> WSGIServer:
    """Start answering, in threads that end with the process; return at once.

    Port 0 takes a free one, see `server_port`. `shutdown()` then `server_close()` end it sooner. Raises
    `OSError` where the port is taken.
    """
    server = _Server((host, port), _Handler)
    server.set_app(application)
    threading.Thread(
        target=server.serve_forever, args=(CLOSING_SECONDS,), name="vigie-taxii-serve", daemon=True
    ).start()
    return server


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Handler(WSGIRequestHandler):
    timeout = IDLE_SECONDS

    def log_message(self, format: str, *args: object) -> None:
        """Hand the request line to the log instead of standard error."""
        _log.debug("answered: %s", format % args)
