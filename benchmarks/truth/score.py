"""Predicted changes against true ones: directions, sizes, intervals."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean, median, stdev
from typing import Any

from scipy import stats

KPIS = ("lead_time_mean_h", "throughput_per_week")
MATERIAL = 0.05  # of the base: below it nobody would decide anything by it
LEAST_FUTURES = 10  # for a line through them


@dataclass(frozen=True, kw_only=True)
class Row:
    """One KPI under one change in one workshop. Unknown numbers are None."""

    workshop: str
    intervention: str
    kpi: str
    how: str = ""  # said in another way than usual, or why it is not offered
    is_offered: bool = True
    true_base: float | None = None
    true_change: float | None = None
    true_se: float | None = None
    is_true_change: bool | None = None  # distinguishable from 0
    predicted_base: float | None = None
    predicted_change: float | None = None
    low_95: float | None = None
    high_95: float | None = None
    low_90: float | None = None
    high_90: float | None = None
    verdict: str = ""  # right, wrong, false_alarm, missed, silent, not_offered, does_not_apply
    relative_error: float | None = None
    is_covered: bool | None = None
    is_material: bool | None = None  # the true change, or the claimed one where there is none
    by_luck: float | None = None  # error that futures alone let expect, in the median
    by_luck_and_data: float | None = None  # and the twin's own interval of what it learnt


def paired_change(
    before: Sequence[float], after: Sequence[float], *, more_work_h: Sequence[float] = ()
) -> tuple[float, float, bool]:
    """Return mean change, its standard error, and whether 0 is outside its 95 % interval.

    Orders that came by luck in these futures make every change larger or smaller. Their work is
    known, and how much was to be expected; so the change is taken where the two are equal, on
    a line through the futures (control variate; Lavenberg & Welch 1981).
    """
    luck = more_work_h or [0.0] * len(before)
    pairs = [
        (b - a, h) for a, b, h in zip(before, after, luck, strict=True) if not math.isnan(a + b)
    ]
    changes, hours = [c for c, _ in pairs], [h for _, h in pairs]
    n, mean = len(pairs), fmean(changes)
    spread = sum((h - fmean(hours)) ** 2 for h in hours)
    if n < LEAST_FUTURES or spread == 0.0:
        error, n_free = stdev(changes) / n**0.5, n - 1
    else:
        slope = sum((h - fmean(hours)) * c for c, h in pairs) / spread
        rest = [c - mean - slope * (h - fmean(hours)) for c, h in pairs]
        n_free = n - 2
        variance = sum(r * r for r in rest) / n_free
        mean -= slope * fmean(hours)
        error = (variance * (1.0 / n + fmean(hours) ** 2 / spread)) ** 0.5
    quantile = float(stats.t.ppf(0.975, n_free))
    return mean, error, abs(mean) > quantile * error and mean != 0.0


def score_row(
    *,
    workshop: str,
    intervention: str,
    kpi: str,
    truth: dict[str, Any],
    predicted: dict[str, Any],
) -> Row:
    """Return the score of one KPI under one change."""
    samples = truth["samples"]
    row = Row(workshop=workshop, intervention=intervention, kpi=kpi)
    if intervention not in predicted["predicted"]:
        why = predicted["not_offered"].get(intervention, "")
        verdict = "does_not_apply" if why.startswith("the plant has no") else "not_offered"
        return replace(row, how=why, is_offered=False, verdict=verdict)
    found = predicted["predicted"][intervention]
    change, low, high = (found[kpi][k] for k in ("difference", "low", "high"))
    true_base = fmean(x for x in samples["as_it_is"][kpi] if not math.isnan(x))
    mean, error, is_true_change = paired_change(
        samples["as_it_is"][kpi], samples[intervention][kpi],
        more_work_h=truth.get("more_work_h", ()),
    )  # fmt: skip
    if change is None or low is None or high is None:
        return replace(row, how="no difference known", is_offered=False, verdict="not_offered")
    n = found[kpi]["n"]
    wide = float(stats.t.ppf(0.975, n - 1))
    chance, data = (float(found[kpi].get(k) or 0.0) / wide for k in ("chance", "data"))
    half = (high - low) / 2 * float(stats.t.ppf(0.95, n - 1) / stats.t.ppf(0.975, n - 1))
    # the truth is itself measured: its standard error widens what counts as a hit
    reach = math.hypot(half, float(stats.norm.ppf(0.95)) * error)
    return replace(
        row,
        how=found["how"],
        true_base=true_base,
        true_change=mean,
        true_se=error,
        is_true_change=is_true_change,
        predicted_base=predicted["base"][kpi],
        predicted_change=change,
        low_95=low,
        high_95=high,
        low_90=change - half,
        high_90=change + half,
        verdict=verdict_of(low=low, high=high, true=mean, is_true_change=is_true_change),
        relative_error=abs(change - mean) / abs(mean) if is_true_change else None,
        by_luck=_middle(error, chance, true=mean) if is_true_change else None,
        by_luck_and_data=_middle(error, chance, data, true=mean) if is_true_change else None,
        is_covered=abs(change - mean) <= reach + 1e-12,
        is_material=max(abs(mean) * is_true_change, abs(change) * (not is_true_change))
        >= MATERIAL * true_base,
    )


def _middle(*errors: float, true: float) -> float:
    """Return the median relative error that independent normal errors make."""
    return float(stats.norm.ppf(0.75)) * math.hypot(*errors) / abs(true)


def verdict_of(*, low: float, high: float, true: float, is_true_change: bool) -> str:
    """Return what a claimed direction, or none, was worth."""
    is_claim = low > 0 or high < 0
    if not is_claim:
        return "missed" if is_true_change else "silent"
    if not is_true_change:
        return "false_alarm"
    return "right" if (low > 0) == (true > 0) else "wrong"


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What a set of rows comes to; shares are None where there is nothing to share."""

    n: int
    claims: int
    right: int
    wrong: int
    false_alarms: int
    false_alarms_material: int
    missed: int
    not_offered: int
    right_share: float | None
    relative_error: float | None
    relative_error_material: float | None
    by_luck: float | None
    by_luck_and_data: float | None
    coverage: float | None


def totals(rows: Iterable[Row]) -> Totals:
    """Return the totals of rows."""
    rows = list(rows)
    verdicts = Counter(r.verdict for r in rows)
    judged = verdicts["right"] + verdicts["wrong"]
    errors = [r.relative_error for r in rows if r.relative_error is not None]
    material = [r.relative_error for r in rows if r.relative_error is not None and r.is_material]
    covered = [r.is_covered for r in rows if r.is_covered is not None]
    return Totals(
        n=len(rows),
        claims=judged,
        right=verdicts["right"],
        wrong=verdicts["wrong"],
        false_alarms=verdicts["false_alarm"],
        false_alarms_material=sum(r.verdict == "false_alarm" and bool(r.is_material) for r in rows),
        missed=verdicts["missed"],
        not_offered=verdicts["not_offered"],
        right_share=verdicts["right"] / judged if judged else None,
        relative_error=median(errors) if errors else None,
        relative_error_material=median(material) if material else None,
        by_luck=_median(r.by_luck for r in rows),
        by_luck_and_data=_median(r.by_luck_and_data for r in rows),
        coverage=fmean(covered) if covered else None,
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return median(known) if known else None


def as_plain(row: Row | Totals) -> dict[str, Any]:
    """Return a row as plain values for CSV and JSON."""
    return asdict(row)
