"""Iterated greedy search for permutation flow shops with setups.

Ruiz and Stuetzle (2008), with the local search also on the partial sequence (Dubois-Lacoste,
Pagnozzi, Stuetzle 2017). Notation as in ``permutation_insert``; ``order`` is the sequence at
hand, ``best`` the best one; ``values`` are [makespan of order, of best].
"""

import math

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import inner_kernel, kernel
from zhizao.schedule.kernels.permutation_insert import (
    fill_heads,
    fill_tails,
    insert_at,
    insertion_makespan,
    remove_at,
)
from zhizao.schedule.kernels.random_bits import next_below, next_uniform

Ints = NDArray[np.int64]
Ticks = NDArray[np.int32]
Bits = NDArray[np.uint64]


@inner_kernel
def insert_best(
    j: int, order: Ints, n: int, p: Ticks, s: Ticks, first: Ticks,
    head: Ticks, tail: Ticks, bits: Bits,
) -> tuple[int, int]:  # fmt: skip
    """Insert job ``j`` where the makespan is least; return (makespan, position).

    Heads and tails are right before; ties are broken evenly by chance.
    """
    least = 2**31 - 1
    where = 0
    n_ties = 0
    for k in range(n + 1):
        makespan = insertion_makespan(j, k, order, n, p, s, first, head, tail, least)
        if makespan < least:
            least = makespan
            where = k
            n_ties = 1
        elif makespan == least:
            n_ties += 1
            if next_below(bits, n_ties) == 0:
                where = k
    insert_at(order, n, where, j)
    return least, where


@inner_kernel
def descend(
    order: Ints, n: int, p: Ticks, s: Ticks, first: Ticks,
    head: Ticks, tail: Ticks, queue: Ints, bits: Bits,
) -> int:  # fmt: skip
    """Move single jobs, in random order, until none helps; return the makespan.

    ``queue`` is scratch of n entries.
    """
    fill_heads(order, n, 0, p, s, first, head)
    fill_tails(order, n, n - 1, p, s, tail)
    value = int(head[n - 1, p.shape[1] - 1])
    if n < 2:
        return value
    for k in range(n):
        queue[k] = order[k]
    n_since_better = 0
    at = n
    while n_since_better < n:
        if at == n:
            for k in range(n - 1, 0, -1):
                other = next_below(bits, k + 1)
                queue[k], queue[other] = queue[other], queue[k]
            at = 0
        j = queue[at]
        at += 1
        k = 0
        while order[k] != j:
            k += 1
        remove_at(order, n, k)
        fill_heads(order, n - 1, k, p, s, first, head)
        for i in range(k, n - 1):
            for m in range(p.shape[1]):
                tail[i, m] = tail[i + 1, m]
        fill_tails(order, n - 1, k - 1, p, s, tail)
        makespan, where = insert_best(j, order, n - 1, p, s, first, head, tail, bits)
        fill_heads(order, n, where, p, s, first, head)
        for i in range(n - 1, where, -1):
            for m in range(p.shape[1]):
                tail[i, m] = tail[i - 1, m]
        fill_tails(order, n, where, p, s, tail)
        n_since_better = 1 if makespan < value else n_since_better + 1
        value = makespan
    return value


@kernel
def build_sequence(
    jobs: Ints, p: Ticks, s: Ticks, first: Ticks,
    head: Ticks, tail: Ticks, order: Ints, bits: Bits,
) -> int:  # fmt: skip
    """Insert the jobs one by one at their best place (NEH; Nawaz, Enscore, Ham 1983).

    Parameters
    ----------
    jobs : int64 array of shape (n,)
        The jobs in the order of insertion.
    order : int64 array of shape (n,)
        Written: the sequence.

    Returns
    -------
    int
        Makespan, ticks.
    """
    makespan = 0
    for n in range(len(jobs)):
        fill_heads(order, n, 0, p, s, first, head)
        fill_tails(order, n, n - 1, p, s, tail)
        makespan, _ = insert_best(jobs[n], order, n, p, s, first, head, tail, bits)
    return makespan


@kernel
def search_permutation(
    p: Ticks, s: Ticks, first: Ticks, head: Ticks, tail: Ticks,
    order: Ints, best: Ints, trial: Ints, queue: Ints, values: Ints,
    n_removed: int, temperature: float, n_iterations: int, target: int, bits: Bits,
) -> int:  # fmt: skip
    """Destroy, rebuild, descend and accept ``n_iterations`` times.

    Parameters
    ----------
    order, best, trial, queue : int64 arrays of shape (jobs,)
        The sequence at hand and the best (both changed), and scratch.
    values : int64 array of shape (2,), ticks
        Makespans of ``order`` and ``best``; changed.
    n_removed : int
        Jobs that are taken out and put back in an iteration.
    temperature : float, ticks
        A sequence that is longer by d ticks is accepted with probability exp(-d / temperature).
    target : int, ticks
        The search ends when the best makespan is not above it.

    Returns
    -------
    int
        Iterations done.
    """
    n_jobs = p.shape[0]
    for iteration in range(n_iterations):
        if values[1] <= target:
            return iteration
        for k in range(n_jobs):
            trial[k] = order[k]
        for r in range(n_removed):
            n = n_jobs - r
            k = next_below(bits, n)
            j = trial[k]
            remove_at(trial, n, k)
            trial[n - 1] = j
        n = n_jobs - n_removed
        if n > 0:
            descend(trial, n, p, s, first, head, tail, queue, bits)
        for r in range(n_removed):
            fill_heads(trial, n + r, 0, p, s, first, head)
            fill_tails(trial, n + r, n + r - 1, p, s, tail)
            insert_best(trial[n + r], trial, n + r, p, s, first, head, tail, bits)
        value = descend(trial, n_jobs, p, s, first, head, tail, queue, bits)
        difference = value - values[0]
        if difference <= 0 or next_uniform(bits) < math.exp(-difference / temperature):
            values[0] = value
            for k in range(n_jobs):
                order[k] = trial[k]
            if value < values[1]:
                values[1] = value
                for k in range(n_jobs):
                    best[k] = trial[k]
    return n_iterations
