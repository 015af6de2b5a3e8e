"""Random numbers of a search: SplitMix64 (Steele, Lea, Flood 2014), a state of one word a thread.

A search needs speed and equal draws for equal seeds, not streams for each entity.
"""

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import inner_kernel

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@inner_kernel
def next_uniform(state: NDArray[np.uint64]) -> float:
    """Advance the state and return a number from 0 to below 1.

    Parameters
    ----------
    state : uint64 array of shape (1,)
        Changed; any value may be the first (the seed).
    """
    state[0] += _STEP
    z = state[0]
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    z ^= z >> _31
    return float(z >> _11) * (1.0 / 9007199254740992.0)


@inner_kernel
def next_below(state: NDArray[np.uint64], n: int) -> int:
    """Advance the state and return a whole number from 0 to n - 1 (n below 2^53)."""
    return int(next_uniform(state) * n)
