"""JSON: an object a line, or a list of objects; objects inside them become columns of their own."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from zhizao._base.errors import RecordsError
from zhizao.connect.files.ocel_files import rows_of_ocel
from zhizao.connect.files.raw import RawTable, column_names, raw_table


def looks_like_json(head: bytes) -> bool:
    """Return whether a file begins as a JSON object or list of objects does.

    Examples
    --------
    >>> looks_like_json(b'{"order": "A"}'), looks_like_json(b"[A];[B]"), looks_like_json(b"[ {")
    (True, False, True)
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        return start[1:].lstrip().startswith(b"{")
    return start.startswith(b"{") and start[1:].lstrip().startswith((b'"', b"}"))


def read_json(path: Path) -> RawTable:
    """Read JSON lines, a list of objects, or an object that holds one list of them.

    Raises
    ------
    RecordsError
        If the text is not JSON, or holds no list of objects, or several.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordsError(
            f"'{path}' begins as JSON, but byte {error.start + 1} is not UTF-8. Export it again as UTF-8."
        ) from error
    try:
        value = json.loads(text)
        events = rows_of_ocel(value)
        described = "JSON" if events is None else "OCEL"
        rows = _records(value, name=path.name) if events is None else events
    except json.JSONDecodeError:
        rows, described = _of_lines(text, name=path.name), "JSON lines"
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    columns = {
        shown: pl.Series(shown, [row.get(name) for row in flat], dtype=pl.String)
        for shown, name in zip(column_names(names), names, strict=True)
    }
    return raw_table(pl.DataFrame(columns), name=path.name, first_row=1, described=described)


def _of_lines(text: str, *, name: str) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise RecordsError(
                f"'{name}' begins as JSON, but line {number} cannot be read: {error.msg}. "
                "Give one object a line, or one list of objects."
            ) from error
        if not isinstance(row, dict):
            raise RecordsError(
                f"'{name}', line {number}: found {type(row).__name__}, allowed is an object with names of columns."
            )
        rows.append(row)
    return rows


def _records(value: Any, *, name: str) -> list[dict[str, Any]]:
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return value
    if isinstance(value, dict):
        lists = {
            key: part
            for key, part in value.items()
            if isinstance(part, list) and part and all(isinstance(row, dict) for row in part)
        }
        if len(lists) == 1:
            return next(iter(lists.values()))
        if lists:
            raise RecordsError(
                f"'{name}' holds {len(lists)} lists of objects ({', '.join(lists)}), allowed is one. "
                "Save each to a file of its own."
            )
        if not any(isinstance(part, list) for part in value.values()):
            return [value]
    raise RecordsError(
        f"'{name}' is JSON without a list of objects. Give one object a line, or one list of objects."
    )


def _flat(row: dict[str, Any], above: str = "") -> dict[str, str | None]:
    cells: dict[str, str | None] = {}
    for key, value in row.items():
        name = f"{above} {key}".strip()
        if isinstance(value, dict):
            cells |= _flat(value, name)
        elif value is None or isinstance(value, str):
            cells[name] = value
        else:
            cells[name] = json.dumps(value, ensure_ascii=False)
    return cells
