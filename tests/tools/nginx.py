"""nginx, fed with its map and its geo."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records import Observable, ObservableType
from tests.tools import Stopped
from tests.tools._requests import ADDRESSES, address_in, status
from tests.tools._running import found, free_port, run, running, version_of

NAME, PACKAGE, FORMAT = "nginx", "nginx-light", "nginx"
FILES = ("nginx/domains.map", "nginx/addresses.geo")
TYPES = ADDRESSES | {ObservableType.DOMAIN}


def version() -> str | None:
    """Return the installed version."""
    said = version_of("nginx", "-v")
    return said.partition("/")[2] if said else None


@contextmanager
def loaded(lists: Path, work: Path) -> Iterator[Stopped]:
    """Run the server; an address is presented as an argument, which `geo` reads as it would who asks."""
    port, config = free_port(), work / "nginx.conf"
    config.write_text(
        f"""pid {work}/nginx.pid;
error_log {work}/error.log warn;
daemon off;
events {{}}
http {{
  access_log off;
  client_body_temp_path {work}/body; proxy_temp_path {work}/proxy; fastcgi_temp_path {work}/fast;
  uwsgi_temp_path {work}/uwsgi; scgi_temp_path {work}/scgi;
  map_hash_max_size 4194304; map_hash_bucket_size 512;
  map $host $listed_name {{ hostnames; default 0; include {lists / FILES[0]}; }}
  geo $arg_probe $listed_address {{ default 0; include {lists / FILES[1]}; }}
  server {{
    listen 127.0.0.1:{port};
    if ($listed_name) {{ return 403; }}
    if ($listed_address) {{ return 403; }}
    return 204;
  }}
}}
"""
    )
    program = found("nginx") or "nginx"
    run([program, "-t", "-c", config], refuse=("[warn]", "[emerg]"))
    with running([program, "-c", config], port, work / "nginx.log"):

        def is_stopped(item: Observable) -> bool:
            if item.type in ADDRESSES:
                return status(port, f"http://site.test/?probe={address_in(item)}", through_proxy=False) == 403
            return status(port, f"http://{item.value}/", through_proxy=False) == 403

        yield lambda items: frozenset(item for item in items if is_stopped(item))
