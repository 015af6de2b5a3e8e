"""What the list of a mended plan has to know of links: who waits for whom, who is placed together.

Without joins, limits and buffers an operation waits for the one before it in its job only. With
them it may also wait for what other orders make for it, and those of a block are placed as one. So
an operation that is put off puts off what needs it, in other orders too, and one that is brought
back brings back what it needs.
"""

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.factory.factory_ties import arcs_of, in_order, is_tied, leads_of, pinned_of
from zhizao.schedule.problem import Problem

Ints = NDArray[np.int64]


class MendLinks:
    """Which operations wait for which, told by the first one of each block.

    Examples
    --------
    >>> from zhizao.schedule.links import Joins
    >>> from zhizao.schedule.problem import NO_DUE
    >>> three = Problem(
    ...     n_machines=1, job_first=np.array([0, 2, 3]), release=np.zeros(2, np.int64),
    ...     due=np.full(2, NO_DUE), weight=np.ones(2), mode_first=np.arange(4),
    ...     mode_machine=np.zeros(3, np.int32), mode_duration=np.ones(3, np.int64), joins=Joins(
    ...         before=np.array([2]), after=np.array([1]), lag=np.zeros(1, np.int64),
    ...         is_asked=np.zeros(1, bool)))
    >>> links = MendLinks(three, np.arange(3))
    >>> links.with_sources(np.array([False, True, False])).tolist()
    [True, True, True]
    >>> links.with_targets(np.array([False, False, True])).tolist()
    [False, True, True]
    >>> links.in_turn(np.array([0.0, 1.0, 5.0]), np.arange(3)).tolist()
    [0, 2, 1]
    """

    def __init__(self, problem: Problem, sequence: Ints) -> None:
        n = problem.n_operations
        self.is_tied = is_tied(problem)
        self.lead = leads_of(problem) if self.is_tied else np.arange(n)
        self.rank = np.empty(n, np.int64)
        self.rank[in_order(problem, sequence)] = np.arange(n)
        arcs, pinned = arcs_of(problem), pinned_of(problem)
        is_first = np.zeros(n, dtype=bool)
        is_first[problem.job_first[:-1][problem.job_first[:-1] < n]] = True
        later = np.flatnonzero(~is_first & ~pinned)
        later = later[~pinned[later - 1]]
        makes = ~pinned[arcs.source]
        self.source, self.target, self.lag = (
            arcs.source[makes], arcs.target[makes], arcs.lag[makes]
        )  # fmt: skip
        pairs = np.column_stack(
            [
                self.lead[np.concatenate([later - 1, self.source])],
                self.lead[np.concatenate([later, self.target])],
            ]
        )
        pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
        # Each comes after all that come before its source.
        self.pairs = pairs[np.argsort(self.rank[pairs[:, 1]], kind="stable")].tolist()
        self.sources_of: dict[int, list[int]] = {}
        for a, b in zip(range(len(self.target)), self.target.tolist(), strict=True):
            self.sources_of.setdefault(b, []).append(a)

    def with_sources(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which operations are chosen, with all that they wait for."""
        found = self._by_lead(chosen)
        backward = sorted(self.pairs, key=lambda pair: -self.rank[pair[1]])
        for a, b in backward:
            found[a] |= found[b]
        return np.array(found, dtype=bool)[self.lead]

    def with_targets(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which operations are chosen, with all that wait for them."""
        found = self._by_lead(chosen)
        for a, b in self.pairs:
            if found[a]:
                found[b] = True
        return np.array(found, dtype=bool)[self.lead]

    def _by_lead(self, chosen: NDArray[np.bool_]) -> list[bool]:
        found = np.zeros(len(chosen), dtype=bool)
        np.logical_or.at(found, self.lead, chosen)
        return list(found.tolist())

    def narrowed(self, is_in: NDArray[np.bool_]) -> None:
        """Forget the links of what is not looked at."""
        self.pairs = [(a, b) for a, b in self.pairs if is_in[a] and is_in[b]]

    def in_turn(self, key: NDArray[np.float64], operations: Ints) -> Ints:
        """Return operations by key, each after what it waits for, blocks together."""
        of_lead = key.tolist()
        for a, b in self.pairs:
            of_lead[b] = max(of_lead[b], of_lead[a])
        lead = self.lead[operations]
        keys = np.array(of_lead)[lead]
        return operations[np.lexsort((operations, self.rank[lead], keys))]

    def comes_at(self, i: int, end: Ints) -> tuple[int, int]:
        """Return when the last of what others make for an operation is there, and who makes it.

        ``end``: of each operation. (0, -1): nothing goes into it.
        """
        rows = [
            (int(end[self.source[a]] + self.lag[a]), int(self.source[a]))
            for a in self.sources_of.get(i, ())
        ]
        return max(rows, default=(0, -1))
