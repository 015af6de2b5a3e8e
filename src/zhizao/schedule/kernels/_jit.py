"""The compiler's options, in one place, and where compiled code is kept.

Numba's on-disk cache notices an edit of the file that holds a function, not of
the other files whose functions it calls. The folder is therefore named by a
hash of the file and of all kernel files that it imports, directly or through
others: an edit of any of them starts an empty one. No ``fastmath``: runs are
equal bit by bit.
"""

import hashlib
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import config as _numba_config

config: Any = _numba_config

Function = TypeVar("Function", bound=Callable[..., object])

_IMPORTED = re.compile(r"^\s*(?:from|import) zhizao\.schedule\.kernels\.(\w+)", re.MULTILINE)


def sources_of(path: Path) -> tuple[Path, ...]:
    """Return a kernel file and all kernel files that it imports, sorted.

    Examples
    --------
    >>> [path.name for path in sources_of(Path(__file__))]
    ['_jit.py']
    """
    found: set[Path] = set()
    open_files = [path]
    while open_files:
        one = open_files.pop()
        if one not in found and one.is_file():
            found.add(one)
            names = _IMPORTED.findall(one.read_text(encoding="utf-8"))
            open_files += [one.parent / f"{name}.py" for name in names]
    return tuple(sorted(found))


def source_hash(path: Path) -> str:
    """Return a short hash of a kernel file and of what it imports, names included.

    Examples
    --------
    >>> len(source_hash(Path(__file__)))
    16
    """
    digest = hashlib.blake2b(digest_size=8)
    for source in sources_of(path):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()


def cache_folder(path: Path) -> Path | None:
    """Return the folder of a kernel file's compiled code; None where none can be written."""
    try:
        if config.CACHE_DIR:
            base = Path(config.CACHE_DIR)
        elif sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "zhizao"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zhizao"
        folder = base / f"schedule-{source_hash(path)}"
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except (OSError, RuntimeError):
        return None
    return folder


_FOLDERS: dict[str, Path | None] = {}


def constant(n: int) -> int:
    """Return a whole number that a kernel takes as any other int64.

    A kernel that is given plain Python numbers is compiled once for each value.
    """
    return cast("int", np.int64(n))


def kernel(function: Function) -> Function:
    """Compile a function on its first call, without the interpreter's lock.

    The compiled code is kept on disk where that is possible. Kernels allocate
    nothing, so references are not counted (``_nrt``).
    """
    return _compiled(function, is_inlined=False)


def inner_kernel(function: Function) -> Function:
    """Compile a function into those that call it: what an inner loop calls all the time."""
    return _compiled(function, is_inlined=True)


def _compiled(function: Function, *, is_inlined: bool) -> Function:
    """Compile; the cache folder is set only here, other users of numba keep theirs."""
    file = function.__code__.co_filename
    if file not in _FOLDERS:
        _FOLDERS[file] = cache_folder(Path(file))
    folder = _FOLDERS[file]
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "forceinline": is_inlined,
        "cache": folder is not None,
        "_nrt": False,
    }
    before = config.CACHE_DIR
    if folder is not None:
        config.CACHE_DIR = str(folder)
    try:
        return numba.njit(**options)(function)  # type: ignore[no-any-return]
    finally:
        config.CACHE_DIR = before
