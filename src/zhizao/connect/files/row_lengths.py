"""Whether all rows of delimited text are as long as the header, told before they are parsed."""

import csv
import io
from collections import Counter

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao._base.errors import RecordsError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

_ROWS_NAMED = 12
_CHUNK = 1 << 21
"""Bytes looked at together: they and what is made of them fit a processor's cache."""

_NEW_LINE = 10


def _among(*members: int) -> NDArray[np.bool_]:
    """Return which bytes are among some."""
    is_member = np.zeros(256, dtype=bool)
    is_member[list(members)] = True
    return is_member


_ASCII_BLANKS = (9, 10, 11, 12, 13, 32)
_MAY_BEGIN = _among(*_ASCII_BLANKS, 0xC2, 0xE1, 0xE2, 0xE3)
_MAY_END = _among(*_ASCII_BLANKS, *range(0x80, 0x8B), 0x9F, 0xA0, 0xA8, 0xA9, 0xAF)
_BEFORE_END = _among(0x80, 0x81, 0x9A, 0xC2)
"""Bytes with which a blank of any script may begin and end in UTF-8, and those before the last one."""


def check_lengths(
    text: str, data: bytes, header: list[str], *, delimiter: str, name: str, first_row: int
) -> tuple[int, bool]:
    r"""Return the number of records below the header, and whether no cell can have blanks around it.

    Empty lines between records count, as they do in a spreadsheet; if there is
    nothing but empty lines, the number is 0. ``data`` is the text as UTF-8. The second
    answer is False wherever it is not sure.

    Raises
    ------
    RecordsError
        If rows differ from the header in length (all are counted, the first are named),
        or a quote is never closed.

    Examples
    --------
    >>> text = "a,b\n1,2\n3,4\n"
    >>> check_lengths(text, text.encode(), ["a", "b"], delimiter=",", name="t.csv", first_row=1)
    (2, True)
    """
    if '"' in text:
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        try:
            lengths = np.fromiter(map(len, reader), dtype=np.int64)
        except csv.Error as error:
            raise RecordsError(
                f"'{name}' cannot be split into cells near line {reader.line_num}: {error}. A quote that is "
                "opened and never closed is the usual cause."
            ) from error
    else:
        n_lines, is_trimmed = _even_lines(data, delimiter, width=len(header))
        if n_lines:
            return n_lines - 1, is_trimmed
        lines = pl.Series(text.removesuffix("\n").split("\n"))
        n_fields = lines.str.count_matches(delimiter, literal=True).cast(pl.Int64) + 1
        lengths = n_fields.set(lines.str.strip_chars() == "", 0).to_numpy()
    ragged = np.flatnonzero((lengths != len(header)) & (lengths > 0))
    if len(ragged):
        named = ", ".join(
            f"row {row + first_row} ({lengths[row]} cells)" for row in ragged[:_ROWS_NAMED]
        )
        more = f" and {len(ragged) - _ROWS_NAMED:,} more" if len(ragged) > _ROWS_NAMED else ""
        usual = Counter(lengths[ragged].tolist()).most_common(1)[0][0]
        raise RecordsError(
            f"'{name}': {len(ragged):,} of {int((lengths > 0).sum()) - 1:,} rows do not have the header's {len(header)} "
            f"cells (most of them {usual}): {named}{more}. Each row needs {len(header)} cells delimited by "
            f"{DELIMITERS[delimiter]}; put quotes around a cell that contains the delimiter."
        )
    return len(lengths) - 1 if (lengths[1:] > 0).any() else 0, False


def _even_lines(data: bytes, delimiter: str, *, width: int) -> tuple[int, bool]:
    """Return how many lines there are if each has ``width`` cells, else 0; and whether cells are trimmed.

    Also 0 if the first line below the header is blank: then all may be.
    """
    header_end = data.find(b"\n") + 1
    row_end = data.find(b"\n", header_end)
    first_row = data[header_end : row_end if row_end >= 0 else None]
    if not header_end or not first_row.decode().strip():
        return 0, False
    every = np.frombuffer(data, dtype=np.uint8)
    is_sign = _among(_NEW_LINE, ord(delimiter))
    is_trimmed = not (_MAY_BEGIN & ~is_sign)[every[0]] and not (_MAY_END & ~is_sign)[every[-1]]
    n_signs = 0
    for begin in range(0, len(every), _CHUNK):
        part = every[begin : begin + _CHUNK]
        signs = np.flatnonzero((part == _NEW_LINE) | (part == ord(delimiter)))
        ends = np.flatnonzero(part[signs] == _NEW_LINE)
        if not np.array_equal(ends, np.arange((width - 1 - n_signs) % width, len(signs), width)):
            return 0, False
        n_signs += len(signs)
        signs += begin
        is_trimmed = is_trimmed and not _has_blanks(every, signs, is_sign=is_sign)
    n_missing = 0 if data.endswith(b"\n") else 1  # the last line may have no end
    return ((n_signs + n_missing) // width if (n_signs + n_missing) % width == 0 else 0), is_trimmed


def _has_blanks(
    every: NDArray[np.uint8], signs: NDArray[np.int64], *, is_sign: NDArray[np.bool_]
) -> bool:
    """Return whether a blank may stand beside one of the signs that part cells."""
    if (_MAY_BEGIN & ~is_sign)[every[np.minimum(signs + 1, len(every) - 1)]].any():
        return True
    last = np.maximum(signs - 1, 0)
    last = last[(_MAY_END & ~is_sign)[every[last]]]
    is_ascii = every[last] < 0x80
    return bool((is_ascii | _BEFORE_END[every[np.maximum(last - 1, 0)]]).any())
