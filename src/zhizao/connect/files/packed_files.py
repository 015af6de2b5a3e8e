"""Packed files: what is in a .gz or .zip is unpacked into a folder of its own, and never too much of it."""

import gzip
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from zhizao._base.errors import RecordsError
from zhizao.connect.files.raw import MAX_FILE_BYTES

_CHUNK_BYTES = 1024 * 1024
_MOST_FILES = 1_000
_READ = frozenset(
    {".csv", ".tsv", ".txt", ".dat", ".xlsx", ".xlsm", ".xls", ".parquet", ".xes", ".xml", ".json", ".jsonl",
     ".ndjson", ".jsonocel", ".htm", ".html", ".gz", ".db", ".sqlite"}
)  # fmt: skip


def unpacked_gzip(path: Path, folder: Path) -> Path:
    r"""Unpack a .gz file and return the path of what was in it.

    Raises
    ------
    RecordsError
        If it is damaged, or unpacks to too much.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv.gz"
    ...     _ = path.write_bytes(gzip.compress(b"order,end\n"))
    ...     unpacked_gzip(path, Path(folder)).name
    'a.csv'
    """
    target = folder / (path.stem if path.suffix.lower() == ".gz" else f"{path.name} (unpacked)")
    try:
        with gzip.open(path) as packed:
            _copy(packed, target, path=path, room=MAX_FILE_BYTES)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise RecordsError(f"'{path}' is a damaged gzip file: {error}. Pack it again.") from error
    return target


def unpacked_zip(path: Path, folder: Path) -> tuple[list[Path], list[str]]:
    r"""Unpack the tables of an archive; return their paths, and the names of what is no table.

    Raises
    ------
    RecordsError
        If it is damaged or has a password, holds no table, or unpacks to too much.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.zip"
    ...     with zipfile.ZipFile(path, "w") as archive:
    ...         archive.writestr("may.csv", "order,end\n")
    ...         archive.writestr("read me.pdf", "")
    ...     found, others = unpacked_zip(path, Path(folder))
    >>> [file.name for file in found], others
    (['may.csv'], ['read me.pdf'])
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir() and _is_shown(e.filename)]
            tables = [e for e in entries if PurePosixPath(e.filename).suffix.lower() in _READ]
            others = [e.filename for e in entries if e not in tables]
            if not tables or len(tables) > _MOST_FILES:
                names = ", ".join(e.filename for e in entries[:8]) or "none"
                raise RecordsError(
                    f"'{path}' is an archive of {len(entries):,} files: {names}. Unpack it and give the "
                    "files of reports and orders."
                )
            found, room = [], MAX_FILE_BYTES
            for i, entry in enumerate(tables):
                # the name alone, in a folder of its own: no entry gets out of it, none meets another
                target = folder / str(i) / PurePosixPath(entry.filename.replace("\\", "/")).name
                target.parent.mkdir()
                with archive.open(entry) as packed:
                    room -= _copy(packed, target, path=path, room=room)
                found.append(target)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise RecordsError(
            f"'{path}' is a damaged or encrypted archive: {error}. Pack it again without a password."
        ) from error
    return found, others


def _is_shown(name: str) -> bool:
    """Return whether a file of an archive is none that a system put there."""
    parts = PurePosixPath(name).parts
    return bool(parts) and "__MACOSX" not in parts and not parts[-1].startswith(".")


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, *, path: Path, room: int) -> int:
    """Write what is unpacked and return its size; raise if it is more than there is room for."""
    n_bytes = 0
    with target.open("wb") as file:
        while chunk := packed.read(_CHUNK_BYTES):
            n_bytes += len(chunk)
            if n_bytes > room:
                raise RecordsError(
                    f"'{path}' unpacks to more than {MAX_FILE_BYTES:,} bytes. Split it by time."
                )
            file.write(chunk)
    return n_bytes
