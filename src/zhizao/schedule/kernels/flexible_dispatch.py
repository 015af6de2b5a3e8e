"""A first plan of a flexible job shop: one operation at a time, where it ends first."""

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.kinds import kernel
from zhizao.schedule.kernels.flexible_plan import setup_between
from zhizao.schedule.kernels.flexible_tables import Ints, Shop
from zhizao.schedule.kernels.random_bits import next_uniform


@kernel
def dispatch(
    shop: Shop, first: Ints, n_of_job: Ints, work_left: NDArray[np.float64], noise: float,
    next_of_job: Ints, free_at: Ints, last: Ints, ready_at: Ints,
    order: Ints, mode: Ints, bits: NDArray[np.uint64],
) -> int:  # fmt: skip
    """Take the operation that can begin first, ties to the most work left; return the makespan.

    Parameters
    ----------
    first, n_of_job : int64 arrays of shape (n_jobs,)
        First operation and number of operations of each job.
    work_left : float64 array of shape (n,), ticks
        Work of the job from an operation on.
    noise : float
        Random part of the priority, as a share of the work left; 0: none.
    next_of_job, ready_at : int64 arrays of shape (n_jobs,); free_at, last : of shape (m,)
        Scratch.
    order, mode : int64 arrays of shape (n,)
        Written: the operations as they were taken, and their modes.
    """
    n, n_jobs = order.shape[0], first.shape[0]
    for k in range(free_at.shape[0]):
        free_at[k] = 0
        last[k] = -1
    for j in range(n_jobs):
        next_of_job[j] = 0
        ready_at[j] = shop.release[first[j]]
    makespan = 0
    for taken in range(n):
        best_job, best_mode, best_begin, best_end = -1, -1, 0, 0
        best_rank = 0.0
        for j in range(n_jobs):
            if next_of_job[j] == n_of_job[j]:
                continue
            v = first[j] + next_of_job[j]
            chosen, begin, end = -1, 0, 0
            for q in range(shop.mode_first[v], shop.mode_first[v + 1]):
                k = shop.mode_machine[q]
                free = free_at[k] + setup_between(shop, k, last[k], v)
                at = max(ready_at[j], free)
                if chosen < 0 or at + shop.mode_duration[q] < end:
                    chosen, begin, end = q, at, at + shop.mode_duration[q]
            rank = work_left[v] * (1.0 + noise * (next_uniform(bits) - 0.5))
            if best_job < 0 or begin < best_begin or (begin == best_begin and rank > best_rank):
                best_job, best_mode, best_begin, best_end = j, chosen, begin, end
                best_rank = rank
        v = first[best_job] + next_of_job[best_job]
        k = shop.mode_machine[best_mode]
        next_of_job[best_job] += 1
        ready_at[best_job] = best_end
        free_at[k] = best_end
        last[k] = v
        order[taken] = v
        mode[v] = best_mode
        makespan = max(makespan, best_end)
    return int(makespan)
