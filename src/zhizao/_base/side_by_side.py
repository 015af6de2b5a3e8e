"""Steps that do not need each other, done on several cores: polars and numpy let others go on."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import polars as pl

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")


def side_by_side(steps: Iterable[Callable[[], T]]) -> list[T]:
    """Return what each step gives, in the order of the steps; the first error is raised.

    As many run at once as polars has threads.

    Examples
    --------
    >>> side_by_side([lambda: 1, lambda: 2])
    [1, 2]
    """
    with ThreadPoolExecutor(max_workers=pl.thread_pool_size()) as pool:
        return [done.result() for done in [pool.submit(step) for step in steps]]


def at_once(one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
    """Return what two calls of different kinds give, done at the same time.

    Both end before an error is raised.

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
