"""Cells that stand for others: an order above its group of rows, an order and operation in one."""

from dataclasses import replace

import polars as pl

from zhizao.connect.files.raw import RawTable
from zhizao.connect.mapping import FieldName, TableMapping, check_columns

JOINED = r"^(.*\d\S*?)\s*[/|_.:\-\\ ]\s*(\w{1,8})$"
"""An order, a sign, and an operation: '1001/0010', 'WO-7 20'."""

_ORDER = "order_id (of the column)"
_OPERATION = "operation (of the column)"


def with_whole_cells(table: RawTable, how: TableMapping) -> tuple[RawTable, TableMapping]:
    r"""Return a table in which each row says its own order and operation, and how that is read.

    Raises
    ------
    MappingError
        If the mapping names a column that the file does not have.

    Examples
    --------
    >>> from zhizao.connect.files.text_files import table_of_text
    >>> table = table_of_text("job,end\n7/10,8:00\n7/20,9:00\n", name="a.csv", encoding="utf-8")
    >>> how = TableMapping(file="a.csv", columns={"order_operation": "job", "end_at": "end"})
    >>> whole, read = with_whole_cells(table, how)
    >>> whole.frame[read.columns["order_id"]].to_list()
    ['7', '7']
    """
    check_columns(how, table.frame.columns)
    frame = table.frame
    columns = dict(how.columns)
    if how.fill_down:
        frame = frame.with_columns(pl.col(name).forward_fill() for name in how.fill_down)
    joined = columns.pop("order_operation", None)
    if joined is not None:
        text = pl.col(joined).cast(pl.String)
        parts = {}
        if "order_id" not in columns:
            parts[_ORDER] = text.str.extract(JOINED, 1)
            columns["order_id"] = _ORDER
        field: FieldName = "step" if "operation" in columns else "operation"
        if field not in columns:
            parts[_OPERATION] = text.str.extract(JOINED, 2)
            columns[field] = _OPERATION
        frame = frame.with_columns(part.alias(name) for name, part in parts.items())
    return replace(table, frame=frame), how.model_copy(update={"columns": columns})
