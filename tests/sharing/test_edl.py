"""The plain lists, read by what loads them."""

import ipaddress
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from records import PAP, TLP, Entry, Marking, Observable, ObservableType
from sharing.formats import edl


def _lines(rows: tuple[Entry, ...], file_name: str) -> list[str]:
    wanted = (row for row in rows if row.observable.type in edl.FILES[file_name])
    return "".join(edl.render(wanted)).splitlines()


@pytest.mark.parametrize("file_name", ["ipv4.txt", "ipv6.txt"])
def test_address_lists_are_networks_to_python(rows: tuple[Entry, ...], file_name: str) -> None:
    networks = [ipaddress.ip_network(line) for line in _lines(rows, file_name)]
    assert [network.num_addresses > 1 for network in networks] == [False, True]


def test_a_value_that_may_not_be_blocked_is_left_out(rows: tuple[Entry, ...]) -> None:
    assert _lines(rows, "domains.txt") == ["malware.example.org"]


@pytest.mark.parametrize(("pap", "listed"), [(PAP.CLEAR, 1), (PAP.GREEN, 1), (PAP.AMBER, 0), (PAP.RED, 0)])
def test_blocking_is_allowed_up_to_pap_green(rows: tuple[Entry, ...], pap: PAP, listed: int) -> None:
    row = replace(rows[0], marking=Marking(TLP.CLEAR, pap))
    assert len(_lines((row,), "domains.txt")) == listed


@pytest.mark.parametrize(
    "value", ["", "a b", "a\nb", "a\rb", "a\x85b", "a\u2028b", "a\x00", "a\u202eb", "\ud800"]
)
def test_a_value_that_is_not_one_word_is_left_out(rows: tuple[Entry, ...], value: str) -> None:
    row = replace(rows[0], observable=Observable(ObservableType.DOMAIN, value))
    assert _lines((row, rows[0]), "domains.txt") == ["malware.example.org"]


@pytest.mark.parametrize(("family", "file_name"), [("ipv4", "ipv4.txt"), ("ipv6", "ipv6.txt")])
def test_nftables_loads_the_address_lists(
    rows: tuple[Entry, ...], tmp_path: Path, family: str, file_name: str
) -> None:
    if not (shutil.which("nft") and shutil.which("unshare")):
        pytest.skip("nftables or unshare is not installed")
    if subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True, timeout=30).returncode:
        pytest.skip("this machine allows no network namespace of one's own")
    elements = ", ".join(_lines(rows, file_name))
    rules = tmp_path / "set.nft"
    rules.write_text(
        f"table inet vigie {{ set listed {{ type {family}_addr; flags interval; auto-merge; "
        f"elements = {{ {elements} }}; }}; }}\n",
        encoding="utf-8",
    )
    loaded = subprocess.run(
        ["unshare", "-rn", "nft", "-c", "-f", str(rules)],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert loaded.returncode == 0, loaded.stderr
