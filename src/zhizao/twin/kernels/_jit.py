"""The compiler's options, in one place, and where compiled code is kept.

Numba's on-disk cache notices an edit of the file that holds a function, not of
the other files whose functions it calls. The folder is therefore named by a
hash of all kernel sources: any edit starts an empty one. No ``fastmath``: runs
are equal bit by bit.
"""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import config as _numba_config

config: Any = _numba_config

index: Any = np.uint64
"""What a kernel's index goes through: one without sign is not looked at for counting from the end,
which took a sixth of the time. -1 is no index."""

Function = TypeVar("Function", bound=Callable[..., object])


def source_hash(folder: Path) -> str:
    """Return a short hash of all Python sources of a folder, names included.

    Examples
    --------
    >>> len(source_hash(Path(__file__).parent))
    16
    """
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cache_folder() -> Path | None:
    """Return the folder of the compiled kernels, or None where none can be written."""
    try:
        if config.CACHE_DIR:
            base = Path(config.CACHE_DIR)
        elif sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "zhizao"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zhizao"
        folder = base / f"kernels-{source_hash(Path(__file__).parent)}"
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except (OSError, RuntimeError):
        return None
    return folder


_CACHE_FOLDER = cache_folder()


def constant(n: int) -> int:
    """Return a whole number that a kernel takes as any other int64.

    A kernel that is given plain Python numbers is compiled once for each value.
    """
    return cast("int", np.int64(n))


def kernel(function: Function) -> Function:
    """Compile a function on its first call, without the interpreter's lock.

    The compiled code is kept on disk where that is possible. Kernels allocate
    nothing, so references are not counted (``_nrt``): counting those of every
    table at every call took ten times as long as the work.
    """
    return _compiled(function, is_inlined=False, is_entry=True)


def part_kernel(function: Function) -> Function:
    """Compile a function that only kernels call: Python cannot.

    What takes tables apart for Python, for each such function, took a third of
    the compiler's time; kept on disk is only what Python calls.
    """
    return _compiled(function, is_inlined=False, is_entry=False)


def inner_kernel(function: Function) -> Function:
    """Compile a function into those that call it: a part kernel without a call.

    For what every event goes through: handing over the tables costs more than
    such a function does.
    """
    return _compiled(function, is_inlined=True, is_entry=False)


def inner_entry(function: Function) -> Function:
    """Compile a function into the kernels that call it, and for Python too."""
    return _compiled(function, is_inlined=True, is_entry=True)


def _compiled(function: Function, *, is_inlined: bool, is_entry: bool) -> Function:
    """Compile; the cache folder is set only here, other users of numba keep theirs."""
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "forceinline": is_inlined,
        "cache": is_entry and _CACHE_FOLDER is not None,
        "no_cpython_wrapper": not is_entry,
        "no_cfunc_wrapper": True,
        "_nrt": False,
    }
    before = config.CACHE_DIR
    if _CACHE_FOLDER is not None:
        config.CACHE_DIR = str(_CACHE_FOLDER)
    try:
        return numba.njit(**options)(function)  # type: ignore[no-any-return]
    finally:
        config.CACHE_DIR = before
