"""Where compiled code is kept.

Numba's on-disk cache notices an edit of the file that holds a function, not of
the other files whose functions it calls. The folder is therefore named by a
hash of the file, of all files of ours that it imports, directly or through
others, and of what compiles them: an edit of any of them starts an empty one.
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from numba.core import config as _numba_config

config: Any = _numba_config

_SOURCES = Path(__file__).parents[3]
_COMPILING = tuple(sorted(Path(__file__).parent.glob("*.py")))
_IMPORTED = re.compile(r"^\s*(?:from|import) (zhizao(?:\.\w+)+)", re.MULTILINE)


def sources_of(path: Path, *, sources: Path = _SOURCES) -> tuple[Path, ...]:
    """Return a file, all files of ours that it imports, and those that compile it, sorted.

    Parameters
    ----------
    path
        File that holds kernels.
    sources
        Folder that holds the package.

    Examples
    --------
    >>> [path.name for path in sources_of(Path(__file__))]
    ['__init__.py', 'cache_folder.py', 'kinds.py', 'linking.py']
    """
    found: set[Path] = set(_COMPILING)
    open_files = [path]
    while open_files:
        one = open_files.pop()
        if one not in found and one.is_file():
            found.add(one)
            names = _IMPORTED.findall(one.read_text(encoding="utf-8"))
            open_files += [(sources / name.replace(".", "/")).with_suffix(".py") for name in names]
    return tuple(sorted(found))


def source_hash(paths: Iterable[Path]) -> str:
    """Return a short hash of files, names included.

    Examples
    --------
    >>> len(source_hash([Path(__file__)]))
    16
    """
    digest = hashlib.blake2b(digest_size=8)
    for path in paths:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cache_folder(path: Path) -> Path | None:
    """Return the folder of a file's compiled code, made if need be; None where none can be."""
    try:
        if config.CACHE_DIR:
            base = Path(config.CACHE_DIR)
        elif sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "zhizao"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zhizao"
        folder = base / f"kernels-{source_hash(sources_of(path))}"
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except (OSError, RuntimeError):
        return None
    return folder
