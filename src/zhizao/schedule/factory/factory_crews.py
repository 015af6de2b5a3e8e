"""Crews of a problem → the kernels' tables of skills, groups and units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.factory.factory_rows import first_of, table_of
from zhizao.schedule.kernels.factory_tables import GROUP, SKILL, Table
from zhizao.schedule.problem import Problem


@dataclass(frozen=True, kw_only=True)
class CrewTables:
    """Who can serve which need."""

    need_skill: NDArray[np.int64]
    skills: Table
    skill_group: NDArray[np.int64]
    groups: Table


def crew_tables(problem: Problem) -> CrewTables:
    """Return the tables of operators and tools."""
    crews = problem.crews
    if crews is None:
        nothing = np.zeros(0, np.int64)
        return CrewTables(
            need_skill=nothing,
            skills=table_of(SKILL, n=0),
            skill_group=nothing,
            groups=table_of(GROUP, n=0),
        )
    units = first_of(crews.n_units)
    return CrewTables(
        need_skill=crews.need_skill.astype(np.int64),
        skills=table_of(
            SKILL,
            n=len(crews.group_first) - 1,
            group_first=crews.group_first[:-1],
            group_end=crews.group_first[1:],
        ),
        skill_group=crews.group.astype(np.int64),
        groups=table_of(
            GROUP,
            n=len(crews.n_units),
            unit_first=units[:-1],
            unit_end=units[1:],
            cal=crews.calendar_of_group,
        ),
    )
