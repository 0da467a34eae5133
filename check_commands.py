"""The verb that answers whether an inventory is concerned, from the published index of products alone."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opening import chosen, opened
from records import SettingsError, UnreadableError

if TYPE_CHECKING:
    from checking.product_index import ProductIndex

CONCERNED = 3  # the exit code where something is concerned
MOST_FAULTS = 10  # lines told one by one that could not be read


def check(
    inventory: Annotated[str, typer.Argument(metavar="INVENTORY", help="A file; '-' is standard input.")],
    index: Annotated[
        Path | None,
        typer.Option(help="The folder of a product index; by default the site's own.", metavar="FOLDER"),
    ] = None,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
    all: Annotated[
        bool, typer.Option("--all", help="List also the assets of which nothing is known.")
    ] = False,
) -> None:
    """Say which stories concern an inventory: CSV with any headings, CycloneDX or SPDX.

    The index is `donnees/produits` of a published site, this deployment's own or a copy. Lines that cannot be
    read are told, the others are used. "certain": the product is the same and its version is inside;
    "possible": a name or a version cannot be told exactly.

    Exit code: 0 nothing is concerned, 3 something is, 2 the inventory or the index cannot be used.

    Examples:

      vigie check inventory.csv

      vigie check sbom.json --format csv > concerned.csv

      vigie check - --index copy/donnees/produits --all < inventory.csv
    """
    from checking.answers import as_csv, as_json, as_table, rows
    from checking.inventory import LARGEST, read_inventory
    from checking.matching import match
    from settings import load_settings

    writers = {"table": as_table, "csv": as_csv, "json": as_json}
    if format not in writers:
        raise SettingsError(f"--format {format}: use {', '.join(writers)}")
    settings = load_settings(chosen["settings"])
    known = _index(index or settings.build / "site" / "donnees" / "produits")
    try:
        with opened(inventory) as stream:
            read = read_inventory(stream.read(LARGEST + 1))
    except UnreadableError as error:
        raise SettingsError(f"{inventory}: {error}") from error
    for fault in read.faults[:MOST_FAULTS]:
        sys.stderr.write(f"vigie: {inventory}, line {fault.line}: {fault.why}; the others were used\n")
    if len(read.faults) > MOST_FAULTS:
        sys.stderr.write(f"vigie: {inventory}: {len(read.faults)} lines in all were not used\n")
    matches = list(match(read.assets, known))
    concerned = {asset.line for one in matches for asset in one.assets}
    clear = [asset for asset in read.assets if all and asset.line not in concerned]
    if matches or clear or format != "table":
        sys.stdout.writelines(writers[format](rows(matches, settings.site_url, clear)))
    sys.stderr.write(f"{len(read.assets)} assets, {len(concerned)} concerned\n")
    if matches:
        raise typer.Exit(CONCERNED)


def _index(folder: Path) -> "ProductIndex":
    from checking.product_index import read_index

    files = {}
    try:
        for path in sorted(folder.glob("*.json")):
            files[path.name] = path.read_bytes()
        return read_index(files)
    except OSError as error:
        raise SettingsError(
            f"{folder}: cannot be read ({error.strerror}); name a folder with --index"
        ) from error
    except UnreadableError as error:
        raise SettingsError(f"{folder}/{error}; publish first, or name a folder with --index") from error
