"""SQLite databases: their tables and views, opened only to be read."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import polars as pl

from zhizao._base.errors import RecordsError
from zhizao.connect.files.excel_files import Sheet
from zhizao.connect.files.raw import MAX_ROWS, column_names, raw_table
from zhizao.connect.synonyms import header_score

MAGIC = b"SQLite format 3\0"
_LISTED = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' order by rowid"


def read_sqlite(path: Path) -> list[Sheet]:
    """Read every table and view of a database, each as a sheet of its own.

    Raises
    ------
    RecordsError
        If the database is damaged, or no table has rows.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            names = [str(name) for (name,) in database.execute(_LISTED)]
            sheets = [_sheet(database, name, file=path.name) for name in names]
    except sqlite3.Error as error:
        raise RecordsError(
            f"'{path}' cannot be read as an SQLite database: {error}. Export its tables as CSV."
        ) from error
    if all(sheet.table is None for sheet in sheets):
        raise RecordsError(
            f"'{path}' is an SQLite database without a table that has rows (tables: {', '.join(names) or 'none'})."
        )
    return sheets


def _sheet(database: sqlite3.Connection, name: str, *, file: str) -> Sheet:
    quoted = name.replace('"', '""')
    cursor = database.execute(f'select * from "{quoted}" limit {MAX_ROWS + 1}')  # noqa: S608 - a name of its own list, quoted
    header = column_names([str(part[0]) for part in cursor.description])
    rows = cursor.fetchall()
    if len(rows) > MAX_ROWS:
        raise RecordsError(
            f"Table '{name}' of '{file}' has more than {MAX_ROWS:,} rows. Split it by time."
        )
    columns = [_column(n, [row[i] for row in rows]) for i, n in enumerate(header)]
    table = raw_table(
        pl.DataFrame(columns), name=file, first_row=2, described=f"SQLite, table '{name}'"
    )
    if table.frame.height == 0:
        return Sheet(name=name, n_rows=0, table=None, score=0.0)
    return Sheet(
        name=name,
        n_rows=table.frame.height,
        table=replace(table, sheet=name),
        score=header_score(header),
    )


def _column(name: str, values: Sequence[object]) -> pl.Series:
    """Return a column as numbers where it holds nothing else, else as text."""
    known = [v for v in values if v is not None]
    if known and all(isinstance(v, int | float) for v in known):
        if all(isinstance(v, int) for v in known):
            return pl.Series(name, values, dtype=pl.Int64)
        return pl.Series(
            name, [None if v is None else float(v) for v in values],  # type: ignore[arg-type]
            dtype=pl.Float64,
        )  # fmt: skip
    text = [
        None if v is None else v.decode(errors="replace") if isinstance(v, bytes) else str(v)
        for v in values
    ]
    return pl.Series(name, text, dtype=pl.String)
