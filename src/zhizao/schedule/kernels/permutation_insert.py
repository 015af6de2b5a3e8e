"""Insertion into a sequence of a permutation flow shop with setups, all positions at once.

Taillard's (1990) acceleration, with the setups of the two neighbours: heads and tails of the
sequence are kept, so that the makespan of every position costs one pass over the machines.

Notation: ``order[0:n]`` the sequence; ``p[j, m]`` times; ``s[i, j, m]`` the setup from job i to
job j; ``first[j, m]`` the setup of the first job; ``head[k, m]`` when the k-th job leaves machine
m; ``tail[k, m]`` from its begin on m to the end of all.
"""

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import inner_kernel, kernel

Ints = NDArray[np.int64]
Ticks = NDArray[np.int32]


@inner_kernel
def fill_heads(
    order: Ints, n: int, begin: int, p: Ticks, s: Ticks, first: Ticks, head: Ticks
) -> None:
    """Write the heads of positions ``begin`` to ``n - 1``; those before are right."""
    n_machines = p.shape[1]
    for k in range(begin, n):
        j = order[k]
        done = 0
        if k == 0:
            for m in range(n_machines):
                done = max(done, first[j, m]) + p[j, m]
                head[0, m] = done
        else:
            i = order[k - 1]
            for m in range(n_machines):
                done = max(done, head[k - 1, m] + s[i, j, m]) + p[j, m]
                head[k, m] = done


@inner_kernel
def fill_tails(order: Ints, n: int, begin: int, p: Ticks, s: Ticks, tail: Ticks) -> None:
    """Write the tails of positions ``begin`` down to 0; those after are right."""
    last = p.shape[1] - 1
    for k in range(begin, -1, -1):
        j = order[k]
        left = 0
        if k == n - 1:
            for m in range(last, -1, -1):
                left += p[j, m]
                tail[k, m] = left
        else:
            i = order[k + 1]
            for m in range(last, -1, -1):
                left = max(left, tail[k + 1, m] + s[j, i, m]) + p[j, m]
                tail[k, m] = left


@inner_kernel
def insertion_makespan(
    j: int, k: int, order: Ints, n: int,
    p: Ticks, s: Ticks, first: Ticks, head: Ticks, tail: Ticks, limit: int,
) -> int:  # fmt: skip
    """Return the makespan with job ``j`` put before position ``k``, or more than ``limit``."""
    n_machines = p.shape[1]
    done = np.int64(0)
    longest = np.int64(0)
    if k < n:
        after = order[k]
        if k == 0:
            for m in range(n_machines):
                done = max(done, first[j, m]) + p[j, m]
                longest = max(longest, done + s[j, after, m] + tail[0, m])
        else:
            before = order[k - 1]
            for m in range(n_machines):
                done = max(done, head[k - 1, m] + s[before, j, m]) + p[j, m]
                longest = max(longest, done + s[j, after, m] + tail[k, m])
                if longest > limit:
                    return int(longest)
        return int(longest)
    if k == 0:
        for m in range(n_machines):
            done = max(done, first[j, m]) + p[j, m]
    else:
        before = order[k - 1]
        for m in range(n_machines):
            done = max(done, head[k - 1, m] + s[before, j, m]) + p[j, m]
    return int(done)


@inner_kernel
def insert_at(order: Ints, n: int, k: int, j: int) -> None:
    """Put job ``j`` before position ``k`` of a sequence of ``n``."""
    for i in range(n, k, -1):
        order[i] = order[i - 1]
    order[k] = j


@inner_kernel
def remove_at(order: Ints, n: int, k: int) -> None:
    """Take the job at position ``k`` out of a sequence of ``n``."""
    for i in range(k, n - 1):
        order[i] = order[i + 1]


@kernel
def insertion_makespans(
    j: int, order: Ints, n: int, p: Ticks, s: Ticks, first: Ticks,
    head: Ticks, tail: Ticks, makespan: Ints,
) -> None:  # fmt: skip
    """Write the makespan of each of the ``n + 1`` positions for job ``j``.

    Parameters
    ----------
    j : int
        The job; it is not in the sequence.
    order : int64 array, the sequence in its first ``n`` entries
    n : int
        Jobs in the sequence.
    p, s, first : int32 arrays of shapes (jobs, machines), (jobs, jobs, machines), (jobs, machines)
        Times and setups, ticks.
    head, tail : int32 arrays of shape (jobs, machines)
        Written.
    makespan : int64 array of at least n + 1 entries, ticks
        Written.
    """
    fill_heads(order, n, 0, p, s, first, head)
    fill_tails(order, n, n - 1, p, s, tail)
    for k in range(n + 1):
        makespan[k] = insertion_makespan(j, k, order, n, p, s, first, head, tail, 2**31 - 1)
