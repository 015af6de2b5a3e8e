"""Solution: what a solver returns: a plan, its objective, and how far it may be from the best."""

from dataclasses import dataclass

from zhizao.schedule.assignment import Assignment


@dataclass(frozen=True, kw_only=True)
class Solution:
    """The best plan of a search.

    Examples
    --------
    >>> import numpy as np
    >>> nothing = np.zeros(0, dtype=np.int64)
    >>> plan = Assignment(mode=nothing, start=nothing, end=nothing)
    >>> Solution(assignment=plan, objective=110.0, bound=99.0, trajectory=()).gap
    0.1
    """

    assignment: Assignment
    objective: float
    """In the problem's own unit (ticks of makespan, cost of tardiness)."""
    bound: float
    """No plan can be better than this."""
    trajectory: tuple[tuple[float, float], ...]
    """(seconds since the begin, objective) of each better plan, in order."""
    n_iterations: int | None = None
    """Moves of the search, all threads together; None: not counted."""
    n_forced: int = 0
    """Operations that every plan moves, at least, where the search has looked for that."""

    @property
    def gap(self) -> float:
        """(objective - bound) / objective: 0 where the plan is proved optimal."""
        if self.objective <= self.bound:
            return 0.0
        return (self.objective - self.bound) / self.objective
