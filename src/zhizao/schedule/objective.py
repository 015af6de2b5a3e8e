"""Objective: what a plan is to be good at, named, in order of importance or weighted."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from zhizao._base.errors import InputError, did_you_mean

Aim = Literal[
    "tardiness", "late", "makespan", "setup", "lead_time", "moved", "energy_cost", "carbon"
]
"""Weighted hours late; weighted orders late; hours until all is done; hours of setup; hours from
release to completion, all orders together; operations moved against the previous plan; price, and
kilograms of carbon dioxide, of the electricity that work and setups use beyond standing idle."""

AIMS: tuple[Aim, ...] = get_args(Aim)

_TERM = re.compile(r"^(?:([0-9.]+(?:e-?[0-9]+)?)\s*\*\s*)?([a-z_]+)$")

_NEXT_LEVEL = 1e-4
"""What an hour of a less important level counts beside one of the level before it."""


@dataclass(frozen=True, kw_only=True)
class Objective:
    """Levels in order of importance; each a weighted sum of aims.

    A level counts 10,000 times as much as the next one. Every level's unit is an hour, an
    order, an operation, a unit of money or a kilogram, so this is lexicographic within what a planner can tell apart.

    Examples
    --------
    >>> read_objective("tardiness > setup + 0.1 * makespan").name
    'tardiness > setup + 0.1 * makespan'
    """

    levels: tuple[tuple[tuple[float, Aim], ...], ...]

    @property
    def name(self) -> str:
        """The objective in the form that ``read_objective`` reads."""
        return " > ".join(
            " + ".join(aim if weight == 1 else f"{weight:g} * {aim}" for weight, aim in level)
            for level in self.levels
        )

    def weights(self) -> dict[Aim, float]:
        """Return what a unit of each aim costs.

        Examples
        --------
        >>> read_objective("late > tardiness").weights()
        {'late': 1.0, 'tardiness': 0.0001}
        """
        found: dict[Aim, float] = {}
        scale = 1.0
        for level in self.levels:
            for weight, aim in level:
                found[aim] = found.get(aim, 0.0) + scale * weight
            scale *= _NEXT_LEVEL
        return found


DEFAULT_OBJECTIVE = "tardiness > lead_time + setup"


def read_objective(text: str) -> Objective:
    """Return the objective that a text names: ``a > b + 0.5 * c``.

    Raises
    ------
    InputError
        If an aim is not known or the text is not of that form.

    Examples
    --------
    >>> read_objective("makespan").levels
    (((1.0, 'makespan'),),)
    """
    faults: list[str] = []
    levels: list[tuple[tuple[float, Aim], ...]] = []
    for part in text.split(">"):
        level: list[tuple[float, Aim]] = []
        for term in part.split("+"):
            match = _TERM.match(term.strip())
            if match is None:
                faults.append(f"'{term.strip()}' is not of the form 'aim' or '0.5 * aim'")
                continue
            aim = next((a for a in AIMS if a == match[2]), None)
            if aim is None:
                hint = did_you_mean(match[2], AIMS)
                faults.append(f"'{match[2]}' is not one of {', '.join(AIMS)}.{hint}")
                continue
            level.append((float(match[1] or 1.0), aim))
        levels.append(tuple(level))
    if faults:
        raise InputError(f"Objective '{text}': " + "; ".join(faults))
    return Objective(levels=tuple(levels))
