"""Open time of a calendar as a function that can be added up and turned round."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from zhizao.model.calendar import open_intervals
from zhizao.model.plant import Calendar

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OpenTime:
    """Open intervals, seconds from an origin, and the open seconds before each edge."""

    start_s: Floats
    end_s: Floats
    edge_s: Floats
    open_s: Floats

    @classmethod
    def from_intervals(cls, intervals: Floats) -> "OpenTime":
        """Return the open time of sorted, disjoint intervals of shape (n, 2), seconds.

        Examples
        --------
        >>> OpenTime.from_intervals(np.array([[0.0, 10.0], [20.0, 30.0]])).between(5.0, 25.0)
        array(10.)
        """
        lengths = intervals[:, 1] - intervals[:, 0]
        done = np.concatenate([[0.0], np.cumsum(lengths)])
        return cls(
            start_s=intervals[:, 0],
            end_s=intervals[:, 1],
            edge_s=intervals.ravel(),
            open_s=np.stack([done[:-1], done[1:]], axis=1).ravel(),
        )

    @classmethod
    def of_calendar(
        cls, calendar: Calendar | None, *, time_zone: str, start_at: datetime, end_at: datetime
    ) -> "OpenTime":
        """Return the open time of a calendar, seconds from ``start_at``."""
        return cls.from_intervals(
            open_intervals(calendar, time_zone=time_zone, start_at=start_at, end_at=end_at)
        )

    def before(self, at_s: Floats | float) -> Floats:
        """Return the open seconds from the first opening to instants."""
        if self.edge_s.size == 0:
            return np.zeros_like(np.asarray(at_s, dtype=np.float64))
        return np.asarray(np.interp(at_s, self.edge_s, self.open_s))

    def between(self, from_s: Floats | float, to_s: Floats | float) -> Floats:
        """Return the open seconds between instants; negative where they are reversed."""
        return np.asarray(self.before(to_s) - self.before(from_s))

    def moved(self, at_s: float, *, open_s: float) -> float:
        """Return the instant that lies ``open_s`` open seconds later (earlier if negative).

        Nothing moves when ``open_s`` is 0. The result stays inside the known intervals.
        """
        return float(self.moved_each(np.array([at_s]), np.array([open_s]))[0])

    def moved_each(self, at_s: Floats, open_s: Floats) -> Floats:
        """Return many instants moved, each by its own open seconds.

        Examples
        --------
        >>> day = OpenTime.from_intervals(np.array([[0.0, 10.0], [20.0, 30.0]]))
        >>> day.moved_each(np.array([5.0, 5.0, 25.0]), np.array([7.0, 0.0, -10.0])).tolist()
        [22.0, 5.0, 5.0]
        """
        if self.edge_s.size == 0:
            return at_s.copy()
        goal = self.before(at_s) + open_s
        last = self.edge_s.size - 1
        ahead = np.clip(np.searchsorted(self.open_s, goal, side="left"), 1, last)
        later = np.minimum(self.edge_s[ahead] - (self.open_s[ahead] - goal), self.edge_s[-1])
        behind = np.maximum(np.searchsorted(self.open_s, goal, side="right") - 1, 0)
        earlier = np.maximum(self.edge_s[behind] + (goal - self.open_s[behind]), self.edge_s[0])
        moved = np.where(open_s > 0, later, earlier)
        return np.asarray(np.where(open_s == 0.0, at_s, moved), dtype=np.float64)

    def worked(self, from_s: Floats, to_s: Floats) -> Floats:
        """Return the clock time of spans without the closed stretches that they bridge.

        Work wholly outside the calendar is overtime and counts. Where a span
        begins or ends outside, what lies beyond the nearer edge of the
        calendar counts if that is the edge that the work goes on from: an hour
        before opening is worked, a begin shortly after closing waits for the
        next day.
        """
        if self.start_s.size == 0:
            return np.asarray(to_s - from_s)
        opens, closes = np.append(self.start_s, np.inf), np.append(-np.inf, self.end_s)
        inside = self.between(from_s, to_s)
        following = np.searchsorted(self.start_s, from_s, side="right")
        at_open, closed_at = opens[following], closes[following]
        begins_open = closed_at > from_s
        begins_early = ~begins_open & (at_open - from_s <= from_s - closed_at)
        early = np.where(begins_early, np.minimum(at_open, to_s) - from_s, 0.0)
        preceding = np.searchsorted(self.end_s, to_s, side="left")
        last_close, next_open = closes[preceding], opens[preceding]
        ends_open = next_open < to_s
        ends_late = ~ends_open & (to_s - last_close <= next_open - to_s)
        late = np.where(ends_late, to_s - np.maximum(last_close, from_s), 0.0)
        same_stretch = ~begins_open & ~ends_open & (at_open >= to_s)
        return np.asarray(np.where(same_stretch, to_s - from_s, inside + early + late))
