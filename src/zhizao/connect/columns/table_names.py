"""Tables alike, one a machine or a day: what their names say becomes a column of theirs."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from zhizao.connect.columns.guess_values import guess_date_order
from zhizao.connect.files.raw import RawTable
from zhizao.connect.synonyms import is_unspaced, plain, vocabulary
from zhizao.connect.values.instants import parse_instants

NAME = "(name of the table)"
"""Column of the name of a table: of its sheet, or of its file without the ending."""

DATE = "(date of the table)"
"""Column of the date that a table is named after."""

_MONTH = re.compile(
    r"^\d{1,2}\s*月$|^(?:19|20)\d{2}(?:\D.*)?$|^(?:kw|cw|wk|w|q)\s*\d{1,2}(?:\D.*)?$"
)


def with_names(tables: Sequence[RawTable], names: Sequence[str]) -> list[RawTable]:
    r"""Return the tables; those with one header in common get a column of their name, if it says something.

    Parameters
    ----------
    tables
        Tables of a drop, or of a workbook.
    names
        What each is called, without the ending of a file.

    Examples
    --------
    >>> from zhizao.connect.files.text_files import table_of_text
    >>> saw, mill = (table_of_text("order,start\nA,8:00\n", name=n, encoding="utf-8") for n in "ab")
    >>> [table.frame.columns for table in with_names([saw, mill], ["Saw 1", "Mill 2"])]
    [['order', 'start', '(name of the table)'], ['order', 'start', '(name of the table)']]
    """
    found = list(tables)
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, table in enumerate(tables):
        groups[tuple(table.frame.columns)].append(i)
    for members in groups.values():
        called = [names[i].strip() for i in members]
        if len(members) < 2 or len(set(called)) < len(called):
            continue
        if column := _column_of(called):
            for i, value in zip(members, called, strict=True):
                frame = found[i].frame.with_columns(pl.lit(value).alias(column))
                found[i] = replace(found[i], frame=frame)
    return found


def _column_of(names: Sequence[str]) -> str | None:
    """Return the column that some names of tables are for; None if they say nothing."""
    cells = pl.Series(names)
    order, _ = guess_date_order(cells.to_frame("name"))
    if parse_instants(cells, date_order=order, time_zone="UTC").null_count() == 0:
        return DATE
    return None if any(_is_general(name) for name in names) else NAME


def _is_general(name: str) -> bool:
    """Return whether a name is one of a period, a shift or any table."""
    bare = plain(name)
    if _MONTH.match(bare) or re.sub(r"[\d\s]", "", bare) == "":
        return True
    known = vocabulary("words", "table")
    words = re.sub(r"\d+", " ", bare).split()
    return any(w in known for w in words) or any(is_unspaced(k) and k in bare for k in known)
