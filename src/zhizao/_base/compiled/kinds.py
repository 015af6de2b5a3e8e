"""The kinds of kernels, and the compiler's options, in one place.

No ``fastmath``: runs are equal bit by bit.
"""

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core.compiler import Compiler

from zhizao._base.compiled.cache_folder import cache_folder, config

try:
    from zhizao._base.compiled.linking import COMPILERS
except (ImportError, AttributeError):  # what it derives from is numba's own, and may change
    COMPILERS = dict.fromkeys(("entry", "part", "rare"), Compiler)

index: Any = np.uint64
"""What a kernel's index goes through: one without sign is not looked at for counting from the end,
which took a sixth of the time. -1 is no index."""

Function = TypeVar("Function", bound=Callable[..., object])

_LOCK = threading.Lock()
_FOLDERS: dict[str, Path | None] = {}

OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
    "_nrt": False,
}
"""What all kernels are compiled with."""


def constant(n: int) -> int:
    """Return a whole number of which kernels know the type only, as of any other int64.

    Numba makes of a plain Python number at a module's top a type of its own.
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
    part: Any = numba.njit(pipeline_class=COMPILERS[kind], **options)(function)
    part.get_call_template = functools.partial(_call_template, part.get_call_template)
    return cast("Function", Kernel(function, part))


def _call_template(of_types: Any, types: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Let a call with a number written out be one with any number of its type.

    Numba reads and writes a function again for each number that some call gives it.
    """
    unliteral: Any = numba.types.unliteral
    return of_types(tuple(map(unliteral, types)), {k: unliteral(v) for k, v in named.items()})


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
            function: Any = self.__wrapped__  # type: ignore[attr-defined]
            file = function.__code__.co_filename
            if file not in _FOLDERS:
                _FOLDERS[file] = cache_folder(Path(file))
            folder = _FOLDERS[file]
            before = config.CACHE_DIR
            if folder is not None:
                config.CACHE_DIR = str(folder)
            try:
                self._entry = numba.njit(
                    pipeline_class=COMPILERS["entry"], cache=folder is not None, **OPTIONS
                )(function)
            finally:
                config.CACHE_DIR = before
