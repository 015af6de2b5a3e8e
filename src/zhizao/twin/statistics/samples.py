"""What every procedure here asks of its numbers, said in one place and one tone."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhizao._base.errors import InputError


def stop_on_faults(faults: Iterable[str | None]) -> None:
    """Raise one error with all faults, or return where there is none.

    Raises
    ------
    InputError
        With every fault, separated by semicolons.

    Examples
    --------
    >>> stop_on_faults([None, None])
    """
    found = [fault for fault in faults if fault]
    if found:
        raise InputError("; ".join(found))


def share_fault(name: str, value: float) -> str | None:
    """Return what is wrong with a number that must lie between 0 and 1, or None.

    Examples
    --------
    >>> share_fault("level", 95)
    'level is 95, expected a number between 0 and 1, such as 0.95'
    >>> share_fault("level", 0.95) is None
    True
    """
    if 0.0 < value < 1.0:
        return None
    return f"{name} is {value:g}, expected a number between 0 and 1, such as 0.95"


def positive_fault(name: str, value: float) -> str | None:
    """Return what is wrong with a number that must be positive and finite, or None.

    Examples
    --------
    >>> positive_fault("half_width", -1.0)
    'half_width is -1, expected a finite number above 0'
    """
    if np.isfinite(value) and value > 0:
        return None
    return f"{name} is {value:g}, expected a finite number above 0"


def count_fault(name: str, value: int, *, least: int) -> str | None:
    """Return what is wrong with a count that has a lower bound, or None.

    Examples
    --------
    >>> count_fault("n_first", 1, least=2)
    'n_first is 1, expected at least 2'
    """
    return None if value >= least else f"{name} is {value}, expected at least {least}"


def as_samples(values: ArrayLike, *, name: str) -> NDArray[np.float64]:
    """Return independent samples as an array; ``nan`` stands for unknown.

    Parameters
    ----------
    values : array-like of shape (n,)
        Any unit.
    name : str
        What the values are called in a message.

    Returns
    -------
    float64 array of shape (n,)

    Raises
    ------
    InputError
        If there is not exactly one dimension, or a value is infinite.

    Examples
    --------
    >>> as_samples([1, 2], name="samples")
    array([1., 2.])
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise InputError(
            f"{name} has shape {array.shape}, expected one dimension: a value per replication"
        )
    n_infinite = int(np.isinf(array).sum())
    if n_infinite:
        raise InputError(
            f"{name} holds {n_infinite} infinite values among {array.size}; "
            "give nan where a replication has no value"
        )
    return array


def as_series(values: ArrayLike, *, name: str) -> NDArray[np.float64]:
    """Return a time series as an array without gaps.

    Parameters
    ----------
    values : array-like of shape (n,)
        In the order of observation, any unit.
    name : str
        What the values are called in a message.

    Returns
    -------
    float64 array of shape (n,)

    Raises
    ------
    InputError
        If there is not exactly one dimension, no value at all, or a value that
        is infinite or ``nan``: a gap in a series cannot be left out without
        moving what comes after it.

    Examples
    --------
    >>> as_series([1, 2], name="series")
    array([1., 2.])
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise InputError(
            f"{name} has shape {array.shape}, expected one dimension with at least one value"
        )
    is_bad = ~np.isfinite(array)
    if is_bad.any():
        raise InputError(
            f"{name} holds {int(is_bad.sum())} values that are nan or infinite among "
            f"{array.size}, the first at index {int(is_bad.argmax())}; a series has no gaps"
        )
    return array
