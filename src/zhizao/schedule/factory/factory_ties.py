"""Links of a problem → the kernels' tables of ties and joins, and orders that respect them.

What must begin soon after another operation of its lot, or follows it through a buffer of
limited size, is placed together with it: a block is a run of operations of one job.
"""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao.schedule.factory.factory_rows import first_of, table_of
from zhizao.schedule.kernels.factory_tables import JOIN, TIE, Table
from zhizao.schedule.problem import NONE, Problem


@dataclass(frozen=True, kw_only=True)
class TieTables:
    """Ties of operations, the rows that they point to, and how many places buffers have."""

    ties: Table
    joins: Table
    n_places: int
    """Of all buffers; they are numbered behind the units of the crews."""


@dataclass(frozen=True, kw_only=True)
class Arcs:
    """Operations that are placed before others, beside the order in jobs."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    lag: NDArray[np.int64]
    asked: NDArray[np.int64]


def is_tied(problem: Problem) -> bool:
    """Return whether any operation is linked beyond the order in its job."""
    return not (problem.joins is None and problem.limits is None and problem.buffers is None)


def arcs_of(problem: Problem) -> Arcs:
    """Return the joins of operations that are not pinned.

    Raises
    ------
    InputError
        If a join counts from the asking of a job's first operation: that instant is known.
    """
    joins = problem.joins
    if joins is None:
        nothing = np.zeros(0, np.int64)
        return Arcs(source=nothing, target=nothing, lag=nothing, asked=nothing)
    is_first = np.isin(joins.before, problem.job_first[:-1])
    if (is_first & joins.is_asked).any():
        i = int(joins.before[np.argmax(is_first & joins.is_asked)])
        raise InputError(
            f"A join counts from the asking of operation {i}, the first of its job; "
            "state that as the earliest begin of the operation that waits."
        )
    keep = ~pinned_of(problem)[joins.after]
    before = joins.before[keep]
    asked = joins.is_asked[keep]
    return Arcs(
        source=np.where(asked, before - 1, before),
        target=joins.after[keep],
        lag=joins.lag[keep],
        asked=np.where(asked, before, NONE),
    )


def pinned_of(problem: Problem) -> NDArray[np.bool_]:
    """Return which operations are pinned."""
    pinned = np.zeros(problem.n_operations, dtype=bool)
    if problem.pins is not None:
        pinned[problem.pins.operation] = True
    return pinned


def leads_of(problem: Problem) -> NDArray[np.int64]:
    """Return the first operation of each one's block; itself where it is placed alone."""
    n = problem.n_operations
    pinned = pinned_of(problem)
    # Whether an operation is placed with the one before it.
    joined = np.zeros(n + 1, dtype=np.int64)
    if problem.limits is not None:
        for before, after in zip(
            problem.limits.before.tolist(), problem.limits.after.tolist(), strict=True
        ):
            joined[before + 1] += 1
            joined[after + 1] -= 1
    is_with = np.cumsum(joined)[:n] > 0
    if problem.buffers is not None:
        is_with |= problem.buffers.of_operation != NONE
    is_with[problem.job_first[:-1][problem.job_first[:-1] < n]] = False
    is_with[pinned] = False
    is_with[1:] &= ~pinned[:-1]
    lead = np.where(is_with, NONE, np.arange(n))
    return np.maximum.accumulate(lead)


def tie_tables(problem: Problem, *, n_units: int) -> TieTables:
    """Return the tables of ties; empty where nothing is linked.

    ``n_units``: of the crews; the places of buffers are numbered on from there.
    """
    if not is_tied(problem):
        return TieTables(ties=table_of(TIE, n=0), joins=table_of(JOIN, n=0), n_places=0)
    n = problem.n_operations
    arcs = arcs_of(problem)
    lead = leads_of(problem)
    tail = np.arange(n) + 1
    # Walking back, a block's end comes down to its lead.
    for i in range(n - 2, -1, -1):
        if lead[i + 1] == lead[i]:
            tail[i] = tail[i + 1]
    ins = np.argsort(arcs.target, kind="stable")
    outs = np.argsort(arcs.source, kind="stable")
    rows = [
        np.stack([arcs.source, arcs.target, arcs.lag, arcs.asked], axis=1)[o] for o in (ins, outs)
    ]
    limits = problem.limits
    n_arcs = len(arcs.source)
    limit_first = first_of(np.zeros(n))
    if limits is not None:
        order = np.argsort(limits.after, kind="stable")
        rows.append(
            np.stack(
                [limits.before, limits.after, limits.most, np.full(len(limits.most), NONE)], axis=1
            )[order]
        )
        limit_first = first_of(np.bincount(limits.after, minlength=n))
    table = np.concatenate(rows).astype(np.int64)
    join_first = first_of(np.bincount(arcs.target, minlength=n))
    out_first = first_of(np.bincount(arcs.source, minlength=n))
    buffers, first, end, n_places = problem.buffers, np.full(n, NONE), np.full(n, NONE), 0
    if buffers is not None:
        places = first_of(buffers.n_lots) + n_units
        n_places = int(places[-1]) - n_units
        has_one = buffers.of_operation != NONE
        first[has_one] = places[buffers.of_operation[has_one]]
        end[has_one] = places[buffers.of_operation[has_one] + 1]
    return TieTables(
        ties=table_of(
            TIE,
            n=n,
            lead=lead,
            tail=tail,
            n_before=_n_before(problem, arcs, lead),
            join_first=join_first[:-1],
            join_end=join_first[1:],
            out_first=out_first[:-1] + n_arcs,
            out_end=out_first[1:] + n_arcs,
            limit_first=limit_first[:-1] + 2 * n_arcs,
            limit_end=limit_first[1:] + 2 * n_arcs,
            buffer_first=first,
            buffer_end=end,
        ),
        joins=table_of(
            JOIN,
            n=len(table),
            source=table[:, 0],
            target=table[:, 1],
            lag=table[:, 2],
            asked=table[:, 3],
        ),
        n_places=n_places,
    )


def _n_before(problem: Problem, arcs: Arcs, lead: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many operations each block waits for that are neither pinned nor its own."""
    n = problem.n_operations
    pinned = pinned_of(problem)
    job = np.repeat(np.arange(problem.n_jobs), np.diff(problem.job_first))
    has_one = np.zeros(n, dtype=bool)
    has_one[1:] = (job[1:] == job[:-1]) & (lead[1:] != lead[:-1]) & ~pinned[:-1] & ~pinned[1:]
    found = np.zeros(n, np.int64)
    np.add.at(found, lead[has_one], 1)
    counts = ~pinned[arcs.source] & (lead[arcs.source] != lead[arcs.target])
    np.add.at(found, lead[arcs.target[counts]], 1)
    return found


def in_order(problem: Problem, sequence: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a list of all operations in which each stands after what it waits for.

    Blocks stand together, pinned operations first; otherwise the order of ``sequence`` is kept
    as far as it can be.

    Raises
    ------
    InputError
        If operations wait for each other in a circle.
    """
    if not is_tied(problem):
        return sequence
    n = problem.n_operations
    pinned, lead, arcs = pinned_of(problem), leads_of(problem), arcs_of(problem)
    members: list[list[int]] = [[] for _ in range(n)]
    for i in range(n):
        members[lead[i]].append(i)
    rank = np.empty(n, np.int64)
    rank[sequence] = np.arange(n)
    after: list[list[int]] = [[] for _ in range(n)]
    n_before = _n_before(problem, arcs, lead)
    job = np.repeat(np.arange(problem.n_jobs), np.diff(problem.job_first))
    pairs = [
        (i - 1, i) for i in range(1, n) if job[i] == job[i - 1] and not (pinned[i] or pinned[i - 1])
    ]
    pairs += [
        (a, b)
        for a, b in zip(arcs.source.tolist(), arcs.target.tolist(), strict=True)
        if not pinned[a]
    ]
    for a, b in pairs:
        if lead[a] != lead[b]:
            after[lead[a]].append(int(lead[b]))
    found = [i for i in sequence.tolist() if pinned[i]]
    waiting = [
        (int(rank[i]), i) for i in range(n) if lead[i] == i and not pinned[i] and not n_before[i]
    ]
    heapq.heapify(waiting)
    while waiting:
        _, i = heapq.heappop(waiting)
        found += members[i]
        for x in after[i]:
            n_before[x] -= 1
            if not n_before[x]:
                heapq.heappush(waiting, (int(rank[x]), x))
    if len(found) < n:
        raise InputError(f"{n - len(found)} operations wait for each other in a circle of joins.")
    return np.array(found, np.int64)
