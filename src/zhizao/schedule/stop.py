"""Stop: when a search ends; and the course of a search, which every solver keeps the same way."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

OnProgress = Callable[[float, float], bool | None]
"""Called with (seconds since the begin, objective) at each better plan; True ends the search."""


@dataclass(frozen=True, kw_only=True)
class Stop:
    """When a search ends: at whichever of these comes first.

    A search also ends, with its best plan, at a keyboard interrupt. Without seconds
    and iterations it ends only when the bound is reached.

    Examples
    --------
    >>> course = Stop(iterations=10).begin()
    >>> course.better(12.0)
    >>> course.is_over(iterations=9), course.is_over(iterations=10)
    (False, True)
    """

    seconds: float | None = None
    """Wall-clock seconds from ``begin``; None: no limit."""
    iterations: int | None = None
    """Moves of the search, all threads together; None: no limit. Equal seeds and equal
    iterations give equal plans where a solver says that it is deterministic."""
    gap: float = 0.0
    """(objective - bound) / objective that is good enough; 0: proved optimal."""
    on_progress: OnProgress | None = None
    """Told of each better plan."""

    def begin(self) -> "Course":
        """Start the clock."""
        return Course(stop=self)


@dataclass(kw_only=True)
class Course:
    """One search as it goes on: its clock, its bound and its better and better plans."""

    stop: Stop
    begun_at_s: float = field(default_factory=time.monotonic)
    """Reading of the monotonic clock at the begin."""
    bound: float = 0.0
    """No plan can be better than this."""
    objective: float = float("inf")
    """Of the best plan until now."""
    trajectory: list[tuple[float, float]] = field(default_factory=list)
    """(seconds since the begin, objective) of each better plan."""
    is_stopped: bool = False
    """The callback has asked for the end."""

    @property
    def elapsed_s(self) -> float:
        """Wall-clock seconds since the begin."""
        return time.monotonic() - self.begun_at_s

    @property
    def remaining_s(self) -> float:
        """Wall-clock seconds until the limit of time; infinite without one."""
        if self.stop.seconds is None:
            return float("inf")
        return max(0.0, self.stop.seconds - self.elapsed_s)

    def better(self, objective: float) -> None:
        """Note a plan; tell of it if it is better than all before.

        Examples
        --------
        >>> told = []
        >>> course = Stop(on_progress=lambda _seconds, objective: told.append(objective)).begin()
        >>> for objective in (9.0, 11.0, 8.0):
        ...     course.better(objective)
        >>> told
        [9.0, 8.0]
        """
        if objective >= self.objective:
            return
        self.objective = objective
        elapsed_s = self.elapsed_s
        self.trajectory.append((elapsed_s, objective))
        if self.stop.on_progress is not None and self.stop.on_progress(elapsed_s, objective):
            self.is_stopped = True

    def is_over(self, *, iterations: int = 0) -> bool:
        """Whether to end, ``iterations`` moves after the begin."""
        if self.is_stopped or self.remaining_s <= 0:
            return True
        if self.stop.iterations is not None and iterations >= self.stop.iterations:
            return True
        return self.objective < float("inf") and (
            self.objective - self.bound <= self.stop.gap * self.objective
        )
