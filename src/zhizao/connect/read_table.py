"""Which reader a file needs, decided from its first bytes, not from its name."""

from pathlib import Path

import polars as pl

from zhizao._base.errors import RecordsError
from zhizao.connect.excel_files import read_excel
from zhizao.connect.raw import MAX_FILE_BYTES, MAX_ROWS, RawTable, raw_table
from zhizao.connect.text_files import read_text
from zhizao.connect.xes_files import read_xes

_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_table(path: Path) -> RawTable:
    r"""Read the cells of a CSV, Excel, Parquet or XES file.

    Raises
    ------
    RecordsError
        If the file is missing, a folder, empty, too large, or broken.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_text("order|machine\nA|M1\n")
    ...     read_table(path).described
    'CSV text, utf-8, delimited by bar'
    """
    if path.is_dir():
        raise RecordsError(
            f"'{path}' is a folder. Name the files in it: CSV, Excel, Parquet or XES."
        )
    if not path.is_file():
        near = sorted(p.name for p in path.parent.glob("*") if p.is_file())[:8]
        found = f" Files there: {', '.join(near)}." if near else ""
        raise RecordsError(f"There is no file '{path}'.{found} Check the path.")
    n_bytes = path.stat().st_size
    if n_bytes == 0:
        raise RecordsError(f"'{path}' is empty (0 bytes). Give a file with a header and rows.")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        if head.strip(b"\0") and n_bytes > MAX_FILE_BYTES:
            raise RecordsError(
                f"'{path}' has {n_bytes:,} bytes, allowed are {MAX_FILE_BYTES:,}. Split it by time, or give Parquet."
            )
        return _read_by_first_bytes(path, head)
    except OSError as error:
        raise RecordsError(f"'{path}' cannot be read: {error}. Check its permissions.") from error


def _read_by_first_bytes(path: Path, head: bytes) -> RawTable:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLD_EXCEL)):
        table = read_excel(path)
    elif head.startswith(b"PAR1"):
        table = _read_parquet(path)
    elif head.startswith(b"\x1f\x8b") or _is_xml(head):
        table = read_xes(path)
    elif head.startswith(b"%PDF"):
        raise RecordsError(f"'{path}' is a PDF. Give the table itself: CSV, Excel, Parquet or XES.")
    elif path.suffix.lower() in {".xlsx", ".xls", ".xlsm", ".parquet"} and head.strip(b"\0"):
        raise RecordsError(
            f"'{path}' is named {path.suffix}, but its content is not. Save it again, or name it .csv if it is text."
        )
    else:
        table = read_text(path)
    if table.frame.height == 0:
        raise RecordsError(f"'{path}' has a header and no rows with cells. Export the rows too.")
    return table


def _is_xml(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b"<?xml", b"<log", b"<!DOCTYPE", b"<!--"))


def _read_parquet(path: Path) -> RawTable:
    try:
        n_rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
        if n_rows > MAX_ROWS:
            raise RecordsError(
                f"'{path}' has {n_rows:,} rows, allowed are {MAX_ROWS:,}. Split it by time."
            )
        frame = pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise RecordsError(f"'{path}' is not a readable Parquet file: {error}.") from error
    kept = [name for name, dtype in frame.schema.items() if not dtype.is_nested()]
    plain = frame.select(
        pl.col(name).cast(pl.String)
        if frame.schema[name] in (pl.Categorical, pl.Enum)
        else pl.col(name)
        for name in kept
    )
    return raw_table(plain, name=path.name, first_row=2, described="Parquet")
