"""Atomic writes: a file is either the old one or the new one, never half."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from zhizao._base.errors import InputError


def as_paths(files: Sequence[Path | str] | Path | str) -> tuple[Path, ...]:
    """Return files as paths; one alone counts as a list of one.

    A text is a sequence too, of its letters: taken as one it would be looked for letter by letter.

    Examples
    --------
    >>> as_paths("a.csv") == as_paths(Path("a.csv")) == as_paths(["a.csv"])
    True
    """
    return tuple(map(Path, [files] if isinstance(files, Path | str) else files))


def write_files(folder: Path, contents: Mapping[str, bytes | str]) -> None:
    r"""Write several files of a folder: all are prepared first, then put in place.

    Text is written as UTF-8 with ``\n`` line ends. Names may hold one level of
    subfolder (``scenarios/a.toml``). If anything fails before the last file is
    prepared, nothing in the folder has changed.

    Raises
    ------
    InputError
        If the folder or a file in it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     write_files(Path(name), {"a.txt": "one", "sub/b.txt": b"two"})
    ...     (Path(name) / "sub" / "b.txt").read_text()
    'two'
    """
    prepared: list[tuple[str, Path]] = []
    try:
        for name, content in contents.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            data = content.encode() if isinstance(content, str) else content
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
            prepared.append((temporary, target))
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        while prepared:
            temporary, target = prepared[0]
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
            prepared.pop(0)
    except OSError as error:
        raise InputError(
            f"'{folder}' cannot be written: {error.strerror or error}. Choose another folder, or "
            "close the programs that hold its files open."
        ) from error
    finally:
        for temporary, _ in prepared:
            Path(temporary).unlink(missing_ok=True)
