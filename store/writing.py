"""Write many rows at once, the same on SQLite and PostgreSQL."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from store.tables import Instant, sqlite_text

Row = dict[str, Any]  # column -> value; all rows of one call have the same columns
T = TypeVar("T")

CHUNK = 500  # values in one IN (...)


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Cut values into lists of at most `size`."""
    source = iter(values)
    while part := list(islice(source, size)):
        yield part


def upsert(connection: Connection, table: Table, rows: list[Row], keep: frozenset[str] = frozenset()) -> None:
    """Insert rows, or overwrite those with the same primary key but for the columns in `keep`.

    On SQLite the values go to the driver as they are, but for instants: SQLAlchemy's own conversion of
    each value costs more than all that the database does with it.
    """
    if not rows:
        return
    names = tuple(column.name for column in table.c if column.name in rows[0])
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_sqlite_upsert(table, names, keep), _driver_rows(table, names, rows))
        return
    statement = postgresql.insert(table)
    changed = {name: statement.excluded[name] for name in _changing(table, names, keep)}
    connection.execute(statement.on_conflict_do_update(index_elements=_keys(table), set_=changed), rows)


def insert_missing(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows; those whose primary key is there already stay as they are."""
    maker = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    if rows:
        connection.execute(maker(table).on_conflict_do_nothing(), rows)


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _changing(table: Table, names: tuple[str, ...], keep: frozenset[str]) -> list[str]:
    return [name for name in names if name not in keep and name not in _keys(table)]


@cache
def _sqlite_upsert(table: Table, names: tuple[str, ...], keep: frozenset[str]) -> str:
    """Return the statement with a `?` for each of `names`, which are in the table's order."""
    statement = sqlite.insert(table)
    changed = {name: statement.excluded[name] for name in _changing(table, names, keep)}
    full = statement.on_conflict_do_update(index_elements=_keys(table), set_=changed)
    compiled = full.compile(dialect=sqlite.dialect(paramstyle="qmark"), column_keys=list(names))
    return str(compiled)


def _driver_rows(table: Table, names: tuple[str, ...], rows: list[Row]) -> list[tuple[Any, ...]]:
    """Return the rows as tuples in the order of `names`, made column by column."""
    return list(zip(*(_driver_values(table, name, rows) for name in names), strict=True))


def _driver_values(table: Table, name: str, rows: list[Row]) -> Iterable[Any]:
    values: Iterable[Any] = map(itemgetter(name), rows)
    is_instant = isinstance(table.c[name].type, Instant)
    convert: Callable[[Any], Any] = sqlite_text
    return map(convert, values) if is_instant else values
