"""A dispatch rule fitted to the problem: its numbers are varied as long as the plan gets better.

Where a trial of a single move costs a millisecond, a whole new plan by a better rule is worth
more than many moves. The rule is ATCS (Lee, Bhaskaran, Pinedo 1997) with the work that is left
beside the operation's own time, and with jobs that were costly moved forward (squeaky wheels:
Joslin, Clements 1999).
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhizao.schedule.factory.dispatch import (
    Dispatched,
    Nominal,
    dispatch_by,
    nominal_times,
    to_queues,
)
from zhizao.schedule.kernels.factory_dispatch import BY_ATCS, Queues, Rule
from zhizao.schedule.kernels.factory_tables import Factory
from zhizao.schedule.problem import NO_DUE, Problem
from zhizao.schedule.stop import Course

_BEGINNINGS = ((0.3, 1.0), (3.0, 1.0), (10.0, 1.0), (40.0, 1.0), (10.0, 0.2), (40.0, 0.2))
"""(Slack, setup) scales with which the search begins, in mean times of an operation."""

_SPREAD = 0.5
"""Standard deviation of the changes of the numbers' logarithms."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The numbers of a rule."""

    slack_scale: float
    setup_scale: float
    own: float
    """Power of the operation's own time in its urgency."""
    left: float
    """Power of the work that is left."""
    by_urgency: bool
    """Which are looked at: the most urgent ones, or those that have to begin first."""
    is_patient: bool
    awaits_crew: bool
    """Whether a machine without its operators chooses again when they come."""
    boost: NDArray[np.float64]
    """Shape (n_jobs,): logarithm of what a job's urgency is multiplied by."""


def tune(
    problem: Problem,
    factory: Factory,
    *,
    course: Course,
    share: float,
    n_tries: int | None,
    seed: int,
    threads: int,
) -> Dispatched | None:
    """Return the best plan of fitted rules; None where nothing has a due date.

    Ends after ``n_tries``, or after its share of the course's seconds.
    """
    if not (problem.due < NO_DUE).any():
        return None
    nominal = nominal_times(problem)
    rng = np.random.default_rng(seed)
    queues = [to_queues(problem, factory) for _ in range(threads)]
    unit = max(1.0, float(nominal.duration.mean()))
    setup = 1.0
    if problem.setups is not None and problem.setups.ticks.size:
        setup = max(1.0, float(problem.setups.ticks.mean()))
    flat = np.zeros(problem.n_jobs)
    waiting = [
        Fit(
            slack_scale=slack * unit,
            setup_scale=s * setup,
            own=1.0,
            left=left,
            by_urgency=by_urgency,
            is_patient=False,
            awaits_crew=awaits_crew,
            boost=flat,
        )
        for slack, s in _BEGINNINGS
        for left in (0.0, 0.5)
        for by_urgency in (True, False)
        for awaits_crew in ((True, False) if problem.crews is not None else (False,))
    ]
    best: Dispatched | None = None
    best_fit = waiting[0]
    n_done = 0
    until_s = course.elapsed_s + share * course.remaining_s
    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            while not course.is_stopped and (n_tries is None or n_done < n_tries):
                if course.stop.seconds is not None and course.elapsed_s >= until_s:
                    break
                fits = [
                    waiting.pop(0) if waiting else _varied(best_fit, rng) for _ in range(threads)
                ]
                if not waiting and best is not None and rng.random() < 0.5:
                    fits[-1] = _squeaked(problem, best, best_fit, rng)
                for fit, found in zip(
                    fits,
                    _dispatched(problem, factory, nominal, fits=fits, queues=queues, pool=pool),
                    strict=True,
                ):
                    n_done += 1
                    if best is None or found.cost < best.cost:
                        best, best_fit = found, fit
                        course.better(found.cost)
        except KeyboardInterrupt:
            course.is_stopped = True
    return best


def _dispatched(
    problem: Problem,
    factory: Factory,
    nominal: Nominal,
    *,
    fits: Sequence[Fit],
    queues: Sequence[Queues],
    pool: ThreadPoolExecutor,
) -> list[Dispatched]:
    def one(pair: tuple[Fit, Queues]) -> Dispatched:
        fit, its_queues = pair
        rule = _rule(problem, nominal, fit)
        return dispatch_by(problem, factory, rule=rule, name="fitted", queues=its_queues)

    return list(pool.map(one, zip(fits, queues, strict=True)))


def _rule(problem: Problem, nominal: Nominal, fit: Fit) -> Rule:
    duration = np.maximum(nominal.duration, 1.0)
    left = np.maximum(nominal.left, 1.0)
    boost = np.repeat(np.exp(fit.boost), np.diff(problem.job_first))
    urgency = nominal.weight * boost / (duration**fit.own * left**fit.left)
    key = -urgency if fit.by_urgency else nominal.due - nominal.left + nominal.duration
    return Rule(
        kind=int(BY_ATCS),
        is_patient=int(fit.is_patient),
        awaits_crew=int(fit.awaits_crew),
        key=np.ascontiguousarray(key),
        urgency=np.ascontiguousarray(urgency),
        slack=nominal.due - nominal.left,
        slack_scale=fit.slack_scale,
        setup_scale=fit.setup_scale,
    )


def _varied(fit: Fit, rng: np.random.Generator) -> Fit:
    """Return a fit with some of its numbers changed."""
    step = rng.normal(0.0, _SPREAD, 4) * (rng.random(4) < 0.6)
    return replace(
        fit,
        slack_scale=fit.slack_scale * math.exp(2.0 * step[0]),
        setup_scale=fit.setup_scale * math.exp(2.0 * step[1]),
        own=max(0.0, fit.own + 0.5 * step[2]),
        left=max(0.0, fit.left + 0.5 * step[3]),
        is_patient=fit.is_patient != (rng.random() < 0.2),
        awaits_crew=fit.awaits_crew != (rng.random() < 0.2),
        by_urgency=fit.by_urgency != (rng.random() < 0.1),
    )


def _squeaked(problem: Problem, found: Dispatched, fit: Fit, rng: np.random.Generator) -> Fit:
    """Return a fit in which some jobs that were costly in a plan are more urgent."""
    completion = found.plan.rows.end[problem.job_first[1:] - 1]
    late = problem.weight * np.maximum(0, completion - np.minimum(problem.due, completion))
    top = float(np.quantile(late, 0.95)) or 1.0
    blame = np.minimum(1.0, late / top) * (rng.random(problem.n_jobs) < 0.3)
    strength = rng.choice([-0.6, -0.2, 0.2, 0.6, 1.2])
    return replace(fit, boost=fit.boost + strength * blame)
