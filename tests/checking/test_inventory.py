"""What is read from inventories of every form, and what is told of those that cannot be used."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

import pytest

from checking.inventory import read_inventory
from records import UnreadableError
from tests.checking.inventories import INVENTORIES, body

CYCLONEDX = 'xmlns="http://cyclonedx.org/schema/bom/1.5"'


@pytest.mark.parametrize("case", INVENTORIES, ids=lambda case: str(case["case"]))
def test_case(case: Mapping[str, Any]) -> None:
    read = read_inventory(body(case))
    assert [list(astuple(one)) for one in read.assets] == case["assets"]
    assert [fault.line for fault in read.faults] == case["faults"]


def test_columns_may_be_chosen() -> None:
    text = b"Colonne 1;Colonne 2\nSRV1;FortiOS\n"
    read = read_inventory(text, {"product": 1, "name": 0})
    assert [(one.name, one.product) for one in read.assets][-1] == ("SRV1", "FortiOS")


def test_cyclonedx_in_xml() -> None:
    text = f"""<?xml version="1.0"?><bom {CYCLONEDX}>
      <metadata><component type="application"><name>portail</name></component></metadata>
      <components><component type="library"><supplier><name>Contoso</name><contact><name>x</name></contact>
        </supplier><group>org.example</group><name>coeur</name><version>1.2</version>
        <licenses><license><name>MIT</name></license></licenses><purl>pkg:maven/org.example/coeur@1.2</purl>
        <components><component><name>interne</name></component></components>
      </component></components></bom>"""
    read = read_inventory(text.encode())
    assert [(one.vendor, one.product, one.version, one.purl) for one in read.assets] == [
        ("", "portail", "", ""),
        ("Contoso", "coeur", "1.2", "pkg:maven/org.example/coeur@1.2"),
        ("", "interne", "", ""),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "names no product"),
        (b"\n\n;;;\n", "names no product"),
        (b"PK\x03\x04....", "workbook"),
        (b'{"bomFormat": "CycloneDX", "components": [', "no JSON"),
        (b'{"a":' * 3000, "no JSON"),
        (b'{"elements": []}', "neither CycloneDX nor SPDX"),
        (b"<html></html>", "not CycloneDX"),
        (b"<bom", "no XML"),
        (b'<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY c "&a;&a;">]><b>&c;</b>', "document type"),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE b [<!ENTITY a "a">]><b/>'.encode("utf-16"), "document type"),
        (f"<bom {CYCLONEDX}>".encode() + b"<a>" * 300, "200 deep"),
    ],
)  # fmt: skip
def test_unusable_file_is_told(text: bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        read_inventory(text)


def test_too_large_a_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checking.inventory.LARGEST", 10)
    with pytest.raises(UnreadableError, match="split it"):
        read_inventory(b"Produit;Version\n")


def test_long_line_is_a_fault_and_its_neighbours_are_read() -> None:
    read = read_inventory(b"Logiciel;Version\n" + b"x" * 20_001 + b";1\nbon;2\n")
    assert [one.product for one in read.assets] == ["bon"]
    assert [fault.line for fault in read.faults] == [2]


def test_fifty_thousand_lines_with_one_bad_byte_each() -> None:
    lines = (f"Société {n % 40};Télécardio {n % 3000};{n % 9}.{n % 7}" for n in range(50_000))
    text = "Éditeur;Logiciel;Version\n" + "\n".join(lines)
    read = read_inventory(text.encode("cp1252"))
    assert len(read.assets) == 50_000
    assert read.assets[0].vendor == "Société 0"


def test_components_are_read_in_order_however_deep() -> None:
    nested = '{"name":"a","components":[' * 300 + '{"name":"b"}' + "]}" * 300
    read = read_inventory(f'{{"bomFormat":"CycloneDX","components":[{nested}]}}'.encode())
    assert len(read.assets) == 101
