"""Calendars, and the operators, skills and tools that go by them → tables."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zhizao.model.plant import Plant
from zhizao.twin.kernels.tables import CALENDAR, OPERATOR, SKILL, SPAN, Table
from zhizao.twin.tables.ragged import Lists, to_table
from zhizao.twin.tables.step_tables import TOOL


def crew_tables(
    plant: Plant,
    *,
    lists: Lists,
    skills: dict[str, int],
    calendar_numbers: dict[str | None, int],
) -> tuple[Table, Table]:
    """Return skills and operators; of a skill, those with the fewest skills first."""
    order = sorted(range(len(plant.operators)), key=lambda i: len(set(plant.operators[i].skills)))
    rows = [
        lists.add(i for i in order if skill in plant.operators[i].skills)
        for skill in skills
        if not skill.startswith(TOOL)
    ]
    rows += [lists.add([len(plant.operators) + i]) for i in range(len(plant.tools))]
    operators = [
        (o.count, calendar_numbers[o.calendar], 0, int(o.next_work == "same_work_centre"))
        for o in plant.operators
    ]
    operators += [(tool.count, 0, 1, 0) for tool in plant.tools]
    return to_table(rows, SKILL), to_table(operators, OPERATOR)


def together_table(plant: Plant, intervals: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the longest open time of each calendar in one span of each other, seconds.

    Shape (n_calendars, n_calendars), spans × open time; (1, 1) where no work has to fit into a
    shift of people.
    """
    n = len(intervals)
    if not any(s.operator_interruption == "must_fit" for r in plant.routings for s in r.steps):
        return np.zeros((1, 1))
    found = np.full((n, n), np.inf)
    for j, open_ in enumerate(intervals):
        before = np.concatenate([[0.0], np.cumsum(open_[:, 1] - open_[:, 0])])

        def open_until(
            at: NDArray[np.float64],
            open_: NDArray[np.float64] = open_,
            before: NDArray[np.float64] = before,
        ) -> NDArray[np.float64]:
            i = np.searchsorted(open_[:, 0], at, side="right")
            last = np.maximum(i - 1, 0)
            rest = np.where(i > 0, np.maximum(0.0, open_[last, 1] - at), 0.0) if open_.size else 0.0
            return np.asarray(before[i] - rest)

        for i, spans in enumerate(intervals[1:], start=1):
            worked = open_until(spans[:, 1]) - open_until(spans[:, 0])
            found[i, j] = worked.max(initial=0.0)
    return found


def calendar_tables(
    intervals: Sequence[NDArray[np.float64]], *, meter_ends: NDArray[np.int64] | None = None
) -> tuple[Table, Table]:
    """Join the calendars' intervals; number 0 has no end, so that nothing is cut off."""
    parts = [np.array([[0.0, np.inf]]), *intervals[1:]]
    ends = np.cumsum([len(p) for p in parts]).tolist()
    spans = np.recarray(ends[-1], dtype=SPAN)
    joined = np.concatenate(parts)
    spans.start, spans.end = joined[:, 0], joined[:, 1]
    spans.before = np.concatenate(
        [
            np.cumsum(p[:, 1] - p[:, 0]) - (p[:, 1] - p[:, 0]) if i else [0.0]
            for i, p in enumerate(parts)
        ]
    )
    longest = [float((p[:, 1] - p[:, 0]).max(initial=0.0)) for p in parts]
    meters = [0] * (len(intervals) + 1) if meter_ends is None else meter_ends.tolist()
    rows = zip([0, *ends[:-1]], ends, meters[:-1], meters[1:], longest, strict=True)
    return to_table(list(rows), CALENDAR), spans
