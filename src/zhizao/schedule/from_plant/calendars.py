"""Calendars of a plant → spans in whole seconds."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from zhizao.model import Plant, open_intervals
from zhizao.schedule.problem import NONE


@dataclass(frozen=True, kw_only=True)
class PlantCalendars:
    """All calendars of a plant from now to the end of what is looked at."""

    first: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    numbers: dict[str, int]

    def number(self, name: str | None) -> int:
        """Return the number of a calendar; ``NONE`` for one that is always open."""
        return NONE if name is None else self.numbers[name]

    def spans(self, number: int) -> list[tuple[int, int]]:
        """Return the open spans of a calendar."""
        part = slice(int(self.first[number]), int(self.first[number + 1]))
        return list(zip(self.start[part].tolist(), self.end[part].tolist(), strict=True))

    def work_end(self, number: int, t: int, work: int) -> int | None:
        """Return when ``work`` seconds from ``t`` on are over; None if never."""
        if number == NONE or work <= 0:
            return t + max(0, work)
        spans = self.spans(number)
        for begin, end in spans[max(0, bisect_right(spans, (t, -1)) - 1) :]:
            if end <= t:
                continue
            from_ = max(t, begin)
            if from_ + work <= end:
                return from_ + work
            work -= end - from_
        return None

    def is_open(self, number: int, t: int) -> bool:
        """Return whether a calendar is open at an instant."""
        return number == NONE or any(a <= t < b for a, b in self.spans(number))


def calendars_of(plant: Plant, *, now: datetime, end_at: datetime) -> PlantCalendars:
    """Return the calendars of a plant as spans in seconds after ``now``."""
    first, start, end = [0], [], []
    for calendar in plant.calendars:
        spans = open_intervals(calendar, time_zone=plant.time_zone, start_at=now, end_at=end_at)
        # A span is cut to whole seconds, so that nothing begins before it opens.
        begins, ends = np.ceil(spans[:, 0]), np.floor(spans[:, 1])
        keep = ends > begins
        start.append(begins[keep].astype(np.int64))
        end.append(ends[keep].astype(np.int64))
        first.append(first[-1] + int(keep.sum()))
    empty = np.zeros(0, np.int64)
    return PlantCalendars(
        first=np.array(first, dtype=np.int64),
        start=np.concatenate([empty, *start]),
        end=np.concatenate([empty, *end]),
        numbers={c.id: i for i, c in enumerate(plant.calendars)},
    )
