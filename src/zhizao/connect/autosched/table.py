"""Reads one AutoSched file: tab-separated text with a header."""

import codecs
from pathlib import Path

from zhizao._base.errors import FileFault, nearest_name
from zhizao.connect.autosched.cells import Row
from zhizao.connect.autosched.columns import FileColumns


def read_rows(path: Path, columns: FileColumns, *, faults: list[FileFault]) -> list[Row]:
    r"""Return the rows of a file; note unknown, missing or repeated columns.

    Cells are stripped; what stands after ``~`` is a comment; blank lines are
    skipped; cells missing at the end of a row are empty. UTF-8, or UTF-16 with
    a byte-order mark.

    Examples
    --------
    >>> import tempfile
    >>> from zhizao.connect.autosched.columns import SETUP_GROUPS
    >>> with tempfile.TemporaryDirectory() as name:
    ...     path = Path(name) / "setupgrp.txt"
    ...     _ = path.write_text("SETUPGRP\tSETUP\tMINRUN\nGas\tS1\t7\n")
    ...     rows = read_rows(path, SETUP_GROUPS, faults=[])
    >>> rows[0].text("SETUP"), rows[0].number
    ('S1', 2)
    """
    lines = _text(path).split("\n")
    header = _cells(lines[0])
    while header and not header[-1]:
        header.pop()
    seen: set[str] = set()
    for name in header:
        if name in seen:
            faults.append(
                FileFault(file=path.name, row=1, column=name, rule="the column comes twice")
            )
        if name not in columns.all_names:
            faults.append(
                FileFault(
                    file=path.name,
                    row=1,
                    column=name,
                    rule="the column is not known, so its meaning would be lost",
                    nearest=nearest_name(name, columns.all_names),
                )
            )
        seen.add(name)
    faults.extend(
        FileFault(file=path.name, row=1, column=name, rule="the column is missing")
        for name in columns.needed
        if name not in seen
    )
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        cells = _cells(line)
        if not any(cells):
            continue
        if any(cells[len(header) :]):
            faults.append(
                FileFault(
                    file=path.name,
                    row=number,
                    rule=f"the row has {len(cells)} cells, expected at most {len(header)}",
                )
            )
        rows.append(
            Row(
                file=path.name,
                number=number,
                cells=dict(zip(header, cells, strict=False)),
                faults=faults,
            )
        )
    return rows


def _text(path: Path) -> str:
    data = path.read_bytes()
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if is_wide else "utf-8-sig", errors="replace")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("~", 1)[0].split("\t")]
