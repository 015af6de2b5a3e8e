"""A tariff over a span: steps of price and carbon factor, and their integrals over time.

What a load costs from a to b is the difference of an integral at b and at a.
The twin and the KPIs ask this one function, so that both pay the same.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model.calendar import WEEKDAYS, open_intervals
from zhizao.model.plant_calendars import Calendar, CalendarException, Shift
from zhizao.model.plant_tariffs import Tariff, TariffException, TariffPeriod


@dataclass(frozen=True, kw_only=True)
class TariffSteps:
    """Price and carbon factor between edges.

    ``edges_s``: shape (n + 1,), seconds from the span's start, increasing.
    ``price``: shape (n,), per kWh. ``carbon_kg``: shape (n,), kg per kWh, nan
    where unknown.
    """

    edges_s: NDArray[np.float64]
    price: NDArray[np.float64]
    carbon_kg: NDArray[np.float64]


def tariff_steps(
    tariff: Tariff | None, *, time_zone: str, start_at: datetime, end_at: datetime
) -> TariffSteps:
    """Return price and carbon factor of a span, step by step.

    Hours of the week are wall-clock times of the plant, read as those of
    calendars are (see ``open_intervals``).

    Parameters
    ----------
    tariff
        ``None``: the price and the factor are not known (nan).
    time_zone
        IANA name of the plant's time zone.
    start_at, end_at
        Span, aware; the end is after the start.

    Raises
    ------
    InputError
        If an instant has no time zone, or the time zone is not known.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> night = TariffPeriod(start="22:00", end="06:00", price_per_kwh=0.25)
    >>> tariff = Tariff(id="day and night", price_per_kwh=1.0, periods=(night,))
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> steps = tariff_steps(
    ...     tariff, time_zone="UTC", start_at=monday, end_at=monday + timedelta(days=1)
    ... )
    >>> (steps.edges_s / 3600).tolist(), steps.price.tolist()
    ([0.0, 6.0, 22.0, 24.0], [0.25, 1.0, 0.25])
    """
    horizon_s = (end_at - start_at).total_seconds()
    parts: list[tuple[NDArray[np.float64], TariffPeriod | TariffException]] = []
    price, carbon_kg = np.nan, np.nan
    if tariff is not None:
        price = tariff.price_per_kwh
        carbon_kg = np.nan if tariff.carbon_kg_per_kwh is None else tariff.carbon_kg_per_kwh
        hours: tuple[TariffPeriod | TariffException, ...] = (*tariff.periods, *tariff.exceptions)
        for part in hours:
            spans_s = open_intervals(
                _calendar(part), time_zone=time_zone, start_at=start_at, end_at=end_at
            )
            parts.append((spans_s, part))
    edges_s = np.unique(np.concatenate([[0.0, horizon_s], *(spans.ravel() for spans, _ in parts)]))
    prices = np.full(edges_s.size - 1, price)
    carbons_kg = np.full(edges_s.size - 1, carbon_kg)
    for spans_s, part in parts:
        for first, last in np.searchsorted(edges_s, spans_s).tolist():
            if part.price_per_kwh is not None:
                prices[first:last] = part.price_per_kwh
            if part.carbon_kg_per_kwh is not None:
                carbons_kg[first:last] = part.carbon_kg_per_kwh
    changes = np.ones(prices.size, dtype=bool)
    changes[1:] = (np.diff(prices) != 0.0) | (np.diff(carbons_kg) != 0.0)
    if np.isnan(carbon_kg):
        changes[1:] = np.diff(prices) != 0.0
    if tariff is None:
        changes[1:] = False
    return TariffSteps(
        edges_s=np.append(edges_s[:-1][changes], horizon_s),
        price=prices[changes],
        carbon_kg=carbons_kg[changes],
    )


def integral(
    steps: TariffSteps, rate: NDArray[np.float64], at_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the integral of a rate over hours, from the span's start to instants.

    Parameters
    ----------
    steps
        Its edges are used; outside them the rate is 0.
    rate : array of shape (n,), per hour
        Constant between edges.
    at_s : array, seconds from the span's start

    Examples
    --------
    >>> steps = TariffSteps(
    ...     edges_s=np.array([0.0, 3600.0, 7200.0]),
    ...     price=np.array([1.0, 3.0]),
    ...     carbon_kg=np.array([0.5, 0.5]),
    ... )
    >>> integral(steps, steps.price, np.array([0.0, 5400.0, 9e9])).tolist()
    [0.0, 2.5, 4.0]
    """
    edges = steps.edges_s
    before = np.concatenate([[0.0], np.cumsum(rate * np.diff(edges))])
    t = np.clip(at_s, edges[0], edges[-1])
    i = np.clip(np.searchsorted(edges, t, side="right") - 1, 0, rate.size - 1)
    found: NDArray[np.float64] = (before[i] + rate[i] * (t - edges[i])) / SECONDS_PER_HOUR
    return found


def _calendar(part: TariffPeriod | TariffException) -> Calendar:
    """Return the hours of a part as a calendar that is open then."""
    if isinstance(part, TariffException):
        span = CalendarException(start_at=part.start_at, end_at=part.end_at, is_open=True)
        return Calendar(id="hours", exceptions=(span,))
    days = part.weekdays or WEEKDAYS
    return Calendar(
        id="hours",
        shifts=tuple(
            Shift.model_validate({"weekday": day, "start": part.start, "end": part.end})
            for day in days
        ),
    )
