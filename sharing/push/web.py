"""Speak HTTP with a target: no redirect is followed, every step has a time limit, every answer a size limit."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import BinaryIO

from sharing.push.targets import RefusedError, UnreachableError, Wire

MAX_ANSWER = 16 * 2**20  # bytes
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a target answered: a status from 200 to 299 and the body."""

    status: int
    body: bytes


class Web:
    """Asks one deployment's targets; proxy and authorities are those of its settings."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=tls(wire)),
            urllib.request.ProxyHandler({"http": wire.proxy, "https": wire.proxy} if wire.proxy else {}),
            _NoRedirect,
        )

    def ask(self, method: str, url: str, body: bytes | BinaryIO | None, headers: Mapping[str, str]) -> Answer:
        """Return the answer to one request; a stream as `body` needs its Content-Length among the headers.

        Raises `UnreachableError` where asking again may help, `RefusedError` where it will not.
        """
        said = {"User-Agent": self._wire.user_agent, **headers}
        request = urllib.request.Request(url, data=body, headers=said, method=method)
        try:
            with self._opener.open(request, timeout=self._wire.timeout) as answer:
                text = answer.read(MAX_ANSWER + 1)
                if len(text) > MAX_ANSWER:
                    raise RefusedError(f"it answered with more than {MAX_ANSWER} bytes")
                return Answer(answer.status, text)
        except urllib.error.HTTPError as error:
            with error:
                raise _failure(error) from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise untrusted(reason) from error
            raise UnreachableError(f"it does not answer: {reason or type(error).__name__}") from error


def tls(wire: Wire) -> ssl.SSLContext:
    """Return how certificates are checked: by the system's authorities and the deployment's own."""
    context = ssl.create_default_context()
    if wire.ca_file:
        context.load_verify_locations(wire.ca_file)
    return context


def untrusted(error: ssl.SSLCertVerificationError) -> RefusedError:
    """Return what to say of a certificate that is not accepted."""
    return RefusedError(f"its certificate is not trusted: {error.verify_message}; check it, or set ca_file")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: what is sent goes where the settings say, or nowhere."""

    def redirect_request(self, *_: object) -> None:
        """Refuse, so that the answer is an error."""


def _failure(error: urllib.error.HTTPError) -> RefusedError | UnreachableError:
    """Return what a status means; of a body that may hold anything, the first printable words."""
    if error.code in _LATER:
        after = error.headers.get("Retry-After", "")
        wait = float(after) if after.isascii() and after.isdigit() else None
        return UnreachableError(f"it answered {error.code}", wait)
    if 300 <= error.code < 400:
        return RefusedError(f"it answered {error.code}: a redirect, which is not followed; correct url")
    return RefusedError(f"it answered {error.code}: {_words(error)}")


def _words(error: urllib.error.HTTPError) -> str:
    try:
        text = error.read(2000).decode("utf-8", "replace")
    except (OSError, HTTPException):
        text = ""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(line.split())[:200] or error.reason or "no reason given"
