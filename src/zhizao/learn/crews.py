"""Crews: who tends what, how many are there at once, and whether work waits for them.

A crew is a set of people who share operations. It limits the plant only if
there are fewer people at once than places at the machines that they tend, and if
work was seen to wait for them: a lot that had been ready, at a machine that had
been idle, was begun when somebody had just ended something else. How often
that would happen by chance is known from how much of the open time lies
shortly after an end. Where a crew limits nothing it is left out: a plant with
more numbers is not a better one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.busy import Load, intersection
from zhizao.learn.codes import with_coded
from zhizao.learn.crew_choice import CrewChoice, crew_choices, learn_crew_choice
from zhizao.learn.intervals import share_interval
from zhizao.learn.lost_times import without_lost_gaps
from zhizao.learn.open_time import OpenTime
from zhizao.learn.repeats import base_of
from zhizao.model.plant import Operator, Provenance

Floats = NDArray[np.float64]
_RARE_SHARE = 0.02
_RARE_ROWS = 3
_JUST_S = 150.0
_IDLE_S = 600.0
_ENOUGH_BEGINS = 30
_LEAST_SHARE = 0.2
_TIMES_CHANCE = 3.0
_BEYOND_SHARE = 0.01


@dataclass(frozen=True, kw_only=True)
class Crew:
    """People who share operations: how many at once, and how much work waited for them.

    ``waited_share`` is the share of the late begins at idle machines that came
    just after somebody had ended other work; ``chance`` the share expected of chance.
    ``busy`` is their load: how many tasks are going on. ``choice`` says where they look for
    work when they get free.
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
        """Return the people by crew; who works with whom is not told apart by name."""
        return tuple(
            Operator(
                id=c.name, skills=(c.name,), count=c.people * c.tasks_each,
                next_work="same_work_centre" if c.choice and c.choice.stays else "listed",
            )
            for c in self.crews
        )  # fmt: skip

    def place(self, work_centre: str) -> int:
        """Return where a work centre stands in its crew's list, from 1; 0 without a crew."""
        orders = (c.choice.order for c in self.crews if c.choice)
        return next((1 + o.index(work_centre) for o in orders if work_centre in o), 0)

    def provenances(self) -> tuple[Provenance, ...]:
        """Return where the number of people, and their habit, come from."""
        counts = tuple(
            Provenance(
                where=f"operators/{c.name}/count", source="learnt", level="pooled", n=c.n_begins,
                value=float(c.people * c.tasks_each), low=float(c.low * c.tasks_each),
                high=float(c.high * c.tasks_each),
                note=f"{len(c.names)} people seen, {c.people} at once, {c.tasks_each} task(s) each; "
                f"{c.waited_share:.0%} of late begins came when somebody had just ended other work "
                f"(by chance {c.chance:.0%})",
            )
            for c in self.crews
        )  # fmt: skip
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
                idle = c.busy.idle(
                    capacity=c.people * c.tasks_each, open_time=open_time, from_s=from_s, to_s=to_s
                )
                spans = intersection(spans, idle)
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


def learn_crews(
    rows: pl.DataFrame,
    *,
    capacities: Mapping[str, int],
    open_times: Mapping[str | None, OpenTime],
) -> LearntCrews:
    """Learn the crews from the names in the reports.

    Parameters
    ----------
    rows
        Reports with order_id, operation, resource, operator, start_s, stop_s, is_default, is_lost.
    capacities
        Places by resource.
    open_times
        By resource.

    Returns
    -------
    LearntCrews
        Empty where no people are named, or each tends what is nobody else's.
    """
    named = rows.drop_nulls(["operator", "resource"]).filter(pl.col("stop_s") > pl.col("start_s"))
    found = [
        crew
        for operations in _shared_operations(named)
        if (crew := _crew(operations, named, capacities, open_times)) is not None
    ]
    return LearntCrews(
        crews=tuple(c for c in found if c.limits), ample=tuple(c for c in found if not c.limits)
    )


def _shared_operations(named: pl.DataFrame) -> list[tuple[str, ...]]:
    """Return the operations that the same people do, those done once in a while left aside."""
    counted = (
        named.group_by("operator", "operation")
        .len()
        .with_columns(share=pl.col("len") / pl.col("len").sum().over("operator"))
        .filter((pl.col("share") >= _RARE_SHARE) & (pl.col("len") >= _RARE_ROWS))
        .sort("operator", "operation")
    )
    group: dict[str, str] = {}

    def root(name: str) -> str:
        while group.setdefault(name, name) != name:
            name = group[name]
        return name

    for (_,), own in counted.group_by("operator", maintain_order=True):
        first, *rest = own["operation"].to_list()
        for other in rest:
            group[root(other)] = root(first)
        root(first)
    members: dict[str, list[str]] = {}
    for name in sorted(group):
        members.setdefault(root(name), []).append(name)
    return [tuple(m) for _, m in sorted(members.items())]


def _crew(
    operations: Sequence[str],
    named: pl.DataFrame,
    capacities: Mapping[str, int],
    open_times: Mapping[str | None, OpenTime],
) -> Crew | None:
    """Return the crew of some operations; None where there are people enough for all places."""
    mine = named.filter(pl.col("operation").is_in(list(operations)))
    resources = tuple(sorted(mine["resource"].unique().to_list()))
    own = named.filter(pl.col("resource").is_in(list(resources)))
    measured = own.filter(~pl.col("is_default"))
    if measured.is_empty():
        return None
    tasks = _blocks(measured, ["operator", "resource"])
    tasks_each = _tasks_each(tasks)
    people = _blocks(measured, ["operator"])
    load = Load.of_spans(people["start_s"].to_numpy(), people["stop_s"].to_numpy())
    at_work = _most_at_once(load)
    present = _present(measured)
    names = Counter(own["operator"].to_list())
    n_people = max(at_work, min(present, len(names)))
    n_places = sum(capacities.get(r, 1) for r in resources)
    if n_people * tasks_each >= n_places:
        return None
    every = _blocks(_surely_busy(own, tasks_each), ["operator", "resource"])
    n, waited, chance = _late_begins(own, people, operations, open_times)
    low, _ = share_interval(waited, n) if n else (0.0, 1.0)
    return Crew(
        name="crew " + operations[0]
        if len(operations) == 1
        else "crew " + " + ".join(operations[:3]),
        operations=tuple(operations),
        resources=resources,
        names=tuple(sorted(names)),
        people=n_people,
        low=at_work,
        high=max(n_people, len(names)),
        tasks_each=tasks_each,
        n_begins=n,
        waited_share=waited / n if n else 0.0,
        waited_low=low,
        chance=chance,
        busy=Load.of_spans(every["start_s"].to_numpy(), every["stop_s"].to_numpy()),
    )


def _surely_busy(own: pl.DataFrame, tasks_each: int) -> pl.DataFrame:
    """Return the reports, those with a lost time stretched over the gap around them.

    Where each person does one thing at a time the gap is the person's, else the machine's.
    """
    if tasks_each > 1:
        return without_lost_gaps(own)
    by_person = own.with_columns(machine="resource", resource="operator")
    return without_lost_gaps(by_person).with_columns(resource="machine").select(own.columns)


def _blocks(rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return spans by key, those that overlap or touch as one."""
    return (
        with_coded(rows, *key)
        .sort(*key, "start_s")
        .with_columns(reach=pl.col("stop_s").cum_max().shift(1).over(key))
        .with_columns(
            block=(pl.col("start_s") >= pl.col("reach")).fill_null(value=True).cum_sum().over(key)
        )
        .group_by(*key, "block", maintain_order=True)
        .agg(pl.col("start_s").min(), pl.col("stop_s").max())
        .cast(dict.fromkeys(key, pl.String))
    )


def _tasks_each(tasks: pl.DataFrame) -> int:
    """Return how many machines a person tends at once, in the median of people."""
    places = [
        Load.of_spans(own["start_s"].to_numpy(), own["stop_s"].to_numpy()).capacity().places
        for _, own in tasks.group_by("operator", maintain_order=True)
    ]
    return max(1, int(np.median(places)))


def _most_at_once(load: Load) -> int:
    """Return the number of people at work that is exceeded in hardly any of the busy time."""
    length, n = np.diff(load.at_s), load.n[:-1]
    busy = n > 0
    share = np.bincount(n[busy], weights=length[busy]) / length[busy].sum()
    beyond = 1.0 - np.cumsum(share)
    return int(np.argmax(beyond <= _BEYOND_SHARE))


def _present(measured: pl.DataFrame) -> int:
    """Return how many people are there at once: each from the first to the last report of a day."""
    days = (
        measured.with_columns(day=(pl.col("start_s") // 86_400))
        .group_by("operator", "day")
        .agg(pl.col("start_s").min(), pl.col("stop_s").max())
    )
    load = Load.of_spans(days["start_s"].to_numpy(), days["stop_s"].to_numpy())
    return load.capacity().places


def _late_begins(
    own: pl.DataFrame,
    people: pl.DataFrame,
    operations: Sequence[str],
    open_times: Mapping[str | None, OpenTime],
) -> tuple[int, int, float]:
    """Return the late begins at idle machines, those just after an end, and the chance of that.

    Late: the order's work before had ended, and the machine had stood idle,
    for ten open minutes and more; the first begins of a stretch of open time are left
    out. Just after: the same person ended something in the last minutes.
    """
    begins = (
        own.sort("start_s", "stop_s")
        .with_columns(
            machine_s=pl.col("stop_s").cum_max().shift(1).over("resource"),
            ready_s=pl.col("stop_s").cum_max().shift(1).over("order_id"),
            before=pl.col("order_id").shift(1).over("resource"),
        )
        .filter(
            ~pl.col("is_default")
            & pl.col("operation").is_in(list(operations))
            & (pl.col("before") != pl.col("order_id"))
        )
        .drop_nulls(["machine_s"])
    )
    ends = {
        str(name): np.sort(p["stop_s"].to_numpy())
        for (name,), p in people.group_by("operator", maintain_order=True)
    }
    n, waited, expected = 0, 0, 0.0
    for (name,), mine in begins.group_by("resource", maintain_order=True):
        open_time = open_times.get(str(name)) or open_times[None]
        start = mine["start_s"].to_numpy()
        idle = open_time.between(mine["machine_s"].to_numpy(), start)
        ready = mine["ready_s"].to_numpy()
        waits = np.where(np.isnan(ready), np.inf, open_time.between(np.nan_to_num(ready), start))
        inside = open_time.between(start - _IDLE_S, start) >= _IDLE_S - 1.0
        late = (idle >= _IDLE_S) & (waits >= _IDLE_S) & inside
        open_s = max(float(open_time.between(own["start_s"].min(), own["stop_s"].max())), 1.0)  # type: ignore[arg-type]
        for at, operator in zip(
            start[late].tolist(), mine["operator"].filter(pl.Series(late)).to_list(), strict=True
        ):
            of_person = ends[operator]
            i = int(np.searchsorted(of_person, at, side="right")) - 1
            n += 1
            waited += i >= 0 and at - float(of_person[i]) <= _JUST_S
            expected += min(1.0, of_person.size * _JUST_S / open_s)
    return n, waited, expected / n if n else 0.0
