"""How a plant is learnt: from how much history, and with which of the richer parts.

The richer parts are the rungs of a ladder: each makes the twin tell more apart than a
plainer twin would, and each can be left out without learning anything else anew.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

from pydantic import Field

from zhizao.learn.assemble import Parts
from zhizao.learn.dispatch.rule import LearntRules
from zhizao.learn.durations.delays import LearntDelays
from zhizao.learn.evidence.repeats import is_extra
from zhizao.learn.routes.path import Path, PathStep
from zhizao.model._noun import Noun, Positive

Rung = Literal["waits_by_product", "roads", "together", "rework", "queue_rule"]
RUNGS: tuple[Rung, ...] = get_args(Rung)
"""From the plainest on: unexplained waits by product and not by operation alone; roads that
exclude each other; optional steps that come together; ways back and extra visits; the queue rule that people follow, not first
come, first served."""


class Recipe(Noun):
    """What a plant is learnt from and with."""

    history_days: Positive | None = Field(
        default=None, description="days before the last known instant; empty: all history"
    )
    without: tuple[Rung, ...] = Field(default=(), description="richer parts that are left out")


def simpler(parts: Parts, without: Sequence[Rung]) -> Parts:
    """Return what was learnt with plain parts in the place of some richer ones.

    Parameters
    ----------
    parts
        All that was learnt.
    without
        The richer parts to leave out.
    """
    if "waits_by_product" in without:
        parts = replace(parts, delays=_waits_by_operation(parts.delays))
    if "roads" in without:
        paths = {name: replace(path, variants=()) for name, path in parts.paths.items()}
        parts = replace(parts, paths=paths)
    if "together" in without:
        paths = {name: replace(path, ties=()) for name, path in parts.paths.items()}
        parts = replace(parts, paths=paths)
    if "rework" in without:
        paths = {name: _without_ways_back(path) for name, path in parts.paths.items()}
        parts = replace(parts, paths=paths)
    if "queue_rule" in without:
        parts = replace(parts, rules=_first_come_first_served(parts.rules))
    return parts


def rungs_of(parts: Parts) -> tuple[Rung, ...]:
    """Return the richer parts that the records gave, from the plainest on."""
    paths = parts.paths.values()
    has = {
        "waits_by_product": any(
            fit.delay != parts.delays.pooled.get(operation, parts.delays.plant).delay
            for (_, operation), fit in parts.delays.own.items()
        ),
        "roads": any(path.variants for path in paths),
        "together": any(path.ties for path in paths),
        "rework": any(_is_way_back(s) for path in paths for s in path.steps),
        "queue_rule": any(rule != "fifo" for rule in parts.rules.by_work_centre.values()),
    }
    return tuple(rung for rung in RUNGS if has[rung])


def _waits_by_operation(delays: LearntDelays) -> LearntDelays:
    return replace(delays, own={})


def _is_way_back(step: PathStep) -> bool:
    return step.rework_to is not None or (is_extra(step.operation) and step.probability > 0.0)


def _without_ways_back(path: Path) -> Path:
    steps = (
        replace(s, rework_to=None, rework_probability=0.0, probability=0.0)
        if is_extra(s.operation)
        else replace(s, rework_to=None, rework_probability=0.0)
        for s in path.steps
    )
    return replace(path, steps=tuple(steps))


def _first_come_first_served(rules: LearntRules) -> LearntRules:
    changed = {f"work_centres/{c}/dispatch" for c, r in rules.by_work_centre.items() if r != "fifo"}
    return replace(
        rules,
        by_work_centre=dict.fromkeys(rules.by_work_centre, "fifo"),
        weights={},
        provenances=tuple(
            p
            if p.where not in changed
            else p.model_copy(
                update={
                    "source": "assumed", "value": None, "low": None, "high": None,
                    "note": f"first come, first served: the back-test did not bear out the {p.note}",
                }
            )
            for p in rules.provenances
        ),
    )  # fmt: skip
