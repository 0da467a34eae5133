"""A real IMAP server on loopback: Dovecot, with its own folder, certificate and mailbox."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "veille", 'mot "dé" \\ passe'
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
auth_mechanisms = {mechanisms}
mail_location = maildir:{folder}/mail
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
mail_uid = {mail}
mail_gid = {mail}
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Mailbox:
    """The running server: its address, its own authority's certificate, and the mailbox behind it."""

    url: str
    ca_file: Path
    maildir: Path
    owner: int

    def deliver(self, name: str, body: bytes) -> None:
        """Put a message into the inbox as a delivery agent does."""
        waiting = self.maildir / "tmp" / name
        waiting.write_bytes(body)
        if os.getuid() == 0:
            os.chown(waiting, self.owner, self.owner)
        waiting.rename(self.maildir / "new" / name)

    def names(self) -> list[str]:
        """Return the names of its messages, with their flags."""
        return sorted(path.name for part in ("new", "cur") for path in (self.maildir / part).iterdir())


def certificate(folder: Path, address: str = "127.0.0.1") -> None:
    """Write `cert.pem` and `key.pem` of an authority that vouches for itself at one address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Vigie tests")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@contextmanager
def imap_server(mechanisms: str = "plain", password: str = PASSWORD) -> Iterator[Mailbox]:
    """Run Dovecot; skips where it is not installed."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("dovecot-imapd is not installed")
    root, me = os.getuid() == 0, pwd.getpwuid(os.getuid()).pw_name
    owner = pwd.getpwnam("mail").pw_uid if root else os.getuid()  # it serves no mail as root
    with tempfile.TemporaryDirectory(prefix="vigie-imap-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)
        maildir = folder / "mail"
        for part in ("", "new", "cur", "tmp"):
            (maildir / part).mkdir(mode=0o755)
            os.chown(maildir / part, owner, -1)
        certificate(folder)
        users = {"internal": "dovecot" if root else me, "login": "dovenull" if root else me}
        group = "dovecot" if root else str(os.getgid())
        text = CONFIGURATION.format(
            folder=folder,
            port=port,
            mail=owner,
            group=group,
            mechanisms=mechanisms,
            **users,
        )
        (folder / "users").write_text(f"{USER}:{password}::::::\n", "utf-8")
        (folder / "dovecot.conf").write_text(text, "utf-8")
        process = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")])
        try:
            _await(process, port, folder)
            yield Mailbox(f"imaps://127.0.0.1:{port}/INBOX", folder / "cert.pem", maildir, owner)
        finally:
            process.terminate()
            process.wait()


def _await(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    """Wait until the server answers, or fail with its log."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        return
    log = folder / "log"
    pytest.fail(f"dovecot does not start: {log.read_text() if log.exists() else 'no log'}")
