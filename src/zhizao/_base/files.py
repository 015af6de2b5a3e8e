"""Atomic writes: a file is either the old one or the new one, never half."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def write_files(folder: Path, contents: Mapping[str, bytes | str]) -> None:
    r"""Write several files of a folder: all are prepared first, then put in place.

    Text is written as UTF-8 with ``\n`` line ends. Names may hold one level of
    subfolder (``scenarios/a.toml``). If anything fails before the last file is
    prepared, nothing in the folder has changed.

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
    finally:
        for temporary, _ in prepared:
            Path(temporary).unlink(missing_ok=True)
