"""Delimited text: which encoding, which delimiter, are all rows of one length.

Decisions are made on the first megabyte, so that a file that is not text fails
at once however large it is.
"""

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import polars as pl

from zhizao._base.errors import RecordsError
from zhizao.connect.files.decode import HEAD_BYTES, decode, utf16_without_mark
from zhizao.connect.files.header_rows import header_below, header_of, is_group_row, is_title
from zhizao.connect.files.raw import RawTable, column_names, raw_table
from zhizao.connect.files.row_lengths import DELIMITERS, check_lengths
from zhizao.connect.files.text_forms import (
    each_line,
    first_lines,
    of_fixed_width,
    with_open_end,
    without_lines,
)
from zhizao.connect.verdict import text as note_text

_SAMPLE_RECORDS = 200
_HEADER_ROWS = 3
_LINES_NAMED = 4
_MOST_BEHIND = 10
_MOST_TITLES = 12
_LEAST_WIDTH = 4
"""Columns of a table, at least, that lines with a single cell do not belong to."""

_ALLOWED = "A table of records is CSV text (UTF-8, UTF-16, GB18030, Shift-JIS, EUC-KR or a Windows code page), Excel, JSON, Parquet or XES."
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_QUOTED = re.compile(r'"[^"]*"')


def read_text(path: Path) -> RawTable:
    """Read delimited text.

    Raises
    ------
    RecordsError
        If the bytes are not text, the encoding is mixed, no delimiter fits, or
        rows differ in length (all of them are counted, the first are named).
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    _refuse_binary(path, head)
    text, encoding = decode(path.read_bytes(), name=path.name)
    return table_of_text(text, name=path.name, encoding=encoding)


def _refuse_binary(path: Path, head: bytes) -> None:
    if not head.strip(b"\0"):
        raise RecordsError(
            f"'{path}' ({path.stat().st_size:,} bytes) begins with {len(head):,} zero bytes: it holds no "
            f"text. {_ALLOWED} Export it again; a file of zeros is what a broken copy leaves."
        )
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or utf16_without_mark(head):
        return
    if b"\0" in head:
        line = head[: head.index(b"\0")].count(b"\n") + 1
        raise RecordsError(
            f"'{path}' has a NUL byte in line {line}, so it is not plain text. {_ALLOWED} "
            "Export it again, or remove the NUL bytes."
        )
    if control := _CONTROL.search(head):
        line = head[: control.start()].count(b"\n") + 1
        raise RecordsError(
            f"'{path}' has control byte 0x{control.group()[0]:02x} in line {line}: it is a binary file. {_ALLOWED}"
        )


def table_of_text(text: str, *, name: str, encoding: str) -> RawTable:
    r"""Read a table from text.

    Examples
    --------
    >>> table_of_text("a;b\n1;2\n", name="t.csv", encoding="utf-8").frame.rows()
    [('1', '2')]
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _drawn(without_lines(text))
    first_row = 1
    while text.startswith(("\n", "sep=")):
        hint, _, text = text.partition("\n")
        first_row += 1
        if hint.startswith("sep=") and not text:
            break
    if not text or text.isspace():
        raise RecordsError(
            f"'{name}' is empty: no header and no rows. Give a file with a header and rows."
        )
    text, n_above, around = _without_titles(text)
    first_row += n_above
    delimiter = _delimiter(text, name=name)
    text = with_open_end(text, delimiter)
    described = f"CSV text, {encoding}, delimited by {DELIMITERS[delimiter]}"
    header = next(csv.reader(each_line(text), delimiter=delimiter))
    data = text.encode()
    n_records, is_trimmed = check_lengths(
        text, data, header, delimiter=delimiter, name=name, first_row=first_row
    )
    if n_records == 0:
        raise RecordsError(
            f"'{name}' has only a header ({len(header)} columns: {', '.join(header[:8])}) and no rows. "
            "Export the rows too."
        )
    records = list(islice(csv.reader(each_line(text), delimiter=delimiter), _HEADER_ROWS))
    same = [record for record in records if len(record) == len(header)]
    titles, n_header = header_of(same if len(same) == len(records) else records[:1])
    names = column_names(titles)
    if n_header == 0:
        text = f"{delimiter.join(names)}\n{text}"
        data = text.encode()
        first_row, n_header, n_records = first_row - 1, 1, n_records + 1
    frame = _parse(text, data, names, delimiter=delimiter, n_records=n_records).slice(n_header - 1)
    table = raw_table(
        frame,
        name=name,
        first_row=first_row + n_header,
        described=described,
        is_trimmed=is_trimmed,
    )
    if not around:
        return table
    shown = "; ".join(line.strip(" ,;\t|")[:60] for line in around[:_LINES_NAMED])
    note = note_text("note_lines_around", n=len(around), file=name, lines=shown)
    return replace(table, notes=(note,))


def _drawn(text: str) -> str:
    """Return a table in columns of a fixed width as delimited text; other text as it is."""
    head = first_lines(text[:HEAD_BYTES].strip("\n"), _SAMPLE_RECORDS)
    return text if _best_delimiter(head, is_strict=False) else of_fixed_width(text) or text


def _without_titles(text: str) -> tuple[str, int, list[str]]:
    """Return the text without the lines before and behind its table, how many stood before, and those.

    They are told by their few cells. Where rows differ in length in another way, nothing is
    left out, and the error that comes of it names them.
    """
    sample = first_lines(text[:HEAD_BYTES], _SAMPLE_RECORDS)
    bare = [_QUOTED.sub("", line) for line in sample]
    best = (0, 0, "")
    for delimiter in DELIMITERS:
        counts = Counter(line.count(delimiter) for line in bare if delimiter in line)
        for n_cells, n_lines in counts.most_common(1):
            best = max(best, (n_lines, n_cells, delimiter))
    n_lines, n_delimiters, delimiter = best
    if n_delimiters + 1 < _LEAST_WIDTH or n_lines < len(sample) / 2:
        return text, 0, []
    width = n_delimiters + 1
    n_above = next(
        (
            i
            for i, line in enumerate(sample)
            if not is_title(_cells(line, delimiter), width=width)
            or is_group_row(
                _cells(line, delimiter),
                _cells(sample[min(i + 1, len(sample) - 1)], delimiter),
            )
        ),
        0,
    )
    rows = [_cells(line, delimiter) for line in sample[: n_above + _MOST_TITLES]]
    n_above += header_below(rows[n_above:])
    if any(line.count(delimiter) >= width for line in bare[: n_above + 1]):
        return text, 0, []
    above = [line for line in sample[:n_above] if line.strip(" ,;\t|")]
    behind: list[str] = []
    end = _end_of_lines(text, len(text))
    while end and delimiter not in (last := text[text.rfind("\n", 0, end) + 1 : end]):
        if '"' in last:
            break
        behind.append(last)
        end = _end_of_lines(text, end - len(last))
        if len(behind) > _MOST_BEHIND:
            return text, 0, []
    if not n_above and not behind:
        return text, 0, []
    kept = text[:end]
    return "\n".join(kept.split("\n", n_above)[n_above:]) + "\n", n_above, above + behind[::-1]


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line; delimiters within quotes are part of a cell."""
    return (
        next(csv.reader([line], delimiter=delimiter), [""])
        if '"' in line
        else line.split(delimiter)
    )


def _end_of_lines(text: str, end: int) -> int:
    """Return where a text up to a place ends without the new lines at its end."""
    while end and text[end - 1] == "\n":
        end -= 1
    return end


def _delimiter(text: str, *, name: str) -> str:
    """Return the delimiter under which most rows are as long as the header."""
    sample = text[:HEAD_BYTES].split("\n")[: _SAMPLE_RECORDS * 2]
    found = _best_delimiter(sample, is_strict=True) or _best_delimiter(sample, is_strict=False)
    if found is None:
        raise RecordsError(
            f"'{name}' has one column only: its first line is '{sample[0][:80]}'. Columns are delimited by comma, "
            "semicolon, tab or bar. Export it with one of these."
        )
    return found


def _best_delimiter(sample: list[str], *, is_strict: bool) -> str | None:
    """Return the best delimiter; strictly, one must follow each closing quote."""
    best, best_key = None, (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            records = list(csv.reader(sample, delimiter=delimiter, strict=is_strict))
        except csv.Error:
            continue
        lengths = [len(record) for record in records if record][:_SAMPLE_RECORDS]
        if not lengths or lengths[0] < 2:
            continue
        key = (round(lengths.count(lengths[0]) / len(lengths), 1), lengths[0])
        if key > best_key:
            best, best_key = delimiter, key
    return best


def _parse(
    text: str, data: bytes, names: list[str], *, delimiter: str, n_records: int
) -> pl.DataFrame:
    """Parse with polars; where quotes stand in odd places, with the standard library."""
    quoted = '"' in text
    try:
        frame = pl.read_csv(
            data,
            separator=delimiter,
            infer_schema=False,
            new_columns=names,
            quote_char='"' if quoted else None,
        )
    except pl.exceptions.PolarsError:
        frame = pl.DataFrame()
    if frame.width == len(names) and (not quoted or frame.height == n_records):
        return frame
    records = [r or [""] * len(names) for r in csv.reader(io.StringIO(text), delimiter=delimiter)]
    return pl.DataFrame(records[1:], schema=dict.fromkeys(names, pl.String), orient="row")
