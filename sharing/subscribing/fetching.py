"""Read the files of a release from where they are: a web address, or a folder such as a USB stick's."""

import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from records import UnreadableError

LARGEST = 1 << 30  # bytes of one file
_PATIENCE = 60  # seconds without an answer


@dataclass(frozen=True, slots=True)
class Place:
    """Where a release is. The web proxy is the environment's (`HTTPS_PROXY`, `NO_PROXY`)."""

    address: str

    def read(self, name: str, *, largest: int = LARGEST) -> bytes:
        """Return a file of the release; raises `UnreadableError` with what to do."""
        if "://" not in self.address:
            return self._from_disk(name, largest)
        return self._from_web(name, largest)

    def _from_disk(self, name: str, largest: int) -> bytes:
        path = Path(self.address) / name
        try:
            with path.open("rb") as stream:
                data = stream.read(largest + 1)
        except OSError as error:
            raise UnreadableError(
                f"{path}: cannot be read: {error.strerror}; is the whole release there?"
            ) from error
        return _bounded(data, largest, str(path))

    def _from_web(self, name: str, largest: int) -> bytes:
        url = f"{self.address.rstrip('/')}/{name}"
        if urlsplit(url).scheme not in ("https", "http"):
            raise UnreadableError(f"{url}: not an address of the web; use https://, or a folder")
        try:
            with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:
                data: bytes = answer.read(largest + 1)
        except urllib.error.HTTPError as error:
            raise UnreadableError(f"{url}: the server answers {error.code}; check the address") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise UnreadableError(f"{url}: cannot be reached: {reason}; the last good lists stay") from error
        return _bounded(data, largest, url)


def _bounded(data: bytes, largest: int, name: str) -> bytes:
    if len(data) > largest:
        raise UnreadableError(f"{name}: larger than {largest} bytes; it is not read")
    return data
