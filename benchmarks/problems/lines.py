"""An instance file as rows of whole numbers: plain text, or a zip that holds one such file."""

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError

Row = tuple[int, NDArray[np.float64] | NDArray[np.int64]]
"""The line's number in the file (from 1) and its numbers."""


def read_text(path: Path) -> str:
    """Return the text of a file, or of the only file inside a zip."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file.")
    if not zipfile.is_zipfile(path):
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: found bytes that are no text ({error.reason}); an instance file is plain text, or a zip of one.") from error  # fmt: skip
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if not n.endswith("/")]
        if len(names) != 1:
            raise InputError(f"{path}: found {len(names)} files in the zip, expected one instance.")
        return archive.read(names[0]).decode("utf-8")


def rows_of(text: str, *, name: str) -> list[Row]:
    """Return the rows of numbers; blank lines and lines that begin with # say nothing.

    Whole numbers come as int64; only a header may have others (a mean flexibility).
    """
    rows: list[Row] = []
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            rows.append((number, np.array(words, dtype=np.int64)))
        except (ValueError, OverflowError):
            try:
                rows.append((number, np.array(words, dtype=np.float64)))
            except ValueError:
                faults.append(f"line {number}: found '{line.strip()[:40]}', expected numbers")
                continue
            if len(rows) > 1:
                faults.append(f"line {number}: found '{line.strip()[:40]}', expected whole numbers")
    raise_faults(faults, name=name)
    if not rows:
        raise InputError(f"{name}: found no numbers in the file.")
    return rows


def raise_faults(faults: list[str], *, name: str) -> None:
    """Raise one error with the first ten faults and the number of all."""
    if faults:
        shown = [*faults[:10], *([f"and {len(faults) - 10} more"] if len(faults) > 10 else [])]
        raise InputError("\n  ".join([f"{name}: {len(faults)} faults" if len(faults) > 1 else f"{name}: 1 fault", *shown]))  # fmt: skip
