"""Upload lists by SFTP, with the `sftp` program of OpenSSH: keys, agents and ciphers are those its users know.

`url` is `sftp://host[:port]/folder`, `user` the account, `key_file` its private key and `known_hosts` the file that has the
server's key: an unknown one is refused. A file is uploaded under another name, then takes its place in one step
(the extension posix-rename@openssh.com); the manifest is the last.
"""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote

from records import SettingsError
from sharing.manifest import digest_of
from sharing.push.kinds import Send, Terms
from sharing.push.planning import Parcel
from sharing.push.targets import RefusedError, Target, UnreachableError, address, need

SENDS: Literal["files"] = "files"
BATCH = 50
_CHATTER = ("Connected to", "Connection closed", "remote mkdir")
_CONNECTION = ("connection closed", "connection refused", "connection reset", "timed out", "no route to host")


def check(target: Target) -> None:
    """Raise `SettingsError` where address, account or keys are missing."""
    parts = address(target, "sftp", encrypted=("sftp",))
    need(target, user=target.user, key_file=target.key_file, known_hosts=target.known_hosts)
    if not unquote(parts.path).isprintable() or '"' in parts.path or (parts.hostname or "").startswith("-"):
        raise SettingsError(f"push.{target.name}: url names no folder that can be written to")
    for file in (target.key_file, target.known_hosts):
        if file is not None and not file.is_file():
            raise SettingsError(f"push.{target.name}: there is no file {file}")


@contextmanager
def opened(target: Target, terms: Terms) -> Iterator[Send]:
    """Yield what uploads a batch over one connection."""
    root = PurePosixPath(unquote(address(target, "sftp", encrypted=("sftp",)).path) or "/")
    made: set[str] = set()

    def send(changes: Sequence[Parcel]) -> Mapping[str, str]:
        lines: list[str] = []
        for one in changes:
            lines += _steps(root, one, made)
        left = max(1.0, terms.until - terms.clock.elapsed())
        _run(target, terms, "\n".join(lines) + "\n", left)
        return {}

    yield send


def _steps(root: PurePosixPath, one: Parcel, made: set[str]) -> list[str]:
    """Return the lines of sftp's batch that bring one file there or away; a leading `-` lets a line fail."""
    place = root / one.key
    if one.kind == "removed":
        return [f"-rm {_quoted(str(place))}"]
    if digest_of(one.path) != one.text:
        raise RefusedError(f"{one.key} is not what was released; make the release again, then push")
    folders = [str(folder) for folder in reversed(place.relative_to(root).parents)][1:]
    steps = [f"-mkdir {_quoted(str(root / folder))}" for folder in folders if folder not in made]
    made.update(folders)
    part = _quoted(str(place.with_name(f".{place.name}.part")))
    return [*steps, f"put {_quoted(str(one.path))} {part}", f"rename {part} {_quoted(str(place))}"]


def _quoted(text: str) -> str:
    """Return a path as sftp's batch reads it: in quotes, and no pattern."""
    for sign in '\\"*?[]':
        text = text.replace(sign, f"\\{sign}")
    return f'"{text}"'


def _run(target: Target, terms: Terms, batch: str, seconds: float) -> None:
    """Run the program; raises `UnreachableError` where there is no connection, else `RefusedError`."""
    try:
        done = subprocess.run(
            _command(target, terms), input=batch, capture_output=True, text=True, timeout=seconds, check=False
        )
    except FileNotFoundError as error:
        raise RefusedError("the program sftp is missing; install openssh-client") from error
    except subprocess.TimeoutExpired as error:
        raise UnreachableError(f"it took longer than {seconds:.0f} seconds") from error
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        said = next((line for line in lines if not line.startswith(_CHATTER)), "")
        said = said or (lines[-1] if lines else f"sftp ended with {done.returncode}")
        text = "".join(sign if sign.isprintable() else " " for sign in said)[:200]
        lost = any(word in text.lower() for word in _CONNECTION)
        raise UnreachableError(text) if lost else RefusedError(text)


def _command(target: Target, terms: Terms) -> list[str]:
    parts = address(target, "sftp", encrypted=("sftp",))
    options = {
        "BatchMode": "yes",
        "LogLevel": "ERROR",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": f'"{target.known_hosts}"',
        "GlobalKnownHostsFile": "/dev/null",
        "IdentitiesOnly": "yes",
        "ConnectTimeout": str(int(terms.wire.timeout)),
        "ServerAliveInterval": "15",
        "User": target.user,
    }
    command = ["sftp", "-F", "/dev/null", "-P", str(parts.port or 22), "-i", str(target.key_file)]
    for name, value in options.items():
        command += ["-o", f"{name}={value}"]
    return [*command, "-b", "-", "--", str(parts.hostname)]
