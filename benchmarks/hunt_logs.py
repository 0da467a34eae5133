"""Measure the hunt in logs: ours, the browser's, `grep -F -f domains.txt`, and a regular expression line by line.

Run `python -m benchmarks.hunt_logs [MEGABYTES [THOUSANDS]]`: makes a DNS and a proxy log of so many MB (default
200) and lists of so many thousand values (default 50), a few of which occur, and prints MB/s of wall time. grep
knows no borders of labels, no networks and no URLs: its figure is that of a lesser question. The naive loop reads
the first 20 MB only. The browser is left out where Playwright or Chromium is not there.
"""

import itertools
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from time import perf_counter

from checking.logs import Log, hunt, read_lists

ROOT = Path(__file__).resolve().parent.parent
NAIVE = 20_000_000  # bytes that the naive loop reads
TOPS = ("com", "net", "org", "fr", "info", "example")
SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789"

IN_BROWSER = """(texts) => new Promise((resolve, reject) => {
  const worker = new Worker("assets/chasse-worker.js");
  worker.onerror = (event) => reject(new Error(event.message));
  const file = document.querySelector("input").files[0];
  const start = performance.now();
  worker.onmessage = ({ data }) => {
    if (!data.done) return;
    worker.terminate();
    resolve({ seconds: (performance.now() - start) / 1000, found: data.done.findings.length, size: data.done.size });
  };
  worker.postMessage({ files: [file], texts });
})"""


def name(random: Random) -> str:
    """Return a domain that nobody owns for certain, but of usual length."""
    return "".join(random.choices(SIGNS, k=random.randint(6, 16))) + "." + random.choice(TOPS)


def address(random: Random) -> str:
    """Return an IPv4 address."""
    return ".".join(str(random.randint(1, 223)) for _ in range(4))


def write_lists(folder: Path, thousands: int, random: Random) -> None:
    """Write lists of all sorts: half domains, the rest addresses, networks, URLs and hashes."""
    count = thousands * 1000
    lines = {
        "domains.txt": [name(random) for _ in range(count // 2)],
        "ipv4.txt": [*(address(random) for _ in range(count // 5)), "198.51.100.0/24"],
        "ipv6.txt": ["2001:db8:5::/48"],
        "urls.txt": [f"http://{name(random)}/{random.choice(SIGNS)}/{n}.exe" for n in range(count // 10)],
        "emails.txt": [f"box{n}@{name(random)}" for n in range(count // 100)],
        "sha256.txt": [f"{random.getrandbits(256):064x}" for _ in range(count // 10)],
        "sha1.txt": [f"{random.getrandbits(160):040x}" for _ in range(count // 20)],
        "md5.txt": [f"{random.getrandbits(128):032x}" for _ in range(count // 20)],
    }
    for file, values in lines.items():
        (folder / file).write_text("".join(f"{value}\n" for value in values))


def requests(random: Random, evil: list[str]) -> Iterator[tuple[datetime, str, str]]:
    """Yield time, client and host of requests without end: a few hosts take most, one in 20 000 is listed."""
    hosts = [f"{random.choice(('www', 'api', 'cdn', 'mail'))}.{name(random)}" for _ in range(30_000)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(hosts) + 1)))
    at = datetime(2025, 7, 18, 6, tzinfo=UTC)
    for number in itertools.count(1):
        at += timedelta(milliseconds=random.randint(0, 20))
        client = f"10.{random.randint(0, 3)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        host = random.choice(evil) if number % 20_000 == 0 else random.choices(hosts, cum_weights=weights)[0]
        yield at, client, host


def dns_line(at: datetime, client: str, host: str, random: Random) -> str:
    """Return a line as BIND logs a query."""
    return (
        f"{at:%d-%b-%Y %H:%M:%S}.{at.microsecond // 1000:03} queries: info: client @0x7f{random.getrandbits(40):010x}"
        f" {client}#{random.randint(1024, 65535)} ({host}): query: {host} IN A +E(0)K (10.0.0.53)\n"
    )


def proxy_line(at: datetime, client: str, host: str, random: Random) -> str:
    """Return a line as Squid logs a request."""
    path = "/".join(
        "".join(random.choices(SIGNS, k=random.randint(3, 9))) for _ in range(random.randint(1, 4))
    )
    return (
        f"{at.timestamp():.3f} {random.randint(1, 3000):6} {client} TCP_MISS/200 {random.randint(100, 99999)} GET"
        f" http://{host}/{path}?id={random.getrandbits(26)} - HIER_DIRECT/203.0.113.{random.randint(1, 254)} text/html\n"
    )


def write_log(path: Path, size: int, line: Callable[..., str], evil: list[str]) -> None:
    """Write a log of about `size` bytes: 150 000 lines that are invented, again and again."""
    random = Random(2026)
    source = requests(random, evil)
    block = "".join(line(*next(source), random) for _ in range(150_000)).encode()
    with path.open("wb") as stream:
        while stream.tell() < size:
            stream.write(block[: size - stream.tell()])


def timed(what: str, size: int, work: Callable[[], object]) -> None:
    """Run and print what came of it, and MB/s."""
    start = perf_counter()
    said = work()
    print(f"  {what:34} {size / 1e6 / (perf_counter() - start):7.0f} MB/s   {said}")


def ours(log: Path, lists: Path) -> str:
    """Hunt as `vigie hunt` does, reading the lists included."""
    with log.open("rb") as stream:
        done = hunt([Log(log.name, stream, datetime(2025, 7, 20, tzinfo=UTC))], read_lists(lists))
    return f"{len(done.findings)} found on {sum(one.count for one in done.findings)} lines"


def grep(log: Path, lists: Path) -> str:
    """Count the lines that contain a listed domain, at whatever border."""
    command = ["grep", "-c", "-F", "-f", str(lists / "domains.txt"), str(log)]
    done = subprocess.run(command, env={"LC_ALL": "C"}, capture_output=True, text=True, check=False)
    return f"{done.stdout.strip()} lines, domains only"


def naive(log: Path, lists: Path) -> str:
    """Take each line apart by a regular expression, and look each name and its parents up in a set."""
    listed = set((lists / "domains.txt").read_text().split())
    found = read = 0
    with log.open(encoding="ascii", newline="\n") as stream:
        for line in stream:
            read += len(line)
            if read > NAIVE:
                break
            for host in re.findall(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", line.lower()):
                labels = host.split(".")
                found += any(".".join(labels[at:]) in listed for at in range(len(labels) - 1))
    return f"{found} names, domains only"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def in_browser(logs: list[Path], lists: Path) -> None:
    """Hunt in a Chromium's worker, lists made into tables included."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print("browser: not measured, no Playwright or no Chromium here")
        return
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(ROOT / "site" / "theme")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    texts = {path.name: path.read_text() for path in lists.iterdir()}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(f"browser: Chromium {browser.version}, in a worker")
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.evaluate("document.body.innerHTML = '<input type=file>'")
        for log in logs:
            page.locator("input").set_input_files(log)
            done = page.evaluate(IN_BROWSER, texts)
            print(f"  {log.name:34} {done['size'] / 1e6 / done['seconds']:7.0f} MB/s   {done['found']} found")
        browser.close()
    server.shutdown()


def main() -> None:
    """Make logs and lists, and measure."""
    megabytes, thousands = (int(text) for text in [*sys.argv[1:], "200", "50"][:2])
    with tempfile.TemporaryDirectory(prefix="hunt-") as folder:
        lists = Path(folder, "lists")
        lists.mkdir()
        write_lists(lists, thousands, Random(1))
        evil = (lists / "domains.txt").read_text().split()[:40]
        logs = [Path(folder, "dns.log"), Path(folder, "proxy.log")]
        for path, line in zip(logs, (dns_line, proxy_line), strict=True):
            write_log(path, megabytes * 1_000_000, line, evil)
            print(f"{path.name}: {megabytes} MB, {thousands} thousand values")
            timed("vigie hunt", megabytes * 1_000_000, partial(ours, path, lists))
            timed("grep -F -f domains.txt", megabytes * 1_000_000, partial(grep, path, lists))
            timed(
                "regular expression, line by line",
                min(NAIVE, megabytes * 1_000_000),
                partial(naive, path, lists),
            )
        print(
            f"memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most"
        )
        in_browser(logs, lists)


if __name__ == "__main__":
    main()
