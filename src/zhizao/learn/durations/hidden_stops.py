"""Breakdowns that nobody writes down: machines that stop inside long reports.

A machine that breaks down every few days makes some reports far longer than the others.
Taken for working times they give the right load, but nobody could ask what fewer
breakdowns are worth. Stops are told from slow lots and from what else comes on top of some
lots by two marks: they come the more often the longer the machine works, and last as
long whatever it was working on. Where no other cause is as likely (``long_totals``), they
are taken out of the working times and become breakdowns of the machine.

Only reports count during which a busy machine did nothing else (``long_reports``): else a clock
may have been left running. What a stop takes of open time is seen, and the repair goes on
while the plant is closed; the mean repair is the one that takes as much open time.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.learn.durations.long_totals import (
    CAUSES,
    N_MORE,
    Mixture,
    Totals,
    fit_mixture,
    plain_log_likelihood,
)
from zhizao.learn.durations.time_shapes import best_time_shape, location, varies
from zhizao.learn.durations.times import LEAST_WORK_S
from zhizao.learn.open_time import OpenTime
from zhizao.learn.statistics.codes import Ints, coded, rows_of_codes
from zhizao.learn.statistics.intervals import rate_interval
from zhizao.model.plant import Failure, Provenance

Floats = NDArray[np.float64]
Key = tuple[str, str, int]
_ENOUGH_TOTALS = 60
_ENOUGH_STOPS = 10.0
_OWN_SHAPE = 12
_OWN_LEVEL = 8
_BELIEVED = 0.8
_FAR = 3.0
_MOST = 3000
"""Of more totals than these the cause is sought among some; what stops took is then read of all."""
_ENOUGH_FOR_SHAPE = 2000
"""Totals, evenly over time, from which the share that does not depend on the quantity is read."""
_FEW_ROUNDS = 30
_PLAINLY = 6.0
_CLEARLY = 3.0
_Z95 = 1.96
_INSTANTS = 400
_HALVINGS = 40


@dataclass(frozen=True, kw_only=True)
class HiddenStops:
    """Breakdowns by resource, and the open seconds that they took of visits.

    ``inside_s`` is by (order, operation, pass).
    """

    by_resource: Mapping[str, Failure]
    inside_s: Mapping[Key, float]
    provenances: tuple[Provenance, ...] = ()


def learn_hidden_stops(
    visits: pl.DataFrame, *, centres: Mapping[str, str], places: Mapping[str, int],
    has_rows: Collection[str], open_times: Mapping[str | None, OpenTime],
) -> HiddenStops:  # fmt: skip
    """Learn the breakdowns of work centres that write down none.

    Parameters
    ----------
    visits
        With ``is_ended`` and ``is_believed``, without the setups that they hold.
    centres, places
        Work centre and places by resource; only machines with one place can tell.
    has_rows
        Resources whose breakdowns are known from rows of their own.
    open_times
        By resource.
    """
    members: dict[str, list[str]] = {}
    for resource, centre in sorted(centres.items()):
        members.setdefault(centre, []).append(resource)
    found = HiddenStops(by_resource={}, inside_s={})
    for names in members.values():
        if any(r in has_rows or places.get(r, 1) != 1 for r in names):
            continue
        own = _known(visits.filter(pl.col("resource").is_in(names)))
        if own.height < _ENOUGH_TOTALS or float(own["is_believed"].mean()) < _BELIEVED:  # type: ignore[arg-type]
            continue
        own = own.filter("is_believed")
        totals = _totals(own)
        stops = _stops(totals)
        if stops is None:
            continue
        open_time = open_times.get(names[0]) or open_times[None]
        failure, said = _failure(stops, totals, open_time)
        keys = own.select("order_id", "operation", "pass").iter_rows()
        inside = {
            (str(order), str(operation), int(visit)): float(added)
            for (order, operation, visit), added in zip(keys, stops.mixture.added_s, strict=True)
            if added >= 1.0
        }
        found = HiddenStops(
            by_resource={**found.by_resource, **dict.fromkeys(names, failure)},
            inside_s={**found.inside_s, **inside},
            provenances=(*found.provenances, *(p for r in names for p in _said(r, said))),
        )
    return found


def _known(visits: pl.DataFrame) -> pl.DataFrame:
    """Return the visits whose time was measured, on one machine."""
    return visits.filter(
        pl.col("is_ended")
        & (pl.col("n_resources") == 1)
        & (pl.col("n_measured") == pl.col("n_rows"))
        & (pl.col("measured_s") > LEAST_WORK_S)
    )


def _totals(visits: pl.DataFrame) -> Totals:
    """Return the totals of the visits, and what is expected of their product and quantity."""
    logs = np.log(visits["measured_s"].to_numpy())
    quantity = visits["quantity"].to_numpy().astype(np.float64)
    kinds = pl.Series(
        visits.select(pl.struct("operation", "product").struct.json_encode()).to_series()
    )
    names, kind = coded(kinds)
    _, operation = coded(visits["operation"])
    _, resource = coded(visits["resource"])
    log_expected = np.empty(logs.size)
    group = np.empty(logs.size, dtype=np.int64)
    by_kind = rows_of_codes(kind, len(names))
    has_own = np.array([rows.size >= _OWN_SHAPE and varies(quantity[rows]) for rows in by_kind])
    for rows in rows_of_codes(operation, int(operation.max()) + 1):
        if not has_own[kind[rows]].all():
            log_expected[rows] = _log_expected(logs[rows], quantity[rows])
        group[rows] = len(names) + operation[rows]
    for number, rows in enumerate(by_kind):
        if has_own[number]:
            log_expected[rows] = _log_expected(logs[rows], quantity[rows])
        if rows.size >= _OWN_LEVEL:
            group[rows] = number
    _, group = np.unique(group, return_inverse=True)
    residual = logs - log_expected
    for rows in rows_of_codes(group, int(group.max()) + 1):
        residual[rows] -= np.median(residual[rows])
    for rows in rows_of_codes(resource, int(resource.max()) + 1):
        if rows.size >= _OWN_LEVEL:
            log_expected[rows] += np.median(residual[rows])
    return Totals(total_s=np.exp(logs), expected_s=np.exp(log_expected), group=_ints(group))


def _ints(values: NDArray[np.signedinteger]) -> Ints:
    return values.astype(np.int64)


def _log_expected(logs: Floats, quantity: Floats) -> Floats:
    some = slice(None, None, max(1, logs.size // _ENOUGH_FOR_SHAPE))
    found = best_time_shape(logs[some], quantity[some])
    shape = np.log(np.maximum(found.of(quantity), 1e-9))
    return np.asarray(shape + location(logs - shape))


@dataclass(frozen=True, kw_only=True)
class _Stops:
    """Stops as fitted; how much more likely they are than no cause (BIC), and than another."""

    mixture: Mixture
    gain: float
    ahead: float


def _stops(totals: Totals) -> _Stops | None:
    """Return the stops where they are plainly there, and likelier than other causes."""
    some = totals.thinned(_MOST) if totals.total_s.size > _MOST else totals
    if some.n_far(_FAR) < _ENOUGH_STOPS:
        return None
    stops = fit_mixture(some, "stop")
    if stops is None or float(stops.is_long.sum()) < _ENOUGH_STOPS:
        return None
    beyond = stops.log_likelihood - plain_log_likelihood(some)
    gain = 2 * beyond - N_MORE * float(np.log(some.total_s.size))
    if gain <= _PLAINLY:
        return None
    rivals = {cause: fit_mixture(some, cause) for cause in CAUSES if cause != "stop"}
    ahead = {
        cause: stops.log_likelihood - (fit.log_likelihood if fit is not None else -np.inf)
        for cause, fit in rivals.items()
    }
    # A slow lot is no breakdown; what else comes on top takes the machine as a breakdown does.
    if ahead["slow"] <= _CLEARLY or ahead["extra"] <= 0.0:
        return None
    found = stops if some is totals else fit_mixture(totals, "stop", n_rounds=_FEW_ROUNDS)
    return None if found is None else _Stops(mixture=found, gain=gain, ahead=min(ahead.values()))


def _failure(
    stops: _Stops, totals: Totals, open_time: OpenTime
) -> tuple[Failure, tuple[Provenance, ...]]:
    """Return the breakdowns of one machine, and where they come from, with ``where`` to complete."""
    mixture = stops.mixture
    # Of the long ones some hold several stops. What was expected is no exact measure of the
    # work; what is left of the totals without their stops is, and both keep their sum.
    n = float(totals.expected_s.sum()) / mixture.between_s
    work_s = float((totals.total_s - mixture.added_s).sum())
    variance = mixture.log_spread**2
    open_h = float(mixture.added_s.sum()) / n / SECONDS_PER_HOUR
    cv = float(np.sqrt(np.expm1(min(variance, 4.0))))
    mean_h = round_the_clock_h(open_h, cv=cv, open_time=open_time)
    mtbf_h = work_s / n / SECONDS_PER_HOUR
    low, high = rate_interval(round(n), n * mtbf_h)
    half = _Z95 * cv / np.sqrt(n)
    failure = Failure(mtbf_h=mtbf_h, mttr_h=mean_h, basis="busy", repair="lognormal", repair_cv=cv)
    return failure, (
        Provenance(
            where="mtbf_h", source="learnt", level="pooled", n=round(n), value=mtbf_h,
            low=min(mtbf_h, 1 / high), high=max(mtbf_h, 1 / low) if low > 0 else None,
            note=f"hours at work between stops that long reports hide; "
            f"{stops.gain / 2:+.0f} log-likelihood against none, "
            f"{stops.ahead:+.0f} against other causes of long reports",
        ),
        Provenance(
            where="mttr_h", source="learnt", level="pooled", n=round(n), value=mean_h,
            low=mean_h * float(np.exp(-half)), high=mean_h * float(np.exp(half)),
            note=f"round the clock, as taken from {open_h:.1f} open hours that a stop takes",
        ),
    )  # fmt: skip


def _said(resource: str, of_one: tuple[Provenance, ...]) -> tuple[Provenance, ...]:
    return tuple(
        p.model_copy(update={"where": f"resources/{resource}/failure/{p.where}"}) for p in of_one
    )


def round_the_clock_h(open_h: float, *, cv: float, open_time: OpenTime) -> float:
    """Return the mean repair that takes so many open hours, where repairs go on while it is closed.

    Parameters
    ----------
    open_h
        Mean open hours that a stop takes.
    cv
        Coefficient of variation of the repairs, lognormal.
    open_time
        Of the machine; stops begin at any open instant.

    Examples
    --------
    >>> day = OpenTime.from_intervals(np.array([[24.0 * d, 24.0 * d + 12.0] for d in range(90)]) * 3600)
    >>> round(round_the_clock_h(1.0, cv=0.0, open_time=day), 2)
    1.05
    """
    if open_time.edge_s.size == 0:
        return open_h
    whole_s = float(open_time.open_s[-1])
    part = (np.arange(_INSTANTS) + 0.5) / _INSTANTS * 0.9  # what begins at the end is cut off
    begins = open_time.moved_each(np.full(_INSTANTS, open_time.edge_s[0]), part * whole_s)
    node, weight = np.polynomial.hermite_e.hermegauss(15)
    spread = np.sqrt(np.log1p(cv**2))
    factor = np.exp(spread * node - spread**2 / 2)
    low, high = open_h, open_h * 20.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        repair_s = middle * SECONDS_PER_HOUR * factor
        taken = open_time.between(begins[:, None], begins[:, None] + repair_s).mean(axis=0)
        mean_h = float((taken * weight).sum() / weight.sum()) / SECONDS_PER_HOUR
        low, high = (middle, high) if mean_h < open_h else (low, middle)
    return (low + high) / 2
