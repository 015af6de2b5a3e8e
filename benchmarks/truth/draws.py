"""Random numbers that belong to a thing and not to a moment.

Each draw is a hash of (seed, purpose, keys), so that the same order has the
same luck with and without a change: true effects are measured in pairs.
"""

import math
from statistics import NormalDist

_MASK = (1 << 64) - 1
_NORMAL = NormalDist()

GAP, ACCEPT, QUANTITY, DUE, RUN, SETUP, WAIT, WAIT_LENGTH, REWORK, FAIL, REPAIR, DIRT = range(12)


def _mix(value: int) -> int:
    """Scramble 64 bits (splitmix64, Steele, Lea and Flood 2014)."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def uniform(seed: int, *keys: int) -> float:
    """Return a number strictly between 0 and 1."""
    value = _mix(hash((seed, keys)) & _MASK)  # hashes of integers are the same in every process
    return ((value >> 12) + 0.5) / (1 << 52)


def exponential(mean: float, seed: int, *keys: int) -> float:
    """Return an exponential time with the given mean."""
    return -mean * math.log(uniform(seed, *keys))


def lognormal(cv: float, seed: int, *keys: int) -> float:
    """Return a positive factor with mean 1."""
    if cv == 0:
        return 1.0
    variance = math.log1p(cv * cv)
    return math.exp(math.sqrt(variance) * _NORMAL.inv_cdf(uniform(seed, *keys)) - variance / 2)


def wave(periods: float) -> float:
    """Return the sine of a number of periods."""
    return math.sin(2 * math.pi * periods)
