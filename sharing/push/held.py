"""Remember what a target holds, so that nothing is sent twice and whatever must leave it can be called back.

Two files a target: `<name>.json`, the last release it got whole, and `<name>.held`, one line for each thing it
has. A batch that the target has confirmed is appended at once, so a crash repeats one batch at most; sending
is idempotent. A thing is a value (`type value`) or the name of a file.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

from records import Marking, Observable, ObservableType, parse_pap, parse_tlp
from sharing.push.targets import RefusedError, Target

_VERSION = 1
_GONE = "-"


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """What a target has of a value: a digest of its line, when it was first listed, and its marking there."""

    digest: str
    listed_at: datetime
    marking: Marking

    def text(self) -> str:
        """Return it as it is kept."""
        tlp, pap = self.marking.tlp.label, self.marking.pap.name
        return f"{self.digest} {int(self.listed_at.timestamp())} {tlp} {pap}"

    @classmethod
    def parse(cls, text: str) -> "HeldEntry":
        """Return what `text` gave."""
        digest, listed, tlp, pap = text.split(" ")
        marking = Marking(parse_tlp(tlp), parse_pap(pap))
        return cls(digest, datetime.fromtimestamp(int(listed), UTC), marking)


def key_of(item: Observable) -> str:
    """Return the key of a value."""
    return f"{item.type.value} {item.value}"


def observable_of(key: str) -> Observable:
    """Return the value of a key."""
    kind, _, value = key.partition(" ")
    return Observable(ObservableType(kind), value)


@dataclass(slots=True)
class Held:
    """What one target holds: `number` is the last release that it has whole, 0 for none; `things` key -> text.

    `same` says that its filters were the same then: only in that case do changes since `number` suffice.
    `begun` says that a push to it did not come to its end, `clean` that the files say just this.
    """

    folder: Path
    target: Target
    number: int = 0
    same: bool = False
    begun: bool = False
    clean: bool = False
    things: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Note that something is about to be sent; raises `OSError`."""
        if not self.clean:
            self._write_things()
        self.begun = self.clean = True
        self._write_state()

    def confirm(self, changes: Iterable[tuple[str, str]]) -> None:
        """Note that a target has things (key, text), or no longer has them (empty text); raises `OSError`."""
        lines = []
        for key, text in changes:
            lines.append(f"{key}\t{text or _GONE}\n")
            if text:
                self.things[key] = text
            else:
                self.things.pop(key, None)
        with _log(self.target, self.folder).open("ab") as stream:
            stream.write("".join(lines).encode())
            stream.flush()
            os.fsync(stream.fileno())

    def finish(self, number: int) -> None:
        """Note that a target has a release whole; raises `OSError`."""
        if number == self.number and self.same and not self.begun:
            return
        if self.begun or not self.clean:
            self._write_things()
        self.number, self.same, self.begun, self.clean = number, True, False, True
        self._write_state()

    def _write_things(self) -> None:
        lines = (f"{key}\t{text}\n" for key, text in self.things.items())
        _replace(_log(self.target, self.folder), "".join(lines).encode())

    def _write_state(self) -> None:
        body = {
            "state": _VERSION,
            "place": self.target.place(),
            "filters": self.target.filters() if self.same else "",
            "number": self.number,
            "begun": self.begun,
        }
        _replace(_state(self.target, self.folder), orjson.dumps(body, option=orjson.OPT_INDENT_2))


@contextmanager
def held_by(target: Target, folder: Path) -> Iterator[Held]:
    """Open what a target holds, for one push at a time.

    Raises `RefusedError` where another push is under way or what was written cannot be read, `OSError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{target.name}.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RefusedError("another push to it is under way; this one leaves it alone") from error
        yield read(target, folder)


def read(target: Target, folder: Path) -> Held:
    """Return what a target holds, nothing where it is new or has moved; raises `RefusedError` and changes nothing."""
    path, log = _state(target, folder), _log(target, folder)
    try:
        body = orjson.loads(path.read_bytes()) if path.exists() else {"place": ""}
        if body["place"] != target.place():
            return Held(folder, target)
        things, clean = _things(log)
        same = body["filters"] == target.filters()
        return Held(folder, target, int(body["number"]), same, bool(body["begun"]), clean, things)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise RefusedError(
            f"{path} or {log.name} cannot be read; restore them, or remove both to send everything anew"
        ) from error


def _state(target: Target, folder: Path) -> Path:
    return folder / f"{target.name}.json"


def _log(target: Target, folder: Path) -> Path:
    return folder / f"{target.name}.held"


def _things(log: Path) -> tuple[dict[str, str], bool]:
    """Read a log, and say whether it is whole; a last line that a crash cut short was never confirmed."""
    found: dict[str, str] = {}
    if not log.exists():
        return found, False
    with log.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return found, False
            key, _, text = line[:-1].decode().rpartition("\t")
            if text == _GONE:
                found.pop(key, None)
            else:
                found[key] = text
    return found, True


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole, or leave the old one."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
