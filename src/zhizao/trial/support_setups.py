"""Whether a change of setups stays inside what the records show, and what it leaves as it is."""

from collections.abc import Iterator, Sequence

from zhizao.model import scenario as changes
from zhizao.model.changes.change_times import A_DAY_MIN
from zhizao.model.plant import Plant
from zhizao.trial.comparison import SupportWarning
from zhizao.trial.known import Known
from zhizao.trial.support_resources import MIN_SAMPLE
from zhizao.trial.support_words import support_warning

_LEAST_PART = 0.05
"""Fixed time below this part of the longest setup is not worth a word."""


def check_setups(
    plant: Plant, _change: changes.SetSetup | changes.ScaleSetups, known: Known
) -> Iterator[SupportWarning]:
    """Warn where setups were not learnt from the records."""
    is_learnt = any(
        p.where.startswith("setups") and p.source == "learnt" for p in plant.provenances
    )
    if not is_learnt and known.n_setup_reports < MIN_SAMPLE:
        yield support_warning("setups_not_recorded", n=known.n_setup_reports)


def check_fixed_times(
    plant: Plant, own: Sequence[changes.Change], known: Known
) -> Iterator[SupportWarning]:
    """Say what every lot takes whatever its size, where setups alone are scaled.

    Where nobody reports setups, those between families were read from what a change costs
    beyond no change; the setup that no change spares is in the fixed time of the steps, and
    ``scale_setups`` leaves it as it is.

    Parameters
    ----------
    plant
        The plant as it is.
    own
        All changes of a scenario: none is said where another one scales the fixed times.
    known
        What the records have seen.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from zhizao.model.records import Records
    >>> from zhizao.trial.known import known_from_records
    >>> import polars as pl
    >>> plant = Plant(name="p")
    >>> frame = pl.DataFrame({"order_id": ["A"], "operation": ["cut"], "resource": ["M"],
    ...     "start_at": [datetime(2024, 1, 1, tzinfo=UTC)], "end_at": [datetime(2024, 1, 2, tzinfo=UTC)]})
    >>> known = known_from_records(Records.from_columns(frame), (), plant=plant)
    >>> list(check_fixed_times(plant, [changes.ScaleDemand(factor=2.0)], known))
    []
    """
    scaled = [c for c in own if isinstance(c, changes.ScaleSetups) and c.factor != 1.0]
    is_said = any(isinstance(c, changes.ScaleTimes) and c.part != "per_piece" for c in own)
    if not scaled or is_said or known.n_setup_reports >= MIN_SAMPLE:
        return
    wanted = {c.work_centre for c in scaled}
    setups = [s for s in plant.setups if wanted & {None, s.work_centre}]
    there = {r.id for r in plant.resources if wanted & {None, r.work_centre}}
    learnt = {p.where for p in plant.provenances if p.source == "learnt"}
    fixed_min = [
        s.time.setup_min
        for r in plant.routings
        for s in r.steps
        if f"routings/{r.product}/{r.variant}/{s.step}/time" in learnt
        and s.batch is None
        and s.time.setup_min < A_DAY_MIN
        and any(option.resource in there for option in s.resources)
    ]
    mean_min = sum(fixed_min) / len(fixed_min) if fixed_min else 0.0
    if mean_min > _LEAST_PART * max((s.setup_min for s in setups), default=0.0):
        yield support_warning("fixed_times_stay", minutes=mean_min, n=len(fixed_min))
