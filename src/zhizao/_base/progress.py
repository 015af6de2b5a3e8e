"""How far a long call has come: one kind of callback for all rooms."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with (done, total) as work goes on; never with a total of 0."""


def no_progress(_done: int, _total: int) -> None:
    """Tell nobody.

    Examples
    --------
    >>> no_progress(1, 2)
    """
