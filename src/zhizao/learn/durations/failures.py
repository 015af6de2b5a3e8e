"""Breakdowns and planned stops, where a plant writes its stops down.

Of each reason it is asked what it is: a note that a machine had no work (then it
ends with the begin of another order, and interrupts none; the twin has such
idle time by itself), a planned stop (its dates are regular; where it ends like such a note, its
length is, too), or a breakdown.
Rates of machines of one work centre are pooled as far as they do not differ by
more than chance: a machine's rate is drawn towards that of its work centre, by
the ratio of the variances within and between machines (gamma-Poisson).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.learn.durations.hidden_stops import HiddenStops
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.open_time import OpenTime
from zhizao.learn.statistics.intervals import rate_interval
from zhizao.learn.statistics.shapes import best_shape
from zhizao.model.plant import Failure, Maintenance, Provenance

Floats = NDArray[np.float64]
ENOUGH_STOPS = 5
"""Stops that a work centre needs for its breakdowns to be learnt."""

_NEAR_S = 120.0
_TOGETHER_S = 300.0
_NOTE_SHARE = 0.7
_REGULAR_CV = 0.35
_REGULAR_STOPS = 6
_STRAY = 0.05


@dataclass(frozen=True, kw_only=True)
class LearntFailures:
    """Breakdowns by resource, planned stops, and where they come from.

    ``notes`` are reasons that are no stop but a note of missing work.
    """

    by_resource: Mapping[str, Failure]
    maintenances: tuple[Maintenance, ...] = ()
    provenances: tuple[Provenance, ...] = ()
    notes: tuple[str, ...] = ()

    def with_hidden(self, stops: HiddenStops) -> "LearntFailures":
        """Return them with the breakdowns that long reports hide."""
        return replace(
            self,
            by_resource={**self.by_resource, **stops.by_resource},
            provenances=(*self.provenances, *stops.provenances),
        )


def stops_of(reports: Reports) -> pl.DataFrame:
    """Return the stops and repairs, those that touch on one resource as one; sorted by begin.

    Returns
    -------
    polars.DataFrame
        resource, reason, start_s, end_s (null: not known).
    """
    found = reports.stops.filter(pl.col("kind").is_in(["down", "repair"])).sort(
        "resource", "start_s", "end_s"
    )
    reach = pl.col("end_s").fill_null(pl.col("start_s")).cum_max().shift(1).over("resource")
    return (
        found.with_columns(
            number=((pl.col("start_s") - reach) > _TOGETHER_S)
            .fill_null(value=True)
            .cum_sum()
            .over("resource")
        )
        .group_by("resource", "number", maintain_order=True)
        .agg(pl.col("reason").first(), pl.col("start_s").min(), pl.col("end_s").max())
        .drop("number")
    )


def learn_failures(
    reports: Reports,
    rows: pl.DataFrame,
    *,
    centres: Mapping[str, str],
    open_times: Mapping[str | None, OpenTime],
) -> LearntFailures:
    """Learn breakdowns from rows of stops and repairs.

    A work centre needs five stops. Hours between breakdowns count while the
    machine works if that explains better than chance over the calendar when
    they begin. Repairs pass round the clock, as they were written.

    Parameters
    ----------
    reports
        Known reports.
    rows
        Reports with ``worked_s`` and ``stop_s``.
    centres
        Resource → work centre.
    open_times
        By resource.
    """
    stops = stops_of(reports).filter(pl.col("resource").is_in(list(centres)))
    if stops.is_empty():
        return LearntFailures(by_resource={})
    spans = _spans_by_resource(rows)
    stops = _with_surroundings(stops, spans)
    notes, planned = set[str](), set[str]()
    for (reason,), found in stops.group_by("reason", maintain_order=True):
        if found.height < ENOUGH_STOPS:
            continue
        is_regular = _is_regular(found)
        is_note = float(found["is_note"].mean()) >= _NOTE_SHARE  # type: ignore[arg-type]
        if is_regular and (not is_note or _are_alike(found)):
            planned.add(str(reason))
        elif is_note:
            notes.add(str(reason))
    failures: dict[str, Failure] = {}
    maintenances: list[Maintenance] = []
    provenances: list[Provenance] = []
    exposure_h = dict(
        rows.group_by("resource").agg(pl.col("worked_s").sum() / SECONDS_PER_HOUR).iter_rows()
    )
    broken = stops.filter(~pl.col("reason").is_in(notes | planned))
    for centre in sorted(set(centres.values())):
        members = [r for r, c in sorted(centres.items()) if c == centre]
        own = broken.filter(pl.col("resource").is_in(members))
        if own.height < ENOUGH_STOPS:
            continue
        basis = _basis(own, members, exposure_h, known_h=reports.until_s / SECONDS_PER_HOUR)
        hours = {
            r: exposure_h.get(r, 0.0) if basis == "busy" else reports.until_s / SECONDS_PER_HOUR
            for r in members
        }
        of_machines, said = _of_centre(own, hours, basis=basis)
        failures |= of_machines
        provenances += said
    for (resource, reason), found in stops.filter(pl.col("reason").is_in(planned)).group_by(
        "resource", "reason", maintain_order=True
    ):
        if found.height >= _REGULAR_STOPS:
            open_time = open_times.get(str(resource)) or open_times[None]
            one, said_of = _maintenance(str(resource), str(reason), found, open_time)
            maintenances.append(one)
            provenances += said_of
    return LearntFailures(
        by_resource=failures,
        maintenances=tuple(maintenances),
        provenances=tuple(provenances),
        notes=tuple(sorted(notes)),
    )


def _spans_by_resource(rows: pl.DataFrame) -> dict[str, tuple[Floats, Floats, list[str]]]:
    found = {}
    for (name,), own in rows.drop_nulls("resource").sort("start_s").group_by("resource"):
        found[str(name)] = (
            own["start_s"].to_numpy(), own["stop_s"].to_numpy(), own["order_id"].to_list(),
        )  # fmt: skip
    return found


def _with_surroundings(
    stops: pl.DataFrame, spans: Mapping[str, tuple[Floats, Floats, list[str]]]
) -> pl.DataFrame:
    """Add whether a stop began while its resource worked, and whether it only notes idle time."""
    began_busy, is_note = [], []
    for resource, start, end in stops.select("resource", "start_s", "end_s").iter_rows():
        starts, ends, orders = spans.get(resource, (np.empty(0), np.empty(0), []))
        before = np.flatnonzero((starts < start) & (ends >= start - _NEAR_S))
        began_busy.append(before.size > 0)
        goes_through = end is None or bool((ends[before] > start + _NEAR_S).any())
        following = int(np.searchsorted(starts, start - _NEAR_S, side="left"))
        while following < starts.size and following in before:
            following += 1
        is_next = (
            end is not None
            and following < starts.size
            and abs(float(starts[following]) - end) <= _NEAR_S
        )
        resumed = is_next and before.size > 0 and orders[following] in {orders[i] for i in before}
        is_note.append(not goes_through and is_next and not resumed)
    return stops.with_columns(
        began_busy=pl.Series(began_busy, dtype=pl.Boolean),
        is_note=pl.Series(is_note, dtype=pl.Boolean),
    )


def _gaps(found: pl.DataFrame) -> Floats:
    gaps = found.sort("resource", "start_s").select(
        pl.col("start_s").diff().over("resource").alias("gap")
    )
    return gaps["gap"].drop_nulls().to_numpy()


def _is_regular(found: pl.DataFrame) -> bool:
    """Return whether the dates of a reason's stops are regular on each resource."""
    gaps = _gaps(found)
    return gaps.size >= _REGULAR_STOPS and float(np.std(gaps) / np.mean(gaps)) < _REGULAR_CV


def _are_alike(found: pl.DataFrame) -> bool:
    """Return whether the stops last about as long: a wait for work lasts until work comes."""
    lengths = (found["end_s"] - found["start_s"]).drop_nulls().to_numpy()
    return (
        lengths.size >= _REGULAR_STOPS and float(np.std(lengths) / np.mean(lengths)) < _REGULAR_CV
    )


def _basis(
    own: pl.DataFrame, members: list[str], exposure_h: Mapping[str, float], *, known_h: float
) -> str:
    """Return which hours count, by the likelihood of the stops that began at work."""
    n, n_busy = own.height, int(own["began_busy"].sum())
    share = min(
        max(sum(exposure_h.get(r, 0.0) for r in members) / (len(members) * known_h), 0.01), 0.99
    )
    while_busy = n_busy * np.log(1 - _STRAY) + (n - n_busy) * np.log(_STRAY)
    always = n_busy * np.log(share) + (n - n_busy) * np.log(1 - share)
    return "busy" if while_busy >= always else "calendar"


def _of_centre(
    own: pl.DataFrame, hours: Mapping[str, float], *, basis: str
) -> tuple[dict[str, Failure], list[Provenance]]:
    """Return the breakdowns of the machines of a work centre."""
    counted = {r: int(n) for r, n in own.group_by("resource").len().iter_rows()}
    total_h = sum(hours.values())
    rate = own.height / total_h if total_h > 0 else 0.0
    if rate <= 0:
        return {}, []
    prior_h = _prior_hours(counted, hours, rate=rate)
    repair_h = ((own["end_s"] - own["start_s"]) / SECONDS_PER_HOUR).drop_nulls().to_numpy()
    repair_h = repair_h[repair_h > 0]
    if repair_h.size < 1:
        return {}, []
    mttr = float(repair_h.mean())
    half = 1.96 * float(np.std(repair_h)) / np.sqrt(repair_h.size)
    shape, cv = best_shape(repair_h)
    if shape == "constant":
        cv = 0.0
    failures: dict[str, Failure] = {}
    said: list[Provenance] = []
    for resource, own_h in sorted(hours.items()):
        n = counted.get(resource, 0)
        # All machines alike: everything is one sample. All different: its own stops alone.
        if np.isinf(prior_h):
            n_all, all_h = float(own.height), total_h
        else:
            n_all, all_h = n + rate * prior_h, own_h + prior_h
        mtbf = all_h / n_all
        low, high = rate_interval(max(1, round(n_all)), all_h)
        failures[resource] = Failure(
            mtbf_h=mtbf, mttr_h=mttr, basis="busy" if basis == "busy" else "calendar",
            repair=shape, repair_cv=cv,
        )  # fmt: skip
        where = f"resources/{resource}/failure"
        said.append(
            Provenance(
                where=f"{where}/mtbf_h", source="learnt", n=own.height, value=mtbf,
                level="pooled" if np.isinf(prior_h) else "resource",
                low=1 / high, high=1 / low if low > 0 else None,
                note=f"hours {'at work' if basis == 'busy' else 'of the calendar'} between stops; {n} of its own",
            )
        )  # fmt: skip
        said.append(
            Provenance(
                where=f"{where}/mttr_h", source="learnt", level="pooled", n=repair_h.size, value=mttr,
                low=max(0.0, mttr - half), high=mttr + half,
                note=f"hours of stops, {shape} by held-out likelihood",
            )
        )  # fmt: skip
    return failures, said


def _prior_hours(counted: Mapping[str, int], hours: Mapping[str, float], *, rate: float) -> float:
    """Return how many hours of the work centre's rate each machine gets on top of its own.

    Method of moments: the variance of counts beyond Poisson's is that of the rates.
    """
    expected = np.array([rate * h for h in hours.values()])
    n = np.array([counted.get(r, 0) for r in hours])
    excess = float(((n - expected) ** 2 - expected).sum())
    exposure = np.array(list(hours.values()))
    between = excess / max(float((exposure**2).sum()), 1e-9)
    # A difference that may be chance is none: two standard errors of the sum.
    chance = 2 * float(np.sqrt((2 * expected**2 + expected).sum()))
    if excess <= chance or between <= 0:
        return float("inf")
    return rate / between


def _maintenance(
    resource: str, reason: str, found: pl.DataFrame, open_time: OpenTime
) -> tuple[Maintenance, list[Provenance]]:
    """Return a planned stop of a resource that comes at regular dates."""
    known = found.drop_nulls("end_s")
    begun, ended = known["start_s"].to_numpy(), known["end_s"].to_numpy()
    minutes = open_time.worked(begun, ended) / 60.0
    gap_h = float(np.mean((begun[1:] - ended[:-1]) / SECONDS_PER_HOUR))
    mean = float(minutes.mean())
    name = f"{reason} {resource}"
    one = Maintenance(
        id=name, resource=resource, every_h=max(gap_h, 0.1), basis="calendar", mean_min=mean,
        first_h=None, distribution="constant", cv=0.0,
    )  # fmt: skip
    half = 1.96 * float(np.std(minutes)) / np.sqrt(minutes.size)
    return one, [
        Provenance(
            where=f"maintenance/{name}/mean_min", source="learnt", level="resource",
            n=minutes.size, value=mean, low=max(0.0, mean - half), high=mean + half,
            note=f"stops at regular dates, every {gap_h:.0f} h",
        )
    ]  # fmt: skip
