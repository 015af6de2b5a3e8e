"""Memory while a million rows are worked on: what is freed is kept, what lives is not searched.

Polars hands freed memory back to the system within half a second, and takes it again a
moment later, page by page; and Python looks for garbage among all orders whenever some
hundred objects were made. On a long log the two took a fifth of the time of learning.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

_ALLOCATOR = "_RJEM_MALLOC_CONF"
_KEEP = "dirty_decay_ms:-1,muzzy_decay_ms:-1"
_POLARS = "dirty_decay_ms:500,muzzy_decay_ms:1000"
"""What polars itself leaves in the environment when it is loaded; children inherit it."""
_OBJECTS = 200_000


def keep_freed_memory() -> None:
    """Let polars keep what it frees until the process ends; before polars is loaded.

    For a command that ends when its work is done. What a person has set stays in force.

    Examples
    --------
    >>> before = os.environ.pop("_RJEM_MALLOC_CONF", "")
    >>> keep_freed_memory()
    >>> os.environ["_RJEM_MALLOC_CONF"]
    'dirty_decay_ms:-1,muzzy_decay_ms:-1'
    >>> os.environ["_RJEM_MALLOC_CONF"] = before
    """
    given = os.environ.get(_ALLOCATOR, "").removeprefix(_POLARS).strip(",")
    # Of what is said twice the allocator takes the last.
    own = "" if given.startswith(_KEEP) else f"{_KEEP},"
    os.environ[_ALLOCATOR] = f"{own}{given}".strip(",")


@contextmanager
def few_collections() -> Iterator[None]:
    """Let Python look for garbage less often: nouns by the hundred thousand are no garbage.

    Examples
    --------
    >>> before = gc.get_threshold()
    >>> with few_collections():
    ...     gc.get_threshold()[0] >= 200_000 or before[0] == 0
    True
    >>> gc.get_threshold() == before
    True
    """
    before = gc.get_threshold()
    if before[0] > 0:
        gc.set_threshold(max(before[0], _OBJECTS), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
