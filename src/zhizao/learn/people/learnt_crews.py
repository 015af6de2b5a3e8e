"""The crews that were learnt, as the plant gets them: people, hours, habits, where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from zhizao.learn.evidence.busy import Floats, Load, intersection
from zhizao.learn.evidence.repeats import base_of
from zhizao.learn.hours.week import BIN_MIN
from zhizao.learn.open_time import OpenTime
from zhizao.learn.people.crew_choice import CrewChoice, crew_choices, learn_crew_choice
from zhizao.learn.people.crew_people import together
from zhizao.learn.people.crew_shifts import CrewShift
from zhizao.model.plant import Calendar, Operator, Provenance

NextWork = Literal["listed", "same_work_centre"]
_ENOUGH_BEGINS = 30
_LEAST_SHARE = 0.2
_TIMES_CHANCE = 3.0


@dataclass(frozen=True, kw_only=True)
class Team:
    """Those people of a crew who are there in the same hours; no calendar: the machines' hours.

    ``low`` to ``high`` bound how many are there at once; ``busy`` is their load.
    """

    name: str
    shift: CrewShift
    calendar: Calendar | None
    open_time: OpenTime | None
    people: int
    low: int
    high: int
    busy: Load


@dataclass(frozen=True, kw_only=True)
class Crew:
    """People who share operations: how many at once, and how much work waited for them.

    ``waited_share`` is the share of the late begins at idle machines that came
    just after somebody had ended other work; ``chance`` the share expected of chance.
    ``busy`` is their load: how many tasks are going on. ``choice`` says where they look for
    work when they get free. ``teams`` are empty where all are there in the same
    hours; ``hands_over`` says whether one goes on with what another left at the end of a shift.
    """

    name: str
    operations: tuple[str, ...]
    resources: tuple[str, ...]
    names: tuple[str, ...]
    people: int
    low: int
    high: int
    tasks_each: int
    n_begins: int
    waited_share: float
    waited_low: float
    chance: float
    busy: Load
    choice: CrewChoice | None = None
    teams: tuple[Team, ...] = ()
    hands_over: bool = False

    @property
    def limits(self) -> bool:
        """Whether work waited for this crew, beyond chance."""
        return (
            self.n_begins >= _ENOUGH_BEGINS
            and self.waited_share >= _LEAST_SHARE
            and self.waited_low > _TIMES_CHANCE * self.chance
        )


@dataclass(frozen=True, kw_only=True)
class LearntCrews:
    """The crews that limit the plant, and those that do not."""

    crews: tuple[Crew, ...] = ()
    ample: tuple[Crew, ...] = ()

    def skills(self, operation: str) -> tuple[str, ...]:
        """Return the skill that an operation needs: its crew's name."""
        return tuple(c.name for c in self.crews if base_of(operation) in c.operations)

    def operators(self) -> tuple[Operator, ...]:
        """Return the people by crew and hours; who works with whom is not told apart by name."""
        found = []
        for c in self.crews:
            next_work: NextWork = "same_work_centre" if c.choice and c.choice.stays else "listed"
            parts = [(t.name, t.people, t.calendar) for t in c.teams] or [(c.name, c.people, None)]
            found += [
                Operator(
                    id=name, skills=(c.name,), count=people * c.tasks_each, next_work=next_work,
                    calendar=calendar and calendar.id,
                )
                for name, people, calendar in parts
            ]  # fmt: skip
        return tuple(found)

    def calendars(self) -> tuple[Calendar, ...]:
        """Return the calendars of people whose hours are not those of their machines."""
        return tuple(t.calendar for c in self.crews for t in c.teams if t.calendar)

    def hand_over(self, operation: str) -> bool:
        """Return whether others go on with an operation at the end of somebody's shift."""
        return any(c.hands_over for c in self.crews if base_of(operation) in c.operations)

    def place(self, work_centre: str) -> int:
        """Return where a work centre stands in its crew's list, from 1; 0 without a crew."""
        orders = (c.choice.order for c in self.crews if c.choice)
        return next((1 + o.index(work_centre) for o in orders if work_centre in o), 0)

    def provenances(self) -> tuple[Provenance, ...]:
        """Return where the number of people, and their habit, come from."""
        counts = []
        for c in self.crews:
            note = (
                f"{len(c.names)} people seen, {c.people} at once, {c.tasks_each} task(s) each; "
                f"{c.waited_share:.0%} of late begins came when somebody had just ended other work "
                f"(by chance {c.chance:.0%})"
            )
            parts = [(t.name, t.people, t.low, t.high) for t in c.teams]
            for name, *people in parts or [(c.name, c.people, c.low, c.high)]:
                value, low, high = (float(n * c.tasks_each) for n in people)
                counts.append(
                    Provenance(
                        where=f"operators/{name}/count", source="learnt", level="pooled",
                        n=c.n_begins, value=value, low=low, high=high, note=note,
                    )
                )  # fmt: skip
            counts += [t.shift.provenance(t.calendar.id) for t in c.teams if t.calendar]
        return (*counts, *(_habit(c.name, c.choice) for c in self.crews if c.choice))

    def with_choices(
        self, rows: pl.DataFrame, waits: pl.DataFrame, *, centres: Mapping[str, str],
        capacities: Mapping[str, int],
    ) -> "LearntCrews":  # fmt: skip
        """Return the crews with where they look for work when they get free.

        Parameters
        ----------
        rows, waits
            Reports as for ``learn_crews``, and waits as from ``find_waits``.
        centres, capacities
            Work centre and places by resource.
        """
        found = []
        for c in self.crews:
            of_crew = pl.col("operation").is_in(list(c.operations))
            choices = crew_choices(
                rows.filter(of_crew).drop_nulls(["operator", "resource"]),
                waits.filter(pl.col("resource").is_in(list(c.resources))),
                centres=centres, capacities=capacities,
            )  # fmt: skip
            names = sorted({centres[r] for r in c.resources if r in centres})
            found.append(replace(c, choice=learn_crew_choice(choices, names) if choices else None))
        return replace(self, crews=tuple(found))

    def free(
        self, resource: str, spans: Floats, *, from_s: float, to_s: float, open_time: OpenTime
    ) -> Floats:
        """Return the parts of a resource's free spans in which somebody could tend it."""
        for c in self.crews:
            if resource in c.resources:
                parts = [(t.busy, t.people, t.open_time or open_time) for t in c.teams]
                idle = [
                    busy.idle(
                        capacity=people * c.tasks_each,
                        open_time=there,
                        from_s=from_s,
                        to_s=to_s,
                        edge_s=BIN_MIN * 60.0,
                    )
                    for busy, people, there in parts or [(c.busy, c.people, open_time)]
                ]
                spans = intersection(spans, together(idle))
        return spans


def _habit(name: str, choice: CrewChoice) -> Provenance:
    low, high = choice.interval
    how = "stay where they are while work waits there, else go" if choice.stays else "go"
    return Provenance(
        where=f"operators/{name}/next_work", source="learnt", level="pooled", n=choice.n,
        value=choice.hits / choice.n, low=low, high=high,
        note=f"share of choices explained: people who get free {how} to the first of "
        f"{', '.join(choice.order)} where lots wait; the other habit explains "
        f"{choice.hits_other / choice.n:.0%}",
    )  # fmt: skip
