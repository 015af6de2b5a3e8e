"""A list of what counts of the plan that people follow, as it is mended: kept, late or put off."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.factory.follow import Begun
from zhizao.schedule.factory.mend_links import MendLinks
from zhizao.schedule.factory.to_factory import empty_plan, empty_state
from zhizao.schedule.kernels.factory_build import build
from zhizao.schedule.kernels.factory_tables import Factory
from zhizao.schedule.problem import NONE, Problem

Ints = NDArray[np.int64]

Copy = tuple[NDArray[np.float64], Ints, NDArray[np.bool_]]
"""Keys, wishes, and what is put off."""

PUT_OFF, FILLER_OFF = 1e-3, 0.2
"""What an operation that is put off costs beside its move: one that is only late is better. And
what one costs that does not count: none is put off that need not be."""


class Mend:
    """The list at hand, its plan, and a second plan for trials."""

    def __init__(
        self, problem: Problem, factory: Factory, begun: Begun, *, until: int | None
    ) -> None:
        previous = problem.previous
        assert previous is not None
        n = problem.n_operations
        self.problem, self.factory, self.begun, self.previous = problem, factory, begun, previous
        self.counts = previous.counts
        n_of_job = np.diff(problem.job_first)
        self.job_first = np.repeat(problem.job_first[:-1], n_of_job)
        self.job_end = np.repeat(problem.job_first[1:], n_of_job)
        self.pins = np.zeros(0, np.int64)
        if problem.pins is not None:
            self.pins = begun.sequence[np.isin(begun.sequence, problem.pins.operation)]
        self.rank = np.empty(n)
        self.rank[begun.sequence] = np.arange(n)
        self.is_in = self.counts.copy()
        if until is not None:
            self.is_in |= self.rank < until
        self.links = MendLinks(problem, begun.sequence)
        self.is_in = self.links.with_sources(self.is_in)
        self.is_in[self.pins] = False
        self.links.narrowed(self.is_in)
        self.operations = np.flatnonzero(self.is_in)
        self.key: NDArray[np.float64] = self.rank.copy()
        self.wish: Ints = begun.mode.copy()
        self.is_off: NDArray[np.bool_] = np.zeros(n, dtype=bool)
        self.state = empty_state(factory)
        self.plan, self.trial = empty_plan(problem, factory), empty_plan(problem, factory)
        self.kept = self.built = self.moved = self.operations

    def sequence(self) -> Ints:
        """Return the list of what is not put off; each after all that it waits for."""
        kept = self.operations[~self.is_off[self.operations]]
        if self.links.is_tied:
            return self.links.in_turn(self.key, kept)
        key = self.key[kept]
        follows = np.flatnonzero(self.job_first[kept[1:]] == self.job_first[kept[:-1]]) + 1
        for a in follows.tolist():
            key[a] = max(key[a], key[a - 1])
        return kept[np.lexsort((kept, key))]

    def build(self) -> float:
        """Build the list as a trial; return its moves, infinite where it cannot be built."""
        self.built = self.sequence()
        whole = np.concatenate([self.pins, self.built])
        if build(self.factory, self.state, self.trial, whole, self.wish) < len(whole):
            return math.inf
        n_off = int((self.counts & self.is_off).sum())
        fillers = int((self.is_off & ~self.counts).sum())
        return (
            int(self._is_moved(self.built).sum()) + n_off * (1.0 + PUT_OFF) + FILLER_OFF * fillers
        )

    def take(self) -> None:
        """Make the trial the plan at hand."""
        self.kept, self.moved = self.built, self.built[self._is_moved(self.built)]
        self.plan, self.trial = self.trial, self.plan

    def n_moved(self) -> int:
        """Return how many operations that count move in the plan at hand, or are put off."""
        return len(self.moved) + int((self.counts & self.is_off).sum())

    def _is_moved(self, operations: Ints) -> NDArray[np.bool_]:
        rows, previous = self.trial.rows, self.previous
        machine = self.problem.mode_machine[rows.mode[operations]]
        away = np.abs(rows.start[operations] - previous.start[operations]) > previous.tolerance
        moved: NDArray[np.bool_] = self.counts[operations] & (
            (machine != previous.machine[operations]) | away
        )
        return moved

    def copy(self) -> Copy:
        """Return the list, to be restored."""
        return self.key.copy(), self.wish.copy(), self.is_off.copy()

    def restore(self, copied: Copy) -> None:
        """Put a list back; its plan is not built."""
        key, wish, is_off = copied
        self.key, self.wish, self.is_off = key.copy(), wish.copy(), is_off.copy()

    def lay(self, begin: Mapping[int, tuple[int, int]]) -> None:
        """Set the list to what begins at given times on given machines; put the rest off."""
        problem = self.problem
        self.restore((self.rank.copy(), self.begun.mode.copy(), np.zeros_like(self.is_off)))
        for turn, i in enumerate(sorted(begin, key=lambda i: (begin[i][1], self.rank[i]))):
            self.key[i] = turn
            modes = range(int(problem.mode_first[i]), int(problem.mode_first[i + 1]))
            self.wish[i] = next(k for k in modes if problem.mode_machine[k] == begin[i][0])
        for i in self.operations.tolist():
            if i not in begin and not self.is_off[i]:
                self.put_off(i)

    def put_off(self, i: int) -> None:
        """Put an operation and the rest of its job off, with all that needs them."""
        if self.links.is_tied:
            self.is_off[i] = True
            self.is_off = self.links.with_targets(self.is_off) & self.is_in
            return
        self.is_off[i : self.job_end[i]] = self.is_in[i : self.job_end[i]]

    def bring_back(self, i: int) -> None:
        """Bring the job of an operation back; of tied ones, the operation with all that it needs."""
        if not self.links.is_tied:
            self.is_off[self.job_first[i] : self.job_end[i]] = False
            return
        back = np.zeros(len(self.is_off), dtype=bool)
        back[i] = True
        self.is_off &= ~self.links.with_sources(back)

    def first_off(self, i: int) -> int:
        """Return the first operation of a job that is put off, one of which is."""
        first = int(self.job_first[i])
        return first + int(np.argmax(self.is_off[first : self.job_end[i]]))

    def key_when_ready(self, i: int) -> float:
        """Return the key of the turn at which an operation is ready in the plan at hand."""
        ready = 0 if self.problem.lags is None else int(self.problem.lags.earliest[i])
        rows = self.plan.rows
        if i > self.job_first[i] and not self.is_off[i - 1]:
            ready = max(ready, int(rows.end[i - 1]))
        ready = max(ready, self.links.comes_at(i, rows.end)[0])
        later = self.kept[rows.begin[self.kept] >= ready]
        last = float(self.problem.n_operations)
        return float(self.key[later].min(initial=last)) - 0.25

    def held_up_by(self, i: int) -> int:
        """Return what an operation waits for beyond its old start; ``NONE``: nothing in the list."""
        rows = self.plan.rows
        begin = int(self.previous.start[i]) - int(rows.start[i] - rows.begin[i])
        if i > self.job_first[i] and self.is_in[i - 1] and rows.end[i - 1] > begin:
            return i - 1
        comes_at, maker = self.links.comes_at(i, rows.end)
        if comes_at > begin and self.is_in[maker]:
            return maker
        kept = self.kept
        earlier = kept[(rows.begin[kept] < rows.begin[i]) & (rows.end[kept] > begin)]
        on_place = earlier[rows.place[earlier] == rows.place[i]]
        if len(on_place):
            return int(on_place[np.argmax(rows.end[on_place])])
        if self.problem.crews is None:
            return NONE
        units = self._units(i)
        with_unit = [x for x in earlier.tolist() if units & self._units(x)]
        return max(with_unit, key=lambda x: int(rows.end[x]), default=NONE)

    def _units(self, i: int) -> set[int]:
        crews = self.problem.crews
        assert crews is not None
        units = self.plan.unit[int(crews.need_first[i]) : int(crews.need_first[i + 1])]
        return set(units.tolist()) - {NONE}
