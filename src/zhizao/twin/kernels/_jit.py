"""The compiler's options, in one place, and where compiled code is kept.

Numba's on-disk cache notices an edit of the file that holds a function, not of
the other files whose functions it calls. The folder is therefore named by a
hash of all kernel sources: any edit starts an empty one. No ``fastmath``: runs
are equal bit by bit.
"""

import functools
import hashlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import config as _numba_config
from numba.core.compiler import Compiler

try:
    from zhizao.twin.kernels._linking import COMPILERS
except (ImportError, AttributeError):  # what it derives from is numba's own, and may change
    COMPILERS = dict.fromkeys(("entry", "part", "rare"), Compiler)

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
_LOCK = threading.Lock()

OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
    "_nrt": False,
}
"""What all kernels are compiled with."""


def constant(n: int) -> int:
    """Return a whole number that a kernel takes as any other int64.

    A kernel that is given plain Python numbers is compiled once for each value.
    """
    return cast("int", np.int64(n))


def kernel(function: Function) -> Function:
    """Compile a function without the interpreter's lock; kernels call it, and Python may.

    The compiler decides whether it goes into those that call it. Kernels
    allocate nothing, so references are not counted (``_nrt``): counting those of
    every table at every call took ten times as long as the work.
    """
    return _compiled(function, "part")


def part_kernel(function: Function) -> Function:
    """Compile a function for a rare way: it is called, and its code lies apart.

    So the ways that all take stay short, and what goes into them need not be
    compiled as often as it is called.
    """
    return _compiled(function, "rare")


def inner_kernel(function: Function) -> Function:
    """Compile a function into those that call it.

    For what every event goes through: handing over the tables costs more than
    such a function does.
    """
    return _compiled(function, "part", is_inlined=True)


def _compiled(function: Function, kind: str, *, is_inlined: bool = False) -> Function:
    if config.DISABLE_JIT:
        return function
    options = OPTIONS | {"forceinline": is_inlined, "no_cpython_wrapper": True}
    part = numba.njit(pipeline_class=COMPILERS[kind], **options)(function)
    return cast("Function", Kernel(function, part))


class Kernel:
    """A function as a part of kernels that call it, and for Python.

    What Python calls is compiled again on its first call, with all its parts,
    and kept on disk where that is possible: only what Python does call needs
    the code that takes tables apart for it.
    """

    def __init__(self, function: Callable[..., Any], part: Any) -> None:
        functools.update_wrapper(self, function)
        self.part = part
        self._numba_type_ = numba.types.Dispatcher(part)
        self._entry: Any = None

    def __call__(self, *arguments: Any) -> Any:
        """Call it from Python."""
        if self._entry is None:
            self._make_entry()
        return self._entry(*arguments)

    def _make_entry(self) -> None:
        """Set up what Python calls; the cache folder is set only here: others keep theirs."""
        with _LOCK:
            if self._entry is not None:
                return
            before = config.CACHE_DIR
            if _CACHE_FOLDER is not None:
                config.CACHE_DIR = str(_CACHE_FOLDER)
            try:
                self._entry = numba.njit(
                    pipeline_class=COMPILERS["entry"], cache=_CACHE_FOLDER is not None, **OPTIONS
                )(self.__wrapped__)  # type: ignore[attr-defined]
            finally:
                config.CACHE_DIR = before
