"""A plan that holds in reality: of several, the one whose orders are in time most often.

The plan that is best on paper leaves no room: followed strictly, one lot that is held up holds up
all behind it. Others are made with room in them (times that are longer than their means, due dates
that come earlier, a wait before the bottleneck), each from the plan that is best on paper. All are
then timed and valued the same way as that one, and the twin follows all of them through the same
futures. The one with the fewest late orders is compared once more with the plan that is best on
paper, in futures that had no part in the choice; it is taken only where it is late less often there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError
from zhizao._base.progress import Progress
from zhizao._base.words import Lang, say
from zhizao.model import Order, Plant, Schedule, ShopState
from zhizao.schedule.objective import DEFAULT_OBJECTIVE
from zhizao.schedule.plan.leave_room import Kind, Room, rooms_for
from zhizao.schedule.plan.risk import late_counts
from zhizao.schedule.plan.schedule_plant import schedule

_PAPER_SHARE, _OTHERS_SHARE = 0.4, 0.5
"""Shares of the seconds; the rest is for timing."""
_FRESH = 1_000_003
"""Added to the seed for the futures of the last comparison."""
_TWO_SIDED_95 = 1.96


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A plan and how often its orders are late in the twin."""

    kind: Kind
    amount: float
    """The probability of the times, or hours; 0 for the plan that is best on paper."""
    work_centre: str | None
    """``before``: the bottleneck."""
    plan: Schedule
    """Timed at the times that were asked for, whatever room was left in making it."""
    strictly_late: float
    """Mean late orders where its sequences are held whatever comes."""
    freely_late: float
    """Mean late orders where an idle resource takes the most urgent lot that is there."""


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What the chosen plan gains over the one that is best on paper, in fresh paired futures."""

    late_before: float
    late_after: float
    """Mean late orders."""
    fewer: float
    """Mean of the futures' differences; positive: fewer late orders."""
    half_width: float
    """Of the 95 % interval of that mean."""


@dataclass(frozen=True, kw_only=True)
class RobustPlan:
    """The plan that was chosen, and what it was chosen from."""

    plan: Schedule
    chosen: Candidate
    candidates: tuple[Candidate, ...]
    """The plan that is best on paper first."""
    strictly: Gain
    """If the sequences are held."""
    freely: Gain
    """If an idle resource takes the most urgent lot."""
    n_futures: int
    n_due: int
    """Orders with a due date."""

    def sentences(self, *, lang: Lang = "en") -> tuple[str, ...]:
        """Return what was chosen, what it gains, and what it costs on paper."""
        if not self.plan.is_feasible:
            return ()
        own = self.candidates[0]
        told = partial(say, __package__, lang=lang)
        found = [
            told(
                f"robust_{self.chosen.kind}",
                amount=self.chosen.amount,
                centre=self.chosen.work_centre or "",
                n=len(self.candidates),
                futures=self.n_futures,
            )
        ]
        if self.chosen is own:
            return tuple(found)
        for key, gain in (("robust_strictly", self.strictly), ("robust_freely", self.freely)):
            found.append(
                told(
                    key,
                    before=gain.late_before,
                    after=gain.late_after,
                    of=self.n_due,
                    fewer=gain.fewer,
                    half=gain.half_width,
                )
            )
        found.append(told("robust_costs", before=own.plan.value, after=self.plan.value))
        return tuple(found)


def robust_schedule(
    plant: Plant,
    orders: Sequence[Order],
    *,
    now: datetime,
    state: ShopState | None = None,
    objective: str = DEFAULT_OBJECTIVE,
    seconds: float = 30.0,
    seed: int = 0,
    threads: int = 2,
    quantile: float | None = None,
    material: Mapping[tuple[str, int], datetime] | None = None,
    n_futures: int = 100,
    on_progress: Callable[[float, float], bool | None] | None = None,
    progress: Progress | None = None,
    lang: Lang = "en",
) -> RobustPlan:
    """Return the plan whose orders are in time most often when its sequences are followed.

    Parameters
    ----------
    plant, orders, now, state, objective, seed, threads, quantile, material, on_progress, lang
        As for ``schedule``.
    seconds : float
        For all searches together; the twin's runs come on top.
    n_futures : int
        Runs of the twin of each plan, and as many fresh ones of the last two; at least 2.
    progress : callable, optional
        Called with (plans run, plans).

    Returns
    -------
    RobustPlan
        Where nothing is better, the plan that is best on paper; where there is none, its causes
        are in ``plan``.

    Raises
    ------
    InputError
        As ``schedule``; and if no order has a due date, or fewer than 2 futures are asked for.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> from zhizao.model import Order, Plant, Step
    >>> from zhizao.model import Product, Resource, ResourceOption, Routing, TimeModel, WorkCentre
    >>> cut = Step(
    ...     step=10,
    ...     operation="cut",
    ...     resources=(ResourceOption(resource="saw"),),
    ...     time=TimeModel(per_piece_min=60.0),
    ... )
    >>> plant = Plant(
    ...     name="small",
    ...     work_centres=(WorkCentre(id="saws"),),
    ...     resources=(Resource(id="saw", work_centre="saws"),),
    ...     products=(Product(id="plank"),),
    ...     routings=(Routing(product="plank", steps=(cut,)),),
    ... )
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> one = Order(id="A", product="plank", due_at=monday + timedelta(hours=2))
    >>> found = robust_schedule(plant, [one], now=monday, seconds=0.5, n_futures=2, threads=1)
    >>> found.chosen.kind, found.strictly.late_after
    ('paper', 0.0)
    """
    n_due = sum(o.due_at is not None for o in orders)
    if not n_due or n_futures < 2:
        raise InputError(
            f"A plan is chosen by how often orders are in time; {n_due} of {len(orders)} orders "
            f"have a due date, and {n_futures} futures are asked for (at least 1 and 2)."
        )
    plan_for = partial(
        schedule,
        now=now,
        state=state,
        objective=objective,
        seed=seed,
        threads=threads,
        material=material,
        lang=lang,
    )
    paper = plan_for(
        plant,
        orders,
        seconds=_PAPER_SHARE * seconds,
        quantile=quantile,
        on_progress=on_progress,
    )
    if not paper.is_feasible:
        return _no_plan(paper, n_futures=n_futures, n_due=n_due)
    rooms = rooms_for(plant, orders, paper, quantile=quantile)
    each_s = _OTHERS_SHARE * seconds / max(1, len(rooms))
    count = partial(late_counts, plant, orders, state=state, n_threads=threads)
    plans: list[tuple[Room, Schedule]] = [(Room(kind="paper"), paper)]
    for room in rooms:
        made = plan_for(
            room.plant or plant,
            room.orders or orders,
            seconds=each_s,
            quantile=room.quantile or quantile,
            previous=paper,
        )
        if made.is_feasible:
            timed = plan_for(plant, orders, seconds=0.0, quantile=quantile, previous=made)
            values = {k: v for k, v in timed.values.items() if not k.startswith("moved")}
            plans.append((room, timed.model_copy(update={"values": values})))
    candidates = []
    for number, (room, plan) in enumerate(plans, start=1):
        strictly, freely = (
            float(count(plan, n_futures=n_futures, seed=seed, strictly=way).mean())
            for way in (True, False)
        )
        candidates.append(
            Candidate(
                kind=room.kind,
                amount=room.amount,
                work_centre=room.work_centre,
                plan=plan,
                strictly_late=strictly,
                freely_late=freely,
            )
        )
        if progress is not None:
            progress(number, len(plans) + 1)
    own = candidates[0]
    chosen = min(
        (c for c in candidates if c.freely_late <= own.freely_late),
        key=lambda c: (c.strictly_late, c.plan.value),
    )
    fresh = partial(count, n_futures=n_futures, seed=seed + _FRESH)
    gains = [
        _gain(fresh(own.plan, strictly=way), fresh(chosen.plan, strictly=way))
        for way in (True, False)
    ]
    if chosen is not own and (gains[0].fewer <= gains[0].half_width or gains[1].fewer < -gains[1].half_width):  # fmt: skip
        chosen = own
        gains = [_gain(*(2 * [fresh(own.plan, strictly=way)])) for way in (True, False)]
    return RobustPlan(
        plan=chosen.plan,
        chosen=chosen,
        candidates=tuple(candidates),
        strictly=gains[0],
        freely=gains[1],
        n_futures=n_futures,
        n_due=n_due,
    )


def _no_plan(paper: Schedule, *, n_futures: int, n_due: int) -> RobustPlan:
    """Return that there is nothing to choose from."""
    none = Gain(late_before=0.0, late_after=0.0, fewer=0.0, half_width=0.0)
    only = Candidate(
        kind="paper", amount=0.0, work_centre=None, plan=paper, strictly_late=0.0, freely_late=0.0
    )
    return RobustPlan(
        plan=paper,
        chosen=only,
        candidates=(only,),
        strictly=none,
        freely=none,
        n_futures=n_futures,
        n_due=n_due,
    )


def _gain(before: NDArray[np.float64], after: NDArray[np.float64]) -> Gain:
    """Return the paired comparison of the late orders of two plans, one number a future."""
    fewer = before - after
    error = float(fewer.std(ddof=1)) / len(fewer) ** 0.5
    return Gain(
        late_before=float(before.mean()),
        late_after=float(after.mean()),
        fewer=float(fewer.mean()),
        half_width=_TWO_SIDED_95 * error,
    )
