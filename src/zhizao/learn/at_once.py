"""Two things learnt at once, where neither needs the other.

Most of what polars and numpy do on a column goes by on one core, and both let others go on
meanwhile: on a long log the second core does a third of the work.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def at_once(one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
    """Return what two calls give, done at the same time; both end before an error is raised.

    Parameters
    ----------
    one
        Done in the thread that asks.
    other
        Done in a thread of its own: it must not change what ``one`` reads.

    Examples
    --------
    >>> at_once(lambda: 1, lambda: "two")
    (1, 'two')
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        second = pool.submit(other)
        first = one()
        return first, second.result()
